"""An import as a job: checked only, or written as a whole; complete or not at all."""

import contextlib
import gc
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection

from engine.access.grants import require, require_design
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.exchange import made_things, new_fields, rejects, upload
from engine.exchange.checking import Findings
from engine.exchange.choices import asks_for_options
from engine.exchange.mapping import MODES, ImportMapping
from engine.exchange.matching import Matches, match_fields
from engine.exchange.problems import Problem
from engine.exchange.rows_read import Batch, CellProblem, SheetReader
from engine.exchange.targets import Targets
from engine.exchange.understanding import Understanding, understand
from engine.fields.form import Field
from engine.platform.errors import Invalid, Refusal
from engine.platform.files import StoredFile
from engine.platform.i18n import Text
from engine.platform.jobs import Cancelled, Interrupted, JobContext, enqueue, get_job, job
from engine.platform.notices import tell
from engine.records.bulk.write import Block, Loaded, Loading, Row, loading
from engine.records.writing.transaction import Transaction

CHECK, IMPORT = "exchange.check", "exchange.import"
MOST_ERRORS = 1_000
MOST_REASONS = 200_000
SEVERAL = Problem(
    "several_matches",
    Text("有多条记录符合，不知道更新哪一条", "Several records match; it is not clear which to update"),
)
NO_MATCH = Problem("no_match", Text("没有找到要更新的记录", "There is no record to update"))
log = logging.getLogger("jianflow.exchange")
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
    """Write the job; answers its id. Raises Invalid where records cannot be matched as was asked.

    Raises Forbidden for new fields or options from somebody who may not change the form.
    """
    live = living.load(connection, wanted.app)
    form = live.form(wanted.form)
    match_fields(live, form, viewer, wanted.match_on)
    if any(form.field(key) is None for key in wanted.mapping.new_fields) or any(
        asks_for_options(wanted.mapping, field) for field in form.walk()
    ):
        require_design(live, viewer)
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
            findings.refuse(rejects.refused(outcome, opened.understood))
            findings.remind(rejects.reminders(outcome, opened.understood))
            findings.make(work.things.records)
            raise _RolledBack

        with contextlib.suppress(_RolledBack):
            _carry_out(context, connection, wanted, opened, uuid4(), findings.note, after)
        for path, options in opened.reader.made_options().items():
            findings.made.setdefault(path, set()).update(options)
    context.errors[:] = [_error(one, context.language) for one in findings.cells[:MOST_ERRORS]]
    return findings.json(opened.understood)


@job(IMPORT, retry=False, lost=LOST, unfinished=new_fields.unfinished)
def run(context: JobContext, payload: dict[str, Any]) -> dict[str, Any] | None:
    """The import: staged while it is read, then written in one transaction together with the job's end."""
    wanted = Order.read(payload)
    options = _new_options(context, wanted)
    added = new_fields.publish(context.database, wanted, context.job_id, options, author=context.member_id)
    _import(context, wanted, added)
    return None


def _new_options(context: JobContext, wanted: Order) -> dict[str, list[str]]:
    """The options that the file needs and the mapping wants to be made; found before anything is published."""
    mapping = wanted.mapping
    with context.database.connect() as connection:
        form = living.load(connection, wanted.app).form(wanted.form)
        asking = {field.path for field in form.walk() if asks_for_options(mapping, field)}
        asking |= mapping.new_fields.keys() & mapping.choices.keys()
        if not asking:
            return {}
        reader = _open(context, connection, wanted, lambda field: field.path in asking).reader
        for _ in reader.batches():
            context.check_cancelled()
        return reader.made_options()


def _import(context: JobContext, wanted: Order, added: new_fields.Added) -> None:
    bad: list[CellProblem] = []
    with context.database.connect() as connection:
        opened = _open(context, connection, wanted)

        def note(batch: Batch, problems: Sequence[CellProblem]) -> None:
            bad.extend(problems[: max(0, MOST_REASONS - len(bad))])

        def after(tx: Transaction, outcome: Loaded, work: "_Work") -> None:
            all_bad = [*bad, *rejects.refused(outcome, opened.understood)]
            rejected = work.rejected | {fault.number for fault in outcome.faults}
            context.errors[:] = [_error(one, context.language) for one in all_bad[:MOST_ERRORS]]
            result: dict[str, Any] = {
                "created": outcome.created,
                "updated": outcome.updated,
                "unchanged": outcome.unchanged,
                "rejected": len(rejected),
                "skipped": work.skipped,
                "form": wanted.form,
                "members": work.things.members,
                "linked": {path: len(names) for path, names in work.things.records.items()},
                "new_fields": added.fields,
                "new_options": added.options,
                "url": f"/a/{wanted.app}/{wanted.form}/imports/{context.job_id}",
            }
            if rejected:
                lines = work.lines_of(rejected)
                result["file"] = rejects.keep(tx.connection, opened.understood, lines, all_bad, opened.viewer)
            _tell(tx, opened, result)
            context.complete(tx.connection, result)

        _carry_out(context, connection, wanted, opened, UUID(context.job_id), note, after)


class _RolledBack(Exception):
    """Ends a dry run: what it did is taken back by the database."""


@dataclass
class _Work:
    """How far the reading of the file is."""

    things: made_things.MadeThings
    done: int = 0
    skipped: int = 0
    rejected: set[int] = attribute(default_factory=set)
    last: dict[int, int] = attribute(default_factory=dict)

    def lines_of(self, numbers: set[int]) -> set[int]:
        """All rows of the sheet that belong to the records with these numbers."""
        return {line for number in numbers for line in range(number, self.last.get(number, number) + 1)}


def _carry_out(
    context: JobContext,
    connection: Connection,
    wanted: Order,
    opened: "_Opened",
    import_id: UUID,
    note: Callable[[Batch, Sequence[CellProblem]], None],
    after: Callable[[Transaction, Loaded, _Work], None],
) -> None:
    """Read and stage the file batch by batch, then write it; `after` ends the writing transaction."""
    started = time.monotonic()
    total = opened.understood.rows
    matches = Matches(connection, opened.live, opened.form, opened.viewer, wanted.match_on)
    work = _Work(made_things.MadeThings(opened.live, opened.form, wanted.mapping))
    context.progress(0, total)
    try:
        mapped = [column.field.path for column in opened.reader.columns if column.kept]
        with loading(
            context.database, wanted.app, wanted.form, opened.viewer, import_id=import_id, mapped=mapped
        ) as load:
            for batch in _uncollected(opened.reader.batches()):
                found = matches.find(batch) if wanted.match_on else {}
                problems = [*batch.problems, *_unmatched(wanted, batch, found)]
                note(batch, problems)
                work.rejected |= batch.rejected - batch.skipped
                work.skipped += len(batch.skipped)
                work.last |= batch.last
                work.things.note(batch, found)
                _stage(load, batch, found)
                work.done += batch.rows
                rate = work.done / max(0.001, time.monotonic() - started)
                context.progress(min(work.done, total), total, rate)
            context.check_cancelled()
            headers = {target: header for _, header, target in opened.understood.targets}
            note(Batch([]), work.things.left_empty(load, headers))
            load.finish(
                lambda tx: work.things.make(tx, load),
                lambda tx, outcome: after(tx, outcome, work),
                context.check_cancelled,
            )
    except (Refusal, Cancelled, Interrupted, _RolledBack):
        raise
    except Exception as error:
        log.exception("import %s stopped after row %s", context.job_id, work.done)
        raise Refusal(_stopped(context, work.done, total), code="internal") from error
    finally:
        gc.unfreeze()


def _uncollected(batches: Iterator[Batch]) -> Iterator[Batch]:
    """The batches while the garbage collector rests: it would go through the rows again and again and find nothing.

    What was there before is left out until `_carry_out` ends, or it would go through all that when it wakes.
    """
    gc.freeze()
    gc.disable()
    try:
        yield from batches
    finally:
        gc.enable()


def _stage(load: Loading, batch: Batch, found: Mapping[int, int | None]) -> None:
    """New rows by columns; those that change a record one by one."""
    out = batch.left_out
    changing = {at for at, number in enumerate(batch.numbers) if found.get(number) is not None} - out
    if changing:
        keys = list(batch.columns)
        load.stage(
            Row(
                batch.numbers[at],
                {key: value for key in keys if (value := batch.columns[key][at]) is not None},
                found[batch.numbers[at]],
            )
            for at in sorted(changing)
        )
    block = Block(
        batch.numbers, dict(batch.columns), frozenset(path for path in batch.named if "." not in path)
    )
    load.stage_block(block.without(out | changing))


def _stopped(context: JobContext, done: int, total: int) -> Text:
    where = (
        Text("写入记录时", "while writing the records")
        if done >= total
        else Text("读到第 {n} 行之后", "after reading row {n}", n=f"{done:,}")
    )
    return Text(
        "{where}出了意外的错误，没有写入任何记录。管理员可以在日志里按编号 {id} 找到原因",
        "Something unexpected went wrong {where}; no records were written. An administrator finds the cause"
        " in the log by the number {id}",
        where=where, id=context.job_id,
    )  # fmt: skip


@dataclass(frozen=True)
class _Opened:
    viewer: Viewer
    live: LiveApp
    form: Any
    understood: Understanding
    reader: SheetReader


def _open(
    context: JobContext,
    connection: Connection,
    wanted: Order,
    only: Callable[[Field], bool] = lambda field: True,
) -> _Opened:
    viewer = viewer_for(connection, context.member_id or 0)
    live = living.load(connection, wanted.app)
    form = live.form(wanted.form)
    require(live, viewer, wanted.form, "import")
    store = upload.files()
    file = upload.own_file(connection, store, wanted.file, context.member_id)
    understood = understand(upload.table_of(store, file), Targets.of(live, form, viewer), wanted.mapping)
    reader = SheetReader(connection, live, form, viewer, understood, only)
    return _Opened(viewer, live, form, understood, reader)


def _unmatched(wanted: Order, batch: Batch, found: Mapping[int, int | None]) -> list[CellProblem]:
    """Rows that should change a record but do not lead to exactly one."""
    if not wanted.match_on:
        return []
    problems = []
    for number in batch.numbers:
        if number in found and found[number] is None:
            problem = SEVERAL
        elif number not in found and wanted.mode == "update":
            problem = NO_MATCH
        else:
            continue
        if number not in batch.skipped:
            batch.rejected.add(number)
            problems.append(CellProblem(number, "", wanted.match_on[0], "", problem))
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
        created=f"{result['created']:,}", updated=f"{result['updated']:,}", rejected=f"{result['rejected']:,}",
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
