"""Checks of our own conventions, beside what ruff, mypy and import-linter look at."""
