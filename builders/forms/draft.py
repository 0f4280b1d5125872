"""The form that is being designed: its draft, saved with what others changed meanwhile, and what a conflict is about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.access.grants import require_design
from engine.definitions import content, drafts, places
from engine.definitions.clash_words import Told
from engine.definitions.difference import difference
from engine.definitions.identity import at, keyed
from engine.definitions.merge import merge
from engine.definitions.model import Current, Document, Draft, LiveApp
from engine.definitions.propose import propose
from engine.platform import clock
from engine.platform.errors import NotFound, Stale
from engine.platform.i18n import Text
from engine.web.shell.opened import connection, database, open_app, viewer

KIND = "forms"


@dataclass(frozen=True)
class Designed:
    """A form under design: the app as it is, the form's current document, and the one that is published."""

    live: LiveApp
    current: Current
    published: Document | None

    @property
    def app_key(self) -> str:
        """The app's key."""
        return self.live.app.key

    @property
    def key(self) -> str:
        """The form's key."""
        return self.current.key

    @property
    def proposed(self) -> LiveApp:
        """The app as it would be with every drafted form in it, so that what is drafted can be named and shown."""
        found: LiveApp | None = self.live.cache.get(("designed", self.key, self.current.etag))
        if found is None:
            found = proposed(connection(), self.live, self.current)
        return found

    @property
    def overruled(self) -> list[Text]:
        """Where the draft keeps its own against what was published since, one sentence each."""
        return drafts.overruled(connection(), self.app_key, KIND, self.key)

    @property
    def changes(self) -> list[Text]:
        """What publishing would change, one sentence each."""
        return difference(self.published, self.current.document)


def open_designed(app_key: str, form_key: str) -> Designed:
    """The form of the address, for one who may design it; its draft, else what is live."""
    live = open_app(app_key)
    require_design(live, viewer())
    return Designed(live, open_draft(app_key, form_key), live.documents.get(KIND, {}).get(form_key))


def open_draft(app_key: str, form_key: str) -> Current:
    """The form's draft, else what is live; a form that was never published too."""
    try:
        return drafts.get(connection(), app_key, KIND, form_key)
    except NotFound:
        message = Text(
            "没有这个表单，或者它正要被删除", "There is no such form, or it is about to be removed"
        )
        raise NotFound(message) from None


def save_draft(app_key: str, form_key: str, document: object, base_etag: str | None) -> Draft:
    """Save the form as a draft; what others saved since `base_etag` is merged into it, `Stale` where both differ."""
    author = viewer().member_id
    return database().run(
        lambda writing: drafts.save(
            writing, app_key, KIND, form_key, document, base_etag=base_etag, author=author
        )
    )


def base_document(app_key: str, etag: str) -> Document | None:
    """The content that an etag names, as far as it is known."""
    live = open_app(app_key)
    return content.fetch(connection(), live.app.id, [etag]).get(etag)


def state(
    designed: Designed, etag: str | None, document: Mapping[str, Any], merged: bool = False
) -> dict[str, Any]:
    """What the designer is told of the draft; the document itself only where it is not what the designer sent."""
    changes = difference(designed.published, dict(document))
    found: dict[str, Any] = {
        "etag": etag,
        "changes": len(changes),
        "saved_at": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "merged": merged,
    }
    if merged:
        found["document"] = document
    return found


def conflict(app_key: str, base_etag: str | None, stale: Stale, kind: str = KIND) -> dict[str, Any]:
    """A true conflict, place by place, with the document in which all the rest of both sides is merged."""
    mine, theirs = stale.details.get("mine"), stale.details.get("theirs")
    base = base_document(app_key, base_etag) if base_etag else None
    pointers = stale.details.get("pointers", [])
    merged, clashes = mine, []
    if base is not None and mine is not None and theirs is not None:
        found = merge(base, mine, theirs)
        merged = found.document
        told = Told(
            kind, base, mine, theirs, drafts.reading(open_app(app_key), kind, str(mine.get("key", "")))
        )
        clashes = [
            {
                "place": str(told.place(clash)),
                "mine": str(told.mine(clash)),
                "theirs": str(told.theirs(clash)),
                "keep_mine": clash.keep_mine,
                "take_theirs": clash.take_theirs,
            }
            for clash in found.clashes
        ] or [_together(kind, pointer, mine, theirs) for pointer in pointers]
    return {
        "code": "stale",
        "message": str(stale.message),
        "mine": mine,
        "theirs": theirs,
        "etag": stale.details.get("etag"),
        "pointers": pointers,
        "merged": merged,
        "places": clashes,
    }


def _together(kind: str, pointer: str, mine: Document, theirs: Document) -> dict[str, Any]:
    """A place where each side is sound for itself and both together are not: the thing as one of them has it."""
    path = keyed(mine, pointer)
    while len(path) > 1 and not isinstance(at(mine, path), dict):
        path = path[:-1]
    sides = {name: at(document, path) for name, document in (("keep_mine", mine), ("take_theirs", theirs))}
    steps = {
        name: [{"do": "drop", "path": path} if value is None else {"do": "set", "path": path, "after": value}]
        for name, value in sides.items()
    }
    said = [places.quoted(value) or Text("没有", "nothing") for value in sides.values()]
    place = places.place(kind, mine, pointer)
    return {"place": str(place), "mine": str(said[0]), "theirs": str(said[1]), **steps}


def proposed(reading: Connection, live: LiveApp, current: Current) -> LiveApp:
    """The app with all drafts of forms in the place of what is live, `current` among them."""
    open_forms = {
        (KIND, draft.key): draft.document
        for draft in drafts.all_drafts(reading, live.app.key)
        if draft.kind == KIND and draft.document is not None
    }
    return propose(live, {**open_forms, (KIND, current.key): current.document})
