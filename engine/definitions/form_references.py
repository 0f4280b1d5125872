"""What a form's document names: other forms and their fields, its own fields, by every property that can."""

from collections.abc import Iterator, Mapping
from typing import Any

from engine.definitions import action_kinds, list_views, rule_kinds
from engine.definitions.kinds import Reference
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import SYSTEM_KEYS, Field, Form
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse


def references(key: str, proposed: LiveApp) -> Iterator[Reference]:
    """Everything that the form needs, itself included."""
    form = proposed.form(key)
    for field in form.walk():
        for named in field.kind.references(field):
            yield from path_references(named.pointer, form, named.form or key, named.field, field, proposed)
        default = field.get("default")
        if isinstance(default, Mapping) and isinstance(default.get("formula"), str):
            yield from formula(f"{field.pointer}/default/formula", form, default["formula"], field, proposed)
        if source := field.get("default_from"):
            yield from _default_from(f"{field.pointer}/default_from", form, field, source, proposed)
        for use in field.kind.conditions(field):
            at = f"{field.pointer}/{use.property}"
            yield from condition(at, use.form, use.condition, proposed)
            if use.current:
                yield from current_references(at, use.current, use.condition, proposed)
        if (known := action_kinds.of(field)) is not None:
            yield from known[0].references(field, known[1], f"{field.pointer}/action", proposed)
    for number, view in enumerate(form.document.get("views", ())):
        yield from _view(f"/views/{number}", form, view, proposed)
    for number, rule in enumerate(form.rules):
        yield from rule_kinds.get(rule["kind"]).references(form, rule, f"/rules/{number}", proposed)
    yield from _layout(form, proposed)


def _default_from(
    at: str, form: Form, field: Field, source: Mapping[str, Any], proposed: LiveApp
) -> Iterator[Reference]:
    named = source.get("form")
    if not named:
        return
    yield from path_references(f"{at}/form", form, named, None, field, proposed)
    if source.get("field"):
        yield from path_references(f"{at}/field", form, named, source["field"], field, proposed)
    for number, order in enumerate(source.get("sort", ())):
        yield from path_references(f"{at}/sort/{number}/field", form, named, order["field"], field, proposed)
    yield from condition(f"{at}/where", named, source.get("where"), proposed)


def condition(
    pointer: str, form_key: str, where: Any, proposed: LiveApp, beside: Field | None = None
) -> Iterator[Reference]:
    """The fields that a condition over the records of a form, or the rows beside a column, names."""
    form = proposed.forms.get(form_key)
    for at, leaf in leaves(where, pointer):
        if isinstance(leaf.get("field"), str) and form is not None:
            yield from path_references(f"{at}/field", form, form_key, leaf["field"], beside, proposed)


def formula(
    pointer: str, form: Form, text: str, beside: Field | None, proposed: LiveApp
) -> Iterator[Reference]:
    """The fields that a formula over the records of a form names."""
    try:
        read = parse(text)
    except FormulaFault:
        return
    for steps in sorted(read.paths):
        yield from path_references(pointer, form, form.key, ".".join(steps), beside, proposed)


def leaves(where: Any, pointer: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The single comparisons of a condition with their pointers."""
    if not isinstance(where, Mapping):
        return
    if "field" in where:
        yield pointer, where
    for name in ("all", "any"):
        group = where.get(name)
        for number, inner in enumerate(group if isinstance(group, list) else ()):
            yield from leaves(inner, f"{pointer}/{name}/{number}")
    yield from leaves(where.get("not"), f"{pointer}/not")


def current_references(
    pointer: str, form_key: str, where: Any, proposed: LiveApp, beside: Field | None = None
) -> Iterator[Reference]:
    """The fields of the form being filled that a condition takes values from."""
    form = proposed.forms.get(form_key)
    for at, leaf in leaves(where, pointer):
        value = leaf.get("value")
        if form is not None and isinstance(value, Mapping) and isinstance(value.get("current"), str):
            yield from path_references(
                f"{at}/value/current", form, form_key, value["current"], beside, proposed
            )


def _view(at: str, form: Form, view: Mapping[str, Any], proposed: LiveApp) -> Iterator[Reference]:
    for pointer, where in list_views.conditions(view, at):
        yield from condition(pointer, form.key, where, proposed)
    for pointer, path in list_views.fields(view, at):
        yield from path_references(pointer, form, form.key, path, None, proposed)
    for number, role in enumerate(view.get("roles", ())):
        yield Reference(f"{at}/roles/{number}", "roles", role)


def _layout(form: Form, proposed: LiveApp) -> Iterator[Reference]:
    document = form.document
    layout = document.get("layout", {})
    named = [(f"/layout/facts/{number}", path) for number, path in enumerate(layout.get("facts", ()))]
    named.extend((f"/layout/card/{name}", path) for name, path in layout.get("card", {}).items())
    if "progress" in layout:
        named.append(("/layout/progress", layout["progress"]))
    for number, group in enumerate(document.get("unique", ())):
        named.extend((f"/unique/{number}/{place}", path) for place, path in enumerate(group))
    shown = document.get("duplicates", {}).get("show", ())
    named.extend((f"/duplicates/show/{number}", path) for number, path in enumerate(shown))
    for pointer, path in named:
        yield from path_references(pointer, form, form.key, path, None, proposed)
    if "quick_entry" in layout:
        yield Reference("/layout/quick_entry", "forms", layout["quick_entry"])


def path_references(
    pointer: str, form: Form, form_key: str, path: str | None, beside: Field | None, proposed: LiveApp
) -> Iterator[Reference]:
    """One reference for each form that a path goes through, as far as it can be followed."""
    if not path:
        if form_key != form.key:
            yield Reference(pointer, "forms", form_key)
        return
    here: Form | None = form if form_key == form.key else proposed.forms.get(form_key)
    parts = path.split(".")
    if beside is not None and form_key == form.key and beside.parent is not None:
        if beside.parent.child(parts[0]):
            parts.insert(0, beside.parent.key)
    while parts:
        first = parts.pop(0)
        if first in SYSTEM_KEYS:
            return
        field = here.field(first) if here else None
        if field is not None and field.children and parts:
            first = f"{first}.{parts.pop(0)}"
            field = here.field(first) if here else None
        yield Reference(pointer, "forms", here.key if here else form_key, first)
        other = paths.target_form(field) if field is not None and parts else None
        if other is None or other in (paths.MEMBERS, paths.DEPARTMENTS):
            return
        form_key, here = other.key, other
