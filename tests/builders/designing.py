"""A designer's browser without the browser: what the designer's page sends, sent by a test."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.journeys.sales import PASSWORD, Sales


@dataclass
class Person:
    """Somebody who is signed in."""

    client: httpx.Client
    app: str

    def design(self, form: str) -> str:
        """The address of a form's designer."""
        return f"/a/{self.app}/{form}/design"

    def draft(self, form: str) -> tuple[dict[str, Any], str]:
        """The form as it is now, and its etag."""
        answer = self.client.get(f"{self.design(form)}/document")
        assert answer.status_code == 200, answer.text
        return answer.json()["document"], answer.headers["ETag"]

    def save(self, form: str, document: dict[str, Any], etag: str) -> httpx.Response:
        """Save the whole form against a state of it."""
        return self.client.put(f"{self.design(form)}/document", json=document, headers={"If-Match": etag})

    def step(self, form: str, etag: str, *changes: dict[str, Any]) -> httpx.Response:
        """Save single changes against a state of the form."""
        return self.client.patch(
            f"{self.design(form)}/document", json={"changes": list(changes)}, headers={"If-Match": etag}
        )

    def new_form(self, name: str, *fields: dict[str, Any]) -> str:
        """A form that was begun and is not published; answers its key."""
        answer = self.client.post(f"/a/{self.app}/new-form/design", data={"name": name})
        assert answer.status_code == 302, answer.text
        key = str(answer.headers["Location"]).split("/")[-2]
        document, etag = self.draft(key)
        assert self.save(key, {**document, "fields": list(fields)}, etag).status_code == 200
        return key

    def publish(self, form: str, **sent: Any) -> httpx.Response:
        """Publish the form as the dialog does."""
        return self.client.post(f"{self.design(form)}/publish", data=sent)


@contextmanager
def signed_in(office: Sales, account: str = "chenchen") -> Iterator[Person]:
    """Somebody of the office, signed in."""
    with httpx.Client(base_url=office.url, follow_redirects=False, timeout=30) as client:

        def token() -> str:
            page = client.get("/sign-in" if "session" not in client.cookies else "/notices").text
            found = re.search(r'name="csrf-token" content="([^"]+)"', page)
            assert found
            return found[1]

        client.post("/sign-in", data={"account": account, "password": PASSWORD, "csrf": token()})
        client.headers["X-CSRF-Token"] = token()
        client.headers["Accept"] = "application/json"
        yield Person(client, office.app)


def field(document: dict[str, Any], key: str) -> dict[str, Any]:
    """A field of a form's document."""
    return next(one for one in document["fields"] if one["key"] == key)


def copied(document: dict[str, Any]) -> dict[str, Any]:
    """The document once more."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    return made
