"""A formula that stands among a condition's values: whether SQL can work it out, and its value read as a field's."""

from collections.abc import Callable
from dataclasses import dataclass
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

_READ: dict[str, Any] = {
    "text": sa.Text(),
    "number": sa.Numeric(),
    "boolean": sa.Boolean(),
    "date": sa.Date(),
    "datetime": sa.DateTime(timezone=True),
}
Resolve = Callable[[str], tuple[Field, ...] | None]


@dataclass(frozen=True, eq=False)
class Worked:
    """A formula in SQL: its value (NULL where blank or failed), the type of it, and its error code if it can fail."""

    value: ColumnElement[Any]
    type: str
    error: ColumnElement[str | None] | None = None


def check_sql(text: str, resolve: Resolve) -> str:
    """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
    return to_sql(parse(text), _Dry(resolve)).type


def read_as(made: Worked, field: Field, time_zone: str) -> Worked:
    """A formula's value as one of the field's, as formulas themselves read it; never stops a statement on a row.

    Blank stays blank, as "" becomes; what cannot be read is an error.
    """
    wanted = "number" if getattr(field.kind, "refers_to", None) else field.kind.value_type(field)
    if wanted not in _READ:
        return made
    if made.type == "any":
        return Worked(sa.cast(sa.null(), _READ[wanted]), wanted, made.error)
    if made.type == wanted:
        value = sa.func.nullif(made.value, "", type_=sa.Text()) if wanted == "text" else made.value
        return Worked(value, wanted, made.error)
    value, failed = _read(made.value, made.type, wanted, time_zone)
    there = made.value.is_not(None)
    errors = [
        one for one in (made.error, None if failed is None else sa.case((there, failed))) if one is not None
    ]
    error = sa.func.coalesce(*errors) if len(errors) > 1 else errors[0] if errors else None
    return Worked(sa.case((there, value)), wanted, error)


def _read(
    value: ColumnElement[Any], kind: str, wanted: str, time_zone: str
) -> tuple[ColumnElement[Any], ColumnElement[Any] | None]:
    """A value that is not blank, and the error that reading it gives."""
    if kind == "datetime":  # an instant; formulas read what the organisation's clock shows then
        value = sa.func.timezone(time_zone, value, type_=sa.DateTime())
    part = Part(kind, value)
    if wanted == "text":
        part = as_text(part)
    elif wanted == "number":
        part = as_number(part)
    elif wanted == "boolean":
        part = as_boolean(part)
    else:
        part = as_date(part)
    if wanted == "datetime":
        return sa.func.timezone(time_zone, sa.cast(part.value, sa.TIMESTAMP())), part.error
    return part.value, part.error


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
