"""Views: what a grid, a kanban and a calendar need, and whom they name."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from engine.definitions import drafts, publish
from engine.definitions.model import App
from engine.platform.database import Database
from engine.platform.errors import Invalid, NotFound
from tests.definitions.conftest import customer
from tests.definitions.test_faults import places

Faults = Callable[..., list[Any]]

DUE = {"key": "due", "type": "date", "label": {"zh-CN": "到期", "en": "Due"}}
CALLED = {"key": "called", "type": "datetime", "label": {"zh-CN": "致电", "en": "Called"}}


@pytest.fixture
def publish_faults(database: Database, app: App, save: Callable[..., Any]) -> Faults:
    def make(document: Any) -> list[Any]:
        with database.begin() as connection, suppress(NotFound):
            drafts.discard(connection, app.key, "forms", "customer")
        save(app, document)
        try:
            publish.publish(database, app.key, author=1)
        except Invalid as refused:
            return refused.faults
        return []

    return make


def with_view(**view: Any) -> dict[str, Any]:
    return customer(DUE, CALLED, views=[{"key": "v", "name": "视图", **view}])


def test_a_grid_is_grouped_by_several_levels_and_coloured_by_conditions(
    publish_faults: Faults,
) -> None:
    found = publish_faults(
        with_view(
            kind="grid",
            group_by=[{"field": "level"}, {"field": "due", "bucket": "month"}],
            summary={"amount": "avg", "name": "count"},
            colors=[
                {
                    "key": "big",
                    "when": {"field": "amount", "op": "gte", "value": "100"},
                    "color": "red",
                    "field": "amount",
                }
            ],
            row_height="tall",
            roles=["everyone"],
        )
    )
    assert found == []


def test_what_a_view_names_is_there(publish_faults: Faults) -> None:
    found = publish_faults(
        with_view(
            kind="grid",
            group_by=[
                {"field": "level", "bucket": "month"},
                {"field": "gone"},
                {"field": "level"},
                {"field": "amount"},
            ][:3],
            colors=[
                {"key": "a", "when": {"field": "gone", "op": "empty"}, "color": "red"},
                {"key": "b", "when": {"field": "name", "op": "empty"}, "color": "red", "field": "gone"},
            ],
            roles=["nobody"],
        )
    )
    at = "/forms/customer/views/0"
    assert places(found) == [
        (f"{at}/group_by/0/bucket", "bad_bucket"),
        (f"{at}/group_by/1/field", "unknown_field"),
        (f"{at}/group_by/2/field", "duplicate"),
        (f"{at}/colors/1/field", "unknown_field"),
        (f"{at}/roles/0", "unknown_role"),
        (f"{at}/colors/0/when/field", "unknown_field"),
    ]
    assert "颜色规则 2" in str(found[3].message)


def test_a_calendar_needs_dates_of_one_kind(publish_faults: Faults) -> None:
    at = "/forms/customer/views/0"
    assert places(publish_faults(with_view(kind="calendar"))) == [(at, "missing")]
    wrong = with_view(kind="calendar", date="level", until="gone")
    assert places(publish_faults(wrong)) == [
        (f"{at}/date", "wrong_field"),
        (f"{at}/until", "unknown_field"),
    ]
    mixed = with_view(kind="calendar", date="due", until="called")
    assert places(publish_faults(mixed)) == [(f"{at}/until", "wrong_field")]
    assert publish_faults(with_view(kind="calendar", date="called", scale="week")) == []


def test_a_kanban_has_lanes_by_one_field(publish_faults: Faults) -> None:
    found = publish_faults(with_view(kind="kanban", group_by=[{"field": "level"}]))
    assert places(found) == [("/forms/customer/views/0/group_by", "wrong_type")]
