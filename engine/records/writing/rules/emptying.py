"""Settles the rules of a record and lets linkages follow what was emptied since it is hidden, as they follow any change."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from engine.fields.form import Form
from engine.records.writing.rules.firing import Fired, fire, linkages
from engine.records.writing.rules.settling import ruled, settle
from engine.records.writing.rules.states import States, place
from engine.records.writing.transaction import Transaction

ROUNDS = 3
"""So often what a linkage puts in may hide something else that another linkage reads."""


def followed(tx: Transaction, form: Form) -> frozenset[str]:
    """The paths that a rule may empty and a linkage looks at."""
    emptied = {
        path
        for one in ruled(tx.live, form, tx.viewer.time_zone).displays
        if one.empties
        for path in one.shown
    }
    return (
        frozenset(emptied & {path for one in linkages(tx.live, form) for path in one.reads})
        if emptied
        else frozenset()
    )


def settle_and_fire(
    tx: Transaction,
    form: Form,
    values: dict[str, Any],
    system: Mapping[str, Any],
    stands: Collection[str] = (),
    rows: Mapping[str, list[str | None]] | None = None,
    looked_up: dict[Any, Any] | None = None,
) -> tuple[States, Fired]:
    """What the rules say in the end, and what linkages did about what went; `values` change in place.

    What is at a place that `stands` stays; `rows` says who made which row.
    """
    done = Fired(rows={key: list(made) for key, made in (rows or {}).items()})
    was = dict(values)
    states = settle(tx, form, values, system)
    if not states.emptied or not followed(tx, form):
        return states, done
    for _ in range(ROUNDS):
        places = differing(form, was, values)
        if not places:
            break
        fired = fire(tx, form, values, system, places, stands, done.rows, looked_up)
        done = Fired(
            {**done.values, **fired.values},
            done.changed | fired.changed,
            fired.rows,
            {
                key: done.remade.get(key, set()) | made
                for key, made in {**done.remade, **fired.remade}.items()
            },
            {**done.sources, **fired.sources},
        )
        was, emptied = dict(values), states.emptied
        states = settle(tx, form, values, system)
        states = replace(states, emptied=states.emptied | emptied)
    return states, done


def differing(form: Form, was: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """The places at which something else stands; rows neither come nor go while rules are settled."""
    found = set()
    for key, value in now.items():
        field = form.field(key)
        if field is None or value == was.get(key):
            continue
        if not field.children:
            found.add(key)
            continue
        for number, (old, row) in enumerate(zip(was.get(key) or (), value or ())):
            found |= {
                place(column, number)
                for column in field.children
                if row.values.get(column.key) != old.values.get(column.key)
            }
    return found
