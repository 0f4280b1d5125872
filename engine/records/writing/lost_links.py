"""Links of a record in the recycle bin that lead nowhere any more: emptied when it comes back, or keeping it there."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from engine.fields.form import Field, Form
from engine.platform.errors import Conflict, Fault
from engine.platform.i18n import Text
from engine.records.storage.rows import StoredRecord
from engine.records.writing.transaction import Transaction


@dataclass(frozen=True)
class LostLink:
    """A field, or a column of a subform, and what it names that is gone or in the recycle bin itself."""

    field: Field
    targets: tuple[int, ...]

    @property
    def needed(self) -> bool:
        """Whether the record cannot be without it."""
        return self.field.required or self.field.get("on_delete", "empty") == "refuse"


class StillNeeded(Conflict):
    """The record cannot come back before what it names does."""


def found(tx: Transaction, form: Form, record: StoredRecord, deletions: Sequence[int]) -> list[LostLink]:
    """The links of a record that lead nowhere; the others are kept from being deleted before this write ends.

    What went into the recycle bin because of these deletions comes back in this write too, and is not lost.
    """
    lost: list[LostLink] = []
    for field in form.walk():
        if (
            field.type not in ("link", "links")
            or not field.kind.stored
            or field.get("form") not in tx.live.forms
        ):
            continue
        named = _named(field, record)
        if field.get("form") == form.key:
            named.discard(record.id)
        if named:
            present = there(tx, field.get("form"), named)
            named -= present | _coming_back(tx, field.get("form"), named - present, deletions)
            if named:
                lost.append(LostLink(field, tuple(sorted(named))))
    return lost


def refuse_needed(lost: Sequence[LostLink]) -> None:
    """Refuse, with each place, if the record cannot be without one of them."""
    faults = [
        _fault(
            one,
            "link_lost",
            Text(
                "“{field}”指向的数据已删除，请先恢复它",
                "What “{field}” names was deleted; restore that first",
                field=_label(one.field),
            ),
        )
        for one in lost
        if one.needed
    ]
    if faults:
        said = Text("不能恢复：{reason}", "Cannot be restored: {reason}", reason=faults[0].message)
        raise StillNeeded(said, faults, code="link_lost")


def told(lost: Sequence[LostLink]) -> list[Fault]:
    """The reminders that these links were emptied."""
    return [
        _fault(
            one,
            "link_emptied",
            Text(
                "“{field}”指向的数据已删除，这一项已清空",
                "What “{field}” named was deleted; it was emptied",
                field=_label(one.field),
            ),
        )
        for one in lost
    ]


def _fault(one: LostLink, code: str, message: Text) -> Fault:
    return Fault("/values/" + one.field.path.replace(".", "/"), code, message)


def _label(field: Field) -> Text:
    return Text(field.name("zh-CN"), field.name("en"))


def _named(field: Field, record: StoredRecord) -> set[int]:
    holders = (
        [record.values]
        if field.parent is None
        else [row.values for row in record.values.get(field.parent.key) or ()]
    )
    named: set[int] = set()
    for values in holders:
        value = values.get(field.key)
        if value is not None:
            named.update(value if isinstance(value, list) else [value])
    return named


def there(tx: Transaction, form_key: str, ids: set[int]) -> set[int]:
    """Those that are not deleted; they are kept from it before this write ends."""
    found = tx.connection.exec_driver_sql(
        f"SELECT id FROM {tx.table(form_key).stored.qualified()} WHERE id = ANY(%s::bigint[]) AND deleted_at IS NULL"
        " ORDER BY id FOR KEY SHARE",
        (sorted(ids),),
    )
    return set(found.scalars())


def _coming_back(tx: Transaction, form_key: str, ids: set[int], deletions: Sequence[int]) -> set[int]:
    if not ids or not deletions:
        return set()
    return set(
        tx.connection.scalars(
            text(
                f"SELECT record_id FROM {tx.live.app.schema}.history WHERE kind = 'deleted' AND form_id = :form"
                " AND record_id = ANY(:ids) AND cause = ANY(:deletions)"
            ),
            {"form": tx.table(form_key).stored.id, "ids": sorted(ids), "deletions": list(deletions)},
        )
    )
