"""Apps, definitions and people as OpenAPI describes them; their rules have tests of their own."""

import io
from uuid import uuid4

from tests.api.caller import Caller
from tests.api.shop import field, open_shop


def test_an_apps_whole_life(boss: Caller) -> None:
    place = open_shop(boss)
    path = f"{place}/definitions/forms/customer"
    known = boss("GET", path)
    changed = {**known.json, "fields": [*known.json["fields"], field("city", "text")]}
    assert boss("PUT", path, changed).status_code == 428
    saved = boss("PUT", path, changed, headers={"If-Match": known.headers["ETag"]})
    assert saved.json == changed
    renamed = {**known.json, "name": "往来客户"}
    merged = boss("PUT", path, renamed, headers={"If-Match": known.headers["ETag"]})
    assert merged.status_code == 200 and merged.json["name"] == "往来客户"
    assert merged.json["fields"][-1]["key"] == "city" and merged.headers["ETag"] != known.headers["ETag"]
    clash = boss("PUT", path, {**known.json, "name": "顾客"}, headers={"If-Match": known.headers["ETag"]})
    assert clash.status_code == 412 and [one["pointer"] for one in clash.json["errors"]] == ["/name"]
    assert (clash.json["mine"]["name"], clash.json["theirs"]["name"]) == ("顾客", "往来客户")
    assert [(row["kind"], row["key"]) for row in boss.ok("GET", f"{place}/drafts")["rows"]] == [
        ("forms", "customer")
    ]
    assert boss.ok("GET", f"{path}?state=live") == known.json
    published = boss.ok("POST", f"{place}/publish", {"only": [{"kind": "forms", "key": "customer"}]})
    assert published["published"] == [{"kind": "forms", "key": "customer"}]
    newest, oldest = boss.ok("GET", f"{path}/versions")["rows"]
    assert newest["live"] and newest["author"]["id"] == boss.member and newest["changes"]
    assert boss.ok("POST", f"{path}/versions/{oldest['number']}/restoration") == known.json
    assert boss("DELETE", f"{place}/drafts/forms/customer").status_code == 204
    packed = boss("GET", f"{place}/package")
    sent = {"file": (io.BytesIO(packed.data), "app.zip"), "name": "再来"}
    installed = boss.ok("POST", "/apps/install", data=sent)
    assert installed["forms"] == ["customer", "order"] and installed["key"] in [
        row["key"] for row in boss.ok("GET", "/apps")["rows"]
    ]
    for made in (place, f"/apps/{installed['key']}"):
        assert boss("DELETE", made).status_code == 204 and boss("GET", made).status_code == 404


def test_publishing_tells_every_fault_and_changes_nothing(boss: Caller) -> None:
    place = f"/apps/{boss.ok('POST', '/apps', {'name': '试'})['key']}"
    wrong = {
        "key": "a", "name": "甲",
        "fields": [
            field("x", "formula", formula="y + 1", result="number"), field("y", "formula", formula="x", result="number"),
            field("z", "link", form="nowhere"), field("w", "number", default="many"),
        ],
    }  # fmt: skip
    boss.ok("PUT", f"{place}/definitions/forms/a", wrong)
    boss.ok("PUT", f"{place}/definitions/forms/b", {"key": "b", "name": "乙", "fields": [field("n", "text")]})
    refused = boss("POST", f"{place}/publish")
    places = {one["pointer"] for one in refused.json["errors"]}
    assert refused.status_code == 422
    assert {"/forms/a/fields/2/form", "/forms/a/fields/3/default"} <= places
    assert any(one.startswith(("/forms/a/fields/0", "/forms/a/fields/1")) for one in places)
    assert (
        boss.ok("GET", place)["forms"] == []
        and boss("GET", f"{place}/definitions/forms/b?state=live").status_code == 404
    )
    boss("DELETE", place)


def test_members_departments_roles_and_keys(boss: Caller, shop: str) -> None:
    name = uuid4().hex[:8]
    department = boss.ok("POST", "/departments", {"name": name, "parent": None})
    made = boss.ok("POST", "/members", {"name": name, "account": name, "password": "spring rain 2026",
                                        "department": department["id"], "superior": {"id": boss.member}})  # fmt: skip
    assert made["state"] == "active" and made["superior"] == {"id": boss.member, "title": "陈总"}
    assert boss.ok("POST", "/members", {"name": f"{name}2"})["state"] == "invited"
    head = boss.ok("PATCH", f"/departments/{department['id']}", {"head": made["id"]})
    assert head["head"] == {"id": made["id"], "title": name}
    boss.ok("PATCH", f"/members/{made['id']}", {"phone": f"138{int(name, 16) % 10**8:08d}", "also_in": []})
    assert boss.ok("GET", f"/members?department={department['id']}")["rows"][0]["id"] == made["id"]
    key = boss.ok("POST", f"/members/{made['id']}/api-keys", {"name": "试"})
    mine = Caller(boss.client, key["key"], made["id"])
    assert mine.ok("GET", f"/members/{made['id']}")["name"] == name
    assert [row["id"] for row in mine.ok("GET", f"/members/{made['id']}/api-keys")["rows"]] == [key["id"]]
    role = {"key": "seller", "name": "销售", "grants": {"customer": {"read": True}}}
    boss.ok("PUT", f"{shop}/definitions/roles/seller", role)
    boss.ok("POST", f"{shop}/publish")
    assert mine("GET", shop).status_code == 404
    given = {"members": [made["id"]], "departments": []}
    assert (
        boss.ok("PUT", f"{shop}/roles/seller/members", given)
        == given
        == boss.ok("GET", f"{shop}/roles/seller/members")
    )
    assert mine.ok("GET", shop)["forms"] == ["customer"]
    boss.ok("PUT", f"{shop}/roles/seller/members", {"members": [], "departments": [department["id"]]})
    assert mine.ok("GET", shop)["forms"] == ["customer"], "by the department"
    assert boss("DELETE", f"/members/{made['id']}/api-keys/{key['id']}").status_code == 204
    assert mine("GET", "/apps").status_code == 401
