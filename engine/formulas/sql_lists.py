"""Totals over lists in SQL: what SUM and its kin see of an element, and conditions as SUMIFS has them."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sqlalchemy import Text as SqlText
from sqlalchemy import and_, case, cast, func, literal, literal_column, or_

from engine.formulas.criteria import Criterion
from engine.formulas.sql_compare import OPERATE, compare_sql, folded_text, truth
from engine.formulas.sql_operators import one_source
from engine.formulas.sql_parts import Part, RowOnly, Source, as_number, folded_sql, steady_sql
from engine.formulas.sql_words import NUMERIC, ONE, ZERO, Sql, number_literal
from engine.formulas.values import folded, option_value
from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.formulas.to_sql import Compiler


@dataclass(frozen=True, eq=False)
class Figure:
    """One argument of SUM and its kin: a number written out (always there), a field (if filled), or a list."""

    part: Part
    value: Sql
    there: Sql | None
    source: Source | None = None

    def total(self, c: "Compiler", name: str) -> Sql:
        """An aggregate (`sum`, `min`, `max`, `count`) over it; NULL where there is nothing, but 0 for `count`."""
        if self.source is not None:
            made = c.total(self.source, getattr(func, name)(self.value))
            return cast(made, NUMERIC) if name == "count" else made
        if name != "count":
            return self.value
        return ONE if self.there is None else case((self.there, ONE), else_=ZERO)


@dataclass(frozen=True, eq=False)
class Figures:
    """All arguments of SUM and its kin, and the errors that they can bring."""

    items: list[Figure]
    errors: list[Sql | None]

    def totals(self, c: "Compiler", name: str) -> list[Sql]:
        """The aggregate over each argument."""
        return [item.total(c, name) for item in self.items]

    @property
    def places(self) -> int:
        """The most places that a number can have."""
        return max((item.part.places for item in self.items), default=0)

    @property
    def whole(self) -> int:
        """The most digits before the point."""
        return max((item.part.whole for item in self.items), default=1)

    @property
    def certain(self) -> bool:
        """Whether there is always at least one number."""
        return any(item.source is None and item.there is None for item in self.items)


def figures(c: "Compiler", parts: tuple[Part, ...]) -> Figures:
    """The arguments of SUM and its kin."""
    items: list[Figure] = []
    errors: list[Sql | None] = []
    late: list[Sql | None] = []
    for part in parts:
        if part.source is not None:
            errors.append(list_error(c, part))
            items.append(Figure(part, figure(part), None, part.source))
        elif part.reference:
            errors.append(part.error)
            there = is_figure(part)
            items.append(Figure(part, figure(part), truth(False) if there is None else there))
        else:
            number = as_number(part)
            errors.append(part.error)
            late.append(number.error)
            items.append(Figure(number, number.value, None))
    return Figures(items, errors + late)


def list_error(
    c: "Compiler", part: Part, where: Sql | None = None, source: Source | None = None
) -> Sql | None:
    """The first error in a list, in the order of its rows; None if it can't have one."""
    source = source or part.source
    if part.error is None or source is None:
        return None
    query = c.rows(source, part.error).where(part.error.is_not(None))
    if where is not None:
        query = query.where(where)
    if source.order is not None:
        query = query.order_by(source.order)
    return query.limit(literal_column("1")).scalar_subquery()  # type: ignore[no-any-return]


def is_figure(part: Part) -> Sql | None:
    """Whether an element counts as a number; None where none does."""
    if part.type not in ("number", "date", "datetime", "time"):
        return None
    return part.value.is_not(None) if part.blank else truth(True)


def figure(part: Part) -> Sql:
    """An element as a number, NULL where it is none."""
    if part.type == "number":
        return part.value
    if part.type in ("date", "datetime", "time"):
        value = as_number(replace(part, blank=False)).value
        return case((part.value.is_not(None), value)) if part.type == "time" else value
    return literal_column("NULL::numeric", NUMERIC)


NUMBERS_ONLY = Text(
    "条件随记录变化的文字只能逐行比较。",
    "A condition whose text changes from record to record is judged row by row.",
)


def criterion_sql(element: Part, wanted: Part) -> Sql:
    """Whether an element meets a criterion of SUMIFS: `">=10"`, `"a*"`, a number, a date, TRUE."""
    if wanted.is_constant:
        return _fixed(element, wanted.constant)
    if wanted.type in ("number", "date", "datetime", "time", "boolean"):
        return _typed(element, wanted)
    if element.options and wanted.options:
        return func.coalesce(
            and_(element.value.is_not(None), folded_text(element) == folded_text(wanted)), truth(False)
        )
    raise RowOnly(NUMBERS_ONLY)


def _typed(element: Part, wanted: Part) -> Sql:
    if wanted.type == "boolean":
        if element.type != "boolean":
            return truth(False)
        return func.coalesce(
            element.value == func.coalesce(wanted.value, literal_column("false")), truth(False)
        )
    if element.type == "text":
        raise RowOnly(NUMBERS_ONLY)
    if element.type == "boolean":
        return truth(False)
    return func.coalesce(
        and_(element.value.is_not(None), compare_sql("=", replace(element, blank=False), wanted)),
        truth(False),
    )


def _fixed(element: Part, wanted: Any) -> Sql:
    criterion = Criterion.of(wanted)
    there = element.value.is_not(None) if element.blank else truth(True)
    if element.error is not None:
        there = and_(there, element.error.is_(None))
    if criterion.error is not None:
        has = (
            truth(False)
            if element.error is None
            else func.coalesce(element.error == criterion.error.code, truth(False))
        )
        return ~has if criterion.symbol == "<>" else has
    made = _positive(element, criterion)
    if criterion.blank:
        if criterion.symbol == "<>":
            return there if element.error is None else or_(there, element.error.is_not(None))
        empty: Any = element.value.is_(None)
        if criterion.empty_too and element.type == "text":
            empty = or_(empty, element.value == "")
        return empty if element.error is None else and_(empty, element.error.is_(None))
    met = truth(False) if made is None else func.coalesce(and_(there, made), truth(False))
    return ~met if criterion.symbol == "<>" else met


def _positive(element: Part, criterion: Criterion) -> Sql | None:
    """The comparison itself, `=` for `<>`; None where no element of this type can meet it."""
    symbol = "=" if criterion.symbol == "<>" else criterion.symbol
    if criterion.boolean is not None:
        return OPERATE[symbol](element.value, truth(criterion.boolean)) if element.type == "boolean" else None
    if element.options and symbol == "=" and criterion.plain.lower() in element.options:
        return folded_sql(element.value) == folded(option_value(element.options, criterion.plain))
    if element.type in ("number", "date", "datetime", "time"):
        if criterion.number is None:
            return None
        return OPERATE[symbol](
            steady_sql(as_number(replace(element, blank=False))), number_literal(criterion.number or 0)
        )
    if element.type != "text":
        return None
    if criterion.number is not None:
        if symbol != "=":
            return None
        return _same_number(element, criterion)
    if symbol != "=":
        return OPERATE[symbol](folded_sql(element.value), literal(folded(criterion.text), SqlText()))
    if criterion.wild:
        return folded_sql(element.value).like(criterion.like(), escape="\\")
    return folded_sql(element.value) == folded(criterion.plain)


def _same_number(element: Part, criterion: Criterion) -> Sql:
    """A text that reads as the number meets it too, as "5" meets 5."""
    number = as_number(replace(element, blank=False))
    return and_(number.value.is_not(None), steady_sql(number) == number_literal(criterion.number or 0))


def one_list(parts: list[Part]) -> Source:
    """The rows that several columns belong to; columns of different lists can't be compared in SQL."""
    sources = [p.source for p in parts if p.source is not None]
    if len(sources) != len(parts):
        raise RowOnly(
            Text("这里需要子表或关联记录的列。", "A column of a subform or of linked records is needed here.")
        )
    found = one_source(sources)
    assert found is not None
    return found
