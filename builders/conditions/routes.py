"""What `<jf-condition>` asks for: fields, choices of values, and conditions as plain sentences."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from builders.conditions import offered
from builders.conditions.source import Forms
from builders.conditions.spoken import Spoken
from engine.access.grants import require_design
from engine.access.view_as import allowed
from engine.fields import path as paths
from engine.platform.errors import Invalid
from engine.platform.i18n import Text
from engine.records.reading.directory import choices_of, directory_for
from engine.web.shell import sent
from engine.web.shell.opened import connection, open_app, viewer

blueprint = Blueprint("conditions", __name__, url_prefix="/a/<app_key>/<form_key>/conditions")

MOST_SENTENCES = 500


@blueprint.get("/fields")
def fields(app_key: str, form_key: str) -> Any:
    """The fields behind each path `at`, and what the form being filled (`current`) can be asked for."""
    forms = _forms(app_key)
    form = forms.form(form_key)
    found = [one for at in request.args.getlist("at") or [""] for one in offered.columns(form, at)]
    current = request.args.get("current")
    return {
        "columns": found,
        "currents": offered.currents(forms.form(current), request.args.get("inside")) if current else [],
        "choices": f"/a/{app_key}/{form_key}/conditions/choices",
    }


@blueprint.get("/choices")
def choices(app_key: str, form_key: str) -> Any:
    """What a field that refers to people, departments or records may be compared with; `ids` asks for names."""
    forms = _forms(app_key)
    path = request.args.get("field", "")
    steps = paths.resolve(forms.form(form_key), path)
    if not steps:
        message = Text("没有字段“{path}”", "There is no field “{path}”", path=path[:100])
        raise Invalid.at("/field", "unknown_field", message)
    field = steps[-1].value_field
    if "ids" in request.args:
        refers = getattr(field.kind, "refers_to", None)
        ids = sent.listed_ids(request.args["ids"])
        directory = directory_for(connection(), forms.live, viewer())
        named = directory.titles(refers, ids, field.get("form")) if refers else {}
        return {"choices": [{"value": one, "label": title} for one, title in named.items()]}
    found = choices_of(connection(), forms.live, viewer(), field, request.args.get("q", ""))
    return {"choices": [{"value": one.id, "label": str(one.title), "hint": one.hint} for one in found]}


@blueprint.post("/sentence")
@allowed
def sentence(app_key: str, form_key: str) -> Any:
    """A condition in words (`where`), or several at once (`wheres`), each with what is wrong with it."""
    forms = _forms(app_key)
    asked = sent.body()
    current = request.args.get("current")
    spoken = Spoken(
        forms.form(form_key),
        forms.form(current) if current else None,
        request.args.get("inside"),
        directory_for(connection(), forms.live, viewer()),
    )
    if "wheres" in asked:
        several = asked["wheres"] if isinstance(asked["wheres"], list) else []
        return {"sentences": [spoken.say(_where(one)) for one in several[:MOST_SENTENCES]]}
    return spoken.say(_where(asked.get("where")))


def _where(said: Any) -> Mapping[str, Any] | None:
    if said is not None and not isinstance(said, Mapping):
        message = Text("这个条件读不懂，请重新设置", "This condition can't be read; set it again")
        raise Invalid.at("/where", "wrong_type", message)
    return said


def _forms(app_key: str) -> Forms:
    live = open_app(app_key)
    require_design(live, viewer())
    return Forms.of(connection(), live, draft=request.args.get("draft") == "1")
