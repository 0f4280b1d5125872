"""Stored files: what they are, how long they stay, and that they never run in our pages."""

import io
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from engine.platform import jobs
from engine.platform.clock import StoppedClock
from engine.platform.database import Database
from engine.platform.errors import NotFound, TooLarge
from engine.platform.files import FileStore

HEIC = b"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic" + b"\x00" * 40
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40


def keep(database: Database, files: FileStore, name: str, content: bytes):
    with database.begin() as connection:
        return files.store(connection, io.BytesIO(content), name, owner=1)


@pytest.mark.parametrize(
    ("name", "content", "kind", "inline"),
    [
        ("照片.png", PNG, "image/png", True),
        ("photo.png", b"<script>alert(1)</script>", "application/octet-stream", False),
        ("x.pdf", b"MZ\x90", "application/octet-stream", False),
        ("drawing.svg", b"<svg onload='alert(1)'/>", "image/svg+xml", False),
        ("page.html", b"<html>", "text/html", False),
        ("names.csv", "姓名\n".encode("gb18030"), "text/csv", False),
        ("names.csv", b"MZ\x00\x00", "application/octet-stream", False),
        (
            "report.xlsx",
            b"PK\x03\x04rest",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            False,
        ),
        ("手机.heic", HEIC, "image/heic", False),
        ("named.heic", HEIC.replace(b"heic", b"heix"), "image/heic", False),
        ("film.heic", HEIC.replace(b"heic", b"isom"), "application/octet-stream", False),
        ("page.heic", b"<script>alert(1)</script>", "application/octet-stream", False),
        ("still.avif", HEIC, "application/octet-stream", False),
        ("unknown", b"abc", "application/octet-stream", False),
    ],
)
def test_a_file_is_only_believed_to_be_what_its_bytes_say(
    empty_database: Database, tmp_path: Path, name: str, content: bytes, kind: str, inline: bool
) -> None:
    stored = keep(empty_database, FileStore(tmp_path), name, content)
    assert (stored.type, stored.inline, stored.size) == (kind, inline, len(content))


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\发票\\一月.pdf", "一月.pdf"),
        ("a\x00\n.txt", "a.txt"),
        ("..", "file"),
    ],
)
def test_the_name_of_a_file_leads_nowhere(
    empty_database: Database, tmp_path: Path, sent: str, kept: str
) -> None:
    assert keep(empty_database, FileStore(tmp_path), sent, b"x").name == kept


def test_the_same_content_is_stored_once(empty_database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    one, two = (keep(empty_database, files, name, b"same") for name in ("a.txt", "b.txt"))
    assert one.id != two.id
    assert files.path(one) == files.path(two)
    assert files.open(one).read() == b"same"


def test_a_file_over_the_limit_leaves_nothing_behind(empty_database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    with pytest.raises(TooLarge), empty_database.begin() as connection:
        files.store(connection, io.BytesIO(b"x" * 2000), "a.bin", owner=1, largest=1000)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_is_attached_to_nothing_is_gone_after_a_day(
    empty_database: Database, tmp_path: Path, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.platform.files.YOUNG_SECONDS", -1)
    files = FileStore(tmp_path)
    loose, attached = (
        keep(empty_database, files, "a.txt", b"one"),
        keep(empty_database, files, "b.txt", b"two"),
    )
    with empty_database.begin() as connection:
        files.attach(connection, [attached.id], app="crm", form="order", record=1, field="scan")
    clock.advance(hours=25)
    with empty_database.begin() as connection:
        assert files.remove_loose(connection) == 1
        assert files.get(connection, attached.id).record == 1
        with pytest.raises(NotFound):
            files.get(connection, loose.id)
    assert files.path(attached).exists()
    assert not files.path(loose).exists()


def age(path: Path, hours: float) -> None:
    then = time.time() - hours * 3600
    os.utime(path, (then, then))


def test_contents_whose_rows_are_gone_leave_the_disk(empty_database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path)
    gone, kept, fresh = (
        keep(empty_database, files, f"{name}.txt", name.encode()) for name in ("gone", "kept", "fresh")
    )
    broken_off = files.folder / "incoming-1"
    broken_off.write_bytes(b"half")
    for path in (files.path(gone), files.path(kept), broken_off):
        age(path, 2)
    with empty_database.begin() as connection:
        connection.execute(text("DELETE FROM jianflow.file WHERE name <> 'kept.txt'"))
        assert files.remove_unneeded(connection) == 1
    assert [files.path(one).exists() for one in (gone, kept, fresh)] == [False, True, True]
    assert not broken_off.exists()


def test_what_a_job_made_stays_as_long_as_the_job(
    empty_database: Database, tmp_path: Path, clock: StoppedClock
) -> None:
    files = FileStore(tmp_path)
    made = keep(empty_database, files, "导出.xlsx", b"made")
    with empty_database.begin() as connection:
        job_id = jobs.enqueue(connection, "platform.remove_loose_files", {})
        connection.execute(
            text(
                "UPDATE jianflow.job SET state = 'succeeded', result = jsonb_build_object('file', CAST(:file AS text))"
            ),
            {"file": made.id},
        )
    clock.advance(hours=24 * 20)
    with empty_database.begin() as connection:
        assert files.remove_loose(connection) == 0
        assert files.get(connection, made.id).name == "导出.xlsx"
        connection.execute(text("DELETE FROM jianflow.job WHERE id = CAST(:id AS uuid)"), {"id": job_id})
        assert files.remove_loose(connection) == 1


def test_nothing_in_a_served_file_runs_in_our_pages(empty_database: Database, tmp_path: Path) -> None:
    stored = keep(empty_database, FileStore(tmp_path), "page.html", b"<script>")
    assert (
        "sandbox" in stored.headers["Content-Security-Policy"]
        and "private" in stored.headers["Cache-Control"]
    )
