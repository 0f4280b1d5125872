"""Records: their tables, the one door for reading them and the one for writing them."""

from engine.records import checks, counting, migrate

__all__ = ["checks", "counting", "migrate"]
