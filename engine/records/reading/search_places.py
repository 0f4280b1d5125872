"""Where else than in its texts a word may stand in a record: labels of options, numbers, titles of linked records.

These are looked up when one searches and not kept in the side table: a label or a title changes at one place, and
its records would all have to be written again.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql

from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field, Form
from engine.platform.i18n import LANGUAGES, label_text
from engine.records.reading.rowset import Made, RowOnlyField, RowSet, masked
from engine.records.reading.scope import AppScope
from engine.records.reading.search_text import holds, plain, tsquery

TSQUERY = postgresql.TSQUERY()


def side_table(schema: str) -> Any:
    """An app's search table."""
    return sa.table(
        "search",
        sa.column("form_id", sa.BigInteger()),
        sa.column("record_id", sa.BigInteger()),
        sa.column("grams", postgresql.TSVECTOR()),
        schema=schema,
    )


def hits(schema: str, form_id: int, *words: str) -> Any:
    """The ids of a form's records in whose texts all the pieces of the words stand, in whatever order."""
    table = side_table(schema)
    return sa.select(table.c.record_id).where(
        table.c.form_id == form_id, table.c.grams.op("@@")(sa.cast(tsquery(words), TSQUERY))
    )


def others(scope: AppScope, word: str) -> list[Any]:
    """SELECTs of the ids of records that hold the word elsewhere than in their texts."""
    found: list[Any] = []
    if (leaves := _plain(scope, word)) is not None:
        found.append(leaves)
    found += _through_links(scope, word)
    return found


def matches(form: Form, word: str) -> bool:
    """Whether a word may stand in the options or numbers of a form's records."""
    return any(
        field.get("others") or any(True for _ in _sought(field, word)) for field in _plain_fields(form)
    )


def linked_forms(form: Form) -> set[str]:
    """The forms whose titles a search in this form looks into."""
    return {field.get("form") for field in _links(form)}


def _plain_fields(form: Form) -> Iterator[Field]:
    for field in form.fields:
        if field.kind.stored and not field.live and not field.children and not field.kind.layout_only:
            yield field


def _sought(field: Field, word: str) -> Iterator[Any]:
    """The values of a field that the word may mean: options by a part of their label, numbers as they are typed."""
    if field.options:
        yield from options_with(field, word)
        return
    shown = field.value_field
    if (
        shown.kind.value_type(shown) == "number"
        and word[:1] in "0123456789.+-"
        and any(map(str.isdigit, word))
    ):
        try:
            value = shown.kind.parse(word, shown, ParseContext(text=True))
        except FieldFault:
            return
        if value is not None:
            yield value


def options_with(field: Field, word: str) -> list[str]:
    """The options of a field in whose label, in any language, the word stands."""
    return [
        value
        for value, option in field.options.items()
        if any(word in plain(label_text(option.get("label"), language) or value) for language in LANGUAGES)
    ]


def _plain(scope: AppScope, word: str) -> Any:
    """The records in which an option or a number is the word."""
    sought = {
        field: values
        for field in _plain_fields(scope.rows.form)
        if ((values := list(_sought(field, word))) or field.get("others")) and scope._allowed((field,))
    }
    if not sought:
        return None
    twin = scope.rows.twin()
    own = type(scope)(twin)
    leaves: list[ColumnElement[bool]] = []
    for field, values in sought.items():
        try:
            column = own.made((field,)).value
        except (RowOnlyField, KeyError):
            continue
        if field.options:
            options = sa.cast(sa.literal(values, sa.ARRAY(sa.Text())), sa.ARRAY(sa.Text()))
            leaves.append(column.op("&&")(options) if field.kind.multiple else column == sa.any_(options))
            if field.get("others"):  # what was typed is no option, so it is looked at as a text
                typed = sa.func.array_to_string(column, "\n") if field.kind.multiple else column
                leaves.append(sa.func.lower(typed).contains(word, autoescape=True))
        else:
            leaves.append(column == values[0])  # a number is one value
    if not leaves:
        return None
    return sa.select(twin.id).select_from(twin.source.clause()).where(sa.or_(*leaves))


def _links(form: Form) -> Iterator[Field]:
    for field in form.fields:
        if getattr(field.kind, "refers_to", None) == "record" and field.kind.stored and not field.live:
            yield field


def _through_links(scope: AppScope, word: str) -> Iterator[Any]:
    """For each link the records that name one whose title has the word, as far as both may be seen."""
    titled: dict[str, Any] = {}
    for field in _links(scope.rows.form):
        target = paths.target_form(field)
        if target is None or not scope._allowed((field,)) or scope.statement.access(target).nothing:
            continue
        twin = scope.rows.twin()
        if not twin.is_plain(field) and (twin.table is None or field.key not in twin.table.link_tables):
            continue
        if target.key not in titled:
            titled[target.key] = _titled(type(scope), twin, target, word)
        masks = type(scope)(twin)._field_masks(twin, field)
        if field.kind.multiple:
            link = twin.link_table(field)
            if not masks:
                yield sa.select(link.c.record_id).where(link.c.target_id.in_(titled[target.key]))
                continue
            twin.source.join(link, link.c.record_id == twin.id, outer=False)
            named: ColumnElement[Any] = link.c.target_id
        else:
            named = twin.value(field).value
        named = masked(Made(named), masks).value
        yield sa.select(twin.id).select_from(twin.source.clause()).where(named.in_(titled[target.key]))


def _titled(scope: type[AppScope], rows: RowSet, target: Form, word: str) -> Any:
    """The ids of a form's records whose title has the word and may be seen."""
    others = rows.others(target)
    assert others.table is not None
    seen = scope(others)
    masks = [*seen._row_masks(others), *seen._title_masks(others)]
    found = hits(others.table.main.schema or "", others.table.stored.id, word)
    return (
        sa.select(others.id)
        .select_from(others.source.clause())
        .where(others.id.in_(found), others.present, holds(others.title, word), *masks)
    )


def forms_to_ask(live: LiveApp, keys: Mapping[int, str], direct: set[str], words: list[str]) -> list[str]:
    """Of some forms those that may hold the words: in their own texts (`direct`) first, then by links, options, numbers."""
    rest = [
        key
        for key in keys.values()
        if key not in direct
        and (linked_forms(live.form(key)) & direct or any(matches(live.form(key), word) for word in words))
    ]
    return [*(key for key in keys.values() if key in direct), *rest]
