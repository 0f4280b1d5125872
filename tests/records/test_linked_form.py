"""A text column becomes a form of its own and back, and nothing that was written is lost."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.definitions import drafts, publish
from engine.platform.database import Database
from engine.platform.errors import Invalid
from engine.platform.jobs import get_job
from engine.platform.performing import run_due
from engine.records.bulk.write import Row, loading
from engine.records.reading.query import Query, query
from engine.records.structure import linked_form
from engine.records.structure.linked_form import Order
from tests.records.making import ENGINE, Document, add, field, form, live_of, make_app, text, values


def order(**properties: Any) -> Document:
    return form("order", text("code"), text("city", **properties), title="{code}")


def turn(database: Database, app: str, **more: Any) -> dict[str, Any]:
    wanted = Order(app, "order", "city", more.pop("target", "city"), **more)
    with database.begin() as connection:
        from engine.definitions import live as living

        job = linked_form.start(connection, living.load(connection, app), wanted, ENGINE)
    run_due(database)
    with database.connect() as connection:
        done = get_job(connection, job)
    assert done.state == "succeeded", done.errors
    return dict(done.result or {})


def back(database: Database, app: str) -> None:
    publish.change(database, app, "forms", "order", lambda _: order())
    run_due(database)


def titles(database: Database, app: str, key: str = "city") -> list[str]:
    with database.connect() as connection:
        page = query(
            connection, live_of(database, app), key, ENGINE, Query(sort=[{"field": "id"}], limit=1000)
        )
    return [str(one.title) for one in page.records]


def test_a_text_column_becomes_a_form_with_each_value_once_and_back(database: Database) -> None:
    app = make_app(database, order(hint="Where to"))
    said = ["北京", "上海", "北京", None, "Paris", "paris"]
    made = [add(database, app, "order", code=str(at), city=one) for at, one in enumerate(said)]
    assert turn(database, app, name={"zh-CN": "城市", "en": "Cities"})["created"] == 3
    live = live_of(database, app)
    assert live.form("city").name() == "城市"
    link = live.form("order").field("city")
    assert link is not None and (link.type, link.get("form")) == ("link", "city")
    assert link.get("hint") == "Where to"
    assert sorted(titles(database, app)) in (["Paris", "上海", "北京"], ["paris", "上海", "北京"])
    ids = [values(database, app, "order", one)["city"] for one in made]
    assert ids[0] == ids[2] and ids[4] == ids[5] and ids[3] is None and len({*ids}) == 4
    back(database, app)
    assert [values(database, app, "order", one)["city"] for one in made] == said
    assert len(titles(database, app)) == 3, "the form stays until somebody removes it"


def test_what_was_changed_as_a_link_is_the_new_title_when_it_becomes_text_again(database: Database) -> None:
    app = make_app(database, order())
    first, second = (add(database, app, "order", city=one) for one in ("北京", "上海"))
    turn(database, app)
    from tests.records.making import change

    change(database, app, "order", first, city=values(database, app, "order", second)["city"])
    back(database, app)
    assert [values(database, app, "order", one)["city"] for one in (first, second)] == ["上海", "上海"]


def test_a_form_that_is_there_is_used_and_only_what_it_lacks_is_added(database: Database) -> None:
    city = form("city", text("called"), field("people", "number"), title="{called}")
    app = make_app(database, order(), city)
    known = add(database, app, "city", called="北京", people=22)
    made = [add(database, app, "order", city=one) for one in ("北京", "上海")]
    assert turn(database, app)["created"] == 1
    assert values(database, app, "order", made[0])["city"] == known and titles(database, app) == [
        "北京",
        "上海",
    ]


def test_a_text_column_of_a_subform_becomes_a_form_and_comes_back(database: Database) -> None:
    lines = field("lines", "subform", fields=[text("item", required=True), text("note")])
    document = form("order", text("code"), lines, title="{code}")
    app = make_app(database, document)
    said = [["螺栓", "螺母"], ["螺栓"], []]
    made = [add(database, app, "order", lines=[{"item": one, "note": one} for one in rows]) for rows in said]
    wanted = Order(app, "order", "lines.item", "item", "产品")
    with database.begin() as connection:
        linked_form.start(connection, live_of(database, app), wanted, ENGINE)
    run_due(database)
    link = live_of(database, app).form("order").field("lines.item")
    assert link is not None and (link.type, link.get("form"), link.required) == ("link", "item", True)
    assert sorted(titles(database, app, "item")) == ["螺栓", "螺母"]

    def items(record: int) -> list[Any]:
        return [row.values["item"] for row in values(database, app, "order", record)["lines"] or ()]

    first, second = items(made[0]), items(made[1])
    assert first[0] == second[0] and first[0] != first[1] and items(made[2]) == []
    publish.change(database, app, "forms", "order", lambda _: document)
    run_due(database)
    assert [items(one) for one in made] == said


def test_many_records_are_linked_by_the_job_that_follows(database: Database) -> None:
    app = make_app(database, order())
    with loading(database, app, "order", ENGINE) as under_way:
        under_way.stage(Row(at, {"code": str(at), "city": f"城市 {at % 300}"}) for at in range(6000))
        under_way.finish()
    run_due(database)
    assert turn(database, app)["created"] == 300
    with database.connect() as connection:
        asked = Query(where={"field": "city", "op": "empty"}, limit=1, count=True)
        assert query(connection, live_of(database, app), "order", ENGINE, asked).total == 0
        asked = Query(where={"field": "city.name", "op": "eq", "value": "城市 7"}, limit=1, count=True)
        assert query(connection, live_of(database, app), "order", ENGINE, asked).total == 20


def test_what_stands_in_the_way_is_told_before_anything_happens(database: Database) -> None:
    view = {
        "key": "v",
        "name": "V",
        "kind": "grid",
        "columns": ["city"],
        "where": {"field": "city", "op": "starts_with", "value": "北"},
    }
    app = make_app(
        database,
        {**order(), "title": "{city}", "views": [view]},
        form("pair", text("a"), text("b"), title="{a} {b}"),
    )
    for target, codes in (("city", None), ("pair", {"title_not_one_text"}), ("bad key", None)):
        with pytest.raises(Invalid) as refused:
            turn(database, app, target=target)
        assert refused.value.faults and codes in (None, {one.code for one in refused.value.faults})
    assert "city" not in live_of(database, app).forms


def test_roles_that_read_the_column_may_read_what_it_links_to(database: Database) -> None:
    def role(key: str, **fields: str) -> Document:
        return {"key": key, "name": key, "grants": {"order": {"read": True, "fields": fields}}}

    app = make_app(database, order(), roles=(role("sees"), role("blind", city="hidden")))
    add(database, app, "order", city="北京")
    half_done = {**role("sees"), "name": "Sees everything"}
    with database.begin() as connection:
        base = live_of(database, app).etags["roles", "sees"]
        drafts.save(connection, app, "roles", "sees", half_done, base_etag=base, author=None)
    turn(database, app)
    with database.connect() as connection:
        draft = drafts.get(connection, app, "roles", "sees").document
    assert draft["name"] == "Sees everything" and draft["grants"]["city"] == {"read": True}
    live = live_of(database, app)
    assert live.documents["roles"]["sees"]["grants"]["city"] == {"read": True}
    assert "city" not in live.documents["roles"]["blind"]["grants"]


def test_roles_that_read_the_column_of_some_records_only_are_named_and_not_given_it_all(
    database: Database,
) -> None:
    own = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}

    def role(key: str, read: Any, **fields: str) -> Document:
        return {"key": key, "name": key, "grants": {"order": {"read": read, "fields": fields}}}

    roles = (role("all", True), role("own", own), role("blind", True, city="hidden"))
    app = make_app(database, order(), roles=roles)
    add(database, app, "order", city="秘密客户")
    before = linked_form.roles_without(live_of(database, app), Order(app, "order", "city", "city"))
    assert turn(database, app)["roles_without"] == before == ["own"]
    given = live_of(database, app).documents["roles"]
    assert [key for key in ("all", "own", "blind") if "city" in given[key]["grants"]] == ["all"]


def test_a_worker_that_dies_on_the_way_is_followed_by_one_that_ends_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app(database, order())
    made = [add(database, app, "order", city=one) for one in ("北京", "上海")]

    class Killed(BaseException):
        pass

    usual = publish.change

    def killed(*_: Any, **__: Any) -> Any:
        raise Killed

    monkeypatch.setattr(publish, "change", killed)
    with pytest.raises(Killed):
        turn(database, app)
    monkeypatch.setattr(publish, "change", usual)
    add(database, app, "order", city="天津")  # typed meanwhile
    with database.begin() as connection:
        from sqlalchemy import text as sql

        from engine.platform import performing

        job = connection.execute(
            sql("SELECT id, attempts FROM jianflow.job WHERE name = :name AND app_key = :app"),
            {"name": linked_form.JOB, "app": app},
        ).one()
        performing.give_back(connection, str(job.id), job.attempts)
    run_due(database)
    assert sorted(titles(database, app)) == ["上海", "北京", "天津"]
    assert all(values(database, app, "order", one)["city"] for one in made)


NAMES = st.one_of(
    st.none(),
    st.sampled_from(
        ["北京", "北京 ", "beijing", "Beijing", "a b", "a  b", "12", "1", "#1", "甲、乙", "x" * 300]
    ),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12),
)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(said=st.lists(NAMES, min_size=1, max_size=8))
def test_any_texts_become_a_form_and_come_back_as_they_were(
    database: Database, said: list[str | None]
) -> None:
    app = make_app(database, order())
    made = [add(database, app, "order", city=one) for one in said]
    before = [values(database, app, "order", one)["city"] for one in made]
    turn(database, app)
    live = live_of(database, app)
    links = [values(database, app, "order", one)["city"] for one in made]
    names = dict(zip((one for one in links if one), [""] * len(links)))
    for value, link in zip(before, links, strict=True):
        assert (value is None) == (link is None), (value, link)
    assert len(names) <= len({one for one in before if one})
    assert live.form("order").field("city").type == "link"  # type: ignore[union-attr]
    back(database, app)
    assert [values(database, app, "order", one)["city"] for one in made] == before
