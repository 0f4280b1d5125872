"""Publishing: drafts are checked together and go live in one transaction, or nothing changes."""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import psycopg
import sqlalchemy as sa
from sqlalchemy import Connection, exc
from sqlalchemy.dialects.postgresql import insert

from engine.definitions import checks, content, kinds, live, locks, needs, retired, tables
from engine.definitions.drafts import all_drafts, rebase, told
from engine.definitions.model import App, Change, Document, Draft, LiveApp, Publication
from engine.definitions.propose import Proposal, propose
from engine.platform import clock
from engine.platform.database import Database
from engine.platform.errors import Conflict, Fault, Invalid
from engine.platform.i18n import Text

LOCK_TIMEOUT = "500ms"
"""How long publishing waits for the writes under way; who comes to write meanwhile waits behind it."""
TABLE_LOCK_TIMEOUT = "2s"
"""How long it then waits for those who read the tables that it changes."""
GIVE_UP_AFTER = 45.0
"""Seconds for which publishing tries to come between the writes of others."""

Place = tuple[str, str]


def publish(
    database: Database,
    app_key: str,
    *,
    only: Iterable[Place] | None = None,
    author: int | None = None,
    also: Mapping[Place, Callable[[Document], Document]] | None = None,
) -> Publication:
    """Make drafts live: all of them, or those that `only` names as (kind, key) with what they need.

    `also` are edits of other live definitions that belong to it, such as the role that may use a new form; what is
    drafted there stays a draft, with the edit in it. Raises `Invalid` with every fault. Checks run before the lock
    is taken, so that writers wait only for the change itself; inside it they run again only if something has changed
    meanwhile.
    """
    named = None if only is None else list(only)
    with database.connect() as connection:
        now_live = live.load(connection, app_key)
        drafts = {(draft.kind, draft.key): draft for draft in all_drafts(connection, app_key)}
        picked = _chosen(now_live, drafts, named)
        check(connection, now_live, {**picked, **_edited(now_live, picked, also or {})}, with_hooks=False)

    def work(connection: Connection) -> Publication:
        now_live = lock_alone(connection, app_key)
        drafts = {(draft.kind, draft.key): draft for draft in all_drafts(connection, app_key, lock=True)}
        picked = _chosen(now_live, drafts, named)
        edited = _edited(now_live, picked, also or {})
        publication = make_live(connection, now_live, {**picked, **edited}, author)
        undone = [said for place in picked for said in told(now_live, drafts[place])]
        publication = replace(publication, warnings=[*undone, *publication.warnings])
        _remove_drafts(connection, now_live.app, [drafts[place] for place in picked])
        for (kind, key), after in edited.items():
            if (kind, key) not in picked:
                rebase(connection, now_live.app, kind, key, now_live.documents[kind][key], after)
        return publication

    return between_writes(database, work)


def chosen(
    connection: Connection, app_key: str, only: Iterable[Place] | None = None
) -> tuple[LiveApp, Proposal]:
    """What `publish` would make live now: the app as it is, and the documents."""
    now_live = live.load(connection, app_key)
    drafts = {(draft.kind, draft.key): draft for draft in all_drafts(connection, app_key)}
    return now_live, _chosen(now_live, drafts, None if only is None else list(only))


def change(
    database: Database,
    app_key: str,
    kind: str,
    key: str,
    edit: Callable[[Document], Document],
    *,
    author: int | None = None,
    within: Callable[[Connection, LiveApp], None] | None = None,
) -> Publication:
    """Apply one edit to the live definition and to its open draft, and publish nothing else.

    So a field is added from a list while a colleague's draft of the form is half done. `within` is called in the
    same transaction, when nobody else writes to the app and before the edit.
    """

    def work(connection: Connection) -> Publication:
        now_live = lock_alone(connection, app_key)
        before = now_live.documents.get(kind, {}).get(key)
        if before is None:
            raise Invalid.at("", "unknown_definition", needs.unknown(kind, key))
        if within is not None:
            within(connection, now_live)
        after = edit(before)
        publication = make_live(connection, now_live, {(kind, key): after}, author)
        rebase(connection, now_live.app, kind, key, before, after)
        return publication

    return between_writes(database, work)


def change_all(
    database: Database,
    app_key: str,
    edits: Mapping[Place, Callable[[Document], Document] | None],
    *,
    author: int | None = None,
) -> Publication:
    """Apply edits to several live definitions and to their open drafts in one transaction; None takes one away.

    What is drafted of one that is taken away goes with it.
    """

    def work(connection: Connection) -> Publication:
        now_live = lock_alone(connection, app_key)
        gone = {place for place, edit in edits.items() if edit is None}
        changed = _edited(now_live, {}, {place: edit for place, edit in edits.items() if edit is not None})
        publication = make_live(connection, now_live, {**changed, **dict.fromkeys(gone)}, author)
        for (kind, key), after in changed.items():
            rebase(connection, now_live.app, kind, key, now_live.documents[kind][key], after)
        drafts = all_drafts(connection, app_key, lock=True) if gone else []
        _remove_drafts(connection, now_live.app, [one for one in drafts if (one.kind, one.key) in gone])
        return publication

    return between_writes(database, work)


def create(
    database: Database, app_key: str, kind: str, key: str, document: Document, *, author: int | None = None
) -> Publication:
    """Make one new definition live; raises `Conflict` where its key is taken, live or drafted."""
    sound = checks.sound_document(kind, key, document)

    def work(connection: Connection) -> Publication:
        now_live = lock_alone(connection, app_key)
        if key in now_live.documents.get(kind, {}) or any(
            (one.kind, one.key) == (kind, key) for one in all_drafts(connection, app_key)
        ):
            raise Conflict(Text("标识“{key}”已经被占用。", "The key “{key}” is taken.", key=key))
        return make_live(connection, now_live, {(kind, key): sound}, author)

    return between_writes(database, work)


def between_writes(database: Database, work: Callable[[Connection], Publication]) -> Publication:
    """Run a publishing transaction; when writes of others are in the way, step back and try again."""
    deadline = time.monotonic() + GIVE_UP_AFTER
    while True:
        try:
            return database.run(work)
        except exc.OperationalError as error:
            if not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                raise
            if time.monotonic() > deadline:
                raise Conflict(
                    Text(
                        "有人正在写入大量数据，暂时无法发布，请稍后再试。",
                        "A lot of data is being written right now; please publish again in a moment.",
                    ),
                    code="busy",
                ) from error
            # The next writers go first, so that nobody waits in a queue behind a publication that waits.
            time.sleep(random.uniform(0.2, 0.8))


def lock_alone(connection: Connection, app_key: str) -> LiveApp:
    """Hold the app's lock alone until the transaction ends, and read what is live."""
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    locks.hold(connection, locks.app_lock(app_key))
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{TABLE_LOCK_TIMEOUT}'")
    return live.load(connection, app_key)


def check(connection: Connection, now_live: LiveApp, chosen: Proposal, *, with_hooks: bool = True) -> LiveApp:
    """The app as it would be; raises `Invalid` with every fault that it would have.

    What the layers above check may take long, since it looks at data; it counts only under the lock.
    """
    proposed = propose(now_live, chosen)
    faults = [
        *_forbidden_removals(now_live, chosen),
        *checks.faults(proposed, set(chosen)),
        *retired.faults(connection, now_live, proposed, chosen),
    ]
    if not faults and with_hooks:
        # What others check may rely on sound definitions.
        faults = [fault for hook in kinds.hooks.check for fault in hook(connection, now_live, proposed)]
    if faults:
        raise Invalid(
            Text("有 {n} 处问题，尚未发布。", "Not published: {n} things are wrong.", n=len(faults)),
            faults,
            code="not_publishable",
        )
    return proposed


def make_live(connection: Connection, now_live: LiveApp, chosen: Proposal, author: int | None) -> Publication:
    """Check the chosen documents and make them live, in the transaction of one who holds the lock alone."""
    now = clock.now()
    proposed = check(connection, now_live, chosen)
    moved = [place for place in _in_order(chosen) if now_live.etags.get(place) != proposed.etags.get(place)]
    if not moved:
        return Publication(version=now_live.version, published=[], jobs=[], warnings=[])
    app = now_live.app
    after = {(kind, key): proposed.documents.get(kind, {}).get(key) for kind, key in moved}
    content.keep(connection, app.id, (document for document in after.values() if document is not None), now)
    _write_versions(connection, proposed, moved, author, now)
    retired.note(connection, now_live, proposed, moved, now)
    changes = [
        Change(
            app=app,
            kind=kind,
            key=key,
            before=now_live.documents.get(kind, {}).get(key),
            after=after[(kind, key)],
            documents=proposed.documents,
            live=proposed,
            previous=now_live,
            author=author,
        )
        for kind, key in moved
    ]
    jobs = _call_hooks(connection, changes, proposed)
    content.forget_old(connection, app.id, now)
    # Last, so that a hook that loads the app does not leave this version in memory if all is rolled back.
    connection.execute(
        tables.app.update().where(tables.app.c.id == app.id).values(live_version=proposed.version)
    )
    return Publication(
        version=proposed.version,
        published=moved,
        jobs=jobs,
        warnings=list(
            dict.fromkeys(
                [
                    *checks.warnings(proposed, moved),
                    *(text for hook in kinds.hooks.warn for text in hook(connection, changes, proposed)),
                ]
            )
        ),
    )


def _chosen(now_live: LiveApp, drafts: Mapping[Place, Draft], named: list[Place] | None) -> Proposal:
    if named is None:
        return {place: draft.document for place, draft in drafts.items()}
    unknown = [
        Fault(f"/only/{number}", "unknown_definition", needs.unknown(*place))
        for number, place in enumerate(named)
        if place not in drafts and place not in now_live.etags
    ]
    if unknown:
        raise Invalid(Text("没有可发布的内容。", "There is nothing to publish there."), unknown)
    available = {place: draft.document for place, draft in drafts.items()}
    wanted = needs.closure(now_live, available, [place for place in named if place in drafts])
    return {place: available[place] for place in wanted}


def _edited(
    now_live: LiveApp, picked: Proposal, also: Mapping[Place, Callable[[Document], Document]]
) -> dict[Place, Document]:
    """The edits applied: to what is published here anyway, else to what is live."""
    found = {}
    for (kind, key), edit in also.items():
        before = picked.get((kind, key)) or now_live.documents.get(kind, {}).get(key)
        if before is None:
            raise Invalid.at("", "unknown_definition", needs.unknown(kind, key))
        found[(kind, key)] = edit(before)
    return found


def _forbidden_removals(now_live: LiveApp, chosen: Proposal) -> Iterable[Fault]:
    for (kind, key), document in chosen.items():
        if document is None and (key in kinds.get(kind).permanent or key == kinds.get(kind).only_key):
            yield Fault(
                f"/{kind}/{key}",
                "permanent",
                Text("“{key}”不能删除。", "“{key}” cannot be removed.", key=checks.name(now_live, kind, key)),
            )


def _in_order(chosen: Proposal) -> list[Place]:
    """Forms before what stands on them, additions before removals."""
    order = {kind.name: kind.order for kind in kinds.all_kinds()}
    return sorted(chosen, key=lambda place: (chosen[place] is None, order[place[0]], place))


def _write_versions(
    connection: Connection, proposed: LiveApp, moved: list[Place], author: int | None, now: datetime
) -> None:
    app_id = proposed.app.id
    counted = connection.execute(
        sa.select(tables.version.c.kind, tables.version.c.key, sa.func.max(tables.version.c.number))
        .where(tables.version.c.app_id == app_id)
        .group_by(tables.version.c.kind, tables.version.c.key)
    )
    numbers = {(kind, key): number for kind, key, number in counted}
    rows = [
        {
            "app_id": app_id,
            "kind": place[0],
            "key": place[1],
            "number": numbers.get(place, 0) + 1,
            "app_version": proposed.version,
            "etag": proposed.etags.get(place),
            "author": author,
            "created_at": now,
        }
        for place in moved
    ]
    connection.execute(tables.version.insert(), rows)
    living = [
        {name: row[name] for name in ("app_id", "kind", "key", "etag", "number")}
        for row in rows
        if row["etag"]
    ]
    if living:
        statement = insert(tables.live)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["app_id", "kind", "key"],
                set_={"etag": statement.excluded.etag, "number": statement.excluded.number},
            ),
            living,
        )
    for row in rows:
        if not row["etag"]:
            connection.execute(
                tables.live.delete().where(
                    tables.live.c.app_id == app_id,
                    tables.live.c.kind == row["kind"],
                    tables.live.c.key == row["key"],
                )
            )


def _call_hooks(connection: Connection, changes: list[Change], proposed: LiveApp) -> list[str]:
    jobs: list[str] = []
    for change in changes:
        for carry_out in kinds.hooks.publish.get(change.kind, ()):
            jobs.extend(carry_out(connection, change) or ())
    for finish in kinds.hooks.published:
        jobs.extend(finish(connection, changes, proposed) or ())
    return jobs


def _remove_drafts(connection: Connection, app: App, drafts: list[Draft]) -> None:
    for draft in drafts:
        connection.execute(
            tables.draft.delete().where(
                tables.draft.c.app_id == app.id,
                tables.draft.c.kind == draft.kind,
                tables.draft.c.key == draft.key,
            )
        )
