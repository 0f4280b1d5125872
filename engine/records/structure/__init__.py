"""A published definition becomes tables: made, altered, counted and foretold, on records that are in use."""
