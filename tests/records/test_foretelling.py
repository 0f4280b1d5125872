"""What publishing would do is told beforehand, and then happens so."""

from typing import Any

from engine.access import roles
from engine.definitions.model import LiveApp
from engine.platform.database import Database
from engine.records.structure.foretelling import Foretold, foretell
from tests.records.making import ENGINE, Document, add, field, form, make_app, person, republish, text, values


def told(
    database: Database, app: str, *forms: Document, viewer: Any = ENGINE, **others: Document
) -> dict[tuple[str, str | None], Foretold]:
    from engine.definitions import live as living

    proposal: dict[tuple[str, str], Any] = {("forms", one["key"]): one for one in forms}
    proposal |= {("roles", key): one for key, one in others.items()}
    with database.begin() as connection:
        live: LiveApp = living.load(connection, app)
        found = foretell(connection, live, proposal, viewer)
    return {(one.kind, one.path): one for one in found}


def test_a_retype_tells_how_many_values_do_not_convert_and_some_of_them(database: Database) -> None:
    app = make_app(database, form("a", text("f"), text(), title="{name}"))
    made = [add(database, app, "a", f=one, name=f"n{one}") for one in ("12", "zwölf", "1.50", None, "7")]
    after = form("a", field("f", "number"), text(), title="{name}")
    found = told(database, app, after)["field_retyped", "f"]
    assert (found.count, found.estimated) == (2, False)
    assert [(one.record_id, one.title, one.value, one.becomes) for one in found.examples] == [
        (made[1], "nzwölf", "zwölf", None),
        (made[2], "n1.50", "1.50", "1.5"),
    ]
    assert "2" in found.said.render("zh-CN") and "4" in found.said.render("en")
    assert values(database, app, "a", made[1])["f"] == "zwölf", "nothing was changed"
    republish(database, app, after)
    assert [values(database, app, "a", one)["f"] for one in made] == [
        12,
        None,
        values(database, app, "a", made[2])["f"],
        None,
        7,
    ]
    back = told(database, app, form("a", text("f"), text(), title="{name}"))["field_retyped", "f"]
    assert back.count == 0, "what was kept comes back"


def test_only_records_and_values_that_the_publisher_may_see_are_counted_and_named(database: Database) -> None:
    grants = {
        "a": {
            "read": {"where": {"field": "owner", "op": "eq", "value": {"me": True}}},
            "update": True,
            "fields": {"g": "hidden", "lines.x": "hidden"},
        }
    }
    role = {"key": "designer", "name": "Designer", "design": True, "grants": grants}
    lines = field("lines", "subform", fields=[text("x"), text("y")])
    app = make_app(database, form("a", text("f"), text("g"), lines, title="{f}"), roles=(role,))
    with database.begin() as connection:
        someone = person(connection, "李", account=f"li{app}")
        from engine.definitions import live as living

        roles.give(connection, living.load(connection, app), "designer", someone.member_id, author=ENGINE)
        from engine.access.viewer import viewer_for

        someone = viewer_for(connection, someone.member_id)
    rows = [{"x": "zehn", "y": "elf"}]
    mine = add(database, app, "a", f="meins", g="geheim", lines=rows, owner=someone.member_id)
    add(database, app, "a", f="7", owner=someone.member_id)
    for _ in range(3):
        add(database, app, "a", f="geheim", lines=rows)
    numbers = field("lines", "subform", fields=[field("x", "number"), field("y", "number")])
    after = form("a", field("f", "number"), field("g", "number"), numbers, title="{f}")
    found = told(database, app, after, viewer=someone)
    counts = {path: one.count for (kind, path), one in found.items() if kind == "field_retyped"}
    assert counts == {"f": 1, "g": 0, "lines.x": 0, "lines.y": 1}
    assert [one.record_id for one in found["field_retyped", "f"].examples] == [mine]
    said = found["field_retyped", "f"].said
    assert "2 个值里有 1 个" in said.render("zh-CN") and "只统计了您看得到的值" in said.render("zh-CN")
    assert "of 2 values, 1 do not" in said.render("en") and "only values that you may see" in said.render(
        "en"
    )
    assert "geheim" not in str(found)
    everything = told(database, app, after)["field_retyped", "f"]
    assert everything.count == 4 and "看得到" not in everything.said.render("zh-CN")
    elsewhere = form("a", field("f", "link", form="b"), text("g"), lines)
    away = told(database, app, elsewhere, form("b", text(), title="{name}"), viewer=someone)
    assert away["field_retyped", "f"].count == 2


def test_new_removed_and_returning_fields_tell_who_sees_them_where_they_are_used_and_how_much_goes(
    database: Database,
) -> None:
    def role(**fields: str) -> Document:
        grants = {"a": {"read": True, "update": True, "fields": fields}}
        return {"key": "sales", "name": {"zh-CN": "销售"}, "grants": grants}

    view = {"key": "v", "name": "V", "kind": "grid", "columns": ["name", "n"]}
    first = form("a", text(), field("n", "number"), views=[view])
    app = make_app(database, first, roles=(role(),))
    for number in range(3):
        add(database, app, "a", name="x", n=number)
    after = form(
        "a", text(), field("price", "money"), text("secret"), field("lines", "subform", fields=[text("x")])
    )
    found = told(database, app, after, sales=role(secret="hidden"))
    seers = {one.key: (one.all_rows, one.editable) for one in found["field_added", "price"].roles}
    assert seers["sales"] == (True, True)
    assert "sales" not in {one.key for one in found["field_added", "secret"].roles}
    assert ("field_added", "lines") in found and ("view_removed", None) in found
    gone = found["field_removed", "n"]
    assert gone.count == 3 and [one.pointer for one in gone.uses] == ["/views/0/columns/1"]
    republish(database, app, form("a", text()))
    assert told(database, app, first)["field_returns", "n"].count == 3


def test_a_role_that_newly_sees_a_field_is_named(database: Database) -> None:
    def role(**fields: str) -> Document:
        return {"key": "sales", "name": "Sales", "grants": {"a": {"read": True, "fields": fields}}}

    app = make_app(database, form("a", text(), field("cost", "money")), roles=(role(cost="hidden"),))
    found = told(database, app, sales=role())["field_shown", "cost"]
    assert [one.key for one in found.roles] == ["sales"] and "Sales" in found.said.render("en")
    assert told(database, app, sales=role(cost="hidden", name="read")) == {}


def test_records_that_do_not_meet_new_demands_and_formulas_worked_out_anew_are_counted(
    database: Database,
) -> None:
    def thing(formula: str, **name: Any) -> Document:
        return form(
            "a", text(**name), field("n", "number"), field("f", "formula", formula=formula, result="number")
        )

    app = make_app(database, thing("n * 2"))
    add(database, app, "a", name="x", n=1)
    add(database, app, "a", n=2)
    after = thing("n * 3", required=True)
    after["fields"].append(text("code", required=True))
    after["rules"] = [
        {
            "key": "r",
            "kind": "validation",
            "level": "must",
            "formula": "n > 1",
            "message": "n too small",
            "fields": ["n"],
        }
    ]
    found = told(database, app, after)
    assert found["formula_changed", "f"].count == 2
    assert "1" in found["unmet", "name"].said.render("en") and "#2" in found["unmet", "name"].said.render(
        "en"
    )
    assert found["unmet", "code"].count == 2
    assert "n too small" in found["unmet", "n"].said.render("en")


def test_a_form_that_comes_or_goes_is_told_with_what_it_holds(database: Database) -> None:
    app = make_app(database, form("a", text()), form("b", text(), field("a", "link", form="a")))
    add(database, app, "a", name="x")
    from engine.definitions import live as living

    with database.begin() as connection:
        live = living.load(connection, app)
        found = foretell(connection, live, {("forms", "a"): None, ("forms", "c"): form("c", text())}, ENGINE)
    by_kind = {one.kind: one for one in found}
    assert by_kind["form_removed"].count == 1
    assert [(one.key, one.pointer) for one in by_kind["form_removed"].uses if one.kind == "forms"] == [
        ("b", "/fields/1/form")
    ]
    assert "form_added" in by_kind


def test_a_column_of_a_subform_is_looked_at_row_by_row(database: Database) -> None:
    def thing(kind: str) -> Document:
        return form("a", text(), field("lines", "subform", fields=[field("x", kind), text("y")]))

    app = make_app(database, thing("text"))
    add(database, app, "a", lines=[{"x": "1"}, {"x": "eins"}, {"y": "only"}])
    add(database, app, "a", lines=[{"x": "zwei"}])
    found = told(database, app, thing("number"))["field_retyped", "lines.x"]
    assert found.count == 2 and "3" in found.said.render("en") and not found.examples
    republish(database, app, thing("number"))
    assert told(database, app, thing("text"))["field_retyped", "lines.x"].count == 0


def test_fields_that_a_linkage_opens_with_the_rights_of_the_app_are_told_beforehand(
    database: Database,
) -> None:
    price = form("price", text("product", label="产品"), text("cost", label="进价"), title="{product}")
    rule = {
        "key": "l",
        "kind": "linkage",
        "form": "price",
        "set": {"cost": "cost"},
        "where": {"field": "product", "op": "eq", "value": {"current": "product"}},
    }

    def order(*rules: Document) -> Document:
        return form("order", text("product"), text("cost"), rules=list(rules), title="{product}")

    def role(key: str, **grants: Document) -> Document:
        return {"key": key, "name": key, "grants": grants}

    own: Document = {"where": {"field": "owner", "op": "eq", "value": {"me": True}}}
    roles = (
        role("buyer", order={"read": True}, price={"read": True}),
        role("clerk", order={"read": True}),
        role("guest", order={"read": True, "fields": {"cost": "hidden"}}),
        role("owner", order={"read": True}, price={"read": own}),
        role("packer", order={"read": True}, price={"read": True, "fields": {"cost": "hidden"}}),
    )
    opening = {**rule, "rights": "app"}
    app = make_app(database, price, order(rule), roles=roles)
    assert ("rule_opens", None) not in told(database, app, order(rule))
    found = told(database, app, order(opening))["rule_opens", None]
    assert "进价" in str(found.said) and "没有查看权限" in str(found.said)
    assert sorted(one.label for one in found.roles) == ["clerk", "owner", "packer"]
    assert ("rule_opens", None) in told(database, app, {**order(opening), "key": "offer"}), (
        "a new form tells it too"
    )
    republish(database, app, order(opening))
    assert ("rule_opens", None) not in told(database, app, order({**opening, "no_match": "keep"})), (
        "once is enough"
    )
