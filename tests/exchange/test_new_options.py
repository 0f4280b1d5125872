"""Texts that are no option: changed, left empty, skipped, or made options of the field with the import."""

from pathlib import Path
from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.exchange import import_job, new_fields, undo_job
from engine.exchange.mapping import ImportMapping
from engine.platform import performing
from engine.platform.database import Database
from engine.platform.errors import Forbidden, Invalid
from engine.platform.jobs import Interrupted
from tests.exchange.sheets import csv, done, faults, imported, ordered, records, undone
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, person, republish, text

EAST = {"value": "east", "label": {"zh-CN": "华东", "en": "East"}}
SHOP = form(
    "shop", text(unique="must"), field("region", "select", options=[EAST]),
    field("tags", "multi_select", options=[{"value": "老"}]), field("size", "radio", options=[{"value": "大"}]),
    field("lines", "subform", fields=[field("kind", "select", options=[]), field("qty", "number")]), title="{name}",
)  # fmt: skip
CREATE = {"missing": "create"}


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, SHOP)


def options(database: Database, app: str, path: str) -> list[str]:
    found = live_of(database, app).form("shop").field(path)
    return list(found.options) if found else []


def test_an_undo_whose_worker_dies_after_the_records_still_tells_how_many_they_were(
    database: Database, me: Viewer, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = csv(tmp_path, "name,region\n甲,华南\n乙,华南\n")
    job = imported(database, me, app, "shop", path, {"values": {"region": {"华南": {"create": True}}}})
    with database.begin() as connection:
        waiting = undo_job.start(connection, app, job.id, me)

    def killed(*_: object, **__: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(new_fields, "take_back", killed)
        assert done(database, waiting).state == "queued"
    back = done(database, waiting)
    assert back.state == "succeeded"
    assert (back.result["removed"], back.result["message"]) == (2, "已撤销 2 条")
    assert options(database, app, "region") == ["east"]


def test_each_unknown_option_is_one_group_that_one_decision_settles(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    rows = "".join(f"店{n},{('华东', '华 南', '华北', '西')[n % 4]}\n" for n in range(20))
    path = csv(tmp_path, "name,region\n" + rows)
    checked = imported(database, me, app, "shop", path, dry_run=True)
    groups = {one["value"]: (one["code"], one["level"], one["rows"]) for one in checked.result["groups"]}
    assert groups == dict.fromkeys(("华 南", "华北", "西"), ("unknown_option", "must", 5))
    chosen = {"values": {"region": {"华 南": {"create": True}, "华北": "华东", "西": {"skip": True}}}}
    checked = imported(database, me, app, "shop", path, chosen, dry_run=True)
    assert (checked.result["must"], checked.result["ready"], checked.result["skipped"]) == (0, 15, 5)
    assert checked.result["makes"] == {"region": 1}
    assert options(database, app, "region") == ["east"], "looking changes nothing"
    job = imported(database, me, app, "shop", path, chosen)
    assert (job.result["created"], job.result["new_options"]) == (15, {"region": ["华 南"]})
    assert options(database, app, "region") == ["east", "华 南"]
    assert {one for (one,) in records(database, me, app, "shop", "region")} == {"east", "华 南"}


@pytest.mark.parametrize(
    ("missing", "code", "kept"), [("reject", "must", 1), ("empty", "should", 3), ("create", None, 3)]
)
def test_all_unknown_options_of_a_column_are_settled_by_one_rule(
    database: Database, me: Viewer, app: str, tmp_path: Path, missing: str, code: str | None, kept: int
) -> None:
    path = csv(tmp_path, "name,region\n甲,华东\n乙,华南\n丙, 华 南 \n")
    mapping = {"choices": {"region": {"missing": missing}}}
    checked = imported(database, me, app, "shop", path, mapping, dry_run=True)
    assert {one["level"] for one in checked.result["groups"]} == ({code} if code else set())
    job = imported(database, me, app, "shop", path, mapping)
    assert job.result["created"] == kept
    made = {"region": ["华南"]} if missing == "create" else {}
    assert job.result["new_options"] == made, "two ways to write one option make one"


def test_several_options_in_a_cell_radio_buttons_and_lines_get_theirs(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,tags,size,类别,数量\n甲,老;新;热,小,笔,1\n,,,纸,2\n乙,新,大,笔,3\n")
    mapping = {
        "columns": {"类别": "lines.kind", "数量": "lines.qty"},
        "choices": {"tags": CREATE, "size": CREATE, "lines.kind": CREATE},
    }
    job = imported(database, me, app, "shop", path, mapping)
    assert job.result["new_options"] == {"tags": ["新", "热"], "size": ["小"], "lines.kind": ["笔", "纸"]}
    assert records(database, me, app, "shop", "name", "tags", "size") == [
        ("甲", ["老", "新", "热"], "小"),
        ("乙", ["新"], "大"),
    ]
    undone(database, me, app, job)
    assert [options(database, app, path) for path in ("tags", "size", "lines.kind")] == [["老"], ["大"], []]


def test_an_update_takes_new_options_too_and_its_dry_run_says_so(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "shop", name="甲", region="east")
    path = csv(tmp_path, "name,region\n甲,华南\n乙,华西\n")
    given: dict[str, Any] = {"mode": "upsert", "match_on": ["name"]}
    checked = imported(
        database, me, app, "shop", path, {"choices": {"region": CREATE}}, dry_run=True, **given
    )
    assert (checked.result["ready"], checked.result["makes"]) == (2, {"region": 2})
    job = imported(database, me, app, "shop", path, {"choices": {"region": CREATE}}, **given)
    assert (job.result["created"], job.result["updated"], job.errors) == (1, 1, [])
    undone(database, me, app, job)
    assert records(database, me, app, "shop", "name", "region") == [("甲", "east")]
    assert options(database, app, "region") == ["east"]


def test_a_new_field_comes_with_the_options_that_the_file_holds(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,渠道\n甲,网店\n乙,门店\n")
    mapping = {"columns": {"渠道": "channel"}, "new_fields": {"channel": {"type": "select", "options": []}},
               "choices": {"channel": CREATE}}  # fmt: skip
    job = imported(database, me, app, "shop", path, mapping)
    assert options(database, app, "channel") == ["网店", "门店"]
    undone(database, me, app, job)
    assert live_of(database, app).form("shop").field("channel") is None


def test_undoing_leaves_options_that_others_use_or_have_named(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,region\n甲,华南\n乙,华北\n丙,华西\n")
    job = imported(database, me, app, "shop", path, {"choices": {"region": CREATE}})
    add(database, app, "shop", name="后来", region="华南")
    document = live_of(database, app).form("shop").document
    fields = [
        {**one, "options": [{**option, "color": "red"} if option["value"] == "华北" else option for option in one["options"]]}
        if one["key"] == "region" else one
        for one in document["fields"]
    ]  # fmt: skip
    republish(database, app, {**document, "fields": fields})
    back = undone(database, me, app, job)
    assert back.result["removed"] == 3
    assert options(database, app, "region") == ["east", "华南", "华北"]


@pytest.mark.parametrize("used", [False, True])
def test_options_of_an_import_whose_worker_was_killed_are_taken_back_unless_somebody_uses_them(
    database: Database, me: Viewer, app: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, used: bool
) -> None:
    path = csv(tmp_path, "name,region\n甲,华南\n")
    job_id = ordered(database, me, app, "shop", path, {"choices": {"region": CREATE}})

    class Killed(BaseException):
        """Ends the worker as a kill does: nothing after it is done."""

    def kill(*given: object) -> None:
        raise Killed

    monkeypatch.setattr(import_job, "_import", kill)
    with pytest.raises(Killed):
        performing.perform(database, job_id)
    assert options(database, app, "region") == ["east", "华南"]
    shop = add(database, app, "shop", name="乙")
    if used:
        change(database, app, "shop", shop, region="华南")
    with database.begin() as connection:
        performing.give_back(connection, job_id, 1)
    performing.run_due(database)
    assert done(database, job_id).state == "failed"
    assert ("华南" in options(database, app, "region")) is used


def test_options_are_made_only_by_those_who_may_change_the_form(database: Database, tmp_path: Path) -> None:
    role = {"key": "seller", "name": "销售", "design": False,
            "grants": {"shop": {"read": True, "create": True, "import": True}}}  # fmt: skip
    app = make_app(database, SHOP, roles=(role,))
    with database.begin() as connection:
        someone = person(connection, f"销售{app}")
        roles.give(connection, live_of(database, app), "seller", someone.member_id or 0, author=ENGINE)
        seller = viewer_for(connection, someone.member_id or 0)
    path = csv(tmp_path, "name,region\n甲,华南\n")
    for mapping in ({"choices": {"region": CREATE}}, {"values": {"region": {"华南": {"create": True}}}}):
        for dry_run in (True, False):
            with pytest.raises(Forbidden):
                ordered(database, seller, app, "shop", path, mapping, dry_run=dry_run)
    assert imported(database, seller, app, "shop", path, {"choices": {"region": {"missing": "empty"}}}).result["created"] == 1  # fmt: skip


def test_an_option_that_is_too_long_keeps_its_row_out(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, f"name,region\n甲,{'长' * 101}\n乙,短\n")
    job = imported(database, me, app, "shop", path, {"choices": {"region": CREATE}})
    assert faults(job) == [(2, "region", "option_too_long")]
    assert options(database, app, "region") == ["east", "短"]


def test_a_wrong_rule_for_options_is_refused_at_its_place() -> None:
    with pytest.raises(Invalid) as refused:
        ImportMapping.read({"choices": {"region": {"missing": "make"}}})
    assert refused.value.faults[0].pointer == "/mapping/choices/region"
