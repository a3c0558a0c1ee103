"""From a plan to the text of a Prefect flow (SPEC 4)."""
