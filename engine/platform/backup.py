"""Backups: the database and the stored files in one file, and back."""

import json
import os
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.engine import URL

from engine.platform import clock
from engine.platform.cluster import program
from engine.platform.database import SCHEMA, Database
from engine.platform.errors import Conflict, Invalid
from engine.platform.i18n import Text
from engine.platform.migrations import migrate
from engine.platform.settings import Settings
from engine.platform.supervise import serves

FORMAT = 1
ABOUT = "about.json"
DUMP = "database.dump"
NEWER = 170000
"""The version from which a server knows all that the tools write."""
NEWER_COLLATION = re.compile(rb'pg_catalog\."?pg_c_utf8"?')


def write(settings: Settings, file: Path) -> None:
    """Write a backup; the file appears when it is complete."""
    url = make_url(settings.database_url or "")
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_name(file.name + ".unfinished")
    with tempfile.TemporaryDirectory(prefix="jianflow-backup-") as folder:
        dump = Path(folder) / DUMP
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--file", str(dump)], url)
        about = Path(folder) / ABOUT
        about.write_text(json.dumps({"format": FORMAT, "written_at": clock.now().isoformat()}))
        unfinished.touch(mode=0o600)
        with tarfile.open(unfinished, "w") as archive:
            archive.add(about, ABOUT)
            archive.add(dump, DUMP)
            # After the database: every file that it knows is there, and one too many does no harm.
            stored = settings.data / "files"
            for path in sorted(stored.rglob("*")) if stored.exists() else ():
                if path.is_file() and not path.name.startswith("incoming-"):
                    archive.add(path, f"files/{path.relative_to(stored)}")
    unfinished.replace(file)


def read(database: Database, settings: Settings, file: Path, *, replace: bool) -> None:
    """Bring a backup back, all of it or nothing, in the place of what is there if `replace` allows it."""
    if serves(settings.data):
        raise Conflict(
            Text("简流正在运行，请先停止再恢复。", "Jianflow is running; stop it before you restore."),
            code="running",
        )
    if not replace and _in_use(database):
        raise Conflict(
            Text(
                "这里已经有数据。要替换它，请加 --replace。",
                "There are data here already. To replace them add --replace.",
            ),
            code="not_empty",
        )
    with tempfile.TemporaryDirectory(prefix="jianflow-restore-") as folder:
        _unpack(file, Path(folder))
        _bring_back_files(Path(folder) / "files", settings.data / "files")
        schemas, version = _schemas(database), _version(database)
        database.close()
        _bring_back_database(Path(folder), make_url(settings.database_url or ""), schemas, version)
    database.close()
    migrate(database)


def _unpack(file: Path, folder: Path) -> None:
    try:
        with tarfile.open(file) as archive:
            archive.extractall(folder, filter="data")
        about = json.loads((folder / ABOUT).read_text())
    except (tarfile.TarError, OSError, ValueError) as error:
        raise Invalid(
            Text("这不是简流的备份文件：{why}", "This is no backup of Jianflow: {why}", why=str(error)),
            code="not_a_backup",
        ) from error
    if about.get("format") != FORMAT:
        raise Invalid(
            Text("这个备份来自更新的版本。", "This backup comes from a newer version."), code="newer_backup"
        )


def _bring_back_files(source: Path, target: Path) -> None:
    # Named by their content, so that they never overwrite another one.
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    for path in source.rglob("*") if source.exists() else ():
        if path.is_file():
            place = target / path.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.exists():
                path.replace(place) if path.stat().st_dev == place.parent.stat().st_dev else _copy(
                    path, place
                )


def _copy(source: Path, place: Path) -> None:
    unfinished = place.with_name(f"incoming-{place.name}")
    unfinished.write_bytes(source.read_bytes())
    unfinished.replace(place)


def _bring_back_database(folder: Path, url: URL, schemas: list[str], version: int) -> None:
    script = folder / "database.sql"
    with script.open("w") as stream:
        for schema in schemas:
            stream.write(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE;\n')
    _run(
        [
            "pg_restore",
            "--no-owner",
            "--no-privileges",
            "--file",
            str(folder / "restored.sql"),
            str(folder / DUMP),
        ],
        None,
    )
    restored = folder / "restored.sql"
    if version < NEWER:
        restored = _fitted(restored, folder / "fitted.sql")
    _run(
        ["psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1"]
        + ["--output", os.devnull, "--file", str(script), "--file", str(restored)],
        url,
    )


def _fitted(script: Path, place: Path) -> Path:
    """The script without what PostgreSQL 16 does not know; the rows of tables stay as they are."""
    rows = False
    with script.open("rb") as source, place.open("wb") as target:
        for line in source:
            if rows:
                rows = line != b"\\.\n"
            elif line.startswith(b"SET transaction_timeout"):
                continue
            else:
                rows = line.startswith(b"COPY ") and line.endswith(b"FROM stdin;\n")
                line = NEWER_COLLATION.sub(b'pg_catalog."C"', line)
            target.write(line)
    return place


def _version(database: Database) -> int:
    with database.connect() as connection:
        return int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())


def _schemas(database: Database) -> list[str]:
    """The schemas that are ours: the product's own and one for each app."""
    with database.connect() as connection:
        found = connection.scalars(
            text(
                r"SELECT nspname FROM pg_namespace WHERE nspname = :own OR nspname ~ '^app_[0-9]+$' ORDER BY 1"
            ),
            {"own": SCHEMA},
        )
        return list(found)


def _in_use(database: Database) -> bool:
    with database.connect() as connection:
        known = connection.scalar(text("SELECT to_regclass('jianflow.member')"))
        return bool(known and connection.scalar(text("SELECT EXISTS (SELECT 1 FROM jianflow.member)")))


def _run(command: list[str], url: URL | None) -> None:
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}
    if url is not None:
        named = {
            "PGHOST": url.query.get("host") or url.host,
            "PGPORT": url.query.get("port") or url.port,
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": url.database,
        }
        environment |= {name: str(value) for name, value in named.items() if value}
    ended = subprocess.run(
        [str(program(command[0])), *command[1:]],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    if ended.returncode:
        raise Conflict(
            Text(
                "数据库工具 {tool} 没有成功：{why}",
                "{tool} did not succeed: {why}",
                tool=command[0],
                why=ended.stderr.strip(),
            ),
            code="database_tool",
        )
