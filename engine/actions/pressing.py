"""Pressing a button: which ones a record offers, and what happens when two people press at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from engine.access.grants import grants, require
from engine.access.viewer import App, Viewer
from engine.actions.kind import Outcome, Press, PressKind
from engine.conditions.paths import paths
from engine.definitions import action_kinds
from engine.definitions.model import LiveApp
from engine.fields.button import buttons
from engine.fields.failed import value_text
from engine.fields.form import Field, Form
from engine.platform.database import Database
from engine.platform.errors import Conflict, Forbidden, NotFound, Refusal
from engine.platform.i18n import Text, current_language
from engine.records.reading import recent
from engine.records.reading.condition_sql import holding
from engine.records.reading.read import get
from engine.records.reading.record import Record
from engine.records.reading.rights import matching
from engine.records.reading.seen import seen
from engine.records.storage import rows
from engine.records.storage.tables import form_table
from engine.records.writing.holding import not_found
from engine.records.writing.preview import states_of
from engine.records.writing.staleness import stale
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import Written, transact, with_record

DOOR = "button"


@dataclass(frozen=True)
class Offered:
    """A button that somebody may press on a record now; with `outcome` it only opens something."""

    field: Field
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Pressed:
    """What a press did; `record` is None where it may not be read any more, `undo` takes it back, where anything was written."""

    button: Field
    outcome: Outcome
    record: Record | None
    undo: UUID | None = None


def offered(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, record: Record
) -> list[Offered]:
    """The buttons that the one who reads the record may press on it now."""
    found = [one for one in buttons(form) if not one.get("hidden")]
    if not found:
        return []
    holds = holding(connection, live, form, viewer, [one.get("when") for one in found], [record.id])
    hidden = _hidden(connection, live, form, viewer, record.id) | _withheld(
        connection, live, form, viewer, record.id
    )
    tx = Transaction(connection, live, viewer, DOOR)
    offers: list[Offered] = []
    for button, now in zip(found, holds.get(record.id, ())):
        known = action_kinds.of(button)
        if not now or known is None or button.key in hidden:
            continue
        kind, action = known
        assert isinstance(kind, PressKind)
        if not kind.allowed(live, form, viewer, record, action):
            continue
        try:
            outcome = None if kind.writes else kind.press(Press(tx, form, button, action, record))
        except Refusal:
            continue  # it has nothing to open for this record
        offers.append(Offered(button, outcome))
    return offers


def press_one(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer,
    record_id: int,
    key: str,
    *,
    version: int | None = None,
) -> Pressed:
    """Press a button in a transaction of its own."""
    return transact(
        database, app_key, viewer, lambda tx: press(tx, form_key, record_id, key, version), door=DOOR
    )


def press(tx: Transaction, form_key: str, record_id: int, key: str, version: int | None = None) -> Pressed:
    """Do what a button does, if its condition holds for the record once nobody else can change it.

    Raises NotFound, Forbidden, Stale where `version` is not the newest, Conflict where the condition does not hold
    (any more), and whatever refuses an ordinary write.
    """
    form = tx.live.form(form_key)
    require(tx.live, tx.viewer, form_key, "read")
    button = next((one for one in buttons(form) if one.key == key), None)
    known = action_kinds.of(button) if button is not None else None
    if button is None or known is None:
        raise _no_such_button()
    kind, action = known
    assert isinstance(kind, PressKind)
    if record_id not in seen(tx.connection, tx.live, form_key, tx.viewer, [record_id]):
        raise _out_of_sight(tx, form, button, record_id)
    stored = rows.read(tx.connection, tx.table(form_key), [record_id], lock=kind.writes).get(record_id)
    if stored is None:
        raise not_found(form, record_id)
    # In statements after the lock: they see what the one who was waited for has committed.
    where = button.get("when")
    held = holding(tx.connection, tx.live, form, tx.viewer, [where], [record_id])
    if button.key in _withheld(tx.connection, tx.live, form, tx.viewer, record_id):
        raise _no_such_button()
    if held.get(record_id) != (True,):
        raise _not_now(tx, form, button, record_id)
    if button.key in _hidden(tx.connection, tx.live, form, tx.viewer, record_id):
        raise _not_now(tx, form, button, record_id)
    if version is not None and version != stored.version:
        raise stale(tx, form, stored, version, {})
    record = get(tx.connection, tx.live, form_key, tx.viewer, record_id)
    if not kind.allowed(tx.live, form, tx.viewer, record, action):
        raise Forbidden(
            Text("您没有按“{button}”的权限", "You may not press “{button}”", button=button.name())
        )
    if kind.writes:
        tx.import_id = uuid4()
    outcome = kind.press(Press(tx, form, button, action, record))
    if not kind.writes:
        return Pressed(button, outcome, record)
    after = with_record(tx, form_key, Written(record_id, stored.version)).record
    return Pressed(button, outcome, after, tx.import_id if _wrote(tx, outcome) else None)


def _wrote(tx: Transaction, outcome: Outcome) -> bool:
    """Whether the press left anything that could be taken back."""
    if outcome.made:
        return True
    changed = text(f"SELECT 1 FROM {tx.live.app.schema}.history WHERE import_id = :batch LIMIT 1")
    return tx.connection.scalar(changed, {"batch": tx.import_id}) is not None


def _hidden(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, record_id: int
) -> frozenset[str]:
    """The keys of the form that its display rules hide for the record."""
    if not isinstance(viewer, Viewer):
        return frozenset()
    return frozenset(states_of(connection, live, form.key, viewer, record_id)[0].hidden)


def _withheld(
    connection: Connection, live: LiveApp, form: Form, viewer: Viewer | App, record_id: int
) -> frozenset[str]:
    """The keys of the buttons that no role shows which the viewer reads the record by: as if they did not exist."""
    given = grants(live, viewer, form.key, "read")
    named = [one for one in buttons(form) if any(grant.hides(one.key) for grant in given)]
    if not named:
        return frozenset()
    rights = matching(connection, live, form_table(connection, live, form.key), viewer, given, [record_id])
    held = rights.get(record_id)
    return frozenset(one.key for one in named if held is None or held.hides(one))


def _no_such_button() -> NotFound:
    return NotFound(Text("没有这个按钮", "There is no such button"))


def _out_of_sight(tx: Transaction, form: Form, button: Field, record_id: int) -> Refusal:
    """Of a record that one had open and that has gone out of sight, that much is told; of others nothing."""
    viewer = tx.viewer
    if isinstance(viewer, Viewer) and recent.looked_at(
        tx.connection, viewer.member_id, tx.live.app, form.key, record_id
    ):
        if rows.read(tx.connection, tx.table(form.key), [record_id]):
            return _not_now(tx, form, button, record_id)
    return not_found(form, record_id)


def _not_now(tx: Transaction, form: Form, button: Field, record_id: int) -> Conflict:
    """That the condition does not hold, with what stands in the way as far as one may know it: who has it by now."""
    told = _in_the_way(tx, form, button, record_id)
    named = Text(button.name("zh-CN"), button.name("en"))
    if not told:
        message = Text(
            "“{button}”现在不能用了：这条数据已经变了",
            "“{button}” is not possible any more: the record has changed",
            button=named,
        )
    else:
        message = Text(
            "“{button}”现在不能用了：{why}",
            "“{button}” is not possible any more: {why}",
            button=named,
            why=Text(
                "，".join(one.render("zh-CN") for one in told), ", ".join(one.render("en") for one in told)
            ),
        )
    return Conflict(message, code="not_now")


def _in_the_way(tx: Transaction, form: Form, button: Field, record_id: int) -> Sequence[Text]:
    """The values that the condition reads, as they are now; what the form tells of repeats may be told here too."""
    own = [
        field
        for path in sorted(paths(button.get("when")))
        if (field := form.field(path)) and not field.parent
    ]
    if not own:
        return ()
    try:
        readable: Record | None = get(tx.connection, tx.live, form.key, tx.viewer, record_id)
    except (NotFound, Forbidden):
        readable = None
    open_ = set(form.document.get("duplicates", {}).get("show", ()))
    record = get(tx.connection, tx.live, form.key, App("button"), record_id)
    told: list[Text] = []
    for field in own:
        seen_now = readable is not None and (field.system or field.key in readable.values)
        value: Any = record.value(field.key)
        if (seen_now or field.key in open_) and value is not None and value != []:
            said = value_text(value, field, current_language(), tx.viewer.time_zone)
            label = Text(field.name("zh-CN"), field.name("en"))
            told.append(Text("{field}是{value}", "{field} is {value}", field=label, value=said))
    return told
