"""A role's page as it was posted, made into the role's document; and the document laid out as a matrix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.datastructures import MultiDict

from builders.permissions.scopes import CUSTOM, rows_of, scope_of
from engine.access.grants import OPERATION_WORDS, OPERATIONS, Grant
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import Invalid
from engine.platform.i18n import Text, current_language, label_text
from engine.records.explanation.access_reasons import hidden_by

DEFAULT = ""


@dataclass(frozen=True)
class Cell:
    """One operation of a role on a form."""

    operation: str
    label: str
    scope: str
    where: str


@dataclass(frozen=True)
class FieldLine:
    """A field's access in a role."""

    path: str
    label: str
    access: str
    computed: bool
    hidden_by: str = ""
    """What it is computed from that is hidden, and hides it too."""
    pressed: bool = False
    """A button: it is offered or hidden."""


@dataclass(frozen=True)
class Line:
    """A form in a role: its operations, and how many of its fields are held back."""

    form: str
    label: str
    icon: str
    cells: list[Cell]
    restricted: int
    """How many fields are hidden or only read."""


def matrix(live: LiveApp, role: Mapping[str, Any]) -> list[Line]:
    """The role's grants, form by form in the order of the navigation."""
    return [line(live.form(key), role.get("grants", {}).get(key) or {}) for key in forms_in_order(live)]


def forms_in_order(live: LiveApp) -> list[str]:
    """The app's forms as the navigation shows them, the others after it."""
    groups = live.document.get("navigation") or []
    shown = [
        item["form"] for group in groups for item in group.get("items", ()) if item.get("form") in live.forms
    ]
    return list(dict.fromkeys([*shown, *live.forms]))


def read(live: LiveApp, role: Mapping[str, Any], posted: MultiDict[str, str]) -> dict[str, Any]:
    """The role's document with what was posted; what the page does not show is kept."""
    document = {**role, "grants": dict(role.get("grants") or {})}
    name = " ".join(posted.get("name", "").split())[:60]
    if not name:
        raise Invalid.at("/name", "required", Text("请填写角色名称", "Enter the role's name"))
    document["name"] = renamed(role.get("name"), name)
    document["design"] = "design" in posted
    told = fields_sent(posted)
    for key in live.forms:
        if f"scope.{key}.read" in posted:
            _put_grant(document["grants"], live.form(key), posted, key, key in told)
    return document


def read_form(form: Form, role: Mapping[str, Any], posted: MultiDict[str, str]) -> dict[str, Any]:
    """The role's document with what was posted for one form, by the names `scope.<role>.<operation>`."""
    document = {**role, "grants": dict(role.get("grants") or {})}
    if f"scope.{role['key']}.read" in posted:
        _put_grant(document["grants"], form, posted, role["key"], role["key"] in fields_sent(posted))
    return document


def renamed(label: Any, name: str) -> Any:
    """A label with another name in the language that is spoken."""
    if isinstance(label, Mapping):
        return {**label, current_language(): name}
    return name


def line(form: Form, grant: Mapping[str, Any]) -> Line:
    """What a role may do with a form, laid out."""
    cells = []
    for operation in OPERATIONS:
        rows = grant.get(operation)
        chosen = scope_of(rows)
        where = rows["where"] if rows and chosen == CUSTOM else None
        cells.append(
            Cell(
                operation,
                str(OPERATION_WORDS[operation]).capitalize(),
                chosen,
                orjson.dumps(where).decode() if where else "",
            )
        )
    given = grant.get("fields") or {}
    restricted = sum(
        given.get(field.path) in ("hidden", "read") for field in form.walk() if _has_access(field)
    )
    return Line(form.key, form.name(), form.document.get("icon", "table"), cells, restricted)


def field_lines(
    live: LiveApp, form: Form, grant: Mapping[str, Any], role: str | None = None
) -> list[FieldLine]:
    """What a role may do with the fields of a form."""
    given = grant.get("fields") or {}
    meant = Grant(None, dict(given), role)
    lines = []
    for field in form.walk():
        if _has_access(field):
            source = hidden_by(live, meant, field) if given or grant.get("read") else None
            access, because = given.get(field.path, DEFAULT), source.name() if source else ""
            pressed = field.kind.withholdable
            lines.append(
                FieldLine(field.path, _field_label(field), access, field.kind.computed, because, pressed)
            )
    return lines


def fields_sent(posted: MultiDict[str, str]) -> set[str]:
    """The places (forms of a role, or roles of a form) whose fields were on the page that was posted."""
    return {name.split(".")[1] for name in posted if name.startswith("field.")}


def _has_access(field: Field) -> bool:
    """Whether a role may say something of it."""
    return not field.kind.layout_only or field.kind.withholdable


def _field_label(field: Field) -> str:
    return f"{field.parent.name()} · {field.name()}" if field.parent else field.name()


def _put_grant(
    grants: dict[str, Any], form: Form, posted: MultiDict[str, str], name: str, told: bool
) -> None:
    grant = _grant(form, grants.get(form.key) or {}, posted, name, told)
    if grant:
        grants[form.key] = grant
    else:
        grants.pop(form.key, None)


def _grant(
    form: Form, before: Mapping[str, Any], posted: MultiDict[str, str], name: str, told: bool
) -> dict[str, Any]:
    """The grant as posted; fields that were not on the page (not `told`) stay as they are."""
    grant: dict[str, Any] = {}
    for operation in OPERATIONS:
        place = f"{name}.{operation}"
        rows = rows_of(
            posted.get(f"scope.{place}", "none"), _condition(posted.get(f"where.{place}", ""), place)
        )
        if rows or operation in before:
            grant[operation] = rows
    fields = before.get("fields") or {}
    if told:
        chosen = {field.path: posted.get(f"field.{name}.{field.path}", DEFAULT) for field in form.walk()}
        fields = {path: access for path, access in chosen.items() if access in ("hidden", "read", "edit")}
    if fields:
        grant["fields"] = fields
    allowed = any(grant.get(operation) for operation in OPERATIONS)
    return grant if allowed or fields else {}


def _condition(text: str, place: str) -> Any:
    if not text:
        return None
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        message = Text("这个条件读不懂，请重新设置", "This condition can't be read; set it again")
        raise Invalid.at(f"/{place}", "invalid", message) from None


def name_of(role: Mapping[str, Any], key: str) -> str:
    """The role's name in the language that is spoken."""
    return label_text(role.get("name")) or key
