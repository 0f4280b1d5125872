"""Members and records that an import makes because its rows name them, in the transaction that writes the rows."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.access import people
from engine.access.member_values import MemberValues
from engine.definitions.model import LiveApp
from engine.exchange.clean import Made
from engine.exchange.mapping import ImportMapping, Lookup
from engine.exchange.names import same
from engine.exchange.rows_read import ReadRow
from engine.fields.form import Field, Form
from engine.records import write
from engine.records.bulk import Loading
from engine.records.transaction import Transaction

Named = list[tuple[int, Any]]


class MadeThings:
    """Collects the names while rows are read; makes what they name just before the rows are written."""

    def __init__(self, live: LiveApp, form: Form, mapping: ImportMapping) -> None:
        self.live = live
        self.form = form
        self.mapping = mapping
        self.members: list[int] = []
        self._by_path: dict[str, Named] = {}
        self._updates: list[tuple[int, str, Any]] = []

    def note(self, rows: Sequence[ReadRow], found: Mapping[int, int | None]) -> None:
        """Remember the names of some rows; `found` are those that change a record."""
        for row in rows:
            for path, made in row.made.items():
                record_id = found.get(row.number)
                if record_id is not None:
                    self._updates.append((record_id, path, made))
                else:
                    self._by_path.setdefault(path, []).append((row.number, made))

    def make(self, tx: Transaction, load: Loading) -> None:
        """Make the things and put their ids into the staged rows."""
        self.members = []
        for path, named in self._by_path.items():
            field = self.form.field(path)
            if field is not None:
                ids = self._ids(tx, load, field, {name for _, made in named for name in _names(made)})
                load.staging.put(field, [(number, _resolved(made, ids)) for number, made in named])
        for record_id, path, made in self._updates:
            field = self.form.field(path)
            if field is not None:
                ids = self._ids(tx, load, field, set(_names(made)))
                load.change(record_id, path, _resolved(made, ids))

    def _ids(self, tx: Transaction, load: Loading, field: Field, names: set[str]) -> dict[str, int]:
        if field.type in ("member", "members"):
            return self._members(tx, names)
        rule = self.mapping.links.get(field.path, Lookup("name", "empty"))
        ids: dict[str, int] = {}
        if field.get("form") == self.form.key:
            by_name = {
                same(str(value)): record_id for record_id, value in reversed(load.staging.ids_by(rule.by))
            }
            ids = {name: by_name[same(name)] for name in names if same(name) in by_name}
        for name in sorted(names - set(ids)):
            ids[name] = write.create(tx, field.get("form"), {rule.by: name}, text=True).id
        return ids

    def _members(self, tx: Transaction, names: set[str]) -> dict[str, int]:
        known = people.named(tx.connection, names)
        ids: dict[str, int] = {}
        for name in sorted(names):
            found = known.get(name.strip().lower())
            if found:
                ids[name] = found[0]
                continue
            made = people.create(
                tx.connection, MemberValues(name=name.strip(), state="invited"), author=tx.viewer
            )
            ids[name] = made.id
            self.members.append(made.id)
        return ids


def _names(made: Any) -> list[str]:
    return [one.name for one in (made if isinstance(made, list) else [made]) if isinstance(one, Made)]


def _resolved(made: Any, ids: Mapping[str, int]) -> Any:
    if isinstance(made, list):
        return [ids[one.name] if isinstance(one, Made) else one for one in made]
    return ids[made.name]
