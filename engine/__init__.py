"""The metadata-driven runtime: definitions become tables, pages, an API and figures."""
