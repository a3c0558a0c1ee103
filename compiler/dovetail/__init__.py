"""Dovetail: a declarative DAG workflow compiler targeting Prefect."""

__all__ = ["__version__"]

__version__ = "0.1.0"
