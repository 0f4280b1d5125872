"""The real customer list, imported as its owner would; what is there in the end is worked out here from the CSV alone."""

import csv
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.access import people
from engine.access.viewer import Viewer
from engine.definitions import live as living
from engine.platform.database import Database
from engine.platform.jobs import Job
from engine.records.reading.aggregate import Aggregation, aggregate
from engine.records.reading.query import Query, query
from templates_gallery import gallery
from tests.exchange.sheets import imported, records, undone

DATA = Path(__file__).resolve().parents[1] / "data" / "crm-sales-opportunities"
STAGES = {"Prospecting": "prospecting", "Engaging": "engaging", "Won": "won", "Lost": "lost"}


@pytest.fixture(scope="module")
def crm(database: Database, me: Viewer) -> str:
    """A clone of the CRM into which accounts and products are imported, the parents linked."""
    app = gallery.clone(database, "crm", author=me)
    products = imported(database, me, app, "product", DATA / "products.csv")
    assert (products.state, products.result["created"], products.errors) == ("succeeded", 7, [])
    wanted = {"links": {"parent": {"by": "name", "missing": "reject"}}}
    accounts = imported(database, me, app, "customer", DATA / "accounts.csv", wanted)
    assert (accounts.state, accounts.result["created"], accounts.errors) == ("succeeded", 85, [])
    return app


def rows_in(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def opportunities(database: Database, me: Viewer, app: str, *, dry_run: bool, **mapping: Any) -> Job:
    wanted = {"members": {"owner": {"by": "name", "missing": "create"}}, **mapping}
    return imported(database, me, app, "opportunity", DATA / "sales_pipeline.csv", wanted, dry_run=dry_run)


def test_accounts_come_with_revenue_employees_and_their_parents(
    database: Database, me: Viewer, crm: str
) -> None:
    expected = [
        (row["account"], Decimal(row["employees"]), row["subsidiary_of"] or None)
        for row in rows_in("accounts.csv")
    ]
    found = records(database, me, crm, "customer", "name", "employees", "parent")
    assert found == expected
    revenue = records(database, me, crm, "customer", "revenue")
    assert [one for (one,) in revenue] == [Decimal(row["revenue"]) for row in rows_in("accounts.csv")]


def test_the_dry_run_finds_the_misspelt_product_once_for_all_its_rows(
    database: Database, me: Viewer, crm: str
) -> None:
    checked = opportunities(database, me, crm, dry_run=True)
    assert checked.state == "succeeded", checked.errors
    result = checked.result
    misspelt = sum(row["product"] == "GTXPro" for row in rows_in("sales_pipeline.csv"))
    first = result["groups"][0]
    assert (first["column"], first["value"], first["suggestion"], first["rows"]) == (
        "product",
        "GTXPro",
        "GTX Pro",
        misspelt,
    )
    assert misspelt == 1480
    assert (result["must"], result["should"], result["ready"]) == (0, 1480, 8800)
    assert result["makes"] == {"owner": 30}
    assert [one["level"] for one in result["groups"]] == ["should"] + ["remind"] * (len(result["groups"]) - 1)
    assert result["mapping"]["columns"] == {
        "opportunity_id": "code", "sales_agent": "owner", "product": "product", "account": "customer", "deal_stage": "stage",
        "engage_date": "opened_on", "close_date": "closed_on", "close_value": "amount",
    }  # fmt: skip
    assert result["mapping"]["dates"] == {"opened_on": "MM/DD/YYYY", "closed_on": "MM/DD/YYYY"}
    assert records(database, me, crm, "opportunity", "code") == []
    with database.connect() as connection:
        assert people.named(connection, ["Moses Frase"]) == {}


@pytest.fixture(scope="module")
def job(database: Database, me: Viewer, crm: str) -> Job:
    made = opportunities(database, me, crm, dry_run=False, values={"product": {"GTXPro": "GTX Pro"}})
    assert made.state == "succeeded", made.errors
    return made


def test_all_rows_come_and_the_agents_are_people_who_cannot_sign_in_yet(
    database: Database, crm: str, job: Job
) -> None:
    assert (job.result["created"], job.result["rejected"], job.errors) == (8800, 0, [])
    agents = {row["sales_agent"] for row in rows_in("sales_pipeline.csv")}
    with database.connect() as connection:
        found = people.named(connection, agents)
        assert len(found) == len(agents) == len(job.result["members"]) == 30
        assert {people.get(connection, ids[0]).state for ids in found.values()} == {"invited"}


def test_a_day_that_the_file_leaves_out_is_left_out(
    database: Database, me: Viewer, crm: str, job: Job
) -> None:
    expected = {row["opportunity_id"] for row in rows_in("sales_pipeline.csv") if not row["engage_date"]}
    empty = {"field": "opened_on", "op": "empty"}
    found = {code for (code,) in records(database, me, crm, "opportunity", "code", where=empty)}
    assert found == expected and len(expected) == 500


def test_the_totals_by_stage_and_quarter_are_those_of_the_file(
    database: Database, me: Viewer, crm: str, job: Job
) -> None:
    count: Counter[tuple[str, str | None]] = Counter()
    amount: dict[tuple[str, str | None], Decimal] = defaultdict(Decimal)
    for row in rows_in("sales_pipeline.csv"):
        quarter = None
        if row["close_date"]:
            month, _, year = (int(part) for part in row["close_date"].split("/"))
            quarter = date(year, 3 * ((month - 1) // 3) + 1, 1).isoformat()
        place = (STAGES[row["deal_stage"]], quarter)
        count[place] += 1
        amount[place] += Decimal(row["close_value"] or 0)
    with database.connect() as connection:
        rows = aggregate(
            connection, living.load(connection, crm), "opportunity", me,
            Aggregation.read({"group_by": [{"field": "stage"}, {"field": "closed_on", "bucket": "quarter"}],
                              "measures": [{"fn": "count", "as": "n"}, {"fn": "sum", "field": "amount", "as": "total"}]}),
        )  # fmt: skip
    found = {(row["stage"], row["closed_on"]): (row["n"], Decimal(str(row["total"]))) for row in rows}
    # An opportunity that is won or lost gets a closing day of its own; all of these have one in the file.
    assert found == {place: (count[place], amount[place]) for place in count}


def test_each_opportunity_has_its_name_its_product_and_what_its_customer_sums_up(
    database: Database, me: Viewer, crm: str, job: Job
) -> None:
    rows = {row["opportunity_id"]: row for row in rows_in("sales_pipeline.csv")}
    won: Counter[str] = Counter()
    for row in rows.values():
        if row["deal_stage"] == "Won":
            won[row["account"]] += int(row["close_value"])
    alone = next(code for code, row in rows.items() if not row["account"])
    with database.connect() as connection:
        live = living.load(connection, crm)
        wanted = {"field": "code", "op": "in", "value": ["1C1I7A6R", "Z063OYW0", alone]}
        page = query(
            connection,
            live,
            "opportunity",
            me,
            Query(where=wanted, fields=("code", "name", "product", "probability")),
        )
        found = {one.value("code"): one for one in page.records}
        rollups = [
            one
            for one in live.form("customer").fields
            if one.type == "rollup" and one.get("field") == "amount"
        ]
        keys = tuple(one.key for one in rollups if (one.get("where") or {}).get("value") == "won")
        customers = query(connection, live, "customer", me, Query(fields=("name", *keys), limit=200)).records
    assert str(found["Z063OYW0"].value("product").title) == "GTX Pro"
    assert found["1C1I7A6R"].title == found["1C1I7A6R"].value("name") == "Cancity · GTX Plus Basic"
    assert found[alone].value("name") == alone, "without an account the code is the name"
    assert found["1C1I7A6R"].value("probability") == 1
    assert keys
    for one in customers:
        assert [one.value(key) for key in keys] == [Decimal(won[one.value("name")])] * len(keys), one.title


def test_the_whole_import_is_taken_back_with_the_people_it_made(
    database: Database, me: Viewer, crm: str, job: Job
) -> None:
    back = undone(database, me, crm, job)
    assert back.state == "succeeded", back.errors
    assert (back.result["removed"], back.result["members"]) == (8800, 30)
    assert records(database, me, crm, "opportunity", "code") == []
    with database.connect() as connection:
        assert people.named(connection, ["Moses Frase", "Darcel Schlecht"]) == {}
    assert len(records(database, me, crm, "customer", "name")) == 85
