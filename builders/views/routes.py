"""The view builder's page with its live preview, and the field that is added from a list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.datastructures import MultiDict

from builders.forms import shell
from builders.forms.draft import Designed, open_designed
from builders.forms.over_records import over_records
from builders.views import quick_field
from engine.access.grants import require_design
from engine.definitions import form_schema, list_views
from engine.definitions.model import LiveApp
from engine.fields.form import whole_view
from engine.platform.errors import Invalid
from engine.platform.i18n import Text, label_text
from engine.records.reading.visible import as_readable
from engine.web.lists import calendar, cards, columns, grouping, kanban
from engine.web.lists.listing import Listing
from engine.web.shell import sent
from engine.web.shell.opened import connection, open_form, viewer

blueprint = Blueprint(
    "view_builder", __name__, url_prefix="/a/<app_key>/<form_key>", template_folder="templates"
)


def _count(document: Mapping[str, Any]) -> int:
    return len(document.get("views") or ())


shell.register_tab("views", Text("视图", "Views"), "layout-list", "view_builder.show", 40, count=_count)


@blueprint.get("/design/views")
def show(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return shell.page("views/design.html", designed, "views", facts=_facts(designed))


@blueprint.get("/design/views/config")
def config(app_key: str, form_key: str) -> Any:
    """What the preview's grid is told: the draft's fields, the published form's records."""
    designed = open_designed(app_key, form_key)
    listing = _listing(designed, {}, designed.proposed)
    found = listing.config() | {"address": False}
    found["urls"] = {
        name: url
        for name, url in found["urls"].items()
        if name in ("rows", "groups", "totals", "values", "choices", "cells")
    }
    found["can"] = {"design": True}
    return found


@blueprint.post("/design/views/preview")
def preview(app_key: str, form_key: str) -> Any:
    """A kanban or calendar as it would look; the view is as it stands in the builder, saved or not."""
    designed = open_designed(app_key, form_key)
    view = {
        name: value
        for name, value in sent.mapping(sent.body(), "view").items()
        if name in list_views.ARRANGED and value is not None
    }
    if faults := form_schema.view_faults(view):
        return render_template("views/refused.html", said=[str(fault.message) for fault in faults])
    listing = _over_records(designed, view)
    asked = listing.asked({})
    base = f"/a/{app_key}/{form_key}"
    try:
        if listing.kind == "calendar":
            sheet = calendar.sheet(connection(), listing, asked, MultiDict())
            return render_template("views/calendar.html", sheet=sheet, listing=listing, base=base)
        board = kanban.board(connection(), listing, asked)
        return render_template("views/board.html", board=board, listing=listing, base=base)
    except Invalid as refusal:
        said = [str(fault.message) for fault in refusal.faults] or [str(refusal.message)]
        return render_template("views/refused.html", said=said)


@blueprint.get("/quick-field")
def quick_palette(app_key: str, form_key: str) -> Any:
    live, _ = open_form(app_key, form_key)
    require_design(live, viewer())
    forms = [{"key": key, "label": form.name()} for key, form in live.forms.items()]
    return {"groups": quick_field.offered(), "forms": forms}


@blueprint.post("/quick-field")
def quick(app_key: str, form_key: str) -> Any:
    live, _ = open_form(app_key, form_key)
    require_design(live, viewer())
    return {"key": quick_field.add(live, form_key, sent.body())}


def _over_records(designed: Designed, view: Mapping[str, Any]) -> Listing:
    """The list as a view of the draft arranges it, over the records that there are."""
    return _listing(designed, view, over_records(designed))


def _listing(designed: Designed, view: Mapping[str, Any], proposed: LiveApp) -> Listing:
    form = proposed.form(designed.key)
    shown = {**whole_view(form), **view}
    found = Listing(designed.live, form, viewer(), as_readable(proposed, form, viewer(), shown), [])
    return replace(found, live=proposed)


def _facts(designed: Designed) -> dict[str, Any]:
    """What the builder offers: fields by what they can do, and the roles that a view may be for."""
    form = designed.proposed.form(designed.key)
    listing = _listing(designed, {}, designed.proposed)
    lanes = {one.key for one in kanban.groupable(listing)}
    dated = {one.key for one in calendar.dated(listing)}
    roles = designed.proposed.documents.get("roles", {})
    return {
        "fields": [
            {
                "key": field.key,
                "label": field.name(),
                "lanes": field.key in lanes,
                "dated": field.key in dated,
                "groupable": grouping.may_group(field),
                "sums": "sum" in list_views.functions(field) and not field.live,
                "type": field.value_field.type,
            }
            for field in columns.possible(list(form.fields))
        ],
        "roles": [{"key": key, "label": label_text(role.get("name")) or key} for key, role in roles.items()],
        "implicit": whole_view(form),
        "places": list(cards.PLACES),
        "published": designed.published is not None,
        "conditions": f"/a/{designed.app_key}/{designed.key}/conditions",
        "list": f"/a/{designed.app_key}/{designed.key}",
        "asked": request.args.get("view", ""),
    }
