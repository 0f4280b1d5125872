"""What lookups of a form under way show: the values behind the links that it names now, as far as they may be read."""

from collections.abc import Mapping
from typing import Any

from engine.access.viewer import Viewer
from engine.fields.form import Form
from engine.platform.errors import Refusal
from engine.records.reading.read import get
from engine.records.writing.transaction import Transaction


def looked_through(
    tx: Transaction, form: Form, values: Mapping[str, Any], before: Mapping[str, Any] | None, viewer: Viewer
) -> dict[str, Any]:
    """The lookups through links that are other than they were `before` (of a new record through all), by key."""
    found: dict[str, Any] = {}
    through: dict[str, list[str]] = {}
    for field in form.fields:
        if field.type == "lookup" and (via := field.get("via")):
            if before is None or before.get(via) != values.get(via):
                through.setdefault(via, []).append(field.key)
    for via, keys in through.items():
        link, target = form.field(via), values.get(via)
        found |= dict.fromkeys(keys)
        if link is None or not isinstance(target, int):
            continue
        wanted = {key: lookup.get("field") for key in keys if (lookup := form.field(key)) is not None}
        for key, path in wanted.items():
            try:
                shown = get(
                    tx.connection, tx.live, link.get("form"), viewer, target, fields=[path], tables=False
                )
            except Refusal:
                continue  # hidden from this person, or gone
            found[key] = shown.value(path)
    return found
