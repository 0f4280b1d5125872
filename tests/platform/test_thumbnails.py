"""Small pictures: upright, without what the camera wrote, made once, and harmless whatever was uploaded."""

import io
import time
from pathlib import Path

import pytest
from PIL import Image

from engine.platform import thumbnails
from engine.platform.database import Database
from engine.platform.files import FileStore, StoredFile
from tests.platform.test_files import HEIC, age, keep


def picture(kind: str, size: tuple[int, int] = (900, 600), mode: str = "RGB", **saved: object) -> bytes:
    kept = io.BytesIO()
    Image.effect_noise(size, 60).convert(mode).save(kept, kind, **saved)
    return kept.getvalue()


def photo() -> bytes:
    """Taken with the camera on its side: the left half is red, and red is on top once it stands upright."""
    lying = Image.new("RGB", (600, 400), "blue")
    lying.paste("red", (0, 0, 300, 400))
    facts = Image.Exif()
    facts[0x0112], facts[0x010F] = 6, "Camera of Chen"
    kept = io.BytesIO()
    lying.save(kept, "JPEG", exif=facts)
    return kept.getvalue()


def bomb() -> bytes:
    """Some kB that would take 3.6 GB unpacked."""
    kept = io.BytesIO()
    Image.new("1", (60_000, 60_000)).save(kept, "PNG")
    return kept.getvalue()


def made(database: Database, folder: Path, name: str, content: bytes, size: str = "small") -> Path | None:
    files = FileStore(folder)
    return files.thumbnail(keep(database, files, name, content), size)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jpg", picture("JPEG")),
        ("progressive.jpg", picture("JPEG", progressive=True)),
        ("printed.jpg", picture("JPEG", mode="CMYK")),
        ("a.png", picture("PNG")),
        ("seen_through.png", picture("PNG", mode="LA")),
        ("a.gif", picture("GIF", mode="P", transparency=0)),
        ("a.webp", picture("WEBP")),
        ("a.bmp", picture("BMP")),
    ],
)
def test_a_picture_becomes_a_small_one(
    empty_database: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    for size, longest in thumbnails.SIZES.items():
        place = made(empty_database, tmp_path, name, content, size)
        assert place is not None
        with Image.open(place) as small:
            assert small.format == "WEBP" and small.size == (longest, longest * 2 // 3)
        assert place.stat().st_size < len(content)


def test_a_photo_stands_upright_and_says_nothing_of_its_camera(
    empty_database: Database, tmp_path: Path
) -> None:
    place = made(empty_database, tmp_path, "photo.jpg", photo())
    assert place is not None
    with Image.open(place) as small:
        assert small.size == (64, 96)
        top, bottom = small.convert("RGB").getpixel((32, 5)), small.convert("RGB").getpixel((32, 90))
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0]  # type: ignore[index]
    assert b"Camera" in photo() and b"Camera" not in place.read_bytes()


def test_a_picture_of_sixteen_bits_of_grey_keeps_its_light(empty_database: Database, tmp_path: Path) -> None:
    kept = io.BytesIO()
    Image.new("I;16", (300, 300), 40_000).save(kept, "PNG")
    place = made(empty_database, tmp_path, "scan.png", kept.getvalue())
    assert place is not None
    with Image.open(place) as small:
        assert abs(small.convert("L").getpixel((5, 5)) - 156) < 5  # type: ignore[operator]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("half.jpg", picture("JPEG")[:9_000]),
        ("half.png", picture("PNG")[:9_000]),
        ("head.gif", b"GIF89a"),
        ("head.bmp", b"BM" + b"\xff" * 60),
        ("bomb.png", bomb()),
        ("lie.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40),
        ("photo.heic", HEIC),
        ("drawing.svg", b"<svg/>"),
        ("page.jpg", b"<script>alert(1)</script>"),
        ("notes.txt", b"no picture"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_is_no_whole_picture_has_no_small_one_and_takes_no_time(
    empty_database: Database, tmp_path: Path, name: str, content: bytes
) -> None:
    begun = time.thread_time()  # what it works itself: a busy machine makes it wait, too
    assert made(empty_database, tmp_path, name, content) is None
    assert made(empty_database, tmp_path, name, content) is None
    assert time.thread_time() - begun < 5


def test_it_is_made_once_and_again_when_it_is_missing(
    empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = FileStore(tmp_path)
    drawings: list[Path] = []
    real = thumbnails.drawn

    def counted(content: Path, format_: str, longest: int) -> bytes | None:
        drawings.append(content)
        return real(content, format_, longest)

    monkeypatch.setattr(thumbnails, "drawn", counted)
    whole = keep(empty_database, files, "a.png", picture("PNG"))
    broken = keep(empty_database, files, "b.png", picture("PNG")[:9_000])
    place = files.thumbnail(whole, "small")
    assert place is not None and files.thumbnail(whole, "small") == place
    assert files.thumbnail(broken, "small") is None and files.thumbnail(broken, "small") is None
    assert len(drawings) == 2
    place.unlink()
    assert files.thumbnail(whole, "small") == place and place.exists()


def test_it_leaves_the_disk_with_its_picture(empty_database: Database, tmp_path: Path) -> None:
    files = FileStore(tmp_path)

    def shown(name: str) -> tuple[StoredFile, Path]:
        stored = keep(empty_database, files, name, picture("PNG"))
        place = files.thumbnail(stored, "small")
        assert place is not None
        return stored, place

    gone, of_gone = shown("gone.png")
    kept, of_kept = shown("kept.png")
    orphan = of_kept.with_name("0" * 62 + ".small.webp")
    orphan.write_bytes(b"of a content that was removed while this was made")
    made_now, broken_off = (of_kept.with_name(f"making-{one}") for one in ("now", "then"))
    for one in (made_now, broken_off):
        one.write_bytes(b"half")
    for path in (files.path(gone), files.path(kept), broken_off):
        age(path, 2)
    with empty_database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM jianflow.file WHERE name = 'gone.png'")
        assert files.remove_unneeded(connection) == 1
    assert not of_gone.exists() and not orphan.exists() and of_kept.exists()
    assert made_now.exists() and not broken_off.exists()
