"""The different values of one field with their counts, for the filter in a column's header."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection

from engine.access.grants import require
from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field
from engine.fields.references import NO_ACCESS, Ref
from engine.platform.errors import Invalid
from engine.platform.i18n import LANGUAGES, Text
from engine.records.reading.rowset import RowOnlyField, RowSet, Statement
from engine.records.reading.scope import AppScope, unusable
from engine.records.reading.search_text import even, words_of


def values(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    viewer: Viewer | App,
    field_path: str,
    where: Mapping[str, Any] | None = None,
    search: str | None = None,
    limit: int | None = 200,
) -> list[tuple[Any, int]]:
    """The values of a field among the records that the viewer may read, the most frequent first, None for empty.

    Of several options, members or records each counts; references come with their titles.
    """
    from engine.records.reading.query import Chosen, Query

    require(live, viewer, form_key, "read")
    statement = Statement(connection, live, viewer)
    chosen = Chosen.of(statement, live.form(form_key), Query(where=where))
    steps = chosen.scope.resolve(field_path)
    if not steps or steps[-1].kind.layout_only or any(step.type == "subform" for step in steps):
        raise Invalid.at(
            "/field",
            "unknown_field",
            Text("没有字段“{path}”", "There is no field “{path}”", path=field_path[:100]),
        )
    try:
        column, target = grouping(chosen.scope, steps)
    except RowOnlyField as error:
        raise unusable(error.field, "/field") from None
    count = sa.func.count().label("n")
    found = sa.select(column.label("v"), count).select_from(chosen.rows.source.clause()).where(chosen.where)
    counted = found.group_by(column).subquery("counted")
    selected: Any = sa.select(counted.c.v, counted.c.n)
    if target is None:
        shown = _as_text(counted.c.v, steps[-1].value_field)
        if words := words_of(search or ""):
            selected = selected.where(*(sa.func.strpos(shown, word) > 0 for word in words))
        ordered = selected.order_by(counted.c.n.desc(), counted.c.v.asc().nulls_last()).limit(limit)
        return [(row[0], row[1]) for row in connection.execute(ordered)]
    others = chosen.rows.others(target)
    title = shown_title(chosen.scope, others)
    selected = sa.select(counted.c.v, counted.c.n, title).select_from(
        counted.outerjoin(others.source.clause(), others.id == counted.c.v)
    )
    if words := words_of(search or ""):
        selected = selected.where(*(sa.func.strpos(even(title), word) > 0 for word in words))
    ordered = selected.order_by(counted.c.n.desc(), title.asc().nulls_last()).limit(limit)
    return [
        (None if row[0] is None else Ref(row[0], row[2] if row[2] is not None else NO_ACCESS), row[1])
        for row in connection.execute(ordered)
    ]


def grouping(scope: AppScope, steps: tuple[Field, ...]) -> tuple[ColumnElement[Any], Any]:
    """The column that records are grouped by along these steps, and whose ids it holds (a form) if any."""
    rows, last, masks = scope.place(steps)
    target = paths.target_form(last)
    if last.kind.multiple and last.kind.column(last) is None:
        link = rows.link_table(last)
        column: ColumnElement[Any] = link.c.target_id
        rows.source.join(link, sa.and_(link.c.record_id == rows.id, *masks))
        if target is not None and not scope._whole(target):
            below = rows.others(target, rows.source)
            rows.source.join(below.main, sa.and_(below.id == column, below.present))
            column = sa.case((sa.and_(*scope._row_masks(below)), column))
        return column, target
    made = scope._last(rows, last, masks)
    if last.kind.multiple:
        name = scope.statement.name("u")
        each = (
            sa.func.unnest(made.value).table_valued(sa.column("value", sa.Text()), name=name).render_derived()
        )
        rows.source.join(each.lateral(name), sa.true())
        return sa.literal_column(f"{name}.value", sa.Text()), None
    return made.value, target


def shown_title(scope: AppScope, others: RowSet) -> ColumnElement[Any]:
    """The title of records as the scope's viewer may see it."""
    from engine.records.reading.selection import Selection

    selection = Selection(others)
    masks = selection.scope._row_masks(others)
    title = selection._title(others)
    return sa.case((sa.and_(*masks), title)) if masks else title


def _as_text(column: ColumnElement[Any], field: Field) -> ColumnElement[Any]:
    """What is searched in a value: of an option its label in every language."""
    if field.options:
        labels = {
            value: "\n".join(
                field.kind.display([value] if field.kind.multiple else value, field, language)
                for language in LANGUAGES
            )
            for value in field.options
        }
        return even(sa.case(labels, value=column, else_=column))
    return even(sa.cast(column, sa.Text()))
