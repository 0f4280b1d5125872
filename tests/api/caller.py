"""Somebody with a key who holds every answer to the contract: documented problems, and what OpenAPI says."""

import functools
import json as jsons
import re
from typing import Any

from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from checks import codes

BASE = "/api/v1"
KNOWN_CODES = frozenset(codes.codes())
Json = Any


class Caller:
    """Calls the API with one key; `member` is whose it is."""

    def __init__(self, client: FlaskClient, key: str, member: int) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {key}"}
        self.member = member
        self._description: dict[str, Json] | None = None

    def __call__(self, method: str, path: str, json: Json = None, **more: Any) -> TestResponse:
        """Send a request and check whatever comes back."""
        headers = {**self.headers, **more.pop("headers", {})}
        answer = self.client.open(BASE + path, method=method, json=json, headers=headers, **more)
        self.check(answer, method, path, json)
        return answer

    def ok(self, method: str, path: str, json: Json = None, **more: Any) -> Json:
        """The JSON of an answer that must be a success."""
        answer = self(method, path, json, **more)
        assert answer.status_code < 300, answer.text
        return answer.get_json(silent=True)

    def refused(self, method: str, path: str, json: Json = None, *, status: int = 422, **more: Any) -> Json:
        """Place and code of each fault of a refusal with this status."""
        answer = self(method, path, json, **more)
        assert answer.status_code == status, (answer.status_code, answer.text)
        return {one["pointer"]: one["code"] for one in answer.json["errors"]}

    def check(self, answer: TestResponse, method: str, path: str, sent: Json) -> None:
        """A success is as OpenAPI describes it; anything else is a problem document with documented codes."""
        assert answer.status_code < 500, (method, path, answer.text)
        if answer.status_code >= 400:
            self.check_problem(answer)
            return
        operation = self.operation(method, path)
        response = operation["responses"].get(str(answer.status_code))
        assert response is not None, f"{method} {path} answers {answer.status_code}, which is not described"
        described = response.get("content", {}).get("application/json")
        if described:
            self.validate(answer.json, described["schema"])
        if sent is not None:
            self.validate(sent, operation["requestBody"]["content"]["application/json"]["schema"])

    @staticmethod
    def check_problem(answer: TestResponse) -> None:
        assert answer.mimetype == "application/problem+json", answer.text
        told = answer.json
        assert told["status"] == answer.status_code and told["title"]
        for one in (told, *told["errors"]):
            assert one["code"] in KNOWN_CODES, one
        for one in told["errors"]:
            assert one["message"] and (one["pointer"] == "" or one["pointer"].startswith("/")), one
        if answer.status_code == 422 and told["code"] == "invalid":
            assert told["errors"], "a 422 names the place"

    def operation(self, method: str, path: str) -> dict[str, Json]:
        """How OpenAPI describes this call."""
        bare = path.partition("?")[0]
        for fresh in (False, True):
            if fresh or self._description is None:
                self._description = jsons.loads(
                    self.client.get(f"{BASE}/openapi.json", headers=self.headers).data
                )
            paths = self._description["paths"]
            matching = [bare] if bare in paths else [one for one in paths if _pattern(one).fullmatch(bare)]
            # A form's own address is more exact than one with placeholders.
            matching.sort(key=lambda one: one.count("{"))
            for one in matching:
                if method.lower() in paths[one]:
                    found: dict[str, Json] = paths[one][method.lower()]
                    return found
        raise AssertionError(f"{method} {path} is not described")

    def validate(self, value: Json, schema: Json) -> None:
        """The value is as the schema says."""
        assert self._description is not None
        whole = {"components": self._description["components"], "allOf": [schema]}
        faults = [
            (list(one.absolute_path), one.message[:300])
            for one in Draft202012Validator(whole).iter_errors(value)
        ]
        assert not faults, faults


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path)))
