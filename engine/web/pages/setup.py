"""Setting up: one card of four steps on an empty database, then the work it asks for, step by step."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, make_response, redirect, render_template, request, url_for

from engine.access import colleagues, first_steps, sessions, setup
from engine.access.colleagues import Colleague, Invited
from engine.access.grants import require_administrator, require_design
from engine.definitions import store
from engine.platform.errors import Conflict, Fault, Invalid, NotFound
from engine.platform.i18n import LANGUAGES, Text, current_language, label_text, speaking
from engine.web.shell import session
from engine.web.shell.checklist import checklist
from engine.web.shell.opened import connection, database, open_app, viewer
from engine.web.shell.told import Told
from templates_gallery import gallery

blueprint = Blueprint("setup", __name__)
blueprint.add_app_template_global(checklist, "checklist")

BLANK = ""
STEPS = (
    ("company", "name", "account", "password"),
    ("language",),
    ("template", "sample_data"),
    ("colleagues",),
)
"""Which inputs stand on which step of the card."""


@blueprint.get("/setup")
@session.before_set_up
def show() -> Any:
    """The card; who comes later goes on to the start page."""
    if setup.is_set_up(connection()):
        return redirect("/")
    return _page({"language": current_language(), "template": _first_template(), "sample_data": "1"})


@blueprint.post("/setup")
@session.before_set_up
def make() -> Any:
    """Make the organisation and its administrator, invite the colleagues; the page then makes the app."""
    sent = request.form.to_dict()
    if "relabel" in sent:
        return _in_another_language(sent)
    try:
        invited_later = _understood(sent)
        member_id = setup.set_up(
            database(),
            sent.get("company", ""),
            sent.get("name", ""),
            sent.get("account", ""),
            sent.get("password", ""),
            _language(sent),
        )
    except Invalid as refusal:
        return _page(sent, Told.of(refusal)), refusal.status
    except Conflict:
        return redirect("/")
    session.start(_begin_session(member_id))
    invited, refused = _invite(invited_later)
    with speaking(_language(sent)):
        return _making(sent, invited, refused)


@blueprint.post("/setup/colleagues")
@session.before_set_up
def read_pasted() -> Any:
    """What is understood of pasted colleagues, before anything is made."""
    if setup.is_set_up(connection()):
        raise NotFound(Text("已经设置好了。", "It is set up already."))
    made = colleagues.reading(request.form.get("colleagues", ""))
    return render_template("parts/colleagues_understood.html", reading=made)


@blueprint.post("/setup/app")
def make_app() -> Any:
    """Make the first app, unless that is done already; answers where it is."""
    require_administrator(viewer())
    there = store.apps(connection())
    if there:
        return {"app": there[0].key}
    template = request.args.get("template") or BLANK
    if template == BLANK:
        name = str(Text("新应用", "New app"))
        key = gallery.blank(database(), name=name, author=viewer())
    else:
        key = gallery.clone(database(), template, author=viewer(), language=current_language())
    with database().begin() as writing:
        first_steps.begin(writing, store.app(writing, key).id, viewer().member_id)
    return {"app": key}


@blueprint.post("/setup/sample-data")
def load_sample_data() -> Any:
    """Fill the first app with the sample data of its template, once."""
    require_administrator(viewer())
    app = store.apps(connection())[0]
    if app.template_key and not gallery.has_sample_data(connection(), app.key):
        gallery.load(database(), app.key, gallery.template(app.template_key), author=viewer())
    return {"app": app.key}


@blueprint.post("/a/<app_key>/first-steps/removal")
def put_away(app_key: str) -> Any:
    """Put the checklist away for good."""
    opened = open_app(app_key)
    with database().begin() as writing:
        first_steps.put_away(writing, opened.app.id, viewer().member_id)
    return redirect(url_for("apps.landing", app_key=app_key))


@blueprint.post("/a/<app_key>/sample-data/removal")
def remove_sample_data(app_key: str) -> Any:
    """Take the sample data away, exactly."""
    require_design(open_app(app_key), viewer())
    gallery.remove_sample_data(database(), app_key, author=viewer())
    return redirect(url_for("apps.landing", app_key=app_key))


def _in_another_language(sent: Mapping[str, str]) -> Any:
    """The same card, still as it was filled in, in the language that was just chosen."""
    with speaking(_language(sent)):
        answer = make_response(_page(sent, at=1))
    answer.set_cookie("language", _language(sent), samesite="Lax")
    return answer


def _page(values: Mapping[str, str], told: Told | None = None, *, at: int = 0) -> str:
    told = told or Told()
    wrong = [number for number, names in enumerate(STEPS) if any(name in told.faults for name in names)]
    return render_template(
        "pages/setup.html",
        values=values,
        told=told,
        at=wrong[0] if wrong else at,
        templates=gallery.templates(),
        languages=LANGUAGES,
    )


def _making(sent: Mapping[str, str], invited: list[Invited], refused: str) -> str:
    key = sent.get("template") or BLANK
    chosen = gallery.template(key) if key else None
    name = label_text(chosen.name) if chosen else str(Text("空白应用", "a blank app"))
    steps = [(Text("安装“{name}”", "Setting up {name}", name=name), url_for("setup.make_app", template=key))]
    if chosen and chosen.has_sample_data and "sample_data" in sent:
        steps.append((Text("放入示例数据", "Putting in the sample data"), url_for("setup.load_sample_data")))
    return render_template(
        "pages/setup_making.html",
        company=sent.get("company", "").strip(),
        steps=[(str(label), url) for label, url in steps],
        app_name=name,
        invited=[(one.name, url_for("sign_in.join", token=one.token, _external=True)) for one in invited],
        refused=refused,
    )


def _understood(sent: Mapping[str, str]) -> list[Colleague]:
    try:
        return colleagues.understood(sent.get("colleagues", ""))
    except Invalid as refusal:
        raise Invalid(
            refusal.message, [Fault("/colleagues", one.code, one.message) for one in refusal.faults]
        ) from None


def _invite(understood: list[Colleague]) -> tuple[list[Invited], str]:
    """A colleague who can't be taken in does not hold up the set-up; it is said, and can be mended in the members."""
    if not understood:
        return [], ""
    try:
        with database().begin() as writing:
            return colleagues.invite_all(writing, understood, author=viewer()), ""
    except Invalid as refusal:
        return [], "；".join(str(fault.message) for fault in refusal.faults)


def _begin_session(member_id: int) -> str:
    with database().begin() as writing:
        return sessions.begin(
            writing, member_id, address=request.remote_addr, agent=request.user_agent.string
        )


def _language(sent: Mapping[str, str]) -> str:
    wanted = sent.get("language", "")
    return wanted if wanted in LANGUAGES else current_language()


def _first_template() -> str:
    found = gallery.templates()
    return found[0].key if found else BLANK
