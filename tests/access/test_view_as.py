"""Seeing an app as somebody else does: the same at every door, nothing can be changed, and it is written down."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from engine.access import api_keys, audit, view_as
from engine.access.grants import grants
from engine.access.viewer import Viewer, viewer_for
from engine.exchange.export_job import allowed
from engine.platform.database import Database
from engine.platform.errors import Forbidden
from engine.platform.settings import Settings
from engine.records.reading.query import Query, stream
from run import create_app
from tests.api.caller import BASE
from tests.builders.office import CUSTOMER, ORDER, TEAMS, Browser, give, hire, line, role_documents, staffed
from tests.records.making import add, live_of, make_app

BY_NAME = {"form": "customer", "where": {"field": "name", "op": "eq", "value": {"current": "client"}}}
DEAR = {"field": "cost", "op": "gt", "value": 3}
RULED: dict[str, Any] = {
    **ORDER,
    "fields": [
        *(
            {**field, "default": {"today": True}} if field["key"] == "day" else field
            for field in ORDER["fields"]
        ),
        line("client", "text", "客户名", "Client"),
        line("like", "select", "参照", "Like", options_from={"form": "customer", "field": "name"}),
        line("stage", "select", "阶段", "Stage", options=[{"value": "open"}, {"value": "won"}], default="open"),
        line("budget", "money", "预算", "Budget"),
    ],
    "rules": [
        {"key": "budgets", "kind": "linkage", **BY_NAME, "set": {"budget": "revenue"}},
        {"key": "costs", "kind": "linkage", **BY_NAME, "set": {"cost": "revenue"}, "rights": "app"},
        {"key": "dear", "kind": "display", "when": DEAR, "hide": ["day"], "lock": ["cost"]},
        {"key": "stages", "kind": "options", "when": DEAR, "field": "stage", "allow": ["open"]},
    ],
    "views": [
        {"key": "all", "name": "全部", "kind": "grid", "columns": ["code", "cost"]},
        {"key": "board", "name": "看板", "kind": "kanban", "group_by": "stage", "columns": ["code", "cost", "margin"],
         "summary": {"cost": "sum"}},
        {"key": "month", "name": "日历", "kind": "calendar", "date": "day", "columns": ["code", "cost"]},
        {"key": "dear", "name": "贵的", "kind": "kanban", "group_by": "stage", "columns": ["code"], "where": DEAR},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def product(database: Database, data_folder: Path) -> Iterator[Flask]:
    url = database.engine.url.render_as_string(hide_password=False)
    app = create_app(Settings(data=data_folder, secret_key="for tests only, long enough", database_url=url))
    yield app
    app.extensions["jianflow.database"].close()


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, RULED, roles=role_documents())


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


@pytest.fixture(scope="module")
def staff(database: Database, app: str) -> dict[tuple[str, ...], Viewer]:
    """Somebody for each set of roles, with records of their own and in common."""
    return staffed(database, app)


def doors(app: str) -> list[tuple[str, str, Any]]:
    """Every way in which pages are given records: address, method, what is sent."""
    found: list[tuple[str, str, Any]] = [("/search?q=晶创", "GET", None)]
    for document in (CUSTOMER, RULED):
        base = f"/a/{app}/{document['key']}"
        keys = [field["key"] for field in document["fields"]]
        found += [
            (f"{base}/grid/config", "GET", None),
            (f"{base}/grid/rows", "POST", {"fields": keys, "limit": 100}),
            (f"{base}/grid/rows", "POST", {"fields": ["id"], "search": "晶创1"}),
            (f"{base}/grid/rows", "POST", {"where": {"field": "cost", "op": "gt", "value": 3}}),
            (f"{base}/grid/totals", "POST", {"fields": keys}),
            *((f"{base}/grid/groups", "POST", {"groups": [{"field": key}], "fields": keys}) for key in keys),
            *((f"{base}/grid/values", "POST", {"field": key}) for key in keys),
            *((f"{base}/grid/choices?field={key}", "GET", None) for key in keys),
            *((f"{base}/grid/choices?field={key}&ids=1,2", "GET", None) for key in keys),
            (f"{base}/board/sums?view=board", "GET", None),
            *((f"{base}/{record}/explain/margin", "GET", None) for record in (3, 9)),
        ]
    return found


def under_way(app: str) -> list[tuple[str, dict[str, str]]]:
    """Forms that are being filled in: new ones and records that are there, with what was changed last."""
    typed = {"client": "晶创9", "cost": "7", "amount": "50"}
    found = []
    for record in ("", "2", "4", "6", "10"):
        for changed in ("client", "cost"):
            sent = {changed: typed[changed], "_field": changed, "_changed": changed, "_at": "1"}
            found.append((f"/a/{app}/order/compute", {**sent, **({"_record": record} if record else {})}))
    return found


def pages(app: str) -> list[str]:
    around = [
        "",
        "/new",
        "/cards",
        "/deleted",
        "/4/edit",
        "/5/panel",
        "/5/story",
        *(f"/{one}" for one in range(1, 13)),
        *(f"?view={view}" for view in ("board", "month", "dear")),
        *(
            "/board?view=board",
            "/board?view=dear",
            "/board/lane?view=board&lane=open",
            "/calendar?view=month",
        ),
    ]
    lists = [f"/a/{app}/{form}{rest}" for form in ("customer", "order") for rest in around]
    return [f"/a/{app}", *lists, *(f"/a/{app}/customer/{one}/related/order/customer" for one in (2, 3))]


@pytest.mark.parametrize(("role", "told"), [("chief", True), ("auditor", False), ("seller", True)])
def test_titles_of_chosen_records_are_told_only_where_their_field_is_seen(
    product: Flask, database: Database, app: str, staff: dict[tuple[str, ...], Viewer], role: str, told: bool
) -> None:
    browser = Browser(product, database, staff[role,].member_id)
    choices = f"/a/{app}/order/grid/choices?ids=1&field="
    assert bool(browser.get(choices + "customer").get_json()["choices"]) == told
    members = browser.get(f"/a/{app}/order/grid/choices?field=owner&ids={browser.member}").get_json()
    assert [one["value"] for one in members["choices"]] == [browser.member]
    assert browser.get(choices + "nothing").get_json() == {"choices": []}


def look(browser: Browser, member: int, app: str | None = None) -> None:
    answer = browser.send("/view-as", data={"member": member, **({"app": app} if app else {})})
    assert answer.status_code == 302, answer.text


def shown(browser: Browser, path: str) -> tuple[int, str]:
    """A page's main part, without the bar that says who looks and what each rendering makes anew."""
    answer = browser.client.get(path)
    text = answer.text.partition("<main")[2].partition("</main>")[0] or answer.text
    text = re.sub(r'<div class="view-as".*?</form>\s*</div>', "", text, flags=re.S)
    text = re.sub(r'(name="csrf" value=|name="_?at" value=)"[^"]*"', "", text)
    return answer.status_code, re.sub(r">\s+|\s+<", "", text)


@pytest.mark.parametrize("roles", TEAMS, ids="+".join)
def test_what_one_sees_as_somebody_is_what_their_own_session_sees(
    product: Flask, database: Database, app: str, staff: dict[tuple[str, ...], Viewer], roles: tuple[str, ...]
) -> None:
    person = staff[roles]
    own = Browser(product, database, person.member_id)
    other = Browser(product, database, hire(database, "陈总", administrator=True).member_id)
    look(other, person.member_id, app)
    answers = 0
    for path, method, sent in doors(app):
        mine, theirs = own.send(path, sent, method=method), other.send(path, sent, method=method)
        assert (mine.status_code, mine.json) == (theirs.status_code, theirs.json), path
        assert mine.status_code < 500, path
        answers += mine.status_code == 200
    assert answers > (10 if roles else 0)
    for path, typed in under_way(app):
        mine, theirs = own.send(path, data=typed), other.send(path, data=typed)
        assert (mine.status_code, mine.text) == (theirs.status_code, theirs.text), typed
        assert mine.status_code < 500, typed
    for path in pages(app):
        assert shown(own, path) == shown(other, path), path


def may_read(roles: tuple[str, ...]) -> tuple[set[int], set[int]]:
    """The orders that somebody with these roles may read, as a person would say it, and those whose cost they see."""
    place = TEAMS.index(roles)
    numbers = range(12)
    own = {one for one in numbers if place in (one % len(TEAMS), (one * 3 + 1) % len(TEAMS))}
    large = {one for one in numbers if one * 20 >= 100}
    read: set[int] = set()
    seen: set[int] = set()
    if "seller" in roles:
        read |= own
    if "auditor" in roles:
        read, seen = read | large, seen | large
    if "chief" in roles:
        read, seen = {*numbers}, {*numbers}
    return read, seen


def codes(text: str) -> set[int]:
    return {int(one) for one in re.findall(r"晶创单(\d+)", text)}


@pytest.mark.parametrize("as_oneself", [True, False])
@pytest.mark.parametrize("roles", TEAMS, ids="+".join)
def test_every_door_shows_just_what_the_roles_say(
    product: Flask,
    database: Database,
    app: str,
    staff: dict[tuple[str, ...], Viewer],
    roles: tuple[str, ...],
    as_oneself: bool,
) -> None:
    person, base = staff[roles].member_id, f"/a/{app}/order"
    browser = Browser(product, database, person)
    if not as_oneself:
        browser = Browser(product, database, hire(database, "陈总", administrator=True).member_id)
        look(browser, person, app)
    read, seen = may_read(roles)
    rows = browser.send(f"{base}/grid/rows", {"fields": ["code", "cost", "margin"], "limit": 100})
    assert codes(str(rows.get_json())) == read
    assert rows.status_code == (200 if read else 404)
    figures = {
        int(one["cells"]["code"]["t"].removeprefix("晶创单"))
        for one in (rows.get_json() or {}).get("rows", ())
        if one["cells"].get("cost", {}).get("t")
    }
    assert figures == seen
    assert codes(shown(browser, f"{base}?view=board")[1]) == read
    month = codes(shown(browser, f"{base}?view=month")[1])
    assert month <= read and bool(month) == bool(read)
    dear = {one for one in read if one > 3} if read == seen else read
    if seen in (read, set()):
        assert codes(shown(browser, f"{base}?view=dear")[1]) == dear
    for number in range(12):
        assert (browser.client.get(f"{base}/{number + 1}").status_code == 200) == (number in read)
        sent = {"client": "晶创9", "_field": "client", "_changed": "client", "_record": str(number + 1)}
        told = browser.send(f"{base}/compute", data=sent)
        assert (told.status_code == 200) == (number in read)
        assert ("&#34;cost&#34;" in told.text) == (number in seen), told.text
        assert ("&#34;margin&#34;" in told.text) <= (number in seen)
        budget = (
            "seller" in roles or "chief" in roles
        )  # as they may read customers; a keeper those of level A
        assert ("&#34;9.00&#34;" in told.text.partition("&#34;budget&#34;")[2][:30]) == (
            budget and number in read
        )


@pytest.mark.parametrize("roles", TEAMS, ids="+".join)
def test_a_key_that_looks_as_somebody_is_answered_as_their_own_key(
    product: Flask,
    database: Database,
    app: str,
    staff: dict[tuple[str, ...], Viewer],
    boss: Browser,
    roles: tuple[str, ...],
) -> None:
    person = staff[roles].member_id
    with database.begin() as connection:
        own = {"Authorization": f"Bearer {api_keys.issue(connection, person)}"}
        other = {"Authorization": f"Bearer {api_keys.issue(connection, boss.member)}", "View-As": str(person)}
    client = product.test_client()
    for form in ("customer", "order"):
        base = f"{BASE}/apps/{app}/forms/{form}/records"
        measures = [{"fn": "sum", "field": "cost", "as": "all"}, {"fn": "count", "as": "n"}]
        for method, path, sent in (
            ("POST", f"{base}/query", {"count": True}),
            ("POST", f"{base}/query", {"search": "晶创", "sort": [{"field": "amount", "desc": True}]}),
            ("POST", f"{base}/aggregate", {"measures": measures}),
            *(("GET", f"{base}/{record}", None) for record in range(1, 13)),
            ("GET", f"{BASE}/openapi.json", None),
        ):
            mine = client.open(path, method=method, json=sent, headers=own)
            theirs = client.open(path, method=method, json=sent, headers=other)
            assert (mine.status_code, mine.json) == (theirs.status_code, theirs.json), path
    refused = client.post(
        f"{BASE}/apps/{app}/forms/order/records", json={"values": {"code": "x"}}, headers=other
    )
    assert (refused.status_code, refused.json["code"]) == (403, "view_as")


@pytest.mark.parametrize("roles", TEAMS, ids="+".join)
def test_what_could_be_exported_is_the_same(
    database: Database, app: str, staff: dict[tuple[str, ...], Viewer], roles: tuple[str, ...], boss: Browser
) -> None:
    own, live = staff[roles], live_of(database, app)
    with database.begin() as connection:
        eyes = view_as.look(connection, viewer_for(connection, boss.member), own.member_id, app)
        for form in ("customer", "order"):

            def exported(viewer: Viewer, form: str = form) -> Any:
                try:
                    records = [
                        one for many in stream(connection, live, form, viewer, Query()) for one in many
                    ]
                    rights = allowed(connection, live, live.form(form), viewer, [one.id for one in records])
                except Forbidden as refusal:
                    return str(refusal.message)
                return [(one.json(), rights.get(one.id)) for one in records]

            assert exported(eyes) == exported(own)
        elsewhere = view_as.look(connection, viewer_for(connection, boss.member), own.member_id, "another")
        assert grants(live, elsewhere, "customer", "read") == () and not elsewhere.designs(live)


def test_whatever_would_change_something_is_refused_with_a_clear_word(
    product: Flask, database: Database, app: str, staff: dict[tuple[str, ...], Viewer]
) -> None:
    looker = Browser(product, database, hire(database, administrator=True).member_id)
    look(looker, staff["chief",].member_id)
    values = {"app_key": app, "form_key": "order", "record_id": 1, "role": "seller"}
    tried = 0
    for rule in product.url_map.iter_rules():
        methods = set(rule.methods or ()) - {"GET", "HEAD", "OPTIONS"}
        if not methods or rule.rule.startswith("/api/"):
            continue
        if getattr(product.view_functions[rule.endpoint], "for_lookers", False):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values.get(found[1], 1)), rule.rule)
        answer = looker.send(path.replace("<", "").replace(">", ""), {}, method=methods.pop())
        if answer.status_code == 404 and "uuid" in rule.rule:
            continue  # no number stands for one
        assert (answer.status_code, answer.json["code"]) == (403, "view_as"), (rule.rule, answer.text)
        assert "身份查看" in answer.json["message"]
        tried += 1
    assert tried > 40
    assert looker.get("/me").status_code == 403
    assert looker.get("/notices").status_code == 403


def test_it_is_said_on_every_page_and_ends_where_one_is(
    product: Flask, database: Database, app: str, staff: dict[tuple[str, ...], Viewer]
) -> None:
    boss = hire(database, "陈总", administrator=True)
    browser = Browser(product, database, boss.member_id)
    person = staff["seller",]
    look(browser, person.member_id, app)
    page = browser.page(f"/a/{app}/order")
    assert "的身份查看" in page and person.name in page
    answer = browser.send("/view-as/end", data={"to": f"/a/{app}/order"})
    assert answer.headers["Location"] == f"/a/{app}/order"
    assert "的身份查看" not in browser.page(f"/a/{app}/order")
    with database.connect() as connection:
        noted = audit.entries(connection, subject=("member", person.member_id), limit=2)
    assert [(one.action, one.actor_id, one.details["app"]) for one in noted] == [
        ("view_as_ended", boss.member_id, app),
        ("view_as_begun", boss.member_id, app),
    ]


def test_who_designs_an_app_looks_in_it_alone(
    product: Flask, database: Database, app: str, staff: dict[tuple[str, ...], Viewer], boss: Browser
) -> None:
    other = make_app(
        database, CUSTOMER, roles=({"key": "seller", "name": "x", "grants": {"customer": {"read": True}}},)
    )
    person = staff["seller",]
    give(database, other, "seller", person.member_id)
    add(database, other, "customer", name="别处的晶创")
    designer = hire(database)
    give(database, app, "designer", designer.member_id)
    browser = Browser(product, database, designer.member_id)
    assert browser.send("/view-as", data={"member": person.member_id}).status_code == 403
    assert browser.send("/view-as", data={"member": boss.member, "app": app}).status_code == 403
    look(browser, person.member_id, app)
    assert browser.get(f"/a/{app}/order/grid/config").status_code == 200
    assert browser.get(f"/a/{other}/customer/grid/config").status_code == 403
    assert browser.get("/").status_code == 403
    assert "别处" not in browser.get("/search?q=晶创").text


def test_it_ends_by_itself_when_the_right_or_the_person_is_gone(
    product: Flask, database: Database, app: str, staff: dict[tuple[str, ...], Viewer]
) -> None:
    seller = Browser(product, database, staff["seller",].member_id)
    assert seller.send("/view-as", data={"member": staff["chief",].member_id, "app": app}).status_code == 403
    boss = Browser(product, database, hire(database, administrator=True).member_id)
    look(boss, staff["chief",].member_id)
    stolen = boss.client.get_cookie("view_as")
    assert stolen is not None
    seller.client.set_cookie("view_as", stolen.value)
    assert "身份查看" not in seller.page(f"/a/{app}/order"), "a cookie that was sealed for another session"
    gone = hire(database)
    with database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE jianflow.member SET state = 'left' WHERE id = %s", (gone.member_id,)
        )
    assert boss.send("/view-as/end").status_code == 302
    assert boss.send("/view-as", data={"member": gone.member_id}).status_code == 409
