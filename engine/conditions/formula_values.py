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
from engine.formulas.sql_parts import SQL_TYPES
from engine.formulas.sql_scope import SqlCollection
from engine.formulas.to_sql import to_sql
from engine.platform import clock

Resolve = Callable[[str], tuple[Field, ...] | None]


def check_sql(text: str, resolve: Resolve) -> str:
    """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
    return to_sql(parse(text), _Dry(resolve)).type


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
        kind = sa.DateTime(timezone=True) if name and name.type == "datetime" else SQL_TYPES[name.type if name else "text"]
        return sa.column("_".join(path), kind)

    def error(self, path: tuple[str, ...]) -> ColumnElement[str | None] | None:
        steps = self.find(".".join(path))
        return sa.column("error", sa.Text()) if steps and steps[-1].kind.computed else None

    def collection(self, path: tuple[str, ...]) -> SqlCollection:
        return SqlCollection(self.table, None, self.column(path), self.error(path))
