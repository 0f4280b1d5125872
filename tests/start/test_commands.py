"""The sub-commands: setting up, keys, passwords, backups."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.start.product import Product, copied, sign_up


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


def test_a_backup_brings_everything_back_into_an_empty_folder(product: Product, tmp_path: Path) -> None:
    headers = sign_up(product)
    running = product.make_run()
    with httpx.Client(base_url=running.address + "/api/v1", headers=headers) as api:
        sent = {"file": ("发票.txt", b"one hundred", "text/plain")}
        stored = api.post("/files", files=sent).raise_for_status().json()
        product.run("backup", str(tmp_path / "kept" / "monday.backup"))
        assert api.post("/members", json={"name": "赵磊", "account": "zhao"}).status_code == 201
    refused = product.run("restore", str(tmp_path / "kept" / "monday.backup"), succeeds=False)
    assert "stop it" in refused or "停止" in refused
    running.press_ctrl_c()

    refused = product.run("restore", str(tmp_path / "kept" / "monday.backup"), succeeds=False)
    assert "--replace" in refused
    for path in (product.data / "files").rglob("*"):
        if path.is_file():
            path.unlink()
    product.run("restore", str(tmp_path / "kept" / "monday.backup"), "--replace")
    running = product.make_run()
    with httpx.Client(base_url=running.address + "/api/v1", headers=headers) as api:
        assert [member["name"] for member in api.get("/members").json()["rows"]] == ["李静"]
        assert api.get(f"/files/{stored['id']}").content == b"one hundred"
    running.press_ctrl_c()


def test_what_is_no_backup_is_refused_and_changes_nothing(product: Product, tmp_path: Path) -> None:
    broken, other = tmp_path / "broken", tmp_path / "other.tar"
    broken.write_bytes(b"\x00" * 100)
    with tarfile.open(other, "w") as archive:
        archive.add(__file__, "x")
    for file in (broken, other):
        said = product.run("restore", str(file), "--replace", succeeds=False)
        assert "Traceback" not in said
    assert "jf_" in product.run("api-key", "li@example.com")


def test_a_new_password_and_an_unknown_account(product: Product) -> None:
    product.run("password", "li@example.com", "--password", "Apfelbaum-77")
    said = product.run("api-key", "nobody@example.com", succeeds=False)
    assert "nobody@example.com" in said and "Traceback" not in said


def test_setting_up_twice_is_refused(product: Product) -> None:
    said = product.run(
        "setup", "--email", "x@example.com", "--password", "Kirsche-2026", "--name", "X", succeeds=False
    )
    assert "Traceback" not in said
