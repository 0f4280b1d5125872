"""The designer's pages and what they ask for: the document, saved as a draft while one works; cards, faults, uses."""

from typing import Any

import orjson
from flask import Blueprint, Response, render_template, request, url_for
from markupsafe import Markup

from builders.forms import canvas, field_types, preview, publishing, returning, shell, steps, surroundings
from builders.forms.draft import base_document, conflict, open_designed, save_draft, state
from engine.access.viewer import EVERYONE
from engine.definitions import checks, texts
from engine.definitions.live import load
from engine.definitions.store import key_from
from engine.fields import palette
from engine.platform.errors import Invalid, Stale
from engine.platform.i18n import Text, label_text
from engine.web.department_tree import choices, tree
from engine.web.shell import sent, toasts
from engine.web.shell.opened import connection
from engine.web.shell.security import FRAMED_BY_OURSELVES

blueprint = Blueprint(
    "form_designer", __name__, url_prefix="/a/<app_key>/<form_key>/design", template_folder="templates"
)

shell.register_tab("form", Text("表单", "Form"), "forms", "form_designer.show", 10)


@blueprint.get("")
def show(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return shell.page(
        "forms/design.html",
        designed,
        "form",
        palette=palette.groups(),
        cards=Markup(canvas.of_form(designed)),
    )


@blueprint.get("/document")
def document(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    current = designed.current
    found = {**state(designed, current.etag, current.document), "document": current.document}
    return {
        **found,
        "state": current.state,
        "published": designed.published,
        "languages": designed.live.languages,
    }, {"ETag": f'"{current.etag}"'}


@blueprint.put("/document")
def save(app_key: str, form_key: str) -> Any:
    open_designed(app_key, form_key)
    return _saved(app_key, form_key, dict(sent.body()))


@blueprint.patch("/document")
def save_steps(app_key: str, form_key: str) -> Any:
    """Save what has changed since the state that If-Match names."""
    open_designed(app_key, form_key)
    base = base_document(app_key, sent.if_match())
    if base is None:
        raise Invalid.at(
            "", "unknown_base", Text("这个版本太旧，请整个保存。", "This version is too old; send it whole.")
        )
    return _saved(app_key, form_key, steps.applied(base, sent.body().get("changes")))


@blueprint.get("/types")
def types(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    found = {
        **field_types.described(),
        "forms": surroundings.forms(designed.proposed),
        "departments": [{"id": one, "label": label} for one, label in choices(tree(connection()))],
    }
    return Response(orjson.dumps(found), mimetype="application/json")  # properties keep their order


@blueprint.post("/cards")
def cards(app_key: str, form_key: str) -> Any:
    """The cards of the fields that are sent, as they are on the page; nothing is saved."""
    designed = open_designed(app_key, form_key)
    fields = sent.body().get("fields")
    sound = {"key": designed.key, "name": designed.key, "fields": fields}
    texts.check_size(sound)
    if faults := checks.schema_faults("forms", sound):
        raise Invalid(Text("这里还不完整", "This is not complete yet"), faults)
    return canvas.of_fields(designed, fields if isinstance(fields, list) else [])


@blueprint.get("/fields/<other>")
def fields(app_key: str, form_key: str, other: str) -> Any:
    return {"fields": surroundings.fields(open_designed(app_key, form_key).proposed, other)}


@blueprint.get("/faults")
def faults(app_key: str, form_key: str) -> Any:
    return {"faults": surroundings.faults(open_designed(app_key, form_key))}


@blueprint.get("/uses")
def uses(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return {"uses": surroundings.uses(designed, request.args.get("path", ""))}


@blueprint.get("/removed")
def removed(app_key: str, form_key: str) -> Any:
    return {"fields": returning.removed(open_designed(app_key, form_key))}


@blueprint.get("/kept")
def kept(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return {"values": returning.kept(designed, request.args.get("path", ""))}


@blueprint.post("/linked-form")
def linked_form(app_key: str, form_key: str) -> Any:
    """A text column becomes a link to a form of its values; the work is a job."""
    designed = open_designed(app_key, form_key)
    asked = {name: str(value).strip() for name, value in sent.body().items()}
    path, name, target = (asked.get(one, "")[:200] for one in ("path", "name", "form"))
    return returning.linked(designed, path, name, target), 202


@blueprint.get("/linked-form")
def linked_form_outlook(app_key: str, form_key: str) -> Any:
    """Who will not see the form that a column would link to: a new one, or the one that is named."""
    designed = open_designed(app_key, form_key)
    path, target = (request.args.get(one, "")[:200] for one in ("path", "form"))
    return {"roles": returning.left_out(designed, path, target)}


@blueprint.get("/key")
def key(app_key: str, form_key: str) -> Any:
    """A key made of a field's name."""
    open_designed(app_key, form_key)
    return {"key": key_from(request.args.get("name", "")[:200], "field")}


@blueprint.get("/preview")
def show_preview(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return shell.page(
        "forms/preview.html",
        designed,
        "form",
        sections=preview.sections(designed),
        choices_url=preview.choices_url,
    )


@blueprint.get("/preview/phone")
def show_preview_on_a_phone(app_key: str, form_key: str) -> Any:
    """The form alone, for the frame of the preview; our own pages may frame it."""
    designed = open_designed(app_key, form_key)
    shown = shell.page(
        "forms/preview_phone.html",
        designed,
        "form",
        sections=preview.sections(designed),
        choices_url=preview.choices_url,
        on_phone=True,
    )
    return shown, {"Content-Security-Policy": FRAMED_BY_OURSELVES}


@blueprint.post("/preview/compute")
def compute(app_key: str, form_key: str) -> Any:
    found = preview.worked_out(open_designed(app_key, form_key), request.form)
    return render_template("parts/computed.html", found=found)


@blueprint.get("/preview/choices")
def preview_choices(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return {"choices": preview.choices(designed, request.args.get("field", ""), request.args.get("q", ""))}


@blueprint.get("/publish")
def publish_dialog(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    roles = designed.live.documents.get("roles", {})
    return render_template(
        "forms/publish.html",
        form_name=label_text(designed.current.document.get("name")) or form_key,
        outlook=publishing.outlook(designed),
        audiences=publishing.AUDIENCES,
        roles=[(key, label_text(role.get("name")) or key) for key, role in roles.items() if key != EVERYONE],
    )


@blueprint.post("/publish")
def publish(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    done = publishing.publish_form(designed, request.form.get("audience"), request.form.getlist("role"))
    told = [str(text) for text in done.warnings]
    toasts.say(Text("已发布", "Published"))
    now = load(connection(), app_key)
    listed = designed.published is None and publishing.may_be_seen(now, form_key)
    return {
        "url": url_for("lists.show" if listed else "form_designer.show", app_key=app_key, form_key=form_key),
        "warnings": told,
        "jobs": [url_for("job_pages.show", job_id=one) for one in done.jobs],
    }


@blueprint.post("/removal")
def remove(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    publishing.remove_form(designed)
    name = label_text(designed.current.document.get("name")) or form_key
    toasts.say(Text("已删除表单“{form}”", "The form “{form}” was removed", form=name))
    return {"url": f"/a/{app_key}"}


def _saved(app_key: str, form_key: str, asked: dict[str, Any]) -> Any:
    etag = sent.if_match()
    try:
        saved = save_draft(app_key, form_key, asked, etag)
    except Stale as stale:
        return conflict(app_key, etag, stale), stale.status
    designed = open_designed(app_key, form_key)
    document = saved.document or asked
    found = state(designed, saved.etag, document, saved.merged)
    return {**found, "counts": shell.counts(document)}, {"ETag": f'"{saved.etag}"'}
