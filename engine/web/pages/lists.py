"""A form's list: the grid, kanban or calendar on a desktop, cards on a phone, and the views above it."""

from typing import Any

from flask import Blueprint, render_template, request

from engine.platform.errors import NotFound, TookTooLong
from engine.platform.i18n import Text
from engine.records.reading.query import query
from engine.web.lists import calendar, card_groups, cards, kanban
from engine.web.lists.listing import Asked, Listing
from engine.web.shell import sent
from engine.web.shell.opened import connection, open_form, viewer

blueprint = Blueprint("lists", __name__, url_prefix="/a/<app_key>/<form_key>")

PAGE = 30
LATER: dict[str, Any] = {"cards": [], "heads": {}, "offset": 0, "next_cards": 0, "narrowed": False}
"""Groups are counted only for a phone that shows them: a desk asks for its own."""


@blueprint.get("")
def show(app_key: str, form_key: str) -> Any:
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    asked = listing.asked(request.args)
    base = f"/a/{app_key}/{form_key}"
    common: dict[str, Any] = {
        "listing": listing,
        "form": form,
        "live": live,
        "base": base,
        "import_id": asked.import_id,
        "groupable": kanban.groupable(listing),
        "dated": calendar.dated(listing),
        "designs": viewer().designs(live),
    }
    if listing.kind == "kanban":
        return render_template(
            "pages/kanban.html", **common, board=kanban.board(connection(), listing, asked)
        )
    if listing.kind == "calendar":
        found = calendar.sheet(connection(), listing, asked, request.args)
        return render_template("pages/calendar.html", **common, sheet=found)
    return render_template("pages/list.html", **common, **_first_cards(listing, asked))


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
    if found is None:
        raise _other_view()
    base = f"/a/{app_key}/{form_key}"
    return render_template("parts/lanes.html", board=found, listing=listing, base=base)


@blueprint.get("/board/sums")
def board_sums(app_key: str, form_key: str) -> Any:
    """How many cards each lane has and what they come to, after one was moved."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    found = kanban.sums(connection(), listing, listing.asked(request.args))
    return {
        "lanes": {value or "": {"count": lane.count, "total": lane.total} for value, lane in found.items()}
    }


@blueprint.post("/board/refusals")
def board_refusals(app_key: str, form_key: str) -> Any:
    """Which lanes would not take the card that is being dragged."""
    live, form = open_form(app_key, form_key, "update")
    asked = sent.body()
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    found = kanban.refused(listing, sent.number(asked.get("id"), "/id"), sent.texts(asked, "lanes"))
    return {"lanes": found}


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


@blueprint.get("/calendar")
def calendar_page(app_key: str, form_key: str) -> Any:
    """Another month, week or day of the calendar, or the same after its conditions have changed."""
    live, form = open_form(app_key, form_key)
    listing = Listing.open(connection(), live, form, viewer(), request.args.get("view"))
    found = calendar.sheet(connection(), listing, listing.asked(request.args), request.args)
    if found is None:
        raise _other_view()
    base = f"/a/{app_key}/{form_key}"
    return render_template("parts/calendar.html", sheet=found, listing=listing, base=base)


def _other_view() -> NotFound:
    said = Text(
        "这个视图不能这样看，或者您不能看它的字段",
        "This view is of another kind, or its field is not yours to see",
    )
    return NotFound(said)


def _first_cards(listing: Listing, asked: Asked) -> dict[str, Any]:
    """The cards of the page itself; later where they are grouped, or take so long that the filter must be in reach."""
    if card_groups.levels(listing, request.args):
        return LATER
    try:
        return _cards(listing, asked, 0)
    except TookTooLong:
        return LATER


def _cards(listing: Listing, asked: Asked, offset: int) -> dict[str, Any]:
    """One card more than a page shows tells whether there are more; the one above, whether a group goes on."""
    by = card_groups.levels(listing, request.args)
    above = 1 if by and offset else 0
    wanted = card_groups.ordered(asked, by).query(
        fields=[*cards.fields(listing), *(level.field.key for level in by)],
        limit=above + PAGE + 1,
        offset=offset - above,
    )
    found = query(connection(), listing.live, listing.form.key, listing.viewer, wanted).records
    page = found[above : above + PAGE]
    return {
        "cards": [cards.card(record, listing) for record in page],
        "heads": card_groups.heads(
            connection(), listing, asked, by, found[0] if above and found else None, page
        ),
        "offset": offset,
        "next_cards": offset + PAGE if len(found) > above + PAGE else None,
        "narrowed": bool(asked.where or asked.search),
    }
