"""Many records at once, in sets: imports, batch edits, and taking them back."""
