"""Compiling a project: what has to be compiled again, what is written and removed, and how."""
