"""What is one's own: language, appearance, password, API keys, and where one is signed in."""

from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request

from engine.access import api_keys, people, sessions
from engine.access.member_values import THEMES, MemberValues
from engine.access.sign_in import change_password
from engine.platform.errors import Conflict, Invalid, NotSignedIn, TooMany
from engine.platform.i18n import LANGUAGES, Text
from engine.web.shell import session
from engine.web.shell.opened import connection, database, viewer
from engine.web.shell.told import Told

blueprint = Blueprint("me", __name__)

BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Lark", "Feishu"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)
A_YEAR = 365 * 24 * 3600


@blueprint.app_template_filter("browser")
def browser(agent: str | None) -> str:
    """A browser's long name of itself in two words; Edge and the like call themselves Chrome too."""
    said = agent or ""
    name = next((shown for mark, shown in BROWSERS if mark in said), None)
    system = next((shown for mark, shown in SYSTEMS if mark in said), None)
    known = " · ".join(part for part in (name, system) if part)
    return known or str(Text("未知的浏览器", "An unknown browser"))


@blueprint.get("/me")
def show() -> Any:
    """The page."""
    return _page()


@blueprint.post("/me/preferences")
@session.before_set_up
def keep_preferences() -> Any:
    """Language and theme: kept by this browser, and by the member who is signed in."""
    sent = {
        name: value
        for name, known in (("language", LANGUAGES), ("theme", THEMES))
        if (value := request.values.get(name)) in known
    }
    if sent and g.viewer is not None:
        with database().begin() as writing:
            people.change(writing, g.viewer.member_id, MemberValues.read(sent), author=g.viewer)
    answer = make_response("", 204)
    for name, value in sent.items():
        answer.set_cookie(name, str(value), max_age=A_YEAR, samesite="Lax")
    return answer


@blueprint.post("/me/password")
def keep_password() -> Any:
    """Another password; every other browser is signed out, this one gets a new session."""
    old, new = request.form.get("old", ""), request.form.get("password", "")
    try:
        if not new:
            raise Invalid.at("/password", "required", Text("请填写新密码", "Enter the new password"))
        change_password(database(), viewer().member_id, old, new, address=request.remote_addr)
    except NotSignedIn as refusal:
        return _page(Told(str(refusal.message), {"old": [str(refusal.message)]})), 422
    except (Invalid, TooMany) as refusal:
        return _page(Told.of(refusal)), refusal.status
    with database().begin() as writing:
        started = sessions.begin(
            writing, viewer().member_id, address=request.remote_addr, agent=request.user_agent.string
        )
    session.start(started)
    return redirect("/me?changed=password")


@blueprint.post("/me/sessions/ending")
def end_sessions() -> Any:
    """Sign out everywhere else."""
    with database().begin() as writing:
        sessions.end_all(writing, viewer().member_id, but=session.token())
    return redirect("/me?changed=sessions")


@blueprint.post("/me/api-keys")
def issue_key() -> Any:
    """A new key, shown this once."""
    try:
        with database().begin() as writing:
            name = request.form.get("name", "")
            key = api_keys.issue(writing, viewer().member_id, name=name, author=viewer())
    except (Invalid, Conflict) as refusal:
        return _page(Told.of(refusal)), refusal.status
    return _page(new_key=key)


@blueprint.post("/me/api-keys/<int:key_id>/removal")
def revoke_key(key_id: int) -> Any:
    """End a key."""
    with database().begin() as writing:
        api_keys.revoke(writing, viewer().member_id, key_id, author=viewer())
    return redirect("/me#keys")


def _page(told: Told | None = None, new_key: str | None = None) -> str:
    own = viewer().member_id
    return render_template(
        "pages/me.html",
        member=people.get(connection(), own),
        keys=api_keys.keys_of(connection(), own),
        sessions=sessions.sessions_of(connection(), own),
        told=told or Told(),
        new_key=new_key,
        changed=request.args.get("changed"),
    )
