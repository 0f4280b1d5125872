"""Names in a file lead to records and people; what is missing is made on request, in the same transaction."""

from pathlib import Path
from typing import Any

import pytest

from engine.access import people
from engine.access.viewer import Viewer
from engine.definitions import live as living
from engine.platform.database import Database
from engine.records.reading.query import Query, query
from tests.exchange.sheets import csv, faults, imported, records, undone
from tests.records.making import add, change, field, form, make_app, text

COMPANY = form(
    "company", text(unique="must"), field("parent", "link", form="company"), field("size", "number"), title="{name}",
    rules=[{"key": "size", "kind": "validation", "level": "must", "formula": "size >= 0", "message": "人数不能为负",
            "fields": ["size"]}],
)  # fmt: skip
STRICT = form("vendor", text(unique="must"), text("tax_no", required=True), title="{name}")
DEAL = form(
    "deal", text(required=True), field("company", "link", form="company"), field("must_have", "link", form="company"),
    field("vendor", "link", form="vendor"), field("others", "links", form="company"), field("team", "members"),
    title="{name}",
)  # fmt: skip
CREATE = {"by": "name", "missing": "create"}
REJECT = {"by": "name", "missing": "reject"}


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, COMPANY, STRICT, DEAL)


def test_names_are_found_whatever_their_case_width_and_spaces(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "company", name="Acme  Corp")
    path = csv(tmp_path, "name,company\n1,acme corp\n2,ＡＣＭＥ Ｃｏｒｐ\n3, Acme Corp \n")
    job = imported(database, me, app, "deal", path, {"links": {"company": REJECT}})
    assert job.errors == []
    assert records(database, me, app, "deal", "company") == [("Acme Corp",)] * 3


def test_a_missing_name_is_left_empty_made_or_keeps_its_row_out_as_was_chosen(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "company", name="信诺科技")
    path = csv(tmp_path, "name,company\n1,信诺科技\n2,信诺 科技\n3,恒泰\n4,恒泰\n")
    checked = imported(database, me, app, "deal", path, dry_run=True)
    said = {(one["value"], one["suggestion"], one["level"], one["rows"]) for one in checked.result["groups"]}
    assert said == {("信诺 科技", "信诺科技", "should", 1), ("恒泰", None, "should", 2)}
    job = imported(database, me, app, "deal", path, {"links": {"company": REJECT}})
    assert (job.result["created"], job.result["rejected"]) == (1, 3)
    mapping = {"links": {"company": CREATE}, "values": {"company": {"信诺 科技": "信诺科技"}}}
    checked = imported(database, me, app, "deal", path, mapping, dry_run=True)
    assert checked.result["makes"] == {"company": 1}
    assert [name for (name,) in records(database, me, app, "company", "name")] == ["信诺科技"]
    job = imported(database, me, app, "deal", path, mapping)
    assert (job.result["created"], job.errors) == (4, [])
    assert records(database, me, app, "deal", "name", "company")[1:] == [
        ("1", "信诺科技"), ("2", "信诺科技"), ("3", "恒泰"), ("4", "恒泰"),
    ]  # fmt: skip


def test_two_records_of_one_name_are_told_and_not_guessed(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    app = make_app(
        database,
        form("company", text(), title="{name}"),
        form("deal", text(), field("company", "link", form="company")),
    )
    add(database, app, "company", name="同名")
    add(database, app, "company", name="同名")
    job = imported(
        database, me, app, "deal", csv(tmp_path, "name,company\n1,同名\n"), {"links": {"company": CREATE}}
    )
    assert faults(job) == [(2, "company", "ambiguous_record")]


def test_a_required_link_may_be_to_something_that_the_import_makes(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    deal = form("deal", text(), field("company", "link", form="company", required=True), title="{name}")
    app = make_app(database, COMPANY, deal)
    path = csv(tmp_path, "name,company\n1,新公司\n2,\n")
    job = imported(database, me, app, "deal", path, {"links": {"company": CREATE}})
    assert faults(job) == [(3, "company", "required")]
    assert records(database, me, app, "deal", "name", "company") == [("1", "新公司")]


def test_what_cannot_be_made_keeps_its_rows_out_and_says_why(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,vendor\n1,甲供应商\n2,\n3,甲供应商\n")
    job = imported(database, me, app, "deal", path, {"links": {"vendor": CREATE}})
    assert job.state == "succeeded"
    assert [(row, code) for row, _, code in faults(job)] == [(2, "not_created"), (4, "not_created")]
    assert "甲供应商" in job.errors[0]["message"] and "不能为空" in job.errors[0]["message"]
    assert records(database, me, app, "deal", "name") == [("2",)]
    checked = imported(database, me, app, "deal", path, {"links": {"vendor": CREATE}}, dry_run=True)
    assert (checked.result["must"], checked.result["ready"]) == (2, 1)


def test_several_names_in_one_cell_are_several_links_and_people(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    add(database, app, "company", name="甲")
    path = csv(tmp_path, 'name,others,team\n1,"甲；乙、丙","林一,林二"\n2,丙,林二\n')
    mapping = {"links": {"others": CREATE}, "members": {"team": CREATE}}
    job = imported(database, me, app, "deal", path, mapping)
    assert job.errors == []
    assert records(database, me, app, "deal", "others", "team") == [
        (["甲", "乙", "丙"], ["林一", "林二"]),
        (["丙"], ["林二"]),
    ]
    assert len(job.result["members"]) == 2


@pytest.mark.parametrize("order", ["parents first", "children first"])
def test_parents_stand_in_the_same_file_in_any_order(
    database: Database, me: Viewer, app: str, tmp_path: Path, order: str
) -> None:
    rows = ["甲,", "乙,甲", "丙,乙", "丁,甲"]
    if order == "children first":
        rows.reverse()
    path = csv(tmp_path, "name,parent\n" + "\n".join(rows) + "\n")
    job = imported(database, me, app, "company", path, {"links": {"parent": REJECT}})
    assert job.errors == []
    assert dict(records(database, me, app, "company", "name", "parent")) == {
        "甲": None,
        "乙": "甲",
        "丙": "乙",
        "丁": "甲",
    }


def test_the_dry_run_counts_as_new_only_what_no_row_of_the_file_makes(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,parent\n甲,\n乙,甲\n丙,乙\n丁,外头\n")
    mapping = {"links": {"parent": CREATE}}
    checked = imported(database, me, app, "company", path, mapping, dry_run=True)
    assert checked.result["makes"] == {"parent": 1}
    imported(database, me, app, "company", path, mapping)
    assert len(records(database, me, app, "company", "name")) == 5


def test_records_of_a_file_may_name_each_other_in_a_circle(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,parent\n甲,乙\n乙,甲\n丙,丙\n")
    job = imported(database, me, app, "company", path, {"links": {"parent": REJECT}})
    assert job.errors == []
    assert dict(records(database, me, app, "company", "name", "parent")) == {
        "甲": "乙",
        "乙": "甲",
        "丙": "丙",
    }


def test_a_row_whose_parent_in_the_file_stays_out_stays_out_too(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,parent,size\n甲,,-1\n乙,甲,1\n丙,乙,1\n丁,,1\n")
    job = imported(database, me, app, "company", path, {"links": {"parent": REJECT}})
    assert sorted(faults(job)) == [
        (2, "size", "rule"),
        (3, "parent", "unknown_record"),
        (4, "parent", "unknown_record"),
    ]
    assert records(database, me, app, "company", "name", "parent") == [("丁", None)]


def test_people_are_found_by_name_account_or_phone_and_made_on_request(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    from engine.access.member_values import MemberValues

    with database.begin() as connection:
        people.create(
            connection,
            MemberValues.read({"name": "周敏", "phone": "13911112222", "state": "invited"}),
            author=me,
        )
    path = csv(tmp_path, "name,owner\n1,周敏\n2,13911112222\n3,周 敏\n4,新人甲\n")
    checked = imported(database, me, app, "deal", path, dry_run=True)
    assert {one["value"]: one["suggestion"] for one in checked.result["groups"]} == {
        "周 敏": "周敏",
        "新人甲": None,
    }
    mapping = {"members": {"owner": CREATE}, "values": {"owner": {"周 敏": "周敏"}}}
    job = imported(database, me, app, "deal", path, mapping)
    assert [owner for (owner,) in records(database, me, app, "deal", "owner")] == [
        "周敏",
        "周敏",
        "周敏",
        "新人甲",
    ]
    with database.connect() as connection:
        made = people.get(connection, job.result["members"][0])
    assert (made.name, made.state) == ("新人甲", "invited")


def test_undo_takes_back_what_was_made_and_keeps_what_others_use_since(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,company,owner\n1,撤销甲,撤销人一\n2,撤销乙,撤销人二\n")
    job = imported(
        database, me, app, "deal", path, {"links": {"company": CREATE}, "members": {"owner": CREATE}}
    )
    kept = add(database, app, "deal", name="后来的")
    with database.connect() as connection:
        first = people.named(connection, ["撤销人一"])["撤销人一"][0]
    company = next(one for one in range(1, 9) if records(database, me, app, "company", "name", where={
        "all": [{"field": "id", "op": "eq", "value": one}, {"field": "name", "op": "eq", "value": "撤销甲"}]}))  # fmt: skip
    change(database, app, "deal", kept, company=company, owner=first)
    back = undone(database, me, app, job)
    assert back.state == "succeeded"
    assert records(database, me, app, "deal", "name") == [("后来的",)]
    assert records(database, me, app, "company", "name") == [("撤销甲",)]
    assert [one["title"] for one in back.result["kept"]] == ["撤销甲"]
    with database.connect() as connection:
        assert set(people.named(connection, ["撤销人一", "撤销人二"])) == {"撤销人一"}


def test_an_import_whose_edits_were_undone_goes_with_all_that_it_made(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    path = csv(tmp_path, "name,owner\n1,暂时的人\n2,暂时的人\n")
    job = imported(database, me, app, "deal", path, {"members": {"owner": CREATE}})
    with database.connect() as connection:
        made = people.named(connection, ["暂时的人"])["暂时的人"][0]
        where = {"field": "owner", "op": "eq", "value": made}
        live = living.load(connection, app)
        first, second = (one.id for one in query(connection, live, "deal", me, Query(where=where)).records)
    change(database, app, "deal", first, name="改过", owner=me.member_id)
    change(database, app, "deal", second, name="也改过")
    change(database, app, "deal", first, name="1", owner=made)
    change(database, app, "deal", second, name="2")
    back = undone(database, me, app, job)
    assert (back.result["removed"], back.result["kept"], back.result["members"]) == (2, [], 1)
    with database.connect() as connection:
        assert people.named(connection, ["暂时的人"]) == {}


def test_an_import_that_could_not_be_undone_is_undone_when_nothing_is_in_the_way_any_more(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    companies = imported(database, me, app, "company", csv(tmp_path, "name\n先导入\n"))
    deals = imported(database, me, app, "deal", csv(tmp_path, "name,company\n用到它,先导入\n"))
    back = undone(database, me, app, companies)
    assert (back.result["removed"], len(back.result["kept"])) == (0, 1)
    undone(database, me, app, deals)
    back = undone(database, me, app, companies)
    assert (back.result["removed"], back.result["kept"]) == (1, [])


def test_an_import_is_undone_only_once_and_only_by_its_own(
    database: Database, me: Viewer, app: str, tmp_path: Path
) -> None:
    from engine.exchange import undo_job
    from engine.platform.errors import Conflict, Forbidden
    from tests.records.making import person

    job = imported(database, me, app, "company", csv(tmp_path, "name\n甲\n"))
    with database.begin() as connection:
        stranger = person(connection, f"路人{app}")
        with pytest.raises(Forbidden):
            undo_job.start(connection, app, job.id, stranger)
    undone(database, me, app, job)
    with database.begin() as connection, pytest.raises(Conflict):
        undo_job.start(connection, app, job.id, me)


FAULTY_PARENT = "name,parent,size\n甲,,多\n乙,甲,2\n丙,,3\n"
REJECTED, EMPTIED = (2, "size", "not_a_number"), (3, "parent", "unknown_record")


@pytest.mark.parametrize("dry_run", [True, False])
@pytest.mark.parametrize("links", [{}, {"parent": {"by": "name", "missing": "empty"}}])
def test_no_record_is_made_up_for_a_faulty_row_that_others_name(
    database: Database, me: Viewer, tmp_path: Path, links: dict[str, Any], dry_run: bool
) -> None:
    app = make_app(database, COMPANY)
    path = csv(tmp_path, FAULTY_PARENT)
    job = imported(database, me, app, "company", path, {"links": links}, dry_run=dry_run)
    assert [place[:2] for place in faults(job)] == [REJECTED[:2], EMPTIED[:2]]
    if dry_run:
        assert (job.result["makes"], job.result["must"], job.result["should"]) == ({}, 1, 1)
        assert job.result["ready"] == 2
        return
    assert records(database, me, app, "company", "name", "parent") == [("乙", None), ("丙", None)]
    assert (job.result["created"], job.result["rejected"], job.result["linked"]) == (2, 1, {})


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_row_that_needs_a_faulty_row_is_rejected_or_has_it_made_as_was_asked(
    database: Database, me: Viewer, tmp_path: Path, dry_run: bool
) -> None:
    app, path = make_app(database, COMPANY), csv(tmp_path, FAULTY_PARENT)
    job = imported(database, me, app, "company", path, {"links": {"parent": REJECT}}, dry_run=dry_run)
    assert [place[:2] for place in faults(job)] == [REJECTED[:2], EMPTIED[:2]]
    if dry_run:
        assert (job.result["makes"], job.result["must"], job.result["ready"]) == ({}, 2, 1)
    else:
        assert (job.result["created"], job.result["rejected"]) == (1, 2)
    app = make_app(database, COMPANY)
    job = imported(database, me, app, "company", path, {"links": {"parent": CREATE}}, dry_run=dry_run)
    assert job.result["makes" if dry_run else "linked"] == {"parent": 1}
    if not dry_run:
        assert records(database, me, app, "company", "name", "parent") == [
            ("乙", "甲"), ("丙", None), ("甲", None),
        ]  # fmt: skip


def test_an_update_keeps_its_link_where_the_row_that_it_names_stays_out(
    database: Database, me: Viewer, tmp_path: Path
) -> None:
    app = make_app(database, COMPANY)
    top = add(database, app, "company", name="总部")
    add(database, app, "company", name="乙", parent=top)
    job = imported(
        database, me, app, "company", csv(tmp_path, FAULTY_PARENT), mode="upsert", match_on=["name"]
    )
    assert [place[:2] for place in faults(job)] == [REJECTED[:2], EMPTIED[:2]]
    assert ("乙", "总部", 2) in records(database, me, app, "company", "name", "parent", "size")
