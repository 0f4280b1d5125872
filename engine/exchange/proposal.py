"""Proposes a mapping: which column probably goes into which field, by its name and by what it holds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.exchange.choices import has_options
from engine.exchange.column_types import ColumnContent
from engine.exchange.mapping import DATE_ORDERS, ImportMapping, Lookup
from engine.exchange.targets import Targets, title_field
from engine.fields.form import Field, Form
from engine.platform.i18n import LANGUAGES, label_text

SAME_NAME = 100
SAME_WORDS = 80
LAST_WORD = 55
CONTAINED = 50
ENOUGH = 50

WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+|[^\x00-\x7f]+")
FILLER = {"the", "of", "on", "at", "date", "id", "no", "name", "日期", "时间", "名称", "编号"}
NUMERIC = {"number", "money", "percent", "rating"}
DATED = {"date", "datetime"}


def propose(
    targets: Targets, headers: Sequence[str], contents: Mapping[str, ColumnContent], given: ImportMapping
) -> ImportMapping:
    """`given` with a target (or None) for each column that it leaves out."""
    taken = {target for target in given.columns.values() if target}
    form = targets.form
    free = [field for field in targets.all() if field.path not in taken]
    scored = sorted(
        (
            (-_score(form, field, header, contents[header]), number, position)
            for number, header in enumerate(headers)
            if header not in given.columns
            for position, field in enumerate(free)
        ),
    )
    columns: dict[str, str | None] = dict(given.columns)
    used: set[int] = set()
    for minus_score, number, position in scored:
        if -minus_score < ENOUGH:
            break
        if headers[number] not in columns and position not in used:
            columns[headers[number]] = free[position].path
            used.add(position)
    ordered = {header: columns.get(header) for header in headers}
    return _with_readings(form, contents, given.with_columns(ordered | columns))


def _with_readings(
    form: Form, contents: Mapping[str, ColumnContent], mapping: ImportMapping
) -> ImportMapping:
    """How links, members, options and dates are to be read, where nobody has said so yet."""
    links, members, dates = dict(mapping.links), dict(mapping.members), dict(mapping.dates)
    choices, percents = dict(mapping.choices), dict(mapping.percents)
    for header, target in mapping.columns.items():
        field = form.field(target) if target else None
        if target and header in contents and _is_percent(field, mapping.new_fields.get(target)):
            percents.setdefault(target, contents[header].percents)
        if field is None:
            continue
        if field.type in ("link", "links"):
            other = form.other(field.get("form"))
            links.setdefault(field.path, Lookup(title_field(other), "empty"))
        elif field.type in ("member", "members"):
            members.setdefault(field.path, Lookup("name", "empty"))
        elif has_options(field):
            choices.setdefault(field.path, "reject")
        elif field.type in DATED and header in contents:
            orders = contents[header].date_orders
            if orders and field.path not in dates:
                dates[field.path] = next(shape for shape, order in DATE_ORDERS.items() if order == orders[0])
    return replace(mapping, links=links, members=members, dates=dates, choices=choices, percents=percents)


def _is_percent(field: Field | None, new: Mapping[str, Any] | None) -> bool:
    return (field.type if field is not None else (new or {}).get("type")) == "percent"


def _score(form: Form, field: Field, header: str, content: ColumnContent) -> float:
    names = names_of(form, field)
    best = max((_likeness(header, name) for name in names), default=0)
    if not _may_hold(field, content):
        # A column of the very name is meant all the same: what does not fit in it is told cell by cell.
        return SAME_WORDS - 10 if best == SAME_NAME else 0
    # Among fields of the same likeness the one whose values fit is meant.
    return best + (3 if _fits(field, content) else 0) - (10 if field.parent else 0)


def meant(form: Form, fields: Sequence[Field], header: str) -> Field | None:
    """The one of these fields that a column is called like."""
    likely = [(max(_likeness(header, name) for name in names_of(form, one)), one) for one in fields]
    best = max(likely, key=lambda one: one[0], default=None)
    return best[1] if best and best[0] >= SAME_WORDS else None


def names_of(form: Form, field: Field) -> list[str]:
    """What the field may be called in a file: its key, its labels, its aliases."""
    labels = [label_text(field.label, language) for language in LANGUAGES]
    aliases = field.get("aliases") or (form.document.get("aliases") or {}).get(field.key) or ()
    if (parent := field.parent) is not None:
        above = [label_text(parent.label, language) for language in LANGUAGES]
        labels += [
            field.path,
            *(f"{one}.{name}" for one, name in zip(above, labels, strict=True) if one and name),
        ]
    return [name for name in [field.key, *labels, *aliases] if name]


def _likeness(header: str, name: str) -> int:
    left, right = _words(header), _words(name)
    if not left or not right:
        return 0
    if "".join(left) == "".join(right):
        return SAME_NAME
    plain_left, plain_right = [w for w in left if w not in FILLER], [w for w in right if w not in FILLER]
    if plain_left and plain_left == plain_right:
        return SAME_WORDS
    if plain_left and plain_right and plain_left[-1] == plain_right[-1]:
        return LAST_WORD
    if re.search(r"[^\x00-\x7f]{2}", name) and (name in header or header in name):
        return CONTAINED
    return 0


def _words(name: str) -> list[str]:
    return [word.lower() for word in WORD.findall(re.sub(r"[（(].*?[)）]", "", name).replace("_", " "))]


def _may_hold(field: Field, content: ColumnContent) -> bool:
    if content.filled == 0:
        return True
    if field.type in DATED:
        return content.type in DATED
    if field.type in NUMERIC:
        return content.type in NUMERIC or content.type == "phone"
    return True


def _fits(field: Field, content: ColumnContent) -> bool:
    if field.type in ("text", "textarea", "serial"):
        return content.type in ("text", "select", "textarea", "phone")
    return _may_hold(field, content)
