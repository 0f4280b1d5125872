"""What is wrong with a form beyond its schema: among its own parts, and with the forms it names."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine import conditions
from engine.conditions import FormScope
from engine.conditions.paths import currents
from engine.definitions import (
    action_kinds,
    default_checks,
    dependencies,
    formula_checks,
    list_views,
    places,
    role_checks,
    rule_circles,
    rule_kinds,
    schema,
    stored_checks,
    view_checks,
)
from engine.definitions.dependencies import Node
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.fields.unknown import unknown_field, unknown_form
from engine.platform.errors import Fault
from engine.platform.i18n import Text

MOST_STEPS = 100
"""Computed fields that may stand on one another."""

_OWN_CIRCLE = "circular"
"""What field types say of circles inside one type; here they are found over all of them."""


def check(key: str, proposed: LiveApp) -> Iterator[Fault]:
    """The faults of one form in the proposed app."""
    form = proposed.form(key)
    circles = dependencies.type_circles(proposed)
    if circles:
        # Nothing can be asked of a value whose type depends on itself; the rest is told once that is mended.
        yield from _circles(form, circles, proposed)
        return
    yield from _circles(form, dependencies.circles(proposed), proposed)
    if not dependencies.circles(proposed) and (chain := _too_long(proposed)):
        if chain[0][0] == key:
            yield _chain_fault(form, chain, proposed)
        return
    for field in form.walk():
        yield from _field(form, field, proposed)
    yield from view_checks.check(form, proposed)
    for number, view in enumerate(form.document.get("views", ())):
        for pointer, where in list_views.conditions(view, f"/views/{number}"):
            yield from condition_faults(form, where, FormScope(form), pointer)
    for number, rule in enumerate(form.rules):
        yield from rule_kinds.get(rule["kind"]).check(form, rule, f"/rules/{number}", proposed)
    yield from rule_circles.check(form, proposed)


def warnings(key: str, proposed: LiveApp) -> Iterator[Text]:
    """What the one who publishes the form should know: what it shows to people who do not see where that is from."""
    form = proposed.form(key)
    for rule in form.rules:
        yield from rule_kinds.get(rule["kind"]).warnings(form, rule, proposed)
    shown = form.document.get("duplicates", {}).get("show", ())
    if shown:
        fields = [places.spoken(field.label, field.key) for path in shown if (field := form.field(path))]
        if "title" in shown and form.field("title") is None:
            fields.insert(0, Text("标题", "title"))
        yield Text(
            "“{form}”查到重复时会告诉填写的人已有数据的：{fields}，即使他没有查看权限。",
            "When “{form}” finds a duplicate, it tells whoever enters it these fields of the existing record, "
            "even without permission to see it: {fields}.",
            form=places.spoken(form.label, form.key),
            fields=places.listed(fields),
        )
    for role in proposed.documents.get("roles", {}).values():
        if key in role.get("grants", {}):
            yield from role_checks.shown_by_name(proposed, role, key)


def condition_faults(
    form: Form,
    where: Any,
    scope: FormScope,
    pointer: str,
    current: Form | None = None,
    beside: Field | None = None,
) -> Iterator[Fault]:
    """The faults of a condition that stands in a form's document; `current` is the form now being filled."""
    for fault in conditions.check(where, scope, pointer):
        yield within(form, fault)
    asked = sorted(currents(where))
    if current is None and asked:
        yield schema.at(
            "forms",
            form.document,
            pointer,
            "no_current",
            Text(
                "这里没有正在填写的表单，不能用“当前值”。",
                "there is no form being filled in here to take a value from.",
            ),
        )
    for path in asked:
        if current is not None and scope_of(current, beside).resolve(path) is None:
            yield schema.at(
                "forms",
                form.document,
                pointer,
                "unknown_field",
                Text("没有字段“{path}”。", "there is no field “{path}”.", path=path),
            )


def scope_of(form: Form, field: Field | None) -> FormScope:
    """What a field sees: its own row, where it stands in a subform, and the record."""
    return FormScope(form, field.parent if field else None)


def within(form: Form, fault: Fault) -> Fault:
    """A fault with its place in front, as a person would say it."""
    place = places.place("forms", form.document, fault.pointer)
    return replace(fault, message=Text("{place}：{what}", "{place}: {what}", place=place, what=fault.message))


def _field(form: Form, field: Field, proposed: LiveApp) -> Iterator[Fault]:
    document = form.document
    broken = False
    for fault in field.kind.check(field, proposed.forms):
        if fault.code != _OWN_CIRCLE:
            broken = True
            yield within(form, fault)
    if field.unique and (field.live or not field.kind.unique_possible):
        yield schema.at(
            "forms",
            document,
            f"{field.pointer}/unique",
            "unique_not_possible",
            Text(
                "这种字段不能设为唯一：它的值没有保存下来，或无法比较。",
                "this field cannot be unique: its value is not stored or cannot be compared.",
            ),
        )
    for use in field.kind.conditions(field):
        other = proposed.forms.get(use.form)
        if other is not None:
            current = proposed.forms.get(use.current) if use.current else None
            at = f"{field.pointer}/{use.property}"
            yield from condition_faults(form, use.condition, FormScope(other), at, current, field)
            if field.kind.computed and not field.live:
                yield from stored_checks.check(form, use.condition, other, at)
    for formula in field.kind.formulas(field):
        if not broken:
            at = f"{field.pointer}/{formula.property}"
            result = field.get("result", "number") if field.type == "formula" else None
            yield from formula_checks.check(
                form, formula.formula, at, field.parent, sql=field.live, result=result
            )
    yield from default_checks.check(form, field)
    if source := field.get("default_from"):
        yield from _default_from(form, field, source, proposed)
    if (known := action_kinds.of(field)) is not None:
        yield from known[0].check(field, known[1], f"{field.pointer}/action", proposed)


def _default_from(form: Form, field: Field, source: Mapping[str, Any], proposed: LiveApp) -> Iterator[Fault]:
    at = f"{field.pointer}/default_from"
    other = proposed.forms.get(source.get("form", ""))
    if other is None:
        yield unknown_form(field, "default_from/form", source.get("form"))
        return
    read = other.field(source.get("field", ""))
    if read is None or read.parent is not None or read.kind.layout_only or read.value_field.kind.multiple:
        yield unknown_field(field, "default_from/field", source.get("field", ""), other)
    for number, order in enumerate(source.get("sort", ())):
        if (by := other.field(order["field"])) is None or not by.kind.sortable:
            yield unknown_field(field, f"default_from/sort/{number}/field", order["field"], other)
    if where := source.get("where"):
        yield from condition_faults(form, where, FormScope(other), f"{at}/where", None, field)


def _circles(form: Form, circles: list[list[Node]], proposed: LiveApp) -> Iterator[Fault]:
    for way in circles:
        if way[0][0] != form.key:
            continue  # told at the first field of the way
        names = [_named(proposed, node, form) for node in (*way, way[0])]
        arrows = " → ".join(f"{{s{number}}}" for number in range(len(names)))
        field = form.field(way[0][1])
        yield schema.at(
            "forms",
            form.document,
            field.pointer if field else "",
            "cycle",
            Text(
                "循环计算：" + arrows + "。",
                "it is computed in a circle: " + arrows + ".",
                **{f"s{number}": name for number, name in enumerate(names)},
            ),
        )


def _too_long(proposed: LiveApp) -> list[Node]:
    chain = dependencies.longest_chain(proposed)
    return chain if len(chain) > MOST_STEPS else []


def _chain_fault(form: Form, chain: list[Node], proposed: LiveApp) -> Fault:
    field = form.field(chain[0][1])
    return schema.at(
        "forms",
        form.document,
        field.pointer if field else "",
        "chain_too_long",
        Text(
            "计算一层套一层，共 {n} 层，最多 {most} 层：{first} → {second} → …",
            "it is computed from computed fields {n} levels deep, at most {most}: {first} → {second} → …",
            n=len(chain),
            most=MOST_STEPS,
            first=_named(proposed, chain[0], form),
            second=_named(proposed, chain[1], form),
        ),
    )


def _named(proposed: LiveApp, node: Node, here: Form) -> Text | str:
    form = proposed.form(node[0])
    field = form.field(node[1])
    steps: list[Text | str] = [] if form.key == here.key else [places.spoken(form.label, form.key)]
    if field is not None and field.parent is not None:
        steps.append(places.spoken(field.parent.label, field.parent.key))
    return places.joined([*steps, places.spoken(field.label if field else None, node[1])])
