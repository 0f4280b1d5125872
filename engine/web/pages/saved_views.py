"""Views kept from the list: one's own arrangement under a name of its own, or, with the right, the one of all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, request, url_for

from engine.definitions import form_schema, publish
from engine.fields.form import whole_view
from engine.platform.errors import Forbidden, Invalid
from engine.platform.i18n import Text, current_language
from engine.records.reading import private_views, sorting
from engine.records.reading.query import Chosen, Query
from engine.records.reading.rowset import Statement
from engine.web.lists import calendar, coloring, kanban
from engine.web.lists.listing import HEIGHTS, Listing
from engine.web.lists.view_merging import merged
from engine.web.record.new_form import free_key
from engine.web.shell import sent, toasts
from engine.web.shell.opened import connection, database, open_form, viewer

blueprint = Blueprint("saved_views", __name__, url_prefix="/a/<app_key>/<form_key>")

STATED = ("where", "sort", "columns", "freeze", "summary", "colors", "row_height", "group_by")
"""The parts of a view that the list itself arranges."""
NARROWEST, WIDEST = 40, 1200
"""Pixels of a column; one that was dragged further is kept as far as a view goes."""


@blueprint.post("/views")
def save_view(app_key: str, form_key: str) -> Any:
    """Keep what is on the screen: as one's own view, or, with the right, for all."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    asked = sent.body()
    shared = bool(asked.get("update")) and not listing.own
    if shared and not viewer().designs(live):
        raise Forbidden(Text("您不能修改大家共用的视图", "You may not change a view that everybody uses"))
    view = without(listing.view, STATED) | _state(listing, asked)
    if shared:
        publish.change(
            database(), app_key, "forms", form_key, _view_changed(listing, asked), author=viewer().member_id
        )
        return {}
    name = (sent.words(asked, "name") or "").strip()[:60]
    with database().begin() as writing:
        if asked.get("update"):
            private_views.change(writing, live.app, form_key, viewer().member_id, view["key"], view)
            return {}
        if not name:
            raise Invalid.at("/name", "required", Text("请给视图起个名字", "Please name the view"))
        view["name"] = {current_language(): name}
        key = private_views.save(writing, live.app, form_key, viewer().member_id, view)
    return {"url": url_for("lists.show", app_key=app_key, form_key=form_key, view=key)}


@blueprint.post("/views/new")
def new_view(app_key: str, form_key: str) -> Any:
    """A view of one's own (or, with the right, for all), begun with what the present one shows."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.form.get("view"))
    view = without(listing.view, ("key", "kind", "group_by", "date", "until", "scale", "roles"))
    view |= {"name": {current_language(): _name()}, **_kind(listing)}
    if request.form.get("for_all") and viewer().designs(live):
        key = _published(app_key, form_key, listing, view)
    else:
        with database().begin() as writing:
            key = private_views.save(writing, live.app, form_key, viewer().member_id, view)
    return redirect(url_for("lists.show", app_key=app_key, form_key=form_key, view=key))


@blueprint.post("/views/<view_key>/name")
def rename_view(app_key: str, form_key: str, view_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), view_key)
    name = request.form.get("name", "").strip()[:60]
    if listing.own and listing.view["key"] == view_key and name:
        with database().begin() as writing:
            view = {**listing.view, "name": {current_language(): name}}
            private_views.change(writing, live.app, form_key, viewer().member_id, view_key, view)
    return redirect(url_for("lists.show", app_key=app_key, form_key=form_key, view=view_key))


@blueprint.post("/views/<view_key>/deletion")
def remove_view(app_key: str, form_key: str, view_key: str) -> Any:
    live, _ = open_form(app_key, form_key)
    with database().begin() as writing:
        private_views.remove(writing, live.app, form_key, viewer().member_id, view_key)
    toasts.say(Text("视图已删除", "View deleted"))
    return redirect(url_for("lists.show", app_key=app_key, form_key=form_key))


def without(view: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """A view less some of its parts."""
    return {name: value for name, value in view.items() if name not in names}


def _name() -> str:
    return request.form.get("name", "").strip()[:60] or str(Text("我的视图", "My view"))


def _kind(listing: Listing) -> dict[str, str]:
    """The kind that was chosen with the field it needs; a table where that is missing."""
    kind = request.form.get("kind")
    group_by, day = request.form.get("group_by", ""), request.form.get("date", "")
    if kind == "kanban" and group_by in {one.key for one in kanban.groupable(listing)}:
        return {"kind": "kanban", "group_by": group_by}
    if kind == "calendar" and day in {one.key for one in calendar.dated(listing)}:
        return {"kind": "calendar", "date": day}
    return {"kind": "grid"}


def _published(app_key: str, form_key: str, listing: Listing, view: dict[str, Any]) -> str:
    """The view as one that everybody has; answers its key."""
    made: list[str] = []

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        views = document.get("views") or [dict(whole_view(listing.form))]
        key = free_key(_name(), "view", {one["key"] for one in views})
        made[:] = [key]
        return {**document, "views": [*views, {"key": key, **view}]}

    publish.change(database(), app_key, "forms", form_key, edit, author=viewer().member_id)
    return made[0]


def _view_changed(listing: Listing, asked: Mapping[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The edit that puts what was arranged into the published view, as that stands when it is carried out.

    What the view holds and this person may not know of was not shown to them, and stays.
    """
    key, state = listing.view["key"], _state(listing, asked)

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        views = document.get("views") or [dict(one) for one in listing.form.views]
        return {
            **document,
            "views": [merged(listing, one, state, STATED) if one["key"] == key else one for one in views],
        }

    return edit


def _state(listing: Listing, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What of a sent state belongs into a view's definition."""
    found: dict[str, Any] = {"sort": sent.naming(asked, "sort")}
    if asked.get("where"):
        found["where"] = asked["where"]
    found["columns"] = [
        {"field": one["key"], "width": min(max(width, NARROWEST), WIDEST)} if width else one["key"]
        for one in sent.naming(asked, "columns", "key")
        for width in (sent.whole(one, "width", 0),)
    ]
    found["freeze"] = sent.whole(asked, "freeze", 0)
    if sent.mapping(asked, "summary"):
        found["summary"] = dict(sent.mapping(asked, "summary"))
    if rules := coloring.rules_of(sent.objects(asked, "colors")):
        found["colors"] = rules
    height = sent.words(asked, "height")
    if height in HEIGHTS and height != "normal":
        found["row_height"] = height
    if sent.objects(asked, "groups"):
        found["group_by"] = sent.objects(asked, "groups")
    elif "group_by" in listing.view and listing.kind == "kanban":
        found["group_by"] = listing.view["group_by"]
    _hold(listing, found)
    return found


def _hold(listing: Listing, state: Mapping[str, Any]) -> None:
    """Refuse what no list could be arranged by: it would be kept, and the list not open again."""
    arranged = {"kind": listing.kind} | {name: value for name, value in state.items() if value}
    faults = form_schema.view_faults(arranged)
    if faults:
        raise Invalid(faults[0].message, faults)
    statement = Statement(connection(), listing.live, listing.viewer)
    asked = Query.read({"where": state.get("where"), "sort": state["sort"]})
    chosen = Chosen.of(statement, listing.form, asked)
    sorting.keys_of(chosen.scope, asked.sort)
    for number, rule in enumerate(state.get("colors", ())):
        try:
            Chosen.of(statement, listing.form, Query.read({"where": rule["when"]}))
        except Invalid as refusal:
            place = f"/colors/{number}/when"
            faults = [replace(one, pointer=one.pointer.replace("/where", place, 1)) for one in refusal.faults]
            raise Invalid(refusal.message, faults) from None
