"""A form that somebody filled in, written in one transaction; what is worth a second look is asked about once."""

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.access.viewer import Viewer
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Fault
from engine.records.writing import write
from engine.records.writing.completing import untouched
from engine.records.writing.rules import page_rows
from engine.records.writing.transaction import Transaction
from engine.records.writing.write import Written
from engine.web.record import form_rules, posted

REMINDED = "_reminded"
"""The inputs that hold the reminders which have been shown are called so."""


class Reminded(Exception):
    """Nothing is wrong, but something is worth a second look before it is saved."""

    def __init__(self, warnings: Sequence[Fault]) -> None:
        super().__init__()
        self.warnings = warnings

    @property
    def said(self) -> list[str]:
        """What there is to look at."""
        return said_once(self.warnings)


def said_once(warnings: Sequence[Fault]) -> list[str]:
    """What is to be looked at, each thing once though it concerns several fields."""
    return list(dict.fromkeys(str(one.message) for one in warnings))


def filled_in(form: Form, sent: MultiDict[str, str]) -> dict[str, Any]:
    """What a new record is to hold, without what stands in an input only because a default by formula came to it."""
    values, typed = posted.values(form, sent), posted.typed(sent)
    for field in untouched(form, typed or ()):
        if typed is not None or values.get(field.key) is None:
            values.pop(field.key, None)
    return values


def write_form(
    database: Database,
    app_key: str,
    form_key: str,
    viewer: Viewer,
    sent: MultiDict[str, str],
    work: Callable[[Transaction], Written],
) -> Written:
    """Do the work for somebody who saw a live form; raises Reminded once for each thing, before anything is kept."""
    read = set(sent.getlist(REMINDED))

    def once(tx: Transaction) -> Written:
        tx.live_form = True
        form = tx.live.form(form_key)
        marks = tx.made_on_page[form_key] = form_rules.makers(form, sent)
        written = work(tx)
        if made := page_rows.makers(tx, form, marks):
            tx.rows_made[form_key, written.id] = tx.rows_made.get((form_key, written.id), {}) | made
        if any(str(one.message) not in read for one in written.warnings):
            raise Reminded(written.warnings)
        return written

    return write.transact(database, app_key, viewer, once, door="page")
