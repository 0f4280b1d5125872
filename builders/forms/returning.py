"""Changes of structure that go with records: fields that come back, values that a new type left aside, texts into forms."""

from typing import Any

from flask import url_for

from builders.forms.draft import Designed
from engine.definitions.store import key_from
from engine.platform.errors import Invalid, NotFound
from engine.platform.i18n import Text, current_language, label_text
from engine.records.structure.linked_form import TEXTS, Order, roles_without, start
from engine.records.structure.removed_fields import kept_values, removed_fields
from engine.web.shell.opened import connection, database, viewer

LINKABLE = TEXTS
"""The types whose column can become a form that it links to."""


def removed(designed: Designed) -> list[dict[str, Any]]:
    """The fields that can come back with their values, those removed last first; not those that are there again."""
    if designed.published is None:
        return []
    form = designed.proposed.form(designed.key)
    return [
        {
            "path": one.path,
            "label": label_text(one.document.get("label")) or one.path,
            "field": one.document,
            "values": one.values,
            "until": f"{one.until:%Y-%m-%d}",
        }
        for one in removed_fields(connection(), designed.live, designed.key)
        if form.field(one.path) is None
    ]


def kept(designed: Designed, path: str) -> list[dict[str, Any]]:
    """The values that the field's type could not take over wholly, of records that one may see."""
    if "." in path or designed.published is None or designed.live.form(designed.key).field(path) is None:
        return []
    found = kept_values(connection(), designed.live, designed.key, path, viewer(), most=50)
    return [
        {"title": one.title or f"#{one.record_id}", "value": one.value, "becomes": one.becomes}
        for one in found
    ]


def linked(designed: Designed, path: str, name: str, target: str) -> dict[str, Any]:
    """Have a job turn a text column into a link to another form, or to a new one of this name."""
    if not target and not name:
        raise Invalid.at("/name", "required", Text("请给新表单起个名字", "Please name the new form"))
    key = target or _free(designed, name)
    order = Order(designed.app_key, designed.key, path, key, None if target else {current_language(): name})
    with database().begin() as writing:
        job = start(writing, designed.live, order, viewer())
    return {"job": url_for("job_pages.show", job_id=job)}


def left_out(designed: Designed, path: str, target: str) -> list[dict[str, str]]:
    """The roles that see the column in some records and will not see the form that it links to."""
    form = designed.live.form(designed.key)
    if form.field(path) is None:
        raise NotFound(Text("没有字段“{key}”", "There is no field “{key}”", key=path))
    order = Order(designed.app_key, designed.key, path, target or _free(designed, path))
    known = designed.live.documents.get("roles", {})
    return [
        {"key": key, "label": label_text(known[key].get("name")) or key}
        for key in roles_without(designed.live, order)
    ]


def _free(designed: Designed, name: str) -> str:
    wanted = key = key_from(name, "form")
    number = 1
    while key in designed.proposed.forms:
        number += 1
        key = f"{wanted}_{number}"
    return key
