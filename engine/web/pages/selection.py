"""What one does with the ticked records of a list: delete, change one field, and undo of both."""

from typing import Any

from flask import Blueprint, request

from engine.platform.errors import Invalid, Refusal
from engine.platform.i18n import Text
from engine.records import write
from engine.records.query import Query, query
from engine.web import sent
from engine.web.opened import connection, database, open_form, viewer

blueprint = Blueprint("selection", __name__, url_prefix="/a/<app_key>/<form_key>/grid")

MOST = 10_000
AT_ONCE = 500


@blueprint.post("/deletion")
def delete(app_key: str, form_key: str) -> Any:
    open_form(app_key, form_key, "delete")
    ids = _chosen(app_key, form_key)
    done = _each(app_key, form_key, [{"op": "delete", "id": one} for one in ids])
    said = Text("已删除 {n} 条", "{n} deleted", n=len(done))
    undo = (
        f"/a/{app_key}/{form_key}/grid/restoration?ids={','.join(map(str, done))}"
        if len(done) <= AT_ONCE
        else None
    )
    return {"count": len(done), "message": str(said), "undo": undo}


@blueprint.post("/restoration")
def restore(app_key: str, form_key: str) -> Any:
    open_form(app_key, form_key, "delete")
    for part in request.args.get("ids", "").split(","):
        if part.isdigit():
            write.restore_one(database(), app_key, form_key, viewer(), int(part), door="grid")
    return {}


@blueprint.post("/selection")
def change(app_key: str, form_key: str) -> Any:
    open_form(app_key, form_key, "update")
    values = sent.mapping(sent.body(), "values")
    ids = _chosen(app_key, form_key)
    done = _each(app_key, form_key, [{"op": "update", "id": one, "values": values} for one in ids])
    left = len(ids) - len(done)
    said = (
        Text(
            "已修改 {n} 条，{left} 条没有修改",
            "{n} changed, {left} left as they were",
            n=len(done),
            left=left,
        )
        if left
        else Text("已修改 {n} 条", "{n} changed", n=len(done))
    )
    return {"count": len(done), "message": str(said)}


def _each(app_key: str, form_key: str, operations: list[dict[str, Any]]) -> list[int]:
    """Do them in portions, each one for itself; answers the ids that went well. Refuses if none did."""
    done: list[int] = []
    refused = ""
    for start in range(0, len(operations), AT_ONCE):
        portion = operations[start : start + AT_ONCE]
        answers = write.batch(database(), app_key, form_key, viewer(), portion, atomic=False, door="grid")
        for answer in answers:
            if "id" in answer:
                done.append(answer["id"])
            else:
                refused = refused or str(answer["message"])
    if refused and not done:
        raise Refusal(refused, code="nothing_done", faults=[])
    return done


def _chosen(app_key: str, form_key: str) -> list[int]:
    """The ids of the selection that the list sent: some, or all that its filter finds, except some."""
    live, _ = open_form(app_key, form_key)
    asked = sent.body()
    if not asked.get("all"):
        return sent.ids(asked, "ids")
    apart = set(sent.ids(asked, "except"))
    ids: list[int] = []
    cursor: str | None = None
    while True:
        page = query(
            connection(),
            live,
            form_key,
            viewer(),
            Query(
                where=asked.get("where"),
                search=sent.words(asked, "search"),
                fields=(),
                limit=1000,
                cursor=cursor,
            ),
        )
        ids += [record.id for record in page.records if record.id not in apart]
        cursor = page.next_cursor
        if len(ids) > MOST:
            said = Text(
                "一次最多处理 {n} 条，请先缩小筛选范围",
                "At most {n} at once; narrow the filter first",
                n=MOST,
            )
            raise Invalid.at("", "too_many", said)
        if cursor is None:
            return ids
