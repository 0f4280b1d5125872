"""The CRM's sample data: reproducible, of one piece, and right in its sums."""

import csv
import io
import json
import re
from collections import defaultdict
from decimal import Decimal
from pathlib import Path

from templates_gallery import generate_sample_data

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "crm_template" / "sample_data"
PEOPLE = {"departments", "members"}


def sheet(name: str) -> list[dict[str, str]]:
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def sheets() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.csv") if path.stem not in PEOPLE)


def fields(name: str) -> dict[str, dict]:
    form, _, subform = name.partition(".")
    document = json.loads((ROOT / "crm_template" / "forms" / f"{form}.json").read_text(encoding="utf-8"))
    found = {one["key"]: one for one in document["fields"]}
    return {one["key"]: one for one in found[subform]["fields"]} if subform else found


def sums(name: str, by: str, column: str = "amount") -> dict[str, Decimal]:
    found: dict[str, Decimal] = defaultdict(Decimal)
    for row in sheet(name):
        found[row[by]] += Decimal(row[column])
    return found


def offset(cell: str) -> int:
    return int(cell[1:].split("T")[0])


def test_the_generator_gives_exactly_the_sheets_that_are_there() -> None:
    made = generate_sample_data.sheets()
    assert {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.csv")} == made


def test_the_english_sheets_are_the_generators_with_the_same_figures_and_no_chinese_word() -> None:
    made, chinese = generate_sample_data.sheets("en"), generate_sample_data.sheets()
    assert {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / "en").glob("*.csv")} == made
    assert set(made) == set(chinese)
    for name, text in made.items():
        assert not re.search("[\u3000-\u9fff\uff00-\uffef]", text), name
        ours, theirs = (list(csv.DictReader(io.StringIO(one))) for one in (text, chinese[name]))
        assert len(ours) == len(theirs) and list(ours[0]) == list(theirs[0])
        for one, other in zip(ours, theirs, strict=True):
            assert {key: cell for key, cell in one.items() if _figure(cell)} == {
                key: cell for key, cell in other.items() if _figure(cell)
            }, name


def _figure(cell: str) -> bool:
    """Whether a cell is the same in every language: a number, a day, a reference or an option's value."""
    return re.fullmatch(r"[@\d.:T-]+|[a-z_]+(-\d{3})?", cell) is not None


def test_there_is_enough_to_look_around_in() -> None:
    counts = {name: len(sheet(name)) for name in sheets()}
    assert counts["customer"] == 60 and counts["opportunity"] == 160 and counts["product"] == 12
    assert counts["lead"] == 40 and 80 <= counts["contact"] <= 110
    assert all(counts[name] >= 6 for name in counts)
    stages = {row["stage"] for row in sheet("opportunity")}
    assert stages == {option["value"] for option in fields("opportunity")["stage"]["options"]}


def test_every_column_is_a_field_that_can_be_written_and_every_option_exists() -> None:
    for name in sheets():
        known = fields(name)
        for row in sheet(name):
            for column, cell in row.items():
                if column in ("_ref", "_parent", "owner", "created_at"):
                    continue
                field = known[column]
                assert field["type"] not in ("formula", "rollup", "lookup", "serial", "section"), (
                    name,
                    column,
                )
                if cell and "options" in field:
                    assert set(cell.split(";")) <= {option["value"] for option in field["options"]}, (
                        name,
                        cell,
                    )


def test_every_link_names_a_row_and_every_person_is_invited() -> None:
    refs = {row["_ref"] for name in sheets() for row in sheet(name) if "_ref" in row}
    people = {row["name"] for row in sheet("members")} | {"@me", ""}
    for name in sheets():
        known = fields(name)
        for row in sheet(name):
            assert row.get("owner", "") in people
            assert row.get("_parent", "") in refs | {""}
            for column, cell in row.items():
                kind = known[column]["type"] if column in known else ""
                if kind in ("link", "links") and cell:
                    assert set(cell.split(";")) <= refs, (name, column, cell)
                    assert all(part.rsplit("-", 1)[0] == known[column]["form"] for part in cell.split(";"))
                if kind in ("member", "members"):
                    assert set(cell.split(";")) <= people


def test_every_member_stands_in_a_department_and_has_a_role_and_every_head_is_a_member() -> None:
    departments = {row["name"] for row in sheet("departments")}
    members = {row["name"] for row in sheet("members")}
    roles = {path.stem for path in (ROOT / "crm_template" / "roles").glob("*.json")}
    assert all(row["department"] in departments and row["role"] in roles for row in sheet("members"))
    assert all(row["head"] in members and row["parent"] in departments | {""} for row in sheet("departments"))


def test_an_opportunity_is_worth_what_its_products_add_up_to() -> None:
    lines: dict[str, Decimal] = defaultdict(Decimal)
    for row in sheet("opportunity.lines"):
        lines[row["_parent"]] += Decimal(row["quantity"]) * Decimal(row["price"])
    for row in sheet("opportunity"):
        assert lines[row["_ref"]] == Decimal(row["amount"])


def test_every_won_opportunity_has_one_contract_of_its_amount_and_no_other_has_one() -> None:
    won = {row["_ref"]: Decimal(row["amount"]) for row in sheet("opportunity") if row["stage"] == "won"}
    assert sums("contract", "opportunity") == won
    assert len(sheet("contract")) == len(won)


def test_nobody_paid_or_was_billed_more_than_the_contract_says() -> None:
    paid, billed = sums("payment", "contract"), sums("invoice", "contract")
    plans = sums("contract.instalments", "_parent", "due")
    for row in sheet("contract"):
        amount = Decimal(row["amount"])
        assert Decimal(0) <= paid[row["_ref"]] <= amount
        assert billed[row["_ref"]] <= amount
        assert plans[row["_ref"]] == amount
        if row["status"] == "completed":
            assert paid[row["_ref"]] == amount
    assert 0 < sum(paid.values()) < sum(sums("contract", "_ref").values())


def test_an_order_has_the_products_of_its_contract() -> None:
    lines: dict[str, Decimal] = defaultdict(Decimal)
    for row in sheet("order.lines"):
        lines[row["_parent"]] += Decimal(row["quantity"]) * Decimal(row["price"])
    amounts = sums("contract", "_ref")
    for row in sheet("order"):
        assert lines[row["_ref"]] == amounts[row["contract"]]


def test_what_has_happened_lies_in_the_past_and_in_order() -> None:
    for row in sheet("opportunity"):
        ended = row["stage"] in ("won", "lost")
        assert bool(row["closed_on"]) == ended
        assert (row["loss_reason"] != "") == (row["stage"] == "lost")
        if ended:
            assert offset(row["opened_on"]) <= offset(row["closed_on"]) <= 0
    assert all(offset(row["received_on"]) <= 0 for row in sheet("payment"))
    assert all(offset(row["followed_on"]) <= 0 for row in sheet("follow_up"))
    assert all(
        offset(row["created_at"]) <= 0 for name in sheets() for row in sheet(name) if row.get("created_at")
    )


def test_nobody_came_by_a_campaign_that_had_not_begun() -> None:
    begins = {row["_ref"]: offset(row["starts_on"]) for row in sheet("campaign")}
    for name, day in (("lead", "received_on"), ("opportunity", "opened_on")):
        assert all(begins[row["campaign"]] <= offset(row[day]) for row in sheet(name) if row["campaign"])


def test_some_deals_were_won_in_the_last_days_so_that_no_month_begins_empty() -> None:
    assert sum(row["stage"] == "won" and offset(row["closed_on"]) >= -2 for row in sheet("opportunity")) >= 3


def test_the_one_who_clones_finds_work_of_ones_own() -> None:
    mine = [row for row in sheet("opportunity") if row["owner"] == "@me"]
    assert len(mine) >= 15 and len({row["stage"] for row in mine}) == 6
