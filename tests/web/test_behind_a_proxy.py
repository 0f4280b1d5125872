"""The product behind a reverse proxy that speaks HTTPS."""

from collections.abc import Mapping
from dataclasses import replace

import pytest
from flask import request

from engine.platform.settings import Settings
from run import create_app

SENT = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "crm.example.com"}


def asked(url: str, proxies: int, headers: Mapping[str, str]) -> tuple[str | None, bool, str]:
    """Who called, whether safely, and at which address, as the product sees it."""
    app = create_app(replace(Settings.from_environment().on_database(url), trusted_proxies=proxies))

    def seen() -> list[object]:
        return [request.remote_addr, request.is_secure, request.host_url]

    app.before_request_funcs[None] = [seen]
    answer = app.test_client().get("/seen", headers=headers)
    app.extensions["jianflow.database"].close()
    who, safe, address = answer.get_json()
    return who, safe, address


@pytest.mark.parametrize(
    ("proxies", "sent", "seen"),
    [
        (1, SENT, ("203.0.113.9", True, "https://crm.example.com/")),
        (0, SENT, ("127.0.0.1", False, "http://localhost/")),
        (1, {}, ("127.0.0.1", False, "http://localhost/")),
        (
            1,
            SENT | {"X-Forwarded-For": "10.0.0.1, 203.0.113.9"},
            ("203.0.113.9", True, "https://crm.example.com/"),
        ),
    ],
)
def test_a_trusted_proxy_is_believed_and_nobody_else(
    database_url: str, proxies: int, sent: Mapping[str, str], seen: tuple[str, bool, str]
) -> None:
    assert asked(database_url, proxies, sent) == seen


def test_cookies_are_for_https_alone_where_the_page_is(database_url: str) -> None:
    for proxies, secure in ((1, True), (0, False)):
        app = create_app(
            replace(Settings.from_environment().on_database(database_url), trusted_proxies=proxies)
        )
        answer = app.test_client().get("/sign-in", headers=SENT, follow_redirects=True)
        cookies = answer.headers.getlist("Set-Cookie")
        assert cookies and all(("Secure" in cookie) is secure for cookie in cookies)
        app.extensions["jianflow.database"].close()


def test_a_wrong_number_of_proxies_is_said_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIANFLOW_TRUSTED_PROXIES", "many")
    with pytest.raises(SystemExit, match="TRUSTED_PROXIES"):
        Settings.from_environment()
