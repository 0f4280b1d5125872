"""Apps and definitions over the REST API."""

import io
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from engine import api
from engine.access import api_keys, people
from engine.access.member_values import MemberValues
from engine.access.viewer import App as Engine
from engine.platform.database import Database
from engine.platform.files import FileStore
from engine.platform.settings import Settings
from tests.definitions.conftest import customer, order

Call = Callable[..., Any]


@pytest.fixture(scope="module")
def flask_app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("api")
    app = Flask("jianflow", static_folder=None)
    app.extensions["jianflow.settings"] = Settings(data=folder, secret_key="x", database_url=database.url)
    app.extensions["jianflow.database"] = database
    app.extensions["jianflow.files"] = FileStore(folder)
    api.init_app(app)
    return app


def key_of(database: Database, *, administrator: bool) -> str:
    with database.begin() as connection:
        values = MemberValues.read(
            {
                "name": "阿强",
                "account": f"a{uuid4().hex[:10]}",
                "password": "spring rain 2026",
                "administrator": administrator,
            }
        )
        member = people.create(connection, values, author=Engine("test"))
        return api_keys.issue(connection, member.id, author=Engine("test"))


@pytest.fixture(scope="module")
def administrator(database: Database) -> str:
    return key_of(database, administrator=True)


@pytest.fixture(scope="module")
def colleague(database: Database) -> str:
    return key_of(database, administrator=False)


@pytest.fixture
def call(flask_app: Flask, administrator: str) -> Call:
    client: FlaskClient = flask_app.test_client()

    def send(
        method: str,
        path: str,
        json: Any = None,
        *,
        key: str = administrator,
        etag: str | None = None,
        **more: Any,
    ) -> Any:
        headers = {"Authorization": f"Bearer {key}", **more.pop("headers", {})}
        if etag is not None:
            headers["If-Match"] = etag
        return client.open(f"/api/v1{path}", method=method, json=json, headers=headers, **more)

    return send


@pytest.fixture
def place(call: Call) -> Iterator[str]:
    """A blank app of the test's own, as a path."""
    made = call("POST", "/apps", {"name": "接口试用"})
    assert made.status_code == 201, made.text
    yield f"/apps/{made.json['key']}"
    call("DELETE", f"/apps/{made.json['key']}")


def test_an_app_is_made_listed_shown_and_removed(call: Call) -> None:
    made = call("POST", "/apps", {"name": "仓库管理"})
    assert made.status_code == 201 and made.json["name"] == "仓库管理" and made.json["version"] == 1
    key = made.json["key"]
    assert made.headers["Location"] == f"/api/v1/apps/{key}"
    assert key in [row["key"] for row in call("GET", "/apps").json["rows"]]
    assert call("GET", f"/apps/{key}").json["languages"] == ["zh-CN", "en"]
    assert call("DELETE", f"/apps/{key}").status_code == 204
    assert call("GET", f"/apps/{key}").status_code == 404


def test_apps_without_a_name_or_with_a_strange_one_are_refused(call: Call) -> None:
    for sent in ({}, {"name": "  "}, {"name": "长" * 101}, {"name": {"en": ""}}, {"name": 5}, {"nmae": "x"}):
        answer = call("POST", "/apps", sent)
        assert answer.status_code == 422 and answer.json["errors"][0]["pointer"] in ("/name", "/nmae")
    assert call("POST", "/apps", {"template": "no_such_template"}).status_code == 404


def test_what_get_gives_put_takes(call: Call, place: str) -> None:
    saved = call("PUT", f"{place}/definitions/forms/customer", customer())
    assert saved.status_code == 200 and saved.json == customer()
    read = call("GET", f"{place}/definitions/forms/customer")
    assert read.headers["ETag"] == saved.headers["ETag"]
    again = call("PUT", f"{place}/definitions/forms/customer", read.json, etag=read.headers["ETag"])
    assert again.status_code == 200 and again.headers["ETag"] == read.headers["ETag"]
    assert call("GET", f"{place}/definitions/forms/customer?state=live").status_code == 404
    assert call("GET", f"{place}/definitions/forms/customer?state=moon").status_code == 422


def test_a_change_without_an_etag_is_428_and_a_stale_one_is_merged_or_412(call: Call, place: str) -> None:
    path = f"{place}/definitions/forms/customer"
    first = call("PUT", path, customer()).headers["ETag"]
    assert call("PUT", path, customer(title="{level}")).status_code == 428
    assert call("DELETE", path).status_code == 428
    assert call("PUT", path, customer(title="{level}"), etag=first).status_code == 200
    merged = call("PUT", path, customer({"key": "city", "type": "text"}), etag=first)
    assert merged.status_code == 200 and merged.json["title"] == "{level}"
    assert merged.json["fields"][-1]["key"] == "city"
    assert call("GET", path).headers["ETag"] == merged.headers["ETag"]
    stale = call("PUT", path, customer(title="{amount}"), etag=first)
    assert stale.status_code == 412 and stale.json["code"] == "stale"
    assert [error["pointer"] for error in stale.json["errors"]] == ["/title"]
    assert stale.json["mine"]["title"] == "{amount}" and stale.json["theirs"]["title"] == "{level}"


def test_publishing_tells_every_fault_and_then_makes_live(call: Call, place: str) -> None:
    call("PUT", f"{place}/definitions/forms/order", order({"key": "n", "type": "number", "default": "x"}))
    refused = call("POST", f"{place}/publish")
    assert refused.status_code == 422 and refused.mimetype == "application/problem+json"
    assert sorted(error["pointer"] for error in refused.json["errors"]) == [
        "/forms/order/fields/1/form",
        "/forms/order/fields/3/default",
    ]
    call("PUT", f"{place}/definitions/forms/customer", customer())
    only = call("POST", f"{place}/publish", {"only": [{"kind": "forms", "key": "customer"}]})
    assert only.status_code == 200 and only.json["published"] == [{"kind": "forms", "key": "customer"}]
    assert only.json["version"] == 2 and only.json["jobs"] == []
    drafts = call("GET", f"{place}/drafts").json["rows"]
    assert [(row["kind"], row["key"], row["changes"]) for row in drafts] == [("forms", "order", ["新建"])]
    assert call("DELETE", f"{place}/drafts/forms/order").status_code == 204
    assert call("GET", f"{place}/drafts").json["rows"] == []
    for only in ([1], [{"kind": "forms"}], "forms"):
        assert call("POST", f"{place}/publish", {"only": only}).status_code == 422
    assert call("POST", f"{place}/publish", {"only": [{"kind": "forms", "key": "no"}]}).status_code == 422


def test_versions_are_told_with_author_and_difference_and_come_back(call: Call, place: str) -> None:
    path = f"{place}/definitions/forms/customer"
    etag = call("PUT", path, customer()).headers["ETag"]
    call("POST", f"{place}/publish")
    renamed = customer()
    renamed["fields"][2]["label"]["zh-CN"] = "合同额"
    call("PUT", path, renamed, etag=etag)
    call("POST", f"{place}/publish")
    versions = call("GET", f"{path}/versions").json["rows"]
    assert [row["number"] for row in versions] == [2, 1]
    assert versions[0]["author"]["title"] == "阿强" and versions[0]["created_at"].endswith("Z")
    assert versions[0]["changes"] == ["字段“合同额”的名称由“金额”改为“合同额”"]
    english = call("GET", f"{path}/versions", headers={"Accept-Language": "en"}).json["rows"]
    assert english[1]["changes"] == ["Created"]
    restored = call("POST", f"{path}/versions/1/restoration")
    assert restored.status_code == 201 and restored.json == customer()
    assert call("GET", f"{path}?state=live").json == renamed
    call("POST", f"{place}/publish")
    assert call("GET", f"{path}?state=live").json == customer()
    assert call("POST", f"{path}/versions/9/restoration").status_code == 404


def test_a_removed_definition_is_404_to_the_editor_and_gone_when_published(call: Call, place: str) -> None:
    path = f"{place}/definitions/forms/customer"
    etag = call("PUT", path, customer()).headers["ETag"]
    call("POST", f"{place}/publish")
    assert call("DELETE", path, etag=etag).status_code == 204
    assert call("GET", path).status_code == 404
    assert call("GET", f"{path}?state=live").status_code == 200
    assert call("GET", f"{place}/drafts").json["rows"][0]["removes"] is True
    assert call("POST", f"{place}/publish").status_code == 200
    assert call("GET", f"{path}?state=live").status_code == 404
    assert call("DELETE", f"{place}/definitions/roles/everyone", etag="x").status_code == 422


def test_unknown_kinds_and_hostile_keys_and_bodies(call: Call, place: str) -> None:
    assert call("GET", f"{place}/definitions/flows/x").status_code == 404
    assert call("PUT", f"{place}/definitions/moons/x", {}).status_code == 404
    assert call("PUT", f"{place}/definitions/forms/x%27%3B--", customer()).status_code == 422
    for raw in (b"{", b'{"a": ', b"[" * 100_000, b"\xff\xfe", b'{"key": "customer", "name": "\x00"}'):
        answer = call("PUT", f"{place}/definitions/forms/customer", data=raw, content_type="application/json")
        assert answer.status_code in (400, 422), raw[:20]
        assert answer.json["code"]


def test_packages_go_out_and_come_in(call: Call, place: str) -> None:
    call("PUT", f"{place}/definitions/forms/customer", customer())
    call("POST", f"{place}/publish")
    packed = call("GET", f"{place}/package")
    assert packed.mimetype == "application/zip"
    assert sorted(zipfile.ZipFile(io.BytesIO(packed.data)).namelist()) == [
        "app.json",
        "forms/customer.json",
        "roles/everyone.json",
    ]
    sent = {"file": (io.BytesIO(packed.data), "app.zip"), "name": "再来一个"}
    made = call("POST", "/apps/install", data=sent, content_type="multipart/form-data")
    assert made.status_code == 201 and made.json["name"] == "再来一个" and made.json["forms"] == ["customer"]
    assert call("DELETE", f"/apps/{made.json['key']}").status_code == 204
    broken = call("POST", "/apps/install", data=packed.data[:100], content_type="application/zip")
    assert broken.status_code == 422 and broken.json["errors"][0]["code"] == "invalid_zip"
    assert call("POST", "/apps/install").status_code == 422


def test_who_may_not_change_an_app_reads_no_definitions_of_it(call: Call, place: str, colleague: str) -> None:
    call("PUT", f"{place}/definitions/forms/customer", customer())
    call("POST", f"{place}/publish")
    for method, path in (
        ("GET", place),
        ("GET", f"{place}/definitions/forms/customer"),
        ("PUT", f"{place}/definitions/forms/customer"),
        ("GET", f"{place}/package"),
        ("GET", f"{place}/drafts"),
        ("POST", f"{place}/publish"),
        ("DELETE", place),
    ):
        assert call(method, path, key=colleague).status_code == 404, path
    assert call("POST", "/apps", {"name": "x"}, key=colleague).status_code == 403
    assert call("POST", "/apps/install", key=colleague).status_code == 403
    role = {"key": "everyone", "name": "所有人", "grants": {"customer": {"read": True}}}
    etag = call("GET", f"{place}/definitions/roles/everyone").headers["ETag"]
    call("PUT", f"{place}/definitions/roles/everyone", role, etag=etag)
    call("POST", f"{place}/publish")
    assert call("GET", place, key=colleague).status_code == 200
    for method, path in (
        ("GET", f"{place}/definitions/forms/customer"),
        ("PUT", f"{place}/definitions/forms/customer"),
        ("GET", f"{place}/package"),
        ("POST", f"{place}/publish"),
        ("DELETE", place),
    ):
        assert call(method, path, key=colleague).status_code == 403, path


def test_the_crm_is_cloned_twice_under_two_keys(call: Call) -> None:
    made = [call("POST", "/apps", {"template": "crm", "name": name}) for name in ("客户一", "客户二")]
    assert [one.status_code for one in made] == [201, 201]
    keys = [one.json["key"] for one in made]
    assert keys[0].startswith("crm") and keys[1].startswith("crm_") and keys[0] != keys[1]
    assert made[0].json["template"]["key"] == "crm" and made[0].json["name"] == "客户一"
    assert call("GET", f"/apps/{keys[0]}/definitions/forms/opportunity").json == __import__("json").loads(
        (Path(__file__).resolve().parents[2] / "crm_template/forms/opportunity.json").read_text("utf-8")
    )
    for key in keys:
        call("DELETE", f"/apps/{key}")


def test_publishing_tells_in_ones_language_how_many_records_fall_short(call: Call, place: str) -> None:
    path = f"{place}/definitions/forms/customer"
    etag = call("PUT", path, customer()).headers["ETag"]
    assert call("POST", f"{place}/publish").json["warnings"] == []
    assert call("POST", f"{place}/forms/customer/records", {"values": {"name": "华星"}}).status_code == 201
    document = customer()
    for change, language, said in (
        ({"required": True}, "zh-CN", "“客户”的已有记录中，有 1 条没有填现在必填的“金额”，例如“华星”。"),
        ({"required": True, "min": 1}, "en", None),
        ({"required": False}, "en", None),
        (
            {"required": True},
            "en",
            "“Customer”: records that leave “Amount” empty, which is required now: 1, such as “华星”.",
        ),
    ):
        document["fields"][2] = {**customer()["fields"][2], **change}
        etag = call("PUT", path, document, etag=etag).headers["ETag"]
        told = call("POST", f"{place}/publish", headers={"Accept-Language": language}).json["warnings"]
        assert [one.startswith(said) for one in told] == [True] if said else told == []


def test_publishing_tells_what_does_not_convert_and_what_goes_with_its_values(call: Call, place: str) -> None:
    path = f"{place}/definitions/forms/customer"
    document = customer()
    document["fields"].append({"key": "remark", "label": {"zh-CN": "备注", "en": "Remark"}, "type": "text"})
    etag = call("PUT", path, document).headers["ETag"]
    assert call("POST", f"{place}/publish").json["warnings"] == []
    for remark in ("abc", "12", None):
        call("POST", f"{place}/forms/customer/records", {"values": {"name": "华星", "remark": remark}})
    document["fields"][-1] = {**document["fields"][-1], "type": "number"}
    etag = call("PUT", path, document, etag=etag).headers["ETag"]
    told = call("POST", f"{place}/publish").json["warnings"]
    assert told == [
        "“备注”从单行文本改为数字：2 个值里有 1 个不能完整转换，原值保留 30 天，改回即恢复。例如“abc”"
    ]
    document["fields"].pop()
    etag = call("PUT", path, document, etag=etag).headers["ETag"]
    told = call("POST", f"{place}/publish", headers={"Accept-Language": "en"}).json["warnings"]
    assert told == ["The field “Remark” goes with its 1 values; it can come back for 30 days"]
    call("PUT", path, {**document, "name": {"zh-CN": "客户们", "en": "Clients"}}, etag=etag)
    assert call("POST", f"{place}/publish").json["warnings"] == []
