"""What a value is: one file per field type, found by a registry that others may add to."""
