"""A worker process with jobs that tests can follow: `worker_of_tests.py DATABASE_URL [REDIS_URL]`."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from sqlalchemy import text  # noqa: E402

from engine.platform.database import Database  # noqa: E402
from engine.platform.i18n import Text  # noqa: E402
from engine.platform.job_process import work  # noqa: E402
from engine.platform.jobs import JobContext, job  # noqa: E402
from engine.platform.settings import Settings  # noqa: E402


@job("test.add")
def add(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Adds two numbers."""
    return {"sum": payload["a"] + payload["b"]}


@job("test.slow")
def slow(context: JobContext, payload: dict[str, Any]) -> dict[str, Any]:
    """Takes `seconds`, telling how far it is."""
    steps = int(payload["seconds"] * 20)
    for step in range(steps):
        context.progress(step, steps)
        time.sleep(0.05)
    return {"attempt": context.attempt}


@job("test.import", retry=False, lost=Text("没有导入任何记录。", "Nothing was imported."))
def all_or_nothing(context: JobContext, payload: dict[str, Any]) -> None:
    """Writes its rows and its end in one transaction, and may then stand still."""
    with context.database.begin() as connection:
        connection.execute(text("INSERT INTO jianflow.imported SELECT generate_series(1, 100)"))
        if payload["stand"] == "before":
            time.sleep(60)
        context.complete(connection, {"created": 100})
    if payload["stand"] == "after":
        time.sleep(60)


if __name__ == "__main__":
    settings = Settings.from_environment()
    work(Database(sys.argv[1]), replace(settings, redis_url=sys.argv[2] if len(sys.argv) > 2 else None))
