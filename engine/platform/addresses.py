"""Where the product is reached: the socket it listens on, and what to open in a browser."""

import errno
import http.client
import io
import socket
import time

EVERYWHERE = ("0.0.0.0", "::", "")


def listen(host: str, port: int, *, patience: float = 0.0) -> socket.socket:
    """A listening socket; `patience` is how long to wait for a predecessor to give the port free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    end = time.monotonic() + patience
    while True:
        opened = socket.socket(family, socket.SOCK_STREAM)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((host, port))
            opened.listen(512)
            return opened
        except OSError as error:
            opened.close()
            if error.errno == errno.EADDRINUSE and time.monotonic() < end:
                time.sleep(0.05)
                continue
            raise SystemExit(_why_not(error, host, port)) from None


def local_address(opened: socket.socket) -> str:
    """What a browser on this machine opens."""
    host, port = opened.getsockname()[:2]
    shown = "127.0.0.1" if host in EVERYWHERE else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def office_address(opened: socket.socket) -> str | None:
    """What a browser on another machine of the same network opens; None if only this machine is served."""
    host, port = opened.getsockname()[:2]
    if host not in EVERYWHERE:
        return None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells which of our addresses would be used
            own = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if own.startswith("127.") else f"http://{own}:{port}"


def qr_code(address: str) -> str:
    """The address as a picture of characters that a telephone reads from the screen."""
    import segno  # only here: it would be loaded at every start

    drawn = io.StringIO()
    segno.make(address, error="m").terminal(drawn, compact=True)
    return drawn.getvalue()


def await_answer(opened: socket.socket, seconds: float) -> bool:
    """Whether the product answers on this socket within the time."""
    host, port = opened.getsockname()[:2]
    target = "127.0.0.1" if host in EVERYWHERE else host
    connection = http.client.HTTPConnection(target, port, timeout=seconds)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program. Choose another one: make run PORT={port + 1}"
    if error.errno == errno.EACCES:
        return f"Port {port} may not be used by this user. Choose one above 1023: make run PORT=8000"
    return f"Can't listen on {host}:{port}: {error.strerror}"
