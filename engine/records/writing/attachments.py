"""Files in records: only one's own uploads can be put in, and what is put in belongs to the record."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.fields.form import Field
from engine.platform.file_types import UNKNOWN, claimed_type
from engine.platform.files import FileStore, StoredFile
from engine.platform.i18n import Text
from engine.records.storage.rows import StoredRecord

if TYPE_CHECKING:
    from engine.records.writing.incoming import Incoming
    from engine.records.writing.transaction import Transaction

files = FileStore(Path())
"""Only the rows of files are needed here, never their contents."""


def check(tx: "Transaction", incoming: "Incoming", before: StoredRecord | None) -> None:
    """Faults for files that do not exist, belong to somebody else, are too large or of another kind.

    A loose file is held from here on: of two records that are to get it, written at once or in one go, one does.
    """
    taker = incoming if before is None else (incoming.form.key, before.id)
    for field, below, ids in _new_files(incoming, before):
        known = {one.id: one for one in files.several(tx.connection, ids, lock=True)}
        for number, file_id in enumerate(ids):
            file = known.get(file_id)
            if file is None or not _usable(tx, file) or tx.files.setdefault(file.id, taker) != taker:
                said = Text("没有这个文件", "There is no such file")
                incoming.fault(field, "unknown_file", said, f"{below}/{number}")
            elif file.size > field.get("max_size_mb", 100) * 1024 * 1024:
                said = Text(
                    "“{file}”太大，最大 {size} MB",
                    "“{file}” is too large; at most {size} MB",
                    file=file.name,
                    size=field.get("max_size_mb", 100),
                )
                incoming.fault(field, "file_too_large", said, f"{below}/{number}")
            elif not _accepted(field, file):
                said = Text(
                    "不能放这种文件：“{file}”", "Files like “{file}” are not taken here", file=file.name
                )
                incoming.fault(field, "file_type", said, f"{below}/{number}")


def bind(tx: "Transaction", form_key: str, record_id: int, field: Field, before: Any, after: Any) -> None:
    """Bind new files to the record. Those taken out stay bound: its history still names them."""
    fresh = [one for one in after or () if one not in set(before or ())]
    if fresh:
        files.attach(
            tx.connection, fresh, app=tx.live.app.key, form=form_key, record=record_id, field=field.path
        )


def _new_files(incoming: "Incoming", before: StoredRecord | None) -> Any:
    for key, value in incoming.values.items():
        field = incoming.form.field(key)
        if field is None:
            continue
        old = before.values.get(key) if before else None
        if field.kind.holds_files:
            if fresh := [one for one in value or () if one not in set(old or ())]:
                yield field, "", fresh
        elif any(column.kind.holds_files for column in field.children):
            known = {row.id: row for row in old or ()}
            for number, row in enumerate(value or ()):
                for column in field.children:
                    if not column.kind.holds_files:
                        continue
                    had = set((known[row.id].values.get(column.key) if row.id in known else None) or ())
                    if fresh := [one for one in row.values.get(column.key) or () if one not in had]:
                        yield column, f"/{number}/{column.key}", fresh


def _usable(tx: "Transaction", file: StoredFile) -> bool:
    return file.app is None and (tx.viewer.administrator or file.owner == tx.viewer.member_id)


def _accepted(field: Field, file: StoredFile) -> bool:
    shown = getattr(field.kind, "accepted", ())
    if shown and file.type not in shown:
        return False  # an SVG, which may hold scripts, is no picture here whatever the field accepts
    accepted = field.get("accept") or ()
    if not accepted:
        return True
    name = file.name.lower()
    if file.type == UNKNOWN and claimed_type(name) != UNKNOWN:
        return False  # its name says what its bytes are not
    for one in accepted:
        one = one.lower()
        if one.endswith("/*") and file.type.startswith(one[:-1]) or one == file.type:
            return True
        if name.endswith(one if one.startswith(".") else "." + one):
            return True
    return False
