"""An import is taken back while others change what it made, or link to it."""

import threading
from typing import Any

from engine.platform.database import Database
from engine.records.bulk.undo import Undone, undo_import
from engine.records.bulk.write import Row, loading
from engine.records.writing import write
from engine.records.writing.transaction import Transaction
from tests.records.making import ENGINE, field, form, make_app, stored, text, values

COMPANY = form("company", text(), title="{name}")
DEAL = form("deal", text(), field("company", "link", form="company"), title="{name}")


def undone_while(database: Database, app: str, operation: str, form_key: str, sent: dict[str, Any]) -> Undone:
    """Take back an import of two companies after somebody has written and before that is committed."""
    with loading(database, app, "company", ENGINE) as under_way:
        under_way.stage([Row(1, {"name": "甲"}), Row(2, {"name": "乙"})])
        loaded = under_way.finish()
    written, commit = threading.Event(), threading.Event()

    def work(tx: Transaction) -> None:
        write.update(tx, form_key, 1, sent) if operation == "update" else write.create(tx, form_key, sent)
        written.set()
        commit.wait(20)

    outcome: list[Undone] = []
    writer = threading.Thread(target=lambda: write.transact(database, app, ENGINE, work))
    undoer = threading.Thread(
        target=lambda: outcome.append(
            write.transact(database, app, ENGINE, lambda tx: undo_import(tx, loaded.import_id))
        )
    )
    writer.start()
    assert written.wait(20)
    undoer.start()
    undoer.join(0.7)
    commit.set()
    writer.join(20)
    undoer.join(20)
    return outcome[0]


def test_what_somebody_is_just_saving_is_kept_and_told(database: Database) -> None:
    app = make_app(database, COMPANY, DEAL)
    undone = undone_while(database, app, "update", "company", {"name": "甲公司"})
    assert undone.removed == 1
    assert [(one.id, one.title, str(one.reason)) for one in undone.kept] == [
        (1, "甲公司", "导入后又被修改过")
    ]
    kept = stored(database, app, "company", 1)
    assert (kept.version, kept.deleted_at, kept.values["name"]) == (2, None, "甲公司")


def test_what_somebody_is_just_linking_to_is_kept_and_told(database: Database) -> None:
    app = make_app(database, COMPANY, DEAL)
    undone = undone_while(database, app, "create", "deal", {"name": "单", "company": 1})
    assert undone.removed == 1
    assert [(one.id, str(one.reason)) for one in undone.kept] == [(1, "被别的数据使用")]
    assert stored(database, app, "company", 1).deleted_at is None
    assert values(database, app, "deal", 1)["company"] == 1
