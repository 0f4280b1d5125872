"""Whether a formula that stands among a condition's values can be carried out in SQL."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement

from engine.fields.form import Field
from engine.fields.formula_names import name_of
from engine.formulas.moment import Moment
from engine.formulas.names import Name
from engine.formulas.parser import parse
from engine.formulas.sql_parts import SQL_TYPES, Part, as_boolean, as_date, as_number, as_text
from engine.formulas.sql_scope import SqlCollection
from engine.formulas.to_sql import to_sql
from engine.platform import clock

Resolve = Callable[[str], tuple[Field, ...] | None]


def check_sql(text: str, resolve: Resolve) -> str:
    """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
    return to_sql(parse(text), _Dry(resolve)).type


def read_as(value: ColumnElement[Any], kind: str, field: Field, time_zone: str) -> ColumnElement[Any]:
    """A formula's value of type `kind` as one of the field's, as formulas themselves read it; never fails on a row."""
    wanted = "number" if getattr(field.kind, "refers_to", None) else field.kind.value_type(field)
    if kind == wanted or wanted not in ("text", "number", "boolean", "date", "datetime"):
        return value
    if kind == "datetime":  # an instant; formulas read what the organisation's clock shows then
        value = sa.func.timezone(time_zone, value, type_=sa.DateTime())
    part = Part("blank" if kind == "any" else kind, value)
    if wanted == "text":
        return as_text(part).value
    if wanted == "number":
        return as_number(part).value
    if wanted == "boolean":
        return as_boolean(part).value
    day = as_date(part).value
    return day if wanted == "date" else sa.func.timezone(time_zone, sa.cast(day, sa.TIMESTAMP()))


class _Dry:
    """Fields without tables: columns by name, enough to see whether a formula compiles."""

    def __init__(self, resolve: Resolve) -> None:
        self.find = resolve
        self.moment = Moment(clock.now())
        self.table = sa.table("checked")

    def resolve(self, path: tuple[str, ...]) -> Name | None:
        steps = self.find(".".join(path))
        return name_of(steps) if steps else None

    def column(self, path: tuple[str, ...]) -> ColumnElement[Any]:
        name = self.resolve(path)
        kind = (
            sa.DateTime(timezone=True)
            if name and name.type == "datetime"
            else SQL_TYPES[name.type if name else "text"]
        )
        return sa.column("_".join(path), kind)

    def error(self, path: tuple[str, ...]) -> ColumnElement[str | None] | None:
        steps = self.find(".".join(path))
        return sa.column("error", sa.Text()) if steps and steps[-1].kind.computed else None

    def collection(self, path: tuple[str, ...]) -> SqlCollection:
        return SqlCollection(self.table, None, self.column(path), self.error(path))
