"""What is set in many records: the values that were sent, and what formulas give for each record as it is."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.formulas.evaluate import evaluate
from engine.formulas.parser import parse
from engine.formulas.tree import Formula
from engine.formulas.values import FormulaError
from engine.platform.errors import Invalid, Refusal
from engine.platform.i18n import Text
from engine.records.explanation.formula_reach import Reach
from engine.records.reading.formula_values import RecordValues, fitted
from engine.records.reading.person_facts import moment_of
from engine.records.reading.read import several
from engine.records.reading.record import Record
from engine.records.reading.row_formulas import Outside, Reachable
from engine.records.reading.rowset import Statement
from engine.records.storage.rows import StoredRecord
from engine.records.writing.transaction import Transaction


def one_by_one(live: LiveApp, form: Form, viewer: Viewer | App, formulas: Mapping[str, str]) -> bool:
    """Whether one record's values may depend on what the records before it have become.

    So it is where a formula reads other records of the same form, or what is worked out whenever it is read.
    """
    reach = Reach(live, form, viewer)
    for formula in formulas.values():
        for path in parse(formula).paths:
            steps = reach.steps(path) or ()
            beyond = [one for one in steps[1:] if one.parent is None]
            if any(one.live for one in steps) or any(
                one.form is not None and one.form.key == form.key for one in beyond
            ):
                return True
    return False


class WorkingOut:
    """Gives the values for some records at a time, all as the records are before any of them is written."""

    def __init__(
        self, tx: Transaction, form: Form, values: Mapping[str, Any], formulas: Mapping[str, str]
    ) -> None:
        self.tx = tx
        self.form = form
        self.values = values
        self.statement = Statement(tx.connection, tx.live, tx.viewer)
        self.moment = moment_of(self.statement)
        self.reach = Reach(tx.live, form, tx.viewer)
        self.singly = one_by_one(tx.live, form, tx.viewer, formulas)
        self.formulas: dict[Field, Formula] = {}
        for key, formula in formulas.items():
            field = form.field(key)
            if field is not None:
                self.formulas[field] = parse(formula)
        self.closed = [
            path
            for formula in self.formulas.values()
            for path in formula.paths
            if not self.reach.always(path)
        ]
        # Names and labels are found as when they are typed; sent values keep their exact types.
        self.text = not values and all(_named(field) for field in self.formulas)

    def __call__(self, records: Mapping[int, StoredRecord]) -> dict[int, Mapping[str, Any] | Refusal]:
        """The values by record, as they are sent, or why there are none."""
        if not self.formulas:
            return dict.fromkeys(records, self.values)
        outside = Outside(self.statement)
        self._read_linked(records, outside)
        shown = self._shown(records)
        made: dict[int, Mapping[str, Any] | Refusal] = {}
        for record_id, record in records.items():
            try:
                self._look(shown.get(record_id))
                made[record_id] = {**self.values, **self._worked_out(record, outside)}
            except Refusal as refusal:
                made[record_id] = refusal
        return made

    def _worked_out(self, record: StoredRecord, outside: Outside) -> dict[str, Any]:
        values = RecordValues(self.form, Reachable(record.known(), self.form, record.id, outside), outside)
        language = self.tx.viewer.language
        return {
            field.key: _sent(evaluate(formula, values, moment=self.moment, locale=language), field, language)
            for field, formula in self.formulas.items()
        }

    def _read_linked(self, records: Mapping[int, StoredRecord], outside: Outside) -> None:
        """Read at once what the formulas read of the records behind the first link, or only their titles."""
        for formula in self.formulas.values():
            for path in formula.paths:
                steps = self.reach.steps(path) or ()
                if not steps or steps[0].type not in ("link", "links") or steps[0].form is None:
                    continue
                named = {one for record in records.values() for one in _ids(record.values.get(steps[0].key))}
                if named:
                    outside.read(steps[0].get("form"), named, steps[1] if len(steps) > 1 else None)

    def _shown(self, records: Mapping[int, StoredRecord]) -> dict[int, Record]:
        """The records as the viewer may read them, where it has to be looked at in each."""
        if not self.closed:
            return {}
        found = several(self.tx.connection, self.tx.live, self.form.key, self.tx.viewer, list(records))
        return {one.id: one for one in found}

    def _look(self, shown: Record | None) -> None:
        """Refuse what the viewer may not read in this very record."""
        for path in self.closed:
            if shown is None or not self.reach.within(self.tx.connection, path, shown):
                steps = self.reach.steps(path)
                name = steps[-1].name() if steps else ".".join(path)
                raise Invalid.at(
                    "/formulas",
                    "no_access",
                    Text("这条数据的“{name}”无权查看", "You may not see “{name}” of this record", name=name),
                )


def _ids(value: Any) -> Iterable[int]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _named(field: Field) -> bool:
    return getattr(field.kind, "refers_to", None) is not None


def _sent(value: Any, field: Field, locale: str) -> Any:
    """A formula's value as a program would send it; the text "" empties the field."""
    if value == "":
        return None
    if isinstance(value, list):
        value = [one for one in value if one is not None]
        failed = next((one for one in value if isinstance(one, FormulaError)), None)
        if failed is not None:
            value = failed
        elif field.kind.multiple:
            return [str(one) for one in value]
        elif len(value) < 2:
            value = value[0] if value else None
    if isinstance(value, list):
        raise Invalid.at(
            f"/formulas/{field.key}",
            "several_values",
            Text(
                "公式给出了 {n} 个值，这个字段只能有一个；用 SUM、TEXTJOIN 等合并",
                "The formula gives {n} values but the field takes one; join them with SUM, TEXTJOIN or the like",
                n=len(value),
            ),
        )
    if field.kind.multiple and value is not None and not isinstance(value, FormulaError):
        return [str(value)]
    made = value if field.kind.multiple or _named(field) else fitted(value, field, locale)
    if isinstance(made, FormulaError):
        raise Invalid.at(
            f"/formulas/{field.key}",
            "formula_failed",
            Text("公式的结果是 {code}", "The formula gives {code}", code=made.code),
        )
    if made is None or _named(field):
        return None if made is None else str(made)
    return field.kind.to_json(made, field)
