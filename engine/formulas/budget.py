"""How large a formula may be and how much work one evaluation may do."""

from engine.formulas.faults import FormulaFault
from engine.platform.i18n import Text

MAX_CHARACTERS = 8192
MAX_LEVELS = 64
MAX_ARGUMENTS = 255
MAX_TEXT = 32767
MAX_PATTERN = 255
MAX_STEPS = 400_000


class Budget:
    """Counts the steps of one evaluation that grow with the data: elements of lists, characters of texts."""

    __slots__ = ("left",)

    def __init__(self, steps: int = MAX_STEPS) -> None:
        self.left = steps

    def charge(self, steps: int) -> None:
        """Take `steps` off; refuses when none is left."""
        self.left -= steps
        if self.left < 0:
            raise FormulaFault(
                "limit_work",
                Text(
                    "这个公式要计算的内容太多，请拆成几个公式。",
                    "This formula does too much work. Split it into several.",
                ),
            )
