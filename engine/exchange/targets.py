"""The fields of a form that a file may fill, as far as the person who imports may write them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import TYPE_CHECKING

from engine.access.grants import grants
from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.records.reading.rights import Rights
from engine.records.reading.visible import Access, access_for

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Targets:
    """What the columns of a file may be mapped to."""

    form: Form
    rights: Rights
    beyond: Mapping[str, Access] = attribute(default_factory=dict)
    """What may be read of the form that a link leads to, by the link's path; where nothing is said, all."""

    @classmethod
    def of(cls, live: LiveApp, form: Form, viewer: Viewer | App) -> "Targets":
        """As the viewer's grants to import say."""
        beyond = {
            field.path: access_for(live, live.forms[field.get("form")], viewer)
            for field in form.walk()
            if field.type in ("link", "links") and field.get("form") in live.forms
        }
        return cls(form, Rights(grants(live, viewer, form.key, "import")), beyond)

    def find(self, path: str) -> Field | None:
        """The field at `path` if a file may fill it; one that is hidden is as if it did not exist."""
        found = self.form.field(path)
        return found if found is not None and _may_be_filled(found) and not self.rights.hides(found) else None

    def opens(self, field: Field) -> bool:
        """Whether the person may write it."""
        return self.rights.opens(field)

    def finds(self, field: Field, by: str | None = None) -> bool:
        """Whether the records that a link names can be found by the text of a field: the person may read it there."""
        access = self.beyond.get(field.path)
        if access is None:
            return True
        by = by or title_field(access.form)
        return not access.nothing and not access.never(by if access.form.field(by) is not None else "name")

    def all(self) -> list[Field]:
        """All fields that may be chosen, the owner last."""
        return [field for field in self._all() if self.finds(field)]

    def unreadable(self) -> list[Field]:
        """The links that could be filled if the person might read what they lead to."""
        return [field for field in self._all() if not self.finds(field)]

    def _all(self) -> "Iterator[Field]":
        owner = self.form.field("owner")
        for field in self.form.walk():
            if field.key != "owner" and self.find(field.path) is not None and self.opens(field):
                yield field
        if owner is not None and self.find("owner") is not None and self.opens(owner):
            yield owner


def title_field(form: Form | None) -> str:
    """The field by whose text records of `form` are found: the first that its title names."""
    named = re.findall(r"\{([a-z][a-z0-9_.]*)\}", form.title) if form else []
    return named[0] if named else "name"


def _may_be_filled(field: Field) -> bool:
    if field.kind.computed or field.kind.layout_only or not field.kind.stored:
        return False
    if field.system and field.key != "owner":
        return False
    return field.type not in ("subform", "image", "file", "signature")
