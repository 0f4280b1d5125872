"""Members and records that an import makes because its rows name them, in the transaction that writes the rows."""

from collections.abc import Mapping
from typing import Any

from engine.access import people
from engine.access.member_values import MemberValues
from engine.definitions.model import LiveApp
from engine.exchange.batch import Batch, CellProblem, Named
from engine.exchange.clean import Made
from engine.exchange.mapping import ImportMapping, Lookup
from engine.exchange.names import same
from engine.exchange.problems import Problem
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
        self.records: dict[str, set[str]] = {}
        """The records that were made, by the link's path: their names."""
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

    def left_empty(self, load: Loading, headers: Mapping[str, str]) -> list[CellProblem]:
        """The cells that stay empty because the row of the file that they name is left out."""
        found: list[CellProblem] = []
        for path in dict.fromkeys((*self._new, *self._changed)):
            field = self.form.field(path)
            if field is None or not self._within(field) or self._rule(field).missing != "empty":
                continue
            there = self._staged(load, field)
            rows = [*self._new.get(path, ()), *(one for _, one in self._changed.get(path, ()))]
            found += [
                CellProblem(one.row, headers.get(path, ""), path, name, Problem("unknown_record", said, "should"))
                for one in rows
                for name in _names(one.value, in_file=True)
                if same(name) not in there
                for said in [Text(
                    "“{name}”那一行没有导入，这里留空", "The row “{name}” is left out, so this stays empty", name=name,
                )]
            ]  # fmt: skip
        return found

    def make(self, tx: Transaction, load: Loading) -> None:
        """Make the things and put their ids into the rows; what cannot be made keeps its rows out."""
        self.members = []
        self.records = {}
        for path in dict.fromkeys((*self._new, *self._changed)):
            field = self.form.field(path)
            if field is None:
                continue
            new, changed = self._new.get(path, []), self._changed.get(path, [])
            every = [one.value for one in (*new, *(one for _, one in changed))]
            wanted = {name for value in every for name in _names(value)}
            in_file = {name for value in every for name in _names(value, in_file=True)}
            ids, refused = self._ids(tx, load, field, wanted, in_file)
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
                    continue
                value = _resolved(one.value, ids)
                if value is None and field.parent is None:
                    load.keep(record_id, one.row, path)
                else:
                    load.change(record_id, one.row, path, one.line, value)

    def _ids(
        self, tx: Transaction, load: Loading, field: Field, names: set[str], in_file: set[str]
    ) -> tuple[dict[str, int | None], dict[str, Fault]]:
        if field.type in ("member", "members"):
            return self._members(tx, names), {}
        rule = self._rule(field)
        ids: dict[str, int | None] = {}
        refused: dict[str, Fault] = {}
        if self._within(field):
            staged = self._staged(load, field)
            ids = {name: staged[same(name)] for name in names if same(name) in staged}
        for name in in_file - set(ids) if rule.missing != "create" else ():
            ids[name] = None
            if rule.missing == "reject":
                said = Text("“{name}”那一行没有导入", "The row “{name}” is left out", name=name)
                refused[name] = Fault(_pointer(field), "unknown_record", said)
        self._create(tx, field, rule, names - set(ids), ids, refused)
        return ids, refused

    def _create(
        self,
        tx: Transaction,
        field: Field,
        rule: Lookup,
        names: set[str],
        ids: dict[str, int | None],
        refused: dict[str, Fault],
    ) -> None:
        other = field.get("form")
        made: dict[str, int] = {}
        for name in sorted(names):
            if same(name) not in made:
                savepoint = tx.connection.begin_nested()
                try:
                    made[same(name)] = write.create(tx, other, {rule.by: name}, text=True).id
                    savepoint.commit()
                except Refusal as refusal:
                    savepoint.rollback()
                    refused[name] = _refusal(field, self.live.form(other), name, refusal)
                    continue
                self.records.setdefault(field.path, set()).add(name)
            ids[name] = made[same(name)]

    def _rule(self, field: Field) -> Lookup:
        return self.mapping.links.get(field.path, Lookup("name", "empty"))

    def _within(self, field: Field) -> bool:
        """Whether a link may name rows of the file itself."""
        return field.type in ("link", "links") and field.get("form") == self.form.key

    def _staged(self, load: Loading, field: Field) -> dict[str, int]:
        """The ids that the rows of the file will have, by the names that links call them by."""
        by = self._rule(field).by
        if by not in load.table.columns:
            return {}
        return {same(str(value)): record_id for record_id, value in reversed(load.staging.ids_by(by))}

    def _members(self, tx: Transaction, names: set[str]) -> dict[str, int | None]:
        known = people.named(tx.connection, names)
        ids: dict[str, int | None] = {}
        for name in sorted(names):
            plain = name.strip().lower()
            if plain not in known:
                values = MemberValues(name=name.strip(), state="invited")
                known[plain] = [people.create(tx.connection, values, author=tx.viewer).id]
                self.members += known[plain]
            ids[name] = known[plain][0]
        return ids


def _names(made: Any, *, in_file: bool = False) -> list[str]:
    found = [one for one in (made if isinstance(made, list) else [made]) if isinstance(one, Made)]
    return [one.name for one in found if one.in_file or not in_file]


def _first(refused: Mapping[str, Fault], one: Named) -> Fault | None:
    return next((refused[name] for name in _names(one.value) if name in refused), None)


def _resolved(made: Any, ids: Mapping[str, int | None]) -> Any:
    if isinstance(made, list):
        found = [ids[one.name] if isinstance(one, Made) else one for one in made]
        return [one for one in found if one is not None] or None
    return ids[made.name]


def _pointer(field: Field) -> str:
    return "/" + field.path.replace(".", "/0/")


def _refusal(field: Field, form: Form, name: str, refusal: Refusal) -> Fault:
    reason = refusal.faults[0].message if refusal.faults else refusal.message
    said = Text(
        "不能新建{form}“{name}”：{reason}", "{form} “{name}” cannot be created: {reason}",
        form=Text(form.name("zh-CN"), form.name("en")), name=name, reason=reason,
    )  # fmt: skip
    return Fault(_pointer(field), "not_created", said)
