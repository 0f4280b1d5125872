"""A record as a reader gets it, with everything that may not be seen left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import datetime
from typing import Any

from engine.fields.base import utc_text
from engine.fields.failed import Failed, value_json
from engine.fields.form import SYSTEM_KEYS, Form
from engine.fields.references import Ref, reference_json
from engine.platform.i18n import Text


@dataclass(slots=True)
class Record:
    """One record of a form.

    `values` has the fields that may be read in this row, by key: references as `Ref`, failed formulas as `Failed`.
    `editable` are the fields that the reader may change in this row.
    """

    form: Form
    id: int
    version: int
    created_at: datetime | None
    updated_at: datetime | None
    created_by: Ref | None
    updated_by: Ref | None
    owner: Ref | None
    flow_state: str | None
    title: str | Text
    values: dict[str, Any]
    editable: frozenset[str] = frozenset()
    deletable: bool = False
    deleted_at: datetime | None = None
    deleted_by: Ref | None = None
    stale: frozenset[str] = frozenset()
    """Those of the values that a job is still bringing up to date."""

    @property
    def errors(self) -> Mapping[str, str]:
        """The error codes of the formulas that failed, by key."""
        return {key: value.code for key, value in self.values.items() if isinstance(value, Failed)}

    def value(self, key: str) -> Any:
        """The value of a field or system field; None where it is empty or not to be seen."""
        return getattr(self, key) if key in SYSTEM_KEYS else self.values.get(key)

    def json(self) -> dict[str, Any]:
        """The record as programs get it."""
        form = self.form
        shown: dict[str, Any] = {
            "id": self.id,
            "version": self.version,
            "created_at": utc_text(self.created_at) if self.created_at else None,
            "updated_at": utc_text(self.updated_at) if self.updated_at else None,
            "created_by": reference_json(self.created_by),
            "owner": reference_json(self.owner),
            "flow_state": self.flow_state,
            "values": {key: _json(form, key, value) for key, value in self.values.items()},
        }
        if self.stale:
            shown["stale"] = sorted(self.stale)
        if self.deleted_at is not None:
            shown["deleted_at"] = utc_text(self.deleted_at)
            shown["deleted_by"] = reference_json(self.deleted_by)
        return shown


@dataclass(frozen=True)
class RelatedRows:
    """The small table of a lookup by condition: the records that it shows, and the keys of its columns."""

    form: Form
    columns: tuple[str, ...]
    records: list[Record] = attribute(default_factory=list)

    def json(self) -> list[dict[str, Any]]:
        """The rows as programs get them."""
        return [
            {
                "id": one.id,
                **{key: _json(self.form, key, one.value(key)) for key in self.columns if key != "id"},
            }
            for one in self.records
        ]


def _json(form: Form, key: str, value: Any) -> Any:
    if isinstance(value, RelatedRows):
        return value.json()
    field = form.field(key)
    return value if field is None else value_json(value, field)
