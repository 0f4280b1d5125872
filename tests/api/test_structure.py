"""Changing the structure of an app that is in use, by the API alone."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine.platform import performing
from engine.platform.database import Database
from engine.platform.settings import Settings
from tests.api.caller import Caller

FORM = {
    "key": "note",
    "name": "Note",
    "title": "{name}",
    "fields": [
        {"key": "name", "type": "text", "label": "Name"},
        {"key": "size", "type": "text", "label": "Size"},
        {"key": "lines", "type": "subform", "label": "Lines", "fields": [
            {"key": "x", "type": "text", "label": "X"}, {"key": "y", "type": "text", "label": "Y"}]},
    ],
}  # fmt: skip


@pytest.fixture
def place(boss: Caller) -> Iterator[str]:
    found = f"/apps/{boss.ok('POST', '/apps', {'name': '结构'})['key']}"
    draft(boss, found, FORM)
    boss.ok("POST", f"{found}/publish")
    yield found
    boss("DELETE", found)


def draft(boss: Caller, place: str, document: dict[str, Any], key: str = "note") -> None:
    current = boss("GET", f"{place}/definitions/forms/{key}")
    match = {"If-Match": current.headers["ETag"]} if current.status_code == 200 else {}
    boss.ok("PUT", f"{place}/definitions/forms/{key}", document, headers=match)


def without(*keys: str) -> dict[str, Any]:
    return {**FORM, "fields": [one for one in FORM["fields"] if one["key"] not in keys]}  # type: ignore[index]


def retyped() -> dict[str, Any]:
    fields = [{**one, "type": "number"} if one["key"] == "size" else one for one in FORM["fields"]]  # type: ignore[index]
    return {**FORM, "fields": fields}


def add(boss: Caller, place: str, **values: Any) -> int:
    return int(boss.ok("POST", f"{place}/forms/note/records", {"values": values})["id"])


def test_a_removed_field_is_listed_and_comes_back_with_its_values(boss: Caller, place: str) -> None:
    made = add(boss, place, name="甲", size="9", lines=[{"x": "1", "y": "2"}])
    definition = f"{place}/definitions/forms/note"
    assert boss.ok("GET", f"{definition}/removed-fields") == {"rows": []}
    shorter = without("size")
    shorter["fields"][1] = {**shorter["fields"][1], "fields": shorter["fields"][1]["fields"][:1]}
    draft(boss, place, shorter)
    boss.ok("POST", f"{place}/publish")
    found = {one["path"]: one for one in boss.ok("GET", f"{definition}/removed-fields")["rows"]}
    assert {path: one["values"] for path, one in found.items()} == {"size": 1, "lines.y": 1}
    assert found["size"]["field"]["label"] == "Size" and found["size"]["until"] > found["size"]["removed_at"]
    for path in ("size", "lines.y"):
        boss.ok("POST", f"{definition}/removed-fields/{path}/restoration")
    assert boss("POST", f"{definition}/removed-fields/size/restoration").status_code == 409
    assert boss("POST", f"{definition}/removed-fields/never/restoration").status_code == 404
    changes = boss.ok("POST", f"{place}/publish/preview", {})["changes"]
    assert {(one["kind"], one["field"], one["count"]) for one in changes} == {
        ("field_returns", "size", 1), ("field_returns", "lines.y", 1)}  # fmt: skip
    boss.ok("POST", f"{place}/publish")
    values = boss.ok("GET", f"{place}/forms/note/records/{made}")["values"]
    assert values["size"] == "9" and values["lines"][0]["y"] == "2"
    assert boss.ok("GET", f"{definition}/removed-fields") == {"rows": []}


def test_a_removed_subform_comes_back_with_its_rows(boss: Caller, place: str) -> None:
    made = add(boss, place, name="甲", lines=[{"x": "1"}, {"x": "2"}])
    draft(boss, place, without("lines"))
    boss.ok("POST", f"{place}/publish")
    definition = f"{place}/definitions/forms/note"
    [found] = boss.ok("GET", f"{definition}/removed-fields")["rows"]
    assert (found["path"], found["values"], len(found["field"]["fields"])) == ("lines", 2, 2)
    boss.ok("POST", f"{definition}/removed-fields/lines/restoration")
    boss.ok("POST", f"{place}/publish")
    assert [one["x"] for one in boss.ok("GET", f"{place}/forms/note/records/{made}")["values"]["lines"]] == [
        "1",
        "2",
    ]


def test_a_new_type_is_tried_before_it_is_saved_and_what_it_leaves_aside_can_be_read(
    boss: Caller, place: str
) -> None:
    made = [add(boss, place, name=one, size=one) for one in ("12", "gross")]
    sent = {"documents": [{"kind": "forms", "key": "note", "document": retyped()}]}
    [change] = boss.ok("POST", f"{place}/publish/preview", sent)["changes"]
    assert (change["kind"], change["field"], change["count"]) == ("field_retyped", "size", 1)
    assert change["examples"] == [{"id": made[1], "title": "gross", "value": "gross", "becomes": None}]
    assert boss.ok("GET", f"{place}/drafts") == {"rows": []}, "nothing was saved"
    draft(boss, place, retyped())
    boss.ok("POST", f"{place}/publish")
    kept = boss.ok("GET", f"{place}/definitions/forms/note/fields/size/kept-values")["rows"]
    assert kept == [{"id": made[1], "title": "gross", "value": "gross", "becomes": None}]


def test_a_preview_is_refused_like_the_publication_and_only_for_designers(
    boss: Caller, place: str, hire: Any
) -> None:
    broken = {**FORM, "title": "{nowhere}"}
    sent = {"documents": [{"kind": "forms", "key": "note", "document": broken}]}
    answer = boss("POST", f"{place}/publish/preview", sent)
    assert answer.status_code == 422 and answer.json["code"] == "not_publishable"
    assert boss("POST", f"{place}/publish/preview", {"documents": [1]}).status_code == 422
    hostile = {"documents": [{"kind": "forms", "key": "x", "document": {"key": -(10**30)}}]}
    assert boss("POST", f"{place}/publish/preview", hostile).status_code == 422
    somebody = hire("路人")
    for method, path in (
        ("POST", "publish/preview"), ("GET", "definitions/forms/note/removed-fields"),
        ("GET", "definitions/forms/note/fields/size/kept-values"),
    ):  # fmt: skip
        assert somebody(method, f"{place}/{path}").status_code in (403, 404)


def test_a_text_column_becomes_a_form_that_it_links_to(
    boss: Caller, place: str, database: Database, api_settings: Settings
) -> None:
    made = [add(boss, place, name=one, size=one) for one in ("大", "小", "大")]
    address = f"{place}/definitions/forms/note/fields/size/linked-form"
    assert boss.refused("POST", address, {"form": {"key": "B A D"}})
    job = boss.ok("POST", address, {"form": {"key": "size", "name": {"zh-CN": "尺寸", "en": "Sizes"}}})
    performing.run_due(database, api_settings)
    done = boss.ok("GET", f"/jobs/{job['id']}")
    assert (done["state"], done["result"]["created"]) == ("succeeded", 2), done
    boss._description = None  # it is another form now
    sizes = [boss.ok("GET", f"{place}/forms/note/records/{one}")["values"]["size"] for one in made]
    assert sizes[0] == sizes[2] and [one["title"] for one in sizes[:2]] == ["大", "小"]
    assert boss.ok("POST", f"{place}/forms/size/records/query", {"count": True})["total"] == 2
    assert boss("POST", address, {"form": {"key": "size"}}).status_code == 422, "it is a link now"
