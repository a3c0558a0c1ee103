"""One check a file, each with its code and its examples (SPEC 2.5)."""
