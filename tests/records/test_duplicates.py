"""What may not come twice."""

import pytest
import sqlalchemy as sa

from engine.access import people
from engine.access.member_values import MemberValues
from engine.platform.database import Database
from engine.platform.errors import Conflict, Invalid
from engine.platform.notices import notices
from engine.platform.performing import run_due
from engine.records.bulk.write import Row, loading
from engine.records.storage import duplicates
from engine.records.structure import indexes, rebuild
from engine.records.writing import write
from tests.records.making import (
    ENGINE,
    add,
    change,
    field,
    form,
    live_of,
    make_app,
    person,
    republish,
    stored,
    text,
)

CUSTOMER = form("customer", text(unique="must"), text("phone", unique="remind"), title="{name}")


def codes(refused: Invalid) -> dict[str, str]:
    return {fault.pointer: fault.code for fault in refused.faults}


@pytest.mark.parametrize(
    "other", ["简流（北京）", "简流(北京)", " 简流 (北京) ", "簡流(北京)".replace("簡", "简"), "简流【北京】"]
)
def test_width_case_spaces_and_brackets_make_no_difference(database: Database, other: str) -> None:
    app = make_app(database, CUSTOMER)
    add(database, app, "customer", name="简流(北京)")
    with pytest.raises(Invalid) as refused:
        add(database, app, "customer", name=other)
    assert codes(refused.value) == {"/values/name": "not_unique"}
    assert "简流(北京)" in str(refused.value.faults[0].message)


def test_full_width_letters_are_the_same_letters(database: Database) -> None:
    app = make_app(database, CUSTOMER)
    add(database, app, "customer", name="ＡＢＣ Ltd")
    with pytest.raises(Invalid):
        add(database, app, "customer", name="abc ltd")
    add(database, app, "customer", name="abc ltd 2")


def test_a_reminder_does_not_refuse(database: Database) -> None:
    app = make_app(database, CUSTOMER)
    add(database, app, "customer", name="甲", phone="138")
    written = write.transact(
        database, app, ENGINE, lambda tx: write.create(tx, "customer", {"name": "乙", "phone": "138"})
    )
    assert [(one.pointer, one.code) for one in written.warnings] == [("/values/phone", "maybe_duplicate")]


def test_empty_values_repeat_freely_and_a_deleted_record_frees_its_own(database: Database) -> None:
    app = make_app(database, CUSTOMER)
    add(database, app, "customer")
    add(database, app, "customer")
    first = add(database, app, "customer", name="甲")
    write.transact(database, app, ENGINE, lambda tx: write.delete(tx, "customer", first))
    add(database, app, "customer", name="甲")
    with pytest.raises(Conflict) as refused:
        write.transact(database, app, ENGINE, lambda tx: write.restore(tx, "customer", first))
    assert refused.value.faults[0].pointer == "/values/name"
    assert stored(database, app, "customer", first).deleted_at is not None


def test_several_fields_together(database: Database) -> None:
    app = make_app(database, form("contact", text(), text("company"), unique=[["name", "company"]]))
    add(database, app, "contact", name="王", company="甲")
    add(database, app, "contact", name="王", company="乙")
    add(database, app, "contact", name="王")
    add(database, app, "contact", name="王")
    with pytest.raises(Invalid) as refused:
        add(database, app, "contact", name="王", company="甲")
    assert set(codes(refused.value)) == {"/values/name", "/values/company"}


def test_a_change_into_a_repetition_is_refused(database: Database) -> None:
    app = make_app(database, CUSTOMER)
    add(database, app, "customer", name="甲")
    second = add(database, app, "customer", name="乙")
    with pytest.raises(Invalid):
        change(database, app, "customer", second, name="甲")
    change(database, app, "customer", second, name=" 乙 ")


def test_uniqueness_added_later_counts_what_is_there(database: Database) -> None:
    plain = form("customer", text(), title="{name}")
    app = make_app(database, plain)
    add(database, app, "customer", name="甲")
    republish(database, app, {**plain, "fields": [text(unique="must")]})
    with pytest.raises(Invalid):
        add(database, app, "customer", name="甲")


def test_records_that_repeat_already_keep_uniqueness_from_being_published(database: Database) -> None:
    plain = form("customer", text(), title="{name}")
    app = make_app(database, plain)
    add(database, app, "customer", name="甲")
    add(database, app, "customer", name=" 甲")
    with pytest.raises(Invalid) as refused:
        republish(database, app, {**plain, "fields": [text(unique="must")]})
    assert "甲" in str(refused.value.faults[0].message)


def test_a_value_is_kept_from_repeating_from_the_moment_of_publishing_in_a_large_form_too(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = form("customer", text("code"))
    app = make_app(database, plain)
    for number in range(6):
        add(database, app, "customer", code=f"k{number}")
    monkeypatch.setattr(indexes, "AT_ONCE", 3)
    monkeypatch.setattr(rebuild, "AT_ONCE", 3)
    republish(database, app, form("customer", text("code", unique="must")))
    new = add(database, app, "customer", code="new")
    for code in ("new", "k1"):
        with pytest.raises(Invalid) as refused:
            add(database, app, "customer", code=code)
        assert codes(refused.value) == {"/values/code": "not_unique"}
    with pytest.raises(Invalid):
        change(database, app, "customer", new, code="k2")
    with loading(database, app, "customer", ENGINE) as under_way:
        under_way.stage(Row(number, {"code": f"k{number}"}) for number in (3, 9))
        loaded = under_way.finish()
    assert loaded.created == 1 and [(one.number, one.code) for one in loaded.faults] == [(3, "not_unique")]
    run_due(database)
    for code in ("new", "k1"):
        with pytest.raises(Invalid):
            add(database, app, "customer", code=code)


def test_who_made_a_field_unique_is_told_of_what_was_repeated_before_all_values_were_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database, form("customer", text("code")))
    for number in range(6):
        add(database, app, "customer", code=f"Key № {number}")
    with database.begin() as connection:
        sent = {"name": "发布人", "account": "publisher", "password": "spring rain 2026"}
        author = people.create(connection, MemberValues.read(sent), author=ENGINE).id
    monkeypatch.setattr(rebuild, "AT_ONCE", 3)
    republish(database, app, form("customer", text("code", unique="must")), author=author)
    with pytest.raises(Invalid):
        add(database, app, "customer", code="KEY№1")
    add(database, app, "customer", code="KEY No 1")  # the same only for who knows such signs
    run_due(database)
    with database.connect() as connection:
        told = notices(connection, author)
    assert ["1 条重复" in one.text.zh for one in told] == [True]
    assert told[0].url == f"/a/{app}/customer"


def test_in_a_subform_a_unique_column_may_not_repeat_within_the_record(database: Database) -> None:
    app = make_app(
        database, form("order", field("lines", "subform", fields=[text("product", unique="must")]))
    )
    add(database, app, "order", lines=[{"product": "笔"}])
    add(database, app, "order", lines=[{"product": "笔"}])
    with pytest.raises(Invalid) as refused:
        add(database, app, "order", lines=[{"product": "笔"}, {"product": "纸"}, {"product": " 笔"}])
    assert codes(refused.value) == {"/values/lines/2/product": "not_unique"}


def test_a_refusal_tells_what_the_form_allows_to_somebody_who_may_not_see_the_record(
    database: Database,
) -> None:
    role = {
        "key": "sales",
        "name": "销售",
        "grants": {
            "customer": {
                "create": True,
                "read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
            },
            "secret": {
                "create": True,
                "read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
            },
        },
    }
    told = {**CUSTOMER, "duplicates": {"show": ["title", "owner"]}}
    app = make_app(database, told, {**CUSTOMER, "key": "secret"}, roles=(role,))
    with database.begin() as connection:
        from engine.access import roles
        from engine.definitions import live as living

        one = person(connection, f"李{app}")
        two = person(connection, f"王{app}")
        roles.assign(
            connection,
            living.load(connection, app),
            "sales",
            [one.member_id, two.member_id],
            [],
            author=ENGINE,
        )
    with database.begin() as connection:
        from engine.access.viewer import viewer_for

        one, two = viewer_for(connection, one.member_id), viewer_for(connection, two.member_id)
    for key in ("customer", "secret"):
        add(database, app, key, one, name="甲公司")
    with pytest.raises(Invalid) as refused:
        add(database, app, "customer", two, name="甲公司")
    assert "甲公司" in str(refused.value.faults[0].message) and one.name in str(
        refused.value.faults[0].message
    )
    assert not refused.value.faults[0].details
    with pytest.raises(Invalid) as refused:
        add(database, app, "secret", two, name="甲公司")
    assert "甲公司" not in str(refused.value.faults[0].message) and one.name not in str(
        refused.value.faults[0].message
    )


@pytest.mark.parametrize(
    "value",
    ["Ａｃｍｅ　[Shanghai]", "上海（浦东）<x>", "a\tb\u00a0c\u2003d", "100%_\\'\"{}", "【Éa】Ж〉》』", "x y"],
)
def test_postgres_evens_texts_out_as_hashes_do(database: Database, value: str) -> None:
    """So that a value is found in records that have no hash yet."""
    live = live_of(database, make_app(database, CUSTOMER))
    name = live.form("customer").field("name")
    assert name is not None
    with database.connect() as connection:
        made = connection.scalar(sa.select(duplicates.evened_sql(name, sa.literal(value))))
    expected = duplicates.evened(value)
    assert made == expected or made == expected.replace("é", "É").replace("ж", "Ж"), (
        "in a database that knows ASCII alone"
    )
