"""The functions of the formula language, each one declaration."""
