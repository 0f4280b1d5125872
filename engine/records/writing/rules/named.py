"""The fields that a rule names: where it stands, what it may change, and what its condition reads."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.conditions import FormScope
from engine.conditions import paths as condition_paths
from engine.definitions import form_checks, schema
from engine.definitions.form_references import condition, path_references
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.definitions.named_fields import name, unknown
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.schema import CONDITION, FIELD_KEY, FIELD_PATH
from engine.platform.errors import Fault
from engine.platform.i18n import Text
from engine.records.storage.computed import with_inputs

INSIDE: Mapping[str, Any] = FIELD_KEY
"""The subform whose rows a rule looks at one by one; a bare key is then the row's own."""

WHEN: Mapping[str, Any] = CONDITION
TARGETS: Mapping[str, Any] = {"type": "array", "maxItems": 500, "uniqueItems": True, "items": FIELD_PATH}


def fault(form: Form, pointer: str, code: str, what: Text) -> Fault:
    """A fault at a place of the form's document."""
    return schema.at("forms", form.document, pointer, code, what)


def row_of(form: Form, rule: Mapping[str, Any]) -> Field | None:
    """The subform that a rule stands in."""
    field = form.field(rule.get("inside", ""))
    return field if field is not None and field.children else None


def check_inside(form: Form, rule: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """That `inside` names a subform."""
    if "inside" in rule and row_of(form, rule) is None:
        yield fault(
            form,
            f"{pointer}/inside",
            "wrong_field",
            Text(
                "“{path}”不是子表单，规则不能逐行检查它。",
                "“{path}” is no subform whose rows a rule could look at.",
                path=str(rule["inside"])[:60],
            ),
        )


def check_when(form: Form, rule: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    """That the condition fits the form, or the row that the rule stands in."""
    if "when" in rule:
        scope = FormScope(form, row_of(form, rule))
        yield from form_checks.condition_faults(form, rule["when"], scope, f"{pointer}/when")


def check_targets(
    form: Form, rule: Mapping[str, Any], named: Iterable[str], pointer: str, *, layout: bool = False
) -> Iterator[Fault]:
    """That the fields at a list of paths exist, and that a rule for rows names columns of these rows alone."""
    inside = rule.get("inside")
    for number, path in enumerate(named):
        at = f"{pointer}/{number}"
        field = form.field(path)
        if field is None or field.system:
            yield fault(form, at, "unknown_field", unknown(form, path))
        elif field.kind.layout_only and not layout:
            said = Text(
                "“{field}”没有值，不能用在这里。",
                "“{field}” has no value and cannot be used here.",
                field=name(field),
            )
            yield fault(form, at, "wrong_field", said)
        elif inside and (field.parent is None or field.parent.key != inside):
            said = Text(
                "“{field}”不是这个子表单的列；逐行的规则只能用于它的列。",
                "“{field}” is no column of this subform; a rule for rows is about its columns alone.",
                field=name(field),
            )
            yield fault(form, at, "wrong_field", said)


def when_references(
    form: Form, rule: Mapping[str, Any], pointer: str, proposed: LiveApp
) -> Iterator[Reference]:
    """What the condition and `inside` name."""
    row = row_of(form, rule)
    if row is not None:
        yield from path_references(f"{pointer}/inside", form, form.key, row.key, None, proposed)
    if "when" in rule:
        beside = row.children[0] if row is not None else None
        yield from condition(f"{pointer}/when", form.key, rule["when"], proposed, beside)


def own_reads(form: Form, where: Any, row: Field | None) -> set[str]:
    """The own fields that a condition depends on: `stage`, `lines.kind`; of a path through a link the link."""
    found = set()
    for path in condition_paths(where) if where else ():
        steps = paths.resolve(form, path, row)
        if steps is None:
            continue
        found.add(steps[0].path)
        if steps[0].type == "subform" and len(steps) > 1:
            found.add(steps[1].path)
    return with_inputs(form, found)


def spoken(form: Form, paths_: Iterable[str], language: str) -> str:
    """Fields as people list them."""
    names = []
    for path in paths_:
        field = form.field(path)
        if field is None:
            names.append(path)
        else:
            own = field.name(language)
            names.append(f"{field.parent.name(language)} · {own}" if field.parent else own)
    quotes = "“{}”" if language == "en" else "「{}」"
    return (", " if language == "en" else "").join(quotes.format(one) for one in names)
