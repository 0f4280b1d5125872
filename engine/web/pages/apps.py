"""Home, a new app, and where an app opens."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.access import first_steps
from engine.access.grants import grants, require_administrator
from engine.access.viewer import Viewer
from engine.definitions import live, store
from engine.definitions.model import LiveApp
from engine.platform import notices
from engine.platform.errors import Invalid
from engine.platform.i18n import Text, current_language, label_text
from engine.records.reading import recent
from engine.records.reading.query import Query, query
from engine.web.shell.accents import tone
from engine.web.shell.frame import navigation
from engine.web.shell.opened import connection, database, open_app, viewer
from engine.web.shell.visible_apps import visible_apps
from templates_gallery import gallery

blueprint = Blueprint("apps", __name__)

LONGEST_NAME = 100
BLANK_NAME = Text("新应用", "New app")


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
    require_administrator(viewer())
    return render_template("pages/new_app.html", templates=gallery.templates())


@blueprint.post("/apps/new")
def make() -> Any:
    """The page that makes the app step by step, with its progress in sight."""
    require_administrator(viewer())
    template, name = request.form.get("template") or "", (request.form.get("name") or "").strip()
    if len(name) > LONGEST_NAME:
        raise Invalid.at("/name", "too_long", Text("名称最多 100 个字", "A name has at most 100 characters"))
    chosen = gallery.template(template) if template else None
    called = name or (label_text(chosen.name) if chosen else str(BLANK_NAME))
    made = url_for("apps.make_app", template=template, name=name or None)
    steps = [(Text("安装“{name}”", "Setting up {name}", name=called), made)]
    if chosen and chosen.has_sample_data and "sample_data" in request.form:
        # The script puts the key of what the first step has made in place of {app}.
        steps.append((Text("放入示例数据", "Putting in the sample data"), "/a/{app}/sample-data"))
    return render_template(
        "pages/new_app_making.html", name=called, steps=[(str(label), url) for label, url in steps]
    )


@blueprint.post("/apps/new/app")
def make_app() -> Any:
    """Make the app; answers its key."""
    require_administrator(viewer())
    template, name = request.args.get("template") or "", request.args.get("name", "")[:LONGEST_NAME]
    who = viewer()
    if template:
        key = gallery.clone(database(), template, name=name or None, author=who, language=current_language())
    else:
        key = gallery.blank(database(), name=name or str(BLANK_NAME), author=who)
    with database().begin() as writing:
        first_steps.begin(writing, store.app(writing, key).id, who.member_id)
    return {"app": key}


@blueprint.post("/a/<app_key>/sample-data")
def load_sample_data(app_key: str) -> Any:
    """Fill a new app with the sample data of its template, once."""
    require_administrator(viewer())
    app = open_app(app_key).app
    if app.template_key and not gallery.has_sample_data(connection(), app.key):
        gallery.load(database(), app.key, gallery.template(app.template_key), author=viewer())
    return {"app": app.key}


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
    return render_template("pages/empty_app.html", live=opened, may_design=who.designs(opened))


def tile(app: LiveApp, who: Viewer) -> Tile:
    """An app as a tile."""
    readable = [key for key in app.forms if grants(app, who, key, "read")]
    return Tile(
        name=label_text(app.document.get("name")) or app.app.key,
        icon=app.document.get("icon", "apps"),
        color=tone(app.document.get("accent")),
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
