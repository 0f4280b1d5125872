"""A condition that was read: its parts, and its values by what they mean."""

from dataclasses import dataclass
from typing import Any

from engine.fields.form import Field


@dataclass(frozen=True)
class All:
    """True if every part is; without parts true."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class AnyOf:
    """True if some part is; without parts false."""

    parts: tuple["Node", ...]


@dataclass(frozen=True)
class Not:
    """True if the part is not."""

    part: "Node"


@dataclass(frozen=True)
class Leaf:
    """One comparison: the fields along the path, the operator, and the values that it is compared with."""

    path: str
    steps: tuple[Field, ...]
    op: str
    values: tuple["Value", ...]

    @property
    def field(self) -> Field:
        """The field at the end of the path, as its values are shown."""
        return self.steps[-1].value_field

    @property
    def several(self) -> bool:
        """Whether a record may have many values at the end of the path, kept in rows of their own."""
        return any(step.type == "subform" or step.kind.multiple for step in self.steps[:-1]) or (
            self.steps[-1].kind.multiple and self.steps[-1].kind.column(self.steps[-1]) is None
        )


Node = All | AnyOf | Not | Leaf


@dataclass(frozen=True)
class Plain:
    """A fixed value of the field's type; None is empty."""

    value: Any


@dataclass(frozen=True)
class Period:
    """The days of a period."""

    name: str
    n: int | None = None


@dataclass(frozen=True)
class Day:
    """Today, moved by so many days."""

    moved: int


@dataclass(frozen=True)
class Personal:
    """Ids that depend on the person: `me`, `my_department`, `headed_by_me`, `my_reports`."""

    name: str
    below: bool = False


@dataclass(frozen=True)
class CurrentValue:
    """The value that the record in the form has now."""

    key: str


@dataclass(frozen=True)
class FormulaValue:
    """A formula over the same record."""

    text: str


Value = Plain | Period | Day | Personal | CurrentValue | FormulaValue
