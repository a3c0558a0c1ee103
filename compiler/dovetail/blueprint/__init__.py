"""From YAML text to a checked model of what a planner wrote (SPEC 2)."""
