"""The web server with a small application: callers who stay connected, those who come, and the end."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.platform.web_process import MOST_PROCESSES, THREADS

ROOT = Path(__file__).resolve().parents[2]
SERVER = """
import sys
from engine.platform.web_process import serve_web

def answer(environment, start_response):
    body = environment["wsgi.input"].read() or environment["PATH_INFO"].encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

serve_web(answer, int(sys.argv[1]), after_fork=lambda: None)
"""


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        yield opened


@pytest.fixture
def server(listening: socket.socket) -> Iterator["subprocess.Popen[bytes]"]:
    number = listening.fileno()
    process = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(number)], cwd=ROOT, pass_fds=[number], stdin=subprocess.DEVNULL
    )
    yield process
    process.kill()
    process.wait(10)


class Caller:
    def __init__(self, listening: socket.socket) -> None:
        self.socket = socket.create_connection(listening.getsockname(), timeout=30)

    def ask(self, *paths: str) -> None:
        self.socket.sendall(b"".join(f"GET {one} HTTP/1.1\r\nHost: here\r\n\r\n".encode() for one in paths))

    def heard(self, path: str) -> bool:
        received = b""
        while not received.endswith(path.encode()):
            piece = self.socket.recv(65536)
            if not piece:
                return False
            received += piece
        return True

    def answered(self, path: str) -> bool:
        self.ask(path)
        return self.heard(path)


def test_who_asks_again_at_once_or_later_is_answered_on_the_same_connection(
    listening: socket.socket, server: "subprocess.Popen[bytes]"
) -> None:
    caller = Caller(listening)
    for number in range(20):
        assert caller.answered(f"/quick/{number}/.")
    time.sleep(0.2)  # longer than a thread waits for the next request
    assert caller.answered("/slow/.")


def test_requests_sent_in_one_go_are_all_answered(
    listening: socket.socket, server: "subprocess.Popen[bytes]"
) -> None:
    caller = Caller(listening)
    caller.ask("/first/.", "/second/.", "/third/.")
    assert caller.heard("/third/.")


def test_many_who_stay_connected_keep_nobody_else_waiting(
    listening: socket.socket, server: "subprocess.Popen[bytes]"
) -> None:
    many = [Caller(listening) for _ in range(3 * MOST_PROCESSES * THREADS)]
    for round_ in range(3):
        for number, one in enumerate(many):
            one.ask(f"/{round_}/{number}/.")
        assert all(one.heard(f"/{round_}/{number}/.") for number, one in enumerate(many))
        assert Caller(listening).answered("/fresh/.")


def test_the_server_ends_in_time_though_callers_stay_connected(
    listening: socket.socket, server: "subprocess.Popen[bytes]"
) -> None:
    staying = [Caller(listening) for _ in range(4)]
    assert all(one.answered("/here/.") for one in staying)
    server.send_signal(signal.SIGTERM)
    assert server.wait(10) == 0
