"""How much the conditions of one statement may ask for together, so that none holds up all others."""

from dataclasses import dataclass

from engine.formulas.budget import MAX_CHARACTERS
from engine.platform.i18n import Text

MOST_LEAVES = 500
MOST_LISTS = 150
"""Each list that a comparison goes into is a statement of its own: rows of a subform, linked records."""


@dataclass
class Budget:
    """What has been asked for so far; one for all conditions that somebody sends for one statement."""

    leaves: int = 0
    lists: int = 0
    characters: int = 0
    exceeded: bool = False

    def take(self, *, leaves: int = 0, lists: int = 0, characters: int = 0) -> Text | None:
        """Add to it; why not, the first time that it is too much."""
        self.leaves += leaves
        self.lists += lists
        self.characters += characters
        said = None
        if self.exceeded:
            return None
        if self.leaves > MOST_LEAVES:
            said = Text(
                "条件太多（合起来最多 {most} 个）",
                "There are too many conditions ({most} in all)",
                most=MOST_LEAVES,
            )
        elif self.lists > MOST_LISTS:
            said = Text(
                "条件太多：关联的多条记录和子表单里的行，合起来最多比较 {most} 次",
                "There are too many conditions: lists of records and rows are compared {most} times in all at most",
                most=MOST_LISTS,
            )
        elif self.characters > MAX_CHARACTERS:
            said = Text(
                "条件里的公式合起来太长（最多 {most} 个字符）",
                "The formulas of the conditions are too long together ({most} characters at most)",
                most=MAX_CHARACTERS,
            )
        self.exceeded = said is not None
        return said
