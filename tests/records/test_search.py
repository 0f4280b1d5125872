"""Searching records by what stands in their texts."""

from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import viewer_for
from engine.platform.database import Database
from engine.platform.jobs import enqueue
from engine.platform.performing import run_due
from engine.records.reading import search
from engine.records.reading.query import Query, query
from engine.records.structure import rebuild
from tests.records.making import ENGINE, add, change, field, form, live_of, make_app, person, republish, text

NOTE = form(
    "note",
    text(),
    field("body", "textarea"),
    field("phone", "phone"),
    field("secret", "text"),
    title="{name}",
)
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
        ("王", ["王小明", "李四"]),
        ("小明", ["王小明"]),
        ("明", ["王小明"]),
        ("王明", []),
        ("客户", ["王小明"]),
        ("gtx", ["王小明"]),
        ("gtx pro", ["王小明"]),
        ("上海 王", ["王小明"]),
        ("138001", ["王小明"]),
        ("ACME corp", ["Acme Corporation"]),
        ("苏州", ["Acme Corporation"]),
        ("100%", ["李四"]),
        ("it's", ["李四"]),
        ("\\", ["李四"]),
        ("  ", ["王小明", "李四", "Acme Corporation"]),
        ("'", ["李四"]),
        (":*", []),
        ("& !", []),
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
        ("note", "李四"),
        ("note", "王小明"),
        ("other", "王府井"),
    ]
    assert (place.title, place.snippet) == ("Acme Corporation", "Body: now about 苏州")


def test_the_search_can_be_made_anew(database, shop) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {shop['live'].app.schema}.search")
        last = search.rebuild(connection, shop["live"], "note", most=2)
        assert last is not None and search.rebuild(connection, shop["live"], "note", after=last) is not None
    assert found(database, shop, "苏州") == ["Acme Corporation"]


CUSTOMER = form(
    "customer", text(), field("founded", "date"), field("note", "textarea"), title="{name} {founded}"
)
DEAL = form(
    "deal",
    text(),
    field("code", "serial", pattern=[{"text": "HT-"}, {"digits": 4}]),
    field(
        "stage",
        "select",
        options=[{"value": "won", "label": {"zh-CN": "赢单", "en": "Won it"}}, {"value": "lost"}],
    ),
    field("tags", "multi_select", options=[{"value": "x", "label": "加急"}, {"value": "y"}]),
    field("amount", "money"),
    field("share", "percent"),
    field("mail", "email"),
    field("customer", "link", form="customer"),
    field("partners", "links", form="customer"),
    title="{name}",
)
SELLER = {
    "key": "seller",
    "name": "Seller",
    "grants": {
        "customer": {"read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}},
        "deal": {"read": True, "fields": {"stage": "hidden", "amount": "hidden", "partners": "hidden"}},
    },
}
BLIND = {
    "key": "blind",
    "name": "Blind",
    "grants": {"customer": {"read": True, "fields": {"founded": "hidden"}}, "deal": {"read": True}},
}


@pytest.fixture(scope="module")
def sales(database: Database) -> dict[str, Any]:
    app = make_app(database, CUSTOMER, DEAL, roles=(SELLER, BLIND))
    live = live_of(database, app)
    with database.begin() as connection:
        people = {}
        for role in ("seller", "blind"):
            one = person(connection, f"{role}_{app}")
            roles.give(connection, live, role, one.member_id, author=ENGINE)
            people[role] = one.member_id
    first = add(database, app, "customer", name="华为技术", founded="1987-09-15", owner=people["seller"])
    second = add(database, app, "customer", name="比亚迪", note="深圳的车厂")
    add(
        database,
        app,
        "deal",
        name="一号单",
        stage="won",
        amount="1234.50",
        share="0.05",
        customer=first,
        mail="a@b.example",
    )
    add(
        database,
        app,
        "deal",
        name="二号单",
        stage="lost",
        tags=["x"],
        amount="7",
        customer=second,
        partners=[first, second],
    )
    with database.connect() as connection:
        viewers = {role: viewer_for(connection, one) for role, one in people.items()}
    return {"app": app, "live": live_of(database, app), "first": first, "engine": ENGINE, **viewers}


@pytest.mark.parametrize(
    ("said", "who", "names"),
    [
        ("赢单", "engine", ["一号单"]),
        ("won", "engine", ["一号单"]),
        ("加急", "engine", ["二号单"]),
        ("lost", "engine", ["二号单"]),
        ("HT-0001", "engine", ["一号单"]),
        ("1234.5", "engine", ["一号单"]),
        ("1,234.50", "engine", ["一号单"]),
        ("5%", "engine", ["一号单"]),
        ("1234", "engine", []),
        ("a@b", "engine", ["一号单"]),
        ("华为", "engine", ["一号单", "二号单"]),
        ("比亚", "engine", ["二号单"]),
        ("华为 加急", "engine", ["二号单"]),
        ("华为 比亚迪", "engine", ["二号单"]),
        ("华为 一号", "engine", ["一号单"]),
        ("一号 赢单 1234.5 华为", "engine", ["一号单"]),
        ("华为 没有", "engine", []),
        ("车厂", "engine", []),
        ("1987-09-15", "engine", ["一号单", "二号单"]),
        # what one may not read is not found: hidden fields, customers of others, titles with a hidden part
        ("赢单", "seller", []),
        ("1234.5", "seller", []),
        ("华为", "seller", ["一号单"]),
        ("比亚迪", "seller", []),
        ("加急", "seller", ["二号单"]),
        ("华为", "blind", []),
        ("赢单", "blind", ["一号单"]),
    ],
)
def test_options_numbers_and_linked_titles_are_found_as_far_as_one_may_see_them(
    database, sales, said, who, names
) -> None:
    with database.connect() as connection:
        page = query(connection, sales["live"], "deal", sales[who], Query(search=said, count=True))
    assert [str(record.title) for record in page.records] == names
    assert page.total == len(names)


def test_a_linked_title_is_found_at_once_when_it_changes(database, sales) -> None:
    change(database, sales["app"], "customer", sales["first"], name="荣耀终端")

    def titles(said: str) -> list[str]:
        with database.connect() as connection:
            return [
                str(one.title)
                for one in query(connection, sales["live"], "deal", ENGINE, Query(search=said)).records
            ]

    assert titles("荣耀") == ["一号单", "二号单"] and titles("华为") == []
    change(database, sales["app"], "customer", sales["first"], name="华为技术")


def test_a_title_made_of_a_date_is_found_in_its_own_form(database, sales) -> None:
    with database.connect() as connection:
        assert len(query(connection, sales["live"], "customer", ENGINE, Query(search="1987-09")).records) == 1
        assert (
            query(connection, sales["live"], "customer", sales["blind"], Query(search="1987-09")).records
            == []
        )


def test_a_search_over_everything_names_the_link_or_option_that_was_found(database, sales) -> None:
    with database.connect() as connection:
        hits = search.everywhere(connection, sales["live"], ENGINE, "华为")
        [won] = search.everywhere(connection, sales["live"], ENGINE, "赢单")
        own = search.everywhere(connection, sales["live"], sales["blind"], "华为")
    assert [(hit.form.key, hit.snippet) for hit in hits] == [
        ("customer", ""),
        ("deal", "Partners: 华为技术 1987-09-15、比亚迪"),
        ("deal", "Customer: 华为技术 1987-09-15"),
    ]
    assert won.snippet == "Stage: 赢单"
    assert [hit.form.key for hit in own] == ["customer"]


@pytest.mark.parametrize("many", [False, True])
def test_a_field_that_has_become_searched_is_found_in_old_records(database, monkeypatch, many) -> None:
    before = form("thing", text(), field("size", "number"), field("more", "textarea"), title="{name}")
    app = make_app(database, before)
    for number in range(3):
        add(database, app, "thing", name=f"n{number}", size=f"{number}777", more=f"明细{number}")
    republish(database, app, form("thing", text(), field("size", "number"), title="{name}"))
    if many:
        monkeypatch.setattr(rebuild, "AT_ONCE", 2)
    for after in (before, form("thing", text(), text("size"), field("more", "textarea"), title="{name}")):
        jobs = republish(database, app, after).jobs
        assert len(jobs) == many
        run_due(database)
    with database.connect() as connection:
        live = live_of(database, app)
        for said in ("明细1", "1777"):
            assert [
                one.title for one in query(connection, live, "thing", ENGINE, Query(search=said)).records
            ] == ["n1"]


MEETING = form("meeting", text(), field("minutes", "rich_text"), field("inner", "rich_text"), title="{name}")
GUEST = {
    "key": "guest",
    "name": "Guest",
    "grants": {"meeting": {"read": True, "fields": {"inner": "hidden"}}},
}
MINUTES = (
    "<h2>验收</h2><p>设<strong>备</strong>合格 A&amp;B&nbsp;C &lt;5</p><ul><li>下周</li><li>付款</li></ul><p><a "
    'href="https://secret.example">报告</a></p>'
)


@pytest.fixture(scope="module")
def meetings(database: Database) -> dict[str, object]:
    app = make_app(database, MEETING, roles=(GUEST,))
    add(database, app, "meeting", name="一", minutes=MINUTES, inner="<p>底价 <em>88</em> 万</p>")
    add(database, app, "meeting", name="二", minutes="<p>别的事</p>")
    return {"app": app, "live": live_of(database, app)}


def met(database: Database, meetings: dict[str, Any], said: str, viewer: Any = ENGINE) -> list[str]:
    with database.connect() as connection:
        page = query(connection, meetings["live"], "meeting", viewer, Query(search=said))
    return [str(record.title) for record in page.records]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ("设备合格", ["一"]),
        ("验收", ["一"]),
        ("A&B", ["一"]),
        ("a&b c", ["一"]),
        ("<5", ["一"]),
        ("报告 付款", ["一"]),
        ("别的", ["二"]),
        ("strong", []),
        ("href", []),
        ("secret", []),
        ("amp", []),
        ("下周付款", []),
    ],
)
def test_the_words_of_a_rich_text_are_found_and_its_markup_is_not(
    database: Database, meetings: dict[str, Any], said: str, names: list[str]
) -> None:
    assert met(database, meetings, said) == names


def test_a_changed_rich_text_is_found_by_what_it_says_now(database: Database) -> None:
    app = make_app(database, MEETING)
    record = add(database, app, "meeting", name="一", minutes="<p>从前</p>")
    shop = {"live": live_of(database, app)}
    change(database, app, "meeting", record, minutes="<p>如今</p>")
    assert (met(database, shop, "从前"), met(database, shop, "如今")) == ([], ["一"])


def test_a_hidden_rich_text_finds_nothing_and_the_place_found_reads_as_plain_words(
    database: Database, meetings: dict[str, Any]
) -> None:
    with database.begin() as connection:
        guest = person(connection, "GuestOfMeetings")
        roles.give(connection, meetings["live"], "guest", guest.member_id, author=ENGINE)
    with database.connect() as connection:
        guest = viewer_for(connection, guest.member_id)
        [place] = search.everywhere(connection, meetings["live"], guest, "设备合格")
        assert search.everywhere(connection, meetings["live"], guest, "底价") == []
    assert place.snippet.startswith("Minutes: ") and "设备合格 A&B C" in place.snippet
    assert "<" not in place.snippet.replace("<5", "")
    assert met(database, meetings, "底价", guest) == [] and met(database, meetings, "底价") == ["一"]


def test_rich_texts_from_before_are_put_into_the_search_by_the_job_of_the_upgrade(
    database: Database, meetings: dict[str, Any]
) -> None:
    with database.begin() as connection:
        connection.exec_driver_sql(f"DELETE FROM {meetings['live'].app.schema}.search")
        enqueue(connection, "records.search", {"app": meetings["app"], "form": "meeting"})
    assert met(database, meetings, "设备") == []
    run_due(database)
    assert met(database, meetings, "设备") == ["一"]


def test_a_text_that_becomes_rich_is_found_on_and_a_new_rich_text_with_it(database: Database) -> None:
    plain = form("meeting", text(), field("minutes", "textarea"), title="{name}")
    app = make_app(database, plain)
    add(database, app, "meeting", name="一", minutes="第一行 a<b\n第二行")
    republish(database, app, form("meeting", text(), field("minutes", "rich_text"), title="{name}"))
    shop = {"live": live_of(database, app)}
    assert met(database, shop, "a<b") == met(database, shop, "第二行") == ["一"]
