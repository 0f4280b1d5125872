"""A record as a card: on a phone's list and on the kanban."""

from dataclasses import dataclass
from datetime import date as Day
from typing import Any
from zoneinfo import ZoneInfo

from engine.fields.form import Field
from engine.platform import clock
from engine.records.reading.query import Record
from engine.web.lists import columns
from engine.web.lists.listing import Listing

PLACES = ("badge", "subtitle", "number", "date", "person", "picture")
PICTURES = ("image", "signature")


@dataclass(frozen=True)
class Card:
    """What a card shows; each place may be empty."""

    id: int
    version: int
    title: str
    badge: dict[str, Any] | None = None
    subtitle: dict[str, Any] | None = None
    number: dict[str, Any] | None = None
    date: dict[str, Any] | None = None
    date_label: str = ""
    person: dict[str, Any] | None = None
    picture: str | None = None
    """The id of the file that is shown small."""


def places(listing: Listing) -> dict[str, str]:
    """Which field stands at which place: as the view or the form's layout says, else guessed by type."""
    layout = listing.form.document.get("layout") or {}
    said = {**(layout.get("card") or {}), **(listing.view.get("card") or {})}
    known = {field.key: field for field in listing.fields}
    found = {place: key for place, key in said.items() if place in PLACES and key in known}
    if said:
        return found
    guesses = {
        "badge": ("select",),
        "number": ("money", "number"),
        "date": ("date", "datetime"),
        "subtitle": ("link",),
        "picture": ("image",),
    }
    for place, kinds in guesses.items():
        key = next(
            (key for key, field in known.items() if not field.system and field.value_field.type in kinds),
            None,
        )
        if key and key != listing.title_key:
            found[place] = key
    return {**found, "person": "owner"}


def today(listing: Listing) -> Day:
    """The day it is where the viewer is."""
    return clock.now().astimezone(ZoneInfo(listing.viewer.time_zone)).date()


def fields(listing: Listing) -> list[str]:
    """The fields that cards need."""
    return list(dict.fromkeys(places(listing).values()))


def card(record: Record, listing: Listing) -> Card:
    """A record as a card."""
    known = {field.key: field for field in listing.fields}
    at = places(listing)
    shown = {
        place: columns.cell(known[key], record.value(key), listing.viewer.time_zone)
        for place, key in at.items()
        if place != "picture"
    }
    if number := shown.get("number"):
        shown["number"] = {**number, "t": columns.short(number["t"])}
    if day := shown.get("date"):
        shorter = day["t"].removeprefix(f"{today(listing).year}-")
        shown["date"] = {
            **day,
            "t": shorter if "-" in shorter else day["t"],
        }  # of 2026-11 an 11 would be a day
    dated = known.get(at.get("date", ""))
    return Card(
        id=record.id,
        version=record.version,
        title=str(record.title or f"#{record.id}"),
        date_label=dated.name() if dated else "",
        picture=_picture(record, known, at.get("picture")),
        **shown,
    )


def _picture(record: Record, known: dict[str, Field], key: str | None) -> str | None:
    """The first picture in a field, where it holds some."""
    if key is None or known[key].value_field.type not in PICTURES:
        return None
    files = record.value(key)
    return str(files[0]["id"]) if isinstance(files, list) and files else None
