"""Two people changed the rows of one subform: row by row and column by column, each row known by its id."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.fields.base import RowValues
from engine.fields.failed import value_json, value_text
from engine.fields.form import Field
from engine.platform.i18n import Text, current_language, say
from engine.web.record.clashes import Clash, plain

Raw = dict[str, Any]
GONE = "id"
"""A row that one has deleted is called by its id, behind this."""


@dataclass(frozen=True)
class Mine:
    """A row as it was sent: what the page calls it, what was typed, how that reads, the columns that cannot be read."""

    name: str | None
    raw: Raw
    read: RowValues
    unreadable: frozenset[str] = frozenset()

    @property
    def id(self) -> int | None:
        """The row's id; None for a new one."""
        found: int | None = self.raw.get("id")
        return found


@dataclass(frozen=True)
class Merged:
    """A row of the outcome: what is to be written; with both versions in words where they exclude each other."""

    name: str | None
    raw: Raw
    theirs: str | None = None
    mine: str | None = None


@dataclass
class RowsMerged:
    """The rows to be written, what the page calls them, and where a person has to decide."""

    rows: list[Raw] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


class Rows:
    """The three versions of a subform's rows; `base` is the one that both began with."""

    def __init__(
        self,
        subform: Field,
        base: Sequence[Raw],
        theirs: Sequence[RowValues],
        mine: Sequence[Mine],
        time_zone: str,
    ) -> None:
        self._subform, self._time_zone = subform, time_zone
        self._base = {row["id"]: row for row in base}
        self._theirs = {row.id: row for row in theirs}
        self._mine = mine

    def merge(self) -> RowsMerged:
        """What neither has deleted stays; of a row that both changed, each keeps the columns that they changed."""
        outcome, kept = RowsMerged(), dict[str | int, Merged]()
        for number, row in enumerate(self._mine):
            if (found := self._of_mine(row)) is not None:
                kept[row.id or f"new{number}"] = found
        sent = {row.id for row in self._mine}
        for row_id in self._theirs:
            if row_id is not None and row_id not in sent and row_id not in self._base:
                kept[row_id] = Merged(None, {"id": row_id})
        for key in self._order(kept):
            one = kept[key]
            if one.theirs is not None:
                place = f"{self._subform.key}.{len(outcome.rows)}"
                outcome.clashes.append(self._clash(place, len(outcome.rows), one))
            outcome.rows.append(one.raw)
            outcome.names.append(one.name)
        outcome.clashes += self._deleted_by_me(sent)
        return outcome

    def _of_mine(self, row: Mine) -> Merged | None:
        base, theirs = self._base.get(row.id), self._theirs.get(row.id)
        if row.id is None or base is None and theirs is None:
            return Merged(row.name, _without_id(row.raw))
        changed = [key for key in self._columns(row) if self._changed(row, key, base or {})]
        if theirs is None:  # they have deleted it
            gone = say("已删除这一行", "this row deleted")
            return Merged(row.name, _without_id(row.raw), gone, self._words(row)) if changed else None
        if base is None:
            return Merged(row.name, row.raw)
        left = {key for key in self._columns(row) if key not in changed}
        raw = {key: one for key, one in row.raw.items() if key not in left}
        both = [
            key
            for key in changed
            if self._plain(key, theirs) != plain(base.get(key))
            and (key in row.unreadable or self._plain(key, theirs) != self._plain(key, row.read))
        ]
        if not both:
            return Merged(row.name, raw)
        as_theirs = {key: theirs.values.get(key) for key in left}
        merged = replace(row, read=RowValues(row.id, {**row.read.values, **as_theirs}))
        return Merged(row.name, raw, self._words(Mine(None, {}, theirs)), self._words(merged))

    def _deleted_by_me(self, sent: set[int | None]) -> Iterator[Clash]:
        """The rows that one has deleted and the other has changed: they stay deleted unless one takes them back."""
        for number, (row_id, row) in enumerate(self._theirs.items()):
            base = self._base.get(row_id)
            if row_id in sent or base is None:
                continue
            if all(self._plain(one.key, row) == plain(base.get(one.key)) for one in self._own()):
                continue
            gone = say("已删除这一行", "this row deleted")
            merged = Merged(None, {}, self._words(Mine(None, {}, row)), gone)
            yield self._clash(f"{self._subform.key}.{GONE}{row_id}", number, merged)

    def _clash(self, key: str, number: int, one: Merged) -> Clash:
        label = Text("{field} 第 {n} 行", "{field}, row {n}", field=self._subform.name(), n=number + 1)
        return Clash(key, str(label), one.theirs or "", one.mine or "")

    def _own(self) -> list[Field]:
        return [one for one in self._subform.children if not one.kind.computed]

    def _columns(self, row: Mine) -> list[str]:
        return [one.key for one in self._own() if one.key in row.raw]

    def _changed(self, row: Mine, key: str, base: Raw) -> bool:
        return key in row.unreadable or self._plain(key, row.read) != plain(base.get(key))

    def _plain(self, key: str, row: RowValues) -> Any:
        column = self._subform.child(key)
        return None if column is None else plain(value_json(row.values.get(key), column))

    def _words(self, row: Mine) -> str:
        """A row as one would say it: each column that has something."""
        said = []
        for column in self._subform.children:
            if column.key in row.unreadable:
                told = str(row.raw.get(column.key) or "")
            else:
                told = value_text(
                    row.read.values.get(column.key), column, current_language(), self._time_zone
                )
            if told and not column.get("hidden"):
                said.append(str(Text("{name} {value}", "{name} {value}", name=column.name(), value=told)))
        return say("，", ", ").join(said)

    def _order(self, kept: Mapping[str | int, Merged]) -> list[str | int]:
        """The other's order, where one has not changed it oneself; what stands only in one version, after what it follows there."""
        mine: list[str | int] = [row.id or f"new{number}" for number, row in enumerate(self._mine)]
        theirs: list[str | int] = [one for one in self._theirs if one is not None]
        own = [one for one in mine if one in self._base]
        first, second = (
            (theirs, mine) if own == [one for one in self._base if one in set(own)] else (mine, theirs)
        )
        order = [one for one in first if one in kept]
        for number, key in enumerate(second):
            if key in kept and key not in order:
                before = next((one for one in reversed(second[:number]) if one in order), None)
                order.insert(order.index(before) + 1 if before is not None else 0, key)
        return order


def _without_id(raw: Raw) -> Raw:
    return {key: one for key, one in raw.items() if key != "id"}
