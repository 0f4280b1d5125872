"""Keys that were live once: each may come back, but only as what it was."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from engine.definitions import kinds, places, tables
from engine.definitions.kinds import Element
from engine.definitions.model import Document, LiveApp
from engine.platform.errors import Fault
from engine.platform.i18n import Text

Place = tuple[str, str]


def faults(
    connection: Connection, now_live: LiveApp, proposed: LiveApp, changed: Iterable[Place]
) -> list[Fault]:
    """New elements whose key once stood for something else."""
    found: list[Fault] = []
    known: dict[tuple[str, str, str], Element] | None = None
    for kind, key in changed:
        before, after = _document(now_live, kind, key), _document(proposed, kind, key)
        if after is None:
            continue
        old = _elements(kind, before)
        for path, element in _elements(kind, after).items():
            if path in old:
                continue
            known = _known(connection, now_live.app.id) if known is None else known
            was = known.get((kind, key, path))
            if was is not None and was.nature != element.nature:
                found.append(_fault(kind, key, path, element, was, after))
    return found


def note(
    connection: Connection, now_live: LiveApp, proposed: LiveApp, moved: Iterable[Place], now: datetime
) -> None:
    """Remember the keys that these changes take away."""
    rows = []
    for kind, key in moved:
        after = _elements(kind, _document(proposed, kind, key))
        for path, element in _elements(kind, _document(now_live, kind, key)).items():
            if path not in after:
                rows.append(
                    {
                        "app_id": now_live.app.id,
                        "kind": kind,
                        "key": key,
                        "path": path,
                        "nature": element.nature,
                        "label": element.label,
                        "retired_at": now,
                    }
                )
    if rows:
        statement = insert(tables.retired)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["app_id", "kind", "key", "path"],
                set_={name: statement.excluded[name] for name in ("nature", "label", "retired_at")},
            ),
            rows,
        )


def keys(connection: Connection, app_id: int, kind: str, key: str) -> set[str]:
    """The paths in a definition that were live once and are gone."""
    return {path for of, named, path in _known(connection, app_id) if (of, named) == (kind, key)}


def _known(connection: Connection, app_id: int) -> dict[tuple[str, str, str], Element]:
    rows = connection.execute(sa.select(tables.retired).where(tables.retired.c.app_id == app_id))
    return {(row.kind, row.key, row.path): Element(row.nature, row.label) for row in rows}


def _document(app: LiveApp, kind: str, key: str) -> Document | None:
    return app.documents.get(kind, {}).get(key)


def _elements(kind: str, document: Document | None) -> Mapping[str, Element]:
    return {} if document is None else kinds.get(kind).elements(document)


def _fault(kind: str, key: str, path: str, element: Element, was: Element, document: Document) -> Fault:
    return Fault(
        f"/{kind}/{key}{element.pointer}",
        "key_was_used",
        Text(
            "{place}：标识“{path}”以前属于“{label}”，不能再用于别的内容，请换一个标识。",
            "{place}: the key “{path}” once belonged to “{label}” and cannot stand for something else; choose another.",
            place=places.place(kind, document, element.pointer),
            path=path,
            label=places.spoken(was.label, path),
        ),
    )
