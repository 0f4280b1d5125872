"""What somebody changed of a role on a page, put into the role as it is when it is saved."""

from collections.abc import Callable

from builders.permissions.roles_shown import KIND
from engine.definitions import checks, content
from engine.definitions.merge import merge
from engine.definitions.model import Document, LiveApp
from engine.platform.errors import Stale
from engine.platform.i18n import Text
from engine.web.shell.opened import connection

Read = Callable[[Document], Document]


def shown(live: LiveApp, role: str, etag: str | None) -> Document:
    """The role as the page showed it that was posted."""
    now: Document = live.documents[KIND][role]
    if not etag or etag == live.etags.get((KIND, role)):
        return now
    known = content.fetch(connection(), live.app.id, [etag]).get(etag)
    if known is None:
        raise _stale()
    return known


def edit(role: str, base: Document, mine: Document) -> Read:
    """The edit that makes `mine` of the role; what others changed since `base` stays."""
    mine = checks.sound_document(KIND, role, mine)

    def work(now: Document) -> Document:
        if now == base:
            return mine
        merged = merge(base, mine, now)
        if merged.conflicts:
            raise _stale()
        document: Document = merged.document
        return document

    return work


def _stale() -> Stale:
    return Stale(
        Text(
            "保存前有人改了同样的地方，请看看现在的内容再改一次",
            "Somebody changed the same places meanwhile; look at how it is now and change it again",
        )
    )
