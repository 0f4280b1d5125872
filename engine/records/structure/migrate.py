"""From definitions to tables: what publishing makes, alters and keeps, inside its transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql

from engine.definitions import kinds
from engine.definitions.model import App, Change, LiveApp
from engine.fields.form import Field, Form
from engine.platform.database import to_json
from engine.records.storage import duplicates, storage, tables
from engine.records.storage.storage import (
    BUILDING,
    LINKS,
    PLAIN,
    READY,
    REMOVED,
    UNIQUE,
    StoredColumn,
    StoredForm,
)
from engine.records.structure import indexes, layout, rebuild, rebuilding
from engine.records.structure.conversion import Conversion
from engine.records.structure.rebuild import Rebuild

PART_BYTES = 8000
PART_COLUMNS = 1400
"""PostgreSQL counts dropped columns too, up to 1,600 a table."""
RECORD_BYTES = 300
ROW_BYTES = 80

# Types whose values mean the same, so that a change between them keeps the column as it is.
_ALIKE = ({"text", "textarea", "phone", "email", "url"}, {"number", "money", "percent"})
_MEANING = ("formula", "result", "decimals", "form", "via", "fn", "field", "where")

_STORED = "records.stored"

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Shape:
    """What a field needs in the database."""

    kind: str
    sql_type: str
    size: int
    sorted: bool


kinds.on_app_created(layout.create)
kinds.on_app_deleted(layout.drop)


@kinds.on_publish("forms")
def publish_form(connection: Connection, change: Change) -> list[str]:
    """Bring the tables of one form to its new definition; the data follows in `finish`."""
    stored = change.live.cache.get(_STORED)
    if (
        stored is None
    ):  # once a publication: with 200 forms in it, reading the map for each took half the time
        layout.migrate(connection, change.app)
        stored = change.live.cache[_STORED] = storage.load(connection, change.app.id, change.app.schema)
    if change.after is None:
        _remove_form(connection, stored, change.key)
        return []
    form = change.live.form(change.key)
    work = _sync(connection, change.app, form, stored, change.previous)
    change.live.cache.pop(tables.CACHED, None)
    change.live.cache.setdefault("records.rebuilds", []).append(work)
    return []


@kinds.on_published
def finish(connection: Connection, changes: list[Change], live: LiveApp) -> list[str]:
    """Once all tables stand: indexes, and the work on data, at once where it is little, else as jobs."""
    jobs: list[str] = []
    live.cache.pop(tables.CACHED, None)
    live.cache.pop(_STORED, None)
    for change in changes:
        if change.kind == "forms" and change.after is not None:
            jobs += indexes.follow(connection, live, change.key)
    works = live.cache.pop("records.rebuilds", [])
    author = next((change.author for change in changes), None)
    jobs += rebuild.begin(connection, live, works, rebuilding.JOB, author)
    return jobs


def shape(field: Field) -> Shape | None:
    """What the field needs in its table; None where it has nothing there."""
    if not field.kind.stored or field.kind.layout_only or field.live:
        return None
    column = field.kind.column(field)
    if column is not None:
        ordered = field.type == "text"
        size = field.kind.inline_bytes(field) + (24 if ordered else 0)
        return Shape(PLAIN, column.compile(dialect=_DIALECT), size, ordered)
    return Shape(LINKS, "bigint", 0, False) if field.kind.multiple and not field.children else None


def _sync(
    connection: Connection,
    app: App,
    form: Form,
    stored: dict[tuple[str, str], StoredForm],
    previous: LiveApp | None,
) -> Rebuild:
    collation = _collation(connection)
    work = Rebuild(form.key)
    main = _stored_form(connection, app, stored, form.key, "", None, collation)
    _sync_columns(connection, main, form.stored(), work, RECORD_BYTES, collation)
    _sync_uniques(connection, main, form, work)
    subforms = [one for one in form.stored() if one.children]
    for subform in subforms:
        rows = _stored_form(connection, app, stored, form.key, subform.key, main.id, collation)
        columns = (one for one in subform.children if one.kind.stored and not one.kind.layout_only)
        _sync_columns(connection, rows, columns, work, ROW_BYTES, collation)
    kept = {one.key for one in subforms}
    for (form_key, field_key), rows in stored.items():
        if form_key == form.key and field_key and field_key not in kept:
            _mark_removed(connection, rows)
    before = previous.forms.get(form.key) if previous else None
    if before is not None:
        work.note_changes(before, form)
    return work


def _stored_form(
    connection: Connection,
    app: App,
    stored: dict[tuple[str, str], StoredForm],
    form_key: str,
    field_key: str,
    parent_id: int | None,
    collation: str,
) -> StoredForm:
    found = stored.get((form_key, field_key))
    if found is not None:
        if found.removed:
            connection.execute(
                text("UPDATE jianflow.form_storage SET removed_at = NULL WHERE id = :id"), {"id": found.id}
            )
            found.removed = False
        return found
    number = connection.execute(
        text(
            "INSERT INTO jianflow.form_storage (app_id, form_key, field_key, parent_id)"
            " VALUES (:app, :form, :field, :parent) RETURNING id"
        ),
        {"app": app.id, "form": form_key, "field": field_key, "parent": parent_id},
    ).scalar_one()
    made = stored[form_key, field_key] = StoredForm(number, app.schema, form_key, field_key, parent_id, 1)
    if parent_id is None:
        connection.exec_driver_sql(
            f"""
            CREATE TABLE {made.qualified()} (
                id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                version integer NOT NULL DEFAULT 1,
                owner bigint,
                created_by bigint,
                created_at timestamptz NOT NULL,
                updated_by bigint,
                updated_at timestamptz NOT NULL,
                flow_state text COLLATE {collation},
                deleted_at timestamptz,
                deleted_by bigint,
                import_id uuid,
                title text COLLATE {collation},
                title_key text COLLATE {collation},
                errors jsonb
            )"""
        )
    else:
        connection.exec_driver_sql(
            f"""
            CREATE TABLE {made.qualified()} (
                id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                record_id bigint NOT NULL,
                position integer NOT NULL,
                errors jsonb
            )"""
        )
    return made


def _sync_columns(
    connection: Connection,
    stored: StoredForm,
    fields: Iterable[Field],
    work: Rebuild,
    base: int,
    collation: str,
) -> None:
    wanted = {one.key: (one, needs) for one in fields if (needs := shape(one)) is not None}
    room = _Room(stored, base)
    for key, (field, needs) in wanted.items():
        current = stored.find(key)
        if current is not None and keeps(current, field, needs):
            _note(connection, stored, current, field, needs, work, collation)
            continue
        earlier = [
            one
            for one in stored.columns
            if one.field_key == key and one.state == REMOVED and one.kind != UNIQUE
        ]
        back = next(
            (one for one in reversed(earlier) if keeps(one, field, needs) and one.field_type == field.type),
            None,
        )
        if current is None and back is not None and back is earlier[-1]:
            _set_state(connection, stored, back, READY)
            _note(connection, stored, replace(back, state=READY), field, needs, work, collation)
            work.refresh(field)
            continue
        source = current or (earlier[-1] if earlier else None)
        converted = source is not None and not field.kind.computed
        made = _add_column(
            connection, stored, field, needs, room, BUILDING if converted else READY, collation
        )
        work.rows = work.rows or room.begun
        if converted and source is not None:
            work.conversions.append(Conversion(field.path, made.id, source.id, back.id if back else None))
        if current is not None:
            _set_state(connection, stored, current, REMOVED)
        work.refresh(field)
    for part, additions in room.additions.items():
        connection.exec_driver_sql(f"ALTER TABLE {stored.qualified(part)} {', '.join(additions)}")
    for column in list(stored.columns):
        if column.kind != UNIQUE and column.active and column.field_key not in wanted:
            _set_state(connection, stored, column, REMOVED)


def keeps(column: StoredColumn, field: Field, needs: Shape) -> bool:
    """Whether the column's values are the field's values as they are."""
    if column.kind != needs.kind or column.sql_type != needs.sql_type:
        return False
    old = column.as_field()
    if old.type == field.type:
        return field.type not in ("link", "links") or old.get("form") == field.get("form")
    if field.kind.computed:
        return False
    if old.kind.computed:
        return old.kind.value_type(old) == field.kind.value_type(field)
    return any(old.type in alike and field.type in alike for alike in _ALIKE)


def _note(
    connection: Connection,
    stored: StoredForm,
    column: StoredColumn,
    field: Field,
    needs: Shape,
    work: Rebuild,
    collation: str,
) -> None:
    """Remember the field's newest definition beside its column."""
    if needs.sorted and not column.sorted:
        connection.exec_driver_sql(
            f"ALTER TABLE {stored.qualified(column.part)} ADD COLUMN {column.sort_name} text COLLATE {collation}"
        )
        work.refresh(field)
    if field.kind.computed and any(column.field.get(name) != field.properties.get(name) for name in _MEANING):
        work.refresh(field)
    noted = replace(
        column,
        field=dict(field.properties),
        field_type=field.type,
        size=needs.size,
        sorted=column.sorted or needs.sorted,
    )
    _replace(stored, noted)
    connection.execute(
        text(
            "UPDATE jianflow.column_storage SET field = CAST(:field AS jsonb), field_type = :type, size = :size,"
            " sorted = :sorted WHERE id = :id"
        ),
        {
            "field": to_json(noted.field),
            "type": field.type,
            "size": needs.size,
            "sorted": noted.sorted,
            "id": column.id,
        },
    )


def _add_column(
    connection: Connection,
    stored: StoredForm,
    field: Field,
    needs: Shape,
    room: "_Room",
    state: str,
    collation: str,
) -> StoredColumn:
    part = 1 if needs.kind == LINKS else room.part_for(needs.size, 2 if needs.sorted else 1)
    made = _insert_column(
        connection, stored, field.key, needs.kind, part, field.type, needs, dict(field.properties), state
    )
    if needs.kind == LINKS:
        name = f"{stored.schema}.{stored.link_table(made)}"
        connection.exec_driver_sql(
            f"CREATE TABLE {name} (record_id bigint NOT NULL, position integer NOT NULL, target_id bigint NOT NULL,"
            " PRIMARY KEY (record_id, position))"
        )
        return made
    if part > stored.parts:
        stored.parts = part
        connection.exec_driver_sql(f"CREATE TABLE {stored.qualified(part)} (id bigint PRIMARY KEY)")
        room.begun = True  # its rows follow with the work on data: till then what has none is read as empty
        connection.execute(
            text("UPDATE jianflow.form_storage SET parts = :parts WHERE id = :id"),
            {"parts": part, "id": stored.id},
        )
    textual = (
        f" COLLATE {collation}"
        if needs.sql_type.split("(")[0].split("[")[0].upper() in ("TEXT", "VARCHAR")
        else ""
    )
    room.additions.setdefault(part, []).append(f"ADD COLUMN {made.name} {needs.sql_type}{textual}")
    if needs.sorted:
        room.additions[part].append(f"ADD COLUMN {made.sort_name} text COLLATE {collation}")
    return made


def _insert_column(
    connection: Connection,
    stored: StoredForm,
    key: str,
    kind: str,
    part: int,
    field_type: str,
    needs: Shape,
    field: Mapping[str, Any],
    state: str,
) -> StoredColumn:
    number = connection.execute(
        text(
            "INSERT INTO jianflow.column_storage"
            " (form_id, field_key, kind, part, field_type, sql_type, size, sorted, field, state)"
            " VALUES (:form, :key, :kind, :part, :field_type, :sql_type, :size, :sorted, CAST(:field AS jsonb), :state)"
            " RETURNING id"
        ),
        {
            "form": stored.id,
            "key": key,
            "kind": kind,
            "part": part,
            "field_type": field_type,
            "state": state,
            "sql_type": needs.sql_type,
            "size": needs.size,
            "sorted": needs.sorted,
            "field": to_json(field),
        },
    ).scalar_one()
    made = StoredColumn(
        number,
        stored.id,
        key,
        kind,
        part,
        field_type,
        needs.sql_type,
        needs.size,
        needs.sorted,
        field,
        state,
        0,
    )
    stored.columns.append(made)
    return made


def _sync_uniques(connection: Connection, stored: StoredForm, form: Form, work: Rebuild) -> None:
    wanted = {one.key: one for one in duplicates.uniques(form)}
    present = {one.field_key: one for one in stored.columns if one.kind == UNIQUE and one.active}
    for key, column in present.items():
        if key not in wanted or column.field.get("level") != wanted[key].level:
            # The hash is made from the values, so that dropping it loses nothing.
            connection.exec_driver_sql(
                f"ALTER TABLE {stored.qualified()} DROP COLUMN IF EXISTS {column.name}"
            )
            _set_state(connection, stored, column, "dropped")
    for key, unique in wanted.items():
        if key in present and present[key].field.get("level") == unique.level:
            continue
        made = _insert_column(
            connection,
            stored,
            key,
            UNIQUE,
            1,
            "unique",
            Shape(UNIQUE, "uuid", 16, False),
            {"level": unique.level, "fields": [one.key for one in unique.fields]},
            READY,
        )
        connection.exec_driver_sql(f"ALTER TABLE {stored.qualified()} ADD COLUMN {made.name} uuid")
        work.uniques = True
        if unique.must:
            work.hashes.append(made.id)


def _remove_form(connection: Connection, stored: Mapping[tuple[str, str], StoredForm], form_key: str) -> None:
    for (key, _), one in stored.items():
        if key == form_key:
            _mark_removed(connection, one)


def _mark_removed(connection: Connection, stored: StoredForm) -> None:
    if not stored.removed:
        connection.execute(
            text("UPDATE jianflow.form_storage SET removed_at = now() WHERE id = :id"), {"id": stored.id}
        )
        stored.removed = True


def _set_state(connection: Connection, stored: StoredForm, column: StoredColumn, state: str) -> None:
    connection.execute(
        text(
            "UPDATE jianflow.column_storage SET state = :state,"
            " removed_at = CASE WHEN :state IN ('removed', 'dropped') THEN now() END,"
            f" removed_after = (SELECT coalesce(max(id), 0) FROM {stored.schema}.history) WHERE id = :id"
        ),
        {"state": state, "id": column.id},
    )
    _replace(stored, replace(column, state=state))


def _replace(stored: StoredForm, column: StoredColumn) -> None:
    stored.columns[:] = [column if one.id == column.id else one for one in stored.columns]


def _collation(connection: Connection) -> str:
    """Character order on every server; the newer one also knows the case of letters beyond ASCII."""
    found = connection.scalar(text("SELECT 1 FROM pg_collation WHERE collname = 'pg_c_utf8'"))
    return 'pg_catalog."pg_c_utf8"' if found else 'pg_catalog."C"'


class _Room:
    """How much the parts of a table hold, and where the next column fits."""

    def __init__(self, stored: StoredForm, base: int) -> None:
        self.additions: dict[int, list[str]] = {}
        """What each part's table gets, in one statement a part once all columns are placed."""
        self.begun = False
        """Whether a further part was begun, in which the records that are there have no row yet."""
        self.taken: dict[int, list[int]] = {part: [0, 1] for part in range(1, stored.parts + 1)}
        self.taken[1] = [base, 20]
        for column in stored.columns:
            if column.kind != LINKS:
                self._take(column.part, column.size, 2 if column.sorted else 1)

    def part_for(self, size: int, columns: int) -> int:
        """The first part with room, which the column then takes."""
        part = next(
            (
                number
                for number, (used, count) in self.taken.items()
                if used + size <= PART_BYTES and count + columns <= PART_COLUMNS
            ),
            len(self.taken) + 1,
        )
        self.taken.setdefault(part, [0, 1])
        self._take(part, size, columns)
        return part

    def _take(self, part: int, size: int, columns: int) -> None:
        self.taken[part][0] += size
        self.taken[part][1] += columns
