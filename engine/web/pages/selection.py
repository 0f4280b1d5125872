"""What one does with the ticked records of a list: delete them, set a field after a preview, and undo of both."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Blueprint, request

from engine.fields.form import Field
from engine.platform.errors import Invalid, Refusal
from engine.platform.i18n import Text, current_language
from engine.records.bulk import setting as settings
from engine.records.bulk import setting_job
from engine.records.bulk.deleting import delete_many
from engine.records.bulk.setting import CHANGED, REFUSED, SAME, Chosen, Outcome, Rehearsal, Setting
from engine.records.reading.query import Query, query
from engine.records.writing import write
from engine.records.writing.rules.choosable import allowed_in
from engine.web.lists import columns
from engine.web.shell import sent
from engine.web.shell.opened import connection, database, open_form, viewer

blueprint = Blueprint("selection", __name__, url_prefix="/a/<app_key>/<form_key>/grid")

MOST = 10_000
AT_ONCE = 500
WHILE_WAITING = 200
"""So many records are changed while one waits; more go into a job."""
TRIED = 100
"""So many are tried out for the preview."""
SHOWN = 8


@blueprint.post("/deletion")
def delete(app_key: str, form_key: str) -> Any:
    open_form(app_key, form_key, "delete")
    ids = _chosen(app_key, form_key)
    done, refused = _deleted(app_key, form_key, ids)
    if refused:
        said = Text(
            "已删除 {n} 条，{left} 条没有删除：{reason}",
            "{n} deleted, {left} not: {reason}",
            n=len(done),
            left=len(refused),
            reason=refused[0],
        )
    else:
        said = Text("已删除 {n} 条", "{n} deleted", n=len(done))
    undo = (
        f"/a/{app_key}/{form_key}/grid/restoration?ids={','.join(map(str, done))}"
        if len(done) <= AT_ONCE
        else None
    )
    return {"count": len(done), "message": str(said), "undo": undo}


@blueprint.post("/restoration")
def restore(app_key: str, form_key: str) -> Any:
    """Take records out of the recycle bin, each for itself; what cannot come back stays there and is told."""
    open_form(app_key, form_key, "delete")
    done, refused = 0, []
    for record_id in reversed(sent.listed_ids(request.args.get("ids", ""))):  # what went last comes first
        try:
            write.restore_one(database(), app_key, form_key, viewer(), record_id, door="grid")
            done += 1
        except Refusal as refusal:
            refused.append(refusal)
    if refused and not done:
        raise refused[0]
    said = Text("已恢复 {n} 条", "{n} restored", n=done)
    if refused:
        said = Text(
            "已恢复 {n} 条，{left} 条还在回收站里：{reason}",
            "{n} restored, {left} still in the recycle bin: {reason}",
            n=done,
            left=len(refused),
            reason=refused[0].message,
        )
    return {"count": done, "message": str(said)}


@blueprint.post("/selection")
def change(app_key: str, form_key: str) -> Any:
    """Set the field of all chosen records; many go into a job."""
    setting, chosen = _asked(app_key, form_key)
    if chosen.all or len(chosen.ids) > WHILE_WAITING:
        with database().begin() as writing:
            job_id = setting_job.start(writing, app_key, form_key, viewer(), setting, chosen)
        return {"job": f"/jobs/{job_id}"}, 202
    batch = uuid4()
    ids = sorted(set(chosen.ids))
    outcomes = settings.carry_out(database(), app_key, form_key, viewer(), setting, ids, batch)
    counts = _counts(outcomes)
    if counts[REFUSED] == len(outcomes) and outcomes:
        raise Refusal(outcomes[0].message, code="nothing_done", faults=[])
    return {
        "count": counts[CHANGED],
        "message": str(setting_job.told(counts[CHANGED], counts[REFUSED])),
        "undo": f"/a/{app_key}/{form_key}/grid/selection/{batch}/undo" if counts[CHANGED] else None,
    }


@blueprint.post("/selection/preview")
def preview(app_key: str, form_key: str) -> Any:
    """Before and after for some of the chosen records, and how many would change or be refused."""
    setting, chosen = _asked(app_key, form_key)
    live, form = open_form(app_key, form_key, "update")
    ids = chosen.read(connection(), live, form_key, viewer())
    tried = ids[:TRIED]
    rehearsal = settings.rehearse(database(), app_key, form_key, viewer(), setting, tried)
    field = form.field(next(iter((*setting.values, *setting.formulas)), ""))
    counts = _counts(rehearsal.outcomes)
    return {
        "rows": [_shown(one, rehearsal, field) for one in _worth_seeing(rehearsal.outcomes)],
        "total": len(ids),
        "tried": len(tried),
        "changed": counts[CHANGED],
        "same": counts[SAME],
        "refused": counts[REFUSED],
    }


@blueprint.post("/selection/choices")
def choices(app_key: str, form_key: str) -> Any:
    """The options of a field with how many of the chosen records, as far as they are looked at, may take each."""
    live, form = open_form(app_key, form_key, "update")
    asked = sent.body()
    field = form.field(str(asked.get("field")))
    if field is None or not field.options:
        raise Refusal(Text("没有这个字段", "There is no such field"), code="unknown_field")
    ids = _named(asked).read(connection(), live, form_key, viewer())
    counts, looked_at = allowed_in(connection(), live, form, viewer(), field, ids[:TRIED])
    options = [{**one, "count": counts.get(one["value"], 0)} for one in columns.options(field)]
    return {"options": options, "tried": looked_at, "total": len(ids)}


@blueprint.post("/selection/<uuid:batch>/undo")
def undo(app_key: str, form_key: str, batch: UUID) -> Any:
    """Give the records that a batch changed their old values back."""
    open_form(app_key, form_key, "update")
    if request.args.get("job"):
        with database().begin() as writing:
            job_id = setting_job.start_undo(writing, app_key, form_key, viewer(), str(batch))
        return {"job": f"/jobs/{job_id}"}, 202
    restored, kept = settings.undo(database(), app_key, form_key, viewer(), batch)
    return {"count": restored, "message": str(setting_job.undone(restored, kept))}


def _asked(app_key: str, form_key: str) -> tuple[Setting, Chosen]:
    """What is to be set, checked, and in which records."""
    live, _ = open_form(app_key, form_key, "update")
    asked = sent.body()
    formulas = sent.mapping(asked, "formulas")
    for key, formula in formulas.items():
        if not isinstance(formula, str):
            raise Invalid.at(f"/formulas/{key}", "not_a_text", Text("需要一段文字", "A text is needed"))
    setting = Setting(sent.mapping(asked, "values"), formulas)
    if not setting.values and not setting.formulas:
        raise Invalid.at("/values", "required", Text("请选择要修改的字段", "Choose the field to change"))
    settings.checked(live, form_key, viewer(), setting)
    return setting, _named(asked)


def _named(asked: Mapping[str, Any]) -> Chosen:
    """The records that the list means, one by one or all of its filter."""
    ids = tuple(sent.ids(asked, "ids"))
    if len(ids) > MOST:
        raise _too_many()
    apart = tuple(sent.ids(asked, "except"))
    return Chosen(ids, bool(asked.get("all")), apart, asked.get("where"), sent.words(asked, "search"))


def _counts(outcomes: list[Outcome]) -> dict[str, int]:
    return {state: sum(one.state == state for one in outcomes) for state in (CHANGED, SAME, REFUSED)}


def _worth_seeing(outcomes: list[Outcome]) -> list[Outcome]:
    """Some that change and some that are refused before those that stay the same."""
    refused = [one for one in outcomes if one.state == REFUSED][: SHOWN // 2]
    changed = [one for one in outcomes if one.state == CHANGED][: SHOWN - len(refused)]
    same = [one for one in outcomes if one.state == SAME][: SHOWN - len(refused) - len(changed)]
    return [*changed, *refused, *same]


def _shown(outcome: Outcome, rehearsal: Rehearsal, field: Field | None) -> dict[str, Any]:
    now = rehearsal.before.get(outcome.id)
    return {
        "id": outcome.id,
        "title": str(now.title if now is not None else "") or f"#{outcome.id}",
        "state": outcome.state,
        "message": outcome.message,
        "before": _words(rehearsal.before, outcome.id, field),
        "after": _words(rehearsal.after, outcome.id, field) if outcome.state != REFUSED else "",
    }


def _words(records: Mapping[int, Any], record_id: int, field: Field | None) -> str:
    record = records.get(record_id)
    if record is None or field is None:
        return ""
    return field.kind.shown(record.value(field.key), field, current_language(), viewer().time_zone)


def _deleted(app_key: str, form_key: str, ids: list[int]) -> tuple[list[int], list[str]]:
    """Delete them, each one for itself; answers the ids that went, and why others did not. Refuses if none did."""
    deleted = delete_many(database(), app_key, form_key, viewer(), ids, door="grid")
    refused = [str(one.message) for one in deleted.refusals.values()]
    if refused and not deleted.ids:
        raise Refusal(refused[0], code="nothing_done", faults=[])
    return deleted.ids, refused


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
            raise _too_many()
        if cursor is None:
            return ids


def _too_many() -> Invalid:
    said = Text(
        "一次最多处理 {n} 条，请先缩小筛选范围", "At most {n} at once; narrow the filter first", n=f"{MOST:,}"
    )
    return Invalid.at("", "too_many", said)
