"""What somebody may write in a record: the grants that hold for it, added up field by field."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Connection

from engine.access.grants import Grant
from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields.form import Field
from engine.records.reading.condition_sql import holding
from engine.records.storage.tables import FormTable


@dataclass(frozen=True)
class Rights:
    """Several grants together: a field is open if one of them opens it."""

    grants: tuple[Grant, ...]

    @cached_property
    def whole(self) -> bool:
        """Whether every field of every row is open."""
        return any(grant.where is None and not grant.fields for grant in self.grants)

    @property
    def conditional(self) -> bool:
        """Whether it depends on the row which grants hold."""
        return any(grant.where is not None for grant in self.grants)

    def hides(self, field: Field) -> bool:
        """Whether the field is as if it did not exist."""
        return not self.whole and not any(_says(grant, field) != "hidden" for grant in self.grants)

    def opens(self, field: Field) -> bool:
        """Whether the field may be written."""
        return self.whole or any(_says(grant, field) == "edit" for grant in self.grants)


def matching(
    connection: Connection,
    live: LiveApp,
    table: FormTable,
    viewer: Viewer | App,
    grants: Sequence[Grant],
    record_ids: Iterable[int],
) -> dict[int, Rights]:
    """For each record the grants that hold for its row as it is now; records without any are missing."""
    ids = list(record_ids)
    if all(grant.where is None for grant in grants):
        return {one: Rights(tuple(grants)) for one in ids} if grants else {}
    found: dict[int, Rights] = {}
    for record_id, holds in holding(
        connection, live, table.form, viewer, [grant.where for grant in grants], ids
    ).items():
        held = tuple(grant for grant, one in zip(grants, holds) if one)
        if held:
            found[record_id] = Rights(held)
    return found


def _says(grant: Grant, field: Field) -> str:
    said = grant.fields.get(field.path)
    if said is None and field.parent is not None:
        said = grant.fields.get(field.parent.key)
    return said or "edit"
