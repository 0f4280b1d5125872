"""What tells found records apart that read alike: a few words of their cards."""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.records.reading.query import Query, query
from engine.records.reading.search import Hit
from engine.web.lists import cards
from engine.web.lists.listing import Listing

PLACES = ("badge", "number", "date")


def words(
    connection: Connection, live: LiveApp, viewer: Viewer, hits: Sequence[Hit]
) -> dict[tuple[str, int], str]:
    """By form and id, stage, figure and day of the records of which another one says the same."""
    alike = Counter(_said(hit) for hit in hits)
    found: dict[tuple[str, int], str] = {}
    for key in dict.fromkeys(hit.form.key for hit in hits if alike[_said(hit)] > 1):
        ids = [hit.id for hit in hits if hit.form.key == key and alike[_said(hit)] > 1]
        listing = Listing.open(connection, live, live.form(key), viewer, None)
        asked = Query.read(
            {
                "where": {"field": "id", "op": "in", "value": ids},
                "fields": cards.fields(listing),
                "limit": len(ids),
            }
        )
        for record in query(connection, live, key, viewer, asked).records:
            card = cards.card(record, listing)
            shown = (getattr(card, place) for place in PLACES)
            found[key, record.id] = " · ".join(one["t"] for one in shown if one)
    return found


def _said(hit: Hit) -> tuple[str, str, str]:
    return hit.form.key, str(hit.title), hit.snippet
