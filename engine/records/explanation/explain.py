"""How a computed value came about: the formula's steps with their values, as far as the viewer may read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import App, Viewer
from engine.conditions import FormScope, sentence
from engine.definitions.model import LiveApp
from engine.fields.base import utc_text
from engine.fields.failed import value_json
from engine.fields.form import Field, Form
from engine.formulas.explain import Step as FormulaStep
from engine.formulas.explain import explain as explain_formula
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.values import FormulaError
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.explanation.formula_reach import Reach
from engine.records.reading.formula_values import RecordValues
from engine.records.reading.person_facts import moment_of
from engine.records.reading.read import get
from engine.records.reading.row_formulas import Outside, Reachable
from engine.records.reading.rowset import Statement
from engine.records.reading.visible import access_for
from engine.records.storage import rows as stored_rows
from engine.records.storage.tables import form_table


@dataclass(frozen=True)
class Step:
    """One step of an explanation; `value` is JSON, None too where it may not be read (`readable` False)."""

    text: str
    shown: str
    kind: str
    value: Any
    readable: bool = True
    children: list["Step"] = attribute(default_factory=list)

    def json(self) -> dict[str, Any]:
        """The step as programs get it."""
        return {
            "text": self.text,
            "label": self.shown,
            "kind": self.kind,
            "value": self.value,
            "readable": self.readable,
            "steps": [child.json() for child in self.children],
        }


@dataclass(frozen=True)
class Explanation:
    """A field of a record with its value, and how that came about."""

    field: str
    value: Any
    formula: str | None
    step: Step | None
    sentence: str | None = None
    """For a rollup or lookup: what it reads, in words."""
    worked: FormulaStep | None = attribute(default=None, repr=False)
    """The same steps with their values as formulas have them, for who draws them."""

    def json(self) -> dict[str, Any]:
        """The explanation as programs get it."""
        told: dict[str, Any] = {"field": self.field, "value": self.value, "formula": self.formula}
        if self.sentence is not None:
            told["sentence"] = self.sentence
        if self.step is not None:
            told["tree"] = self.step.json()
        return told


def explain(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer | App, record_id: int, path: str
) -> Explanation:
    """How a computed field of a record came about; refuses what is not computed or may not be read."""
    form = live.form(form_key)
    field = form.field(path)
    # One who may not read the record is told that first; one who may not read the field, that there is none.
    record = get(connection, live, form_key, viewer, record_id, fields=())
    access = access_for(live, form, viewer)
    if field is None or field.parent is not None or access.never(path) or field.kind.layout_only:
        raise Invalid.at(
            "/field", "unknown_field", Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100])
        )
    if not field.kind.computed:
        raise Invalid.at(
            "/field",
            "not_computed",
            Text("“{name}”不是计算出来的", "“{name}” is not computed", name=field.name()),
        )
    record = get(connection, live, form_key, viewer, record_id, fields=[path])
    if path not in record.values:
        raise Invalid.at(
            "/field", "unknown_field", Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100])
        )
    found = record.values[path]
    value = found.json() if hasattr(found, "records") else value_json(found, field)
    if field.type != "formula":
        return Explanation(path, value, None, None, _sentence(live, viewer, form, field))
    return _formula(connection, live, viewer, form, field, record_id, value)


def _formula(
    connection: Connection,
    live: LiveApp,
    viewer: Viewer | App,
    form: Form,
    field: Field,
    record_id: int,
    value: Any,
) -> Explanation:
    text = field.get("formula", "")
    table = form_table(connection, live, form.key)
    stored = stored_rows.read(connection, table, [record_id])[record_id]
    statement = Statement(connection, live, viewer)
    outside = Outside(statement)
    values = RecordValues(form, Reachable(stored.known(), form, record_id, outside), outside)
    # What is readable in this very row, not only in some row.
    shown = get(connection, live, form.key, viewer, record_id)

    reach = Reach(live, form, viewer)
    try:
        formula = parse(text)
        readable = {path: reach.within(connection, path, shown) for path in formula.paths}
        found = explain_formula(
            formula,
            values,
            moment_of(statement),
            readable=lambda path: readable.get(path, False),
            locale=viewer.language,
        )
    except FormulaFault as fault:
        raise Invalid(fault.message, fault.faults) from None
    return Explanation(field.path, value, text, _step(found), worked=found)


def _step(step: FormulaStep) -> Step:
    return Step(
        step.text,
        step.shown,
        step.kind,
        _value_json(step.value),
        step.readable,
        [_step(one) for one in step.children],
    )


def _value_json(value: Any) -> Any:
    if isinstance(value, FormulaError):
        return {"error": value.code}
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return [_value_json(one) for one in value]
    if hasattr(value, "hour") and hasattr(value, "year"):
        return utc_text(value) if value.tzinfo else value.isoformat()
    return value.isoformat() if hasattr(value, "isoformat") else value


def _sentence(live: LiveApp, viewer: Viewer | App, form: Form, field: Field) -> str:
    if field.type == "rollup":
        return _rollup_sentence(form, field)
    if field.type == "lookup" and field.get("via"):
        link = field.beside(field.get("via"))
        target = field.value_field
        return str(
            Text(
                "通过“{link}”引用“{field}”",
                "“{field}” through “{link}”",
                link=link.name() if link else "",
                field=target.name(),
            )
        )
    other = form.other(field.get("form"))
    return str(
        Text(
            "“{form}”中符合条件的数据",
            "Records of “{form}” that meet the condition",
            form=other.name() if other else "",
        )
    )


def _rollup_sentence(form: Form, field: Field) -> str:
    other = form.other(field.get("form"))
    if other is None:
        return ""
    source = other.field(field.get("field", ""))
    where = field.get("where")
    condition = sentence(where, FormScope(other)) if isinstance(where, Mapping) else ""
    words = {
        "count": Text("条数", "Number"),
        "sum": Text("合计", "Sum"),
        "avg": Text("平均", "Average"),
        "min": Text("最小", "Least"),
        "max": Text("最大", "Greatest"),
        "count_distinct": Text("不同值的个数", "Distinct values"),
    }
    what = words.get(field.get("fn", ""), Text("", ""))
    if source is None:
        text = Text("“{form}”的{what}", "{what} of “{form}”", form=other.name(), what=what)
    else:
        text = Text(
            "“{form}”中“{field}”的{what}",
            "{what} of “{field}” in “{form}”",
            form=other.name(),
            field=source.name(),
            what=what,
        )
    return f"{text}（{condition}）" if condition else str(text)
