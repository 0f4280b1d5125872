"""A list in groups, its colours and its calendar, as somebody with her own rights gets them."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from engine.access import roles
from engine.access.viewer import Viewer
from engine.platform.database import Database
from engine.platform.i18n import speaking
from engine.records.reading.query import Query, query
from engine.web.lists import calendar, card_groups, coloring, grouping
from engine.web.lists.listing import Asked, Listing
from tests.records.making import add, field, form, live_of, make_app, person, text

ALL = Asked(None, [], None, None)
BIG = {"key": "big", "when": {"field": "amount", "op": "gte", "value": "100"}, "color": "red"}
SECRET = {
    "key": "secret",
    "when": {"field": "cost", "op": "gt", "value": "0"},
    "color": "green",
    "field": "name",
}
DEAL = form(
    "deal",
    text(),
    text("region"),
    field("stage", "select", options=[{"value": "open", "color": "blue"}, {"value": "won"}]),
    field("amount", "money"),
    field("cost", "money"),
    field("due", "date"),
    field("ends", "date"),
    field("seen_at", "datetime"),
    title="{name}",
    views=[
        {
            "key": "all",
            "kind": "grid",
            "group_by": [{"field": "stage"}, {"field": "due", "bucket": "month"}],
            "summary": {"amount": "sum", "cost": "avg", "name": "count"},
            "colors": [BIG, SECRET],
        },
        {"key": "days", "kind": "calendar", "date": "due", "until": "ends", "colors": [BIG]},
        {"key": "hours", "kind": "calendar", "date": "seen_at", "roles": ["boss"]},
    ],
)
SELLER = {
    "key": "seller",
    "name": "销售",
    "grants": {"deal": {"read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
                        "update": True, "fields": {"cost": "hidden"}}},
}  # fmt: skip
BOSS = {"key": "boss", "name": "主管", "grants": {"deal": {"read": True}}}


@dataclass
class Office:
    database: Database
    app: str
    seller: Viewer
    boss: Viewer

    def listing(self, connection: Any, viewer: Viewer, view: str) -> Listing:
        live = live_of(self.database, self.app)
        return Listing.open(connection, live, live.form("deal"), viewer, view)


@pytest.fixture(scope="module")
def office(database: Database) -> Office:
    app = make_app(database, DEAL, roles=(SELLER, BOSS))
    with database.begin() as connection:
        seller, boss = person(connection, "GroupSeller"), person(connection, "GroupBoss")
        live = live_of(database, app)
        roles.give(connection, live, "seller", seller.member_id, author=boss)
        roles.give(connection, live, "boss", boss.member_id, author=seller)
    with database.connect() as connection:
        from engine.access.viewer import viewer_for

        seller, boss = viewer_for(connection, seller.member_id), viewer_for(connection, boss.member_id)
    rows = [
        ("A", "East", "open", "100", "5", "2026-11-02", "2026-11-05", seller),
        ("B", "EAST", "open", "50", "7", "2026-12-01", None, seller),
        ("C", "west", "won", "300", "1", "2026-11-30", "2026-12-02", boss),
        ("D", None, None, None, None, None, None, seller),
    ]
    for name, region, stage, amount, cost, due, ends, owner in rows:
        add(database, app, "deal", name=name, region=region, stage=stage, amount=amount, cost=cost, due=due,
            ends=ends, seen_at=f"{due}T10:30" if due else None, owner=owner.member_id)  # fmt: skip
    return Office(database, app, seller, boss)


def told(office: Office, viewer: Viewer, levels: list[dict[str, Any]], **more: Any) -> list[tuple[Any, ...]]:
    with office.database.connect() as connection, speaking("zh-CN"):
        listing = office.listing(connection, viewer, "all")
        found = grouping.grouped(
            connection,
            listing,
            ALL,
            grouping.levels_of(listing, levels, more.get("sort", [])),
            listing.functions,
        )
        return [
            (one["level"], one["t"], one["count"], one["values"].get("amount", {}).get("t"))
            for one in found["groups"]
        ]


def test_groups_of_two_levels_stand_in_order_with_their_subtotals(office: Office) -> None:
    levels = [{"field": "stage"}, {"field": "due", "bucket": "month"}]
    assert told(office, office.boss, levels) == [
        (0, "open", 2, "150.00"),
        (1, "2026 年 11 月", 1, "100.00"),
        (1, "2026 年 12 月", 1, "50.00"),
        (0, "won", 1, "300.00"),
        (1, "2026 年 11 月", 1, "300.00"),
        (0, "（空）", 1, "0.00"),
        (1, "（空）", 1, "0.00"),
    ]


def test_a_falling_sort_turns_the_groups_round(office: Office) -> None:
    found = told(office, office.boss, [{"field": "stage"}], sort=[{"field": "stage", "desc": True}])
    assert [one[1] for one in found] == ["won", "open", "（空）"]


def test_texts_that_a_condition_takes_for_one_are_one_group(office: Office) -> None:
    found = told(office, office.boss, [{"field": "region"}])
    assert sorted((count, amount) for _, _, count, amount in found) == [
        (1, "0.00"),
        (1, "300.00"),
        (2, "150.00"),
    ]


def test_each_groups_condition_finds_exactly_its_rows(office: Office) -> None:
    with office.database.connect() as connection:
        listing = office.listing(connection, office.boss, "all")
        for name, bucket in [("stage", None), ("due", "week"), ("seen_at", None), ("owner", None)]:
            asked = [{"field": name} | ({"bucket": bucket} if bucket else {})]
            levels = grouping.levels_of(listing, asked, [])
            groups = grouping.grouped(connection, listing, ALL, levels, {})["groups"]
            assert sum(one["count"] for one in groups) == 4
            for one in groups:
                page = query(connection, listing.live, "deal", office.boss, Query(where=one["where"]))
                assert len(page.records) == one["count"], (name, one)


def test_groups_and_figures_are_of_ones_own_rows_and_fields(office: Office) -> None:
    assert told(office, office.seller, [{"field": "stage"}]) == [
        (0, "open", 2, "150.00"),
        (0, "（空）", 1, "0.00"),
    ]
    with office.database.connect() as connection:
        listing = office.listing(connection, office.seller, "all")
        assert "cost" not in listing.functions
        assert grouping.levels_of(listing, [{"field": "cost"}, {"field": "gone"}], []) == []


def test_a_colour_rule_of_a_hidden_field_colours_nothing(office: Office) -> None:
    with office.database.connect() as connection:
        for viewer, expected in [
            (office.boss, {"A": {"": "red", "name": "green"}, "B": {"name": "green"}}),
            (office.seller, {"A": {"": "red"}}),
        ]:
            listing = office.listing(connection, viewer, "all")
            assert len(listing.view["colors"]) == (2 if viewer is office.boss else 1)
            page = query(connection, listing.live, "deal", viewer, Query(fields=["name"]))
            ids = [one.id for one in page.records]
            names = {one.id: one.value("name") for one in page.records}
            # Even asked for outright, the hidden field is not told of.
            found = coloring.colors(connection, listing, ids, [BIG, SECRET])
            assert {names[key]: colors for key, colors in found.items() if names[key] in "AB"} == expected


def test_a_view_for_a_role_is_seen_by_that_role_alone(office: Office) -> None:
    with office.database.connect() as connection:
        assert [one["key"] for one in office.listing(connection, office.seller, "hours").views] == [
            "all",
            "days",
        ]
        assert office.listing(connection, office.boss, "hours").view["key"] == "hours"


def test_records_lie_on_the_days_from_beginning_to_end(office: Office) -> None:
    with office.database.connect() as connection, speaking("zh-CN"):
        listing = office.listing(connection, office.boss, "days")
        sheet = calendar.sheet(connection, listing, ALL, {"at": "2026-11-15"})
        assert sheet is not None
        assert (sheet.title, len(sheet.weeks), sheet.count) == ("2026 年 11 月", 6, 2)
        bars = [
            (one.event.card.title, number, one.column, one.span, one.event.color)
            for number, week in enumerate(sheet.weeks)
            for one in week.bars
        ]
        assert bars == [("A", 1, 1, 4, "red"), ("C", 5, 1, 3, "red"), ("B", 5, 2, 1, "blue")]
        assert sheet.before == date(2026, 10, 31)
        assert sheet.after == date(2026, 12, 1)


def test_the_calendar_holds_only_what_one_may_see_and_moves_only_what_one_may_change(office: Office) -> None:
    with office.database.connect() as connection:
        at = {"at": "2026-11-30", "scale": "week"}
        seller = calendar.sheet(connection, office.listing(connection, office.seller, "days"), ALL, at)
        boss = calendar.sheet(connection, office.listing(connection, office.boss, "days"), ALL, at)
        assert seller is not None
        assert boss is not None
        assert [one.event.card.title for one in seller.weeks[0].bars] == ["B"]
        assert seller.weeks[0].bars[0].event.movable
        assert [one.event.card.title for one in boss.weeks[0].bars] == ["C", "B"]
        assert not any(one.event.movable for one in boss.weeks[0].bars)


def test_appointments_stand_at_their_hour_where_the_company_is(office: Office) -> None:
    with office.database.connect() as connection:
        listing = office.listing(connection, office.boss, "hours")
        sheet = calendar.sheet(connection, listing, ALL, {"at": "2026-11-02", "scale": "day"})
        assert sheet is not None
        (slot,) = sheet.hours[0].slots
        assert (slot.minute, slot.minutes, slot.beside) == (630, 60, 1)
        assert slot.event.stored_begin == "2026-11-02T10:30"


@pytest.mark.parametrize("at", ["", "nonsense", "0001-01-01", "9999-12-31", "2026-13-01"])
def test_a_day_that_is_none_is_today(office: Office, at: str) -> None:
    with office.database.connect() as connection:
        listing = office.listing(connection, office.boss, "days")
        sheet = calendar.sheet(connection, listing, ALL, {"at": at, "scale": "century"})
        assert sheet is not None
        assert (sheet.at, sheet.scale) == (sheet.today, "month")


def heads(office: Office, viewer: Viewer, groups: str, size: int) -> list[list[tuple[Any, ...]]]:
    """The cards of a phone page by page: of each the heads above it, then its title."""
    with office.database.connect() as connection, speaking("zh-CN"):
        listing = office.listing(connection, viewer, "all")
        by = card_groups.levels(listing, {"groups": groups} if groups else {})
        wanted = card_groups.ordered(ALL, by).query(fields=["name", *(one.field.key for one in by)])
        records = query(connection, listing.live, "deal", viewer, wanted).records
        shown: list[list[tuple[Any, ...]]] = []
        for start in range(0, len(records), size):
            page = records[start : start + size]
            before = records[start - 1] if start else None
            found = card_groups.heads(connection, listing, ALL, by, before, page)
            shown += [
                [
                    *((one.depth, one.text, one.color, one.count, one.total) for one in found.get(place, ())),
                    (record.value("name"),),
                ]
                for place, record in enumerate(page)
            ]
        return shown


@pytest.mark.parametrize("size", [1, 3])
def test_cards_of_a_phone_stand_in_the_groups_of_the_view_whatever_page_they_come_on(
    office: Office, size: int
) -> None:
    november, december = "2026 年 11 月", "2026 年 12 月"
    assert heads(office, office.boss, "", size) == [
        [(0, "open", "blue", 2, "150"), (1, november, None, 1, "100"), ("A",)],
        [(1, december, None, 1, "50"), ("B",)],
        [(0, "won", "grey", 1, "300"), (1, november, None, 1, "300"), ("C",)],
        [(0, "（空）", None, 1, "0"), (1, "（空）", None, 1, "0"), ("D",)],
    ]


def test_cards_take_the_groups_of_the_address_and_only_of_fields_that_one_may_read(office: Office) -> None:
    assert heads(office, office.seller, "cost,region", 3) == [
        [(0, "East", None, 2, "150"), ("A",)],
        [("B",)],
        [(0, "（空）", None, 1, "0"), ("D",)],
    ]
    weeks = [one[:-1] for one in heads(office, office.boss, "seen_at:week", 3)]
    assert [head[1] for above in weeks for head in above] == [
        "2026 年第 45 周（11-02 起）",
        "2026 年第 49 周（11-30 起）",
        "（空）",
    ]
