"""`make run`: it starts anywhere, for anybody, and leaves nothing behind."""

import fcntl
import os
import pwd
import resource
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.start.product import ROOT, Product, copied, everybodys_python


@pytest.fixture(scope="module")
def product() -> Iterator[Product]:
    with copied() as made:
        yield made


@pytest.fixture(autouse=True)
def nothing_left(product: Product) -> Iterator[None]:
    yield
    product.kill_all()


def test_it_starts_in_any_folder_and_ctrl_c_leaves_nothing_running(product: Product) -> None:
    running = product.make_run()
    assert running.get("/setup") == 200
    assert "open: http://127.0.0.1:" in running.said[-1]
    running.press_ctrl_c()
    product.await_silence(1)
    assert (product.data / "secret_key").stat().st_mode & 0o777 == 0o600
    assert (product.data / "postgres.password").stat().st_mode & 0o777 == 0o600


def test_the_second_start_is_up_within_three_seconds(product: Product) -> None:
    """On cores that other tests use as well, by the time that the processors spent on it."""
    product.make_run().press_ctrl_c()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = product.make_run()
    running.press_ctrl_c()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)
    assert running.seconds < 3 or spent < 4, (running.seconds, spent)


@pytest.mark.parametrize("killed", ["serve", "make"])
def test_after_kill_9_nothing_runs_and_the_next_start_is_possible_at_once(
    product: Product, killed: str
) -> None:
    running = product.make_run()
    running.kill_supervisor() if killed == "serve" else running.kill_make()
    again = product.make_run()
    assert again.get("/health") == 200
    running = again
    running.kill_supervisor() if killed == "serve" else running.kill_make()
    product.await_silence(5)


def test_a_predecessor_that_has_said_its_last_word_is_waited_for(product: Product) -> None:
    product.data.mkdir(exist_ok=True)
    with (product.data / "serve.lock").open(
        "w"
    ) as held:  # as it is for a moment at the end of an orderly stop
        fcntl.flock(held, fcntl.LOCK_EX)
        gone = threading.Timer(2, fcntl.flock, (held, fcntl.LOCK_UN))
        gone.start()
        running = product.make_run()
    assert running.seconds > 2 and running.get("/") in (200, 302)
    running.press_ctrl_c()
    product.await_silence(5)


def test_a_second_serve_on_the_same_data_is_refused_and_names_the_first(product: Product) -> None:
    running = product.make_run()
    said = product.run("serve", succeeds=False)
    assert running.address in said
    assert running.get("/health") == 200
    running.press_ctrl_c()


def test_commands_work_beside_a_running_server_and_without_one(product: Product) -> None:
    assert "BAD" not in product.run("doctor")
    product.await_silence(2)
    running = product.make_run()
    end = time.monotonic() + 30
    while "BAD" in (said := product.run("doctor", succeeds=None)):  # the job process begins after the pages
        assert time.monotonic() < end, said
    assert "runs on this data folder" in said
    assert running.get("/health") == 200
    running.press_ctrl_c()
    product.await_silence(1)


def test_a_taken_port_is_named_with_what_to_do(product: Product) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        asked = subprocess.run(
            ["make", "run", f"PORT={port}"], cwd=product.folder, capture_output=True, text=True, timeout=60
        )
    assert asked.returncode != 0
    assert f"Port {port} is taken" in asked.stderr
    product.await_silence(2)


def test_for_the_office_it_prints_an_address_and_a_picture_of_it(product: Product) -> None:
    running = product.make_run(HOST="0.0.0.0")
    running.press_ctrl_c()
    said = "".join(running.said)
    assert "open: http://127.0.0.1:" in running.said[-1] or "Interrupt" in running.said[-1]
    if "On computers and phones" in said:  # the machine has an address beside its own
        assert "█" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
@pytest.mark.skipif(everybodys_python() is None, reason="no Python that every user may run")
def test_an_ordinary_user_starts_it_too() -> None:
    with copied(user=pwd.getpwnam("nobody")) as product:
        running = product.make_run()
        assert running.get("/setup") == 200
        owners = {path.stat().st_uid for path in product.data.iterdir()}
        running.press_ctrl_c()
        product.await_silence(1)
    assert owners == {pwd.getpwnam("nobody").pw_uid}


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ("sys.version_info", "needs Python 3.11 or newer"),
        ("import venv", "has no venv module"),
    ],
    ids=["too old", "without venv"],
)
def test_a_machine_that_lacks_something_is_told_what(tmp_path: Path, python: str, words: str) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("make", "sh", "find", "grep", "getconf", "touch", "rm"):
        (tools / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    for name in ("python3.11", "python3"):
        (tools / name).write_text(f'#!/bin/sh\ncase "$2" in *"{python}"*) exit 1;; esac\nexit 0\n')
        (tools / name).chmod(0o755)
    shutil.copy(ROOT / "Makefile", tmp_path)
    (tmp_path / "requirements.txt").touch()
    asked = subprocess.run(
        ["make", "run"], cwd=tmp_path, env={"PATH": str(tools)}, capture_output=True, text=True, timeout=20
    )
    assert asked.returncode != 0
    assert words in asked.stderr
