"""Text: cutting, joining, searching and replacing."""

# The declaration above each function says what it does.
# ruff: noqa: D103

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Integer, cast, func, literal, literal_column
from sqlalchemy import Text as SqlText
from sqlalchemy.dialects.postgresql import aggregate_order_by

from engine.formulas import coerce
from engine.formulas.budget import MAX_TEXT
from engine.formulas.criteria import Wildcard
from engine.formulas.functions.base import declare
from engine.formulas.sql_lists import list_error
from engine.formulas.sql_operators import Flat
from engine.formulas.sql_parts import Part, RowOnly, as_text, first_error
from engine.formulas.sql_words import NUMERIC, error_when
from engine.formulas.values import NA, VALUE, Failed, folded
from engine.formulas.values import VALUE as SQL_VALUE
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler

function = declare("text")


def _pairs() -> tuple[str, str]:
    """Capital and small letters that have exactly one partner, of the Latin, Greek and Cyrillic scripts."""
    small = [chr(c) for c in (*range(0xE0, 0x180), *range(0x3AC, 0x3CF), *range(0x430, 0x460))]
    kept = [
        c
        for c in small
        if len(c.upper()) == 1 and c.upper() != c and c.upper().lower() == c and ord(c.upper()) > 127
    ]
    return "".join(c.upper() for c in kept), "".join(kept)


CAPITALS, SMALLS = _pairs()
TO_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ" + CAPITALS, "abcdefghijklmnopqrstuvwxyz" + SMALLS)
TO_UPPER = str.maketrans("abcdefghijklmnopqrstuvwxyz" + SMALLS, "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + CAPITALS)


def _number(value: Any) -> Any:
    return cast(value, NUMERIC)


@function(
    "LEN(text: text) -> number",
    Text("文字有几个字符。", "How many characters a text has."),
    [('LEN("简流 flow")', "7"), ("LEN(12.50)", "4")],
    sql=lambda c, t: c.make("number", _number(func.length(t.value)), whole=5, places=0),
)
def LEN(text: str) -> int:
    return len(text)


def _count_sql(c: "Compiler", part: Part | None) -> tuple[Any, Any]:
    """A count of characters that may not be negative."""
    if part is None:
        return literal_column("1", Integer()), None
    known = part.whole_constant()
    if known is not None:
        return part.value, (error_when(literal_column("true"), SQL_VALUE) if known < 0 else None)
    return part.value, error_when(part.value < 0, SQL_VALUE)


def _left_sql(c: "Compiler", text: Part, count: Part | None = None) -> Part:
    number, error = _count_sql(c, count)
    return c.make(
        "text", func.left(text.value, func.greatest(number, 0), type_=SqlText()), error, length=text.length
    )


@function(
    "LEFT(text: text, count?: integer) -> text",
    Text("开头的几个字符。", "The first characters of a text."),
    [('LEFT("abcdef", 3)', "abc"), ('LEFT("abc")', "a"), ('LEFT("abc", -1)', "#VALUE!")],
    sql=_left_sql,
)
def LEFT(text: str, count: int = 1) -> str:
    if count < 0:
        raise Failed(VALUE)
    return text[:count]


def _right_sql(c: "Compiler", text: Part, count: Part | None = None) -> Part:
    number, error = _count_sql(c, count)
    return c.make(
        "text", func.right(text.value, func.greatest(number, 0), type_=SqlText()), error, length=text.length
    )


@function(
    "RIGHT(text: text, count?: integer) -> text",
    Text("末尾的几个字符。", "The last characters of a text."),
    [('RIGHT("abcdef", 2)', "ef"), ('RIGHT("abc", 0)', "")],
    sql=_right_sql,
)
def RIGHT(text: str, count: int = 1) -> str:
    if count < 0:
        raise Failed(VALUE)
    return text[-count:] if count else ""


def _mid_sql(c: "Compiler", text: Part, start: Part, count: Part) -> Part:
    wrong = error_when((start.value < 1) | (count.value < 0), SQL_VALUE)
    first, many = func.greatest(start.value, 1), func.least(func.greatest(count.value, 0), MAX_TEXT)
    return c.make("text", func.substr(text.value, first, many, type_=SqlText()), wrong, length=text.length)


@function(
    "MID(text: text, start: integer, count: integer) -> text",
    Text("从第几个字符起的几个字符。", "So many characters from a place on."),
    [('MID("abcdef", 2, 3)', "bcd"), ('MID("abc", 5, 1)', ""), ('MID("abc", 0, 1)', "#VALUE!")],
    sql=_mid_sql,
)
def MID(text: str, start: int, count: int) -> str:
    if start < 1 or count < 0:
        raise Failed(VALUE)
    return text[start - 1 : start - 1 + count]


@function(
    "TRIM(text: text) -> text",
    Text("去掉首尾空格，中间连续的空格只留一个。", "Cuts spaces off both ends and leaves one between words."),
    [('TRIM("  a   b ")', "a b")],
    sql=lambda c, t: c.make(
        "text",
        func.btrim(
            func.regexp_replace(t.value, literal(" +"), literal(" "), literal("g")),
            literal(" "),
            type_=SqlText(),
        ),
        length=t.length,
    ),
)
def TRIM(text: str) -> str:
    return " ".join(word for word in text.split(" ") if word)


@function(
    "LOWER(text: text) -> text",
    Text("字母变成小写。", "Letters in lower case."),
    [('LOWER("ABC É")', "abc é")],
    sql=lambda c, t: c.make(
        "text",
        func.translate(func.lower(t.value.collate("C")), literal(CAPITALS), literal(SMALLS), type_=SqlText()),
        length=t.length,
    ),
)
def LOWER(text: str) -> str:
    return text.translate(TO_LOWER)


@function(
    "UPPER(text: text) -> text",
    Text("字母变成大写。", "Letters in upper case."),
    [('UPPER("abc é")', "ABC É")],
    sql=lambda c, t: c.make(
        "text",
        func.translate(func.upper(t.value.collate("C")), literal(SMALLS), literal(CAPITALS), type_=SqlText()),
        length=t.length,
    ),
)
def UPPER(text: str) -> str:
    return text.translate(TO_UPPER)


@function(
    "PROPER(text: text) -> text",
    Text("每个单词的首字母大写。", "Every word with a capital."),
    [('PROPER("john o\'neil")', "John O'Neil"), ('PROPER("2-way street")', "2-Way Street")],
)
def PROPER(text: str) -> str:
    made, inside = [], False
    for character in text:
        made.append(character.translate(TO_LOWER) if inside else character.translate(TO_UPPER))
        inside = character.isalpha()
    return "".join(made)


# --- joining ---------------------------------------------------------------------------------------------------------------


def _joined(parts: list[Any]) -> str:
    texts = [coerce.to_text(part) for part in parts]
    if sum(map(len, texts)) > MAX_TEXT:
        raise Failed(VALUE)
    return "".join(texts)


def _concat_sql(c: "Compiler", *parts: Part) -> Part:
    if any(p.source is not None for p in parts):
        raise RowOnly(Text("把列表连成文字请用 TEXTJOIN。", "To join a list, use TEXTJOIN."))
    terms: list[Any] = []
    for part in parts:
        terms += ["||", as_text(part).value] if terms else [as_text(part).value]
    length = sum(as_text(p).length for p in parts)
    made = c.make(
        "text",
        Flat(terms, SqlText()) if len(parts) > 1 else terms[0],
        length=length,
        weight=2 + sum(p.weight for p in parts),
    )
    if length <= MAX_TEXT:
        return made
    made = c.once(made)
    return replace(made, length=MAX_TEXT, error=error_when(func.length(made.value) > MAX_TEXT, SQL_VALUE))


@function(
    "CONCAT(text*: values) -> text",
    Text("把文字连起来，列表也可以。", "Joins texts, lists included."),
    [('CONCAT("a", 1, TRUE)', "a1TRUE"), ('CONCAT({"a","b"})', "ab")],
    sql=_concat_sql,
)
def CONCAT(parts: list[Any]) -> str:
    return _joined(parts)


@function(
    "CONCATENATE(text*: values) -> text",
    Text("把文字连起来。", "Joins texts."),
    [('CONCATENATE("a", "-", 5)', "a-5")],
    sql=_concat_sql,
)
def CONCATENATE(parts: list[Any]) -> str:
    return _joined(parts)


def _textjoin_sql(c: "Compiler", separator: Part, skip: Part, *parts: Part) -> Part:
    part, source = parts[0], parts[0].source
    if len(parts) != 1 or source is None or source.order is None or not isinstance(skip.constant, bool):
        raise RowOnly(
            Text("这样的 TEXTJOIN 只能逐行计算。", "TEXTJOIN of this form is worked out row by row.")
        )
    text = as_text(part).value
    joined = aggregate_order_by(text, source.order)
    made: Any = func.array_agg(joined)
    if skip.constant:
        made = made.filter(text != "")
    array = c.total(source, made)
    value = func.coalesce(
        func.array_to_string(array, separator.value), literal_column("''::text"), type_=SqlText()
    )
    made_part = c.once(c.make("text", value, weight=30))
    long = error_when(func.length(made_part.value) > MAX_TEXT, SQL_VALUE)
    return c.make("text", made_part.value, first_error([list_error(c, part), long]))


@function(
    "TEXTJOIN(separator: text, skip_empty: boolean, text*: values) -> text",
    Text(
        "用分隔符把文字连起来，可跳过空的。",
        "Joins texts with something between them; empty ones may be skipped.",
    ),
    [('TEXTJOIN("、", TRUE, {"a","","b"})', "a、b"), ('TEXTJOIN("-", FALSE, "a", "", "b")', "a--b")],
    sql=_textjoin_sql,
)
def TEXTJOIN(separator: str, skip_empty: bool, parts: list[Any]) -> str:
    texts = [coerce.to_text(part) for part in parts]
    kept = [text for text in texts if text] if skip_empty else texts
    if sum(map(len, kept)) + len(separator) * max(0, len(kept) - 1) > MAX_TEXT:
        raise Failed(VALUE)
    return separator.join(kept)


@function(
    "REPT(text: text, count: integer) -> text",
    Text("把文字重复几次。", "Repeats a text."),
    [('REPT("ab", 3)', "ababab"), ('REPT("x", 1000000000)', "#VALUE!"), ('REPT("x", -1)', "#VALUE!")],
)
def REPT(text: str, count: int) -> str:
    if count < 0 or len(text) * count > MAX_TEXT:
        raise Failed(VALUE)
    return text * count


# --- searching and replacing -------------------------------------------------------------------------------------------------


def _find_sql(c: "Compiler", wanted: Part, within: Part, start: Part | None = None) -> Part:
    t, w = c.once(within), c.once(wanted)
    if start is None or start.whole_constant() == 1:
        at = c.once(c.make("number", func.strpos(t.value, w.value), weight=9))
        return c.make(
            "number", cast(at.value, NUMERIC), error_when(at.value == 0, SQL_VALUE), whole=5, places=0
        )
    s = c.once(start)
    outside = (s.value < 1) | (s.value > func.length(t.value) + 1)
    at = c.once(
        c.make("number", func.strpos(func.substr(t.value, func.greatest(s.value, 1)), w.value), weight=9)
    )
    return c.make(
        "number",
        cast(at.value + s.value - 1, NUMERIC),
        error_when(outside | (at.value == 0), SQL_VALUE),
        whole=10,
        places=0,
    )


@function(
    "FIND(wanted: text, within: text, start?: integer) -> number",
    Text(
        "一段文字在另一段里的位置，区分大小写；没有时为 #VALUE!。",
        "Where a text occurs in another, by case; #VALUE! if nowhere.",
    ),
    [('FIND("c", "abcabc")', "3"), ('FIND("c", "abcabc", 4)', "6"), ('FIND("C", "abc")', "#VALUE!")],
    sql=_find_sql,
)
def FIND(wanted: str, within: str, start: int = 1) -> int:
    if not 1 <= start <= len(within) + 1:
        raise Failed(VALUE)
    at = within.find(wanted, start - 1)
    if at < 0:
        raise Failed(VALUE)
    return at + 1


@function(
    "SEARCH(wanted: text, within: text, start?: integer) -> number",
    Text(
        "一段文字在另一段里的位置，不分大小写，可用 * 和 ?；没有时为 #VALUE!。",
        "Where a text occurs in another, in any case, with * and ?; #VALUE! if nowhere.",
    ),
    [
        ('SEARCH("C", "abcabc")', "3"),
        ('SEARCH("b?a", "abcabc")', "2"),
        ('SEARCH("~*", "a*b")', "2"),
        ('SEARCH("x", "abc")', "#VALUE!"),
    ],
)
def SEARCH(wanted: str, within: str, start: int = 1) -> int:
    if not 1 <= start <= len(within) + 1:
        raise Failed(VALUE)
    at = Wildcard.of(wanted).find(folded(within), start - 1) if wanted else start - 1
    if at < 0:
        raise Failed(VALUE)
    return at + 1


def _substitute_sql(c: "Compiler", text: Part, old: Part, new: Part, which: Part | None = None) -> Part:
    if which is not None:
        raise RowOnly(
            Text(
                "只替换第几处的 SUBSTITUTE 只能逐行计算。",
                "SUBSTITUTE of one occurrence is worked out row by row.",
            )
        )
    made = c.once(c.make("text", func.replace(text.value, old.value, new.value, type_=SqlText()), weight=9))
    return c.make("text", made.value, error_when(func.length(made.value) > MAX_TEXT, SQL_VALUE))


@function(
    "SUBSTITUTE(text: text, old: text, new: text, which?: integer) -> text",
    Text(
        "把文字里的一段换成另一段，可只换第几处。",
        "Replaces a text by another wherever it occurs, or one occurrence only.",
    ),
    [
        ('SUBSTITUTE("a-b-c", "-", "+")', "a+b+c"),
        ('SUBSTITUTE("a-b-c", "-", "+", 2)', "a-b+c"),
        ('SUBSTITUTE("abc", "", "x")', "abc"),
    ],
    sql=_substitute_sql,
)
def SUBSTITUTE(text: str, old: str, new: str, which: int | None = None) -> str:
    if which is not None and which < 1:
        raise Failed(VALUE)
    if not old:
        return text
    if which is None:
        if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
            raise Failed(VALUE)
        return text.replace(old, new)
    at = -len(old)
    for _ in range(which):
        at = text.find(old, at + len(old))
        if at < 0:
            return text
    return text[:at] + new + text[at + len(old) :]


def _replace_sql(c: "Compiler", text: Part, start: Part, count: Part, new: Part) -> Part:
    t = c.once(text)
    wrong = error_when((start.value < 1) | (count.value < 0), SQL_VALUE)
    first, many = func.greatest(start.value, 1), func.greatest(count.value, 0)
    begin = func.substr(t.value, 1, first - 1, type_=SqlText())
    end = func.substr(
        t.value, cast(func.least(cast(first, NUMERIC) + many, 2_000_000_000), Integer()), type_=SqlText()
    )
    return c.make("text", begin + new.value + end, wrong, length=t.length + new.length)


@function(
    "REPLACE(text: text, start: integer, count: integer, new: text) -> text",
    Text("把从第几个字符起的几个字符换成新的文字。", "Replaces so many characters from a place on."),
    [('REPLACE("abcdef", 2, 3, "*")', "a*ef"), ('REPLACE("abc", 9, 1, "d")', "abcd")],
    sql=_replace_sql,
)
def REPLACE(text: str, start: int, count: int, new: str) -> str:
    if start < 1 or count < 0:
        raise Failed(VALUE)
    return text[: start - 1] + new + text[start - 1 + count :]


@function(
    "EXACT(first: text, second: text) -> boolean",
    Text("两段文字是否完全相同，区分大小写。", "Whether two texts are the same, by case too."),
    [('EXACT("a", "A")', "FALSE"), ('EXACT("a", "a")', "TRUE")],
    sql=lambda c, a, b: c.make("boolean", a.value.collate("C") == b.value),
)
def EXACT(first: str, second: str) -> bool:
    return first == second


def _cut(text: str, mark: str, which: int, before: bool) -> str:
    if which == 0 or len(mark) > MAX_TEXT:
        raise Failed(VALUE)
    if not mark:
        return "" if before == (which > 0) else text
    at, step = (-len(mark), 1) if which > 0 else (len(text), -1)
    for _ in range(min(abs(which), len(text) + 1)):
        at = text.find(mark, at + len(mark)) if step > 0 else text.rfind(mark, 0, at)
        if at < 0:
            raise Failed(NA)
    return text[:at] if before else text[at + len(mark) :]


@function(
    "TEXTBEFORE(text: text, mark: text, which?: integer) -> text",
    Text(
        "分隔符之前的文字；第几个可选，负数从后面数。",
        "What stands before a mark; which one can be said, negative from the end.",
    ),
    [
        ('TEXTBEFORE("a-b-c", "-")', "a"),
        ('TEXTBEFORE("a-b-c", "-", -1)', "a-b"),
        ('TEXTBEFORE("abc", "-")', "#N/A"),
    ],
)
def TEXTBEFORE(text: str, mark: str, which: int = 1) -> str:
    return _cut(text, mark, which, True)


@function(
    "TEXTAFTER(text: text, mark: text, which?: integer) -> text",
    Text(
        "分隔符之后的文字；第几个可选，负数从后面数。",
        "What stands after a mark; which one can be said, negative from the end.",
    ),
    [('TEXTAFTER("a-b-c", "-")', "b-c"), ('TEXTAFTER("a-b-c", "-", -1)', "c")],
)
def TEXTAFTER(text: str, mark: str, which: int = 1) -> str:
    return _cut(text, mark, which, False)
