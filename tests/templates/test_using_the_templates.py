"""Views and roles of the templates, used on the sample data through the one door for reading."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.access import people
from engine.access.member_values import MemberValues
from engine.access.viewer import App as Engine
from engine.access.viewer import Viewer, viewer_for
from engine.definitions import live
from engine.definitions.model import LiveApp
from engine.platform.database import Database
from engine.platform.errors import Forbidden, NotFound
from engine.records.reading.aggregate import Aggregation, aggregate
from engine.records.reading.query import Query, query
from engine.records.reading.record import Record
from engine.records.writing.write import create_one, update_one
from templates_gallery import gallery
from tests.templates.conftest import administrator_of, records_of

Reading = Callable[..., list[Record]]


@pytest.fixture(scope="module")
def owner(database: Database) -> Viewer:
    return administrator_of(database)


@pytest.fixture(scope="module")
def crm(database: Database, owner: Viewer) -> Iterator[str]:
    key = gallery.clone(database, "crm", sample_data=True, author=owner)
    yield key
    gallery.remove_sample_data(database, key, author=owner)


def opened(database: Database, app: str) -> LiveApp:
    with database.connect() as connection:
        return live.load(connection, app)


def read(database: Database, app: str, who: Viewer, form: str, **asked: Any) -> list[Record]:
    """All records of a form that somebody may read."""
    with database.connect() as connection:
        asked.setdefault("limit", 1000)
        return query(connection, live.load(connection, app), form, who, Query(**asked)).records


@pytest.fixture(scope="module")
def somebody(database: Database, crm: str) -> Callable[[str], Viewer]:
    """A sample member by name, now able to sign in."""

    def named(name: str) -> Viewer:
        with database.begin() as connection:
            found = people.named(connection, [name])[name][-1]
            people.change(connection, found, MemberValues(state="active"), author=Engine("test"))
        with database.connect() as connection:
            return viewer_for(connection, found)

    return named


@pytest.mark.parametrize("template", [one.key for one in gallery.templates()])
def test_every_view_opens_with_its_columns_and_totals(
    database: Database, owner: Viewer, crm: str, template: str
) -> None:
    key = crm if template == "crm" else gallery.clone(database, template, author=owner)
    app = opened(database, key)
    for form_key in app.forms:
        for view in app.form(form_key).views:
            asked = {name: view[name] for name in ("where", "sort") if name in view}
            columns = [one if isinstance(one, str) else one["field"] for one in view.get("columns", ())]
            found = read(database, key, owner, form_key, fields=columns, limit=20, **asked)
            assert template != "crm" or view["key"] != "all" or found, (form_key, view["key"])
            measures = [
                {"fn": function, "field": field, "as": field}
                for field, function in view.get("summary", {}).items()
            ]
            group = [{"field": view["group_by"]}] if "group_by" in view else []
            with database.connect() as connection:
                rows = aggregate(
                    connection,
                    app,
                    form_key,
                    owner,
                    Aggregation(
                        where=view.get("where"),
                        group_by=group,
                        measures=[{"fn": "count", "as": "n"}, *measures],
                    ),
                )
            assert not found or rows


def test_the_first_look_at_the_lists_shows_something_in_each_of_them(
    database: Database, crm: str, owner: Viewer
) -> None:
    app = opened(database, crm)
    for form_key, view_key in (
        ("opportunity", "mine"),
        ("opportunity", "board"),
        ("opportunity", "expected"),
        ("customer", "to_follow"),
        ("contract", "to_collect"),
        ("task", "board"),
        ("ticket", "open"),
        ("payment", "unchecked"),
        ("visit", "upcoming"),
        ("order", "to_deliver"),
        ("quote", "waiting"),
        ("lead", "new"),
        ("product", "on_sale"),
    ):
        view = next(one for one in app.form(form_key).views if one["key"] == view_key)
        assert read(database, crm, owner, form_key, where=view.get("where")), (form_key, view_key)


def test_a_salesperson_sees_own_deals_and_nothing_of_a_colleagues(
    database: Database, crm: str, somebody: Callable[[str], Viewer]
) -> None:
    seller = somebody("李想")
    everything = records_of(database, crm, "opportunity")
    mine = {key for key, one in everything.items() if one["owner"] == seller.member_id}
    assert {one.id for one in read(database, crm, seller, "opportunity")} == mine
    assert 0 < len(mine) < len(everything)
    theirs = next(key for key in everything if key not in mine)
    with pytest.raises(NotFound):
        update_one(database, crm, "opportunity", seller, theirs, {"amount": "1"})
    shared = {
        key
        for key, one in records_of(database, crm, "customer").items()
        if seller.member_id in (one["team"] or [])
    }
    assert shared <= {one.id for one in read(database, crm, seller, "customer")}


def test_a_salesperson_sees_no_cost_and_enters_no_payment(
    database: Database, crm: str, somebody: Callable[[str], Viewer]
) -> None:
    seller = somebody("李想")
    for form in ("product", "contract"):
        assert all(
            "cost" not in one.values and "margin_rate" not in one.values
            for one in read(database, crm, seller, form)
        )
    assert read(database, crm, seller, "payment")
    with pytest.raises(Forbidden):
        create_one(database, crm, "payment", seller, {"amount": "1"})
    made = create_one(database, crm, "opportunity", seller, {"name": "新商机"})
    assert made.record is not None


def test_a_manager_sees_the_department_and_a_director_everything(
    database: Database, crm: str, somebody: Callable[[str], Viewer]
) -> None:
    everything = records_of(database, crm, "opportunity")
    manager, director = somebody("陈立"), somebody("张建国")
    with database.connect() as connection:
        team = {one.id for one in people.members(connection, department_id=manager.department_id)}
    seen = {one.id for one in read(database, crm, manager, "opportunity")}
    assert seen == {key for key, one in everything.items() if one["owner"] in team} and seen
    assert len(read(database, crm, director, "opportunity")) == len(everything)


def test_finance_keeps_the_money_and_changes_no_contract_amount(
    database: Database, crm: str, somebody: Callable[[str], Viewer]
) -> None:
    clerk = somebody("何静")
    contract = max(records_of(database, crm, "contract"))
    assert (
        create_one(database, crm, "payment", clerk, {"contract": contract, "amount": "1"}).record is not None
    )
    with pytest.raises(Exception, match="合同金额"):
        update_one(database, crm, "contract", clerk, contract, {"amount": "1"})
    with pytest.raises(Forbidden):
        read(database, crm, clerk, "lead")


def test_support_and_hr_see_what_their_work_needs(
    database: Database, crm: str, somebody: Callable[[str], Viewer]
) -> None:
    support, hr = somebody("郑凯"), somebody("林雪")
    assert len(read(database, crm, support, "ticket")) == len(records_of(database, crm, "ticket"))
    assert all(
        "won_amount" not in one.values and "credit_limit" not in one.values
        for one in read(database, crm, support, "customer")
    )
    for form in ("opportunity", "contract", "payment"):
        with pytest.raises(Forbidden):
            read(database, crm, support, form)
    assert read(database, crm, hr, "opportunity")
    with pytest.raises(Forbidden):
        read(database, crm, hr, "contract")


def test_somebody_without_a_role_sees_no_form_of_the_crm(database: Database, crm: str) -> None:
    with database.begin() as connection:
        made = people.create(connection, MemberValues(name="访客", state="active"), author=Engine("test"))
    with database.connect() as connection:
        visitor = viewer_for(connection, made.id)
    for form in opened(database, crm).forms:
        with pytest.raises(Forbidden):
            read(database, crm, visitor, form)
