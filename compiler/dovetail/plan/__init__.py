"""The plan: a blueprint with every edge, order and criterion resolved (SPEC 3)."""
