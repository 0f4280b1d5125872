"""Who imports and exports sees and writes no more than elsewhere."""

import csv as csv_module
import io
from pathlib import Path
from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import publish
from engine.exchange import export_job, import_job, undo_job
from engine.exchange.targets import Targets
from engine.platform.database import Database
from engine.platform.errors import Forbidden, Invalid
from tests.exchange.sheets import csv, done, exported, faults, imported, records, store, table_in, undone
from tests.records.making import ENGINE, add, field, form, live_of, make_app, person, text

MINE = {"field": "owner", "op": "eq", "value": {"me": True}}
COMPANY = form("company", text(unique="must"), title="{name}")
DEAL = form("deal", text(required=True), field("cost", "money"), field("price", "money"),
            field("company", "link", form="company"), title="{name}")  # fmt: skip


def company(database: Database, **grants: Any) -> tuple[str, Viewer]:
    """An app and somebody who holds its one role."""
    role = {"key": "seller", "name": "销售", "design": False, "grants": grants}
    app = make_app(database, COMPANY, DEAL, roles=(role,))
    with database.begin() as connection:
        someone = person(connection, f"销售{app}")
        roles.give(connection, live_of(database, app), "seller", someone.member_id or 0, author=ENGINE)
        return app, viewer_for(connection, someone.member_id or 0)


WHOLE = {"read": True, "create": True, "import": True, "export": True}


def test_without_the_grant_there_is_no_import_and_no_export(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal={"read": True, "create": True})
    job = imported(database, seller, app, "deal", csv(tmp_path, "name\n甲\n"))
    assert (job.state, job.errors[0]["code"]) == ("failed", "forbidden")
    with database.begin() as connection, pytest.raises(Forbidden):
        export_job.start(connection, app, "deal", seller, {})


def test_a_hidden_field_is_not_offered_and_not_named(database: Database, tmp_path: Path) -> None:
    deal = WHOLE | {"fields": {"cost": "hidden", "price": "read"}}
    app, seller = company(database, deal=deal, company={"read": True})
    live = live_of(database, app)
    offered = [one.key for one in Targets.of(live, live.form("deal"), seller).all()]
    assert offered == ["name", "company", "owner"]
    path = csv(tmp_path, "name,cost,price\n甲,1,2\n")
    job = imported(database, seller, app, "deal", path)
    assert (job.state, job.errors) == ("succeeded", [])
    assert records(database, ENGINE, app, "deal", "name", "cost", "price") == [("甲", None, None)]
    hidden = imported(database, seller, app, "deal", path, {"columns": {"cost": "cost"}})
    unknown = imported(database, seller, app, "deal", path, {"columns": {"cost": "coast"}})
    assert hidden.errors[0]["code"] == unknown.errors[0]["code"] == "unknown_field"
    read_only = imported(database, seller, app, "deal", path, {"columns": {"price": "price"}})
    assert read_only.errors[0]["code"] == "not_editable"


def test_rows_that_one_may_not_create_stay_out(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE | {"create": {"where": MINE}})
    with database.begin() as connection:
        other = person(connection, f"他人{app}")
    path = csv(tmp_path, f"name,owner\n自己的,{seller.name}\n没写的,\n别人的,{other.name}\n")
    job = imported(database, seller, app, "deal", path)
    assert [(row, code) for row, _, code in faults(job)] == [(4, "forbidden")]
    assert job.result["created"] == 2


KIND = form(
    "deal", text(required=True), text("kind"), field("discount", "number"), field("boss", "link", form="deal"),
    field("lines", "subform", fields=[text("goods"), field("price", "number")]), title="{name}",
)  # fmt: skip
OWN_KIND = {"where": {"field": "kind", "op": "eq", "value": "mine"}}


def of_two_roles(database: Database, first: dict[str, Any], second: dict[str, Any]) -> tuple[str, Viewer]:
    """Somebody who holds two roles that say something of the same form."""
    both = tuple(
        {"key": key, "name": key, "design": False, "grants": {"deal": grants}}
        for key, grants in (("first", first), ("second", second))
    )
    app = make_app(database, KIND, roles=both)
    with database.begin() as connection:
        someone = person(connection, f"两职{app}")
        for one in both:
            roles.give(connection, live_of(database, app), one["key"], someone.member_id or 0, author=ENGINE)
        return app, viewer_for(connection, someone.member_id or 0)


@pytest.mark.parametrize("operation", ["import", "create"])
def test_a_field_is_written_only_in_rows_for_which_a_grant_opens_it(
    database: Database, tmp_path: Path, operation: str
) -> None:
    app, someone = of_two_roles(
        database,
        WHOLE | {operation: OWN_KIND},
        WHOLE | {"fields": {"discount": "read", "lines.price": "read"}},
    )
    path = csv(
        tmp_path,
        "name,kind,discount,goods,price,boss\n"
        "一,mine,50,,,\n二,other,50,,,\n三,other,,,,\n四,other,,茶,,\n五,other,,茶,9,\n六,mine,,茶,9,\n七,mine,,,,二\n",
    )
    lines = {"columns": {"goods": "lines.goods", "price": "lines.price"}}
    job = imported(database, someone, app, "deal", path, lines)
    assert faults(job) == [
        (3, "discount", "not_editable"),
        (6, "price", "not_editable"),
        (8, "boss", "unknown_record"),
    ]
    assert records(database, ENGINE, app, "deal", "name", "discount") == [
        ("一", 50), ("三", None), ("四", None), ("六", None),
    ]  # fmt: skip
    if operation == "import":
        return
    with pytest.raises(Invalid) as single:
        add(database, app, "deal", someone, name="八", kind="other", lines=[{"goods": "茶", "price": 9}])
    assert single.value.faults[0].pointer == "/values/lines/0/price"


def test_a_change_by_import_writes_only_what_the_grants_to_import_open_in_the_record(
    database: Database, tmp_path: Path
) -> None:
    first = WHOLE | {"import": OWN_KIND, "update": True}
    app, someone = of_two_roles(database, first, WHOLE | {"fields": {"discount": "read"}})
    for name, kind in (("一", "mine"), ("二", "other"), ("三", "other")):
        add(database, app, "deal", name=name, kind=kind, discount=1)
    path = csv(tmp_path, "name,discount\n一,9\n二,9\n三,1\n")
    job = imported(database, someone, app, "deal", path, mode="update", match_on=["name"])
    assert faults(job) == [(3, "discount", "not_editable")]
    assert records(database, ENGINE, app, "deal", "name", "discount") == [("一", 9), ("二", 1), ("三", 1)]
    only = WHOLE | {"import": OWN_KIND, "update": True}
    app, someone = of_two_roles(database, only, {"read": True})
    add(database, app, "deal", name="二", kind="other", discount=1)
    job = imported(database, someone, app, "deal", path, mode="update", match_on=["name"])
    assert (3, None, "forbidden") in faults(job)


def test_a_link_is_made_only_by_those_who_may_create_there(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE, company={"read": True})
    path = csv(tmp_path, "name,company\n一,新公司\n二,\n")
    job = imported(
        database, seller, app, "deal", path, {"links": {"company": {"by": "name", "missing": "create"}}}
    )
    assert job.state == "succeeded"
    assert faults(job) == [(2, "company", "may_not_create")]
    assert records(database, ENGINE, app, "company", "name") == []
    assert job.result["created"] == 1


def test_records_that_one_may_not_see_are_not_found_by_their_name(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE, company={"read": {"where": MINE}})
    add(database, app, "company", name="别人的公司")
    job = imported(database, seller, app, "deal", csv(tmp_path, "name,company\n一,别人的公司\n"))
    assert faults(job) == [(2, "company", "unknown_record")]
    assert "别人的公司" not in [one.get("suggestion") for one in job.errors]
    assert records(database, ENGINE, app, "deal", "company") == [(None,)]


def test_people_are_added_by_administrators_only(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE)
    path = csv(tmp_path, "name,owner\n一,从未见过的人\n")
    job = imported(
        database, seller, app, "deal", path, {"members": {"owner": {"by": "name", "missing": "create"}}}
    )
    assert faults(job) == [(2, "owner", "may_not_create")]


def test_fields_are_added_only_by_those_who_may_change_the_form(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE)
    path = csv(tmp_path, "name,产地\n一,上海\n")
    mapping = {"columns": {"产地": "origin"}, "new_fields": {"origin": {"type": "text"}}}
    with database.begin() as connection, path.open("rb") as content:
        file = store().store(connection, content, path.name, owner=seller.member_id)
        wanted = import_job.order(app, "deal", file, mapping, None, None)
        with pytest.raises(Forbidden):
            import_job.start(connection, wanted, seller, dry_run=False)


def test_an_import_changes_only_records_that_one_may_change(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE | {"update": {"where": MINE}})
    add(database, app, "deal", name="别人的", price=1)
    add(database, app, "deal", name="自己的", price=1, owner=seller.member_id)
    path = csv(tmp_path, "name,price\n别人的,9\n自己的,9\n")
    job = imported(database, seller, app, "deal", path, mode="update", match_on=["name"])
    assert [row for row, _, _ in faults(job)] == [2]
    assert [str(price) for _, price in records(database, ENGINE, app, "deal", "name", "price")] == [
        "1.00",
        "9.00",
    ]


def test_an_import_is_taken_back_only_where_its_importer_may_still_change(
    database: Database, tmp_path: Path
) -> None:
    app, seller = company(database, deal=WHOLE | {"update": {"where": MINE}})
    first, _ = (add(database, app, "deal", name=name, price=1, owner=seller.member_id) for name in "甲乙")
    path = csv(tmp_path, "name,price\n甲,9\n乙,9\n")
    job = imported(database, seller, app, "deal", path, mode="update", match_on=["name"])
    role = {"key": "seller", "name": "销售", "design": False, "grants": {}}
    role["grants"] = {"deal": WHOLE | {"update": {"where": {"field": "name", "op": "eq", "value": "乙"}}}}
    publish.change(database, app, "roles", "seller", lambda _: role)
    back = undone(database, seller, app, job)
    assert (back.result["restored"], [one["id"] for one in back.result["kept"]]) == (1, [first])
    assert [str(price) for _, price in records(database, ENGINE, app, "deal", "name", "price")] == [
        "9.00",
        "1.00",
    ]


def test_who_may_not_import_any_more_takes_nothing_back(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE)
    job = imported(database, seller, app, "deal", csv(tmp_path, "name\n甲\n"))
    with database.begin() as connection:
        waiting = undo_job.start(connection, app, job.id, seller)
    role = {"key": "seller", "name": "销售", "design": False, "grants": {"deal": {"read": True}}}
    publish.change(database, app, "roles", "seller", lambda _: role)
    back = done(database, waiting)
    assert (back.state, back.errors[0]["code"]) == ("failed", "forbidden")
    assert len(records(database, ENGINE, app, "deal", "name")) == 1


def test_an_export_holds_the_rows_and_fields_that_its_reader_sees(database: Database, tmp_path: Path) -> None:
    app, seller = company(database, deal=WHOLE | {"read": {"where": MINE}, "fields": {"cost": "hidden"}})
    add(database, app, "deal", name="别人的", cost=7, price=1)
    add(database, app, "deal", name="自己的", cost=8, price=2, owner=seller.member_id)
    _, content = exported(database, seller, app, "deal", format="csv")
    text_of = content.decode("utf-8-sig")
    assert "自己的" in text_of and "别人的" not in text_of
    assert "Cost" not in text_of and "8.00" not in text_of
    with database.begin() as connection, pytest.raises(Invalid) as refused:
        export_job.start(connection, app, "deal", seller, {"fields": ["name", "cost"]})
    assert refused.value.faults[0].code == "unknown_field"


MARGIN = form("deal", text(required=True), field("cost", "money"), field("price", "money"),
              field("margin", "formula", formula="price - cost", result="money"), title="{name}")  # fmt: skip


def with_roles(database: Database, *grants: dict[str, Any]) -> tuple[str, Viewer]:
    """An app with two deals, one of them somebody's who holds a role for each of the grants."""
    roles_made = tuple(
        {"key": f"role_{number}", "name": f"角色{number}", "design": False, "grants": {"deal": one}}
        for number, one in enumerate(grants)
    )
    app = make_app(database, MARGIN, roles=roles_made)
    with database.begin() as connection:
        someone = person(connection, f"导出{app}")
        for role in roles_made:
            roles.give(connection, live_of(database, app), role["key"], someone.member_id or 0, author=ENGINE)
        seller = viewer_for(connection, someone.member_id or 0)
    add(database, app, "deal", name="别人的", cost=7, price=10)
    add(database, app, "deal", name="自己的", cost=8, price=20, owner=seller.member_id)
    return app, seller


def lines_of(content: bytes) -> list[list[str]]:
    return list(csv_module.reader(io.StringIO(content.decode("utf-8-sig"))))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_who_reads_all_and_may_export_own_exports_own_rows_only(
    database: Database, tmp_path: Path, kind: str
) -> None:
    app, seller = with_roles(database, {"read": True, "export": {"where": MINE}})
    assert len(records(database, seller, app, "deal", "name")) == 2
    job, content = exported(database, seller, app, "deal", format=kind, fields=["name", "cost"])
    rows = lines_of(content) if kind == "csv" else table_in(content, tmp_path)
    assert [row[0] for row in rows[1:]] == ["自己的"] and float(str(rows[1][1])) == 8
    assert job.result["rows"] == 1, "and no more are said to have been"


def test_a_column_that_one_reads_but_may_not_export_is_left_out_with_what_tells_it(
    database: Database, tmp_path: Path
) -> None:
    app, seller = with_roles(
        database, {"read": True}, {"read": {"where": MINE}, "export": True, "fields": {"cost": "hidden"}}
    )
    assert [int(cost) for (cost,) in records(database, seller, app, "deal", "cost")] == [7, 8]
    _, content = exported(database, seller, app, "deal", format="csv")
    header, *rows = lines_of(content)
    assert "Price" in header and "Cost" not in header and "Margin" not in header
    assert len(rows) == 2
    for key in ("cost", "margin"):
        with database.begin() as connection, pytest.raises(Invalid) as refused:
            export_job.start(connection, app, "deal", seller, {"fields": ["name", key]})
        assert refused.value.faults[0].code == "unknown_field"


def test_two_roles_together_export_no_more_than_each_row_allows(database: Database, tmp_path: Path) -> None:
    hidden = {"read": True, "export": True, "fields": {"cost": "hidden"}}
    app, seller = with_roles(database, hidden, {"read": True, "export": {"where": MINE}})
    _, content = exported(
        database, seller, app, "deal", format="csv", fields=["name", "price", "cost", "margin"]
    )
    assert lines_of(content)[1:] == [["别人的", "10.00", "", ""], ["自己的", "20.00", "8.00", "12.00"]]
