"""Cuts a formula's text into tokens, Chinese punctuation included."""

import re
from decimal import Decimal
from typing import NamedTuple

from engine.formulas.budget import MAX_CHARACTERS
from engine.formulas.faults import FormulaFault
from engine.formulas.numbers import MAX_EXPONENT, bounded
from engine.formulas.values import ERRORS, Failed, FormulaError
from engine.platform.i18n import Text

_TWINS = str.maketrans("（），＋－＊／＾＆＝＜＞％｛｝；×÷．", "(),+-*/^&=<>%{};*/.")
_WIDE_PAIRS = {"≤": "<=", "≥": ">=", "≠": "<>"}

_TOKEN = re.compile(
    r"""(?P<space>[\s\u3000\u00a0]+)
      |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      |(?P<text>"(?:[^"]|"")*"|[“”＂](?P<wide>[^“”＂]*)[“”＂])
      |(?P<error>\#(?:N/A|DIV/0!|VALUE!|NUM!|NAME\?|REF!|NULL!))
      |(?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
      |(?P<operator>[<＜][>＞=＝]|[>＞][=＝]|[-+*/^&=<>%(),{};≤≥≠（），＋－＊／＾＆＝＜＞％｛｝；×÷])""",
    re.VERBOSE | re.IGNORECASE,
)


class Token(NamedTuple):
    """One word of a formula: kind `number`, `text`, `error`, `name`, `operator` or `end`."""

    kind: str
    value: Decimal | str | FormulaError
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """All tokens of the text, closed by one of kind `end`."""
    if len(text) > MAX_CHARACTERS:
        raise FormulaFault(
            "limit_length",
            Text(
                "公式太长：有 {n} 个字符，最多 {most} 个。",
                "The formula is too long: it has {n} characters, at most {most} are allowed.",
                n=len(text),
                most=MAX_CHARACTERS,
            ),
            MAX_CHARACTERS,
            len(text) - MAX_CHARACTERS,
        )
    tokens: list[Token] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _unreadable(text, at)
        if found.lastgroup != "space":
            tokens.append(_token(found))
        at = found.end()
    tokens.append(Token("end", "", len(text), len(text)))
    return tokens


def _token(found: re.Match[str]) -> Token:
    start, end, written = found.start(), found.end(), found.group()
    if found["number"] is not None:
        return Token("number", _number(written, start), start, end)
    if found["text"] is not None:
        if "\x00" in written:
            raise FormulaFault(
                "syntax",
                Text("文字里有不能用的字符。", "The text holds a character that can't be used."),
                start,
                end - start,
            )
        value = found["wide"] if found["wide"] is not None else written[1:-1].replace('""', '"')
        return Token("text", value, start, end)
    if found["error"] is not None:
        return Token("error", ERRORS[written.upper()], start, end)
    if found["name"] is not None:
        return Token("name", written, start, end)
    return Token("operator", _WIDE_PAIRS.get(written) or written.translate(_TWINS), start, end)


def _number(written: str, start: int) -> Decimal:
    mantissa, _, exponent = written.lower().partition("e")
    if len(exponent.lstrip("+-")) > 4:
        raise _too_large(start, len(written))
    if exponent and int(exponent) < -400:
        return Decimal(0)
    number = Decimal(mantissa) if not exponent else Decimal(f"{mantissa}e{exponent}")
    try:
        return bounded(number)
    except Failed:
        raise _too_large(start, len(written)) from None


def _too_large(start: int, length: int) -> FormulaFault:
    return FormulaFault(
        "syntax",
        Text(
            "这个数太大，最多 {n} 位。",
            "This number is too large; it may have {n} digits at most.",
            n=MAX_EXPONENT + 1,
        ),
        start,
        length,
    )


def _unreadable(text: str, at: int) -> FormulaFault:
    if text[at] in '"“”＂':
        return FormulaFault(
            "syntax",
            Text("文字的引号没有结束。", "The quotation mark of a text is never closed."),
            at,
            len(text) - at,
        )
    word = re.match(r"[^\s()（），,+\-*/^&=<>%\"“”]+", text[at:])
    piece = word.group() if word else text[at]
    if piece[0].isalpha():
        return FormulaFault(
            "syntax",
            Text(
                "“{piece}”既不是字段也不是函数。文字要写在引号里，字段用它的标识。",
                "“{piece}” is neither a field nor a function. Text goes in quotation marks, a field by its key.",
                piece=piece[:40],
            ),
            at,
            len(piece),
        )
    return FormulaFault(
        "syntax",
        Text("这里的“{piece}”看不懂。", "“{piece}” makes no sense here.", piece=piece[:40]),
        at,
        len(piece),
    )
