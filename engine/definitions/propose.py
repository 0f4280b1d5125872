"""An app as it would be with other documents in the place of live ones."""

from collections.abc import Mapping
from dataclasses import replace

from engine.definitions.content import etag_of
from engine.definitions.model import Document, LiveApp

Proposal = Mapping[tuple[str, str], Document | None]
"""By kind and key: the new document, or None to remove it."""


def propose(now_live: LiveApp, chosen: Proposal) -> LiveApp:
    """The app with the chosen documents in place of the live ones, one version on."""
    documents = {kind: dict(by_key) for kind, by_key in now_live.documents.items()}
    etags = dict(now_live.etags)
    for (kind, key), document in chosen.items():
        if document is None:
            documents.get(kind, {}).pop(key, None)
            etags.pop((kind, key), None)
        else:
            documents.setdefault(kind, {})[key] = document
            etags[(kind, key)] = etag_of(document)
    version = now_live.version + 1
    return LiveApp(
        app=replace(now_live.app, live_version=version), version=version, documents=documents, etags=etags
    )
