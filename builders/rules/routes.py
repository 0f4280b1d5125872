"""The tab 规则 of the form designer, and what it asks while one writes."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint

from builders.forms import shell
from builders.forms.draft import open_designed
from builders.rules import spoken
from engine.platform.i18n import Text
from engine.web.shell import sent

blueprint = Blueprint(
    "rule_builder", __name__, url_prefix="/a/<app_key>/<form_key>", template_folder="templates"
)


def _count(document: Mapping[str, Any]) -> int:
    return len(document.get("rules") or ())


shell.register_tab("rules", Text("规则", "Rules"), "git-branch", "rule_builder.show", 30, count=_count)


@blueprint.get("/design/rules")
def show(app_key: str, form_key: str) -> Any:
    designed = open_designed(app_key, form_key)
    return shell.page("rules/design.html", designed, "rules", kinds=spoken.offered())


@blueprint.post("/design/rules/sentences")
def sentences(app_key: str, form_key: str) -> Any:
    """The rules as they stand in the browser, in words, with their faults."""
    designed = open_designed(app_key, form_key)
    return {"rules": spoken.spoken(designed, sent.items(sent.body(), "rules"))}
