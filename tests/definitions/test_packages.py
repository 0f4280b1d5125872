"""Apps as files: out, in again, and never trusted."""

import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa

from engine.definitions import live, package, publish, store, tables
from engine.definitions.model import App
from engine.platform.database import Database
from engine.platform.errors import Invalid, TooLarge
from tests.definitions.conftest import customer, order

APP = {
    "key": "app",
    "name": {"zh-CN": "客户管理", "en": "CRM"},
    "package": {"key": "shop", "version": "1.2.0"},
}


def packed(files: Mapping[str, Any]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content if isinstance(content, bytes) else orjson.dumps(content))
    return written.getvalue()


def faults(content: bytes) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        package.read_package(content)
    return [(fault.pointer, fault.code) for fault in refused.value.faults]


SHOP = {
    "app.json": APP,
    "forms/customer.json": customer(),
    "forms/order.json": order(),
    "roles/sales.json": {"key": "sales", "name": "销售", "grants": {"order": {"read": True}}},
}


def test_what_goes_out_comes_in_again_the_same(database: Database) -> None:
    first = package.install(database, package.read_package(packed(SHOP)), author=1)
    with database.connect() as connection:
        content = package.export_app(connection, first.key)
    again = package.install(database, package.read_package(content), author=1)
    assert again.key != first.key
    with database.connect() as connection:
        one, other = live.load(connection, first.key), live.load(connection, again.key)
    assert one.documents == other.documents
    assert list(other.documents["forms"]["customer"]) == list(customer())


def test_clones_get_keys_of_their_own_and_keep_what_they_were_made_from(database: Database) -> None:
    shop = package.read_package(
        packed({**SHOP, "app.json": {**APP, "package": {"key": "clone", "version": "3"}}})
    )
    first = package.install(database, shop, author=1)
    second = package.install(database, shop, name="第二个", author=1)
    assert (first.key, second.key) == ("clone", "clone_2")
    assert (second.template_key, second.template_version) == ("clone", "3")
    with database.connect() as connection:
        assert live.load(connection, "clone_2").document["name"] == "第二个"
        kept = connection.execute(
            sa.select(tables.installed.c.kind, tables.installed.c.key, tables.content.c.document)
            .join(
                tables.content,
                sa.and_(
                    tables.content.c.app_id == tables.installed.c.app_id,
                    tables.content.c.etag == tables.installed.c.etag,
                ),
            )
            .where(tables.installed.c.app_id == second.id)
        ).all()
    assert {(row.kind, row.key): row.document for row in kept} == dict(shop.documents)


def test_one_clone_changes_and_the_other_does_not(database: Database, save: Callable[..., Any]) -> None:
    shop = package.read_package(packed(SHOP))
    first, second = (package.install(database, shop, author=1) for _ in range(2))
    with database.connect() as connection:
        etag = live.load(connection, first.key).etags[("forms", "customer")]
    save(first, customer({"key": "city", "type": "text"}), etag=etag)
    publish.publish(database, first.key, author=1)
    with database.connect() as connection:
        assert live.load(connection, first.key).form("customer").field("city") is not None
        assert live.load(connection, second.key).form("customer").field("city") is None


def test_a_package_that_cannot_be_published_leaves_no_app_behind(database: Database) -> None:
    with database.connect() as connection:
        before = {app.key for app in store.apps(connection)}
    broken = package.read_package(
        packed({**SHOP, "forms/order.json": order({"key": "x", "type": "link", "form": "no"})})
    )
    with pytest.raises(Invalid) as refused:
        package.install(database, broken, author=1)
    assert refused.value.faults[0].pointer == "/forms/order/fields/3/form"
    with database.connect() as connection:
        assert {app.key for app in store.apps(connection)} == before


def test_a_folder_packed_as_a_whole_and_what_computers_leave_behind_are_understood(tmp_path: Path) -> None:
    files = {f"crm_template/{name}": content for name, content in SHOP.items()}
    files["crm_template/.DS_Store"] = b"\x00"
    files["crm_template/README.md"] = b"# hello"
    files["__MACOSX/crm_template/._app.json"] = b"\x00"
    files["crm_template/sample_data/customer.csv"] = b"name\n"
    found = package.read_package(packed(files))
    assert len(found.documents) == 4 and found.sample_data == {"customer.csv": b"name\n"}
    saved = tmp_path / "shop.zip"
    saved.write_bytes(packed(SHOP))
    assert package.read_package(saved).key == "shop" == package.read_package(str(saved)).key
    with zipfile.ZipFile(saved) as archive:
        archive.extractall(tmp_path / "shop")
    assert package.read_package(tmp_path / "shop").documents == package.read_package(saved).documents


def test_the_template_on_disk_is_a_package(database: Database) -> None:
    found = package.read_package(Path(__file__).resolve().parents[2] / "crm_template")
    assert (found.key, ("forms", "opportunity") in found.documents) == ("crm", True)
    app = package.install(database, found, author=1)
    with database.connect() as connection:
        assert len(live.load(connection, app.key).forms) >= 16


@pytest.mark.parametrize(
    "content", [b"", b"PK", b"not a zip", packed(SHOP)[:200], b"PK\x03\x04" + b"\x00" * 100]
)
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    assert faults(content) == [("", "invalid_zip")]


@pytest.mark.parametrize(
    "name", ["../app.json", "/etc/passwd", "forms/../../x.json", "C:/x.json", "forms\\x.json", "./app.json"]
)
def test_paths_that_lead_out_are_refused(name: str) -> None:
    assert [code for _, code in faults(packed({**SHOP, name: b"{}"}))] == ["path_outside"]


def test_links_in_a_package_are_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        link = zipfile.ZipInfo("forms/customer.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    assert faults(written.getvalue()) == [("/forms~1customer.json", "not_a_file")]


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = packed({**SHOP, "sample_data/big.csv": b"0" * 60_000_000})
    assert len(bomb) < 200_000
    with pytest.raises(TooLarge) as refused:
        package.read_package(bomb)
    assert "sample_data/big.csv" in str(refused.value.message)
    with pytest.raises(TooLarge):
        package.read_package(packed({f"forms/f{number}.json": b"{}" for number in range(5001)}))


def test_broken_files_are_named_with_their_line() -> None:
    broken = {
        **SHOP,
        "forms/customer.json": b'{\n  "key": "customer",\n  "name" "x"\n}',
        "forms/order.json": b"[]",
        "forms/deep.json": b"[" * 100_000,
        "flows/approval.json": {"key": "approval"},
        "notes.txt": b"hello",
        "roles/sales.json": {"key": "salesperson", "name": "销售"},
    }
    with pytest.raises(Invalid) as refused:
        package.read_package(packed(broken))
    found = {fault.pointer: fault for fault in refused.value.faults}
    assert {pointer: fault.code for pointer, fault in found.items()} == {
        "/forms~1customer.json": "invalid_json",
        "/forms~1order.json": "wrong_type",
        "/forms~1deep.json": "invalid_json",
        "/flows~1approval.json": "unknown_kind",
        "/notes.txt": "unknown_file",
        "/roles~1sales.json/key": "other_key",
    }
    assert "第 3 行第 10 个字符" in str(found["/forms~1customer.json"].message)


def test_a_package_without_an_app_is_none() -> None:
    assert faults(packed({"forms/customer.json": customer()})) == [("/app.json", "missing")]


def test_the_same_file_twice_is_refused() -> None:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("app.json", orjson.dumps(APP))
        archive.writestr("app.json", orjson.dumps(APP))
    assert faults(written.getvalue()) == [("/app.json", "duplicate_file")]


def test_drafts_do_not_leave_with_the_app(database: Database, app: App, save: Callable[..., Any]) -> None:
    save(app, customer())
    with database.connect() as connection:
        found = package.read_package(package.export_app(connection, app.key))
    assert sorted(found.documents) == [("app", "app"), ("roles", "everyone")]
