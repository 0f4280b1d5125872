"""An app as it would be with other documents in the place of live ones."""

from collections.abc import Mapping
from dataclasses import replace

from engine.definitions import results
from engine.definitions.content import etag_of
from engine.definitions.model import Document, LiveApp

Proposal = Mapping[tuple[str, str], Document | None]
"""By kind and key: the new document, or None to remove it."""


def propose(now_live: LiveApp, chosen: Proposal) -> LiveApp:
    """The app with the chosen documents in place of the live ones, one version on.

    Formulas of which nothing says what they give are told so there.
    """
    documents = {kind: dict(by_key) for kind, by_key in now_live.documents.items()}
    etags = dict(now_live.etags)
    forms = {key: one for (kind, key), one in chosen.items() if kind == results.KIND and one is not None}
    before = now_live.documents.get(results.KIND, {})
    told = results.settled({**before, **forms}, before, forms)
    for (kind, key), given in chosen.items():
        document = told.get(key, given) if kind == results.KIND else given
        if document is None:
            documents.get(kind, {}).pop(key, None)
            etags.pop((kind, key), None)
        else:
            documents.setdefault(kind, {})[key] = document
            etags[(kind, key)] = etag_of(document)
    version = now_live.version + 1
    return LiveApp(
        app=replace(now_live.app, live_version=version),
        version=version,
        documents=documents,
        etags=etags,
        cache={results.GIVEN: {key: forms[key] for key in told}},
    )
