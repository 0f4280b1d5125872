"""Formulas of many new records, worked out while they are written, come out as those of single ones."""

from decimal import Decimal
from typing import Any

import pytest

from engine.platform.database import Database
from engine.records.bulk.write import Loaded, Row, loading
from tests.records.making import ENGINE, add, field, form, make_app, stored, text, values

NETS = (Decimal(7), Decimal("80.5"), None, Decimal(-3))
NET = field("net", "money")
GROSS = field("gross", "formula", formula="net * 1.1", result="money")
SIZE = field("size", "formula", formula='IF(gross > 50, "大号", "小号")', result="text")
POSITIVE = {
    "key": "positive",
    "kind": "validation",
    "level": "must",
    "formula": "gross >= 0",
    "message": "不能为负",
    "fields": ["net"],
}
FORMS: dict[str, dict[str, Any]] = {
    "nothing else reads them": form("a", text(), NET, GROSS, SIZE),
    "a rule reads one": form("a", text(), NET, GROSS, SIZE, rules=[POSITIVE]),
    "the title shows one": form("a", text(), NET, GROSS, SIZE, title="{name} {size}"),
    "a serial number comes into one": form(
        "a",
        text(),
        NET,
        GROSS,
        SIZE,
        field("no", "serial", pattern=[{"digits": 2}]),
        field("long", "formula", formula='LEN(no) & "/" & size', result="text"),
    ),
    "one can fail": form(
        "a",
        text(),
        NET,
        GROSS,
        SIZE,
        field("part", "formula", formula="10 / net", result="number", decimals=2),
    ),
    "a default reads one": form(
        "a", text(), NET, GROSS, field("kept", "money", default={"formula": "gross + 1"}), SIZE
    ),
}


def load(database: Database, app: str) -> Loaded:
    with loading(database, app, "a", ENGINE) as under_way:
        rows = enumerate(NETS, 1)
        under_way.stage(
            Row(number, {key: value for key, value in (("name", f"n{number}"), ("net", net)) if value is not None})
            for number, net in rows
        )  # fmt: skip
        return under_way.finish()


@pytest.mark.parametrize("case", FORMS)
def test_formulas_of_many_come_out_as_those_of_one_each(database: Database, case: str) -> None:
    document = FORMS[case]
    app = make_app(database, document)
    loaded = load(database, app)
    refused = 1 if case == "a rule reads one" else 0
    assert (loaded.created, loaded.rejected) == (len(NETS) - refused, refused)
    first = stored(database, app, "a", 1).id
    for at, net in enumerate(NETS[: loaded.created]):
        by_load = values(database, app, "a", first + at)
        single = add(database, app, "a", name=f"m{at + 1}", net=None if net is None else str(net))
        by_hand = values(database, app, "a", single)
        for key in {one["key"] for one in document["fields"]} - {"name", "code", "no"}:
            assert by_load[key] == by_hand[key], (case, key, net)
        title = stored(database, app, "a", first + at).title
        by_hand_title = stored(database, app, "a", single).title
        assert str(title).removeprefix("n") == str(by_hand_title).removeprefix("m"), case


def test_a_number_without_places_is_kept_alike_by_an_import_and_a_single_write(database: Database) -> None:
    app = make_app(
        database, form("a", text(), NET, field("third", "formula", formula="net / 3", result="number"))
    )
    one = add(database, app, "a", name="o", net=7)
    load(database, app)
    kept = [str(values(database, app, "a", one + number)["third"]) for number in range(5)]
    assert kept == ["2.3333333333", "2.3333333333", "26.8333333333", "0", "-1"]
