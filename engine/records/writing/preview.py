"""A record as it would be: what a half-filled form works out to, without writing anything."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection

from engine.access.grants import grants
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.fields.base import RowValues
from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.records.reading.read import get
from engine.records.reading.rights import Rights
from engine.records.reading.visible import Access, access_for, seen_rows
from engine.records.storage import rows
from engine.records.storage.computed import StoredFormula, computations
from engine.records.writing import completing, incoming, row_defaults
from engine.records.writing.looking_through import looked_through
from engine.records.writing.rules import made_rows, page_rows
from engine.records.writing.rules.emptying import differing, followed
from engine.records.writing.rules.firing import Fired, fire
from engine.records.writing.rules.page_rows import Mark, Marks
from engine.records.writing.rules.settling import ruled, settle
from engine.records.writing.rules.states import States
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class Preview:
    """The values with everything worked out; `copied` are those that a choice filled in just now, by path."""

    values: Mapping[str, Any]
    copied: Mapping[str, Any]
    faults: list[Fault]
    states: States = attribute(default_factory=States)
    linked: Mapping[str, Any] = attribute(default_factory=dict)
    """What linkages have put in just now, by place (`price`, `lines.2.price`)."""
    rows: Mapping[str, list[Mark | None]] = attribute(default_factory=dict)
    """By subform that was made anew, which linkage made the row at each place, and of what."""
    remade: Mapping[str, set[str]] = attribute(default_factory=dict)
    """By subform, the linkages that made rows anew."""
    dropped: Mapping[str, list[int]] = attribute(default_factory=dict)
    """By subform, the places of the rows that went for it."""
    ruled: frozenset[str] = frozenset()
    """Every path about which the form's rules say something."""
    defaults: frozenset[str] = frozenset()
    """The places among `copied` that a default filled in a new row."""
    emptied: frozenset[str] = frozenset()
    """The places that a linkage looks at and that are emptied since they are hidden."""


def preview(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer,
    values: Mapping[str, Any],
    *,
    record_id: int | None = None,
    chosen: str | None = None,
    changed: Sequence[str] = (),
    makers: Marks | None = None,
    new: bool = False,
    typed: Collection[str] | None = None,
    typed_in_rows: Collection[str] | None = None,
) -> Preview:
    """What `values`, as typed, work out to.

    `chosen` is the link whose choice has just been made (`customer`, or `lines.2.product`); with `new`, defaults are put
    in. `changed` are the places just changed, the last one last: they set linkages off. `typed` are the fields of a new
    record, `typed_in_rows` the cells of new rows, that somebody has typed into: the others follow the formulas that are
    their defaults. `makers` say by subform which linkage made the row at each place of the page, and of what.
    """
    form = live.form(form_key)
    tx = Transaction(connection, live, viewer, "page")
    access = access_for(live, form, viewer)
    before, seen = _as_it_is(tx, form, access, record_id)
    rights = Rights(grants(live, viewer, form_key, "update" if before else "create"))
    sent = incoming.read(tx, form, values, rights, "/values", tx.parsing(text=True), before)
    whole = {**(before.values if before else {}), **sent.values, **sent.sound}
    if new:
        _begin(tx, form, whole, sent.values)
    kept = dict(whole)
    in_row = _copy(tx, form, whole, chosen or "")
    completing.fill(tx, form, whole, {}, sent.values)
    copied_now = [*_differing(form, whole, kept), *in_row]
    system = _system(tx, sent.values, before)
    order = computations(live, form_key).order
    completing.work_out(tx, form, whole, order, system)
    in_new_rows = _follow_defaults(tx, form, whole, system, order, typed, typed_in_rows)
    if makers:
        page_rows.complete(tx, form, whole, {**system, "id": record_id}, sent.values, makers)
    rows_made = _makers(tx, form, whole, makers or {}) if changed else {}
    emptied = _empty_hidden(tx, form, whole, system, changed)
    places = [*copied_now, *changed] if changed else []
    fired = fire(tx, form, whole, {**system, "id": record_id}, places, (), rows_made, by_hand=True)
    states = _settle(tx, form, whole, system, emptied)
    whole |= looked_through(tx, form, whole, before.values if before else None, viewer)
    computed = _computed(form)
    others = {*computed, *fired.values, *states.emptied}
    copied = {key: whole[key] for key in _differing(form, whole, kept) if key not in others}
    return Preview(
        _shown(form, access, whole, seen | set(sent.values) - computed),
        _seen(form, access, {**copied, **in_row, **in_new_rows}, seen),
        sent.faults,
        states,
        _seen(form, access, fired.values, seen),
        {key: _marks(fired, key) for key in fired.remade},
        fired.remade,
        _dropped(fired, rows_made),
        _ruled_in_sight(tx, form, access, seen),
        frozenset(in_new_rows),
        frozenset(one for one in emptied if _may_see(form, access, _path(one), seen)),
    )


def _settle(
    tx: Transaction, form: Form, whole: dict[str, Any], system: Mapping[str, Any], emptied: set[str]
) -> States:
    """Hide, empty, require and lock by the rules; what that empties and linkages follow comes into `emptied`."""
    before = dict(whole)
    states = settle(tx, form, whole, system)
    emptied |= {one for one in differing(form, before, whole) if _path(one) in followed(tx, form)}
    return states


def _follow_defaults(
    tx: Transaction,
    form: Form,
    whole: dict[str, Any],
    system: Mapping[str, Any],
    order: Sequence[StoredFormula],
    typed: Collection[str] | None,
    typed_in_rows: Collection[str] | None,
) -> dict[str, Any]:
    """Put in defaults that follow what is typed, and what reads them; answers what stands in new rows now, by place."""
    found: dict[str, Any] = {}
    for _ in range(2):  # a field may follow what its rows sum up to, and a row what the field says
        in_rows = {} if typed_in_rows is None else row_defaults.follow(tx, form, whole, system, typed_in_rows)
        if in_rows:
            completing.work_out(tx, form, whole, order, system)
        above = typed is not None and completing.follow_by_formula(tx, form, whole, system, typed)
        if above:
            completing.work_out(tx, form, whole, order, system)
        found |= in_rows
        if not above:
            break
    return found


def _empty_hidden(
    tx: Transaction, form: Form, whole: dict[str, Any], system: Mapping[str, Any], changed: Sequence[str]
) -> set[str]:
    """What has just been hidden and is to be emptied is empty for the linkages that it sets off; answers which places."""
    concerned = {one for one in changed if _path(one) in followed(tx, form)}
    if not concerned:
        return set()
    settle(tx, form, settled := dict(whole), system)
    emptied = differing(form, whole, settled) & concerned
    for key in {place.partition(".")[0] for place in emptied}:
        whole[key] = settled[key]
    return emptied


def _ruled_in_sight(tx: Transaction, form: Form, access: Access, seen: set[str]) -> frozenset[str]:
    """The paths of which rules say something, as far as the viewer sees them."""
    paths = ruled(tx.live, form, tx.viewer.time_zone).paths
    return frozenset(one for one in paths if _may_see(form, access, one, seen))


def _as_it_is(
    tx: Transaction, form: Form, access: Access, record_id: int | None
) -> tuple[rows.StoredRecord | None, set[str]]:
    """The record that is being changed, and the fields that the viewer sees in it (in a new one, in any)."""
    if record_id is None:
        return None, {one.key for one in access.fields()}
    # NotFound for what may not be read; what is hidden in this very row does not come back either.
    shown = get(tx.connection, tx.live, form.key, tx.viewer, record_id)
    return rows.read(tx.connection, tx.table(form.key), [record_id]).get(record_id), set(shown.values)


def _marks(fired: Fired, key: str) -> list[Mark | None]:
    pairs = zip(fired.rows[key], fired.sources[key], strict=True)
    return [None if rule is None else Mark(rule, source) for rule, source in pairs]


def _dropped(fired: Fired, rows_made: Mapping[str, list[str | None]]) -> dict[str, list[int]]:
    return {
        key: [at for at, maker in enumerate(rows_made.get(key, ())) if maker in rules]
        for key, rules in fired.remade.items()
    }


def _begin(tx: Transaction, form: Form, whole: dict[str, Any], sent: Mapping[str, Any]) -> None:
    """Put in the defaults, and what the links copy that a new form begins with."""
    completing.add_defaults(tx, form, whole, sent, tx.parsing(text=True))
    for one in form.fields:
        if one.get("fill") and sent.get(one.key) is not None:
            whole |= completing.copied(tx, one, whole[one.key])


def _copy(tx: Transaction, form: Form, whole: dict[str, Any], chosen: str) -> dict[str, Any]:
    """Put in what the choice just made copies; answers what of it is in a subform's row, by place."""
    link = form.field(chosen)
    if link is not None and link.get("fill") and whole.get(link.key) is not None:
        whole |= completing.copied(tx, link, whole[link.key])
    return _copied_in_row(tx, form, whole, chosen)


def _differing(form: Form, whole: Mapping[str, Any], kept: Mapping[str, Any]) -> list[str]:
    """The fields, subforms aside, whose values are other than they were."""
    changed = (key for key, value in whole.items() if kept.get(key) != value)
    return [key for key in changed if (field := form.field(key)) is not None and not field.children]


def _system(tx: Transaction, sent: Mapping[str, Any], before: rows.StoredRecord | None) -> dict[str, Any]:
    author = tx.viewer.member_id
    return {
        "owner": sent.get("owner", before.owner if before else author),
        "created_by": before.created_by if before else author,
        "created_at": before.created_at if before else tx.moment,
    }


def states_of(
    connection: Connection, live: LiveApp, form_key: str, viewer: Viewer, record_id: int
) -> tuple[States, frozenset[str]]:
    """What the rules say of a record as it is, and of which paths they say anything."""
    form = live.form(form_key)
    rules = ruled(live, form, viewer.time_zone)
    if not rules.any:
        return States(), rules.paths
    tx = Transaction(connection, live, viewer, "page")
    stored = rows.read(connection, tx.table(form_key), [record_id]).get(record_id)
    if stored is None:
        return States(), rules.paths
    system = {key: value for key, value in stored.known().items() if key not in stored.values}
    return settle(tx, form, dict(stored.values), system, empty=False), rules.paths


def _makers(
    tx: Transaction, form: Form, values: Mapping[str, Any], said: Marks
) -> dict[str, list[str | None]]:
    """By subform which linkage made each row: kept with those that are saved, said of those that are new."""
    found = made_rows.of(tx, form, values)
    for key, makers in page_rows.makers(tx, form, said).items():
        known = found.get(key) or [None] * len(values.get(key) or ())
        found[key] = [
            known[number] or (makers[number] if number < len(makers) else None)
            for number in range(len(known))
        ]
    return found


def _computed(form: Form) -> set[str]:
    return {one.key for one in form.fields if one.kind.computed}


def _shown(form: Form, access: Access, whole: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """What of the worked-out values this viewer may see."""
    found: dict[str, Any] = {}
    for key, value in whole.items():
        field = form.field(key)
        if key in keys:
            found[key] = seen_rows(access, field, value) if field is not None and field.children else value
    return found


def _seen(form: Form, access: Access, values: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    """What of values by place (`price`, `lines.2.price`) this viewer may see."""
    return {place: value for place, value in values.items() if _may_see(form, access, _path(place), keys)}


def _may_see(form: Form, access: Access, path: str, keys: set[str]) -> bool:
    """Whether the viewer sees the field, or the column, in the record at hand; `keys` are the fields seen in it."""
    field = form.field(path)
    if field is None or field.system or field.kind.layout_only:
        return True
    return field.key in keys if field.parent is None else field.parent.key in keys and access.always(path)


def _path(place: str) -> str:
    subform, dot, rest = place.partition(".")
    return f"{subform}.{rest.partition('.')[2]}" if dot else place


def _copied_in_row(tx: Transaction, form: Form, whole: dict[str, Any], chosen: str) -> dict[str, Any]:
    """What the choice just made in a subform's row copies into that row, by `lines.2.price`."""
    key, _, rest = chosen.partition(".")
    place, _, name = rest.partition(".")
    subform = form.field(key)
    rows = list(whole.get(key) or ()) if subform is not None and subform.children else []
    link = subform.child(name) if subform is not None and subform.children else None
    if link is None or not link.get("fill") or not place.isdecimal() or int(place) >= len(rows):
        return {}
    row = rows[int(place)]
    if row.values.get(link.key) is None:
        return {}
    found = completing.copied(tx, link, row.values[link.key])
    rows[int(place)] = RowValues(row.id, {**row.values, **found})
    whole[key] = rows
    return {f"{key}.{place}.{target}": value for target, value in found.items()}
