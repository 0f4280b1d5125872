"""A form's list: the grid or kanban on a desktop, cards on a phone, and the views above it."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.definitions import publish
from engine.platform.errors import Forbidden, Invalid
from engine.platform.i18n import Text, current_language
from engine.records import private_views
from engine.records.query import query
from engine.web import cards, kanban, sent, toasts
from engine.web.listing import Asked, Listing
from engine.web.opened import connection, database, open_form, viewer

blueprint = Blueprint("lists", __name__, url_prefix="/a/<app_key>/<form_key>")

PAGE = 30


@blueprint.get("")
def show(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    asked = listing.asked(request.args)
    is_board = listing.view.get("kind") == "kanban"
    return render_template(
        "pages/kanban.html" if is_board else "pages/list.html",
        listing=listing,
        form=form,
        live=live,
        board=kanban.board(connection(), listing, asked) if is_board else None,
        base=f"/a/{app_key}/{form_key}",
        import_id=asked.import_id,
        groupable=kanban.groupable(listing),
        **({} if is_board else _cards(listing, asked, 0)),
    )


@blueprint.get("/cards")
def more_cards(app_key: str, form_key: str) -> Any:
    """Cards of the phone's list, from `offset` on."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    offset = max(0, request.args.get("offset", 0, type=int))
    return render_template(
        "parts/cards.html",
        listing=listing,
        base=f"/a/{app_key}/{form_key}",
        **_cards(listing, listing.asked(request.args), offset),
    )


@blueprint.get("/board")
def board(app_key: str, form_key: str) -> Any:
    """The lanes of the kanban anew, after its conditions have changed."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    found = kanban.board(connection(), listing, listing.asked(request.args))
    base = f"/a/{app_key}/{form_key}"
    return render_template("parts/lanes.html", board=found, listing=listing, base=base)


@blueprint.get("/board/sums")
def board_sums(app_key: str, form_key: str) -> Any:
    """How many cards each lane has and what they come to, after one was moved."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    found = kanban.sums(connection(), listing, listing.asked(request.args))
    return {"lanes": {value or "": {"count": lane[0], "total": lane[1]} for value, lane in found.items()}}


@blueprint.get("/board/lane")
def board_lane(app_key: str, form_key: str) -> Any:
    """The next cards of one lane."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    offset = max(0, request.args.get("offset", 0, type=int))
    value = request.args.get("lane") or None
    found = kanban.lane_cards(connection(), listing, listing.asked(request.args), value, offset)
    base = f"/a/{app_key}/{form_key}"
    return render_template(
        "parts/lane_cards.html", cards=found, value=value, offset=offset, base=base, listing=listing,
        page=kanban.CARDS,
    )  # fmt: skip


@blueprint.post("/views")
def save_view(app_key: str, form_key: str) -> Any:
    """Keep what is on the screen: as one's own view, or, with the right, for all."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    asked = sent.body()
    view = {**listing.view, **_state(asked)}
    if asked.get("update") and not listing.view["key"].startswith(private_views.PREFIX):
        if not viewer().designs(live):
            raise Forbidden(Text("您不能修改大家共用的视图", "You may not change a view that everybody uses"))
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
    """A view of one's own, as a table or a kanban, begun with what the present one shows."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.form.get("view"))
    name = request.form.get("name", "").strip()[:60] or str(Text("我的视图", "My view"))
    view = {key: value for key, value in listing.view.items() if key not in ("key", "kind", "group_by")}
    group_by = request.form.get("group_by", "")
    board = request.form.get("kind") == "kanban" and group_by in {
        one.key for one in kanban.groupable(listing)
    }
    view |= {"name": {current_language(): name}, "kind": "kanban" if board else "grid"}
    if board:
        view["group_by"] = group_by
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


def _view_changed(listing: Listing, asked: Mapping[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """The edit that puts what was arranged into the published view, as that stands when it is carried out.

    What the view holds and this person may not know of was not shown to them, and stays.
    """
    key, shown, state = listing.view["key"], listing.view, _state(asked)

    def edit(document: dict[str, Any]) -> dict[str, Any]:
        views = document.get("views") or [dict(one) for one in listing.form.views]
        return {
            **document,
            "views": [_merged(one, shown, state) if one["key"] == key else one for one in views],
        }

    return edit


def _merged(view: dict[str, Any], shown: Mapping[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in state.items() if value != shown.get(name)}
    kept = {**view, **changed}
    if "where" not in state and shown.get("where") == view.get("where"):
        kept.pop("where", None)
    return kept


def _cards(listing: Listing, asked: Asked, offset: int) -> dict[str, Any]:
    """One card more than a page shows tells whether there are more."""
    wanted = asked.query(fields=cards.fields(listing), limit=PAGE + 1, offset=offset)
    found = query(connection(), listing.live, listing.form.key, listing.viewer, wanted).records
    return {
        "cards": [cards.card(record, listing) for record in found[:PAGE]],
        "offset": offset,
        "next_cards": offset + PAGE if len(found) > PAGE else None,
        "narrowed": bool(asked.where or asked.search),
    }


def _state(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What of a sent state belongs into a view's definition."""
    columns = [
        {"field": str(one.get("key")), "width": sent.whole(one, "width", 0)}
        if one.get("width")
        else str(one.get("key"))
        for one in sent.objects(asked, "columns")
    ]
    found: dict[str, Any] = {
        "sort": sent.objects(asked, "sort"),
        "columns": columns,
        "freeze": sent.whole(asked, "freeze", 0),
    }
    if asked.get("where"):
        found["where"] = asked["where"]
    return found
