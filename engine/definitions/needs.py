"""What a chosen draft needs of other drafts, so that `only` publishes no more than that."""

from collections.abc import Iterable, Mapping

from engine.definitions import kinds
from engine.definitions.kinds import Element, Reference
from engine.definitions.model import Document, LiveApp
from engine.definitions.propose import propose
from engine.platform.i18n import Text

Place = tuple[str, str]


def closure(
    now_live: LiveApp, drafts: Mapping[Place, Document | None], named: Iterable[Place]
) -> list[Place]:
    """The named drafts and those that they need.

    A reference to something that is not live needs the draft that brings it; where something that is removed is
    still used, the user's draft is needed if it lets go of it.
    """
    chosen = dict.fromkeys(named)
    while True:
        added = _missing(now_live, drafts, chosen)
        if not added:
            return list(chosen)
        chosen.update(dict.fromkeys(added))


def unknown(kind: str, key: str) -> Text:
    """Says that there is no such definition."""
    label = kinds.get(kind).label
    return Text("没有{kind}“{key}”。", "There is no {kind} “{key}”.", kind=label, key=key)


def _missing(
    now_live: LiveApp, drafts: Mapping[Place, Document | None], chosen: Mapping[Place, None]
) -> list[Place]:
    proposed = propose(now_live, {place: drafts[place] for place in chosen})
    everything = propose(now_live, drafts)
    resolver = _Resolver()
    added: dict[Place, None] = {}
    for kind, by_key in proposed.documents.items():
        for key in by_key:
            place = (kind, key)
            named = _references(kind, key, proposed) if place in chosen else _live_references(now_live, place)
            for reference in named:
                target = (reference.kind, reference.key)
                if resolver.resolves(reference, proposed):
                    continue
                if target in drafts and target not in chosen and resolver.resolves(reference, everything):
                    added[target] = None
                elif place in drafts and place not in chosen and not _uses(everything, place, reference):
                    added[place] = None
    return list(added)


class _Resolver:
    """Whether what references name is there; each document's elements are listed once."""

    def __init__(self) -> None:
        self._elements: dict[int, Mapping[str, Element]] = {}

    def resolves(self, reference: Reference, app: LiveApp) -> bool:
        document = app.documents.get(reference.kind, {}).get(reference.key)
        if document is None:
            return False
        if reference.path is None:
            return True
        if id(document) not in self._elements:
            self._elements[id(document)] = kinds.get(reference.kind).elements(document)
        return reference.path in self._elements[id(document)]


def _uses(app: LiveApp, place: Place, reference: Reference) -> bool:
    kind, key = place
    if key not in app.documents.get(kind, {}):
        return False
    wanted = (reference.kind, reference.key, reference.path)
    return any((one.kind, one.key, one.path) == wanted for one in _references(kind, key, app))


def _live_references(now_live: LiveApp, place: Place) -> list[Reference]:
    known: dict[Place, list[Reference]] = now_live.cache.setdefault("definitions.references", {})
    if place not in known:
        known[place] = _references(*place, now_live)
    return known[place]


def _references(kind: str, key: str, app: LiveApp) -> list[Reference]:
    try:
        return list(kinds.get(kind).references(key, app))
    except RecursionError:
        return []  # a draft whose fields are computed in a circle; checking it says so
