"""Files in fields: of the kinds and sizes that a field takes, by what their bytes are and not by what they are called."""

import io
from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.shop import field

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FORM = {
    "key": "paper",
    "name": {"zh-CN": "文件", "en": "Paper"},
    "title": "{name}",
    "fields": [
        field("name", "text"),
        field("photo", "image", max_count=2),
        field("any", "file"),
        field("docs", "file", accept=["pdf", "docx"], max_size_mb=1),
        field("sign", "signature"),
        field("rows", "subform", fields=[field("photo", "image")]),
    ],
}


@pytest.fixture(scope="module")
def papers(boss: Caller) -> str:
    app = boss.ok("POST", "/apps", {"name": "文件"})["key"]
    boss.ok("PUT", f"/apps/{app}/definitions/forms/paper", FORM)
    boss.ok("POST", f"/apps/{app}/publish", {})
    return f"/apps/{app}/forms/paper/records"


def sent(boss: Caller, content: bytes, name: str) -> str:
    kept: str = boss.ok("POST", "/files", data={"file": (io.BytesIO(content), name)})["id"]
    return kept


@pytest.mark.parametrize(
    ("key", "content", "name"),
    [
        ("photo", SVG, "logo.svg"),
        ("photo", SVG, "logo.png"),
        ("photo", b"%PDF-1.4", "photo.pdf"),
        ("docs", b"MZ" + bytes(20), "contract.pdf"),
        ("docs", PNG, "photo.png"),
        ("sign", SVG, "sign.svg"),
        ("sign", b"GIF89a" + bytes(20), "sign.gif"),
    ],
    ids=str,
)
def test_a_file_of_another_kind_is_refused_whatever_it_is_called(
    boss: Caller, papers: str, key: str, content: bytes, name: str
) -> None:
    values: dict[str, Any] = {"name": "x", key: [sent(boss, content, name)]}
    assert boss.refused("POST", papers, {"values": values}) == {f"/values/{key}/0": "file_type"}


def test_a_picture_in_a_row_is_held_to_the_same(boss: Caller, papers: str) -> None:
    values = {"rows": [{"photo": [sent(boss, SVG, "a.svg")]}]}
    assert boss.refused("POST", papers, {"values": values}) == {"/values/rows/0/photo/0": "file_type"}


def test_too_many_or_too_large_a_file_is_refused(boss: Caller, papers: str) -> None:
    three = [sent(boss, PNG + bytes([at]), f"{at}.png") for at in range(3)]
    assert boss.refused("POST", papers, {"values": {"photo": three}}) == {"/values/photo": "too_many_files"}
    large = sent(boss, b"%PDF-1.4" + bytes(1_100_000), "large.pdf")
    assert boss.refused("POST", papers, {"values": {"docs": [large]}}) == {"/values/docs/0": "file_too_large"}


def test_what_fits_is_kept_and_what_could_run_is_only_downloaded(boss: Caller, papers: str) -> None:
    values = {
        "photo": [sent(boss, PNG, "a.png")],
        "sign": [sent(boss, PNG, "signature.png")],
        "docs": [sent(boss, b"%PDF-1.4", "a.pdf")],
        "any": [sent(boss, SVG, "a.svg")],
    }
    made = boss.ok("POST", papers, {"values": values})["values"]
    assert [made[key][0]["name"] for key in values] == ["a.png", "signature.png", "a.pdf", "a.svg"]
    for key, disposition in (("photo", "inline"), ("any", "attachment")):
        read = boss.client.get(made[key][0]["url"], headers=boss.headers)
        assert read.headers["Content-Disposition"].startswith(disposition)
        assert read.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in read.headers["Content-Security-Policy"]
