"""The roles page: scopes as one choice, conditions in words, and nothing lost of what it does not show."""

import html
import re
from datetime import datetime, timezone
from typing import Any

import orjson
import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from builders.permissions import role_form
from builders.permissions.scopes import CUSTOM, SCOPES, rows_of, scope_of
from engine.definitions import drafts
from engine.definitions.model import App, LiveApp
from engine.definitions.publish import change
from engine.platform.database import Database
from engine.platform.errors import Invalid
from tests.builders.office import CUSTOMER, ORDER, Browser, hire, role_documents
from tests.records.making import form as form_of
from tests.records.making import live_of, make_app
from tests.records.making import text as text_of

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
        grant = role.get("grants", {}).get(line.form) or {}
        for field in role_form.field_lines(live(), live().form(line.form), grant):
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


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, ORDER, roles=role_documents())


@pytest.fixture(scope="module")
def boss(product: Flask, database: Database) -> Browser:
    return Browser(product, database, hire(database, "陈总", administrator=True).member_id)


def sent_by(page: str) -> dict[str, str]:
    """What a browser would send of the page's form."""
    sent: dict[str, str] = {}
    for name, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', body) or re.search(
            r'<option value="([^"]*)"', body
        )
        sent[name] = chosen[1] if chosen else ""
    for name, value in re.findall(
        r'<input type="hidden" name="((?:etag|where)\.[^"]+)" value="([^"]*)"', page
    ):
        sent[name] = html.unescape(value)
    return sent


def test_a_form_shows_what_all_roles_may_do_with_it_and_saves_only_what_was_changed(
    database: Database, app: str, boss: Browser
) -> None:
    place = f"/a/{app}/order/design/permissions"
    sent = sent_by(boss.page(place))
    assert (sent["scope.seller.read"], sent["scope.auditor.export"]) == ("custom", "all")
    assert (sent["field.seller.cost"], sent["field.auditor.lines.qty"], sent["field.chief.cost"]) == (
        "hidden",
        "hidden",
        "",
    )
    before = live_of(database, app)
    assert boss.send(place, data=sent).status_code == 302
    assert live_of(database, app).version == before.version, "nothing was changed"
    changed = {
        **sent,
        "scope.chief.delete": "own",
        "field.chief.cost": "read",
        "scope.everyone.read": "department",
    }
    assert boss.send(place, data=changed).status_code == 302
    after = live_of(database, app)
    assert after.version == before.version + 1
    own = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
    grants = {key: role["grants"] for key, role in after.documents["roles"].items()}
    assert grants["chief"]["order"] == {
        "read": True,
        "update": True,
        "delete": own,
        "fields": {"cost": "read"},
    }
    assert list(grants["everyone"]["order"]) == ["read"]
    assert grants["seller"] == before.documents["roles"]["seller"]["grants"]


def test_a_computed_field_says_what_hides_it(app: str, boss: Browser) -> None:
    page = boss.page(f"/a/{app}/order/design/permissions")
    cell = page.partition('name="field.seller.margin"')[2].partition("</td>")[0]
    assert "因“成本”隐藏" in cell
    assert (
        "隐藏"
        not in page.partition('name="field.chief.margin"')[2].partition("</td>")[0].partition("</select>")[2]
    )


def test_what_a_colleague_saved_meanwhile_is_not_overwritten(
    database: Database, app: str, boss: Browser
) -> None:
    place = f"/a/{app}/customer/design/permissions"
    mine = sent_by(boss.page(place))
    theirs = {**mine, "scope.keeper.read": "all"}
    assert boss.send(place, data=theirs).status_code == 302
    clash = boss.send(place, data={**mine, "scope.keeper.read": "none"})
    assert clash.status_code == 412 and "有人改了同样的地方" in clash.text
    assert (
        boss.send(
            place, data={**mine, "field.keeper.level": "read", "scope.keeper.read": "custom"}
        ).status_code
        == 302
    )
    grant = live_of(database, app).documents["roles"]["keeper"]["grants"]["customer"]
    assert grant["read"] is True and grant["fields"] == {"revenue": "hidden", "level": "read"}


def test_the_fields_of_a_role_come_when_asked_for_and_stay_as_they_are_where_nobody_asked(
    database: Database, app: str, boss: Browser
) -> None:
    place = f"/a/{app}/roles/auditor"
    page = boss.page(place)
    assert 'name="field.' not in page
    plain = dict(re.findall(r'name="(etag|name)" value="([^"]+)"', page))
    sent = {**sent_by(page), **plain, "scope.order.delete": "own"}
    before = live_of(database, app).documents["roles"]["auditor"]["grants"]["order"]["fields"]
    assert boss.send(place, data=sent).status_code == 302
    now = live_of(database, app).documents["roles"]["auditor"]["grants"]["order"]
    assert now["fields"] == before and now["delete"]
    asked = sent_by(boss.page(f"{place}/fields/order"))
    assert asked["field.order.lines.qty"] == before["lines.qty"] == "hidden"
    wrong = {"scope.order.read": "custom", "where.order.read": '{"field": "nope", "op": "eq", "value": 1}'}
    refused = boss.send(place, data={**sent, **asked, **wrong, "field.order.day": "hidden"})
    assert refused.status_code == 422
    assert sent_by(refused.text)["field.order.day"] == "hidden", "what was chosen is not lost"
    assert boss.send(place, data={**sent, **asked, "field.order.lines.qty": ""}).status_code == 302
    now = live_of(database, app).documents["roles"]["auditor"]["grants"]["order"]
    assert "lines.qty" not in now["fields"]
    assert boss.send(place, data={**sent, **asked}).status_code == 302


def test_a_button_is_offered_or_hidden_in_the_matrix(database: Database, app: str, boss: Browser) -> None:
    press = {
        "key": "press",
        "type": "button",
        "label": "领取",
        "action": {"kind": "set_fields", "set": {"name": "已领"}},
    }
    change(database, app, "forms", "customer", lambda now: {**now, "fields": [*now["fields"], press]})
    place = f"/a/{app}/customer/design/permissions"
    page = boss.page(place)
    select = page.partition('name="field.keeper.press"')[2].partition("</select>")[0]
    assert "可以按" in select and "隐藏" in select and "只读" not in select
    assert boss.send(place, data={**sent_by(page), "field.keeper.press": "hidden"}).status_code == 302
    fields = live_of(database, app).documents["roles"]["keeper"]["grants"]["customer"]["fields"]
    assert fields["press"] == "hidden"


def test_a_wrong_condition_is_told_and_nothing_takes_effect(
    database: Database, app: str, boss: Browser
) -> None:
    place = f"/a/{app}/order/design/permissions"
    before = live_of(database, app).version
    where = orjson.dumps({"field": "gone", "op": "empty"}).decode()
    sent = {**sent_by(boss.page(place)), "scope.keeper.read": "custom", "where.keeper.read": where}
    answer = boss.send(place, data=sent)
    assert answer.status_code == 422 and "gone" in answer.text
    assert live_of(database, app).version == before
    boss.send(place, data={**sent, "scope.keeper.read": "none"})
    assert live_of(database, app).version == before, "a draft that was taken back leaves nothing"


def drafted(database: Database, app: str, role: str) -> dict[str, Any]:
    with database.connect() as connection:
        return dict(drafts.get(connection, app, "roles", role).document)


@pytest.mark.parametrize("page", ["roles/auditor", "customer/design/permissions"])
def test_saving_permissions_publishes_no_draft_of_a_colleague(
    database: Database, app: str, boss: Browser, page: str
) -> None:
    live_role = live_of(database, app).documents["roles"]["auditor"]
    half_done = {**live_role, "grants": {**live_role["grants"], "order": {"read": True, "delete": True}}}
    with database.begin() as connection:
        etag = drafts.get(connection, app, "roles", "auditor").etag
        drafts.save(connection, app, "roles", "auditor", half_done, base_etag=etag, author=None)
    shown = boss.page(f"/a/{app}/{page}")
    if page.startswith("roles"):
        sent = {"name": "审计", "etag": live_of(database, app).etags["roles", "auditor"]}
        assert "另有还没有生效的草稿" in shown
    else:
        sent = {**sent_by(shown), "scope.auditor.read": "all", "field.auditor.revenue": "read"}
    assert boss.send(f"/a/{app}/{page}", data=sent).status_code == 302
    now = live_of(database, app).documents["roles"]["auditor"]
    assert now != live_role and now["grants"]["order"] == live_role["grants"]["order"]
    draft = drafted(database, app, "auditor")
    assert draft["grants"]["order"] == {"read": True, "delete": True}
    assert draft["name"] == now["name"] and draft["grants"].get("customer") == now["grants"].get("customer")
    with database.begin() as connection:
        drafts.discard(connection, app, "roles", "auditor")


def test_a_role_that_cannot_go_keeps_its_draft(database: Database, app: str, boss: Browser) -> None:
    everyone = live_of(database, app).documents["roles"]["everyone"]
    with database.begin() as connection:
        etag = drafts.get(connection, app, "roles", "everyone").etag
        changed = {**everyone, "grants": {"customer": {"read": True}}}
        drafts.save(connection, app, "roles", "everyone", changed, base_etag=etag, author=None)
    assert boss.send(f"/a/{app}/roles/everyone/removal", data={"csrf": boss.csrf}).status_code == 422
    assert drafted(database, app, "everyone")["grants"] == changed["grants"]
    with database.begin() as connection:
        drafts.discard(connection, app, "roles", "everyone")


def test_a_form_that_was_never_published_says_when_permissions_come(
    database: Database, app: str, boss: Browser, product: Flask
) -> None:
    with database.begin() as connection:
        drafts.save(
            connection, app, "forms", "fresh", form_of("fresh", text_of()), base_etag=None, author=None
        )
    assert "表单发布后才能设置权限" in boss.page(f"/a/{app}/fresh/design/permissions")
    other = Browser(product, database, hire(database).member_id)
    assert other.get(f"/a/{app}/order/design/permissions").status_code in (403, 404)
