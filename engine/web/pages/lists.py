"""A form's list: the grid or kanban on a desktop, cards on a phone, and the views above it."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.definitions import publish
from engine.platform.errors import Forbidden, Invalid
from engine.platform.i18n import Text, current_language
from engine.records import private_views
from engine.records.query import Query, query
from engine.web import cards, kanban
from engine.web.listing import Listing
from engine.web.opened import connection, database, open_form, viewer

blueprint = Blueprint("lists", __name__, url_prefix="/a/<app_key>/<form_key>")

PAGE = 30


@blueprint.get("")
def show(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    template = "pages/kanban.html" if listing.view.get("kind") == "kanban" else "pages/list.html"
    board = kanban.board(connection(), listing) if listing.view.get("kind") == "kanban" else None
    return render_template(
        template,
        listing=listing,
        form=form,
        live=live,
        board=board,
        base=f"/a/{app_key}/{form_key}",
        import_id=request.args.get("import"),
        cards=_cards(listing, 0),
        card_page=PAGE,
    )


@blueprint.get("/cards")
def more_cards(app_key: str, form_key: str) -> Any:
    """The next cards of the phone's list."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    offset = max(0, request.args.get("offset", 0, type=int))
    found = _cards(listing, offset)
    return render_template(
        "parts/cards.html",
        cards=found,
        listing=listing,
        base=f"/a/{app_key}/{form_key}",
        offset=offset,
        card_page=PAGE,
    )


@blueprint.post("/views")
def save_view(app_key: str, form_key: str) -> Any:
    """Keep what is on the screen: as one's own view, or, with the right, for all."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    sent = request.get_json()
    view = {**listing.view, **_state(sent)}
    if sent.get("update") and not listing.view["key"].startswith(private_views.PREFIX):
        if not viewer().designs(live):
            raise Forbidden(Text("您不能修改大家共用的视图", "You may not change a view that everybody uses"))
        document = {
            **form.document,
            "views": [view if one["key"] == view["key"] else one for one in form.views],
        }
        publish.change(database(), app_key, "forms", form_key, lambda _: document, author=viewer().member_id)
        return {}
    name = str(sent.get("name") or "").strip()[:60]
    with database().begin() as writing:
        if sent.get("update"):
            private_views.change(writing, live.app, form_key, viewer().member_id, view["key"], view)
            return {}
        if not name:
            raise Invalid.at("/name", "required", Text("请给视图起个名字", "Please name the view"))
        view["name"] = {current_language(): name}
        key = private_views.save(writing, live.app, form_key, viewer().member_id, view)
    return {"url": url_for("lists.show", app_key=app_key, form_key=form_key, view=key)}


@blueprint.post("/views/<view_key>/deletion")
def remove_view(app_key: str, form_key: str, view_key: str) -> Any:
    live, _ = open_form(app_key, form_key)
    with database().begin() as writing:
        private_views.remove(writing, live.app, form_key, viewer().member_id, view_key)
    return redirect(url_for("lists.show", app_key=app_key, form_key=form_key))


def _cards(listing: Listing, offset: int) -> list[cards.Card]:
    view = listing.view
    page = query(
        connection(),
        listing.live,
        listing.form.key,
        listing.viewer,
        Query.read(
            {
                "where": view.get("where"),
                "sort": view.get("sort") or [],
                "fields": cards.fields(listing),
                "search": request.args.get("search") or None,
                "limit": PAGE,
                "offset": offset,
            }
        ),
    )
    return [cards.card(record, listing) for record in page.records]


def _state(sent: dict[str, Any]) -> dict[str, Any]:
    """What of a sent state belongs into a view's definition."""
    columns = [
        {"field": one["key"], "width": int(one["width"])} if one.get("width") else one["key"]
        for one in sent.get("columns") or []
    ]
    found: dict[str, Any] = {
        "sort": sent.get("sort") or [],
        "columns": columns,
        "freeze": int(sent.get("freeze") or 0),
    }
    if sent.get("where"):
        found["where"] = sent["where"]
    return found
