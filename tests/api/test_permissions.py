"""Everything that members get of the CRM's opportunities is what a model of the roles' documents says, by every way."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.platform import performing
from engine.platform.database import Database
from engine.platform.settings import Settings
from tests.api.caller import Caller
from tests.api.conftest import Hire
from tests.api.grant_model import FIELDS, Person, World, never, weighted

ROLES = Path(__file__).resolve().parents[2] / "crm_template" / "roles"
LARGE = {
    "key": "large_deals", "name": "大单",
    "grants": {"opportunity": {
        "read": {"where": {"field": "amount", "op": "gte", "value": 1000}}, "export": True,
        "fields": {"remark": "hidden", "next_step": "hidden"}}},
}  # fmt: skip
WON = {
    "key": "won_deals", "name": "赢单",
    "grants": {"opportunity": {
        "read": {"where": {"field": "stage", "op": "eq", "value": "won"}},
        "fields": {"amount": "hidden", "attachments": "hidden"}}},
}  # fmt: skip
WHO = {
    "seller": ("salesperson",), "other_seller": ("salesperson",), "leader": ("manager",), "finance": ("finance",),
    "hr": ("hr",), "support": ("support",), "overlapping": ("large_deals", "won_deals"),
    "mixed": ("salesperson", "won_deals"), "nobody": (),
}  # fmt: skip
NUMBERS = ("amount", "probability", "weighted")


@dataclass(repr=False)
class Crm:
    """A clone of the CRM with people in roles, and the model of them."""

    place: str
    boss: Caller
    people: dict[str, Caller]
    model: dict[str, Person]
    world: World
    work: Callable[[], object]
    customer: int

    def __repr__(self) -> str:
        return "Crm"

    @property
    def records(self) -> str:
        return f"{self.place}/forms/opportunity/records"


@pytest.fixture(scope="module")
def crm(boss: Caller, hire: Hire, database: Database, api_settings: Settings) -> Iterator[Crm]:
    place = f"/apps/{boss.ok('POST', '/apps', {'template': 'crm', 'name': '权限'})['key']}"
    for role in (LARGE, WON):
        boss.ok("PUT", f"{place}/definitions/roles/{role['key']}", role)
    boss.ok("POST", f"{place}/publish")
    east, south = (
        boss.ok("POST", "/departments", {"name": f"{one}{uuid4().hex[:6]}"})["id"] for one in "东南"
    )
    leader = hire("领导", department=east)
    people = {"leader": leader}
    for name in WHO:
        if name == "seller":
            people[name] = hire(name, department=east)
        elif name == "other_seller":
            people[name] = hire(name, department=south, superior=leader.member)
        elif name != "leader":
            people[name] = hire(name, department=south)
    documents = {one.stem: json.loads(one.read_text("utf-8")) for one in ROLES.glob("*.json")}
    documents |= {"large_deals": LARGE, "won_deals": WON}
    for key in {key for keys in WHO.values() for key in keys}:
        members = [people[name].member for name, keys in WHO.items() if key in keys]
        boss.ok("PUT", f"{place}/roles/{key}/members", {"members": members, "departments": []})
    homes = {one.member: east if name in ("seller", "leader") else south for name, one in people.items()}
    reports = {leader.member: frozenset({people["other_seller"].member})}
    model = {
        name: Person(
            one.member, homes[one.member], reports.get(one.member, frozenset()),
            tuple(documents[key] for key in WHO[name]),
        )
        for name, one in people.items()
    }  # fmt: skip
    sent = {"values": {"name": f"客户{uuid4().hex}", "owner": people["seller"].member}}
    customer = boss.ok("POST", f"{place}/forms/customer/records", sent)["id"]
    world = World({**homes, boss.member: None})
    yield Crm(place, boss, people, model, world, lambda: performing.run_due(database, api_settings), customer)
    boss("DELETE", place)


OWNERS = ("seller", "other_seller", "leader", "mixed", "boss")
ROW = st.fixed_dictionaries({
    "owner": st.sampled_from(OWNERS),
    "stage": st.sampled_from(["prospecting", "engaging", "won", "lost"]),
    "amount": st.sampled_from([None, "0", "999.99", "1000", "25000"]),
    "with_customer": st.booleans(), "secret": st.sampled_from(["next_step", "remark"]), "with_file": st.booleans(),
})  # fmt: skip
SHARES = {"prospecting": "0.1", "engaging": "0.25", "won": "1", "lost": "0"}


def few(examples: int) -> Any:
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None,
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip


@few(2)
@given(rows=st.lists(ROW, min_size=4, max_size=6))
def test_every_member_gets_what_the_model_says(crm: Crm, rows: list[dict[str, Any]]) -> None:
    everybody(crm, rows)


@pytest.mark.soak
@few(40)
@given(rows=st.lists(ROW, min_size=4, max_size=8))
def test_every_member_gets_what_the_model_says_of_many_rows(crm: Crm, rows: list[dict[str, Any]]) -> None:
    everybody(crm, rows)


def everybody(crm: Crm, rows: list[dict[str, Any]]) -> None:
    batch = uuid4().hex[:10]
    facts = {}
    for number, row in enumerate(rows):
        made = add(crm, f"{batch}-{number}", row)
        facts[made["id"]] = made
    for name, caller in crm.people.items():
        who = crm.model[name]
        if not who.grants("opportunity", "read"):
            shut_out(crm, caller, next(iter(facts)))
            continue
        shown = {key: seen for key, row in facts.items() if (seen := crm.world.seen(row, who)) is not None}
        lists_and_records(crm, caller, batch, facts, shown)
        filters_sorts_and_totals(crm, caller, batch, shown, never(who))
        stories(crm, caller, facts, shown)
        taken_out = {
            key: {field: value for field, value in row.items() if field in allowed}
            for key, row in shown.items()
            if (allowed := crm.world.seen(facts[key], who, "export")) is not None
        }
        exported(crm, caller, who, batch, taken_out)


def add(crm: Crm, code: str, row: dict[str, Any]) -> dict[str, Any]:
    """A record, changed once so that it has a history, with a comment; answers the facts about it."""
    owner = crm.boss.member if row["owner"] == "boss" else crm.people[row["owner"]].member
    values: dict[str, Any] = {
        "code": code,
        "name": f"名{code}",
        "owner": owner,
        "stage": row["stage"],
        "amount": row["amount"],
    }
    values |= {row["secret"]: f"密{code}"} | ({"customer": crm.customer} if row["with_customer"] else {})
    file = None
    if row["with_file"]:
        file = crm.boss.ok("POST", "/files", data={"file": (io.BytesIO(b"secret"), "a.txt")})["id"]
        values["attachments"] = [file]
    made = crm.boss.ok("POST", crm.records, {"values": {**values, "amount": "7", "remark": "旧"}})
    place = f"{crm.records}/{made['id']}"
    crm.boss.ok("PATCH", place, {"values": {"amount": row["amount"], "remark": values.get("remark")}})
    crm.boss.ok("POST", f"{place}/comments", {"text": "说"})
    facts = {
        **dict.fromkeys(FIELDS), **values, "id": made["id"], "attachments": [file] if file else [],
        "amount": None if row["amount"] is None else Decimal(row["amount"]),
        "probability": Decimal(SHARES[row["stage"]]),
    }  # fmt: skip
    return facts | {"weighted": weighted(facts)}


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """What an answer says of the fields of the model, as the model says it."""
    told = {key: values[key] for key in FIELDS if key in values}
    for key in NUMBERS:
        if told.get(key) is not None:
            told[key] = Decimal(told[key])
    if told.get("attachments"):
        told["attachments"] = [one["id"] for one in told["attachments"]]
    return told


def told_customer(crm: Crm, caller: Caller, values: dict[str, Any]) -> dict[str, Any]:
    """A link tells id and title only to those who may read the record behind it."""
    link = values.get("customer")
    if link is not None:
        readable = reads_customer(crm, caller)
        assert link["id"] == (crm.customer if readable else None), link
        assert readable or link["title"] in ("无权查看", "No access")
        return values | {"customer": crm.customer}
    return values


def reads_customer(crm: Crm, caller: Caller) -> bool:
    return caller("GET", f"{crm.place}/forms/customer/records/{crm.customer}").status_code == 200


def mine(batch: str) -> dict[str, Any]:
    return {"field": "code", "op": "starts_with", "value": batch}


def asked(caller: Caller, crm: Crm, **sent: Any) -> list[dict[str, Any]]:
    answer = caller.ok("POST", f"{crm.records}/query", {"limit": 1000, "count": True, **sent})
    assert answer["total"] == len(answer["records"])
    found: list[dict[str, Any]] = answer["records"]
    return found


def lists_and_records(
    crm: Crm, caller: Caller, batch: str, facts: dict[int, Any], shown: dict[int, dict[str, Any]]
) -> None:
    listed = {
        row["id"]: told_customer(crm, caller, plain(row["values"]))
        for row in asked(caller, crm, where=mine(batch))
    }
    assert listed == shown
    texts = set()
    for key in facts:
        answer = caller("GET", f"{crm.records}/{key}")
        assert (answer.status_code == 200) == (key in shown)
        if key in shown:
            assert told_customer(crm, caller, plain(answer.json["values"])) == shown[key]
        else:
            texts.add(answer.text)
    missing = caller("GET", f"{crm.records}/999999999")
    assert texts <= {missing.text}, "a record that one may not read is one that is not there"


def filters_sorts_and_totals(
    crm: Crm, caller: Caller, batch: str, shown: dict[int, dict[str, Any]], hidden: set[str]
) -> None:
    for key in FIELDS:
        where = {"field": key, "op": "not_empty"}
        calls = [
            ("query", {"where": where}), ("query", {"sort": [{"field": key}]}), ("query", {"fields": [key]}),
            ("query", {"where": {"field": "stage", "op": "eq", "value": {"formula": f"{key} & 1"}}}),
            ("aggregate", {"group_by": [{"field": key}]}), ("aggregate", {"measures": [{"fn": "max", "field": key}]}),
            ("aggregate", {"measures": [{"fn": "count", "where": where}]}),
        ]  # fmt: skip
        if key in hidden:
            for way, sent in calls:
                answer = caller("POST", f"{crm.records}/{way}", sent)
                assert answer.status_code == 422 and answer.json["errors"][0]["code"] == "unknown_field", sent
                strange = json.loads(json.dumps(sent).replace(f'"{key}', '"nowhere'))
                other = caller("POST", f"{crm.records}/{way}", strange)
                assert (
                    answer.text.replace(key, "nowhere").replace(f'"length":{len(key)}', '"length":7')
                    == other.text
                )
            continue
        found = {row["id"] for row in asked(caller, crm, where={"all": [mine(batch), where]})}
        filled = {one for one, row in shown.items() if row.get(key) not in (None, [])}
        # For filters a link to what one may not read is as good as none.
        blind = key == "customer" and not reads_customer(crm, caller)
        assert found == (set() if blind else filled), key
    visible = list(shown.values())
    for key in set(NUMBERS) - hidden:
        above = {"field": key, "op": "gte", "value": 1}
        found = {row["id"] for row in asked(caller, crm, where={"all": [mine(batch), above]})}
        assert found == {one for one, row in shown.items() if (row.get(key) or 0) >= 1}, key
        order = [row["id"] for row in asked(caller, crm, where=mine(batch), sort=[{"field": key}])]
        rank = {one: (row.get(key) is None, row.get(key) or 0, one) for one, row in shown.items()}
        assert order == sorted(shown, key=lambda one: rank[one]), key
        measures = [{"fn": fn, "field": key, "as": fn} for fn in ("sum", "min", "max", "count_distinct")]
        [row] = caller.ok("POST", f"{crm.records}/aggregate", {"where": mine(batch), "measures": measures})[
            "rows"
        ]
        known = [one[key] for one in visible if one.get(key) is not None]
        assert Decimal(row["sum"]) == sum(known) and row["count_distinct"] == len(set(known)), key
        assert [None if row[fn] is None else Decimal(row[fn]) for fn in ("min", "max")] == [
            min(known, default=None), max(known, default=None)]  # fmt: skip
    for key in {"stage", "amount"} - hidden:
        groups = caller.ok(
            "POST", f"{crm.records}/aggregate", {"where": mine(batch), "group_by": [{"field": key}]}
        )["rows"]
        told = {
            None if row[key] is None else row[key] if key == "stage" else Decimal(row[key]): row["count"]
            for row in groups
        }
        assert told == Counter(row.get(key) for row in visible), key
    for key in ("name", "remark", "next_step"):
        prefix = {"name": "名", "remark": "密", "next_step": "密"}[key]
        found = {row["id"] for row in asked(caller, crm, search=f"{prefix}{batch}")}
        assert found == {
            one for one, row in shown.items()
            if any(str(row.get(name) or "").startswith(prefix) for name in ("name", "remark", "next_step"))
        }  # fmt: skip


def stories(crm: Crm, caller: Caller, facts: dict[int, Any], shown: dict[int, dict[str, Any]]) -> None:
    for key, fact in facts.items():
        place = f"{crm.records}/{key}"
        history, comments = caller("GET", f"{place}/history"), caller("GET", f"{place}/comments")
        explained = caller("GET", f"{place}/explain/weighted")
        said = caller("PATCH", place, {"values": {"nowhere": 1}})
        file = caller("GET", f"/files/{fact['attachments'][0]}") if fact["attachments"] else None
        if key not in shown:
            assert [one.status_code for one in (history, comments, explained)] == [404, 404, 404]
            assert said.status_code in (403, 404) and (file is None or file.status_code == 404)
            assert f"密{fact['code']}" not in said.text + history.text
            continue
        fields = {step["field"] for row in history.json["rows"] for step in row["changes"]}
        assert fields & set(FIELDS) <= set(shown[key]), "the history has no field that the record has not"
        assert ("amount" in fields) == ("amount" in shown[key] and fact["amount"] != 7)
        assert comments.json["rows"][0]["text"] == "说"
        assert explained.status_code == (200 if "weighted" in shown[key] else 422), explained.text
        if file is not None:
            assert file.status_code == (200 if "attachments" in shown[key] else 404)


def exported(crm: Crm, caller: Caller, who: Person, batch: str, shown: dict[int, dict[str, Any]]) -> None:
    sent = {"format": "csv", "where": mine(batch)}
    answer = (
        caller("POST", f"{crm.place}/forms/opportunity/exports", sent)
        if who.grants("opportunity", "export")
        else None
    )
    if answer is None:
        refused = caller.client.post(
            f"/api/v1{crm.place}/forms/opportunity/exports", json={"nope": 1}, headers=caller.headers
        )
        assert refused.status_code == 403, "permission is judged before the body"
        return
    crm.work()
    result = caller.ok("GET", f"/jobs/{answer.json['id']}")["result"]
    content = caller("GET", f"/files/{result['file']}").data.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(content)))
    labels = {"code": "商机编号", "name": "商机名称", "remark": "备注", "next_step": "下一步"}
    expected = sorted([str(row.get(key) or "") for key in sorted(labels)] for row in shown.values())
    assert sorted([line.get(labels[key], "") for key in sorted(labels)] for line in lines) == expected
    sums = sum(Decimal(line.get("金额") or 0) for line in lines)
    assert sums == sum(row.get("amount") or 0 for row in shown.values())


def shut_out(crm: Crm, caller: Caller, record: int) -> None:
    """Who has no grant learns nothing, whatever they send."""
    place = f"{crm.records}/{record}"
    calls = [
        ("GET", place), ("PATCH", place), ("DELETE", place), ("POST", crm.records), ("POST", f"{crm.records}/query"),
        ("POST", f"{crm.records}/aggregate"), ("POST", f"{crm.records}/batch"), ("GET", f"{place}/history"),
        ("GET", f"{place}/comments"), ("POST", f"{place}/comments"), ("GET", f"{place}/explain/weighted"),
        ("POST", f"{place}/restoration"), ("GET", f"{crm.place}/forms/opportunity/deleted"),
        ("POST", f"{crm.place}/forms/opportunity/exports"), ("POST", f"{crm.place}/forms/opportunity/imports"),
    ]  # fmt: skip
    for method, path in calls:
        answer = caller(method, path, {"nowhere": 1} if method != "GET" else None)
        assert answer.status_code in (403, 404), (method, path, answer.text)
        assert answer.json["errors"] == []
    described = caller.client.get("/api/v1/openapi.json", headers=caller.headers).text
    assert "forms/opportunity" not in described and ".opportunity" not in described


def test_openapi_describes_to_each_exactly_what_they_may_know(crm: Crm) -> None:
    for name, caller in crm.people.items():
        who = crm.model[name]
        document = caller.client.get("/api/v1/openapi.json", headers=caller.headers).json
        base = f"{crm.place}/forms/opportunity/records"
        if not who.grants("opportunity", "read"):
            assert base not in document["paths"] and "forms/opportunity" not in json.dumps(document)
            continue
        described = document["components"]["schemas"][f"{crm.place[6:]}.opportunity"]
        told = set(described["properties"]["values"]["properties"])
        assert told & set(FIELDS) == set(FIELDS) - never(who), name
        for method, path, operation in (("post", base, "create"), ("patch", f"{base}/{{id}}", "update"),
                                        ("delete", f"{base}/{{id}}", "delete"),
                                        ("post", f"{crm.place}/forms/opportunity/exports", "export")):  # fmt: skip
            assert (method in document["paths"].get(path, {})) == bool(
                who.grants("opportunity", operation)
            ), (name, path)


def test_what_may_not_be_written_is_refused_by_row_and_by_field(crm: Crm) -> None:
    seller, finance, hr = (crm.people[name] for name in ("seller", "finance", "hr"))
    owned = crm.boss.ok("POST", crm.records, {"values": {"code": uuid4().hex, "owner": seller.member}})["id"]
    foreign = crm.boss.ok("POST", crm.records, {"values": {"code": uuid4().hex}})["id"]
    unreadable = seller("PATCH", f"{crm.records}/{foreign}", {"values": {"amount": 1}})
    missing = seller("PATCH", f"{crm.records}/999999999", {"values": {"amount": 1}})
    assert unreadable.status_code == missing.status_code == 404
    assert unreadable.text.replace(str(foreign), "") == missing.text.replace("999999999", "")
    assert finance("PATCH", f"{crm.records}/{owned}", {"values": {"nowhere": 1}}).status_code == 403
    assert seller("DELETE", f"{crm.records}/{owned}").status_code == 403
    gone = seller("PATCH", f"{crm.records}/{owned}", {"values": {"owner": finance.member, "amount": 5}})
    assert gone.status_code == 204, "given away, it can't be read any more"
    assert seller("GET", f"{crm.records}/{owned}").status_code == 404
    contracts = f"{crm.place}/forms/contract/records"
    made = crm.boss.ok("POST", contracts, {"values": {"name": "合同", "owner": seller.member, "cost": 5}})
    assert "cost" not in seller.ok("GET", f"{contracts}/{made['id']}")["values"]
    sent = {"values": {"cost": 1}}
    hidden = seller("PATCH", f"{contracts}/{made['id']}", sent)
    strange = seller("PATCH", f"{contracts}/{made['id']}", {"values": {"koste": 1}})
    assert hidden.status_code == 422 and hidden.text.replace("cost", "koste") == strange.text
    assert seller.refused("POST", contracts, sent) == {"/values/cost": "unknown_field"}
    read_only = finance.refused("PATCH", f"{contracts}/{made['id']}", {"values": {"amount": 1}})
    assert read_only == {"/values/amount": "not_editable"}
    assert hr("POST", crm.records, {"nowhere": 1}).status_code == 403
    both = {
        "operations": [{"op": "create", "values": {"code": uuid4().hex}}, {"op": "delete", "id": foreign}]
    }
    before = crm.boss.ok("POST", f"{crm.records}/query", {"count": True, "limit": 1})["total"]
    assert seller("POST", f"{crm.records}/batch", both).status_code == 403
    assert crm.boss.ok("POST", f"{crm.records}/query", {"count": True, "limit": 1})["total"] == before


def test_lookups_and_rollups_tell_only_what_the_viewer_may_know(crm: Crm) -> None:
    support, finance, seller = (crm.people[name] for name in ("support", "finance", "seller"))
    place = f"{crm.place}/forms/customer/records"
    # A customer of the test's own: others sell to the shared one, and its sum is theirs too.
    sent = {"values": {"name": f"客户{uuid4().hex}", "owner": seller.member}}
    customer = crm.boss.ok("POST", place, sent)["id"]
    crm.boss.ok("POST", crm.records, {"values": {
        "code": uuid4().hex, "customer": customer, "stage": "won", "amount": "123456.78"}})  # fmt: skip
    for caller, told in ((support, False), (finance, True), (seller, True)):
        values = caller.ok("GET", f"{place}/{customer}")["values"]
        assert ("won_amount" in values) == told
        sent = {"where": {"field": "won_amount", "op": "gt", "value": 1}}
        answer = caller("POST", f"{place}/query", sent)
        assert answer.status_code == (200 if told else 422)
        assert ("123456" in answer.text) == told


def test_a_repeated_value_names_nobody_beyond_what_the_form_allows(crm: Crm) -> None:
    seller = crm.people["seller"]
    code = uuid4().hex
    crm.boss.ok("POST", crm.records, {"values": {"code": code, "name": "别人的秘密项目", "remark": "密"}})
    answer = seller("POST", crm.records, {"values": {"code": code}})
    assert answer.status_code == 422 and answer.json["errors"][0]["code"] == "not_unique"
    assert "秘密" not in answer.text, "opportunities allow nothing to be told of the other record"


def test_a_link_to_what_one_may_not_read_tells_neither_which_nor_what(crm: Crm) -> None:
    other, seller = crm.people["other_seller"], crm.people["seller"]
    code = uuid4().hex
    made = crm.boss.ok("POST", crm.records, {"values": {"code": code, "owner": other.member, "amount": 5}})[
        "id"
    ]
    crm.boss.ok("PATCH", f"{crm.records}/{made}", {"values": {"customer": crm.customer}})
    hidden = {"id": None, "title": "无权查看"}
    assert other.ok("GET", f"{crm.records}/{made}")["values"]["customer"] == hidden
    mine_only = {"field": "code", "op": "eq", "value": code}
    for where in (
        {"field": "customer", "op": "eq", "value": crm.customer}, {"field": "customer", "op": "in", "value": [crm.customer]},
        {"field": "customer.name", "op": "contains", "value": "客户"}, {"field": "customer.owner", "op": "eq", "value": seller.member},
    ):  # fmt: skip
        assert asked(other, crm, where={"all": [mine_only, where]}) == [], where
        assert len(asked(crm.boss, crm, where={"all": [mine_only, where]})) == 1
    groups = other.ok(
        "POST", f"{crm.records}/aggregate", {"where": mine_only, "group_by": [{"field": "customer"}]}
    )["rows"]
    assert [(row["customer"] or {}).get("id") for row in groups] == [None]
    names = other.ok(
        "POST", f"{crm.records}/aggregate", {"where": mine_only, "group_by": [{"field": "customer.name"}]}
    )["rows"]
    assert [row["customer.name"] for row in names] == [None]
    steps = {
        step["field"]: step
        for row in other.ok("GET", f"{crm.records}/{made}/history")["rows"]
        for step in row["changes"]
    }
    assert steps["customer"]["new"] == hidden and steps["customer"]["old"] is None
    missing = other("PATCH", f"{crm.records}/{made}", {"values": {"customer": 999_999_999}})
    foreign = other("PATCH", f"{crm.records}/{made}", {"values": {"customer": crm.customer + 0}})
    new = other("POST", crm.records, {"values": {"customer": crm.customer}})
    assert missing.status_code == 422 and new.status_code == 422
    assert foreign.text == missing.text.replace("999999999", str(crm.customer)) or foreign.status_code == 200
    assert new.text == missing.text.replace("999999999", str(crm.customer))


def test_a_refusal_for_a_repeated_value_holds_no_number_of_a_hidden_record(crm: Crm) -> None:
    seller = crm.people["seller"]
    code = uuid4().hex
    crm.boss.ok("POST", crm.records, {"values": {"code": code}})
    [fault] = seller("POST", crm.records, {"values": {"code": code}}).json["errors"]
    assert set(fault) == {"pointer", "code", "message"} and fault["code"] == "not_unique"
    customers = f"{crm.place}/forms/customer/records"
    other = crm.people["other_seller"]
    name = crm.boss.ok("GET", f"{customers}/{crm.customer}")["values"]["name"]
    made = other.ok("POST", customers, {"values": {"name": name}})
    [fault] = [one for one in made["warnings"] if one["pointer"] == "/values/name"]
    assert name in fault["message"] and "seller" in fault["message"], (
        "the CRM's customers allow title and owner"
    )
    assert "id" not in fault
