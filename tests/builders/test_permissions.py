"""The roles page: scopes as one choice, conditions in words, and nothing lost of what it does not show."""

from datetime import datetime, timezone
from typing import Any

import orjson
import pytest
from werkzeug.datastructures import MultiDict

from builders.permissions import role_form
from builders.permissions.scopes import CUSTOM, SCOPES, rows_of, scope_of
from engine.definitions.model import App, LiveApp
from engine.platform.errors import Invalid

TEAM = {"field": "team", "op": "contains", "value": {"me": True}}
FORM = {
    "key": "deal",
    "name": {"zh-CN": "项目"},
    "fields": [
        {"key": "name", "type": "text", "label": "名称"},
        {"key": "cost", "type": "money", "label": "成本"},
        {"key": "team", "type": "members", "label": "团队"},
        {"key": "twice", "type": "formula", "formula": "cost * 2", "result": "money", "label": "两倍"},
    ],
}


def live() -> LiveApp:
    app = App(1, "app", "app_1", 1, None, None, datetime(2026, 3, 2, tzinfo=timezone.utc))
    documents = {"forms": {"deal": FORM}, "app": {"app": {"key": "app", "name": "应用"}}, "roles": {}}
    return LiveApp(app, 1, documents, {})


def posted(role: dict[str, Any], **changed: str) -> MultiDict[str, str]:
    """What the browser sends of a role's page, with some inputs changed."""
    sent = {"name": "顾问"}
    for line in role_form.matrix(live(), role):
        for cell in line.cells:
            sent[f"scope.{line.form}.{cell.operation}"] = cell.scope
            sent[f"where.{line.form}.{cell.operation}"] = cell.where
        for field in line.fields:
            sent[f"field.{line.form}.{field.path}"] = field.access
    return MultiDict({**sent, **{name.replace("__", "."): value for name, value in changed.items()}})


@pytest.mark.parametrize("scope", [one.key for one in SCOPES if one.key != CUSTOM])
def test_each_scope_is_written_as_a_condition_and_found_again(scope: str) -> None:
    assert scope_of(rows_of(scope)) == scope


def test_a_role_that_is_saved_unchanged_stays_as_it_was() -> None:
    role = {
        "key": "adviser",
        "name": "顾问",
        "description": "外部的人",
        "design": False,
        "grants": {
            "deal": {
                "read": {"where": TEAM},
                "create": True,
                "update": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
                "delete": False,
                "fields": {"cost": "hidden", "twice": "read"},
            },
            "another": {"read": True},
        },
    }
    assert role_form.read(live(), role, posted(role)) == role


def test_a_condition_that_is_none_of_the_choices_is_kept_as_it_is() -> None:
    [line] = role_form.matrix(live(), {"grants": {"deal": {"read": {"where": TEAM}}}})
    read = line.cells[0]
    assert (read.scope, orjson.loads(read.where)) == (CUSTOM, TEAM)


def test_taking_everything_away_takes_the_form_out_of_the_role() -> None:
    role = {"key": "adviser", "name": "顾问", "grants": {"deal": {"read": True}}}
    assert role_form.read(live(), role, posted(role, scope__deal__read="none"))["grants"] == {}


def test_a_condition_that_cannot_be_read_is_refused() -> None:
    role = {"key": "adviser", "name": "顾问", "grants": {}}
    sent = posted(role, scope__deal__read=CUSTOM, where__deal__read='{"field"')
    with pytest.raises(Invalid):
        role_form.read(live(), role, sent)
