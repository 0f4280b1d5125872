"""Members and records that an import makes because its rows name them, in the transaction that writes the rows."""

from collections.abc import Mapping
from typing import Any

from engine.access import people
from engine.access.member_values import MemberValues
from engine.definitions.model import LiveApp
from engine.exchange.clean import Made
from engine.exchange.mapping import ImportMapping, Lookup
from engine.exchange.names import same
from engine.exchange.rows_read import Batch, Named
from engine.fields.form import Field, Form
from engine.platform.errors import Fault, Refusal
from engine.platform.i18n import Text
from engine.records.bulk.write import Loading
from engine.records.writing import write
from engine.records.writing.transaction import Transaction


class MadeThings:
    """Collects the names while rows are read; makes what they name just before the rows are written."""

    def __init__(self, live: LiveApp, form: Form, mapping: ImportMapping) -> None:
        self.live = live
        self.form = form
        self.mapping = mapping
        self.members: list[int] = []
        self._new: dict[str, list[Named]] = {}
        self._changed: dict[str, list[tuple[int, Named]]] = {}

    def note(self, batch: Batch, found: Mapping[int, int | None]) -> None:
        """Remember the names in a batch; `found` are the rows that change a record."""
        out = batch.rejected | batch.skipped
        for path, named in batch.named.items():
            for one in named:
                record_id = found.get(one.row)
                if one.row in out:
                    continue
                if record_id is None:
                    self._new.setdefault(path, []).append(one)
                else:
                    self._changed.setdefault(path, []).append((record_id, one))

    def make(self, tx: Transaction, load: Loading) -> None:
        """Make the things and put their ids into the rows; what cannot be made keeps its rows out."""
        self.members = []
        for path in dict.fromkeys((*self._new, *self._changed)):
            field = self.form.field(path)
            if field is None:
                continue
            new, changed = self._new.get(path, []), self._changed.get(path, [])
            wanted = {name for one in (*new, *(one for _, one in changed)) for name in _names(one.value)}
            ids, refused = self._ids(tx, load, field, wanted)
            fine = []
            for one in new:
                if (fault := _first(refused, one)) is not None:
                    load.leave_out(one.row, fault)
                else:
                    fine.append((one.row, one.line, _resolved(one.value, ids)))
            if field.parent is not None:
                load.staging.put_in_rows(field, fine)
            else:
                load.staging.put(field, [(row, value) for row, _, value in fine])
            for record_id, one in changed:
                if (fault := _first(refused, one)) is not None:
                    load.leave_out(one.row, fault)
                else:
                    load.change(record_id, one.row, path, one.line, _resolved(one.value, ids))

    def _ids(
        self, tx: Transaction, load: Loading, field: Field, names: set[str]
    ) -> tuple[dict[str, int], dict[str, Fault]]:
        if field.type in ("member", "members"):
            return self._members(tx, names), {}
        rule = self.mapping.links.get(field.path, Lookup("name", "empty"))
        other = field.get("form")
        ids: dict[str, int] = {}
        refused: dict[str, Fault] = {}
        if other == self.form.key and rule.by in load.table.columns:
            by_name = {
                same(str(value)): record_id for record_id, value in reversed(load.staging.ids_by(rule.by))
            }
            ids = {name: by_name[same(name)] for name in names if same(name) in by_name}
        made: dict[str, int] = {}
        for name in sorted(names - set(ids)):
            if same(name) not in made:
                savepoint = tx.connection.begin_nested()
                try:
                    made[same(name)] = write.create(tx, other, {rule.by: name}, text=True).id
                    savepoint.commit()
                except Refusal as refusal:
                    savepoint.rollback()
                    refused[name] = _refusal(field, self.live.form(other), name, refusal)
                    continue
            ids[name] = made[same(name)]
        return ids, refused

    def _members(self, tx: Transaction, names: set[str]) -> dict[str, int]:
        known = people.named(tx.connection, names)
        ids: dict[str, int] = {}
        for name in sorted(names):
            plain = name.strip().lower()
            if plain not in known:
                values = MemberValues(name=name.strip(), state="invited")
                known[plain] = [people.create(tx.connection, values, author=tx.viewer).id]
                self.members += known[plain]
            ids[name] = known[plain][0]
        return ids


def _names(made: Any) -> list[str]:
    return [one.name for one in (made if isinstance(made, list) else [made]) if isinstance(one, Made)]


def _first(refused: Mapping[str, Fault], one: Named) -> Fault | None:
    return next((refused[name] for name in _names(one.value) if name in refused), None)


def _resolved(made: Any, ids: Mapping[str, int]) -> Any:
    if isinstance(made, list):
        return [ids[one.name] if isinstance(one, Made) else one for one in made]
    return ids[made.name]


def _refusal(field: Field, form: Form, name: str, refusal: Refusal) -> Fault:
    reason = refusal.faults[0].message if refusal.faults else refusal.message
    said = Text(
        "不能新建{form}“{name}”：{reason}", "{form} “{name}” cannot be created: {reason}",
        form=Text(form.name("zh-CN"), form.name("en")), name=name, reason=reason,
    )  # fmt: skip
    return Fault("/" + field.path.replace(".", "/0/"), "not_created", said)
