"""Fields of many records set in sets: as if one record after the other were changed, by the same few statements."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.access.viewer import Viewer
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.errors import Refusal
from engine.records.bulk import setting
from engine.records.bulk.setting import CHANGED, REFUSED, SAME, Setting
from engine.records.storage.tables import form_table
from tests.records.making import add, field, form, make_app, text, values
from tests.statements import statements
from tests.templates.conftest import administrator_of

GROUP = form("group", text(), field("bonus", "money"), title="{name}")
STAFF = form(
    "staff",
    text(required=True),
    text("code", unique="must", max_length=8),
    field("pay", "money", max=1000),
    field("group", "link", form="group"),
    field("above", "link", form="staff"),
    field("twice", "formula", formula="pay * 2", result="money"),
    title="{name}",
    rules=[
        {"key": "sound", "kind": "validation", "level": "must", "formula": "twice <= 600", "message": "太多",
         "when": {"field": "code", "op": "not_empty"}, "fields": ["pay"]},
    ],
)  # fmt: skip
FORMULAS = {
    "pay": ["pay * 2", "pay / (pay - 100)", "pay + group.bonus", '""', "above.pay + 1", '"text"', "pay", "twice"],
    "code": ['"X"', "code & code", "name", "group", '""'],
    "name": ['""', "group", "name & code"],
    "group": ["name", '"A"', '""'],
}  # fmt: skip


@pytest.fixture(scope="module")
def me(database: Database) -> Viewer:
    return administrator_of(database, "陈思")


@pytest.fixture
def app(database: Database) -> str:
    return make_app(database, GROUP, STAFF)


@pytest.fixture(scope="module")
def pair(database: Database) -> tuple[str, str]:
    return make_app(database, GROUP, STAFF), make_app(database, GROUP, STAFF)


def emptied(database: Database, app: str) -> str:
    """The app without its records."""
    with database.begin() as connection:
        for key in ("group", "staff"):
            name = form_table(connection, living.load(connection, app), key).stored.qualified()
            connection.exec_driver_sql(f"TRUNCATE {name}")
    return app


def hired(database: Database, app: str, pays: list[int | None]) -> list[int]:
    groups = [add(database, app, "group", name=name, bonus=bonus) for name, bonus in (("A", 10), ("B", None))]
    made: list[int] = []
    for number, pay in enumerate(pays):
        above = made[-1] if made else None
        mine: dict[str, Any] = {
            "group": groups[number % 2],
            "above": above,
            "code": f"c{number}" if number % 3 else None,
        }
        made.append(add(database, app, "staff", name=f"n{number}", pay=pay, **mine))
    return made


def one_after_the_other(
    database: Database, app: str, me: Viewer, wanted: Setting, ids: list[int]
) -> list[str]:
    """The same, each record in a batch of its own."""
    states: list[str] = []
    for one in ids:
        [outcome] = setting.carry_out(database, app, "staff", me, wanted, [one], uuid4())
        states.append(outcome.state)
    return states


def known(database: Database, app: str, ids: list[int]) -> list[dict[str, Any]]:
    """The records' values, what they name by its place."""
    found = [values(database, app, "staff", one) for one in ids]
    places = {one: place for place, one in enumerate(ids)}
    return [{**one, "above": places.get(one["above"])} for one in found]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    pays=st.lists(st.sampled_from([None, 0, 5, 100, 250, 300]), min_size=1, max_size=6),
    chosen=st.sampled_from([(key, formula) for key, some in FORMULAS.items() for formula in some]),
    extra=st.sampled_from([{}, {"pay": "5"}, {"code": "same"}, {"group": None}]),
)
def test_many_set_together_become_what_they_do_one_after_the_other(
    database: Database,
    me: Viewer,
    pair: tuple[str, str],
    pays: list[int | None],
    chosen: tuple[str, str],
    extra: dict[str, Any],
) -> None:
    wanted = Setting(extra, {chosen[0]: chosen[1]})
    apart, together = (emptied(database, one) for one in pair)
    ids = hired(database, apart, pays)
    states = one_after_the_other(database, apart, me, wanted, ids)
    same_ids = hired(database, together, pays)
    outcomes = setting.carry_out(database, together, "staff", me, wanted, same_ids, uuid4())
    assert [one.state for one in outcomes] == states
    assert known(database, together, same_ids) == known(database, apart, ids)


def test_a_chain_of_records_that_read_each_other_is_gone_along_in_order(
    database: Database, me: Viewer, app: str
) -> None:
    ids = hired(database, app, [100, 0, 0, 0])
    setting.carry_out(
        database, app, "staff", me, Setting(formulas={"pay": "IF(above.pay > 0, above.pay + 1, pay)"}), ids, uuid4()
    )  # fmt: skip
    assert [values(database, app, "staff", one)["pay"] for one in ids] == [100, 101, 102, 103]


@pytest.mark.parametrize("formula", ["pay + group.bonus", "pay * 2", "LEN(group) + 1"])
def test_ten_times_as_many_records_take_no_more_statements(
    database: Database, me: Viewer, app: str, formula: str
) -> None:
    counts = []
    for many in (6, 60):
        groups = [add(database, app, "group", name=f"{many} {one}", bonus=1) for one in range(many)]
        ids = [
            add(database, app, "staff", name="n", pay=1 + number, group=group)
            for number, group in enumerate(groups)
        ]
        for door in (setting.rehearse, setting.carry_out):
            more = (uuid4(),) if door is setting.carry_out else ()
            with statements(database) as sent:
                door(database, app, "staff", me, Setting(formulas={"pay": formula}), ids, *more)  # type: ignore[operator]
            counts.append(len(sent))
    assert counts[2] <= counts[0] and counts[3] <= counts[1], counts


def test_a_refusal_by_one_who_listens_leaves_the_others_done(
    database: Database, me: Viewer, app: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.records.writing import transaction

    def refuse(tx: Any, event: Any) -> None:
        if event.after["pay"] == 20:
            raise Refusal("不行", code="no")

    ids = [add(database, app, "staff", name="n", pay=pay) for pay in (1, 2, 3)]
    listening = [(lambda live, form_key: form_key == "staff", refuse)]
    monkeypatch.setattr(transaction, "_subscribers", listening)
    outcomes = setting.carry_out(
        database, app, "staff", me, Setting(formulas={"pay": "pay * 10"}), ids, uuid4()
    )
    assert [(one.state, one.message) for one in outcomes] == [(CHANGED, ""), (REFUSED, "不行"), (CHANGED, "")]
    assert [values(database, app, "staff", one)["pay"] for one in ids] == [10, 2, 30]


def test_the_trial_says_what_would_be_and_changes_nothing(database: Database, me: Viewer, app: str) -> None:
    ids = [add(database, app, "staff", name="n", pay=pay) for pay in (0, 1, 900)]
    told = setting.rehearse(database, app, "staff", me, Setting(formulas={"pay": "pay * 2"}), ids)
    assert [one.state for one in told.outcomes] == [SAME, CHANGED, REFUSED]
    assert [told.after[one].value("pay") for one in ids] == [0, 2, 900]
    assert [values(database, app, "staff", one)["pay"] for one in ids] == [0, 1, 900]
