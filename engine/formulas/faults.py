"""What is wrong with a formula's text, with its place and a code from a fixed list."""

from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text

CODES = (
    "syntax",
    "unknown_function",
    "unknown_field",
    "unknown_option",
    "argument_count",
    "argument_type",
    "limit_length",
    "limit_depth",
    "limit_arguments",
    "limit_work",
    "row_only",
)


class FormulaFault(Invalid):
    """A formula that can't be read, checked or carried out; `start` and `length` point into its text."""

    def __init__(self, code: str, message: Text, start: int = 0, length: int = 0, **details: object) -> None:
        fault = Fault("/formula", code, message, {"start": start, "length": length, **details})
        super().__init__(message, [fault], code=code, start=start, length=length, **details)
        self.start = start
        self.length = length
