"""Sets fields of many records, to values or by formulas: tried out first, then done, each as an ordinary write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from engine.access.grants import require
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.formulas.check import check
from engine.formulas.evaluate import evaluate
from engine.formulas.faults import FormulaFault
from engine.formulas.parser import parse
from engine.formulas.tree import Formula
from engine.formulas.values import FormulaError
from engine.platform.database import Database
from engine.platform.errors import Fault, Invalid, NotFound, Refusal
from engine.platform.i18n import Text
from engine.records.formula_reach import Reach
from engine.records.formula_values import RecordValues, fitted
from engine.records.holding import held
from engine.records.incoming import unknown_field
from engine.records.person_facts import moment_of
from engine.records.query import Query, ids
from engine.records.read import get, several
from engine.records.row_formulas import Outside, Reachable
from engine.records.rowset import Statement
from engine.records.transaction import Transaction
from engine.records.undo import undo_import
from engine.records.undo_rights import closed
from engine.records.write import transact, update

TOGETHER = 50
"""So many records are changed in one transaction."""
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
    for start in range(0, len(record_ids), TOGETHER):
        some = record_ids[start : start + TOGETHER]
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
    done = _done(tx, form_key, record_ids, batch) if batch is not None else set()
    setter = _Setter(tx, tx.live.form(form_key), setting)
    return [
        Outcome(record_id, CHANGED) if record_id in done else setter.set(record_id)
        for record_id in sorted(record_ids)
    ]


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


class _Setter:
    """Sets the fields of one record after the other."""

    def __init__(self, tx: Transaction, form: Form, setting: Setting) -> None:
        self.tx = tx
        self.form = form
        self.setting = setting
        self.statement = Statement(tx.connection, tx.live, tx.viewer)
        self.moment = moment_of(self.statement)
        viewer = tx.viewer
        self.reach = Reach(tx.live, form, viewer)
        self.formulas: dict[Field, Formula] = {}
        for key, formula in setting.formulas.items():
            field = form.field(key)
            if field is not None:
                self.formulas[field] = parse(formula)
        # Names and labels are found as when they are typed; sent values keep their exact types.
        self.text = not setting.values and all(_named(field) for field in self.formulas)

    def set(self, record_id: int) -> Outcome:
        """Set the fields of a record; a refusal leaves it as it was."""
        tx = self.tx
        locked = {key: set(found) for key, found in tx.locked.items()}
        try:
            with tx.connection.begin_nested():
                values = {**self.setting.values, **self.worked_out(record_id)}
                before, _ = held(tx, self.form, record_id, "update")
                written = update(tx, self.form.key, record_id, values, text=self.text)
                return Outcome(record_id, SAME if written.version == before.version else CHANGED)
        except Refusal as refusal:
            tx.locked = locked  # going back to the savepoint gives the later locks back
            tx.forget(self.form.key, [record_id])
            return Outcome(record_id, REFUSED, _why(refusal))

    def worked_out(self, record_id: int) -> dict[str, Any]:
        """What the formulas give for the record as it is now, as values that are sent."""
        if not self.formulas:
            return {}
        stored, _ = held(self.tx, self.form, record_id, "update")
        outside = Outside(self.statement)
        values = RecordValues(self.form, Reachable(stored.known(), self.form, record_id, outside), outside)
        made: dict[str, Any] = {}
        for field, formula in self.formulas.items():
            self.look(formula, record_id)
            value = evaluate(formula, values, moment=self.moment, locale=self.tx.viewer.language)
            made[field.key] = _sent(value, field, self.tx.viewer.language)
        return made

    def look(self, formula: Formula, record_id: int) -> None:
        """Refuse what the viewer may not read in this very record."""
        closed = [path for path in formula.paths if not self.reach.always(path)]
        if not closed:
            return
        shown = get(self.tx.connection, self.tx.live, self.form.key, self.tx.viewer, record_id)
        for path in closed:
            if not self.reach.within(self.tx.connection, path, shown):
                steps = self.reach.steps(path)
                name = steps[-1].name() if steps else ".".join(path)
                raise Invalid.at(
                    "/formulas",
                    "no_access",
                    Text("这条数据的“{name}”无权查看", "You may not see “{name}” of this record", name=name),
                )


def _named(field: Field) -> bool:
    return getattr(field.kind, "refers_to", None) is not None


def _sent(value: Any, field: Field, locale: str) -> Any:
    """A formula's value as a program would send it; the text "" empties the field."""
    if value == "":
        return None
    if isinstance(value, list):
        value = [one for one in value if one is not None]
        failed = next((one for one in value if isinstance(one, FormulaError)), None)
        if failed is not None:
            value = failed
        elif field.kind.multiple:
            return [str(one) for one in value]
        elif len(value) < 2:
            value = value[0] if value else None
    if isinstance(value, list):
        raise Invalid.at(
            f"/formulas/{field.key}",
            "several_values",
            Text(
                "公式给出了 {n} 个值，这个字段只能有一个；用 SUM、TEXTJOIN 等合并",
                "The formula gives {n} values but the field takes one; join them with SUM, TEXTJOIN or the like",
                n=len(value),
            ),
        )
    if field.kind.multiple and value is not None and not isinstance(value, FormulaError):
        return [str(value)]
    made = value if field.kind.multiple or _named(field) else fitted(value, field, locale)
    if isinstance(made, FormulaError):
        raise Invalid.at(
            f"/formulas/{field.key}",
            "formula_failed",
            Text("公式的结果是 {code}", "The formula gives {code}", code=made.code),
        )
    if made is None or _named(field):
        return None if made is None else str(made)
    return field.kind.to_json(made, field)


def _why(refusal: Refusal) -> str:
    return str(refusal.faults[0].message if refusal.faults else refusal.message)


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
