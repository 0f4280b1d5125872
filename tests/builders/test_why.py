"""“Why can't she see this?” says what the gate does, and only to those who design the app."""

from typing import Any

import pytest
from flask import Flask

from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.platform.database import Database
from engine.platform.errors import Forbidden, NotFound
from engine.records.explanation.access_reasons import Answer, reasons
from engine.records.reading.read import get
from tests.builders.office import CUSTOMER, ORDER, TEAMS, Browser, give, hire, role_documents, staffed
from tests.records.making import live_of, make_app

Staff = dict[tuple[str, ...], Viewer]


@pytest.fixture(scope="module")
def app(database: Database) -> str:
    return make_app(database, CUSTOMER, ORDER, roles=role_documents())


@pytest.fixture(scope="module")
def staff(database: Database, app: str) -> Staff:
    return staffed(database, app)


@pytest.fixture(scope="module")
def boss(database: Database) -> Viewer:
    return hire(database, "陈总", administrator=True)


@pytest.fixture
def live(database: Database, app: str, staff: Staff) -> LiveApp:
    return live_of(database, app)


@pytest.mark.parametrize("roles", TEAMS, ids="+".join)
def test_the_answer_agrees_with_what_the_gate_gives(
    database: Database, live: LiveApp, staff: Staff, boss: Viewer, roles: tuple[str, ...]
) -> None:
    person = staff[roles]
    seen = 0
    with database.connect() as connection:
        for form, record_id in [
            (form, number) for form in ("customer", "order") for number in range(1, 13, 3)
        ]:

            def asked(form: str = form, record_id: int = record_id, **more: Any) -> Answer:
                return reasons(connection, live, form, record_id, person, boss, **more)

            try:
                record = get(connection, live, form, person, record_id)
            except (Forbidden, NotFound):
                assert not asked().allowed
                continue
            seen += 1
            assert asked().allowed
            assert asked(operation="delete").allowed == record.deletable
            for field in live.form(form).fields:
                place = (form, record_id, field.path)
                assert asked(path=field.path).allowed == (field.path in record.values), place
                changes = asked(path=field.path, operation="update").allowed
                if field.path in record.values:
                    assert changes == (field.path in record.editable), place
    assert bool(seen) == bool(roles)


def test_it_says_which_part_of_which_condition_fails_and_what_stands_there(
    database: Database, live: LiveApp, staff: Staff, boss: Viewer
) -> None:
    keeper, seller = staff["keeper",], staff["seller",]
    with database.connect() as connection:
        told = reasons(connection, live, "customer", 2, keeper, boss)
        assert str(told.words) == f"{keeper.name} 不能查看这条记录。"
        [reason] = told.reasons
        assert (reason.name, str(reason.words)) == ("keeper", "这条记录不满足它的条件：")
        assert [(one.sentence, one.holds, one.now) for one in reason.parts] == [
            ("级别 是 重点", False, "普通")
        ]
        assert set(told.others) == {"seller", "chief"}
        told = reasons(connection, live, "order", 1, seller, boss, path="margin")
    [reason] = told.reasons
    assert reason.joined == "any" and reason.parts[0].sentence == f"负责人 是 {seller.name}"
    assert str(reason.field_words) == "“毛利”由“成本”算出，而“成本”对它是隐藏的。"


def test_no_roles_no_record_and_administrators_are_told_too(
    database: Database, live: LiveApp, staff: Staff, boss: Viewer
) -> None:
    with database.connect() as connection:
        assert reasons(connection, live, "order", 1, staff[()], boss).reasons == ()
        assert reasons(connection, live, "order", 1, boss, boss).allowed
        with pytest.raises(NotFound):
            reasons(connection, live, "order", 99, staff["seller",], boss)
        with pytest.raises(Forbidden):
            reasons(connection, live, "order", 1, staff["keeper",], staff["seller",])


def test_the_page_answers_and_tells_a_designer_no_value_they_may_not_read(
    product: Flask, database: Database, app: str, staff: Staff, boss: Viewer
) -> None:
    asked = f"/a/{app}/roles/why?member={staff['keeper',].member_id}&form=customer&record=2"
    page = Browser(product, database, boss.member_id).page(asked)
    assert "级别 是 重点" in page and "现在是 普通" in page
    designer = hire(database)
    give(database, app, "designer", designer.member_id)
    page = Browser(product, database, designer.member_id).page(asked)
    assert "级别 是 重点" in page and "普通" not in page and "晶创1" not in page
    assert Browser(product, database, staff["chief",].member_id).get(asked).status_code == 403
    found = Browser(product, database, boss.member_id).get(
        f"/a/{app}/roles/why/records?form=customer&q=晶创11"
    )
    assert [one["label"] for one in found.json["choices"]] == ["晶创11"]
