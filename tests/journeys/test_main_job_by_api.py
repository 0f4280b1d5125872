"""The main job over the API: two web servers, two workers, a PostgreSQL and a Redis by URL, and figures from the CSV."""

import csv
import json
from collections import defaultdict
from contextlib import ExitStack
from datetime import datetime
from decimal import Decimal
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.start.test_scaled_out import Installation, address_of, installation, until  # noqa: F401

pytestmark = pytest.mark.timeout(420)

DATA = Path(__file__).resolve().parents[1] / "data" / "crm-sales-opportunities"
API = "/api/v1"


class Program:
    """Talks to both web servers in turn, with an API key alone."""

    def __init__(self, clients: list[httpx.Client]) -> None:
        self.clients = cycle(clients)

    def __call__(self, method: str, path: str, status: int = 200, **sent: Any) -> Any:
        answer = next(self.clients).request(method, API + path, **sent)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def work(self, path: str, **sent: Any) -> dict[str, Any]:
        """Start a job and see it to its end."""
        job = self("POST", path, 202, **sent)
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(self("GET", f"/jobs/{job['id']}"))
            assert found["done"] <= (found["total"] or found["done"])
            return found["state"] not in ("queued", "running")

        until(ended, 120)
        return found

    def import_file(self, form: str, name: str, mapping: dict[str, Any], query: str = "") -> dict[str, Any]:
        with (DATA / name).open("rb") as sheet:
            return self.work(
                f"/apps/crm/forms/{form}/imports{query}",
                files={"file": (name, sheet, "text/csv")}, data={"mapping": json.dumps(mapping)},
            )  # fmt: skip

    def rows(self, form: str, **asked: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self("POST", f"/apps/crm/forms/{form}/records/aggregate", json=asked)[
            "rows"
        ]
        return found

    def count(self, form: str, where: dict[str, Any] | None = None) -> int:
        measures = [{"fn": "count", "as": "n"}]
        return int(self.rows(form, measures=measures, **({"where": where} if where else {}))[0]["n"])


ACCOUNTS = {
    "columns": {
        "account": "name", "sector": "industry", "revenue": "revenue", "employees": "employees",
        "office_location": "region", "subsidiary_of": "parent", "year_established": None,
    },
    "links": {"parent": {"by": "name", "missing": "reject"}},
}  # fmt: skip
OPPORTUNITIES = {
    "columns": {
        "opportunity_id": "code", "sales_agent": "owner", "product": "product", "account": "customer",
        "deal_stage": "stage", "engage_date": "opened_on", "close_date": "closed_on", "close_value": "amount",
    },
    "links": {"customer": {"by": "name", "missing": "reject"}, "product": {"by": "name", "missing": "reject"}},
    "dates": {"opened_on": "MM/DD/YYYY", "closed_on": "MM/DD/YYYY"},
    "members": {"owner": {"by": "name", "missing": "create"}},
}  # fmt: skip


def test_a_program_does_the_main_job_with_a_key(installation: Installation) -> None:  # noqa: F811
    installation.run("setup --email chen@example.cn --password Kirsche-2026 --name 陈明")
    key = installation.run("api-key chen@example.cn").split()[-1]
    addresses = [address_of(installation.start("serve", f"web{number}")) for number in (1, 2)]
    for number in (1, 2):
        installation.start("worker", f"worker{number}")
    with ExitStack() as stack:
        headers = {"Authorization": f"Bearer {key}"}
        clients = [
            stack.enter_context(httpx.Client(base_url=one, headers=headers, timeout=60)) for one in addresses
        ]
        program = Program(clients)
        made = program(
            "POST", "/apps", 201, json={"template": "crm", "name": "客户管理", "sample_data": False}
        )
        assert made["key"] == "crm"
        accounts_and_products(program)
        opportunities(program)
        totals(program)
        edit_and_undo(program)


def accounts_and_products(program: Program) -> None:
    job = program.import_file("customer", "accounts.csv", ACCOUNTS)
    assert (job["state"], job["result"]["created"], job["result"]["rejected"]) == ("succeeded", 85, 0), job
    children = {row["account"]: row["subsidiary_of"] for row in sheet("accounts.csv") if row["subsidiary_of"]}
    parents = program(
        "POST", "/apps/crm/forms/customer/records/query",
        json={"where": {"field": "parent", "op": "not_empty"}, "fields": ["name", "parent"], "limit": 1000},
    )["records"]  # fmt: skip
    assert {one["values"]["name"]: one["values"]["parent"]["title"] for one in parents} == children
    [sums] = program.rows(
        "customer", measures=[{"fn": "sum", "field": key, "as": key} for key in ("revenue", "employees")]
    )
    for key in ("revenue", "employees"):
        assert Decimal(sums[key]) == sum(Decimal(row[key]) for row in sheet("accounts.csv"))
    products = program.import_file(
        "product", "products.csv", {"columns": {"product": "name", "sales_price": "price"}}
    )
    assert products["result"]["created"] == 7


def opportunities(program: Program) -> None:
    """The dry run gathers the misspelt product; then it is mended, and everybody who sells becomes a member."""
    dry = program.import_file("opportunity", "sales_pipeline.csv", OPPORTUNITIES, "?dry_run=true")
    misspelt = [one for one in dry["result"]["groups"] if one["value"] == "GTXPro"]
    assert [(one["rows"], one["suggestion"]) for one in misspelt] == [(1480, "GTX Pro")]
    assert program.count("opportunity") == 0
    mended = OPPORTUNITIES | {"values": {"product": {"GTXPro": "GTX Pro"}}}
    job = program.import_file("opportunity", "sales_pipeline.csv", mended)
    result = job["result"]
    assert (job["state"], result["created"], result["rejected"]) == ("succeeded", 8800, 0), job
    assert job["done"] == job["total"] == 8800
    agents = {row["sales_agent"] for row in sheet("sales_pipeline.csv")}
    invited = program("GET", "/members?state=invited")["rows"]
    assert {one["name"] for one in invited} == agents and len(invited) == len(agents)


def totals(program: Program) -> None:
    """By stage and quarter, by product, by person: against what the CSV alone says."""
    pipeline = sheet("sales_pipeline.csv")
    assert program.count("opportunity", {"field": "customer", "op": "empty"}) == 1425
    measures = [{"fn": "count", "as": "n"}, {"fn": "sum", "field": "amount", "as": "total"}]
    by_quarter = program.rows(
        "opportunity",
        group_by=[{"field": "stage"}, {"field": "closed_on", "bucket": "quarter"}],
        measures=measures,
    )
    expected = added(pipeline, lambda row: (row["deal_stage"].lower(), quarter(row["close_date"])))
    assert {
        (row["stage"], row["closed_on"]): (row["n"], Decimal(row["total"])) for row in by_quarter
    } == expected
    by_product = program.rows("opportunity", group_by=[{"field": "product"}], measures=measures)
    expected = added(pipeline, lambda row: row["product"].replace("GTXPro", "GTX Pro"))
    assert {row["product"]["title"]: (row["n"], Decimal(row["total"])) for row in by_product} == expected
    by_person = program.rows("opportunity", group_by=[{"field": "owner"}], measures=measures)
    expected = added(pipeline, lambda row: row["sales_agent"])
    assert {row["owner"]["title"]: (row["n"], Decimal(row["total"])) for row in by_person} == expected
    won = added(
        [row for row in pipeline if row["deal_stage"] == "Won" and row["account"]], lambda row: row["account"]
    )
    customers = program(
        "POST",
        "/apps/crm/forms/customer/records/query",
        json={"fields": ["name", "won_amount"], "limit": 1000},
    )["records"]
    told = {one["values"]["name"]: Decimal(one["values"]["won_amount"]) for one in customers}
    assert told == {name: won.get(name, (0, Decimal(0)))[1] for name in told} and len(told) == 85
    [named] = program(
        "POST", "/apps/crm/forms/opportunity/records/query",
        json={"where": {"field": "code", "op": "eq", "value": "1C1I7A6R"}},
    )["records"]  # fmt: skip
    assert named["values"]["name"] == "Cancity · GTX Plus Basic"
    assert named["values"]["opened_on"] == "2016-10-20" and named["values"]["closed_on"] == "2017-03-01"


def edit_and_undo(program: Program) -> None:
    """One record is changed meanwhile and stays; all the rest of a second import goes again, its members too."""
    again = sheet("sales_pipeline.csv")[:50]
    lines = [
        "code,owner,amount",
        *(f"N{row['opportunity_id']},新人{number % 3},{number}" for number, row in enumerate(again)),
    ]
    job = program.work(
        "/apps/crm/forms/opportunity/imports",
        files={"file": ("more.csv", "\n".join(lines).encode(), "text/csv")},
        data={"mapping": json.dumps({"members": {"owner": {"by": "name", "missing": "create"}}})},
    )
    assert job["result"]["created"] == 50 and program.count("opportunity") == 8850
    first = {"field": "code", "op": "eq", "value": f"N{again[0]['opportunity_id']}"}
    [record] = program("POST", "/apps/crm/forms/opportunity/records/query", json={"where": first})["records"]
    changed = program(
        "PATCH", f"/apps/crm/forms/opportunity/records/{record['id']}",
        json={"values": {"stage": "won", "amount": "31000"}}, headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert changed["values"]["amount"] == "31000.00" and changed["version"] == 2
    undone = program.work(f"/apps/crm/imports/{job['id']}/undo")
    assert undone["state"] == "succeeded"
    assert program.count("opportunity") == 8801, "the one that somebody worked on stays"
    names = {one["name"] for one in program("GET", "/members")["rows"]}
    assert "新人0" in names and not {"新人1", "新人2"} & names, "only who owns the one that stayed"


def sheet(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def added(rows: list[dict[str, str]], by: Any) -> dict[Any, tuple[int, Decimal]]:
    found: dict[Any, tuple[int, Decimal]] = defaultdict(lambda: (0, Decimal(0)))
    for row in rows:
        count, total = found[by(row)]
        found[by(row)] = count + 1, total + Decimal(row["close_value"] or 0)
    return dict(found)


def quarter(day: str) -> str | None:
    if not day:
        return None
    closed = datetime.strptime(day, "%m/%d/%Y")
    return f"{closed.year}-{3 * ((closed.month - 1) // 3) + 1:02d}-01"
