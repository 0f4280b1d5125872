"""Drafts: what is saved but not live; a save against an older state is merged, a true conflict is told."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from engine.definitions import checks, content, kinds, live, locks, places, results, tables
from engine.definitions.clash_words import Read, Told
from engine.definitions.content import etag_of
from engine.definitions.identity import at, numbered
from engine.definitions.merge import Merged, merge
from engine.definitions.model import App, Current, Document, Draft, LiveApp
from engine.definitions.propose import propose
from engine.platform import clock
from engine.platform.errors import Conflict, Fault, Invalid, NotFound, PreconditionRequired, Stale
from engine.platform.i18n import Text


def get(connection: Connection, app_key: str, kind: str, key: str, *, state: str = "draft") -> Current:
    """A definition to edit: the draft, else what is live (`state="live"`: only that); else `NotFound`."""
    kinds.get(kind)
    now_live = live.load(connection, app_key)
    draft = _draft(connection, now_live.app, kind, key) if state == "draft" else None
    current = _current(now_live, draft, kind, key)
    if current is None:
        raise _unknown(kind, key)
    return current


def all_drafts(connection: Connection, app_key: str, *, lock: bool = False) -> list[Draft]:
    """Every open draft of the app; `lock` keeps others from changing them."""
    app = live.load(connection, app_key).app
    return _drafts(connection, app, tables.draft.c.app_id == app.id, lock)


def save(
    connection: Connection,
    app_key: str,
    kind: str,
    key: str,
    document: object,
    *,
    base_etag: str | None,
    author: int | None,
) -> Draft:
    """Save a draft; what others saved since `base_etag` is merged into it, element by element by key.

    `Invalid` for what the schema does not allow, `Stale` with both versions where two people changed the same.
    """
    mine = checks.sound_document(kind, key, document)
    now_live = _hold(connection, app_key, kind, key)
    draft = _draft(connection, now_live.app, kind, key, lock=True)
    current = _current(now_live, draft, kind, key)
    if base_etag is None:
        if current is not None:
            raise _precondition()
    merged = False
    if base_etag != (current.etag if current else None):
        mine = _merged(connection, now_live, kind, key, base_etag, mine, current)
        merged = True
    return _write(connection, now_live, draft, kind, key, mine, author, merged)


def remove(
    connection: Connection, app_key: str, kind: str, key: str, *, base_etag: str | None, author: int | None
) -> Draft | None:
    """Save a draft that removes the definition; one that was never live is just gone, then None."""
    now_live = _hold(connection, app_key, kind, key)
    draft = _draft(connection, now_live.app, kind, key, lock=True)
    current = _current(now_live, draft, kind, key)
    if current is None:
        raise _unknown(kind, key)
    if key in kinds.get(kind).permanent or key == kinds.get(kind).only_key:
        name = places.name(kind, key, current.document)
        raise Invalid.at(
            "", "permanent", Text("“{name}”不能删除。", "“{name}” cannot be removed.", name=name)
        )
    if base_etag is None:
        raise _precondition()
    if base_etag != current.etag:
        raise _stale(kind, key, None, current, [""])
    if (kind, key) not in now_live.etags:
        _delete(connection, now_live.app, kind, key)
        return None
    return _write(connection, now_live, draft, kind, key, None, author, False)


def discard(connection: Connection, app_key: str, kind: str, key: str) -> None:
    """Throw a draft away; what is live stays."""
    kinds.get(kind)
    now_live = _hold(connection, app_key, kind, key)
    if not _delete(connection, now_live.app, kind, key):
        raise NotFound(Text("这里没有草稿。", "There is no draft here."))


def replace(
    connection: Connection,
    app_key: str,
    kind: str,
    key: str,
    document: Document | None,
    *,
    base_etag: str | None,
    author: int | None,
) -> Draft:
    """Put a document in the place of the draft as a whole; an open draft must be named by its etag."""
    now_live = _hold(connection, app_key, kind, key)
    draft = _draft(connection, now_live.app, kind, key, lock=True)
    if (
        draft is not None
        and draft.etag != etag_or_none(document)
        and (base_etag is None or base_etag != draft.etag)
    ):
        raise Conflict(
            Text(
                "“{name}”有未发布的草稿，请先发布或放弃它。",
                "“{name}” has a draft that is not published; publish or discard it first.",
                name=places.name(kind, key, draft.document or now_live.documents.get(kind, {}).get(key)),
            ),
            code="draft_exists",
        )
    return _write(connection, now_live, draft, kind, key, document, author, False)


def rebase(connection: Connection, app: App, kind: str, key: str, before: Document, after: Document) -> None:
    """Bring a change of the live document into the open draft.

    Where both have changed the same the draft's own stands, and the draft says so until it is published.
    """
    draft = _draft(connection, app, kind, key, lock=True)
    if draft is None or draft.document is None:
        return
    result = merge(before, draft.document, after)
    now = clock.now()
    content.keep(connection, app.id, [result.document], now)
    _store(connection, app, kind, key, etag_of(result.document), etag_of(after), draft.author)
    paths = [list(clash.where.path) for clash in result.clashes]
    if found := [one for one in paths if one not in draft.overruled]:
        here = sa.and_(
            tables.draft.c.app_id == app.id, tables.draft.c.kind == kind, tables.draft.c.key == key
        )
        connection.execute(tables.draft.update().where(here).values(overruled=[*draft.overruled, *found]))


def overruled(connection: Connection, app_key: str, kind: str, key: str) -> list[Text]:
    """Where the draft would undo what was made live after it was begun, one sentence each."""
    now_live = live.load(connection, app_key)
    draft = _draft(connection, now_live.app, kind, key)
    return [] if draft is None else told(now_live, draft)


def told(now_live: LiveApp, draft: Draft) -> list[Text]:
    """The same for a draft that is at hand; what agrees with the live document by now is settled."""
    after = now_live.documents.get(draft.kind, {}).get(draft.key)
    if draft.document is None or after is None:
        return []
    return [
        Text(
            "{place}：草稿开始后已发布的内容改过，发布草稿会把它改掉",
            "{place}: what is published was changed after the draft was begun; publishing the draft undoes that",
            place=_place(draft, after, path),
        )
        for path in draft.overruled
        if at(draft.document, path) != at(after, path)
    ]


def _place(draft: Draft, after: Document, path: Sequence[str]) -> Text | str:
    """The place of a path by keys, by its name in the draft, or in what is live if the draft has it no more."""
    document = after if at(draft.document, path) is None else draft.document
    return places.place(draft.kind, document, numbered(document, path), options_by_label=True)


def etag_or_none(document: Document | None) -> str | None:
    """The etag of a document, None for none."""
    return None if document is None else etag_of(document)


def _hold(connection: Connection, app_key: str, kind: str, key: str) -> LiveApp:
    """Nobody publishes the app, and nobody else saves this definition, until the transaction ends."""
    kinds.get(kind)
    now_live = live.lock_and_load(connection, app_key)
    locks.hold(connection, locks.number("definition", app_key, kind, key))
    return now_live


def _merged(
    connection: Connection,
    now_live: LiveApp,
    kind: str,
    key: str,
    base_etag: str | None,
    mine: Document,
    current: Current | None,
) -> Document:
    base = content.fetch(connection, now_live.app.id, [base_etag]).get(base_etag) if base_etag else None
    if base is None or current is None:
        # Removed meanwhile, or a base that nobody knows (any more): there is nothing to merge by.
        raise _stale(kind, key, mine, current, [""])
    result = merge(base, mine, current.document)
    if result.conflicts:
        told = Told(kind, base, mine, current.document, reading(now_live, kind, key))
        raise _clashing(kind, key, mine, current, result, told)
    try:
        return checks.sound_document(kind, key, result.document)
    except Invalid as invalid:
        # Each side for itself was sound, only together they are not: that is for a person to decide.
        raise _stale(kind, key, mine, current, [fault.pointer for fault in invalid.faults]) from invalid


def _write(
    connection: Connection,
    now_live: LiveApp,
    draft: Draft | None,
    kind: str,
    key: str,
    document: Document | None,
    author: int | None,
    merged: bool,
) -> Draft:
    app = now_live.app
    now = clock.now()
    live_etag = now_live.etags.get((kind, key))
    etag = etag_or_none(document)
    if document is not None:
        content.keep(connection, app.id, [document], now)
    if etag == live_etag:
        # Edited back to what is live: there is nothing left to publish.
        _delete(connection, app, kind, key)
    else:
        _store(connection, app, kind, key, etag, live_etag, author)
    return Draft(kind, key, document, etag, live_etag, author, now, merged)


def _store(
    connection: Connection,
    app: App,
    kind: str,
    key: str,
    etag: str | None,
    base: str | None,
    author: int | None,
) -> None:
    now = clock.now()
    statement = insert(tables.draft).values(
        app_id=app.id,
        kind=kind,
        key=key,
        etag=etag,
        base_etag=base,
        author=author,
        created_at=now,
        updated_at=now,
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["app_id", "kind", "key"],
            set_={name: statement.excluded[name] for name in ("etag", "base_etag", "author", "updated_at")},
        )
    )


def _delete(connection: Connection, app: App, kind: str, key: str) -> bool:
    found = connection.execute(
        tables.draft.delete().where(
            tables.draft.c.app_id == app.id, tables.draft.c.kind == kind, tables.draft.c.key == key
        )
    )
    return found.rowcount > 0


def _draft(connection: Connection, app: App, kind: str, key: str, *, lock: bool = False) -> Draft | None:
    here = sa.and_(tables.draft.c.app_id == app.id, tables.draft.c.kind == kind, tables.draft.c.key == key)
    found = _drafts(connection, app, here, lock)
    return found[0] if found else None


def _drafts(connection: Connection, app: App, where: sa.ColumnElement[bool], lock: bool) -> list[Draft]:
    statement = (
        sa.select(tables.draft, tables.content.c.document)
        .select_from(
            tables.draft.outerjoin(
                tables.content,
                sa.and_(
                    tables.content.c.app_id == tables.draft.c.app_id,
                    tables.content.c.etag == tables.draft.c.etag,
                ),
            )
        )
        .where(where)
        .order_by(tables.draft.c.kind, tables.draft.c.key)
    )
    if lock:
        statement = statement.with_for_update(of=tables.draft)
    return [
        Draft(
            row.kind,
            row.key,
            row.document,
            row.etag,
            row.base_etag,
            row.author,
            row.updated_at,
            False,
            row.overruled,
        )
        for row in connection.execute(statement)
        if row.kind in {one.name for one in kinds.all_kinds()}
    ]


def _current(now_live: LiveApp, draft: Draft | None, kind: str, key: str) -> Current | None:
    if draft is not None:
        if draft.document is None or draft.etag is None:
            return None
        return Current(kind, key, draft.document, draft.etag, "draft")
    document = now_live.documents.get(kind, {}).get(key)
    return None if document is None else Current(kind, key, document, now_live.etags[(kind, key)], "live")


def _unknown(kind: str, key: str) -> NotFound:
    return NotFound(
        Text("没有{kind}“{key}”。", "There is no {kind} “{key}”.", kind=kinds.get(kind).label, key=key)
    )


def _precondition() -> PreconditionRequired:
    return PreconditionRequired(
        Text(
            "请用 If-Match 说明修改的是哪个版本（读取时给出的 ETag）。",
            "Say with If-Match which version you changed: the ETag that reading it gave.",
        )
    )


def reading(now_live: LiveApp, kind: str, key: str) -> Read | None:
    """How a form's document is read as the app would have it; None for what is no form."""
    if kind != results.KIND:
        return None
    return lambda document: propose(now_live, {(kind, key): document}).form(key)


def _clashing(kind: str, key: str, mine: Document, current: Current, merged: Merged, told: Told) -> Stale:
    faults = [
        Fault(
            clash.where.pointer,
            "conflict",
            Text(
                "{place}：别人也改了这里。别人：{theirs}；您：{mine}。",
                "{place}: somebody else has changed this too. They: {theirs}. You: {mine}.",
                place=told.place(clash),
                theirs=told.theirs(clash),
                mine=told.mine(clash),
            ),
        )
        for clash in merged.clashes
    ]
    return _told_stale(kind, key, mine, current, faults)


def _stale(kind: str, key: str, mine: Document | None, current: Current | None, pointers: list[str]) -> Stale:
    theirs = current.document if current else None
    faults = [
        Fault(
            pointer,
            "conflict",
            Text(
                "{place}：别人也改了这里。",
                "{place}: somebody else has changed this too.",
                place=places.place(kind, mine or theirs or {}, pointer),
            ),
        )
        for pointer in pointers
    ]
    return _told_stale(kind, key, mine, current, faults)


def _told_stale(
    kind: str, key: str, mine: Document | None, current: Current | None, faults: list[Fault]
) -> Stale:
    theirs = current.document if current else None
    return Stale(
        Text(
            "“{name}”在您编辑时被别人改过，有 {n} 处两边都改了。",
            "“{name}” was changed by somebody else while you edited it; {n} places differ.",
            name=places.name(kind, key, mine or theirs),
            n=len(faults),
        ),
        faults,
        mine=mine,
        theirs=theirs,
        etag=current.etag if current else None,
        pointers=[fault.pointer for fault in faults],
    )
