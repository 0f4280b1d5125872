"""What new rows get before they are copied in: defaults, copied values, hashes, order keys, titles.

By columns where nothing has to look at a row as a whole; row by row for subforms and formulas without SQL.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Final

from engine.fields.base import RowValues
from engine.fields.form import Field, Form
from engine.formulas.values import FormulaError
from engine.records.bulk import defaults, formulas
from engine.records.bulk.checks import RowFault
from engine.records.bulk.staging import FAULT, NUMBER, Staging, as_json
from engine.records.storage import duplicates, persist, titles
from engine.records.storage.computed import StoredFormula, computations
from engine.records.storage.duplicates import fingerprint
from engine.records.storage.form_traits import traits
from engine.records.writing import completing
from engine.records.writing.changes import made_title
from engine.records.writing.completing import work_out
from engine.records.writing.rules import applying, firing, unique, written
from engine.records.writing.transaction import Transaction


class Later:
    """A value that is known only when the rows are written: the id of something that is made with them."""


LATER: Final = Later()


@dataclass
class Block:
    """Rows side by side: where they stood, and each field's values, None where empty.

    In the columns that `late` names a value may be LATER.
    """

    numbers: list[int]
    columns: dict[str, list[Any]] = attribute(default_factory=dict)
    late: frozenset[str] = frozenset()

    def without(self, places: set[int]) -> "Block":
        """The block without the rows at these places."""
        if not places:
            return self
        kept = [at for at in range(len(self.numbers)) if at not in places]
        return Block(
            [self.numbers[at] for at in kept],
            {key: [values[at] for at in kept] for key, values in self.columns.items()},
            self.late,
        )


class Completing:
    """Completes the rows of one load."""

    def __init__(
        self, tx: Transaction, form: Form, staging: Staging, mapped: frozenset[str] = frozenset()
    ) -> None:
        self.blank = frozenset(path for path in mapped if _stays_blank(form.field(path)))
        """Columns of the file whose empty cells stay empty; no default makes up what the file leaves out."""
        self.told = mapped - self.blank
        self.reminders: list[RowFault] = []
        """Where a default was filled into an empty cell of the file."""
        self.tx = tx
        self.form = form
        self.table = staging.target
        self.computations = computations(tx.live, form.key)
        self.nothing_yet = completing.nothing_yet(self.computations)
        self.context = tx.parsing()
        self.in_sql = tuple(one for one in defaults.in_sql(tx, form, staging) if one.key not in self.blank)
        given_later = {field.key for field in self.in_sql}
        self.in_python = formulas.in_python(tx, form, staging, given_later)
        self.defaults = [
            one
            for one in form.fields
            if (one.get("default") is not None or one.get("default_from"))
            and one.key not in given_later
            and one.key not in self.blank
        ]
        self.by_formula = any(
            isinstance(one.get("default"), Mapping) and "formula" in one.get("default")
            for one in self.defaults
        ) or bool(traits(form).row_formula_defaults)
        self.fills = [one for one in form.fields if one.get("fill")]
        self.has_rows = any(field.children for field in form.fields)
        self._without_lines = self._worked_out_without_lines()
        self.linkages = bool(firing.linkages(tx.live, form))
        self.whole_rows = self._without_lines is None or self.by_formula or self.linkages
        self.hideable = written.hideable(tx, form)
        self.fewest_rows = any(field.children and field.get("min_rows") for field in form.fields)
        self.required = [
            one
            for one in form.fields
            if one.required
            and one.kind.stored
            and not one.kind.computed
            and one.key not in given_later
            and one.key not in self.hideable
        ]
        late = {one.path for one in self.computations.order} | given_later
        self.late = late | {one.key for one in form.fields if one.type == "serial"}
        self.late_title = bool(self.late & set(titles.title_fields(form)))
        self.uniques = [
            (one, self.table.uniques[one.key].name)
            for one in unique.uniques(form)
            if one.key in self.table.uniques
        ]
        self.names = {
            key: (one.name, one.sort_name if one.sorted else None)
            for key, (_, one) in self.table.columns.items()
        }
        self.asks = bool(self.fills or self.linkages or titles.people_in(form))
        """Completing reads from the database, which must not be busy with copying then."""
        self._copied: dict[tuple[str, int], Mapping[str, Any]] = {}
        self._looked_up: dict[Any, Any] = {}
        self._constants: dict[str, Any] | None = None

    def by_rows(self, block: Block) -> bool:
        """Whether these rows have to be completed one by one."""
        return (
            self.whole_rows
            or self.fewest_rows
            or self.has_rows
            and any(field.children and field.key in block.columns for field in self.form.fields)
        )

    def _worked_out_without_lines(self) -> dict[str, Any] | None:
        """The formulas that look at nothing but subforms, for rows without lines; None where others must be done."""
        subforms = {field.key for field in self.form.fields if field.children}
        known: set[str] = set()
        for one in self.in_python:
            if not all(path.partition(".")[0] in subforms or path in known for path in one.reads):
                return None
            known.add(one.path)
        values: dict[str, Any] = {}
        work_out(self.tx, self.form, values, [one for one in self.in_python if one.field.parent is None], {})
        if any(isinstance(value, FormulaError) for value in values.values()):
            return None
        return {key: value for key, value in values.items() if value is not None}

    # -- by columns ------------------------------------------------------------------------------------

    def complete_block(self, block: Block) -> None:
        """Add defaults and copied values to the columns."""
        columns, many = block.columns, len(block.numbers)
        if self._constants is None:
            found = {one.key: completing.default_value(self.tx, one, self.context) for one in self.defaults}
            self._constants = {key: value for key, value in found.items() if value is not None}
            self._constants |= self._without_lines or {}
        for key, value in self._constants.items():
            there = columns.get(key)
            if key in self.told:
                self._tell(
                    key,
                    (number for at, number in enumerate(block.numbers) if there is None or there[at] is None),
                )
            columns[key] = (
                [value] * many if there is None else [value if one is None else one for one in there]
            )
        for field in self.fills:
            if field.key in columns:
                self._fill(field, columns, many)
        for key, value in self.nothing_yet.items():
            columns[key] = [value] * many

    def empty_places(self, block: Block) -> dict[int, list[Field]]:
        """The rows, by place, with required fields that are empty."""
        found: dict[int, list[Field]] = {}
        for field in self.required:
            values = block.columns.get(field.key)
            if values is None:
                values = [None] * len(block.numbers)
            elif None not in values and not (field.kind.multiple and [] in values):
                continue
            for at, value in enumerate(values):
                if value is None or value == []:
                    found.setdefault(at, []).append(field)
        return found

    def staged_columns(self, block: Block, owners: list[Any] | None) -> dict[str, Sequence[Any]]:
        """The rows as the staging table takes them, by its columns; without owners they are the importer's."""
        made: dict[str, Sequence[Any]] = {NUMBER: block.numbers}
        if owners is not None:
            made["owner"] = _present(owners)
        columns = block.columns
        for key, values in columns.items():
            if key in self.names:
                name, sort_name = self.names[key]
                if key in block.late:
                    values = _present(values)
                made[name] = values
                if sort_name is not None:
                    made[sort_name] = titles.sort_keys(values)
        if not self.late_title:
            made["title"], made["title_key"] = self._titles(block, made)
        for one, name in self.uniques:
            named = [columns.get(field.key) for field in one.fields]
            sides = [values for values in named if values is not None]
            if len(sides) == len(named):
                made[name] = duplicates.fingerprints(one, sides)
        return made

    def _titles(self, block: Block, made: dict[str, Sequence[Any]]) -> tuple[Sequence[Any], Sequence[Any]]:
        fields = titles.title_fields(self.form)
        columns = {key: block.columns[key] for key in fields if key in block.columns}
        if not columns:
            only = made_title(self.tx, self.form, {})
            return [only] * len(block.numbers), [titles.sort_key(only)] * len(block.numbers)
        if len(columns) == 1 and titles.template(self.form) == f"{{{fields[0]}}}":
            field = self.form.field(fields[0])
            if field is not None and field.type == "text" and not field.get("masked"):
                values = columns[field.key]
                said = [None if value is None else " ".join(value.split()) or None for value in values]
                if said == values and (sort_name := self.names[field.key][1]) in made:
                    return values, made[sort_name or ""]
                return said, titles.sort_keys(said)
        keys = list(columns)
        said = [
            made_title(self.tx, self.form, dict(zip(keys, row, strict=True)))
            for row in zip(*columns.values(), strict=True)
        ]
        return said, titles.sort_keys(said)

    def _fill(self, field: Field, columns: dict[str, list[Any]], many: int) -> None:
        """选择数据: what the chosen records say, where the file says nothing itself."""
        copied = [self._copied_from(field, target) for target in columns[field.key]]
        for target in field.get("fill").values():
            there = columns.get(target) or [None] * many
            columns[target] = [
                given.get(target) if one is None else one for one, given in zip(there, copied, strict=True)
            ]

    def _copied_from(self, field: Field, target: Any) -> Mapping[str, Any]:
        if target is None or target is LATER:
            return {}
        place = (field.path, target)
        if place not in self._copied:
            self._copied[place] = completing.copied(self.tx, field, target)
        return self._copied[place]

    # -- row by row ------------------------------------------------------------------------------------

    def complete(self, number: int, values: dict[str, Any], owner: int | None) -> None:
        """Defaults, copied values and those formulas that SQL cannot work out over the staged rows."""
        tx, form = self.tx, self.form
        given_later = {field.key for field in self.in_sql}
        given = dict(values)
        self._hold_blank_columns(values)
        completing.add_defaults(tx, form, values, {*values, *given_later, *self.blank}, self.context)
        self._tell_defaults(number, given, values)
        completing.fill(tx, form, values, values, values)
        values |= self.nothing_yet
        if not self.in_python and not self.by_formula and not self.linkages:
            return
        system = {"owner": owner, "created_by": tx.viewer.member_id, "created_at": tx.moment}
        if self.in_python:
            work_out(tx, form, values, self.in_python, system)
        if self.by_formula:
            sent = {*values, *given_later, *self.blank}
            filled = completing.fill_by_formula(tx, form, values, system, sent, new=True)
            for key in filled & self.told:
                self._tell(key, (number,))
            if filled and self.in_python:
                work_out(tx, form, values, self.in_python, system)
        if self.linkages:
            fired = applying.link(tx, form, values, system, given, self._looked_up)
            if fired and self.in_python:
                work_out(tx, form, values, self.in_python, system)

    def _hold_blank_columns(self, values: dict[str, Any]) -> None:
        for path in self.blank:
            key, _, column = path.partition(".")
            if column and values.get(key):
                values[key] = [RowValues(row.id, {column: None, **row.values}) for row in values[key]]

    def _tell_defaults(self, number: int, given: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        for path in self.told:
            key, _, column = path.partition(".")
            if not column:
                if given.get(key) is None and values.get(key) is not None:
                    self._tell(path, (number,))
                continue
            lines = zip(given.get(key) or (), values.get(key) or (), strict=False)
            if any(
                was.values.get(column) is None and now.values.get(column) is not None for was, now in lines
            ):
                self._tell(path, (number,))

    def _tell(self, path: str, numbers: Iterable[int]) -> None:
        if (field := self.form.field(path)) is not None:
            defaults.tell(self.reminders, numbers, field)

    def document(self, number: int, values: dict[str, Any], owner: int | None) -> dict[str, Any]:
        """The row as it is copied in."""
        made: dict[str, Any] = {NUMBER: number, "owner": owner}
        names = self.names
        for key, value in values.items():
            if key in names:
                name, sort_name = names[key]
                made[name] = value
                if sort_name is not None:
                    made[sort_name] = titles.sort_key(value)
        if self.in_python:
            made |= persist.encode(self.table, {one.path: values.get(one.path) for one in self.in_python})
            made["errors"] = persist.errors_in(values)
        for key, subform in self.table.subforms.items():
            if values.get(key):
                made[f"s_{subform.stored.id}"] = as_json(values[key], subform)
        if not self.late_title:
            title = made_title(self.tx, self.form, values)
            made["title"], made["title_key"] = title, titles.sort_key(title)
        for one, name in self.uniques:
            made[name] = fingerprint(one, values)
        return made

    def read_late(self, waiting: Sequence[StoredFormula]) -> set[str]:
        """Of these formulas those whose values the staged rows must have in the end: for titles and order keys."""
        read = set(titles.title_fields(self.form)) if self.late_title else set()
        read |= {key for key in self.late if key in self.names and self.names[key][1]}
        return read & {one.path for one in waiting}

    # -- at the end ------------------------------------------------------------------------------------

    def finish(self, tx: Transaction, staging: Staging) -> None:
        """Titles and order keys of what is known only now: serial numbers, formulas, defaults by formula."""
        sorted_late = [key for key in sorted(self.late) if key in self.names and self.names[key][1]]
        if self.late_title:
            self._late_titles(tx, staging)
        for key in sorted_late:
            name, sort_name = self.names[key]
            _rewrite(tx, staging, [name], {sort_name or "": lambda row: titles.sort_key(row[0])})

    def _late_titles(self, tx: Transaction, staging: Staging) -> None:
        keys = [key for key in titles.title_fields(self.form) if key in self.table.columns]
        made: dict[tuple[Any, ...], str | None] = {}

        def title(row: tuple[Any, ...]) -> str | None:
            if row not in made:
                made[row] = made_title(tx, self.form, dict(zip(keys, row, strict=True)))
            return made[row]

        names = [self.table.columns[key][1].name for key in keys]
        _rewrite(tx, staging, names, {"title": title, "title_key": lambda row: titles.sort_key(title(row))})


def _stays_blank(field: Field | None) -> bool:
    """Whether an empty cell stays empty: not where there must be a value, nor where every save fills one in."""
    if field is None or field.required:
        return False
    given = field.get("default")
    return not (isinstance(given, Mapping) and given.get("on_save"))


def _rewrite(
    tx: Transaction,
    staging: Staging,
    names: Sequence[str],
    columns: Mapping[str, Callable[[tuple[Any, ...]], Any]],
) -> None:
    """Set text columns of the staged rows without a fault to what their other columns make of them."""
    found = tx.connection.exec_driver_sql(
        f"SELECT id, {', '.join(names)} FROM {staging.name} WHERE {FAULT} IS NULL"
    ).all()
    sides: list[list[Any]] = [[row[0] for row in found]]
    sides += [[make(tuple(row[1:])) for row in found] for make in columns.values()]
    given = ", ".join("%s::text[]" for _ in columns)
    tx.connection.exec_driver_sql(
        f"UPDATE {staging.name} s SET {', '.join(f'{name} = e.{name}' for name in columns)}"
        f" FROM unnest(%s::bigint[], {given}) AS e(id, {', '.join(columns)}) WHERE s.id = e.id",
        tuple(sides),
    )


def _present(values: list[Any]) -> list[Any]:
    return [None if value is LATER else value for value in values]
