"""Publishing large definitions, cloning the CRM with its sample data, working a formula out for a whole form."""

import itertools
import statistics
import time
from typing import Any

import pytest

from engine.access.viewer import App
from engine.definitions import drafts, publish
from engine.definitions import live as living
from engine.records.bulk.write import Row, loading
from engine.records.writing import recalculate
from engine.records.writing.transaction import Transaction
from templates_gallery.gallery import clone
from tests.bench import form
from tests.bench.conftest import Bench
from tests.bench.report import Report

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1200)]

RECORDS = 100_000
FORMS = 200
FIELDS = 500
SET_UP_SECONDS = 15.0


def _published(bench: Bench, *forms: dict[str, Any]) -> float:
    app = bench.app()
    with bench.database.begin() as connection:
        for one in forms:
            drafts.save(connection, app, "forms", one["key"], one, base_etag=None, author=None)
    began = time.monotonic()
    publish.publish(bench.database, app, author=None)
    return time.monotonic() - began


def _plain(key: str, fields: int) -> dict[str, Any]:
    return {
        "key": key,
        "name": key,
        "fields": [{"key": f"f{number}", "type": "text", "label": f"F {number}"} for number in range(fields)],
    }


def test_publish_a_form_of_500_fields(bench: Bench, report: Report) -> None:
    seconds = statistics.median(_published(bench, _plain("wide", FIELDS)) for _ in range(3))
    report.value(f"publish a form of {FIELDS} fields", seconds, "s")


def test_publish_200_forms_at_once(bench: Bench, report: Report) -> None:
    seconds = _published(bench, *(_plain(f"g{number}", 10) for number in range(FORMS)))
    report.value(f"publish {FORMS} forms of 10 fields at once", seconds, "s")


def test_clone_the_crm_with_sample_data(bench: Bench, report: Report) -> None:
    began = time.monotonic()
    clone(bench.database, "crm", sample_data=True, author=bench.viewer)
    report.value("clone the CRM with its sample data", time.monotonic() - began, "s", SET_UP_SECONDS)


def test_recalculate_a_formula_over_a_form(bench: Bench, report: Report) -> None:
    app = bench.app(form.ACCOUNT, form.order())
    accounts = bench.accounts(app)
    numbers = itertools.count(1)
    with loading(bench.database, app, "order", bench.viewer) as under_way:
        under_way.stage(Row(next(numbers), one) for one in form.rows(RECORDS, accounts))
        assert under_way.finish().created == RECORDS
    bench.await_jobs()
    table, columns = bench.table(app, "order"), bench.columns(app, "order")
    with bench.raw() as plain:
        plain.execute(f"VACUUM ANALYZE {table}")  # type: ignore[call-overload]
        plain.execute(f"CREATE TABLE public.recalculated (LIKE {table} INCLUDING ALL)")  # type: ignore[call-overload]
        plain.execute(f"INSERT INTO public.recalculated SELECT * FROM {table}")  # type: ignore[call-overload]

    def wrong() -> None:
        """All values are off by one, so that each row has to be written."""
        with bench.raw() as plain:
            for name in (table, "public.recalculated"):
                plain.execute(f"UPDATE {name} SET {columns['total']} = {columns['total']} + 1")  # type: ignore[call-overload]
                plain.execute(f"VACUUM {name}")  # type: ignore[call-overload]

    def ours() -> float:
        wrong()
        with bench.database.begin() as connection:
            live = living.lock_and_load(connection, app)
            tx = Transaction(connection, live, App("bench"), "engine")
            one = next(one for one in recalculate.computations(live, "order").order if one.path == "total")
            began = time.monotonic()
            assert recalculate.in_sql(tx, live.form("order"), one)
            return time.monotonic() - began

    def bare() -> float:
        with bench.raw() as plain:
            began = time.monotonic()
            plain.execute(  # type: ignore[call-overload]
                f"UPDATE public.recalculated SET {columns['total']} ="
                f" round({columns['quantity']} * {columns['price']} * (1 - {columns['discount']}), 2)"
            )
            return time.monotonic() - began

    mine, theirs = [], []
    for _ in range(3):  # ours first: it puts both tables in the state to begin from
        mine.append(ours())
        theirs.append(bare())
    report.times(
        f"work a formula out over {RECORDS:,} records",
        statistics.median(mine),
        statistics.median(theirs),
        against_bare=False,
    )
    with bench.raw() as plain:
        plain.execute("DROP TABLE public.recalculated")
