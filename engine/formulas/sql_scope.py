"""What compiling to SQL needs from outside, and what it gives back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import true
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause, Lateral

from engine.formulas.moment import Moment
from engine.formulas.names import Name
from engine.formulas.tree import Path
from engine.formulas.values import ValueType


@dataclass(frozen=True, eq=False)
class SqlCollection:
    """The column of a subform, or a field of linked records, as a list that belongs to the row.

    Columns of the same rows share one `from_clause` object (the same alias): SUMIFS puts them into one subquery.
    `where` ties the rows to the outer row; `element` is the column, `error` the error code of a computed one;
    `order` is the order of the rows, which decides which error comes first.
    """

    from_clause: FromClause
    where: ColumnElement[bool] | None
    element: ColumnElement[Any]
    error: ColumnElement[str | None] | None = None
    order: ColumnElement[Any] | None = None


class SqlScope(Protocol):
    """Knows the fields as SQL. A datetime column is a `timestamptz`; a number a `numeric`."""

    moment: Moment

    def resolve(self, path: Path) -> Name | None:
        """The field at the end of `path`."""
        ...

    def column(self, path: Path) -> ColumnElement[Any]:
        """The column of a single value."""
        ...

    def error(self, path: Path) -> ColumnElement[str | None] | None:
        """The error code of a computed field; None for a field that can't fail."""
        ...

    def collection(self, path: Path) -> SqlCollection:
        """The column of a list."""
        ...


@dataclass(frozen=True, eq=False)
class SqlFormula:
    """A formula in SQL: its value (NULL where blank or failed), its error code, and the steps that stand once.

    A `datetime` value is a `timestamptz`. The laterals are joined by `apply` behind the tables that the scope's
    columns come from, in their order.
    """

    type: ValueType
    value: ColumnElement[Any]
    error: ColumnElement[str | None] | None = None
    laterals: Sequence[Lateral] = field(default_factory=tuple)

    def apply(self, from_clause: FromClause) -> FromClause:
        """The FROM clause with the steps joined to it."""
        for lateral in self.laterals:
            from_clause = from_clause.join(lateral, true())
        return from_clause
