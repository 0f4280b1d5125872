"""The building blocks of a formula in SQL: a step as a pair of value and error code, and how one type becomes another.

A step's value is NULL where it is blank or where its error is set. No expression here can abort a statement: casts are
guarded, divisors are never zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    Boolean,
    Date,
    DateTime,
    Integer,
    Time,
    case,
    cast,
    func,
    literal,
    literal_column,
    null,
)
from sqlalchemy import Text as SqlText
from sqlalchemy.sql import visitors
from sqlalchemy.sql.elements import ColumnClause
from sqlalchemy.sql.selectable import FromClause
from sqlalchemy.types import TypeEngine

from engine.formulas.budget import MAX_TEXT
from engine.formulas.sql_reading import read_text
from engine.formulas.sql_words import (
    NUMERIC,
    ONE,
    ZERO,
    Sql,
    code,
    day_serial,
    error_when,
    integer_literal,
    number_literal,
    round_sql,
    share_sql,
)
from engine.formulas.values import NUM, VALUE, FormulaError
from engine.platform.i18n import Text

UNKNOWN: Any = object()

SQL_TYPES: dict[str, TypeEngine[Any]] = {
    "number": NUMERIC,
    "text": SqlText(),
    "boolean": Boolean(),
    "date": Date(),
    "datetime": DateTime(),
    "time": Time(),
    "blank": SqlText(),
    "empty": SqlText(),
    "error": SqlText(),
}
MAX_WHOLE = 300


class RowOnly(Exception):
    """The formula, or a part of it, can't be said in SQL; carries the reason."""

    def __init__(self, reason: Text) -> None:
        super().__init__(str(reason))
        self.reason = reason


def mixed() -> RowOnly:
    """The reason for branches of different types."""
    return RowOnly(Text("分支的结果类型不同。", "The branches give different types of result."))


@dataclass(eq=False)
class Source:
    """Where the elements of a list come from: a subform's or linked records' rows that belong to this record."""

    from_clause: FromClause
    where: Sql | None
    order: Sql | None = None
    steps: list["Step"] = field(default_factory=list)


@dataclass(frozen=True, eq=False)
class Step:
    """A step that stands once: a column pair of the lateral subquery of its level."""

    level: int
    number: int
    value: Sql
    error: Sql | None


class StepColumn(ColumnClause[Any]):
    """A column of a step that stands once; knows on which level its lateral subquery stands."""

    inherit_cache = True
    level: int = 0

    @classmethod
    def of(cls, table: str, name: str, kind: TypeEngine[Any], level: int) -> "StepColumn":
        """`table.name`, written out: the subquery is made later."""
        made = cls(f"{table}.{name}", kind, is_literal=True)
        made.level = level
        return made


def level_of(*expressions: Sql | None) -> int:
    """The highest level of the steps that the expressions use, 0 if they use none."""
    found = 0
    for expression in expressions:
        if expression is not None:
            for element in visitors.iterate(expression):
                level: Any = getattr(element, "level", 0) if isinstance(element, StepColumn) else 0
                found = max(found, level)
    return found


@dataclass(frozen=True, eq=False)
class Part:
    """One step in SQL.

    `blank` says that the value may be NULL without an error. `whole` and `places` bound a number's digits, `length`
    a text's. `hollow` marks a branch that may be "" beside values of its type, `reference` an argument that is a
    bare field. `weight` and `depth` tell how large the expression is.
    """

    type: str
    value: Sql
    error: Sql | None = None
    blank: bool = True
    places: int = 20
    whole: int = 20
    length: int = MAX_TEXT
    options: Any = None
    source: Source | None = None
    hollow: bool = False
    reference: bool = False
    constant: Any = UNKNOWN
    weight: int = 1
    depth: int = 1

    @property
    def is_constant(self) -> bool:
        """Whether its value is known now."""
        return self.constant is not UNKNOWN

    def whole_constant(self) -> int | None:
        """The constant as a whole number, None if it is not known."""
        known: Any = self.constant
        if isinstance(known, (Decimal, int)) and -(10**9) < known < 10**9:
            return int(known)
        return None


NO_ERROR: Sql = literal_column("NULL::text", SqlText())


def first_error(errors: Iterable[Sql | None]) -> Sql | None:
    """The first error that is set, None if none can be."""
    found = [error for error in errors if error is not None]
    if not found:
        return None
    return found[0] if len(found) == 1 else func.coalesce(*found)


def constant_part(value: Any) -> Part:
    """A value known now."""
    if isinstance(value, FormulaError):
        return Part("error", null(), code(value), constant=value)
    if value is None:
        return Part("blank", NO_ERROR, constant=None)
    if isinstance(value, bool):
        return Part("boolean", literal_column(str(value).lower(), Boolean()), blank=False, constant=value)
    if isinstance(value, Decimal):
        places = max(0, -int(value.as_tuple().exponent))
        whole = max(1, value.adjusted() + 1) if value else 1
        return Part("number", number_literal(value), blank=False, places=places, whole=whole, constant=value)
    if isinstance(value, str):
        kind = "text" if value else "empty"
        return Part(kind, cast(literal(value), SqlText()), blank=False, length=len(value), constant=value)
    if isinstance(value, datetime):
        return Part(
            "datetime",
            _written(value.replace(tzinfo=None), "timestamp"),
            blank=False,
            constant=value.replace(tzinfo=None),
        )
    if isinstance(value, date):
        return Part("date", _written(value, "date"), blank=False, constant=value)
    if isinstance(value, time):
        return Part("time", _written(value, "time"), blank=False, constant=value)
    raise RowOnly(Text("列表常量只能逐行计算。", "Lists written out are worked out row by row."))


def _written(value: date | datetime | time, kind: str) -> Sql:
    return literal_column(
        f"{kind} '{value.isoformat()}'", SQL_TYPES["datetime" if kind == "timestamp" else kind]
    )


# --- numbers -----------------------------------------------------------------------------------------------------


def as_number(part: Part) -> Part:
    """The part as a number that is never NULL without an error; its `error` is only what reading it adds."""
    if part.type == "number":
        value = func.coalesce(part.value, ZERO) if part.blank else part.value
        return replace(part, value=value, error=None, blank=False, options=None)
    if part.type in ("blank",):
        return replace(
            part, type="number", value=ZERO, error=None, blank=False, places=0, whole=1, constant=Decimal(0)
        )
    if part.type == "boolean":
        value = case((part.value, ONE), else_=ZERO)
        return replace(
            part, type="number", value=value, error=None, blank=False, places=0, whole=1, constant=UNKNOWN
        )
    if part.type in ("date", "datetime", "time"):
        return replace(
            part,
            type="number",
            value=serial_sql(part),
            error=None,
            blank=False,
            places=0 if part.type == "date" else 20,
            whole=7,
            constant=UNKNOWN,
        )
    if part.type in ("text", "empty"):
        value, error = read_text(part.value, part.blank)
        return replace(
            part,
            type="number",
            value=value,
            error=error,
            blank=False,
            options=None,
            places=40,
            whole=300,
            constant=UNKNOWN,
        )
    return replace(
        part, type="number", value=literal_column("NULL::numeric", NUMERIC), error=None, blank=False
    )


def serial_sql(part: Part) -> Sql:
    """A date, moment or time as Excel's serial; blank is 0."""
    if part.type == "time":
        return func.coalesce(share_sql(part.value), ZERO)
    value = day_serial(cast(part.value, Date()) if part.type == "datetime" else part.value)
    if part.type == "datetime":
        value = value + share_sql(cast(part.value, Time()))
    return func.coalesce(value, ZERO) if part.blank else value


def steady_sql(part: Part) -> Sql:
    """The number rounded to 15 places, as comparisons see it."""
    return part.value if part.places <= 15 else round_sql(part.value, 15)


# --- texts -------------------------------------------------------------------------------------------------------


def as_text(part: Part) -> Part:
    """The part as a text that is never NULL without an error."""
    if part.type in ("text", "empty"):
        value = func.coalesce(part.value, literal_column("''::text", SqlText())) if part.blank else part.value
        return replace(part, type="text", value=value, error=None, blank=False, options=None)
    if part.type == "boolean":
        value = case(
            (part.value, literal_column("'TRUE'::text")),
            (part.value.is_(None), literal_column("''::text")),
            else_=literal_column("'FALSE'::text"),
        )
        return replace(part, type="text", value=value, error=None, blank=False, length=5, constant=UNKNOWN)
    if part.type in ("blank", "error"):
        return replace(
            part, type="text", value=literal_column("''::text", SqlText()), error=None, blank=False, length=0
        )
    number = as_number(part)
    value = number_text_sql(replace(number, value=part.value if part.type == "number" else number.value))
    if part.blank:
        value = case((part.value.is_(None), literal_column("''::text", SqlText())), else_=value)
    return replace(
        part,
        type="text",
        value=value,
        error=None,
        blank=False,
        length=60,
        constant=UNKNOWN,
        weight=part.weight + 8,
    )


def number_text_sql(part: Part) -> Sql:
    """A number as General writes it (`numbers.number_text`)."""
    value = part.value
    size = func.abs(value)
    shown: Sql = value
    if part.places > 10:
        places = case(
            (size >= 1, func.greatest(15 - func.length(cast(func.trunc(size), SqlText())), 0)),
            *((size >= number_literal(Decimal(1).scaleb(-n)), integer_literal(14 + n)) for n in range(1, 6)),
            else_=integer_literal(20),
        )
        shown = case((value == round_sql(value, 10), value), else_=func.round(value, places, type_=NUMERIC))
    plain = cast(func.trim_scale(shown), SqlText())
    if part.whole <= 21:
        return plain
    return case((size >= literal_column("1e21::numeric", NUMERIC), _exponent_sql(value)), else_=plain)


def _exponent_sql(value: Sql) -> Sql:
    """A number from 1E+21 on with 15 digits and an exponent."""
    size = func.abs(value)
    whole = func.length(cast(func.trunc(size), SqlText()))
    digits = cast(func.trunc(func.round(size, 15 - whole, type_=NUMERIC)), SqlText())
    mantissa = func.left(digits, 1, type_=SqlText()) + "." + func.substr(digits, 2, 14, type_=SqlText())
    short = func.rtrim(func.rtrim(mantissa, "0"), ".", type_=SqlText())
    sign = case((value < 0, literal("-", SqlText())), else_=literal("", SqlText()))
    return sign + short + "E+" + cast(func.length(digits) - 1, SqlText())


def folded_sql(value: Sql) -> Sql:
    """Text as it is compared: ASCII letters in lower case."""
    return func.lower(value.collate("C"), type_=SqlText())


# --- yes and no, dates -------------------------------------------------------------------------------------------


def as_boolean(part: Part) -> Part:
    """The part as TRUE or FALSE, never NULL without an error."""
    if part.type == "boolean":
        value = func.coalesce(part.value, literal_column("false", Boolean())) if part.blank else part.value
        return replace(part, value=value, error=None, blank=False)
    if part.type in ("text", "empty"):
        word = func.upper(part.value.collate("C"))
        value = case(
            (word == "TRUE", literal_column("true", Boolean())),
            (word == "FALSE", literal_column("false", Boolean())),
        )
        bad = word.not_in(["TRUE", "FALSE"])
        if part.blank:
            value = case((part.value.is_(None), literal_column("false", Boolean())), else_=value)
        return replace(
            part, type="boolean", value=value, error=error_when(bad, VALUE), blank=False, constant=UNKNOWN
        )
    number = as_number(part)
    return replace(number, type="boolean", value=number.value != ZERO, constant=UNKNOWN)


def as_integer(part: Part) -> Part:
    """The part as PostgreSQL's integer; #NUM! beyond a billion billions, cut to what counting needs."""
    number = as_number(part)
    if (known := number.whole_constant()) is not None:
        return replace(number, value=integer_literal(known))
    whole = func.trunc(steady_sql(number), type_=NUMERIC)
    within = func.least(func.greatest(whole, number_literal(-2_000_000_000)), number_literal(2_000_000_000))
    too_large = error_when(func.abs(whole) >= number_literal(10**18), NUM) if number.whole > 18 else None
    return replace(
        number, value=cast(within, Integer()), error=first_error((number.error, too_large)), constant=UNKNOWN
    )


def as_date(part: Part) -> Part:
    """The part as a date; of a number the day with that serial."""
    if part.type == "date" and not part.blank:
        return replace(part, error=None)
    if part.type == "datetime" and not part.blank:
        return replace(part, type="date", value=cast(part.value, Date()), error=None, constant=UNKNOWN)
    if part.type in ("date", "datetime"):
        return replace(
            part,
            type="date",
            value=cast(part.value, Date()),
            error=error_when(part.value.is_(None), BLANK_DATE),
            constant=UNKNOWN,
        )
    if part.type in ("text", "empty"):
        raise RowOnly(Text("把文字读作日期只能逐行计算。", "Reading text as a date is done row by row."))
    number = as_number(part)
    day = func.floor(steady_sql(number), type_=NUMERIC)
    outside = (day < 1) | (day > 2958465) | (day == 60)
    inside = case(
        (outside, literal_column("NULL::integer", Integer())),
        else_=cast(func.least(func.greatest(day, ZERO), number_literal(2958465)), Integer()),
    )
    value = (
        literal_column("date '1899-12-30'", Date())
        + inside
        + case((inside < 60, integer_literal(1)), else_=integer_literal(0))
    )
    return replace(
        number,
        type="date",
        value=cast(value, Date()),
        error=first_error((number.error, error_when(outside, NUM))),
        constant=UNKNOWN,
    )


# A blank date is serial 0, a day that no calendar has.
BLANK_DATE = NUM
