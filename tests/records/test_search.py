"""Searching records by what stands in their texts."""

import pytest

from engine.access import roles
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.records import search
from engine.records.query import Query, query
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, person, text

NOTE = form("note", text(), field("body", "textarea"), field("phone", "phone"), field("secret", "text"), title="{name}")
OTHER = form("other", text(), title="{name}")
ROLE = {"key": "reader", "name": "Reader", "grants": {"note": {"read": True, "fields": {"secret": "hidden"}}}}


@pytest.fixture(scope="module")
def shop(database: Database) -> dict[str, object]:
    app = make_app(database, NOTE, OTHER, roles=(ROLE,))
    add(database, app, "note", name="王小明", body="上海的客户，\n喜欢 ＧＴＸ Pro", phone="13800138000")
    add(database, app, "note", name="李四", body="it's 100% \\ done", secret="王大锤")
    third = add(database, app, "note", name="Acme Corporation")
    change(database, app, "note", third, body="now about 苏州")
    add(database, app, "other", name="王府井")
    return {"app": app, "live": live_of(database, app)}


def found(database, shop, said, viewer=ENGINE) -> list[str]:
    with database.connect() as connection:
        page = query(connection, shop["live"], "note", viewer, Query(search=said))
    return [record.values["name"] for record in page.records]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("王", ["王小明", "李四"]), ("小明", ["王小明"]), ("明", ["王小明"]), ("王明", []), ("客户", ["王小明"]),
        ("gtx", ["王小明"]), ("gtx pro", ["王小明"]), ("上海 王", ["王小明"]), ("138001", ["王小明"]),
        ("ACME corp", ["Acme Corporation"]),
        ("苏州", ["Acme Corporation"]), ("100%", ["李四"]), ("it's", ["李四"]), ("\\", ["李四"]),
        ("  ", ["王小明", "李四", "Acme Corporation"]),
        ("'", ["李四"]), (":*", []), ("& !", []),
    ],
)
def test_a_search_finds_what_stands_in_a_text(database, shop, said, names) -> None:
    assert found(database, shop, said) == names


def test_what_one_may_not_read_is_not_found(database, shop) -> None:
    with database.begin() as connection:
        reader = person(connection, "ReaderOfNotes")
        roles.give(connection, shop["live"], "reader", reader.member_id, author=ENGINE)
    with database.connect() as connection:
        reader = viewer_for(connection, reader.member_id)
    assert found(database, shop, "王", reader) == ["王小明"]
    with database.connect() as connection:
        hits = search.everywhere(connection, shop["live"], reader, "王")
    assert [(hit.form.key, hit.title) for hit in hits] == [("note", "王小明")]


def test_a_search_over_everything_tells_the_form_and_the_place(database, shop) -> None:
    with database.connect() as connection:
        hits = search.everywhere(connection, shop["live"], ENGINE, "王")
        [place] = search.everywhere(connection, shop["live"], ENGINE, "苏州")
    assert sorted((hit.form.key, str(hit.title)) for hit in hits) == [
        ("note", "李四"), ("note", "王小明"), ("other", "王府井")]
    assert (place.title, place.snippet) == ("Acme Corporation", "Body: now about 苏州")


def test_the_search_can_be_made_anew(database, shop) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {shop['live'].app.schema}.search")
        last = search.rebuild(connection, shop["live"], "note", most=2)
        assert last is not None and search.rebuild(connection, shop["live"], "note", after=last) is not None
    assert found(database, shop, "苏州") == ["Acme Corporation"]
