"""A kind of rule that a package adds works at every door and in the designer; rows of old records stay editable."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from engine.definitions import form_schema, rule_kinds
from engine.fields.form import Form
from engine.platform.database import Database
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text
from engine.records.bulk.write import Row, loading
from engine.records.writing import write
from tests.records.making import ENGINE, add, change, field, form, make_app, republish, text


class EvenRule(rule_kinds.RuleKind):
    """A number that must be even."""

    name = "even"
    label = Text("偶数", "Even")
    hint = Text("只能是偶数", "Even numbers alone")
    schema = {"properties": {"field": {"type": "string"}}, "required": ["field"]}

    def reads(self, form: Form, rule: rule_kinds.Rule) -> list[str]:
        return [rule["field"]]

    def faults(
        self, form: Form, rule: rule_kinds.Rule, values: Mapping[str, Any], pointer: str
    ) -> Iterator[Fault]:
        if (values.get(rule["field"]) or 0) % 2:
            yield Fault(f"{pointer}/{rule['field']}", "rule", Text("要是偶数", "Has to be even"))

    def sentence(self, form: Form, rule: rule_kinds.Rule) -> str:
        return str(Text("“{field}”是偶数", "“{field}” is even", field=rule["field"]))


@pytest.fixture(scope="module")
def even() -> Iterator[None]:
    rule_kinds.register(EvenRule)
    yield
    del rule_kinds._kinds["even"]


PAIR = form("pair", text(), field("n", "number"), rules=[{"key": "e", "kind": "even", "field": "n"}])


def test_a_kind_from_outside_is_part_of_the_schema_and_refuses_at_every_door(
    database: Database, even: None
) -> None:
    assert "rule_even" in form_schema.whole()["$defs"]
    app = make_app(database, PAIR)
    made = add(database, app, "pair", n=2)
    for refused in (
        lambda: add(database, app, "pair", n=3),
        lambda: change(database, app, "pair", made, n=3),
    ):
        with pytest.raises(Invalid) as refusal:
            refused()
        assert [(one.pointer, one.code) for one in refusal.value.faults] == [("/values/n", "rule")]
    change(database, app, "pair", made, name="甲")
    with loading(database, app, "pair", ENGINE) as load:
        load.stage([Row(1, {"n": 4}), Row(2, {"n": 5})])
        done = load.finish()
    assert (done.created, [(one.number, one.field, one.code) for one in done.faults]) == (
        1,
        [(2, "n", "rule")],
    )


def test_a_rule_without_what_its_kind_asks_for_is_refused(database: Database, even: None) -> None:
    app = make_app(database, {**PAIR, "rules": []})
    with pytest.raises(Invalid) as refusal:
        republish(database, app, {**PAIR, "rules": [{"key": "e", "kind": "even"}]})
    assert [(one.pointer, one.code) for one in refusal.value.faults] == [("/rules/0", "missing")]


def test_2473_old_records_that_break_a_new_reminder_stay_editable(database: Database) -> None:
    deal = form("deal", text(), field("amount", "number"), title="{name}")
    app = make_app(database, deal)
    with loading(database, app, "deal", ENGINE) as load:
        load.stage([Row(number, {"name": f"商机 {number}"}) for number in range(2473)])
        assert load.finish().created == 2473
    reminder = {
        "key": "amount", "kind": "validation", "level": "remind", "formula": "amount > 0",
        "message": {"zh-CN": "建议填写金额", "en": "Consider an amount"}, "fields": ["amount"],
    }  # fmt: skip
    told = republish(database, app, {**deal, "rules": [reminder]}).warnings
    assert any("2,473" in str(one) for one in told)
    written = write.transact(
        database, app, ENGINE, lambda tx: write.update(tx, "deal", 1, {"name": "改名"}, whole=True)
    )
    assert written.version == 2 and [str(one.message) for one in written.warnings] == ["建议填写金额"]
    assert change(database, app, "deal", 2, name="只改名").warnings == []
