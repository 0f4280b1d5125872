"""Sets fields of many records, to values or by formulas: tried out first, then done, each as an ordinary write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from engine.access.grants import require
from engine.access.viewer import Viewer
from engine.definitions import live as living
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.formulas.check import check
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.platform.database import Database
from engine.platform.errors import Fault, Invalid, NotFound
from engine.platform.i18n import Text
from engine.records.bulk.setting_values import WorkingOut, one_by_one
from engine.records.bulk.undo import undo_import
from engine.records.bulk.undo_rights import closed
from engine.records.bulk.updates import Changed, Wanted, change, portions
from engine.records.explanation.formula_reach import Reach
from engine.records.reading.query import Query, ids
from engine.records.reading.read import several
from engine.records.writing.incoming import unknown_field
from engine.records.writing.transaction import Transaction, listened
from engine.records.writing.write import transact

TOGETHER, SINGLY = 500, 50
"""So many records are changed in one transaction: in sets, or one after the other."""
DOOR = "grid"
CHANGED, SAME, REFUSED = "changed", "same", "refused"


@dataclass(frozen=True)
class Setting:
    """What is set: values as they are sent, and formulas by the field that gets their result."""

    values: Mapping[str, Any] = attribute(default_factory=dict)
    formulas: Mapping[str, str] = attribute(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {"values": dict(self.values), "formulas": dict(self.formulas)}


@dataclass(frozen=True)
class Outcome:
    """What becomes of one record: changed, the same as before, or refused and why."""

    id: int
    state: str
    message: str = ""


@dataclass(frozen=True)
class Rehearsal:
    """Outcomes with the records as they are, and as they would be, as far as the viewer may read them."""

    outcomes: list[Outcome]
    before: Mapping[int, Any]
    after: Mapping[int, Any]


@dataclass(frozen=True)
class Chosen:
    """Which records: these, or all that a list's filter finds, except some."""

    ids: tuple[int, ...] = ()
    all: bool = False
    apart: tuple[int, ...] = ()
    where: Any = None
    search: str | None = None

    def read(self, connection: Connection, live: LiveApp, form_key: str, viewer: Viewer) -> list[int]:
        """Their ids, in order; of those named one by one, all."""
        if not self.all:
            return sorted(set(self.ids))
        wanted = ids(connection, live, form_key, viewer, Query(where=self.where, search=self.search))
        return sorted(set(connection.scalars(wanted)) - set(self.apart))

    def json(self) -> dict[str, Any]:
        """As a job keeps it."""
        return {
            "ids": list(self.ids),
            "all": self.all,
            "apart": list(self.apart),
            "where": self.where,
            "search": self.search,
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Chosen":
        """The way back."""
        return cls(tuple(kept["ids"]), kept["all"], tuple(kept["apart"]), kept["where"], kept["search"])


def checked(live: LiveApp, form_key: str, viewer: Viewer, setting: Setting) -> Form:
    """The form; `Invalid` for a field that is not there, and for a formula that cannot be read."""
    require(live, viewer, form_key, "update")
    form = live.form(form_key)
    reach = Reach(live, form, viewer)
    for key in (*setting.values, *setting.formulas):
        field = form.field(key)
        if field is None or not reach.known((field,)):
            fault = unknown_field("/values", key)
            raise Invalid(fault.message, [fault])
    for key, formula in setting.formulas.items():
        try:
            check(parse(formula), reach)
        except FormulaFault as fault:
            one = fault.faults[0]
            raise Invalid(
                fault.message, [Fault(f"/formulas/{key}", one.code, one.message, one.details)]
            ) from None
    return form


def together(
    live: LiveApp, form_key: str, viewer: Viewer, setting: Setting, record_ids: Sequence[int]
) -> Iterator[Sequence[int]]:
    """The records as they share transactions."""
    alone = listened(live, form_key) or one_by_one(live, live.form(form_key), viewer, setting.formulas)
    most = SINGLY if alone else TOGETHER
    for start in range(0, len(record_ids), most):
        yield record_ids[start : start + most]


def carry_out(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer,
    setting: Setting,
    record_ids: Sequence[int],
    batch: UUID,
) -> list[Outcome]:
    """Set the fields, each record standing or falling for itself; what `batch` has done already stays done once."""
    outcomes: list[Outcome] = []
    with database.connect() as connection:
        live = living.load(connection, app_key)
    for some in together(live, form_key, viewer, setting, record_ids):
        outcomes += transact(
            database,
            app_key,
            viewer,
            lambda tx, some=some: _set_some(tx, form_key, setting, some, batch),  # type: ignore[misc]
            door=DOOR,
        )
    return outcomes


class _Rehearsed(Exception):
    """Carries what was found out of a transaction that is not to stay."""

    def __init__(self, found: Rehearsal) -> None:
        super().__init__("rehearsed")
        self.found = found


def rehearse(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer,
    setting: Setting,
    record_ids: Sequence[int],
) -> Rehearsal:
    """Do the same in a transaction that is taken back, so that what it promises is what would happen."""
    shown = [*setting.values, *setting.formulas]

    def work(tx: Transaction) -> Rehearsal:
        before = _as_read(tx, form_key, record_ids, shown)
        outcomes = _set_some(tx, form_key, setting, record_ids, None)
        raise _Rehearsed(Rehearsal(outcomes, before, _as_read(tx, form_key, record_ids, shown)))

    try:
        return transact(database, app_key, viewer, work, door=DOOR)
    except _Rehearsed as rehearsed:
        return rehearsed.found


def _as_read(
    tx: Transaction, form_key: str, record_ids: Sequence[int], keys: Sequence[str]
) -> dict[int, Any]:
    found = several(tx.connection, tx.live, form_key, tx.viewer, list(record_ids), keys)
    return {record.id: record for record in found}


def _set_some(
    tx: Transaction, form_key: str, setting: Setting, record_ids: Sequence[int], batch: UUID | None
) -> list[Outcome]:
    tx.import_id = batch
    form = tx.live.form(form_key)
    done = _done(tx, form_key, record_ids, batch) if batch is not None else set()
    values = WorkingOut(tx, form, setting.values, setting.formulas)
    changed = Changed()
    wanted = [Wanted(one, one) for one in sorted(record_ids) if one not in done]
    for portion in portions(tx, form, wanted, singly=values.singly):
        change(tx, form, portion, changed, work_out=values, text=values.text)
    written = done | set(changed.updated)
    return [_outcome(one, changed, written) for one in sorted(record_ids)]


def _outcome(record_id: int, changed: Changed, written: set[int]) -> Outcome:
    faults, refusal = changed.faults.get(record_id), changed.refusals.get(record_id)
    if faults:
        return Outcome(record_id, REFUSED, str(faults[0].message))
    if refusal is not None:
        said = refusal.faults[0].message if refusal.faults else refusal.message
        return Outcome(record_id, REFUSED, str(said))
    return Outcome(record_id, CHANGED if record_id in written else SAME)


def _done(tx: Transaction, form_key: str, record_ids: Sequence[int], batch: UUID) -> set[int]:
    """What this batch has changed before: a job that is begun again must not raise a price twice."""
    found = tx.connection.execute(
        text(
            f"SELECT record_id FROM {tx.live.app.schema}.history"
            " WHERE form_id = :form AND import_id = :batch AND record_id = ANY(:ids)"
        ),
        {"form": tx.table(form_key).stored.id, "batch": batch, "ids": list(record_ids)},
    )
    return set(found.scalars())


class _Closed(Exception):
    """Carries the records that may not be put back out of a transaction that is not to stay."""

    def __init__(self, records: set[tuple[str, int]]) -> None:
        super().__init__("closed")
        self.records = records


def undo(database: Database, app_key: str, form_key: str, viewer: Viewer, batch: UUID) -> tuple[int, int]:
    """Take a batch of one's own back; answers how many records have their old values, and how many were kept.

    A record that one may not change any more keeps what it has.
    """
    apart: set[tuple[str, int]] = set()

    def work(tx: Transaction) -> tuple[int, int]:
        require(tx.live, tx.viewer, form_key, "update")
        mine = tx.connection.scalar(
            text(
                f"SELECT count(*) FILTER (WHERE author = :me AND door = :door AND form_id = :form) = count(*)"
                f" AND count(*) > 0 FROM {tx.live.app.schema}.history WHERE import_id = :batch AND kind = 'updated'"
            ),
            {"me": viewer.member_id, "door": DOOR, "form": tx.table(form_key).stored.id, "batch": batch},
        )
        if not mine:
            raise NotFound(
                Text("没有可以撤销的批量修改", "There is no batch of changes to undo"), code="nothing_to_undo"
            )
        undone = undo_import(tx, batch, apart)
        if records := closed(tx, undone):
            raise _Closed(records)
        return undone.restored, len(undone.kept)

    while True:
        try:
            return transact(database, app_key, viewer, work, door=DOOR)
        except _Closed as found:
            apart |= found.records
