"""The embedded PostgreSQL: shared, safe from neighbours, and carried over to a newer version."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from engine.platform import cluster
from engine.platform.embedded import EmbeddedServer
from engine.platform.errors import ServerFault

QUICK = {"fsync": "off", "shared_buffers": "32MB"}


def connect(server: EmbeddedServer) -> "psycopg.Connection[tuple[str, ...]]":
    return psycopg.connect(server.url.replace("+psycopg", ""), autocommit=True)


def test_two_share_one_server_and_the_last_to_leave_stops_it(tmp_path: Path) -> None:
    first = EmbeddedServer.open(tmp_path, QUICK)
    second = EmbeddedServer.open(tmp_path, QUICK)
    assert (first.started, second.started, first.pid) == (True, False, second.pid)
    first.close()
    with connect(second) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    second.close()
    assert second.pid == 0


def test_without_the_password_nobody_gets_in(tmp_path: Path) -> None:
    with EmbeddedServer.open(tmp_path, QUICK) as server:
        stranger = server.url.replace("+psycopg", "").partition(":")[0] + "://jianflow:guessed@/jianflow?"
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(stranger + server.url.partition("?")[2])
        folder = Path(server.url.partition("host=")[2].partition("&")[0].replace("%2F", "/"))
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (tmp_path / "postgres.password").stat().st_mode & 0o777 == 0o600


def test_a_server_that_outlived_its_users_and_watcher_is_taken_over(tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from engine.platform.embedded import EmbeddedServer\n"
        "server = EmbeddedServer.open(Path(sys.argv[1])); os.kill(server._watcher.pid, 9); print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), 9)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(cluster.__file__).parents[2],
    )
    assert ended.stdout, ended.stderr
    left = int(ended.stdout)
    with EmbeddedServer.open(tmp_path, QUICK) as server:
        assert (server.started, server.pid) == (False, left)
    assert server.pid == 0


def test_after_a_power_cut_a_stale_pid_file_is_no_obstacle(tmp_path: Path) -> None:
    with EmbeddedServer.open(tmp_path, QUICK) as server:
        os.kill(server.pid, signal.SIGKILL)
        file = tmp_path / "postgres" / "postmaster.pid"
        while server.alive():
            time.sleep(0.02)
        lines = file.read_text().splitlines()
        lines[0] = str(os.getpid())  # the number belongs to another process by now
        file.write_text("\n".join(lines) + "\n")
    with EmbeddedServer.open(tmp_path, QUICK) as server, connect(server) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_an_older_database_is_carried_over_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "MAJOR", 16)
    with EmbeddedServer.open(tmp_path, QUICK) as server, connect(server) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '王芳' AS name")
    monkeypatch.undo()
    with EmbeddedServer.open(tmp_path, QUICK) as server, connect(server) as connection:
        assert connection.execute(
            "SELECT name, current_setting('server_version_num')::int >= 180000 FROM kept"
        ).fetchone() == (
            "王芳",
            True,
        )
    assert (tmp_path / "postgres-16" / "PG_VERSION").exists()
    assert [file.stat().st_size > 0 for file in (tmp_path / "backups").iterdir()] == [True]


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("99\n")
    with pytest.raises(ServerFault, match="PostgreSQL 99"):
        EmbeddedServer.open(tmp_path, QUICK)
