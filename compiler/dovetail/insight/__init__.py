"""Views of items; they only read (SPEC 9)."""
