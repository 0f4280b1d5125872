"""What a formula gives for one record, step by step, as far as the viewer may read it; drafted fields too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.fields.formula import tree
from engine.formulas.evaluate import evaluate
from engine.formulas.explain import Step, explain
from engine.formulas.faults import FormulaFault
from engine.formulas.moment import Moment
from engine.formulas.parser import parse
from engine.records.explanation.formula_reach import Reach
from engine.records.reading.formula_values import RecordValues, worked_out
from engine.records.reading.person_facts import moment_of
from engine.records.reading.read import get
from engine.records.reading.row_formulas import Outside, Reachable
from engine.records.reading.rowset import Statement
from engine.records.storage import rows as stored_rows
from engine.records.storage.tables import form_table


@dataclass(frozen=True)
class Trial:
    """A formula's value for a record; `readable` False where it reads something that the viewer may not.

    `step` is None where showing every step would be too much work; `no_row` says that the record has no row of the
    subform in which the formula stands.
    """

    record_id: int
    value: Any = None
    step: Step | None = None
    readable: bool = True
    no_row: bool = False


def try_out(
    connection: Connection,
    live: LiveApp,
    viewer: Viewer,
    form_key: str,
    text: str,
    record_id: int,
    *,
    proposed: LiveApp | None = None,
    inside: str | None = None,
) -> Trial:
    """Work the formula out for a record, writing nothing; `NotFound` for a record that may not be read.

    With `proposed` the fields are those of an app that is not live yet: its formulas are worked out on the way.
    """
    record = get(connection, live, form_key, viewer, record_id)
    form = (proposed or live).form(form_key)
    subform = form.field(inside) if inside else None
    formula = parse(text)
    statement = Statement(connection, live, viewer)
    moment = moment_of(statement)
    stored = stored_rows.read(connection, form_table(connection, live, form_key), [record_id])[record_id]
    own: Mapping[str, Any]
    if proposed is None:
        outside: Outside = Outside(statement)
        own = Reachable(stored.known(), form, record_id, outside)
    else:
        outside = LiveOutside(statement)
        own = Drafted(stored.known(), live.form(form_key), form, record_id, outside, moment)
    row = None
    if subform is not None:
        found = own[subform.key] or ()
        if not found:
            return Trial(record_id, no_row=True)
        row = found[0].values
    values = RecordValues(form, own, outside, subform, row)
    reach = Reach(proposed or live, form, viewer, subform, live if proposed is not None else None)
    open_paths = {path: reach.within(connection, path, record) for path in formula.paths}
    value = evaluate(formula, values, moment=moment, locale=viewer.language)
    try:
        step = explain(
            formula, values, moment, readable=lambda path: open_paths.get(path, False), locale=viewer.language
        )
    except FormulaFault:
        step = None  # every step by itself is more work than the whole
    readable = all(open_paths.values())
    return Trial(record_id, value if readable else None, step, readable)


class LiveOutside(Outside):
    """Other records as they are live: what a draft only adds to their form is empty in them."""

    def record_value(self, form: Form, record_id: int, field: Field) -> Any:
        """The value of a field of another record."""
        forms = self.statement.live.forms
        live = forms[form.key].field(field.key) if form.key in forms else None
        return None if live is None else super().record_value(forms[form.key], record_id, live)

    def title(self, kind: str, form: str | None, target_id: int) -> str | None:
        """The title of a record, the name of a member or department."""
        if kind == "record" and form not in self.statement.live.forms:
            return None
        return super().title(kind, form, target_id)


class Drafted(Mapping[str, Any]):
    """A live record's values as a drafted form has them: its formulas worked out, its new fields empty."""

    def __init__(
        self,
        known: Mapping[str, Any],
        live: Form,
        form: Form,
        record_id: int,
        outside: Outside,
        moment: Moment,
    ) -> None:
        self.known = known
        self.live = live
        self.form = form
        self.record_id = record_id
        self.outside = outside
        self.moment = moment
        self._made: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._made:
            self._made[key] = None  # what comes back to itself finds nothing
            self._made[key] = self._value(key)
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)

    def _value(self, key: str) -> Any:
        field, live = self.form.field(key), self.live.field(key)
        if field is None:
            raise KeyError(key)
        if field.type == "formula":
            return self.worked_out(field, RecordValues(self.form, self, self.outside))
        if field.type == "lookup":
            return RecordValues(self.form, self, self.outside).looked_up(field)
        if live is None or live.type != field.type:
            return None
        value = self.known.get(key)
        if field.children:
            return [RowValues(row.id, DraftedRow(self, field, row.values)) for row in value or ()]
        return value

    def worked_out(self, field: Field, values: RecordValues) -> Any:
        """A drafted formula's value; nothing where its text is at fault."""
        formula = tree(field)
        try:
            return worked_out(formula, field, values, self.moment) if formula else None
        except (FormulaFault, KeyError):
            return None


class DraftedRow(Mapping[str, Any]):
    """A row of a subform as a drafted form has it."""

    def __init__(self, record: Drafted, subform: Field, known: Mapping[str, Any]) -> None:
        self.record = record
        self.subform = subform
        self.known = known
        self._made: dict[str, Any] = {}

    def __getitem__(self, key: str) -> Any:
        if key not in self._made:
            self._made[key] = None
            column = self.subform.child(key)
            record = self.record
            values = RecordValues(record.form, record, record.outside, self.subform, self)
            if column is not None and column.type == "formula":
                self._made[key] = record.worked_out(column, values)
            elif column is not None and column.type == "lookup":
                self._made[key] = values.looked_up(column)
            else:
                self._made[key] = self.known.get(key)
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)
