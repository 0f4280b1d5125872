"""What conditions are given: whose fields they read, as definitions or as SQL, and for whom."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol

from sqlalchemy import ColumnElement

from engine.conditions.formula_values import Worked, check_sql
from engine.fields.form import Field, Form
from engine.fields.path import resolve as resolve_path


class Person(Protocol):
    """The person for whom `me`, `my_department` and so on are worked out."""

    @property
    def member_id(self) -> int | None:
        """Their id."""
        ...

    def departments(self, below: bool = False) -> Iterable[int]:
        """The departments they belong to."""
        ...

    def headed_departments(self) -> Iterable[int]:
        """The departments they head, and all below."""
        ...

    def reports(self) -> Iterable[int]:
        """Everybody under them."""
        ...


class Scope(Protocol):
    """The fields that a condition may read; `column`, `exists` and `formula` only where SQL is made."""

    @property
    def time_zone(self) -> str:
        """The organisation's time zone."""
        ...

    def resolve(self, path: str) -> tuple[Field, ...] | None:
        """The field at each step of a path; None if it does not exist or may not be known."""
        ...

    def column(self, path: str) -> ColumnElement[Any]:
        """The value at the end of a path on which every step has one value."""
        ...

    def exists(
        self, path: str, inner: Callable[[ColumnElement[Any]], ColumnElement[bool]] | None
    ) -> ColumnElement[bool]:
        """Whether some value at the end of a path with several satisfies `inner` (None: whether there is any)."""
        ...

    def formula(self, text: str) -> Worked:
        """A formula over the same record as SQL; raises FormulaFault."""
        ...

    def check_formula(self, text: str) -> str:
        """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
        ...

    def among(self, path: str, ids: Sequence[int]) -> ColumnElement[bool] | None:
        """A link compared with ids, where that can be said better than by its column; else None."""
        ...


class FormScope:
    """The fields of a form as its definition has them; enough to check and to word conditions."""

    def __init__(self, form: Form, row: Field | None = None, time_zone: str = "Asia/Shanghai") -> None:
        self.form = form
        self.row = row
        self.time_zone = time_zone

    def resolve(self, path: str) -> tuple[Field, ...] | None:
        """The field at each step of a path."""
        return resolve_path(self.form, path, self.row)

    def column(self, path: str) -> ColumnElement[Any]:
        """A definition has no columns."""
        raise LookupError(path)

    def exists(
        self, path: str, inner: Callable[[ColumnElement[Any]], ColumnElement[bool]] | None
    ) -> ColumnElement[bool]:
        """A definition has no columns."""
        raise LookupError(path)

    def formula(self, text: str) -> Worked:
        """A definition has no columns."""
        raise LookupError(text)

    def among(self, path: str, ids: Sequence[int]) -> ColumnElement[bool] | None:
        """A definition has no columns."""
        return None

    def check_formula(self, text: str) -> str:
        """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
        return check_sql(text, self.resolve)
