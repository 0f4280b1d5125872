"""A list in groups: the groups of several levels with their subtotals, each with the condition that finds its rows."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection

from engine.conditions import periods
from engine.fields.form import Field
from engine.fields.references import Ref
from engine.platform.i18n import Text, current_language
from engine.records.reading.aggregate import ERRORS, Aggregation, totals
from engine.web.lists import columns
from engine.web.lists.listing import Asked, Listing

MOST_LEVELS = 3
MOST = 2_000
"""Groups of one level; a list in more groups than that is no overview any more."""
BUCKETS = ("day", "week", "month", "quarter", "year")
DATED = ("date", "datetime")


@dataclass(frozen=True)
class Level:
    """What one level of groups is made by."""

    field: Field
    bucket: str | None
    desc: bool

    @property
    def asked(self) -> dict[str, str]:
        """The same for an aggregation."""
        return {"field": self.field.key} | ({"bucket": self.bucket} if self.bucket else {})


@dataclass
class Group:
    """A group with the figures of its records."""

    value: Any
    where: Mapping[str, Any]
    figures: Mapping[str, Any]
    below: "list[Group]" = field(default_factory=list)


def groupable(listing: Listing) -> list[Field]:
    """The fields that a list may be grouped by."""
    return [one for one in listing.fields if may_group(one)]


def may_group(one: Field) -> bool:
    """Whether records can be put into groups by a field, each into one; a masked value heads none."""
    masked = one.value_field.get("masked")
    return one.kind.groupable and not one.kind.multiple and one.parent is None and not masked


def levels_of(
    listing: Listing, sent: Sequence[Mapping[str, Any]], sort: Sequence[Mapping[str, Any]]
) -> list[Level]:
    """The levels that are asked for, as far as the viewer may read their fields."""
    known = {one.key: one for one in groupable(listing)}
    falling = {one.get("field") for one in sort if one.get("desc")}
    found: list[Level] = []
    for one in sent[:MOST_LEVELS]:
        named = known.get(str(one.get("field")))
        if named is None or named in [level.field for level in found]:
            continue
        bucket = one.get("bucket") if named.value_field.type in DATED else None
        if bucket not in BUCKETS:
            bucket = "day" if named.value_field.type == "datetime" else None
        found.append(Level(named, bucket, named.key in falling))
    return found


def grouped(
    connection: Connection,
    listing: Listing,
    asked: Asked,
    levels: Sequence[Level],
    functions: Mapping[str, str],
) -> dict[str, Any]:
    """The groups as the grid takes them, each before its own; `cut` says that there are more."""
    roots: list[Group] = []
    known: dict[tuple[Any, ...], Group] = {}
    cut = False
    for depth in range(1, len(levels) + 1):
        rows = _rows(connection, listing, asked, levels[:depth], functions, MOST + 1)
        cut = cut or len(rows) > MOST
        for row in rows[:MOST]:
            path = tuple(row[level.field.key] for level in levels[:depth])
            mark = tuple(map(_mark, path))
            above = known.get(mark[:-1])
            if depth > 1 and above is None:
                continue  # its parent was cut away
            if mark in known:
                _join(connection, listing, asked, known[mark], functions)
                continue
            own = condition(levels[depth - 1], path[-1])
            where = {"all": [*above.where["all"], own]} if above else {"all": [own]}
            known[mark] = Group(path[-1], where, row)
            (above.below if above else roots).append(known[mark])
    return {"groups": list(_told(listing, levels, functions, roots, 0)), "cut": cut}


def condition(level: Level, value: Any) -> dict[str, Any]:
    """The condition that finds the records of one group."""
    key = level.field.key
    if value is None:
        return {"field": key, "op": "empty"}
    if level.bucket and isinstance(value, date):
        return {"field": key, "op": "eq", "value": {"period": period(value, level.bucket)}}
    if isinstance(value, Ref):
        return {"field": key, "op": "eq", "value": value.id}
    return {"field": key, "op": "eq", "value": level.field.kind.to_json(value, level.field)}


def period(day: date, bucket: str) -> str:
    """The name of the week, month, quarter or year that begins with a day."""
    if bucket == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    return {
        "day": day.isoformat(),
        "month": f"{day.year}-{day.month:02}",
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[bucket]


def first_day(value: Any, bucket: str | None) -> Any:
    """Of a day that is grouped by weeks, its Monday; the other groups are named alike by any of their days."""
    if bucket == "week" and isinstance(value, date):
        return value - timedelta(days=value.weekday())
    return value


def figures(
    listing: Listing, row: Mapping[str, Any], functions: Mapping[str, str]
) -> dict[str, dict[str, Any]]:
    """The figures of a row of totals as the grid takes them."""
    known = {one.key: one for one in listing.fields}
    failed = row.get(ERRORS, {})
    return {
        key: {
            "fn": function,
            "t": columns.figure(known[key].value_field, function, row[key], listing.viewer.time_zone),
            "errors": failed.get(key, 0),
        }
        for key, function in functions.items()
        if row.get(key) is not None
    }


def measures(functions: Mapping[str, str]) -> list[dict[str, str]]:
    """The measures of an aggregation with these functions by column."""
    return [
        {"fn": "count", "as": "count"},
        *({"fn": function, "field": key, "as": key} for key, function in functions.items()),
    ]


def _rows(
    connection: Connection,
    listing: Listing,
    asked: Asked,
    levels: Sequence[Level],
    functions: Mapping[str, str],
    limit: int,
    where: Mapping[str, Any] | None = None,
) -> list[dict[str, Any]]:
    both = [one for one in (asked.where, where) if one]
    aggregation = Aggregation.read(
        {
            "where": {"all": both} if both else None,
            "search": asked.search,
            "group_by": [level.asked for level in levels],
            "measures": measures(functions),
            "sort": [{"field": level.field.key, "desc": level.desc} for level in levels],
            "limit": limit,
        }
    )
    return totals(connection, listing.live, listing.form.key, listing.viewer, aggregation)


def _join(
    connection: Connection,
    listing: Listing,
    asked: Asked,
    group: Group,
    functions: Mapping[str, str],
) -> None:
    """Conditions do not tell "Abc" from "ABC": such groups are one, and its figures are asked for anew."""
    group.figures = _rows(connection, listing, asked, (), functions, 1, group.where)[0]


def _mark(value: Any) -> Any:
    if isinstance(value, Ref):
        return ("ref", value.id)
    return value.lower() if isinstance(value, str) and value.isascii() else value


def _told(
    listing: Listing,
    levels: Sequence[Level],
    functions: Mapping[str, str],
    groups: Sequence[Group],
    depth: int,
) -> Iterator[dict[str, Any]]:
    for group in groups:
        yield {
            "level": depth,
            "label": levels[depth].field.name(),
            **shown(listing, levels[depth], group.value),
            "where": group.where,
            "count": group.figures["count"],
            "values": figures(listing, group.figures, functions),
        }
        yield from _told(listing, levels, functions, group.below, depth + 1)


def shown(listing: Listing, level: Level, value: Any) -> dict[str, Any]:
    """What stands at the head of a group: its value in words, with the colour of an option."""
    if value is None:
        return {"t": str(Text("（空）", "(empty)"))}
    if level.bucket and isinstance(value, date):
        return {"t": _in_words(value, level.bucket)}
    cell = columns.cell(level.field, value, listing.viewer.time_zone) or {"t": str(value)}
    return {"t": cell["t"]} | ({"color": cell["color"]} if "color" in cell else {})


def _in_words(day: date, bucket: str) -> str:
    name = period(day, bucket)
    if current_language() == "en" or bucket == "day":
        return str(periods.words(name))
    if bucket == "week":
        return f"{name[:4]} 年第 {int(name[6:])} 周（{day:%m-%d} 起）"
    if bucket == "quarter":
        return f"{name[:4]} 年第 {name[-1]} 季度"
    return f"{day.year} 年" if bucket == "year" else f"{day.year} 年 {day.month} 月"
