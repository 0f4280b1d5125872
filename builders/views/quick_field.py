"""A field from its name and type, published at once: three clicks from the list's last column."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.definitions import drafts, publish, retired
from engine.definitions.model import Document, LiveApp
from engine.fields import palette, registry
from engine.fields.form import SYSTEM_KEYS
from engine.fields.palette import Tile
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text, current_language
from engine.records.reading import private_views
from engine.web.record import new_form
from engine.web.shell.opened import connection, database, viewer

ASKED = ("options", "form")
"""What the popover asks for beside name and type; fields that need more are made in the designer."""


def offered() -> list[dict[str, Any]]:
    """The tiles of fields that are complete with what the popover asks for, in the palette's groups."""
    groups = [
        {
            "label": str(group.label),
            "tiles": [
                {"key": one.key, "label": str(one.label), "icon": one.icon, "needs": needs}
                for one in group.tiles
                if (needs := _needs(one)) is not None
            ],
        }
        for group in palette.groups()
    ]
    return [group for group in groups if group["tiles"]]


def add(live: LiveApp, form_key: str, asked: Mapping[str, Any]) -> str:
    """Publish the field, show it in the view that it was added from, and in the open draft; answers its key."""
    label = str(asked.get("label") or "").strip()
    tile = next(
        (one for group in palette.groups() for one in group.tiles if one.key == asked.get("tile")), None
    )
    needs = _needs(tile) if tile is not None else None
    faults = []
    if not label:
        faults.append(Fault("/label", "required", Text("请给字段起个名字", "Please name the field")))
    if tile is None or needs is None:
        faults.append(Fault("/tile", "unknown_value", Text("请选字段类型", "Please choose a type")))
    if tile is None or needs is None or faults:
        raise Invalid(Text("还差一点", "Not quite there yet"), faults)
    made: dict[str, Any] = {}

    def edit(document: Document) -> Document:
        made.update(_document(live, document, label, tile, needs, asked))
        views = [_shown(view, asked.get("view"), made["key"]) for view in document.get("views", ())]
        grown = {**document, "fields": [*document["fields"], dict(made)]}
        return grown | ({"views": views} if views else {})

    publish.change(database(), live.app.key, "forms", form_key, edit, author=viewer().member_id)
    _show_in_own(live, form_key, str(asked.get("view") or ""), made["key"])
    return str(made["key"])


def _needs(tile: Tile) -> list[str] | None:
    """Which of what is asked for a field of this tile needs; None where it needs more."""
    kind = registry.get(tile.type)
    if kind.layout_only or kind.computed or tile.type == "button":
        return None
    schema = kind.document_schema()
    missing = set(schema["required"]) - {"key", "type", "label"} - set(tile.properties)
    if "options" in schema["properties"]:
        missing.add("options")  # those a type begins with are only there to be seen
    return [one for one in ASKED if one in missing] if missing <= set(ASKED) else None


def _document(
    live: LiveApp,
    document: Document,
    label: str,
    tile: Tile,
    needs: Iterable[str],
    asked: Mapping[str, Any],
) -> dict[str, Any]:
    used = set(SYSTEM_KEYS) | {one["key"] for one in document["fields"]}
    used |= _drafted(live, document["key"]) | retired.keys(
        connection(), live.app.id, "forms", document["key"]
    )
    field: dict[str, Any] = {
        "key": new_form.free_key(label, "field", used),
        "type": tile.type,
        "label": {current_language(): label[: new_form.LONGEST]},
        **tile.properties,
    }
    if "options" in needs:
        field["options"] = new_form.options_of(str(asked.get("options") or ""))
        if not field["options"]:
            missing = Text("请写出选项，一行一个", "Please write down the options, one a line")
            raise Invalid.at("/options", "required", missing)
    if "form" in needs:
        field["form"] = str(asked.get("form"))
        if field["form"] not in live.forms:
            raise Invalid.at("/form", "required", Text("请选要关联的表单", "Choose the form to link to"))
    return field


def _drafted(live: LiveApp, form_key: str) -> set[str]:
    """Keys that the open draft has given already."""
    current = drafts.get(connection(), live.app.key, "forms", form_key)
    return {one["key"] for one in current.document["fields"]}


def _shown(view: Mapping[str, Any], wanted: Any, key: str) -> dict[str, Any]:
    """The view with the field as its last column, where it is the one that the field was added from."""
    if view["key"] != wanted or not view.get("columns"):
        return dict(view)
    return {**view, "columns": [*view["columns"], key]}


def _show_in_own(live: LiveApp, form_key: str, view_key: str, key: str) -> None:
    if not view_key.startswith(private_views.PREFIX):
        return
    who = viewer().member_id
    own = {view["key"]: view for view in private_views.private_views(connection(), live.app, form_key, who)}
    view = own.get(view_key)
    if view is not None and view.get("columns"):
        with database().begin() as writing:
            grown = {**view, "columns": [*view["columns"], key]}
            private_views.change(writing, live.app, form_key, who, view_key, grown)
