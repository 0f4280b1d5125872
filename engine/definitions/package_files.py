"""The files in a package, read without trusting it: no bombs, no ways out, no surprises."""

import io
import stat
import unicodedata
import zipfile
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from engine.platform.errors import Fault, Invalid, TooLarge
from engine.platform.i18n import Text

MOST_FILES = 5_000
MOST_FILE_BYTES = 50_000_000
MOST_BYTES = 200_000_000
_CHUNK = 1 << 16


@dataclass(frozen=True)
class PackageFile:
    """A file of a package by its path inside."""

    path: str
    content: bytes


def files_of(source: Path | str | bytes) -> list[PackageFile]:
    """All files of a zip or folder; `Invalid` or `TooLarge` where it is none, or not one to be trusted."""
    if isinstance(source, (str, Path)) and Path(source).is_dir():
        return _folder_files(Path(source))
    if isinstance(source, bytes):
        return _unpacked(io.BytesIO(source))
    try:
        with Path(source).open("rb") as stream:
            return _unpacked(stream)
    except FileNotFoundError as error:
        what = Text("没有这个文件。", "There is no such file.")
        raise refused([fault(Path(source).name, "unreadable", what)]) from error


def _unpacked(stream: IO[bytes]) -> list[PackageFile]:
    try:
        with zipfile.ZipFile(stream) as archive:
            return _zip_files(archive)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
    ) as error:
        what = Text("这不是完整的 zip 文件。", "This is not a whole zip file.")
        raise refused([fault("", "invalid_zip", what)]) from error


def fault(path: str, code: str, what: Text | str, pointer: str = "") -> Fault:
    """A fault in a file of a package."""
    if not path:
        return Fault("", code, what)
    shown = "".join(character if character.isprintable() else "�" for character in path[:200])
    message = Text("{path}：{what}", "{path}: {what}", path=shown, what=what)
    return Fault(f"/{shown.replace('~', '~0').replace('/', '~1')}{pointer}", code, message)


def refused(faults: list[Fault]) -> Invalid:
    """The refusal of a package."""
    return Invalid(
        Text(
            "应用包有 {n} 处问题，未安装。",
            "The package was not installed: {n} things are wrong.",
            n=len(faults),
        ),
        faults,
        code="invalid_package",
    )


def _folder_files(folder: Path) -> list[PackageFile]:
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            found.append(PackageFile(path.relative_to(folder).as_posix(), path.read_bytes()))
    return found


def _zip_files(archive: zipfile.ZipFile) -> list[PackageFile]:
    entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if len(entries) > MOST_FILES:
        raise TooLarge(
            Text(
                "文件太多：{n} 个，最多 {most} 个。",
                "Too many files: {n}, at most {most}.",
                n=len(entries),
                most=MOST_FILES,
            )
        )
    faults = [one for entry in entries if (one := _suspicious(entry))]
    names = [unicodedata.normalize("NFC", entry.filename) for entry in entries]
    twice = sorted(name for name, times in Counter(names).items() if times > 1)
    stands_twice = Text("这个文件出现了两次。", "This file stands twice.")
    faults.extend(fault(name, "duplicate_file", stands_twice) for name in twice)
    if faults:
        raise refused(faults)
    left = MOST_BYTES
    found = []
    for entry, name in zip(entries, names):
        content = _read(archive, entry, min(left, MOST_FILE_BYTES))
        left -= len(content)
        found.append(PackageFile(name, content))
    return found


def _suspicious(entry: zipfile.ZipInfo) -> Fault | None:
    name = entry.filename
    parts = name.split("/")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if (
        name.startswith("/")
        or "\\" in name
        or "\x00" in name
        or ".." in parts
        or "." in parts
        or ":" in parts[0]
    ):
        return fault(
            name, "path_outside", Text("文件路径指向包外，不能使用。", "The path leads out of the package.")
        )
    if kind not in (0, stat.S_IFREG):
        return fault(
            name, "not_a_file", Text("链接和特殊文件不能使用。", "Links and special files are not allowed.")
        )
    if entry.flag_bits & 1:
        return fault(
            name, "encrypted", Text("文件加了密码，无法读取。", "The file is encrypted and cannot be read.")
        )
    return None


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, most: int) -> bytes:
    """The content, counted while it is unpacked: what a zip says of its sizes need not be true."""
    chunks, size = [], 0
    with archive.open(entry) as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > most:
                raise TooLarge(
                    Text(
                        "{path}：解压后太大，一个文件最多 {file} MB，全部最多 {all} MB。",
                        "{path}: too large when unpacked: at most {file} MB a file and {all} MB together.",
                        path=entry.filename[:200],
                        file=MOST_FILE_BYTES // 1_000_000,
                        all=MOST_BYTES // 1_000_000,
                    )
                )
            chunks.append(chunk)
    return b"".join(chunks)
