"""Stored files: the content once by its hash in the data folder, a row for each upload."""

import contextlib
import hashlib
import os
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from engine.platform import clock
from engine.platform.errors import NotFound, TooLarge
from engine.platform.file_types import FIRST_BYTES, INLINE, clean_name, type_of
from engine.platform.i18n import Text
from engine.platform.thumbnails import Thumbnails

LARGEST = 100 * 1024 * 1024
LOOSE_KEPT = timedelta(days=1)
PIECE = 256 * 1024
YOUNG_SECONDS = 3600
INCOMING, LEAVING = "incoming-", "leaving-"


@dataclass(frozen=True)
class StoredFile:
    """One uploaded or made file; where it is attached decides who may read it."""

    id: str
    name: str
    size: int
    type: str
    sha256: str
    owner: int | None
    created_at: datetime
    app: str | None
    form: str | None
    record: int | None
    field: str | None

    @property
    def inline(self) -> bool:
        """Whether a browser may show it inside the product; all others are downloaded."""
        return self.type in INLINE

    @property
    def headers(self) -> Mapping[str, str]:
        """What every answer with the content says: kept for its reader alone, and nothing in it runs in our pages."""
        return {
            "Cache-Control": "private, max-age=300",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        }

    def json(self) -> dict[str, Any]:
        """The file as the API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "size": self.size,
            "type": self.type,
            "url": f"/api/v1/files/{self.id}",
        }


_COLUMNS = ", ".join(StoredFile.__dataclass_fields__)


class FileStore:
    """The files of one data folder; with several machines that folder is shared."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "files"
        self.thumbnails = Thumbnails(data)

    def store(
        self,
        connection: Connection,
        stream: IO[bytes],
        name: str,
        *,
        owner: int | None,
        largest: int = LARGEST,
    ) -> StoredFile:
        """Keep what the stream gives, piece by piece, under a row in the caller's transaction.

        The file is loose until it is attached to a record, and loose ones are removed after a day.
        """
        digest, size, beginning = self._write(stream, largest)
        name = clean_name(name)
        row = connection.execute(
            text(
                f"""
                INSERT INTO jianflow.file (id, name, size, type, sha256, owner, created_at)
                VALUES (:id, :name, :size, :type, :sha256, :owner, :now) RETURNING {_COLUMNS}
                """
            ),
            {
                "id": uuid4(),
                "name": name,
                "size": size,
                "type": type_of(name, beginning),
                "sha256": digest,
                "owner": owner,
                "now": clock.now(),
            },
        ).one()
        return _read(row)

    def get(self, connection: Connection, file_id: str) -> StoredFile:
        """The file with this id."""
        found = self.several(connection, [file_id])
        if not found:
            raise NotFound(Text("没有这个文件。", "There is no such file."))
        return found[0]

    def several(
        self, connection: Connection, file_ids: Iterable[str], *, lock: bool = False
    ) -> list[StoredFile]:
        """The files with these ids, in that order; unknown ids are left out. `lock` keeps others from taking them."""
        wanted = [file_id for file_id in map(_uuid, file_ids) if file_id is not None]
        rows = connection.execute(
            text(
                f"SELECT {_COLUMNS} FROM jianflow.file WHERE id = ANY(:ids)"
                f"{' ORDER BY id FOR UPDATE' if lock else ''}"
            ),
            {"ids": wanted},
        )
        by_id = {row.id: _read(row) for row in rows}
        return [by_id[file_id] for file_id in wanted if file_id in by_id]

    def open(self, file: StoredFile) -> IO[bytes]:
        """The content."""
        return self.path(file).open("rb")

    def path(self, file: StoredFile) -> Path:
        """Where the content is."""
        return self._place(file.sha256)

    def thumbnail(self, file: StoredFile, size: str) -> Path | None:
        """Where a small picture of the content is; None for what is no picture that can be read."""
        return self.thumbnails.of(self.path(file), file.sha256, file.type, size)

    def attach(
        self, connection: Connection, file_ids: Sequence[str], *, app: str, form: str, record: int, field: str
    ) -> None:
        """Bind loose files to a record's field; who may read that, may read them."""
        connection.execute(
            text(
                """
                UPDATE jianflow.file SET app = :app, form = :form, record = :record, field = :field
                WHERE id = ANY(:ids) AND app IS NULL
                """
            ),
            {"ids": [UUID(file_id) for file_id in file_ids]}
            | {"app": app, "form": form, "record": record, "field": field},
        )

    def release(
        self,
        connection: Connection,
        *,
        app: str,
        form: str | None = None,
        records: Sequence[int] | None = None,
    ) -> None:
        """Forget the files of an app that goes, of a form, or of some of its records; their contents go later."""
        connection.execute(
            text(
                """
                DELETE FROM jianflow.file WHERE app = :app AND form = coalesce(:form, form)
                AND (CAST(:records AS bigint[]) IS NULL OR record = ANY(CAST(:records AS bigint[])))
                """
            ),
            {"app": app, "form": form, "records": None if records is None else list(records)},
        )

    def remove_loose(self, connection: Connection) -> int:
        """Remove what has been loose for a day, and the contents that only it needed; answers how many.

        What a job made stays as long as the job's row, which people follow to it.
        """
        removed = connection.execute(
            text(
                """
                DELETE FROM jianflow.file WHERE app IS NULL AND created_at < :until AND id::text NOT IN (
                    SELECT result->>'file' FROM jianflow.job WHERE result->>'file' IS NOT NULL)
                RETURNING sha256
                """
            ),
            {"until": clock.now() - LOOSE_KEPT},
        )
        digests = set(removed.scalars())
        self._drop(connection, digests)
        return len(digests)

    def remove_unneeded(self, connection: Connection) -> int:
        """Remove the contents that no row needs any more, and what broken-off uploads left; answers how many."""
        count = 0
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            count += self._drop(connection, {folder.name + path.name for path in folder.iterdir()})
        for pattern in (f"{INCOMING}*", f"{LEAVING}*"):
            for path in self.folder.glob(pattern):
                with contextlib.suppress(FileNotFoundError):
                    if not _young(path):
                        path.unlink()
        self.thumbnails.remove_unneeded(self.folder)
        return count

    def _drop(self, connection: Connection, digests: set[str]) -> int:
        needed = connection.scalars(
            text("SELECT sha256 FROM jianflow.file WHERE sha256 = ANY(:all)"), {"all": sorted(digests)}
        )
        return sum(self._unlink(digest) for digest in digests - set(needed))

    def _unlink(self, digest: str) -> bool:
        """Remove a content unless it is young: then it belongs to an upload whose row is not committed yet."""
        place, aside = self._place(digest), self.folder / f"{LEAVING}{digest}"
        try:
            if _young(place):
                return False
            os.replace(place, aside)
        except FileNotFoundError:
            return False
        if _young(aside):  # uploaded again between the look and the step aside
            os.replace(aside, place)
            return False
        aside.unlink()
        self.thumbnails.forget(digest)
        return True

    def _write(self, stream: IO[bytes], largest: int) -> tuple[str, int, bytes]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, size, beginning = hashlib.sha256(), 0, b""
        handle, temporary = tempfile.mkstemp(dir=self.folder, prefix=INCOMING)
        try:
            with os.fdopen(handle, "wb") as file:
                while piece := stream.read(PIECE):
                    size += len(piece)
                    if size > largest:
                        raise _too_large(largest)
                    beginning = beginning or piece[:FIRST_BYTES]
                    digest.update(piece)
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            place = self._place(digest.hexdigest())
            place.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, place)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise
        return digest.hexdigest(), size, beginning

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest[2:]


def _young(path: Path) -> bool:
    return time.time() - path.stat().st_mtime < YOUNG_SECONDS


def _too_large(largest: int) -> TooLarge:
    return TooLarge(
        Text("文件最大 {size} MB。", "A file may have {size} MB at most.", size=largest // (1024 * 1024)),
        largest=largest,
    )


def _uuid(text_id: object) -> UUID | None:
    try:
        return UUID(str(text_id))
    except ValueError:
        return None


def _read(row: Any) -> StoredFile:
    return StoredFile(**(dict(row._mapping) | {"id": str(row.id)}))
