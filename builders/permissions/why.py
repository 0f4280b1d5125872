"""“Why can't she see this?”: the page that answers it for a person, a record and a field."""

from typing import Any

from flask import Blueprint, render_template, request

from builders.permissions.role_form import forms_in_order
from engine.access import people
from engine.access.grants import require_design
from engine.access.view_as import eyes_of
from engine.definitions.model import LiveApp
from engine.fields.form import Field
from engine.platform.errors import Refusal
from engine.platform.i18n import Text
from engine.records.explanation.access_reasons import SHOWN_OPERATIONS, reasons
from engine.records.reading.directory import choices_of, directory_for
from engine.web.shell import sent
from engine.web.shell.opened import connection, open_app, viewer

blueprint = Blueprint("why", __name__, url_prefix="/roles/why")

MOST_MEMBERS = 1_000
JOINED = {
    "all": Text("要全部满足：", "All of:"),
    "any": Text("满足任一即可：", "Any of:"),
    "none": Text("要都不满足：", "None of:"),
}


@blueprint.get("")
def show(app_key: str) -> Any:
    """The question, and once it is complete its answer."""
    live = _open(app_key)
    form_key = request.args.get("form") or next(iter(forms_in_order(live)), "")
    member, record = (sent.id_of(request.args.get(one, "")) for one in ("member", "record"))
    path = request.args.get("field") or None
    answers, refused = [], ""
    if member is not None and record is not None:
        try:
            person = eyes_of(connection(), member)
            answers = [
                reasons(
                    connection(), live, form_key, record, person, viewer(), operation=operation, path=path
                )
                for operation in SHOWN_OPERATIONS
                if not (path and operation == "delete")
            ]
        except Refusal as refusal:
            refused = str(refusal.message)
    form = live.form(form_key)
    return render_template(
        "permissions/why.html",
        live=live,
        form=form,
        forms=[(key, live.form(key).name()) for key in forms_in_order(live)],
        fields=[(one.path, one.name()) for one in form.fields if not one.kind.layout_only],
        people=[
            (one.id, one.name) for one in people.members(connection(), states=["active"], limit=MOST_MEMBERS)
        ],
        asked={"member": member, "record": record, "field": path},
        title=_title(live, form_key, record),
        answers=answers,
        refused=refused,
        joined={name: str(said) for name, said in JOINED.items()},
    )


@blueprint.get("/records")
def records(app_key: str) -> Any:
    """Records of a form by title, as far as the one who asks may see them; by number any."""
    live = _open(app_key)
    form = live.form(request.args.get("form", ""))
    said = request.args.get("q", "").strip()
    link = Field(key="record", type="link", properties={"form": form.key}, form=form)
    found = [
        {"value": one.id, "label": str(one.title), "hint": f"#{one.id}"}
        for one in choices_of(connection(), live, viewer(), link, said)
    ]
    asked = sent.id_of(said.removeprefix("#"))
    if asked is not None and asked not in {one["value"] for one in found}:
        found.append({"value": asked, "label": f"#{asked}", "hint": ""})
    return {"choices": found}


def _title(live: LiveApp, form_key: str, record: int | None) -> str:
    if record is None:
        return ""
    named = directory_for(connection(), live, viewer()).titles("record", [record], form_key)
    return named.get(record) or f"#{record}"


def _open(app_key: str) -> LiveApp:
    live = open_app(app_key)
    require_design(live, viewer())
    return live
