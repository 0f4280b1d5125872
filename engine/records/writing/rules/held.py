"""One record, or a row in it, as conditions read it in memory: values as they are stored, links followed when asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.access.viewer import Viewer
from engine.conditions.formula_values import check_sql
from engine.conditions.in_memory import holds
from engine.conditions.read import Reader
from engine.conditions.scope import FormScope, Person
from engine.conditions.tree import Node
from engine.fields import path as paths
from engine.fields.failed import Failed
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.values import NAME, FormulaError
from engine.records.reading.bare_values import bare
from engine.records.reading.formula_values import RecordValues, compared
from engine.records.writing.transaction import Transaction


class Held:
    """The values of a record under way, with the app's rights; inside a subform, `row` is the row's own."""

    def __init__(
        self,
        tx: Transaction,
        form: Form,
        known: Mapping[str, Any],
        subform: Field | None = None,
        row: Mapping[str, Any] | None = None,
    ) -> None:
        self.tx = tx
        self.form = form
        self.known = known
        self.subform = subform
        self.row = row

    @property
    def time_zone(self) -> str:
        """The organisation's time zone."""
        return self.tx.viewer.time_zone

    @property
    def person(self) -> Person | None:
        """For whom conditions hold."""
        return self.tx.viewer if isinstance(self.tx.viewer, Viewer) else None

    def holds(self, node: Node | None) -> bool:
        """Whether a condition that was read holds; None always does."""
        return node is None or holds(node, self, self.person, self.tx.moment)

    def resolve(self, path: str) -> tuple[Field, ...] | None:
        """The field at each step of a path."""
        return paths.resolve(self.form, path, self.subform)

    def check_formula(self, text: str) -> str:
        """The type of the formula's value; raises FormulaFault where it is wrong or has no SQL meaning."""
        return check_sql(text, self.resolve)

    def value(self, path: str) -> Any:
        """The value at the end of a path: a list where there are several; None where there is no such field."""
        steps = self.resolve(path)
        if steps is None:
            return None
        found = self.values(steps)
        several = any(step.type == "subform" or step.kind.multiple for step in steps[:-1])
        return found if several else found[0] if found else None

    def values(self, steps: Sequence[Field]) -> list[Any]:
        """The values at the end of a path; exactly one where every step has one."""
        return self._along(self._own(steps[0]), steps, 0)

    def worked_out(self, text: str, field: Field) -> Any:
        """A formula over the same record, as it is compared with values of `field`; a FormulaError where it fails."""
        try:
            formula = parse(text)
            return compared(formula, field, self._formula_values(), self.tx.moment_of(formula))
        except (FormulaFault, KeyError):
            return NAME

    # Conditions in memory have neither columns nor subqueries; the protocol that they share with SQL asks for them.

    def column(self, path: str) -> Any:
        """There are no columns in memory."""
        raise LookupError(path)

    def exists(self, path: str, inner: Any) -> Any:
        """There are no columns in memory."""
        raise LookupError(path)

    def formula(self, text: str) -> Any:
        """There are no columns in memory."""
        raise LookupError(text)

    def among(self, path: str, ids: Sequence[int]) -> None:
        """There are no columns in memory."""
        return None

    # -- inside ----------------------------------------------------------------------------------------

    def _formula_values(self) -> RecordValues:
        return RecordValues(self.form, self.known, self.tx, self.subform, self.row)

    def _own(self, field: Field) -> Any:
        """The value of one of the record's or row's own fields, worked out where it is not kept."""
        value = self._formula_values().held(field)
        return bare(value) if field.live else value

    def _along(self, value: Any, steps: Sequence[Field], at: int) -> list[Any]:
        step = steps[at]
        if isinstance(value, (FormulaError, Failed)):
            value = None
        if step.type == "subform":
            rows = value or ()
            if at == len(steps) - 1:
                return [True for _ in rows]
            column = steps[at + 1]
            if step.form is self.form:
                own = [Held(self.tx, self.form, self.known, step, row.values)._own(column) for row in rows]
            else:
                own = [row.values.get(column.key) for row in rows]
            return [one for value in own for one in self._along(value, steps, at + 1)]
        if at == len(steps) - 1:
            if step.value_field.kind.multiple and step.value_field.kind.column(step.value_field) is None:
                return list(value or ())
            return [None if value == [] else value]
        several = list(value or ()) if step.value_field.kind.multiple else [value]
        found: list[Any] = []
        for one in several:
            found += self._along(self._referred(one, step, steps[at + 1]), steps, at + 1)
        return found

    def _referred(self, target: Any, step: Field, following: Field) -> Any:
        kind = getattr(step.value_field.kind, "refers_to", None)
        if target is None or kind is None:
            return None
        target_id = int(getattr(target, "id", target))
        if kind != "record":
            return self.tx.person_value(kind, target_id, following.key)
        form = paths.target_form(step)
        return None if form is None else bare(self.tx.record_value(form, target_id, following))


def read_condition(form: Form, where: Any, subform: Field | None, time_zone: str) -> Node | None:
    """A rule's condition as a tree; None where there is none."""
    return None if not where else Reader(FormScope(form, subform, time_zone)).read(where)
