"""Files, imports, exports and the jobs that do them."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from engine.api.import_mapping import MAPPING
from engine.exchange.mapping import MEMBERS_OF, ImportMapping
from tests.api.caller import Caller
from tests.api.conftest import Hire

Work = Callable[[], object]


def upload(name: str, content: str | bytes) -> dict[str, Any]:
    raw = content.encode() if isinstance(content, str) else content
    return {"file": (io.BytesIO(raw), name)}


def job_of(boss: Caller, started: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = boss.ok("GET", f"/jobs/{started['id']}")
    return found


def test_a_file_is_read_by_its_owner_and_never_shown_as_a_page(boss: Caller, hire: Hire) -> None:
    kept = boss.ok("POST", "/files", data=upload("x/../b.html", "<script>1</script>"))
    assert kept["name"] == "b.html" and kept["size"] == 18
    answer = boss("GET", f"/files/{kept['id']}")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    other = hire()
    for strange in (kept["id"], "nope", "00000000-0000-0000-0000-000000000000"):
        assert other("GET", f"/files/{strange}").status_code == 404
    assert boss.refused("POST", "/files", {}) == {"/file": "required"}


def test_an_import_is_checked_done_and_taken_back(
    boss: Caller, shop: str, customers: str, work: Work, name: str
) -> None:
    sheet = (
        f"name,level,amount,day,备注\n{name}1,重点,5,3/1/2026,x\n{name}2,没有,x,3/2/2026,y\n{name}1,A,1,,z\n"
    )
    mapping = '{"columns": {"备注": null, "amount": "amount"}, "dates": {"day": "MM/DD/YYYY"}}'
    checked = boss.ok(
        "POST",
        f"{shop}/forms/customer/imports?dry_run=true",
        data=upload("a.csv", sheet) | {"mapping": mapping},
    )
    assert checked["state"] in ("queued", "running") and checked["result"] is None
    work()
    dry = job_of(boss, checked)
    assert dry["state"] == "succeeded" and dry["result"]["mapping"]["columns"]["level"] == "level"
    found = {(one["row"], one["column"]): one["code"] for one in dry["errors"]}
    assert found[(3, "level")] == "unknown_option" and found[(3, "amount")] == "not_a_number"
    assert boss.ok("POST", f"{customers}/query", {"search": name})["records"] == []

    started = boss(
        "POST", f"{shop}/forms/customer/imports", data=upload("a.csv", sheet) | {"mapping": mapping}
    )
    assert started.status_code == 202 and started.headers["Location"] == f"/api/v1/jobs/{started.json['id']}"
    work()
    done = job_of(boss, started.json)
    assert (done["state"], done["done"], done["total"]) == ("succeeded", 3, 3), done
    assert (done["result"]["created"], done["result"]["updated"], done["result"]["rejected"]) == (1, 0, 2)
    rows = boss.ok("POST", f"{customers}/query", {"search": name})["records"]
    assert [(row["values"]["level"], row["values"]["day"], row["values"]["note"]) for row in rows] == [
        ("A", "2026-03-01", None)
    ]
    undo = boss.ok("POST", f"{shop}/imports/{done['id']}/undo")
    work()
    assert job_of(boss, undo)["state"] == "succeeded"
    assert boss.ok("POST", f"{customers}/query", {"search": name})["records"] == []
    again = boss("POST", f"{shop}/imports/{done['id']}/undo")
    assert again.status_code == 409 and again.json["code"] == "already_undone"


@pytest.mark.parametrize("deep", ["[" * 5000, '{"a":' * 5000])
def test_a_mapping_of_thousands_of_brackets_is_refused(boss: Caller, shop: str, deep: str) -> None:
    sent = upload("a.csv", "name\nx\n") | {"mapping": deep}
    at = f"{shop}/forms/customer/imports"
    assert boss.refused("POST", at, data=sent) == {"/mapping": "malformed_json"}


def test_an_import_updates_what_it_finds_again(
    boss: Caller, shop: str, customers: str, work: Work, name: str
) -> None:
    known = boss.ok("POST", customers, {"values": {"name": name, "amount": 1}})["id"]
    sent = upload("a.csv", f"name,amount\n{name},2\n{name}新,3\n") | {
        "mode": "upsert",
        "match_on": '["name"]',
    }
    started = boss.ok("POST", f"{shop}/forms/customer/imports", data=sent)
    work()
    result = job_of(boss, started)["result"]
    assert (result["created"], result["updated"], result["rejected"]) == (1, 1, 0)
    assert boss.ok("GET", f"{customers}/{known}")["values"]["amount"] == "2"


def test_the_description_of_the_mapping_knows_all_that_may_be_sent() -> None:
    assert set(MAPPING["properties"]) == set(MEMBERS_OF)
    full = {
        "columns": {"name": "name", "x": None}, "links": {"a": {"by": "name", "missing": "create"}},
        "choices": {"level": {"missing": "create"}}, "values": {"level": {"x": {"create": True}, "y": None, "z": "A"}},
        "dates": {"day": "MM/DD/YYYY"}, "new_fields": {"n": {"type": "text"}}, "members": {"owner": {}},
    }  # fmt: skip
    for sent in (full, ImportMapping.read(full).json()):
        Draft202012Validator(MAPPING).validate(sent)


def test_options_that_a_file_names_are_made_on_request(
    boss: Caller, shop: str, customers: str, work: Work, name: str
) -> None:
    mapping = '{"choices": {"level": {"missing": "create"}}}'
    sent = upload("a.csv", f"name,level\n{name},{name}级\n") | {"mapping": mapping}
    started = boss.ok("POST", f"{shop}/forms/customer/imports", data=sent)
    work()
    result = job_of(boss, started)["result"]
    assert (result["created"], result["new_options"]) == (1, {"level": [f"{name}级"]})
    (record,) = boss.ok("POST", f"{customers}/query", {"search": name})["records"]
    assert record["values"]["level"] == f"{name}级"
    boss.ok("POST", f"{shop}/imports/{started['id']}/undo")
    work()
    form = boss.ok("GET", f"{shop}/definitions/forms/customer")
    assert f"{name}级" not in str(form)


def test_a_broken_file_or_mapping_is_refused_at_once(boss: Caller, shop: str) -> None:
    place = f"{shop}/forms/customer/imports"
    for file in (("a.csv", ""), ("a.csv", '"name\n1'), ("a.csv", b"\x00\x01\xff")):
        assert boss("POST", place, data=upload(*file)).json["code"] == "unreadable_file"
    bad = b"\xef\xbb\xbfname\nA\n\xff\n"
    for file, found in ((("a.csv", bad), "bad_byte"), (("a.pdf", b"%PDF-1.7\nx"), "not_a_table")):
        assert boss.refused("POST", place, data=upload(*file)) == {"/file": found}
    sheet = upload("a.csv", "name\nx")
    for sent, found in (
        ({"mapping": "{"}, {"/mapping": "malformed_json"}), ({"mapping": "[]"}, {"/mapping": "wrong_type"}),
        ({"mapping": '{"columns": {"zz": "name"}}'}, {"/mapping/columns/zz": "unknown_column"}),
        ({"mapping": '{"columns": {"name": "nope"}}'}, {"/mapping/columns/name": "unknown_field"}),
        ({"mapping": '{"nope": 1}'}, {"/mapping/nope": "unknown_property"}),
        ({"mapping": '{"choices": {"level": {"missing": "x"}}}'}, {"/mapping/choices/level": "wrong_value"}),
        ({"mapping": '{"choices": {"zz": {}}}'}, {"/mapping/choices/zz": "unknown_field"}),
        ({"mode": "update", "match_on": '["name", "zz"]'}, {"/match_on/1": "unknown_field"}),
        ({"mode": "x"}, {"/mode": "wrong_value"}), ({"mode": "update"}, {"/match_on": "required"}),
    ):  # fmt: skip
        sheet["file"][0].seek(0)
        assert boss.refused("POST", place, data=upload("a.csv", "name\nx") | sent) == found
    assert boss.refused("POST", place, {}) == {"/file": "required"}


def test_an_export_gives_a_file_of_what_was_asked_for(
    boss: Caller, shop: str, customers: str, work: Work, name: str
) -> None:
    boss.ok("POST", customers, {"values": {"name": f"{name}=1+1", "amount": 2, "level": "A"}})
    asked = {
        "format": "csv", "fields": ["name", "amount", "level"], "sort": [{"field": "name"}],
        "where": {"field": "name", "op": "starts_with", "value": name},
    }  # fmt: skip
    started = boss.ok("POST", f"{shop}/forms/customer/exports", asked)
    work()
    done = job_of(boss, started)
    assert done["state"] == "succeeded" and done["result"]["rows"] == 1
    content = boss("GET", f"/files/{done['result']['file']}").data.decode("utf-8-sig").splitlines()
    assert content == ["name,amount,level", f"{name}=1+1,2,重点"]
    for sent, found in (
        ({"format": "pdf"}, {"/format": "wrong_value"}), ({"fields": ["nope"]}, {"/fields/0": "unknown_field"}),
        ({"sort": [{"field": "nope"}]}, {"/sort/0/field": "unknown_field"}),
        ({"where": {"field": "nope", "op": "empty"}}, {"/where/field": "unknown_field"}),
    ):  # fmt: skip
        assert boss.refused("POST", f"{shop}/forms/customer/exports", sent) == found


def test_a_waiting_job_is_cancelled_and_seen_by_nobody_else(
    boss: Caller, shop: str, customers: str, work: Work, hire: Hire, name: str
) -> None:
    started = boss.ok("POST", f"{shop}/forms/customer/imports", data=upload("a.csv", f"name\n{name}\n"))
    other = hire()
    assert other("GET", f"/jobs/{started['id']}").status_code == 404
    assert other("DELETE", f"/jobs/{started['id']}").status_code == 404
    assert boss.ok("DELETE", f"/jobs/{started['id']}")["state"] == "cancelled"
    work()
    assert job_of(boss, started)["state"] == "cancelled"
    assert boss.ok("POST", f"{customers}/query", {"search": name})["records"] == []
    for strange in ("x", "00000000-0000-0000-0000-000000000000"):
        assert boss("GET", f"/jobs/{strange}").status_code == 404
        assert boss("POST", f"{shop}/imports/{strange}/undo").status_code == 404


def test_an_import_that_is_sent_twice_with_one_key_is_done_once(
    boss: Caller, shop: str, customers: str, work: Work, name: str
) -> None:
    key = {"Idempotency-Key": f"import {name}"}
    place = f"{shop}/forms/customer/imports"

    def sent(mark: str, content: str = f"name\n{name}\n") -> Any:
        body = f'--{mark}\r\nContent-Disposition: form-data; name="mode"\r\n\r\ncreate\r\n' if content else ""
        body += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n{content}\r\n--{mark}--\r\n'
        kind = f"multipart/form-data; boundary={mark}"
        return boss("POST", place, data=body.encode(), headers=key, content_type=kind)

    first, again = sent("one"), sent("two")
    assert first.status_code == again.status_code == 202
    assert first.json["id"] == again.json["id"]
    assert sent("three", f"name\n{name} else\n").json["code"] == "idempotency_key_reused"
    work()
    assert len(boss.ok("POST", f"{customers}/query", {"search": name})["records"]) == 1
