"""The rules of a form, written and read as plain sentences."""
