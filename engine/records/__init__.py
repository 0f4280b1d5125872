"""Records: their tables, the one door for reading them and the one for writing them."""

from engine.records.structure import checks, counting, migrate, renaming
from engine.records.writing.rules import every

__all__ = ["checks", "counting", "every", "migrate", "renaming"]
