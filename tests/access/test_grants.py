"""Roles and grants: what a viewer may do, as pairs of condition and fields."""

import itertools
from datetime import datetime, timezone
from typing import Any

import pytest

from engine.access import roles
from engine.access.grants import Grant, allows, grant_source, grants, require
from engine.access.viewer import App, Viewer, viewer_for
from engine.definitions.model import App as DefinedApp
from engine.definitions.model import LiveApp
from engine.platform.errors import Forbidden, Invalid, NotFound
from tests.access.conftest import PASSWORD, Company

MINE = {"field": "owner", "op": "eq", "value": {"me": True}}
WITHOUT_COST = {"read": True, "fields": {"cost": "hidden", "level": "read"}}
_ids = itertools.count(9_000_001)


def crm(**documents: dict[str, Any]) -> LiveApp:
    key = f"crm_{next(_ids)}"
    app = DefinedApp(next(_ids), key, key, 1, None, None, datetime(2026, 3, 2, tzinfo=timezone.utc))
    everyone = {"key": "everyone", "name": "所有人", "grants": {}}
    forms = {"deal": {"key": "deal", "name": {"zh-CN": "商机"}, "fields": []}}
    return LiveApp(app, 1, {"roles": {"everyone": everyone, **documents}, "forms": forms}, {})


def role(key: str, *, design: bool = False, **grants: dict[str, Any]) -> dict[str, Any]:
    return {"key": key, "name": key, "design": design, "grants": grants}


def holder(company: Company, live: LiveApp, *keys: str, **sent: object) -> Viewer:
    person = company.person("李想", password=PASSWORD, **sent)
    for key in keys:
        roles.give(company.connection, live, key, person, author=App("test"))
    return viewer_for(company.connection, person)


def test_without_a_grant_there_is_no_access(company: Company) -> None:
    live = crm(seller=role("seller", deal={"read": True, "delete": False}))
    stranger = holder(company, live)
    assert grants(live, stranger, "deal", "read") == ()
    seller = holder(company, live, "seller")
    assert allows(live, seller, "deal", "read")
    for operation in ("create", "update", "delete", "import", "export", "print"):
        assert not allows(live, seller, "deal", operation)
    with pytest.raises(Forbidden) as refusal:
        require(live, seller, "deal", "export")
    assert "商机" in str(refusal.value)


def test_two_roles_stay_pairs_of_rows_and_fields(company: Company) -> None:
    live = crm(
        seller=role("seller", deal={"read": {"where": MINE}}),
        auditor=role("auditor", deal=WITHOUT_COST),
    )
    both = holder(company, live, "seller", "auditor")
    assert grants(live, both, "deal", "read") == (
        Grant(None, {"cost": "hidden", "level": "read"}, "auditor"),
        Grant(MINE, {}, "seller"),
    )


def test_everyone_has_the_role_everyone(company: Company) -> None:
    live = crm(everyone=role("everyone", deal={"read": True}))
    assert allows(live, holder(company, live), "deal", "read")
    with pytest.raises(Invalid):
        roles.assign(company.connection, live, "everyone", [], [], author=App("test"))


def test_an_administrator_and_the_engine_may_do_everything(company: Company) -> None:
    live = crm()
    boss = holder(company, live, administrator=True)
    for viewer in (boss, App("recalculate")):
        assert grants(live, viewer, "deal", "delete") == (Grant(None),)
        assert viewer.designs(live)


def test_a_role_given_to_a_department_is_held_by_everybody_in_and_below_it(company: Company) -> None:
    live = crm(seller=role("seller", deal={"read": True}))
    sales = company.department("销售丁")
    east = company.department("华东丁", parent=sales)
    roles.assign(company.connection, live, "seller", [], [sales], author=App("test"))
    direct = holder(company, live, department=sales)
    below = holder(company, live, department=east)
    besides = holder(company, live, also_in=[east])
    elsewhere = holder(company, live)
    assert [allows(live, one, "deal", "read") for one in (direct, below, besides, elsewhere)] == [
        True,
        True,
        True,
        False,
    ]
    held_by = roles.holders(company.connection, live.app.id, "seller")
    assert held_by == [direct.member_id, below.member_id, besides.member_id]


def test_a_role_that_was_taken_away_ends_at_the_next_request(company: Company) -> None:
    live = crm(seller=role("seller", deal={"read": True}))
    seller = holder(company, live, "seller")
    assert allows(live, viewer_for(company.connection, seller.member_id), "deal", "read")
    roles.assign(company.connection, live, "seller", [], [], author=App("test"))
    assert not allows(live, viewer_for(company.connection, seller.member_id), "deal", "read")


def test_only_known_people_and_roles_are_put_together(company: Company) -> None:
    live = crm(seller=role("seller"))
    with pytest.raises(Invalid) as refusal:
        roles.assign(company.connection, live, "seller", [2**40], [2**41], author=App("test"))
    assert [fault.pointer for fault in refusal.value.faults] == ["/members/0", "/departments/0"]
    with pytest.raises(NotFound):
        roles.assign(company.connection, live, "nobody", [], [], author=App("test"))


def test_who_has_a_role_with_design_may_change_the_app(company: Company) -> None:
    live = crm(maker=role("maker", design=True), seller=role("seller"))
    assert holder(company, live, "maker").designs(live)
    assert not holder(company, live, "seller").designs(live)


def test_a_task_can_open_a_record_to_somebody_without_a_role(company: Company) -> None:
    live = crm()
    where = {"field": "id", "op": "eq", "value": 7}

    @grant_source
    def task(asked: LiveApp, viewer: Viewer, form: str, operation: str) -> list[Grant]:
        return [Grant(where)] if asked is live and operation == "read" else []

    assert grants(live, holder(company, live), "deal", "read") == (Grant(where),)
    assert grants(live, holder(company, live), "deal", "update") == ()


def test_an_unchanged_organisation_costs_no_second_query(company: Company) -> None:
    li = company.person("李想", password=PASSWORD)
    first = viewer_for(company.connection, li)
    assert viewer_for(company.connection, li) is first
    company.change(li, name="李小想")
    assert viewer_for(company.connection, li).name == "李小想"
