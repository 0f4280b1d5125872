"""What stands around a form under design: the other forms and their fields, where a field is used, what is wrong."""

from collections.abc import Iterator
from typing import Any

from builders.forms.draft import KIND, Designed
from engine.definitions import kinds, references, retired
from engine.definitions.identity import keyed
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import NotFound
from engine.platform.i18n import Text
from engine.web.shell.opened import connection

ICONS = {"forms": "table", "roles": "user-shield", "app": "apps"}
MOST_FAULTS = 50


def forms(app: LiveApp) -> list[dict[str, Any]]:
    """The forms that a field may name, as the app has them with all drafts."""
    found = [{"key": key, "label": app.form(key).name(), "icon": _icon(app, key)} for key in app.forms]
    return sorted(found, key=lambda one: str(one["label"]))


def fields(app: LiveApp, form_key: str) -> list[dict[str, Any]]:
    """The fields of one of these forms, subforms followed by their columns."""
    if form_key not in app.forms:
        raise NotFound(Text("没有这个表单", "There is no such form"))
    return [_field(field) for field in app.form(form_key).walk() if not field.kind.layout_only]


def uses(designed: Designed, path: str) -> list[dict[str, Any]]:
    """The places that name a field, the form's own among them."""
    app = designed.proposed
    found = []
    for use in references.uses(app, KIND, designed.key, path):
        own = (use.kind, use.key) == (KIND, designed.key)
        at = _path(app.form(designed.key), use.pointer) if own else None
        if at == path:
            continue
        found.append(
            {
                "place": str(use.place),
                "icon": ICONS.get(use.kind, "file"),
                "path": at,
                "url": None if own or use.kind != KIND else f"/a/{designed.app_key}/{use.key}/design",
            }
        )
    return found


def faults(designed: Designed) -> list[dict[str, Any]]:
    """What keeps the form from being published, each with the field that it is about, and what is not finished yet."""
    app, form = designed.proposed, designed.proposed.form(designed.key)
    chosen = {(KIND, designed.key): designed.current.document}
    found = [
        *kinds.get(KIND).check(designed.key, app),
        *(
            fault
            for fault in retired.faults(connection(), designed.live, app, chosen)
            if fault.pointer.startswith(f"/{KIND}/{designed.key}/")
        ),
    ]
    told = [
        {
            "code": fault.code,
            "message": str(fault.message),
            **_place(form, _inside(designed.key, fault.pointer)),
        }
        for fault in found[:MOST_FAULTS]
    ]
    return [*told, *_unfinished(form)]


def _unfinished(form: Form) -> Iterator[dict[str, Any]]:
    """Fields that are still as they were put in, where that means nothing yet."""
    for field in form.walk():
        begun = field.kind.starting.get("formula")
        if begun is not None and field.get("formula") == begun:
            said = Text("“{name}”还没有写公式", "“{name}” has no formula yet", name=field.name())
            yield {"code": "unfinished", "message": str(said), "path": field.path, "property": "formula"}


def _inside(form_key: str, pointer: str) -> str:
    return pointer.removeprefix(f"/{KIND}/{form_key}")


def _place(form: Form, pointer: str) -> dict[str, Any]:
    steps = keyed(form.document, pointer)
    path = _path(form, pointer)
    rest = steps[2 * (path.count(".") + 1) :] if path else []
    return {"pointer": pointer, "path": path, "property": rest[0] if rest else None}


def _path(form: Form, pointer: str) -> str | None:
    """The path of the field that a pointer into the form goes to; None for what belongs to no field."""
    steps = keyed(form.document, pointer)
    if len(steps) < 2 or steps[0] != "fields":
        return None
    field = form.field(steps[1])
    if field is not None and field.children and len(steps) > 3 and steps[2] == "fields":
        return f"{steps[1]}.{steps[3]}"
    return steps[1]


def _field(field: Field) -> dict[str, Any]:
    shown = field.value_field
    return {
        "path": field.path,
        "key": field.key,
        "label": f"{field.parent.name()} · {field.name()}" if field.parent else field.name(),
        "type": field.type,
        "shown": shown.type,
        "form": field.get("form"),
        "inside": field.parent.key if field.parent else None,
    }


def _icon(app: LiveApp, key: str) -> str:
    return str(app.form(key).document.get("icon", "table"))
