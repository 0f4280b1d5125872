"""The designer's pages and what they ask for: the document, saved as a draft while one works."""

from typing import Any

from flask import Blueprint, request

from builders.forms import shell
from builders.forms.draft import conflict, open_designed, save_draft, state
from engine.platform.errors import Invalid, PreconditionRequired, Stale
from engine.platform.i18n import Text

blueprint = Blueprint(
    "form_designer", __name__, url_prefix="/a/<app_key>/<form_key>/design", template_folder="templates"
)

shell.register_tab("form", Text("表单", "Form"), "forms", "form_designer.show", 10)


@blueprint.get("")
def show(app_key: str, form_key: str) -> Any:
    return shell.page("forms/design.html", open_designed(app_key, form_key), "form")


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
    designed = open_designed(app_key, form_key)
    sent = request.get_json(silent=True)
    if not isinstance(sent, dict):
        raise Invalid.at(
            "", "wrong_type", Text("定义应当是一个 JSON 对象。", "A definition is a JSON object.")
        )
    return _saved(designed.app_key, form_key, sent)


def _saved(app_key: str, form_key: str, sent: dict[str, Any]) -> Any:
    etag = _if_match()
    try:
        saved = save_draft(app_key, form_key, sent, etag)
    except Stale as stale:
        return conflict(app_key, etag, stale), stale.status
    designed = open_designed(app_key, form_key)
    return state(designed, saved.etag, saved.document or sent, saved.merged), {"ETag": f'"{saved.etag}"'}


def _if_match() -> str:
    sent = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not sent:
        raise PreconditionRequired(
            Text("请用 If-Match 说明修改的是哪个版本。", "Say with If-Match which version you changed.")
        )
    return sent
