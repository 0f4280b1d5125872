"""Members: the list beside the tree of departments, one member, inviting colleagues."""

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for

from engine.access import api_keys, colleagues, invitations, people
from engine.access.bodies import known_id
from engine.access.grants import require_administrator
from engine.access.member_values import MemberValues
from engine.access.people import Member
from engine.platform.errors import Conflict, Invalid
from engine.platform.i18n import Text
from engine.web.department_tree import choices, tree
from engine.web.shell.opened import connection, database, viewer
from engine.web.shell.told import Told

blueprint = Blueprint("members", __name__)

PAGE = 50
MOST_CHOICES = 1_000
STATES = {
    "active": (Text("正常", "Active"), "green"),
    "invited": (Text("未加入", "Not joined yet"), "amber"),
    "left": (Text("已离职", "Left"), "grey"),
}
FIELDS = ("name", "account", "phone", "email", "department", "superior")


@blueprint.get("/members")
def index() -> Any:
    """The list: by department, state and text, fifty at a time."""
    chosen = request.args.get("department", type=known_id)
    state = request.args.get("state")
    states = [state] if state in STATES else ["active", "invited"]
    narrowed: dict[str, Any] = {
        "department_id": chosen,
        "search": request.args.get("q"),
        "contacts": viewer().administrator,
        "states": states,
    }
    page = max(request.args.get("page", 1, type=int), 1)
    found = people.members(connection(), **narrowed, limit=PAGE, offset=(page - 1) * PAGE)
    total = people.count(connection(), **narrowed)
    branches = tree(connection())
    return render_template(
        "pages/members.html",
        members=found,
        total=total,
        page=page,
        pages=-(-total // PAGE),
        branches=branches,
        places={one.id: one for one in branches},
        chosen=chosen,
        state=state if state in STATES else "",
        everybody=people.count(connection(), states=["active", "invited"]),
        superiors=_superiors(found),
        states=STATES,
        may_change=viewer().administrator,
    )


@blueprint.get("/members/new")
def new() -> Any:
    """The empty form."""
    require_administrator(viewer())
    return _form(None, {"department": request.args.get("department", "")})


@blueprint.post("/members/new")
def create() -> Any:
    """Take somebody in: with a password at once, else by a link."""
    require_administrator(viewer())
    try:
        sent = _sent()
        if request.form.get("password"):
            sent["password"] = request.form["password"]
        with database().begin() as writing:
            made = people.create(writing, MemberValues.read(sent), author=viewer())
            token = None if made.state == "active" else invitations.invite(writing, made.id, author=viewer())
    except Invalid as refusal:
        return _form(None, request.form.to_dict(), Told.of(refusal)), refusal.status
    if token:
        return _links([(made, token)], Text("已邀请 {name}", "{name} is invited", name=made.name))
    return redirect(url_for("members.show", member_id=made.id))


@blueprint.get("/members/invite")
def invite() -> Any:
    """Where colleagues are pasted."""
    require_administrator(viewer())
    return render_template("pages/members_invite.html", told=Told(), pasted="")


@blueprint.post("/members/invite")
def invite_all() -> Any:
    """Take in all who were pasted, and show their links once."""
    require_administrator(viewer())
    pasted = request.form.get("colleagues", "")
    try:
        understood = colleagues.understood(pasted)
        if not understood:
            message = Text("请粘贴至少一位同事", "Paste at least one colleague")
            raise Invalid.at("/colleagues", "required", message)
        with database().begin() as writing:
            invited = colleagues.invite_all(writing, understood, author=viewer())
            made = {one.id: one for one in people.members(writing, ids=[one.member_id for one in invited])}
    except Invalid as refusal:
        faults = [str(fault.message) for fault in refusal.faults] or [str(refusal.message)]
        told = Told(str(refusal.message), {"colleagues": faults})
        return render_template("pages/members_invite.html", told=told, pasted=pasted), refusal.status
    title = Text("已邀请 {n} 位同事", "{n} colleagues are invited", n=len(invited))
    return _links([(made[one.member_id], one.token) for one in invited], title)


@blueprint.post("/members/invite/reading")
def read_pasted() -> Any:
    """What is understood of pasted lines, before anybody is invited."""
    require_administrator(viewer())
    made = colleagues.reading(request.form.get("colleagues", ""), connection())
    return render_template("parts/colleagues_understood.html", reading=made)


@blueprint.get("/members/<int:member_id>")
def show(member_id: int) -> Any:
    """One member: the form for administrators, the facts for everybody else."""
    member = people.get(connection(), member_id)
    return _form(member, _values(member))


@blueprint.post("/members/<int:member_id>")
def change(member_id: int) -> Any:
    """Save the form."""
    require_administrator(viewer())
    member = people.get(connection(), member_id)
    try:
        sent: dict[str, Any] = _sent()
        if member_id != viewer().member_id:  # nobody takes their own rights away by a slip
            sent["administrator"] = "administrator" in request.form
        with database().begin() as writing:
            people.change(writing, member_id, MemberValues.read(sent), author=viewer())
    except Invalid as refusal:
        return _form(member, request.form.to_dict(), Told.of(refusal)), refusal.status
    return redirect(url_for("members.show", member_id=member_id, saved=1))


@blueprint.post("/members/<int:member_id>/link")
def link(member_id: int) -> Any:
    """A new link to join; for somebody who has a password it takes that away first."""
    require_administrator(viewer())
    member = people.get(connection(), member_id)
    if member_id == viewer().member_id:
        message = Text("自己的密码请在“我的设置”里修改", "Change your own password in “My settings”")
        raise Conflict(message)
    with database().begin() as writing:
        if member.has_password:
            people.forget_password(writing, member_id, author=viewer())
        token = invitations.invite(writing, member_id, author=viewer())
    if member.state == "invited":
        title = Text("{name} 的邀请链接", "Invitation link of {name}", name=member.name)
    else:
        title = Text("{name} 的新密码链接", "New password link of {name}", name=member.name)
    return _links([(member, token)], title)


@blueprint.post("/members/<int:member_id>/state")
def change_state(member_id: int) -> Any:
    """Leave, or come back."""
    require_administrator(viewer())
    wanted = request.form.get("state")
    member = people.get(connection(), member_id)
    if wanted == "back":
        wanted = "active" if member.has_password else "invited"
    try:
        with database().begin() as writing:
            people.change(writing, member_id, MemberValues.read({"state": wanted}), author=viewer())
    except Invalid as refusal:
        return _form(member, _values(member), Told.of(refusal)), refusal.status
    return redirect(url_for("members.show", member_id=member_id, saved=1))


@blueprint.post("/members/<int:member_id>/api-keys")
def issue_key(member_id: int) -> Any:
    """A new key for a member, shown this once."""
    require_administrator(viewer())
    member = people.get(connection(), member_id)
    try:
        with database().begin() as writing:
            name = request.form.get("name", "")
            key = api_keys.issue(writing, member_id, name=name, author=viewer())
    except (Invalid, Conflict) as refusal:
        return _form(member, _values(member), Told.of(refusal)), refusal.status
    return _form(member, _values(member), new_key=key)


@blueprint.post("/members/<int:member_id>/api-keys/<int:key_id>/removal")
def revoke_key(member_id: int, key_id: int) -> Any:
    """End a member's key."""
    require_administrator(viewer())
    with database().begin() as writing:
        api_keys.revoke(writing, member_id, key_id, author=viewer())
    return redirect(url_for("members.show", member_id=member_id) + "#keys")


def member_choices(but: int | None = None) -> list[tuple[int, str]]:
    """Who can be chosen as a superior or head."""
    found = people.members(connection(), states=["active", "invited"], limit=MOST_CHOICES)
    return [(one.id, one.name) for one in found if one.id != but]


def _sent() -> dict[str, Any]:
    sent: dict[str, Any] = {name: request.form.get(name) or None for name in FIELDS}
    return sent | {"also_in": [one for one in request.form.getlist("also_in") if one]}


def _values(member: Member) -> dict[str, Any]:
    return {
        "name": member.name,
        "account": member.account,
        "phone": member.written_phone,
        "email": member.email,
        "department": member.department_id,
        "superior": member.superior_id,
        "administrator": member.administrator,
    }


def _form(
    member: Member | None, values: dict[str, Any], told: Told | None = None, *, new_key: str | None = None
) -> str:
    branches = tree(connection())
    found_superior = people.superior(connection(), member.id) if member else None
    may_change = viewer().administrator
    return render_template(
        "pages/members_form.html",
        member=member,
        values=values,
        told=told or Told(),
        departments=choices(branches),
        also_in=request.form.getlist("also_in", type=int)
        if request.form
        else (member.also_in if member else ()),
        places={one.id: one for one in branches},
        people=member_choices(member.id if member else None) if may_change else [],
        superior=people.titles(connection(), [found_superior]).get(found_superior)
        if found_superior
        else None,
        superior_is_entered=bool(member and member.superior_id),
        keys=api_keys.keys_of(connection(), member.id) if member and may_change else [],
        new_key=new_key,
        states=STATES,
        may_change=may_change,
        myself=bool(member and member.id == viewer().member_id),
        saved=request.args.get("saved"),
    )


def _links(made: list[tuple[Member, str]], title: Text) -> str:
    return render_template(
        "pages/members_links.html",
        title=str(title),
        rows=[(one, url_for("sign_in.join", token=token, _external=True)) for one, token in made],
        days=invitations.LASTS.days,
    )


def _superiors(found: list[Member]) -> dict[int, str]:
    lines = people.superiors_of(connection(), [one.id for one in found])
    names = people.titles(connection(), lines.values())
    return {member_id: names[superior] for member_id, superior in lines.items()}
