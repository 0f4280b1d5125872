"""The form that a condition is about: as it is live, or as the open drafts have it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.definitions import drafts
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import NotFound
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Forms:
    """The forms of an app by key."""

    live: LiveApp
    drafted: Mapping[str, Any]

    @classmethod
    def of(cls, connection: Connection, live: LiveApp, *, draft: bool) -> "Forms":
        """The live forms; with `draft` what is drafted stands in their place."""
        if not draft:
            return cls(live, {})
        opened = drafts.all_drafts(connection, live.app.key)
        return cls(live, {one.key: one.document for one in opened if one.kind == "forms" and one.document})

    def form(self, key: str) -> Form:
        """The form with this key; `NotFound` where there is none."""
        found = self.find(key)
        if found is None:
            raise NotFound(Text("没有表单“{key}”", "There is no form “{key}”", key=key))
        return found

    def find(self, key: str) -> Form | None:
        """The form with this key, or None."""
        if not self.drafted:
            return self.live.forms.get(key)
        document = self.drafted.get(key) or self.live.documents.get("forms", {}).get(key)
        return Form.read(document, find=self.find) if document else None
