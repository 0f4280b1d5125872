"""Beginning and ending to see an app as somebody else sees it."""

from typing import Any

from flask import Blueprint, g, make_response, redirect, request

from engine.access import view_as as looking
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.web.pages.sign_in import safe_place
from engine.web.shell import view_as
from engine.web.shell.opened import database, viewer

blueprint = Blueprint("view_as_pages", __name__)


@blueprint.post("/view-as")
def begin() -> Any:
    """Look through the eyes of a member: in one app, or as an administrator in all."""
    member, within = request.form.get("member", type=int), request.form.get("app") or None
    if member is None:
        raise Invalid.at("/member", "required", Text("请选择要以谁的身份查看", "Choose whose view you want"))
    with database().begin() as writing:
        looking.begin(writing, viewer(), member, within, request.remote_addr)
    place = safe_place(request.form.get("to") or (f"/a/{within}" if within else "/"))
    return view_as.keep(make_response(redirect(place)), member, within)


@blueprint.post("/view-as/end")
@looking.allowed
def end() -> Any:
    """See with one's own eyes again, at the page where one is."""
    with database().begin() as writing:
        looking.end(writing, viewer(), request.remote_addr)
    g.pop("viewer", None)
    return view_as.forget(make_response(redirect(safe_place(request.form.get("to")))))
