"""What an action puts into fields: fixed values, who and when, fields of the record, formulas, records just made."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.access.viewer import Viewer
from engine.actions.kind import Press
from engine.definitions import formula_checks
from engine.definitions.form_references import formula as formula_references
from engine.definitions.form_references import path_references
from engine.definitions.identity import escape
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import at as fault
from engine.definitions.named_fields import name, unknown
from engine.fields.base import FieldFault, ParseContext, utc_text
from engine.fields.failed import Failed, value_json
from engine.fields.form import SYSTEM_KEYS, Field, Form
from engine.fields.schema import FIELD_KEY
from engine.formulas.evaluate import evaluate
from engine.formulas.parser import parse
from engine.formulas.values import FormulaError
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.explanation.formula_reach import Reach
from engine.records.reading.formula_values import RecordValues, fitted
from engine.records.reading.row_formulas import Outside, Reachable
from engine.records.reading.rowset import Statement
from engine.records.storage import rows
from engine.records.writing.rules.linkage import fits

FOUND = ("me", "my_department", "today", "now")
SOURCES = (*FOUND, "field", "formula", "made")
FILL: Mapping[str, Any] = {
    "type": "object",
    "maxProperties": 200,
    "propertyNames": FIELD_KEY,
    "additionalProperties": {},
}
"""By field what it gets: a value, null, or `{"me": true}`, `{"field": …}`, `{"formula": …}`, …"""

Mapped = Mapping[str, Any]


def source(value: Any) -> str | None:
    """What kind of source a value is; None for a fixed one."""
    if isinstance(value, Mapping) and len(value) == 1 and (said := next(iter(value))) in SOURCES:
        return str(said)
    return None


def check(
    form: Form, target_form: Form, mapped: Mapped, pointer: str, made: Mapping[str, str] | None = None
) -> Iterator[Fault]:
    """What is wrong with values for fields of `target_form` that come from a record of `form`.

    `made` are the records that are made before, by key, each with its form.
    """
    for key, value in mapped.items():
        place = f"{pointer}/{escape(key)}"
        target = target_form.field(key)
        if target is None:
            yield fault(form, place, "unknown_field", unknown(target_form, key))
        elif not _writable(target):
            said = Text("“{field}”不能填写。", "“{field}” cannot be filled in.", field=name(target))
            yield fault(form, place, "not_writable", said)
        else:
            yield from _check_value(form, target, value, place, made or {})


def unknown_form(form: Form, pointer: str, key: str) -> Fault:
    """The fault of an action that names a form which does not exist."""
    return fault(
        form,
        pointer,
        "unknown_form",
        Text("没有表单“{form}”。", "there is no form “{form}”.", form=key),
    )


def _writable(target: Field) -> bool:
    if target.system:
        return target.key == "owner"
    return target.kind.stored and not (
        target.kind.computed or target.kind.layout_only or target.children or target.kind.holds_files
    )


def _check_value(
    form: Form, target: Field, value: Any, place: str, made: Mapping[str, str]
) -> Iterator[Fault]:
    kind = source(value)
    if kind is None:
        try:
            target.kind.parse(value, target, ParseContext())
        except FieldFault as wrong:
            yield fault(form, place, "bad_value", wrong.message)
    elif kind in FOUND:
        if value[kind] is not True or kind not in target.kind.found_defaults:
            yield _mismatch(form, place, target)
    elif kind == "formula":
        yield from formula_checks.check(form, str(value[kind]), f"{place}/formula")
        if getattr(target.kind, "refers_to", None) or target.kind.multiple:
            yield _mismatch(form, place, target)
    elif kind == "made":
        if value[kind] not in made:
            said = Text("前面没有新建“{key}”。", "no “{key}” is made before this.", key=str(value[kind])[:60])
            yield fault(form, f"{place}/made", "unknown_record", said)
        elif target.type != "link" or target.get("form") != made[value[kind]]:
            yield _mismatch(form, place, target)
    else:
        read = form.field(value[kind]) if isinstance(value[kind], str) else None
        if read is None or read.parent is not None:
            yield fault(form, f"{place}/field", "unknown_field", unknown(form, str(value[kind])))
        elif read.key == "id" and read.system:
            if target.type != "link" or target.get("form") != form.key:
                yield _mismatch(form, place, target)
        elif not fits(target, read):
            yield _mismatch(form, place, target)


def _mismatch(form: Form, place: str, target: Field) -> Fault:
    said = Text("这个值放不进“{field}”。", "this value does not fit “{field}”.", field=name(target))
    return fault(form, place, "type_mismatch", said)


def references(
    form: Form, target_form: Form | None, mapped: Mapped, pointer: str, proposed: LiveApp
) -> Iterator[Reference]:
    """The fields that are filled, and those that the values come from."""
    for key, value in mapped.items():
        place = f"{pointer}/{escape(key)}"
        if target_form is not None and key not in SYSTEM_KEYS:
            yield Reference(place, "forms", target_form.key, key)
        kind = source(value)
        if kind == "field":
            yield from path_references(f"{place}/field", form, form.key, str(value[kind]), None, proposed)
        elif kind == "formula":
            yield from formula_references(f"{place}/formula", form, str(value[kind]), None, proposed)


def work_out(
    press: Press, target_form: Form, mapped: Mapped, made: Mapping[str, int | None] | None = None
) -> dict[str, Any]:
    """The values as a program would send them; what the one who presses may not read stays out of them."""
    found: dict[str, Any] = {}
    formulas = _Formulas(press)
    for key, value in mapped.items():
        target = target_form.field(key)
        if target is None:
            continue
        kind = source(value)
        if kind is None:
            found[key] = value
        elif kind == "field":
            found[key] = _copied(press, target, value[kind])
        elif kind == "formula":
            found[key] = formulas.value(value[kind], target)
        elif kind == "made":
            found[key] = (made or {}).get(value[kind])
        else:
            found[key] = _found(press, target, kind)
    return found


def _found(press: Press, target: Field, kind: str) -> Any:
    viewer, local = press.tx.viewer, press.tx.formula_moment.local
    if kind in ("me", "my_department"):
        department = viewer.department_id if isinstance(viewer, Viewer) else None
        one = viewer.member_id if kind == "me" else department
        return [one] if one and target.kind.multiple else one
    exact = {"datetime": utc_text(press.tx.moment), "time": f"{local:%H:%M}"}
    return (
        exact.get(target.kind.value_type(target), local.date().isoformat())
        if kind == "now"
        else (local.date().isoformat())
    )


def _copied(press: Press, target: Field, path: str) -> Any:
    read = press.form.field(path)
    value = press.record.value(path)
    if read is None or value is None or isinstance(value, Failed):
        return None
    shown = read.value_field
    if target.type in ("text", "textarea") and shown.type not in ("text", "textarea"):
        return shown.kind.display(value, shown, press.tx.language, press.tx.viewer.time_zone) or None
    return value_json(value, read)


class _Formulas:
    """Formulas over the record, each refused where it reads what the one who presses may not."""

    def __init__(self, press: Press) -> None:
        self.press = press
        self.values: RecordValues | None = None

    def value(self, text: str, target: Field) -> Any:
        """What the formula gives, as it is sent into `target`."""
        press, tx = self.press, self.press.tx
        formula = parse(text)
        reach = Reach(tx.live, press.form, tx.viewer)
        for path in formula.paths:
            if not reach.always(path) and not reach.within(tx.connection, path, press.record):
                steps = reach.steps(path)
                raise Invalid.at(
                    "",
                    "no_access",
                    Text(
                        "这条数据的“{name}”无权查看",
                        "You may not see “{name}” of this record",
                        name=steps[-1].name() if steps else ".".join(path),
                    ),
                )
        value = evaluate(formula, self._values(), moment=tx.moment_of(formula), locale=tx.viewer.language)
        if value is None or value == "":
            return None
        made = fitted(value, target, tx.viewer.language) if not isinstance(value, list) else None
        if made is None or isinstance(made, FormulaError):
            raise Invalid.at(
                f"/values/{target.key}",
                "formula_failed",
                Text(
                    "“{field}”的公式没有算出可以填的值",
                    "The formula for “{field}” gives nothing that it could hold",
                    field=target.name(),
                ),
            )
        if target.kind.value_type(target) == "datetime" and made.tzinfo is None:
            made = tx.formula_moment.to_instant(made)
        return target.kind.to_json(made, target)

    def _values(self) -> RecordValues:
        if self.values is None:
            press, tx = self.press, self.press.tx
            outside = Outside(Statement(tx.connection, tx.live, tx.viewer))
            stored = rows.read(tx.connection, tx.table(press.form.key), [press.record.id])[press.record.id]
            known = Reachable(stored.known(), press.form, press.record.id, outside)
            self.values = RecordValues(press.form, known, outside)
        return self.values
