"""A record as a line of the grid: its cells, and which of them are closed to whom looks at it."""

from collections.abc import Collection, Mapping
from typing import Any

from engine.fields.form import Field
from engine.platform.i18n import Text
from engine.records.reading.query import Record
from engine.records.writing.rules.closed import OPEN, Closed, closed
from engine.web.lists import columns
from engine.web.lists.listing import Listing
from engine.web.shell.opened import connection


def row(record: Record, fields: list[Field], listing: Listing, ruled: Mapping[int, Closed]) -> dict[str, Any]:
    """A record as the grid takes it; `ruled` is what rules lock and hide, by record."""
    cells = {}
    for field in fields:
        found = columns.cell(field, record.value(field.key), listing.viewer.time_zone)
        if field.key in record.stale:  # a number that is not true any more would be taken for one that is
            found = {"v": None, "t": str(Text("计算中", "Being worked out"))}
        if found is not None:
            cells[field.key] = found
    shown = {"id": record.id, "version": record.version, "cells": cells}
    if listing.may("update"):
        by_rule = ruled.get(record.id, OPEN)
        editable = [field.key for field in fields if field.key in record.editable]
        shown["readonly"] = [
            field.key for field in fields if field.key not in record.editable or field.key in by_rule.locked
        ]
        shown["locked"] = [key for key in editable if key in by_rule.locked]
        shown["hidden"] = [key for key in editable if key in by_rule.hidden]
    return shown


def closed_by_rule(listing: Listing, ids: Collection[int]) -> Mapping[int, Closed]:
    """What the form's rules lock and hide in these records for one who may change some."""
    if not ids or not listing.may("update"):
        return {}
    return closed(connection(), listing.live, listing.form, listing.viewer, ids)
