"""Buttons over the API: what each does, with whose rights, and two people who press at once."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from engine.access.viewer import viewer_for
from engine.actions import pressing
from engine.definitions import live as living
from engine.records.reading.read import get
from engine.records.writing.write import transact
from tests.api.caller import Caller
from tests.api.conftest import Hire

Document = dict[str, Any]
FREE: Document = {"field": "owner", "op": "empty"}
MINE: Document = {"field": "owner", "op": "eq", "value": {"me": True}}
REACH: Document = {"where": {"any": [MINE, FREE]}}


def button(key: str, label: str, action: Document, **more: Any) -> Document:
    return {
        "key": key,
        "type": "button",
        "label": {"zh-CN": label, "en": key.title()},
        "action": action,
        **more,
    }


CLIENT: Document = {
    "key": "client",
    "name": {"zh-CN": "客户", "en": "Client"},
    "title": "{name}",
    "duplicates": {"show": ["title", "owner"]},
    "fields": [
        {"key": "name", "type": "text", "label": "名称", "required": True},
        {"key": "site", "type": "url", "label": "网址"},
        {"key": "score", "type": "number", "label": "分数"},
        {"key": "secret", "type": "text", "label": "底价"},
        {"key": "taken_at", "type": "datetime", "label": "领取时间"},
        {"key": "kind", "type": "select", "label": "类型", "options": [{"value": "a"}, {"value": "b"}]},
        button(
            "take", "领取", when=FREE,
            action={"kind": "set_fields", "set": {
                "owner": {"me": True}, "taken_at": {"now": True}, "score": {"formula": "score + 1"}}},
        ),
        button("release", "退回公海", {"kind": "set_fields", "set": {"owner": None}}, when=MINE),
        button("cheapen", "改底价", {"kind": "set_fields", "set": {"secret": "0"}}),
        button(
            "visit", "记拜访",
            {"kind": "open_form", "form": "visit", "fill": {
                "client": {"field": "id"}, "subject": {"formula": "\"拜访 \" & name"}, "note": {"field": "secret"}}},
        ),
        button("search", "搜一下", {"kind": "open_address", "address": "https://example.com/?q={name}&k={kind}"}),
        button("homepage", "官网", {"kind": "open_address", "address": "{site}"}),
        button("written", "名称里的网址", {"kind": "open_address", "address": "{name}"}),
        button("spaced", "有空格的网址", {"kind": "open_address", "address": "https://a.example/a b/{name}"}),
        button("close", "停用", {"kind": "set_fields", "set": {"kind": "b"}}),
    ],
    "rules": [{"key": "only_a", "kind": "display", "hide": ["cheapen"],
               "when": {"field": "kind", "op": "eq", "value": "b"}}],
}  # fmt: skip
VISIT: Document = {
    "key": "visit",
    "name": {"zh-CN": "拜访", "en": "Visit"},
    "title": "{subject}",
    "fields": [
        {"key": "subject", "type": "text", "label": "主题"},
        {"key": "client", "type": "link", "form": "client", "label": "客户", "on_delete": "empty"},
        {"key": "note", "type": "textarea", "label": "备注"},
    ],
}
ENQUIRY: Document = {
    "key": "enquiry",
    "name": {"zh-CN": "线索", "en": "Enquiry"},
    "title": "{company}",
    "fields": [
        {"key": "company", "type": "text", "label": "公司"},
        {"key": "person", "type": "text", "label": "联系人"},
        {"key": "client", "type": "link", "form": "client", "label": "转成的客户", "on_delete": "empty"},
        {"key": "done", "type": "switch", "label": "已转"},
        button(
            "convert", "转客户",
            {"kind": "create_records", "set": {"done": True}, "records": [
                {"key": "c", "form": "client", "into": "client", "fill": {"name": {"field": "company"}}},
                {"key": "v", "form": "visit", "when": {"field": "person", "op": "not_empty"},
                 "fill": {"subject": {"field": "person"}, "client": {"made": "c"}}},
            ]},
        ),
    ],
}  # fmt: skip
SELLER: Document = {
    "key": "seller", "name": "销售",
    "grants": {
        "client": {"read": REACH, "create": True, "update": REACH, "fields": {"secret": "hidden", "close": "hidden"}},
        "visit": {"read": True, "create": True},
        "enquiry": {"read": True, "create": True, "update": True},
    },
}  # fmt: skip


class Pool:
    """An app with buttons, its administrator, and two who sell."""

    def __init__(self, boss: Caller, hire: Hire) -> None:
        self.boss = boss
        self.place = f"/apps/{boss.ok('POST', '/apps', {'name': '公海'})['key']}"
        for kind, document in (("forms", CLIENT), ("forms", VISIT), ("forms", ENQUIRY), ("roles", SELLER)):
            boss.ok("PUT", f"{self.place}/definitions/{kind}/{document['key']}", document)
        boss.ok("POST", f"{self.place}/publish")
        self.li, self.wang = hire("李想"), hire("王敏")
        members = {"members": [self.li.member, self.wang.member], "departments": []}
        boss.ok("PUT", f"{self.place}/roles/seller/members", members)

    def records(self, form: str) -> str:
        return f"{self.place}/forms/{form}/records"

    def client(self, name: str = "晶创", **values: Any) -> str:
        sent = {"values": {"name": name, "owner": None, **values}}
        return f"{self.records('client')}/{self.boss.ok('POST', self.records('client'), sent)['id']}"

    def enquiry(self, **values: Any) -> str:
        made = self.boss.ok("POST", self.records("enquiry"), {"values": values})
        return f"{self.records('enquiry')}/{made['id']}"


@pytest.fixture(scope="module")
def pool(boss: Caller, hire: Hire) -> Iterator[Pool]:
    made = Pool(boss, hire)
    yield made
    boss("DELETE", made.place)


def press(who: Caller, record: str, key: str, **more: Any) -> Any:
    return who("POST", f"{record}/buttons/{key}", **more)


def test_a_press_sets_who_when_and_what_a_formula_gives(pool: Pool) -> None:
    record = pool.client(score=4)
    told = press(pool.li, record, "take")
    assert told.status_code == 200 and told.headers["ETag"] == '"2"', told.text
    now = told.json["record"]
    assert now["owner"]["id"] == pool.li.member and now["values"]["score"] == "5"
    assert now["values"]["taken_at"].endswith("Z") and told.json["made"] == []
    story = pool.boss.ok("GET", f"{record}/history")["rows"]
    assert next((one["kind"], one["door"], one["author"]["id"]) for one in story) == (
        "updated", "button", pool.li.member,
    )  # fmt: skip


def test_of_two_who_press_at_once_exactly_one_gets_it_and_the_other_is_told_who(pool: Pool) -> None:
    for _ in range(5):
        record, together = pool.client(), threading.Barrier(2)
        seen: dict[int, Any] = {}

        def send(who: Caller, record: str = record, together: Any = together, seen: Any = seen) -> None:
            own = Caller(who.client.application.test_client(), who.headers["Authorization"][7:], who.member)
            together.wait(10)
            seen[who.member] = own.client.post(f"/api/v1{record}/buttons/take", headers=own.headers)

        threads = [threading.Thread(target=send, args=(who,)) for who in (pool.li, pool.wang)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        owner = pool.boss.ok("GET", record)["owner"]
        (winner,) = [member for member, answer in seen.items() if answer.status_code == 200]
        (late,) = [answer for answer in seen.values() if answer.status_code != 200]
        assert owner["id"] == winner
        # Who had not even begun to look when the other was done does not see the record any more.
        assert late.status_code in (409, 404)
        if late.status_code == 409:
            assert late.json["code"] == "not_now" and owner["title"] in late.json["title"]


def test_whoever_waits_for_the_other_one_is_refused_with_the_name_of_who_has_it(pool: Pool) -> None:
    record = pool.client()
    database = pool.boss.client.application.extensions["jianflow.database"]
    number, app = int(record.rpartition("/")[2]), pool.place.rpartition("/")[2]
    with database.connect() as connection:
        li = viewer_for(connection, pool.li.member)
    answers: list[Any] = []

    def late() -> None:
        own = pool.wang.client.application.test_client()
        answers.append(own.post(f"/api/v1{record}/buttons/take", headers=pool.wang.headers))

    waiting = threading.Thread(target=late)

    def first(tx: Any) -> None:
        pressing.press(tx, "client", number, "take")
        waiting.start()
        waiting.join(1.5)
        assert waiting.is_alive(), "the second one waits for the record"

    transact(database, app, li, first)
    waiting.join(20)
    assert answers[0].status_code == 409, answers[0].text
    assert "李想" in answers[0].json["title"] and "领取" in answers[0].json["title"]
    assert pool.boss.ok("GET", record)["owner"]["title"] == "李想"


def test_what_another_one_has_stays_out_of_reach(pool: Pool) -> None:
    record = pool.client()
    assert press(pool.li, record, "take").status_code == 200
    assert press(pool.wang, record, "take").status_code == 404
    assert press(pool.boss, record, "take").status_code == 409
    assert "李想" in press(pool.boss, record, "take").json["title"]
    assert press(pool.boss, record, "release").status_code == 409, "only whoever has it gives it back"
    back = press(pool.li, record, "release")
    assert back.status_code == 200 and back.json["record"]["owner"] is None
    assert press(pool.wang, record, "take").status_code == 200


def test_a_press_has_an_ordinary_writes_rights_and_follows_the_rules(pool: Pool) -> None:
    record = pool.client()
    assert press(pool.li, record, "cheapen").status_code == 403
    assert press(pool.boss, record, "cheapen").json["record"]["values"]["secret"] == "0"
    hidden = pool.client(kind="b")
    assert press(pool.boss, hidden, "cheapen").json["code"] == "not_now"
    assert press(pool.boss, record, "nothing").status_code == 404
    assert pool.boss.refused("POST", f"{record}/buttons/take", {"values": {}}) == {
        "/values": "unknown_property"
    }


def test_a_button_that_a_role_hides_is_neither_offered_nor_pressed(pool: Pool) -> None:
    record = pool.client()
    assert press(pool.li, record, "close").status_code == 404
    assert "close" not in offered(pool, pool.li, record) and "close" in offered(pool, pool.boss, record)
    assert "close" not in described(pool, pool.wang) and "take" in described(pool, pool.wang)
    assert "close" in described(pool, pool.boss)
    document = pool.boss.ok("GET", f"{pool.place}/definitions/roles/seller")
    name = "opens"
    grant = {"read": {"where": MINE}, "update": True, "fields": {"secret": "hidden"}}
    open_role = {"key": name, "name": "不隐藏", "grants": {"client": grant}}
    assert document["grants"]["client"]["fields"]["close"] == "hidden"
    pool.boss.ok("PUT", f"{pool.place}/definitions/roles/{name}", open_role)
    pool.boss.ok("POST", f"{pool.place}/publish")
    pool.boss.ok(
        "PUT", f"{pool.place}/roles/{name}/members", {"members": [pool.li.member], "departments": []}
    )
    assert press(pool.li, record, "close").status_code == 404, "the other role does not reach this record"
    assert press(pool.li, record, "take").status_code == 200
    assert "close" in offered(pool, pool.li, record)
    assert press(pool.li, record, "close").json["record"]["values"]["kind"] == "b"
    pool.boss.ok("PUT", f"{pool.place}/roles/{name}/members", {"members": [], "departments": []})


def described(pool: Pool, who: Caller) -> str:
    """What OpenAPI says to somebody of pressing the buttons of clients."""
    place = f"{pool.place}/forms/client/records/{{id}}/buttons/{{button}}"
    document = who.client.get("/api/v1/openapi.json", headers=who.headers).json
    summary: str = document["paths"][place]["post"]["summary"]
    return summary


def offered(pool: Pool, who: Caller, record: str) -> list[str]:
    """The keys of the buttons that somebody is shown on a record."""
    database = pool.boss.client.application.extensions["jianflow.database"]
    with database.connect() as connection:
        live = living.load(connection, pool.place.rpartition("/")[2])
        viewer = viewer_for(connection, who.member)
        shown = get(connection, live, "client", viewer, int(record.rpartition("/")[2]))
        found = pressing.offered(connection, live, live.form("client"), viewer, shown)
    return [one.field.key for one in found]


def test_a_stale_if_match_is_refused_and_a_repeat_answers_as_the_first_time(pool: Pool) -> None:
    record = pool.client(score=1)
    assert press(pool.li, record, "take", headers={"If-Match": '"7"'}).status_code == 412
    sent = {"If-Match": '"1"', "Idempotency-Key": f"take {record}"}
    first = press(pool.li, record, "take", headers=sent)
    again = press(pool.li, record, "take", headers=sent)
    assert first.status_code == again.status_code == 200 and first.data == again.data
    assert pool.boss.ok("GET", record)["values"]["score"] == "2"


def test_another_form_opens_with_what_the_presser_may_read(pool: Pool) -> None:
    record = pool.client("联拓", secret="80")
    number = int(record.rpartition("/")[2])
    told = press(pool.boss, record, "visit").json
    assert told["opens"] == {
        "form": "visit",
        "values": {"client": number, "subject": "拜访 联拓", "note": "80"},
    }
    mine = press(pool.li, record, "visit").json["opens"]["values"]
    assert mine == {"client": number, "subject": "拜访 联拓"}
    assert pool.li.ok("POST", pool.records("visit"), {"values": mine})["values"]["client"]["title"] == "联拓"


def test_an_address_holds_the_values_safely_and_is_none_that_runs_anything(pool: Pool) -> None:
    record = pool.client("甲&k=x 乙", kind="a")
    told = press(pool.li, record, "search").json["address"]
    assert told == "https://example.com/?q=%E7%94%B2%26k%3Dx%20%E4%B9%99&k=a"
    assert (
        press(pool.li, pool.client(site="https://a.example"), "homepage").json["address"]
        == "https://a.example"
    )
    assert press(pool.li, pool.client(), "homepage").status_code == 422


def test_an_address_with_blanks_or_control_characters_in_it_is_not_opened(pool: Pool) -> None:
    plain = pool.client("https://a.example/a%20b")
    assert press(pool.li, plain, "written").json["address"] == "https://a.example/a%20b"
    for name in ("https://a.example/a b", "https://a.example/a\tb", "mailto:li@a.example\x7f?x=1"):
        refused = press(pool.li, pool.client(name), "written")
        assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "address_not_allowed"), name
    refused = press(pool.li, plain, "spaced")
    assert (refused.status_code, refused.json["errors"][0]["code"]) == (422, "address_not_allowed")


def test_an_enquiry_becomes_a_client_with_what_belongs_to_it_all_or_nothing(pool: Pool) -> None:
    record = pool.enquiry(company="新客", person="林工")
    told = press(pool.li, record, "convert").json
    assert [one["form"] for one in told["made"]] == ["client", "visit"]
    after = told["record"]["values"]
    assert after["client"]["title"] == "新客" and after["done"] is True
    visit = pool.li.ok("GET", f"{pool.records('visit')}/{told['made'][1]['id']}")["values"]
    assert visit["client"]["id"] == told["made"][0]["id"] and visit["subject"] == "林工"
    again = press(pool.li, record, "convert")
    assert [one["form"] for one in again.json["made"]] == ["visit"], "the client is there already"
    before = count(pool, "client"), count(pool, "visit")
    nameless = press(pool.boss, pool.enquiry(person="无名"), "convert")
    assert nameless.status_code == 422 and "客户" in nameless.json["errors"][0]["message"]
    assert (count(pool, "client"), count(pool, "visit")) == before


def count(pool: Pool, form: str) -> int:
    return int(pool.boss.ok("POST", f"{pool.records(form)}/query", {"count": True, "limit": 1})["total"])


WRONG: list[tuple[Document, str, str]] = [
    ({"kind": "explode"}, "/kind", "unknown_kind"),
    ({"kind": "set_fields"}, "", "missing"),
    ({"kind": "set_fields", "set": {}}, "/set", "missing"),
    ({"kind": "set_fields", "set": {"nmae": 1}}, "/set/nmae", "unknown_field"),
    ({"kind": "set_fields", "set": {"score": "many"}}, "/set/score", "bad_value"),
    ({"kind": "set_fields", "set": {"score": {"me": True}}}, "/set/score", "type_mismatch"),
    ({"kind": "set_fields", "set": {"score": {"field": "site"}}}, "/set/score", "type_mismatch"),
    ({"kind": "set_fields", "set": {"score": {"formula": "sco + 1"}}}, "/set/score/formula", "unknown_field"),
    ({"kind": "set_fields", "set": {"take": 1}}, "/set/take", "not_writable"),
    ({"kind": "open_form", "form": "nowhere"}, "/form", "unknown_form"),
    ({"kind": "open_form", "form": "visit", "fill": {"x": 1}}, "/fill/x", "unknown_field"),
    ({"kind": "open_address", "address": "javascript:alert(1)"}, "/address", "address_not_allowed"),
    ({"kind": "open_address", "address": "https://a.example/{x}"}, "/address", "unknown_field"),
    (
        {
            "kind": "create_records",
            "records": [{"key": "v", "form": "visit", "fill": {"client": {"made": "c"}}}],
        },
        "/records/0/fill/client/made",
        "unknown_record",
    ),
    (
        {"kind": "create_records", "records": [{"key": "v", "form": "visit", "into": "name"}]},
        "/records/0/into",
        "wrong_field",
    ),
]


@pytest.mark.parametrize(("action", "place", "code"), WRONG)
def test_a_wrong_action_is_refused_at_publishing_with_its_place(
    pool: Pool, action: Document, place: str, code: str
) -> None:
    boss, path = pool.boss, f"{pool.place}/definitions/forms/client"
    live = boss("GET", f"{path}?state=live")
    fields = [*CLIENT["fields"], button("wrong", "错", action)]
    put = boss("PUT", path, {**CLIENT, "fields": fields}, headers={"If-Match": live.headers["ETag"]})
    answer = put if put.status_code == 422 else boss("POST", f"{pool.place}/publish")
    if put.status_code < 300:
        boss("DELETE", f"{pool.place}/drafts/forms/client")
    assert answer.status_code == 422, answer.text
    at = f"/fields/{len(CLIENT['fields'])}/action{place}"
    assert (True, code) in {(one["pointer"].endswith(at), one["code"]) for one in answer.json["errors"]}, (
        answer.json["errors"]
    )


def test_a_field_that_a_button_sets_cannot_be_taken_away_unnoticed(pool: Pool) -> None:
    boss, path = pool.boss, f"{pool.place}/definitions/forms/client"
    live = boss("GET", f"{path}?state=live")
    fields = [one for one in CLIENT["fields"] if one["key"] != "taken_at"]
    put = boss("PUT", path, {**CLIENT, "fields": fields}, headers={"If-Match": live.headers["ETag"]})
    answer = put if put.status_code == 422 else boss("POST", f"{pool.place}/publish")
    boss("DELETE", f"{pool.place}/drafts/forms/client")
    assert answer.status_code == 422 and "领取" in answer.text, answer.text
