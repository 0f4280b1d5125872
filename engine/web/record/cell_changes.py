"""Cells that somebody changed in the list: each is saved that can be, and the others are told one by one.

A cell that is refused takes none of its row with it, and what others have changed in the record meanwhile is no
obstacle to a cell that they have left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.platform.errors import Fault, Refusal, Stale
from engine.platform.i18n import Text
from engine.records.reading.query import Query, Record, get, query
from engine.records.writing import each, write
from engine.web.lists.grid_rows import closed_by_rule, row
from engine.web.lists.listing import Listing
from engine.web.record import merging
from engine.web.shell import sent
from engine.web.shell.opened import connection, database

MOST_ROWS = 500
MOST_TRIES = 20
"""More often no row is tried again: of one that others change all the time, its writer is told so."""
BUSY = Text(
    "其他人正在不停地修改这条数据，没有保存上，请稍后再试",
    "Others change this record all the time, so this was not saved; try again in a moment",
)


@dataclass
class Changing:
    """What is still to be saved of one record, and what has been said of the rest."""

    id: int
    version: int | None
    left: dict[str, Any]
    saved: set[str] = field(default_factory=set)
    others: set[str] = field(default_factory=set)
    clashes: list[str] = field(default_factory=list)
    errors: list[Fault] = field(default_factory=list)
    message: str = ""
    warnings: list[Fault] = field(default_factory=list)
    written: write.Written | None = None


def changed(listing: Listing, changes: Sequence[Mapping[str, Any]], *, text: bool) -> list[dict[str, Any]]:
    """Make the changes; the answers as the grid takes them, in the order of the changes."""
    rows = [
        Changing(
            sent.number(one.get("id"), "/changes"),
            sent.whole(one, "version", 0) or None,
            dict(sent.mapping(one, "values")),
        )
        for one in changes
    ]
    waiting = rows
    for _ in range(MOST_TRIES):
        if not waiting:
            break
        waiting = _tried(listing, waiting, text)
    for one in waiting:
        one.errors += [Fault(f"/values/{key}", "stale", BUSY) for key in one.left]
    touched = [one.id for one in rows if one.written or one.saved or one.others]
    now = _now(listing, touched)
    ruled = closed_by_rule(listing, list(now))
    return [_outcome(one, now.get(one.id), listing, ruled) for one in rows]


def _tried(listing: Listing, rows: list[Changing], text: bool) -> list[Changing]:
    """Try to save what is left of each row; those of which something is worth another try."""
    wanted = [each.Wanted(one.id, one.left, one.version) for one in rows]
    app_key, form_key = listing.live.app.key, listing.form.key
    answers = each.update_each(database(), app_key, form_key, listing.viewer, wanted, text=text)
    again = []
    for one, answer in zip(rows, answers, strict=True):
        if isinstance(answer, write.Written):
            one.written, one.version = answer, answer.version
            one.warnings += answer.warnings
            one.saved |= set(one.left)
            one.left = {}
        elif isinstance(answer, Stale):
            _merge(listing, one, answer)
        else:
            _leave_out(one, answer)
        if one.left:
            again.append(one)
    return again


def _leave_out(one: Changing, refusal: Refusal) -> None:
    """The cells that are at fault; where the fault is not of single cells, all that are left."""
    faults = refusal.faults or [Fault("", refusal.code, refusal.message)]
    named = {_key(fault) for fault in faults}
    one.errors += faults
    only_cells = named <= set(one.left)
    one.left = {key: raw for key, raw in one.left.items() if key not in named} if only_cells else {}


def _merge(listing: Listing, one: Changing, stale: Stale) -> None:
    """Three ways, cell by cell: only what both have changed, each to something else, is for a person to decide."""
    try:
        now = get(connection(), listing.live, listing.form.key, listing.viewer, one.id)
    except Refusal as gone:  # deleted or given away just now
        return _leave_out(one, gone)
    between = {told["field"] for told in stale.details["changed"]}
    one.others |= between
    one.version = now.version
    both = {key: raw for key, raw in one.left.items() if key in between}
    if not both:
        return
    merged = merging.merge(connection(), listing.live, listing.form, listing.viewer, now, both, stale)
    one.clashes += sorted({clash.field for clash in merged.clashes})
    one.message = merged.who
    one.saved |= both.keys() - merged.values.keys()
    clashing = {clash.field for clash in merged.clashes}
    left = {key: raw for key, raw in one.left.items() if key not in both}
    one.left = left | {key: raw for key, raw in merged.values.items() if key not in clashing}


def _outcome(one: Changing, now: Record | None, listing: Listing, ruled: Mapping[int, Any]) -> dict[str, Any]:
    outcome: dict[str, Any] = {"id": one.id, "saved": sorted(one.saved)}
    if one.written is not None:
        outcome["version"] = one.written.version
    if now is not None:
        outcome |= row(now, listing.fields, listing, ruled)
    if one.others:
        outcome["others"] = sorted(one.others)
    if one.warnings:
        outcome["warnings"] = [{"message": str(fault.message)} for fault in one.warnings]
    if one.clashes:
        outcome["conflict"] = {"fields": one.clashes, "message": one.message}
    if one.errors:
        outcome["errors"] = [{"field": _key(fault), "message": str(fault.message)} for fault in one.errors]
    return outcome


def _key(fault: Fault) -> str:
    """The field at which a fault is."""
    return fault.pointer.removeprefix("/values/").split("/")[0]


def _now(listing: Listing, ids: list[int]) -> dict[int, Record]:
    """The records as they are now; those that their writer may not read any more are missing."""
    found: dict[int, Record] = {}
    fields = [one.key for one in listing.fields]
    wanted = sorted(set(ids))
    for start in range(0, len(wanted), MOST_ROWS):
        some = wanted[start : start + MOST_ROWS]
        asked = Query(where={"field": "id", "op": "in", "value": some}, fields=fields, limit=len(some))
        page = query(connection(), listing.live, listing.form.key, listing.viewer, asked)
        found |= {record.id: record for record in page.records}
    return found
