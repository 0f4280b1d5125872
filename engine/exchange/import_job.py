"""An import as a job: checked only, or written as a whole; complete or not at all."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from engine.access.grants import require
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.exchange import made_things, new_fields, rejects, upload
from engine.exchange.checking import Findings
from engine.exchange.clean import Problem
from engine.exchange.mapping import MODES, ImportMapping
from engine.exchange.matching import Matches
from engine.exchange.rows_read import CellProblem, ReadRow, SheetReader
from engine.exchange.understanding import Understanding, understand
from engine.fields.base import RowValues
from engine.platform.errors import Invalid
from engine.platform.files import StoredFile
from engine.platform.i18n import Text
from engine.platform.jobs import JobContext, enqueue, get_job, job
from engine.platform.notices import tell
from engine.records.bulk import Loaded, Row, loading
from engine.records.transaction import Transaction

CHECK, IMPORT = "exchange.check", "exchange.import"
MOST_ERRORS = 1_000
LOST = Text(
    "导入被中断，没有写入任何记录，请重新导入",
    "The import was interrupted; no records were written. Please import again",
)


@dataclass(frozen=True)
class Order:
    """What somebody asked to be imported, and how."""

    app: str
    form: str
    file: str
    mapping: ImportMapping
    mode: str = "create"
    match_on: tuple[str, ...] = ()

    def payload(self) -> dict[str, Any]:
        """As the job keeps it."""
        return {
            "app": self.app,
            "form": self.form,
            "file": self.file,
            "mapping": self.mapping.json(),
            "mode": self.mode,
            "match_on": list(self.match_on),
        }

    @classmethod
    def read(cls, payload: Mapping[str, Any]) -> "Order":
        """From the job's payload."""
        return cls(
            payload["app"],
            payload["form"],
            payload["file"],
            ImportMapping.read(payload["mapping"]),
            payload["mode"],
            tuple(payload["match_on"]),
        )


def order(
    app: str, form: str, file: StoredFile, mapping: Any, mode: str | None, match_on: Sequence[str] | None
) -> Order:
    """An order from what was sent; raises Invalid with each wrong place."""
    chosen = mode or "create"
    if chosen not in MODES:
        raise Invalid.at(
            "/mode", "wrong_value", Text("方式应是 {all}", "The mode is one of {all}", all=", ".join(MODES))
        )
    if chosen != "create" and not match_on:
        said = Text("更新时要指定按哪些字段对应记录", "To update, say by which fields records are matched")
        raise Invalid.at("/match_on", "required", said)
    return Order(app, form, file.id, ImportMapping.read(mapping or {}), chosen, tuple(match_on or ()))


def start(connection: Connection, wanted: Order, viewer: Viewer, *, dry_run: bool) -> str:
    """Write the job; answers its id."""
    name = CHECK if dry_run else IMPORT
    return enqueue(connection, name, wanted.payload(), member_id=viewer.member_id, app_key=wanted.app)


@job(CHECK)
def check(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """The dry run: everything that the import does, checked by the same code, then rolled back."""
    wanted = Order.read(payload)
    findings = Findings()
    with context.database.connect() as connection:
        opened = _open(context, connection, wanted)

        def after(tx: Transaction, outcome: Loaded, work: "_Work") -> None:
            for one in rejects.refused(outcome, opened.understood):
                findings.add(one)
            findings.must += len({fault.number for fault in outcome.faults} - work.rejected)
            findings.remind(rejects.reminders(outcome, opened.understood))
            raise _RolledBack

        with contextlib.suppress(_RolledBack):
            _carry_out(context, connection, wanted, opened, uuid4(), findings.note, after)
    context.errors[:] = [_error(one, context.language) for one in findings.cells[:MOST_ERRORS]]
    return findings.json(opened.understood)


@job(IMPORT, retry=False, lost=LOST)
def run(context: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
    """The import: staged while it is read, then written in one transaction together with the job's end."""
    wanted = Order.read(payload)
    fields = new_fields.publish(context.database, wanted, author=context.member_id)
    bad: list[CellProblem] = []
    with context.database.connect() as connection:
        opened = _open(context, connection, wanted)

        def note(rows: Sequence[ReadRow], problems: Sequence[CellProblem]) -> None:
            bad.extend(problems)

        def after(tx: Transaction, outcome: Loaded, work: "_Work") -> None:
            all_bad = [*bad, *rejects.refused(outcome, opened.understood)]
            rejected = work.rejected | {fault.number for fault in outcome.faults}
            context.errors[:] = [_error(one, context.language) for one in all_bad[:MOST_ERRORS]]
            written = outcome.created + outcome.updated
            result: dict[str, Any] = {
                "created": outcome.created,
                "updated": outcome.updated,
                "rejected": len(rejected),
                "skipped": work.done - written - outcome.unchanged - len(rejected),
                "form": wanted.form,
                "members": work.things.members,
                "new_fields": fields,
                "url": f"/a/{wanted.app}/{wanted.form}/imports/{context.job_id}",
            }
            if rejected:
                result["file"] = rejects.keep(
                    tx.connection, opened.understood, rejected, all_bad, opened.viewer
                )
            _tell(tx, opened, result)
            context.complete(tx.connection, result)

        _carry_out(context, connection, wanted, opened, UUID(context.job_id), note, after)
    return None


class _RolledBack(Exception):
    """Ends a dry run: what it did is taken back by the database."""


@dataclass
class _Work:
    """How far the reading of the file is."""

    things: made_things.MadeThings
    done: int = 0
    rejected: set[int] = attribute(default_factory=set)


def _carry_out(
    context: JobContext,
    connection: Connection,
    wanted: Order,
    opened: "_Opened",
    import_id: UUID,
    note: Callable[[Sequence[ReadRow], Sequence[CellProblem]], None],
    after: Callable[[Transaction, Loaded, _Work], None],
) -> None:
    """Read and stage the file batch by batch, then write it; `after` ends the writing transaction."""
    started = time.monotonic()
    total = opened.understood.rows
    matches = Matches(connection, opened.live, opened.form, opened.viewer, wanted.match_on)
    work = _Work(made_things.MadeThings(opened.live, opened.form, wanted.mapping))
    with loading(context.database, wanted.app, wanted.form, opened.viewer, import_id=import_id) as load:
        for rows, problems in opened.reader.batches():
            found = matches.find(rows) if wanted.match_on else {}
            problems = problems + _unmatched(wanted, rows, found)
            note(rows, problems)
            work.rejected |= {row.number for row in rows if row.rejected and not row.skipped}
            good = [row for row in rows if not row.rejected and not row.skipped]
            load.stage([Row(row.number, _values(row), found.get(row.number)) for row in good])
            work.things.note(good, found)
            work.done += len(rows)
            context.progress(min(work.done, total), total, work.done / max(0.001, time.monotonic() - started))
        context.check_cancelled()
        load.finish(lambda tx: work.things.make(tx, load), lambda tx, outcome: after(tx, outcome, work))


@dataclass(frozen=True)
class _Opened:
    viewer: Viewer
    live: LiveApp
    form: Any
    understood: Understanding
    reader: SheetReader


def _open(context: JobContext, connection: Connection, wanted: Order) -> _Opened:
    viewer = viewer_for(connection, context.member_id or 0)
    live = living.load(connection, wanted.app)
    form = live.form(wanted.form)
    require(live, viewer, wanted.form, "import")
    store = upload.files()
    file = upload.own_file(connection, store, wanted.file, context.member_id)
    understood = understand(upload.table_of(store, file), form, wanted.mapping)
    return _Opened(viewer, live, form, understood, SheetReader(connection, live, form, viewer, understood))


def _values(row: ReadRow) -> dict[str, Any]:
    """The row's values, lines of subforms as new rows."""
    return {
        key: [RowValues(None, line) for line in value] if value and isinstance(value, list) and isinstance(value[0], dict) else value
        for key, value in row.values.items()
    }  # fmt: skip


def _unmatched(wanted: Order, rows: Sequence[ReadRow], found: Mapping[int, int | None]) -> list[CellProblem]:
    """Rows that should change a record but do not lead to exactly one."""
    if not wanted.match_on:
        return []
    problems = []
    for row in rows:
        if row.number in found and found[row.number] is None:
            problem = Problem(
                "several_matches",
                Text(
                    "有多条记录符合，不知道更新哪一条",
                    "Several records match; it is not clear which to update",
                ),
            )
        elif row.number not in found and wanted.mode == "update":
            problem = Problem("no_match", Text("没有找到要更新的记录", "There is no record to update"))
        else:
            continue
        row.rejected = True
        problems.append(CellProblem(row.number, "", wanted.match_on[0], "", problem))
    return problems


def _error(one: CellProblem, language: str) -> dict[str, Any]:
    return {
        "row": one.row,
        "column": one.column or None,
        "code": one.problem.code,
        "message": one.problem.message.render(language),
    }


def _tell(tx: Transaction, opened: _Opened, result: Mapping[str, Any]) -> None:
    said = Text(
        "“{form}”导入完成：新增 {created}，更新 {updated}，未导入 {rejected}",
        "Import into “{form}” is done: {created} created, {updated} updated, {rejected} left out",
        form=Text(opened.form.name("zh-CN"), opened.form.name("en")),
        created=result["created"], updated=result["updated"], rejected=result["rejected"],
    )  # fmt: skip
    tell(tx.connection, opened.viewer.member_id, said, str(result["url"]))


def finished(connection: Connection, job_id: str) -> dict[str, Any]:
    """The result of an import that ended well; raises NotFound, or Invalid while it has not."""
    found = get_job(connection, job_id)
    if found.name != IMPORT or found.state != "succeeded" or found.result is None:
        raise Invalid.at(
            "", "not_imported", Text("这次导入没有写入记录", "This import has not written any records")
        )
    return found.result
