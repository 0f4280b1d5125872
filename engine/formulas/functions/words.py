"""Text and numbers: reading, writing in a format, characters and their codes."""

# The declaration above each function says what it does.
# ruff: noqa: D103

import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import Text as SqlText
from sqlalchemy import func, literal, literal_column

from engine.formulas import coerce, numbers
from engine.formulas.formats import chinese_number, format_value
from engine.formulas.functions.base import declare
from engine.formulas.reading import read_moment, read_number
from engine.formulas.sql_formats import format_sql
from engine.formulas.sql_parts import Part, as_number, as_text
from engine.formulas.values import VALUE, Failed, Value
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.evaluate import Evaluator
    from engine.formulas.to_sql import Compiler

function = declare("text")


def _value_sql(c: "Compiler", value: Part) -> Part:
    number = as_number(c.once(value))
    return c.make("number", number.value, number.error, whole=number.whole, places=number.places)


@function(
    "VALUE(text: value) -> number",
    Text("把文字读作数字或日期。", "Reads a text as a number or date."),
    [
        ('VALUE("1,234.5")', "1234.5"),
        ('VALUE("5%")', "0.05"),
        ('VALUE("2026-01-01")', "46023"),
        ('VALUE("abc")', "#VALUE!"),
    ],
    sql=_value_sql,
    context=True,
)
def VALUE_(e: "Evaluator", text: Value) -> Decimal:
    if isinstance(text, bool):
        raise Failed(VALUE)
    return coerce.to_number(text, e.locale)


@function(
    "NUMBERVALUE(text: text, point?: text, group?: text) -> number",
    Text(
        "按指定的小数点和千分位符号读数字。",
        "Reads a number with the given decimal point and group separator.",
    ),
    [
        ('NUMBERVALUE("2.500,27", ",", ".")', "2500.27"),
        ('NUMBERVALUE("3.5%")', "0.035"),
        ('NUMBERVALUE("")', "0"),
    ],
)
def NUMBERVALUE(text: str, point: str = ".", group: str = ",") -> Decimal:
    if not point or not group:
        raise Failed(VALUE)
    bare = "".join(text.split())
    whole, mark, places = bare.partition(point[0])
    if group[0] in places:
        raise Failed(VALUE)
    read = whole.replace(group[0], "") + ("." if mark else "") + places
    shares = len(read) - len(read.rstrip("%"))
    number = read_number(read.rstrip("%")) if read.rstrip("%") else numbers.ZERO
    if number is None:
        raise Failed(VALUE)
    for _ in range(shares):
        number = numbers.divide(number, numbers.HUNDRED)
    return number


@function(
    "TEXT(value: value, format: text) -> text",
    Text(
        '按格式写出数字或日期，如 "0.00"、"#,##0"、"yyyy-mm-dd"、"aaaa"。',
        'Writes a number or date in a format such as "0.00", "#,##0", "yyyy-mm-dd".',
    ),
    [
        ('TEXT(1234.567, "#,##0.00")', "1,234.57"),
        ('TEXT(0.285, "0.0%")', "28.5%"),
        ('TEXT(DATE(2026,3,1), "yyyy年m月d日")', "2026年3月1日"),
        ('TEXT(DATE(2026,3,1), "aaaa")', "星期日"),
        ('TEXT(5, "000")', "005"),
        ('TEXT(-5, "0;(0)")', "(5)"),
        ('TEXT(0.5, "h:mm AM/PM")', "12:00 PM"),
    ],
    sql=format_sql,
    context=True,
)
def TEXT(e: "Evaluator", value: Value, pattern: str) -> str:
    return text_in_format(value, pattern, e.locale)


def text_in_format(value: Value, pattern: str, locale: str) -> str:
    """TEXT; a text that reads as a number or date is written as one."""
    if isinstance(value, str):
        moment = read_moment(value, locale)
        number = read_number(value, locale)
        return format_value(
            moment if moment is not None else number if number is not None else value, pattern
        )
    return format_value(numbers.ZERO if value is None else value, pattern)


@function(
    "FIXED(number: number, places?: integer, no_commas?: boolean) -> text",
    Text(
        "写成固定小数位数的文字，默认两位、带千分位。",
        "Writes a number with fixed places, by default two, with thousands.",
    ),
    [
        ("FIXED(1234.567)", "1,234.57"),
        ("FIXED(1234.567, 1, TRUE)", "1234.6"),
        ("FIXED(1234.567, -2)", "1,200"),
    ],
)
def FIXED(number: Decimal, places: int = 2, no_commas: bool = False) -> str:
    if abs(places) > 127:
        raise Failed(VALUE)
    rounded = numbers.round_places(numbers.steady(number), min(places, 40))
    return f"{rounded:.{max(places, 0)}f}" if no_commas else f"{rounded:,.{max(places, 0)}f}"


@function(
    "DOLLAR(number: number, places?: integer) -> text",
    Text("写成货币：中文用 ¥，英文用 $。", "Writes an amount of money: with ¥ in Chinese, $ in English."),
    [("DOLLAR(1234.567)", "¥1,234.57"), ("DOLLAR(-5, 0)", "-¥5")],
    context=True,
)
def DOLLAR(e: "Evaluator", number: Decimal, places: int = 2) -> str:
    if abs(places) > 127:
        raise Failed(VALUE)
    rounded = numbers.round_places(numbers.steady(number), min(places, 40))
    written = f"{rounded.copy_abs():,.{max(places, 0)}f}"
    if e.locale == "en":
        return f"(${written})" if rounded < 0 else f"${written}"
    return f"{'-' if rounded < 0 else ''}¥{written}"


@function(
    "NUMBERSTRING(number: number, style: integer) -> text",
    Text(
        "中文数字：1 为一百二十三，2 为壹佰贰拾叁，3 为一二三。",
        "A whole number in Chinese: 1 一百二十三, 2 壹佰贰拾叁, 3 一二三.",
    ),
    [
        ("NUMBERSTRING(123, 2)", "壹佰贰拾叁"),
        ("NUMBERSTRING(10005, 1)", "一万〇五"),
        ("NUMBERSTRING(123, 3)", "一二三"),
    ],
)
def NUMBERSTRING(number: Decimal, style: int) -> str:
    whole = numbers.round_places(numbers.steady(number), 0)
    if whole < 0 or whole >= Decimal(10) ** 15 or style not in (1, 2, 3):
        raise Failed(VALUE)
    if style == 3:
        return str(int(whole)).translate({ord(str(i)): c for i, c in enumerate("〇一二三四五六七八九")})
    return chinese_number(int(whole), f"dbnum{style}")


@function(
    "RMBTEXT(amount: number) -> text",
    Text("人民币大写金额。", "An amount of money in Chinese capitals, as contracts and receipts have it."),
    [
        ("RMBTEXT(1234.56)", "壹仟贰佰叁拾肆元伍角陆分"),
        ("RMBTEXT(100)", "壹佰元整"),
        ("RMBTEXT(0.05)", "伍分"),
        ("RMBTEXT(10.05)", "壹拾元零伍分"),
    ],
)
def RMBTEXT(amount: Decimal) -> str:
    cents = numbers.round_places(numbers.multiply(numbers.steady(amount), numbers.HUNDRED), 0)
    if cents.copy_abs() >= Decimal(10) ** 17:
        raise Failed(VALUE)
    whole, rest = divmod(abs(int(cents)), 100)
    tenths, hundredths = divmod(rest, 10)
    digits = "零壹贰叁肆伍陆柒捌玖"
    made = f"{chinese_number(whole, 'dbnum2')}元" if whole or not rest else ""
    if not rest:
        made += "整"
    elif tenths:
        made += f"{digits[tenths]}角" + (f"{digits[hundredths]}分" if hundredths else "整")
    else:
        made += ("零" if whole else "") + f"{digits[hundredths]}分"
    return ("负" if cents < 0 else "") + made


def _t_sql(c: "Compiler", value: Part) -> Part:
    if value.type in ("text", "empty"):
        return c.make("text", as_text(value).value, length=value.length)
    return c.make("text", literal_column("''::text", SqlText()), length=0)


@function(
    "T(value: value) -> text",
    Text("值是文字时就是它，否则为空文字。", "The value if it is text, else empty text."),
    [('T("a")', "a"), ("T(1)", "")],
    sql=_t_sql,
)
def T(value: Value) -> str:
    return str(value) if isinstance(value, str) else ""


def _n_sql(c: "Compiler", value: Part) -> Part:
    if value.type in ("text", "empty"):
        return c.make("number", literal_column("0::numeric"), whole=1, places=0)
    number = as_number(value)
    return c.make("number", number.value, number.error, whole=number.whole, places=number.places)


@function(
    "N(value: value) -> number",
    Text(
        "值是数字或日期时为数字，TRUE 为 1，文字为 0。",
        "The value as a number: a date its serial, TRUE 1, text 0.",
    ),
    [("N(5)", "5"), ("N(TRUE)", "1"), ('N("5")', "0")],
    sql=_n_sql,
)
def N(value: Value) -> Decimal:
    return numbers.ZERO if isinstance(value, str) else coerce.to_number(value)


@function(
    "CHAR(code: integer) -> text",
    Text("编码 1 到 255 的字符。", "The character with a code from 1 to 255."),
    [("CHAR(65)", "A"), ("CHAR(0)", "#VALUE!")],
)
def CHAR(code: int) -> str:
    if not 1 <= code <= 255:
        raise Failed(VALUE)
    return bytes([code]).decode("cp1252", errors="replace")


@function(
    "CODE(text: text) -> number",
    Text("第一个字符的编码。", "The code of the first character."),
    [('CODE("A")', "65"), ('CODE("")', "#VALUE!")],
)
def CODE(text: str) -> int:
    if not text:
        raise Failed(VALUE)
    try:
        return text[0].encode("cp1252")[0]
    except UnicodeEncodeError:
        return 63


@function(
    "UNICHAR(code: integer) -> text",
    Text("Unicode 编码的字符。", "The character with a Unicode number."),
    [("UNICHAR(31616)", "简"), ("UNICHAR(0)", "#VALUE!")],
)
def UNICHAR(code: int) -> str:
    if not 1 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        raise Failed(VALUE)
    return chr(code)


@function(
    "UNICODE(text: text) -> number",
    Text("第一个字符的 Unicode 编码。", "The Unicode number of the first character."),
    [('UNICODE("简")', "31616"), ('UNICODE("")', "#VALUE!")],
)
def UNICODE(text: str) -> int:
    if not text:
        raise Failed(VALUE)
    return ord(text[0])


@function(
    "CLEAN(text: text) -> text",
    Text("去掉不能打印的控制字符。", "Takes out characters that can't be printed."),
    [('CLEAN("a" & CHAR(10) & "b")', "ab")],
    sql=lambda c, t: c.make(
        "text",
        func.regexp_replace(t.value, literal("[\x01-\x1f]"), literal(""), literal("g"), type_=SqlText()),
        length=t.length,
    ),
)
def CLEAN(text: str) -> str:
    return "".join(character for character in text if ord(character) >= 32)


_WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}
_NARROW = {wide: narrow for narrow, wide in _WIDE.items()}


@function(
    "ASC(text: text) -> text",
    Text("全角字符变成半角。", "Full-width characters become half-width."),
    [('ASC("ＡＢＣ１２３")', "ABC123")],
)
def ASC(text: str) -> str:
    return text.translate(_NARROW)


@function(
    "WIDECHAR(text: text) -> text",
    Text("半角字符变成全角。", "Half-width characters become full-width."),
    [('WIDECHAR("ABC")', "ＡＢＣ")],
)
def WIDECHAR(text: str) -> str:
    return text.translate(_WIDE)


def wide(character: str) -> bool:
    """Whether a character counts as two bytes, as Chinese ones do."""
    return unicodedata.east_asian_width(character) in "WF"


@function(
    "LENB(text: text) -> number",
    Text("字节数：汉字算两个。", "The length in bytes, where a Chinese character counts two."),
    [('LENB("简流a")', "5")],
)
def LENB(text: str) -> int:
    return sum(1 + wide(character) for character in text)
