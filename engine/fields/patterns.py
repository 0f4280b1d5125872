"""Regular expressions that designers write: read, and matched in a time that grows only with the text."""

import re
from functools import lru_cache
from typing import Any

import re2

from engine.platform.i18n import Text

_OPTIONS = re2.Options()
_OPTIONS.max_mem = 1 << 20  # what one pattern may grow to; a larger one is refused
_OPTIONS.log_errors = False
# As pages and Python write a character by its number, and the end of a text.
_SPELLED = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(Z)|(.))", re.DOTALL)
_LOOKING_ROUND = re.compile(r"\(\?(?:<?[=!]|P=|\()|\\[1-9]")


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text is as the pattern says; nothing is as a pattern says that cannot be read."""
    read = _read(pattern)
    return read is not None and read.fullmatch(text) is not None


def fault_of(pattern: str) -> Text | None:
    """What is wrong with the pattern; None if it can be matched."""
    if _read(pattern) is not None:
        return None
    if _LOOKING_ROUND.search(pattern):
        return Text(
            r"“{name}”的格式要求用了不支持的写法：不能前后查找，如 (?=…)、(?!…)，也不能引用前面的内容，如 \1",
            r"The pattern of “{name}” uses what is not supported: no looking ahead or behind, as (?=…) and (?!…) do, "
            r"and no repeating of an earlier part, as \1 does",
        )
    return Text(
        "“{name}”的格式要求不是有效的正则表达式，或者重复次数太多",
        "The pattern of “{name}” is not a regular expression, or repeats too much",
    )


@lru_cache(maxsize=1000)
def _read(pattern: str) -> Any:
    try:
        return re2.compile(_SPELLED.sub(_respelled, pattern), _OPTIONS)
    except (re2.error, UnicodeError):
        return None


def _respelled(found: re.Match[str]) -> str:
    short, long, end, _ = found.groups()
    if end:
        return r"\z"
    number = short or long
    return rf"\x{{{number}}}" if number else found[0]
