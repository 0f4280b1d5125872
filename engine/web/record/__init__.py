"""One record on a page: its form drawn, filled, ruled, explained, and what hangs on it."""
