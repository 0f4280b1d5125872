"""What may be wrong with a cell of a file."""

from dataclasses import dataclass
from typing import Literal

from engine.platform.i18n import Text

Level = Literal["must", "should", "remind"]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell: `must` keeps its row out, `should` asks for a look and leaves the cell empty.

    `remind` is what the form only reminds of; the value is taken all the same.
    """

    code: str
    message: Text
    level: Level = "must"
    suggestion: str | None = None
