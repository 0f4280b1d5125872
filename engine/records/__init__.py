"""Records: their tables, the one door for reading them and the one for writing them."""

from engine.records import checks, counting, migrate
from engine.records.rules import every

__all__ = ["checks", "counting", "every", "migrate"]
