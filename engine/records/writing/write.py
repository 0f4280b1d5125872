"""Writing records: parsed, completed, checked, stored and told, each write in one transaction."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from dataclasses import field as attribute
from typing import Any, TypeVar

import psycopg
from sqlalchemy import Connection, exc

from engine.access.api_keys import Holder
from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Fault, Forbidden, Invalid, NotFound, Refusal, TooLarge
from engine.platform.i18n import Text
from engine.records.reading.read import get
from engine.records.reading.rights import Rights, matching
from engine.records.storage.computed import computations
from engine.records.writing import completing, following, incoming, showing
from engine.records.writing.changes import write_changed, write_new
from engine.records.writing.holding import held, not_found
from engine.records.writing.preparing import confirm_rules, prepare, settle_rules
from engine.records.writing.recycle import delete, restore
from engine.records.writing.rules import applying, choosing, unique, validation
from engine.records.writing.staleness import stale
from engine.records.writing.transaction import Event, LookAgain, Transaction, subscribe

__all__ = [
    "Event",
    "Transaction",
    "Written",
    "batch",
    "create",
    "create_one",
    "delete",
    "delete_one",
    "may",
    "perform_all",
    "restore",
    "restore_one",
    "subscribe",
    "transact",
    "update",
    "update_one",
    "with_record",
]

ATTEMPTS = 4
MOST_OPERATIONS = 1000
PORTION = 50
"""So many operations that stand each for itself share a transaction as long as none of them is refused."""

T = TypeVar("T")


@dataclass(frozen=True)
class Written:
    """What a write left: `record` is None where the writer may not read it (any more)."""

    id: int
    version: int
    warnings: list[Fault] = attribute(default_factory=list)
    record: Any = None


def transact(
    database: Database,
    app_key: str,
    viewer: Viewer | App | Holder,
    work: Callable[[Transaction], T],
    *,
    door: str = "api",
) -> T:
    """Do `work` in one transaction against the live version of an app, with all that follows from it.

    The holder of an API key is looked up in the message that begins the transaction.

    A repeated value is found by the unique index, a missing link by the statement that writes; then the whole is
    done once more, carefully, so that the refusal can say what is wrong.
    """
    careful = False

    def once(connection: Connection) -> T:
        live, acting = _begin(connection, app_key, viewer)
        tx = Transaction(connection, live, acting, door, careful)
        result = work(tx)
        following.finish(tx)
        return result

    for _ in range(ATTEMPTS):
        try:
            return database.run(once)
        except LookAgain:
            careful = True
        except exc.IntegrityError as error:
            if not isinstance(error.orig, psycopg.errors.UniqueViolation):
                raise
            careful = True
    return database.run(once)


def _begin(
    connection: Connection, app_key: str, viewer: Viewer | App | Holder
) -> tuple[LiveApp, Viewer | App]:
    if isinstance(viewer, Viewer):
        viewer.require_own_hand()
    if not isinstance(viewer, Holder):
        return living.lock_and_load(connection, app_key), viewer
    found: list[Viewer] = []
    beside = living.Beside(viewer.call, lambda row: found.append(viewer.found(connection, row)))
    return living.lock_and_load(connection, app_key, beside), found[0]


def create(
    tx: Transaction,
    form_key: str,
    values: Mapping[str, Any],
    *,
    draft: bool = False,
    text: bool = False,
    date_order: str | None = None,
    pointer: str = "/values",
    shown: bool = False,
) -> Written:
    """Write a new record; raises Forbidden, or Invalid with every fault. `shown` where `with_record` comes next."""
    form = tx.live.form(form_key)
    grants = require(tx.live, tx.viewer, form_key, "create")
    rights = Rights(grants)
    context = tx.parsing(text=text, date_order=date_order)
    sent = incoming.read(tx, form, values, rights, pointer, context)
    whole = dict(sent.values)
    owner = whole.pop("owner") if "owner" in whole else tx.viewer.member_id
    system = {
        "owner": owner,
        "created_by": tx.viewer.member_id,
        "created_at": tx.moment,
        "updated_by": tx.viewer.member_id,
        "updated_at": tx.moment,
        "flow_state": "draft" if draft else None,
    }
    completing.add_defaults(tx, form, whole, sent.values, context)
    completing.fill(tx, form, whole, whole, sent.values)
    completing.work_out_all(
        tx, form, computations(tx.live, form_key), whole, system, set(whole), sent.values, new=True
    )
    choosing.check(tx, form, whole, system, sent, None)
    applying.accept_linked(tx, form, whole, system, sent)
    applied = applying.apply(tx, form, whole, system, sent.values, None, rights=rights)
    faults = list(sent.faults)
    unsure: list[validation.Broken] = []
    warnings: list[Fault] = []
    if not draft:
        faulty = sent.faulty
        faults += applying.faults(tx, form, whole, system, sent, None, applied, None)
        unsure = validation.broken(tx, form, {**system, **whole}, None, pointer, faulty)
    faults += settle_rules(unsure, warnings)
    unique.look_for_repeats(tx, form, whole, None, pointer, faults, warnings)
    _refuse(faults)
    record_id = write_new(tx, form, whole, system, shown=shown and not rights.conditional)
    if applied.rows:
        tx.rows_made[form_key, record_id] = applied.rows
    if rights.conditional:
        _check_new(tx, form, record_id, grants, sent, pointer)
    _confirm_rules(tx, form_key, record_id, unsure, warnings)
    tx.warnings += warnings
    return Written(record_id, 1, warnings)


def update(
    tx: Transaction,
    form_key: str,
    record_id: int,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    whole: bool = False,
    text: bool = False,
    date_order: str | None = None,
    pointer: str = "/values",
) -> Written:
    """Change what `values` name in a record; with `whole` all of it is checked, as when a form is saved.

    Raises NotFound, Forbidden, Stale (with both versions) where `version` is not the newest, Invalid.
    """
    form = tx.live.form(form_key)
    before, rights = held(tx, form, record_id, "update")
    if version is not None and version != before.version:
        raise stale(tx, form, before, version, values)
    context = tx.parsing(text=text, date_order=date_order)
    made = prepare(tx, form, before, rights, values, pointer, context, whole=whole)
    warnings = made.warnings
    unique.look_for_repeats(tx, form, made.values, record_id, pointer, made.faults, warnings, made.changed)
    _refuse(made.faults)
    if not made.changed:
        return Written(record_id, before.version, warnings)
    new_version = write_changed(tx, form, before, made.values, made.changed)
    _confirm_rules(tx, form_key, record_id, made.unsure, warnings)
    tx.warnings += warnings
    return Written(record_id, new_version, warnings)


def create_one(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    values: Mapping[str, Any],
    *,
    draft: bool = False,
    text: bool = False,
    door: str = "api",
) -> Written:
    """Create one record in a transaction of its own and read it back as the writer may see it."""

    def work(tx: Transaction) -> Written:
        written = create(tx, form_key, values, draft=draft, text=text, shown=True)
        return with_record(tx, form_key, written)

    return transact(database, app_key, viewer, work, door=door)


def update_one(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App | Holder,
    record_id: int,
    values: Mapping[str, Any],
    *,
    version: int | None = None,
    whole: bool = False,
    text: bool = False,
    door: str = "api",
) -> Written:
    """Change one record in a transaction of its own and read it back as the writer may see it."""

    def work(tx: Transaction) -> Written:
        written = update(tx, form_key, record_id, values, version=version, whole=whole, text=text)
        return with_record(tx, form_key, written)

    return transact(database, app_key, viewer, work, door=door)


def with_record(tx: Transaction, form_key: str, written: Written) -> Written:
    """The same with the record, after everything that follows from the write has been done."""
    following.settle(tx)
    try:
        record = showing.taken(tx, form_key, written.id) or get(
            tx.connection, tx.live, form_key, tx.viewer, written.id
        )
    except (NotFound, Forbidden):
        record = None
    return replace(written, record=record)


def delete_one(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App | Holder,
    record_id: int,
    *,
    version: int | None = None,
    door: str = "api",
) -> None:
    """Put one record into the recycle bin."""
    transact(database, app_key, viewer, lambda tx: delete(tx, form_key, record_id, version), door=door)


def restore_one(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    record_id: int,
    *,
    door: str = "api",
) -> Written:
    """Take one record out of the recycle bin and read it back."""

    def work(tx: Transaction) -> Written:
        version = restore(tx, form_key, record_id)
        return with_record(tx, form_key, Written(record_id, version, warnings=list(tx.warnings)))

    return transact(database, app_key, viewer, work, door=door)


def may(database: Database, app_key: str, form_key: str, viewer: Viewer | App, operation: str) -> None:
    """Refuses who may not do this with any record of the form, before anything that was sent is looked at."""
    with database.connect() as connection:
        live = living.load(connection, app_key)
    live.form(form_key)
    require(live, viewer, form_key, operation)


def batch(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    operations: Sequence[Any],
    *,
    atomic: bool = True,
    text: bool = False,
    door: str = "api",
) -> list[dict[str, Any]]:
    """Do many writes, `{"op", "id", "version", "values"}` each: all or none, or, not `atomic`, each for itself.

    The answers stand in the same order: `{"id", "version"}` with warnings, or `{"code", "message", "errors"}`.
    """
    _limit(operations)
    if atomic:
        return transact(
            database, app_key, viewer, lambda tx: perform_all(tx, form_key, operations, text=text), door=door
        )
    answers: list[dict[str, Any]] = []
    for start in range(0, len(operations), PORTION):
        answers += _portion(database, app_key, form_key, viewer, operations, start, text=text, door=door)
    return answers


def _portion(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer | App,
    operations: Sequence[Any],
    start: int,
    *,
    text: bool,
    door: str,
) -> list[dict[str, Any]]:
    """Some operations in one transaction; where one of them is refused, each in a transaction of its own."""
    numbers = range(start, min(start + PORTION, len(operations)))

    def together(tx: Transaction) -> list[dict[str, Any]]:
        return [_answer(_perform(tx, form_key, operations[at], at, text)) for at in numbers]

    try:
        return transact(database, app_key, viewer, together, door=door)
    except Refusal:
        pass
    answers: list[dict[str, Any]] = []
    for number in numbers:

        def one(tx: Transaction, at: int = number) -> Written:
            return _perform(tx, form_key, operations[at], at, text)

        try:
            answers.append(_answer(transact(database, app_key, viewer, one, door=door)))
        except Refusal as refusal:
            answers.append(
                {
                    **refusal.details,
                    "status": refusal.status,
                    "code": refusal.code,
                    "message": str(refusal.message),
                    "errors": [_told(fault) for fault in refusal.faults],
                }
            )
    return answers


def perform_all(
    tx: Transaction, form_key: str, operations: Sequence[Any], *, text: bool = False
) -> list[dict[str, Any]]:
    """Do all the operations of a batch in one transaction, or refuse with every fault."""
    _limit(operations)
    done: list[dict[str, Any]] = []
    faults: list[Fault] = []
    for number, operation in enumerate(operations):
        try:
            done.append(_answer(_perform(tx, form_key, operation, number, text)))
        except Invalid as refusal:
            faults += refusal.faults or [Fault(f"/operations/{number}", refusal.code, refusal.message)]
        except Refusal as refusal:
            refusal.details.setdefault("operation", number)
            raise
    _refuse(faults)
    return done


def _limit(operations: Sequence[Any]) -> None:
    if len(operations) > MOST_OPERATIONS:
        raise TooLarge(
            Text("一次最多 {most} 个操作", "At most {most} operations at once", most=MOST_OPERATIONS)
        )


def _perform(tx: Transaction, form_key: str, operation: Any, number: int, text: bool) -> Written:
    at = f"/operations/{number}"
    if not isinstance(operation, Mapping):
        raise Invalid.at(at, "wrong_type", Text("每个操作是一个对象", "Each operation is an object"))
    for name in operation:
        if name not in ("op", "id", "version", "values", "draft"):
            raise Invalid.at(
                f"{at}/{name}",
                "unknown_property",
                Text("没有“{name}”这一项", "Unknown property “{name}”", name=str(name)[:100]),
            )
    for name, kind in (("values", Mapping), ("draft", bool)):
        if name in operation and not isinstance(operation[name], kind):
            raise Invalid.at(
                f"{at}/{name}",
                "wrong_type",
                Text("“{name}”的类型不对", "“{name}” has the wrong type", name=name),
            )
    op: Any = operation.get("op")
    record_id: Any = operation.get("id")
    version: Any = operation.get("version")
    if op not in ("create", "update", "delete"):
        raise Invalid.at(
            f"{at}/op",
            "unknown_operation",
            Text("没有“{op}”这种操作", "There is no operation “{op}”", op=str(op)[:30]),
        )
    values, pointer = operation.get("values", {}), f"{at}/values"
    if op == "create":
        return create(tx, form_key, values, draft=bool(operation.get("draft")), text=text, pointer=pointer)
    for name, given in (("id", record_id), ("version", version)):
        if (
            isinstance(given, bool)
            or not isinstance(given, int)
            and not (name == "version" and given is None)
        ):
            raise Invalid.at(
                f"{at}/{name}", "wrong_type", Text("这里要填一个整数", "This takes a whole number")
            )
    if not 0 < record_id < 2**63:
        raise not_found(tx.live.form(form_key), record_id)
    if op == "update":
        return update(tx, form_key, record_id, values, version=version, text=text, pointer=pointer)
    return Written(record_id, delete(tx, form_key, record_id, version))


def _answer(written: Written) -> dict[str, Any]:
    answer: dict[str, Any] = {"id": written.id, "version": written.version}
    if written.warnings:
        answer["warnings"] = [_told(fault) for fault in written.warnings]
    return answer


def _told(fault: Fault) -> dict[str, Any]:
    return {"pointer": fault.pointer, "code": fault.code, "message": str(fault.message)}


def _confirm_rules(
    tx: Transaction, form_key: str, record_id: int, unsure: list[validation.Broken], warnings: list[Fault]
) -> None:
    if unsure:
        faults, reminders = confirm_rules(tx, form_key, {record_id: unsure})[record_id]
        warnings += reminders
        _refuse(faults)


def _check_new(
    tx: Transaction, form: Form, record_id: int, grants: Any, sent: incoming.Incoming, pointer: str
) -> None:
    """A grant with a condition is judged on the new row: one must hold, and open what was sent."""
    held = matching(tx.connection, tx.live, tx.table(form.key), tx.viewer, grants, [record_id]).get(record_id)
    if held is None:
        raise Forbidden(Text("您不能新建这样的数据", "You may not create such a record"))
    said = Text("您不能修改这个字段", "You may not change this field")
    faults = [
        incoming.place_fault(pointer, field, "not_editable", said, below)
        for field, below in incoming.given(form, sent.values)
        if not held.opens(field)
    ]
    _refuse(faults)


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise Invalid(
            faults[0].message
            if len(faults) == 1
            else Text("有 {n} 处需要修改", "{n} things need attention", n=len(faults)),
            faults,
        )
