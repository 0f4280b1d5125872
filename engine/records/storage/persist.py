"""The statements that write records: all rows of a record, however many tables they are in, in one of them.

Every statement takes one JSON document. So there is one statement a shape, which the server keeps prepared, and
exact numbers travel as strings that PostgreSQL reads by the column's own type.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from sqlalchemy import Connection, exc

from engine.fields.base import RowValues
from engine.formulas.values import FormulaError
from engine.platform.database import to_json
from engine.records.storage.storage import LINKS, PRESENT, StoredColumn
from engine.records.storage.tables import FormTable
from engine.records.storage.titles import sort_key

SYSTEM_TYPES = {
    "version": "integer",
    "owner": "bigint",
    "created_by": "bigint",
    "created_at": "timestamptz",
    "updated_by": "bigint",
    "updated_at": "timestamptz",
    "flow_state": "text",
    "deleted_at": "timestamptz",
    "deleted_by": "bigint",
    "import_id": "uuid",
    "title": "text",
    "title_key": "text",
    "errors": "jsonb",
}
ROW_TYPES = {"position": "integer", "errors": "jsonb"}


def encode(table: FormTable, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values by field key as the statements take them: by column, link table and subform's table."""
    made: dict[str, Any] = {}
    for key, value in values.items():
        placed = table.columns.get(key)
        if placed is None:
            continue
        column = placed[1]
        if isinstance(value, FormulaError):
            value = None
        made[column.name] = value
        if column.sorted:
            made[column.sort_name] = sort_key(value)
    return made


def encode_rows(table: FormTable, rows: Iterable[RowValues], start: int = 0) -> list[dict[str, Any]]:
    """A subform's rows as the statements take them."""
    made = []
    for position, row in enumerate(rows, start):
        one = encode(table, row.values)
        one["position"] = position
        one["errors"] = errors_in(row.values)
        if row.id is not None:
            one["id"] = row.id
        made.append(one)
    return made


def errors_in(values: Mapping[str, Any]) -> dict[str, str] | None:
    """What the column `errors` holds for these values."""
    return {key: value.code for key, value in values.items() if isinstance(value, FormulaError)} or None


@dataclass(frozen=True)
class Beside:
    """What the statement that writes new records does besides: `step` over its rows `input` (id, j by column).

    `links` are the columns that name records, each with the table of those; they are held against deletion.
    """

    step: str | None = None
    links: tuple[tuple[str, str], ...] = ()


def insert(connection: Connection, table: FormTable, records: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write new records as `encode` makes them, each with its subforms' rows under `s_<id>`; answers their ids."""
    return [
        row[0]
        for row in execute(connection, _insert(table, present(records), None), (to_json(list(records)),))
    ]


def insert_one(
    connection: Connection, table: FormTable, record: Mapping[str, Any], beside: Beside
) -> int | None:
    """The same for one record; None where a link leads to a record that is not there."""
    found = execute(connection, _insert(table, present([record]), beside), (to_json([record]),))
    return found[0][0] if found[0][1] else None


def inserting(table: FormTable, present: frozenset[str], beside: Beside) -> tuple[str, str, str]:
    """The steps that write one record, the name of the one that answers its row, and the test that its links are there.

    The record comes as the parameter `document`; `input` has its id.
    """
    steps, held = _steps_beside(table, present, beside, answering=True)
    written = f"p{table.stored.id}_1"
    return f"WITH {', '.join(steps)}".replace("%s", "%(document)s", 1), written, held


def present(records: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """The link tables and subforms for which these records have something; each set of them is a statement of its own."""
    return frozenset(
        key for record in records for key, value in record.items() if key[:2] in ("l_", "s_") and value
    )


def execute(
    connection: Connection, statement: str, parameters: tuple[Any, ...] | Mapping[str, Any]
) -> list[tuple[Any, ...]]:
    """What a statement on the way of every write answers, without SQLAlchemy's part of the work."""
    raw: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    try:
        return raw.execute(statement, parameters).fetchall()
    except psycopg.Error as error:
        raise exc.DBAPIError.instance(statement, parameters, error, psycopg.Error) from error


def update(
    connection: Connection, table: FormTable, records: Sequence[Mapping[str, Any]], columns: Iterable[str]
) -> None:
    """Set these columns of records (or rows) that are there; each record has its `id`. Link tables are apart."""
    wanted = frozenset(columns)
    if wanted and records:
        statement = _update(table, wanted, alone=len(records) == 1)
        connection.exec_driver_sql(statement, (to_json(list(records)),))


def replace_links(
    connection: Connection, table: FormTable, column: StoredColumn, targets: Mapping[int, Any]
) -> None:
    """Set what the records (or rows) name in a link table, in this order."""
    name = f"{table.stored.schema}.{table.stored.link_table(column)}"
    connection.exec_driver_sql(f"DELETE FROM {name} WHERE record_id = ANY(%s::bigint[])", (list(targets),))
    rows = [
        (record, place, target)
        for record, named in targets.items()
        for place, target in enumerate(named or ())
    ]
    if rows:
        connection.exec_driver_sql(
            f"INSERT INTO {name} SELECT * FROM unnest(%s::bigint[], %s::int[], %s::bigint[])",
            tuple(list(column) for column in zip(*rows)),
        )


def replace_rows(
    connection: Connection,
    table: FormTable,
    records: Mapping[int, tuple[Sequence[RowValues], Sequence[RowValues]]],
) -> None:
    """Bring the rows that records have in a subform from the first to the second: changed, made, deleted."""
    gone: list[int | None] = []
    old: list[dict[str, Any]] = []
    new: list[dict[str, Any]] = []
    for record_id, (before, after) in records.items():
        there, kept = {row.id for row in before}, {row.id for row in after}
        gone += [row.id for row in before if row.id not in kept]
        for one in encode_rows(table, after):
            # A row that was deleted meanwhile, and that undoing brings back, is made anew.
            if one.get("id") in there:
                old.append(one)
            else:
                new.append({**one, "record_id": record_id})
    if gone:
        delete_rows(connection, table, gone)
    if old:
        columns = {key for one in old for key in one if key[:2] in ("c_", "k_")} | set(ROW_TYPES)
        update(connection, table, old, columns)
        for column in (column for _, column in table.columns.values() if column.kind == LINKS):
            targets = {one["id"]: one.get(column.name) for one in old if column.name in one}
            replace_links(connection, table, column, targets)
    if new:
        insert(connection, table, new)


def delete_rows(connection: Connection, table: FormTable, row_ids: Sequence[int | None]) -> None:
    """Remove rows of a subform for good; their old values are in the record's history."""
    _, stored = table, table.stored
    for _, column in table.columns.values():
        if column.kind == LINKS:
            name = f"{stored.schema}.{stored.link_table(column)}"
            connection.exec_driver_sql(
                f"DELETE FROM {name} WHERE record_id = ANY(%s::bigint[])", (list(row_ids),)
            )
    for part in range(1, stored.parts + 1):
        connection.exec_driver_sql(
            f"DELETE FROM {stored.qualified(part)} WHERE id = ANY(%s::bigint[])", (list(row_ids),)
        )


def _insert(table: FormTable, present: frozenset[str], beside: Beside | None) -> str:
    made = table.statements.get((present, beside))
    if made is None:
        if beside is None:
            steps, answer = (
                _insert_steps(table, present, "input", top=True),
                "SELECT id FROM input ORDER BY n",
            )
        else:
            steps, held = _steps_beside(table, present, beside)
            answer = f"SELECT id, {held} FROM input"
        made = table.statements[present, beside] = f"WITH {', '.join(steps)} {answer}"
    return made  # type: ignore[no-any-return]


def _steps_beside(
    table: FormTable, present: frozenset[str], beside: Beside, *, answering: bool = False
) -> tuple[list[str], str]:
    """The steps for one record with those beside, and the test in terms of `input` that its links are there."""
    steps = _insert_steps(table, present, "input", top=True, answering=answering)
    steps += [beside.step] if beside.step else []
    for column, linked in beside.links:
        # There is one record; joined, PostgreSQL would expect a hundred and read the other table as a whole.
        steps.append(
            f"h_{column} AS (SELECT id FROM {linked} t WHERE {PRESENT}"
            f" AND t.id = (SELECT (j->>'{column}')::bigint FROM input) FOR KEY SHARE)"
        )
    tests = [f"(j->>'{column}' IS NULL OR EXISTS (SELECT 1 FROM h_{column}))" for column, _ in beside.links]
    return steps, " AND ".join(tests) or "true"


def _insert_steps(
    table: FormTable, present: frozenset[str], source: str, *, top: bool, answering: bool = False
) -> list[str]:
    """The steps that write what `source` (id, n, j) holds into the table's parts, link tables and subforms.

    With `answering` those that write the table's own parts answer the whole rows.
    """
    answered = " RETURNING *" if answering else ""
    stored = table.stored
    steps: list[str] = []
    # Drawn here, so that all tables of a record can be written side by side. %% is for the driver.
    number = f"nextval('{stored.qualified()}_id_seq'::regclass)"
    if top:
        steps.append(
            f"{source} AS MATERIALIZED (SELECT {number} AS id, e.n, e.j"
            " FROM jsonb_array_elements(%s::jsonb) WITH ORDINALITY AS e(j, n))"
        )
    else:
        name = f"s_{stored.id}"
        steps.append(
            f"{source} AS MATERIALIZED (SELECT {number} AS id, o.id AS record_id, e.j FROM input o"
            f" CROSS JOIN LATERAL jsonb_array_elements(o.j->'{name}') WITH ORDINALITY AS e(j, n))"
        )
    for part in range(1, stored.parts + 1):
        columns = _columns(table, part)
        names, chosen = ["id", *columns], ["i.id", *(f"r.{name}" for name in columns)]
        if part == 1 and table.subform is None:
            # A record without a title of its own is known by its number.
            chosen[names.index("title")] = "COALESCE(r.title, '#' || i.id)"
            chosen[names.index("title_key")] = "COALESCE(r.title_key, '#' || i.id)"
        elif part == 1 and not top:
            names.append("record_id")
            chosen.append("i.record_id")
        elif part == 1:
            columns = columns | {"record_id": "bigint"}
            names.append("record_id")
            chosen.append("r.record_id")
        steps.append(
            f"p{stored.id}_{part} AS (INSERT INTO {stored.qualified(part)} ({', '.join(names)})"
            f" SELECT {', '.join(chosen)} FROM {source} i{_record(columns)}{answered})"
        )
    for _, column in table.columns.values():
        # Inside a subform the document's own keys say nothing of its rows' links, so those steps always stand.
        if column.kind == LINKS and (column.name in present or not top):
            steps.append(
                f"{column.name} AS (INSERT INTO {stored.schema}.{stored.link_table(column)} (record_id, position, target_id)"
                f" SELECT i.id, e.n - 1, e.v::bigint FROM {source} i CROSS JOIN LATERAL"
                f" jsonb_array_elements_text(NULLIF(i.j->'{column.name}', 'null'::jsonb)) WITH ORDINALITY AS e(v, n))"
            )
    for subform in table.subforms.values():
        if f"s_{subform.stored.id}" in present:
            steps += _insert_steps(subform, present, f"s_{subform.stored.id}", top=False)
    return steps


def _update(table: FormTable, wanted: frozenset[str], *, alone: bool) -> str:
    place = ("update", wanted, alone)
    made = table.statements.get(place)
    if made is not None:
        return made  # type: ignore[no-any-return]
    stored = table.stored
    steps = [
        "input AS MATERIALIZED (SELECT (e.j->>'id')::bigint AS id, e.j FROM jsonb_array_elements(%s::jsonb) AS e(j))"
    ]
    # As for a hundred, which PostgreSQL expects, the whole table might be read for one.
    which = "(SELECT id FROM input)" if alone else "i.id"
    for part in range(1, stored.parts + 1):
        columns = {name: kind for name, kind in _columns(table, part).items() if name in wanted}
        if not columns:
            continue
        chosen = {name: f"r.{name}" for name in columns}
        if part > 1:  # in which a record that was there before it has no row until a job has come to it
            steps.append(
                f"p{part} AS (INSERT INTO {stored.qualified(part)} AS t (id, {', '.join(columns)})"
                f" SELECT i.id, {', '.join(chosen.values())} FROM input i{_record(columns)} ON CONFLICT (id)"
                f" DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in columns)})"
            )
            continue
        if "title" in columns:
            chosen["title"] = "COALESCE(r.title, '#' || t.id)"
            chosen["title_key"] = "COALESCE(r.title_key, '#' || t.id)"
        steps.append(
            f"p{part} AS (UPDATE {stored.qualified(part)} t SET {', '.join(f'{name} = {chosen[name]}' for name in columns)}"
            f" FROM input i{_record(columns)} WHERE t.id = {which})"
        )
    made = table.statements[place] = f"WITH {', '.join(steps)} SELECT 1"
    return made


def _columns(table: FormTable, part: int) -> dict[str, str]:
    """The columns of a part with their types, as a JSON document is read into them; the id aside."""
    columns: dict[str, str] = {}
    if part == 1:
        columns |= SYSTEM_TYPES if table.subform is None else ROW_TYPES
        columns |= {one.name: "uuid" for one in table.uniques.values()}
    for _, column in table.columns.values():
        if column.kind != LINKS and column.part == part:
            columns[column.name] = column.sql_type
            if column.sorted:
                columns[column.sort_name] = "text"
    return columns


def _record(columns: Mapping[str, str]) -> str:
    if not columns:
        return ""
    typed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    return f" CROSS JOIN LATERAL jsonb_to_record(i.j) AS r({typed})"
