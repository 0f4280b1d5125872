"""The fields of a form that a file may fill, as far as the person who imports may write them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.access.grants import grants
from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.records.rights import Rights

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Targets:
    """What the columns of a file may be mapped to."""

    form: Form
    rights: Rights

    @classmethod
    def of(cls, live: LiveApp, form: Form, viewer: Viewer | App) -> "Targets":
        """As the viewer's grants to import say."""
        return cls(form, Rights(grants(live, viewer, form.key, "import")))

    def find(self, path: str) -> Field | None:
        """The field at `path` if a file may fill it; one that is hidden is as if it did not exist."""
        found = self.form.field(path)
        return found if found is not None and _may_be_filled(found) and not self.rights.hides(found) else None

    def opens(self, field: Field) -> bool:
        """Whether the person may write it."""
        return self.rights.opens(field)

    def all(self) -> list[Field]:
        """All fields that may be chosen, the owner last."""
        return list(self._all())

    def _all(self) -> "Iterator[Field]":
        owner = self.form.field("owner")
        for field in self.form.walk():
            if field.key != "owner" and self.find(field.path) is not None and self.opens(field):
                yield field
        if owner is not None and self.find("owner") is not None and self.opens(owner):
            yield owner


def _may_be_filled(field: Field) -> bool:
    if field.kind.computed or field.kind.layout_only or not field.kind.stored:
        return False
    if field.system and field.key != "owner":
        return False
    return field.type not in ("subform", "image", "file", "signature")
