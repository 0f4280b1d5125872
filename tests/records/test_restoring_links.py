"""A record comes out of the recycle bin while what it names is gone or in the bin itself."""

import pytest

from engine.platform.database import Database
from engine.platform.errors import Conflict
from engine.records.writing import write
from engine.records.writing.recycle import purge_records
from tests.records.making import ENGINE, add, field, form, make_app, stored, text, values

COMPANY = form(
    "company",
    text(),
    field("spent", "rollup", form="deal", via="company", fn="sum", field="amount"),
    title="{name}",
)


def deal(**link: object) -> dict[str, object]:
    company = field("company", "link", form="company", **link)
    lines = field("lines", "subform", fields=[text("what"), field("maker", "link", form="company")])
    return form("deal", text(), field("amount", "money"), company, lines, title="{name}")


def bin_both(database: Database, **link: object) -> tuple[str, int, int]:
    """A deal and its company, the deal deleted first."""
    app = make_app(database, COMPANY, deal(**link))
    company = add(database, app, "company", name="甲")
    made = add(
        database, app, "deal", name="单", amount=5, company=company, lines=[{"what": "笔", "maker": company}]
    )
    write.delete_one(database, app, "deal", ENGINE, made)
    write.delete_one(database, app, "company", ENGINE, company)
    return app, company, made


@pytest.mark.parametrize("purged", [False, True])
def test_links_to_what_is_gone_are_emptied_and_told(database: Database, purged: bool) -> None:
    app, company, made = bin_both(database)
    if purged:
        write.transact(database, app, ENGINE, lambda tx: purge_records(tx, "company", [company]))
    written = write.restore_one(database, app, "deal", ENGINE, made)
    assert [(one.pointer, one.code) for one in written.warnings] == [
        ("/values/company", "link_emptied"),
        ("/values/lines/maker", "link_emptied"),
    ]
    kept = stored(database, app, "deal", made)
    assert (kept.deleted_at, kept.version, kept.values["company"]) == (None, written.version, None)
    assert [(row.values["what"], row.values["maker"]) for row in kept.values["lines"]] == [("笔", None)]


@pytest.mark.parametrize("link", [{"on_delete": "refuse"}, {"required": True}])
def test_a_record_that_needs_what_was_deleted_stays_until_that_is_back(
    database: Database, link: dict[str, object]
) -> None:
    app, company, made = bin_both(database, **link)
    with pytest.raises(Conflict) as refused:
        write.restore_one(database, app, "deal", ENGINE, made)
    assert [(one.pointer, one.code) for one in refused.value.faults] == [("/values/company", "link_lost")]
    write.restore_one(database, app, "company", ENGINE, company)
    assert write.restore_one(database, app, "deal", ENGINE, made).warnings == []
    assert values(database, app, "deal", made)["company"] == company
    assert values(database, app, "company", company)["spent"] == 5


def test_what_was_deleted_together_comes_back_with_its_links(database: Database) -> None:
    app = make_app(
        database,
        form("company", text(), field("chief", "link", form="person"), title="{name}"),
        form("person", text(), field("company", "link", form="company", on_delete="delete"), title="{name}"),
    )
    company = add(database, app, "company", name="甲")
    chief = add(database, app, "person", name="王", company=company)
    write.update_one(database, app, "company", ENGINE, company, {"chief": chief})
    write.delete_one(database, app, "company", ENGINE, company)
    assert stored(database, app, "person", chief).deleted_at is not None
    assert write.restore_one(database, app, "company", ENGINE, company).warnings == []
    assert values(database, app, "company", company)["chief"] == chief
    assert values(database, app, "person", chief)["company"] == company


def test_what_was_deleted_with_its_company_comes_back_alone_without_it(database: Database) -> None:
    app = make_app(
        database,
        form("company", text(), title="{name}"),
        form(
            "person",
            text(),
            field("company", "link", form="company", on_delete="delete"),
            field("partner", "link", form="person"),
            title="{name}",
        ),
    )
    company = add(database, app, "company", name="甲")
    first = add(database, app, "person", name="王", company=company)
    second = add(database, app, "person", name="李", company=company, partner=first)
    write.update_one(database, app, "person", ENGINE, first, {"partner": second})
    write.delete_one(database, app, "company", ENGINE, company)
    assert [one.code for one in write.restore_one(database, app, "person", ENGINE, second).warnings] == [
        "link_emptied"
    ]
    kept = values(database, app, "person", second)
    assert (kept["company"], kept["partner"]) == (None, None)


def test_records_deleted_together_keep_their_links_to_one_another(database: Database) -> None:
    app = make_app(
        database,
        form("company", text(), title="{name}"),
        form(
            "person",
            text(),
            field("company", "link", form="company", on_delete="delete"),
            field("partner", "link", form="person", on_delete="refuse"),
            title="{name}",
        ),
    )
    company = add(database, app, "company", name="甲")
    first = add(database, app, "person", name="王", company=company)
    second = add(database, app, "person", name="李", company=company, partner=first)
    write.update_one(database, app, "person", ENGINE, second, {"partner": None})
    write.update_one(database, app, "person", ENGINE, first, {"partner": second})
    write.delete_one(database, app, "company", ENGINE, company)
    assert write.restore_one(database, app, "company", ENGINE, company).warnings == []
    assert values(database, app, "person", first)["partner"] == second
