"""Signing in, signing out, and joining by an invitation link."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, g, make_response, redirect, render_template, request

from engine.access import audit, invitations, organization, sessions, view_as
from engine.access.sign_in import Myself, sign_in
from engine.platform.errors import Invalid, NotFound, NotSignedIn, TooMany
from engine.web.shell import session
from engine.web.shell.opened import connection, database
from engine.web.shell.told import Told

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/sign-in")
@session.public
def show() -> Any:
    """Who is signed in already goes on."""
    if _viewer_id() is not None:
        return redirect(safe_place(request.args.get("next")))
    return _page()


@blueprint.post("/sign-in")
@session.public
def enter() -> Any:
    """Sign in and go where one wanted to."""
    account, password = request.form.get("account", ""), request.form.get("password", "")
    try:
        signed_in = sign_in(
            database(), account, password, address=request.remote_addr, agent=request.user_agent.string
        )
    except (NotSignedIn, TooMany) as refusal:
        return _page(Told.of(refusal), account), refusal.status
    _end_former()
    session.start(signed_in.token)
    return redirect(safe_place(request.form.get("next")))


@blueprint.post("/sign-out")
@session.public
@view_as.allowed
def leave() -> Any:
    """Sign out this browser."""
    _end_former()
    return session.finish(make_response(redirect("/sign-in")))


@blueprint.get("/join/<token>")
@session.public
def join(token: str) -> Any:
    """The page on which an invited person sets a password."""
    return _join_page(token)


@blueprint.post("/join/<token>")
@session.public
def enter_by_link(token: str) -> Any:
    """Set the password and be in."""
    password, account = request.form.get("password", ""), request.form.get("account", "")
    try:
        with database().begin() as writing:
            member_id = invitations.join(writing, token, password, account=account)
            started = sessions.begin(
                writing, member_id, address=request.remote_addr, agent=request.user_agent.string
            )
            audit.note(writing, "joined", actor=Myself(member_id), subject=("member", member_id))
    except Invalid as refusal:
        return _join_page(token, Told.of(refusal), account), refusal.status
    _end_former()
    session.start(started)
    return redirect("/")


def safe_place(wanted: str | None) -> str:
    """Where to go on to: only a place of our own."""
    place = wanted or "/"
    parts = urlsplit(place)
    strange = (
        parts.scheme or parts.netloc or "\\" in place or not place.startswith("/") or place.startswith("//")
    )
    return "/" if strange or any(ord(sign) < 32 for sign in place) else place


def _page(told: Told | None = None, account: str = "") -> str:
    known = organization.read(connection())
    return render_template(
        "pages/sign_in.html",
        company=known.name if known else "",
        told=told or Told(),
        account=account,
        next=safe_place(request.values.get("next")),
    )


def _join_page(token: str, told: Told | None = None, account: str = "") -> Any:
    try:
        person = invitations.invited(connection(), token)
    except NotFound as refusal:
        return render_template("pages/sign_in_link_ended.html", message=str(refusal.message)), 404
    known = organization.read(connection())
    return render_template(
        "pages/sign_in_join.html",
        person=person,
        company=known.name if known else "",
        told=told or Told(),
        account=account,
        needs_account=not (person.account or person.phone or person.email),
    )


def _viewer_id() -> int | None:
    viewer = getattr(g, "viewer", None)
    return viewer.member_id if viewer else None


def _end_former() -> None:
    token = session.token()
    if token:
        with database().begin() as writing:
            sessions.end(writing, token)
