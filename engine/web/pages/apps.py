"""Home, a new app, and where an app opens."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions import live
from engine.definitions.model import LiveApp
from engine.platform import notices
from engine.platform.errors import Forbidden, Invalid
from engine.platform.i18n import Text, current_language, label_text
from engine.records import recent
from engine.records.query import Query, query
from engine.web.frame import navigation
from engine.web.opened import connection, database, open_app, viewer
from engine.web.visible_apps import visible_apps
from templates_gallery import gallery

blueprint = Blueprint("apps", __name__)


@dataclass(frozen=True)
class Tile:
    """An app on the home page."""

    name: str
    icon: str
    color: str
    url: str
    forms: int


@dataclass(frozen=True)
class SeenRecord:
    """A record on the home page."""

    title: str
    form: str
    icon: str
    url: str


@blueprint.get("/")
def home() -> Any:
    who = viewer()
    return render_template(
        "pages/home.html",
        tiles=[tile(app, who) for app in visible_apps(who)],
        seen=_seen(who),
        notices=notices.notices(connection(), who.member_id, limit=6),
        may_make=who.administrator,
    )


@blueprint.get("/apps/new")
def choose() -> Any:
    _only_administrators()
    return render_template("pages/new_app.html", templates=gallery.templates())


@blueprint.post("/apps/new")
def make() -> Any:
    _only_administrators()
    template, name = request.form.get("template") or None, (request.form.get("name") or "").strip()
    if len(name) > 100:
        raise Invalid.at("/name", "too_long", Text("名称最多 100 个字", "A name has at most 100 characters"))
    if template:
        key = gallery.clone(
            database(),
            template,
            name=name or None,
            sample_data="sample_data" in request.form,
            author=viewer().member_id,
            language=current_language(),
        )
    else:
        key = gallery.blank(
            database(), name=name or str(Text("新应用", "New app")), author=viewer().member_id
        )
    return redirect(url_for("apps.landing", app_key=key))


@blueprint.get("/a/<app_key>")
def landing(app_key: str) -> Any:
    """The form that the viewer's role opens with, else the first that may be read."""
    opened, who = open_app(app_key), viewer()
    places = opened.document.get("landing") or {}
    roles = [*sorted(who.roles(opened.app.id)), "default"]
    chosen = [places[role] for role in roles if role in places]
    for place in chosen:
        form_key = place.get("form")
        if form_key in opened.forms and grants(opened, who, form_key, "read"):
            return redirect(url_for("lists.show", app_key=app_key, form_key=form_key, view=place.get("view")))
    first = next((item for group in navigation(opened, who) for item in group.items), None)
    if first is not None:
        return redirect(first.url)
    return render_template("pages/empty_app.html", live=opened)


def tile(app: LiveApp, who: Viewer) -> Tile:
    """An app as a tile."""
    readable = [key for key in app.forms if grants(app, who, key, "read")]
    return Tile(
        name=label_text(app.document.get("name")) or app.app.key,
        icon=app.document.get("icon", "apps"),
        color=app.document.get("accent", "blue"),
        url=url_for("apps.landing", app_key=app.app.key),
        forms=len(readable),
    )


def _seen(who: Viewer) -> list[SeenRecord]:
    by_form: dict[tuple[str, str], list[int]] = {}
    rows = recent.recent(connection(), who.member_id)
    for row in rows:
        by_form.setdefault((row.app_key, row.form_key), []).append(row.record_id)
    found: dict[tuple[str, str, int], SeenRecord] = {}
    for (app_key, form_key), ids in by_form.items():
        app = live.load(connection(), app_key)
        if form_key not in app.forms or not grants(app, who, form_key, "read"):
            continue
        form = app.form(form_key)
        wanted = Query(where={"field": "id", "op": "in", "value": ids}, fields=(), limit=len(ids))
        for record in query(connection(), app, form_key, who, wanted).records:
            found[app_key, form_key, record.id] = SeenRecord(
                title=str(record.title or record.id),
                form=form.name(),
                icon=form.document.get("icon", "table"),
                url=url_for("record_pages.show", app_key=app_key, form_key=form_key, record_id=record.id),
            )
    ordered = ((row.app_key, row.form_key, row.record_id) for row in rows)
    return [found[place] for place in ordered if place in found]


def _only_administrators() -> None:
    if not viewer().administrator:
        raise Forbidden(Text("只有管理员可以新建应用", "Only administrators may make an app"))
