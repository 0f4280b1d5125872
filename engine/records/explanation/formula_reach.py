"""Which paths of a formula a viewer may read: at all, in every record, or in one of them."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.formula_names import name_of
from engine.formulas import Name
from engine.formulas.tree import Path
from engine.records.reading.read import several
from engine.records.reading.record import Record
from engine.records.reading.visible import TITLE, access_for, along

PEOPLE = (paths.MEMBERS, paths.DEPARTMENTS)


@dataclass(frozen=True, eq=False)
class Reach:
    """A viewer's look at a form through a formula; `row` is the subform in whose rows it stands.

    With `real` the app `live` is only proposed: what its new computed fields read has to be readable everywhere, for
    no record of the real one tells of them.
    """

    live: LiveApp
    form: Form
    viewer: Viewer | App
    row: Field | None = None
    real: LiveApp | None = None

    def steps(self, path: Path) -> tuple[Field, ...] | None:
        """The field at each step of a path; None where there is no such field."""
        return paths.resolve(self.form, ".".join(path), self.row)

    def known(self, steps: tuple[Field, ...]) -> bool:
        """Whether the viewer may know of the field at the end: some record that one may read shows it."""
        return along(
            steps,
            access_for(self.live, self.form, self.viewer),
            lambda form: access_for(self.live, form, self.viewer),
        )

    def always(self, path: Path) -> bool:
        """Whether every record that the viewer may read shows what the path leads to."""
        steps = self.steps(path)
        if not steps:
            return False
        own = access_for(self.live, self.form, self.viewer)
        return all(own.always(step.path) for step in self._inside(steps)) and self._beyond(steps)

    def within(self, connection: Connection, path: Path, record: Record) -> bool:
        """Whether the viewer may read what the path leads to from this record, as the gate gave it to them."""
        steps = self.steps(path)
        if not steps:
            return False
        if self.real is not None and (steps[0].parent or steps[0]).kind.computed:
            return self.always(path)
        return self.always(path) or _Following(self, connection).reads(record, steps, 0)

    def resolve(self, path: Path) -> Name | None:
        """The field as a formula sees it; None too for what one may not know of."""
        steps = self.steps(path)
        return name_of(steps) if steps and self.known(steps) else None

    def names(self) -> list[str]:
        """The paths that may have been meant."""
        return [one.path for one in self.form.walk() if not one.kind.layout_only and self.known((one,))]

    def _inside(self, steps: tuple[Field, ...]) -> tuple[Field, ...]:
        """The steps inside the record itself."""
        return steps[:2] if steps[0].type == "subform" else steps[:1]

    def _beyond(self, steps: tuple[Field, ...]) -> bool:
        """Whether nothing on the way hides it; values from other records only where all of those may be read."""
        at: Form | None = self.form
        for step in steps:
            if at is self.form:
                access = access_for(self.live, at, self.viewer)
                if access.never(step.path) or step.parent is not None and not access.always(step.path):
                    return False
            elif at is not None and not self._everywhere(at, step.path):
                return False
            if not self._looked_up(step):
                return False
            at = paths.target_form(step) if step.type != "subform" else at
        end = paths.target_form(steps[-1])
        return end is None or self._everywhere(end, TITLE)

    def _looked_up(self, step: Field) -> bool:
        """What a lookup shows is another record's: it takes the right to read that."""
        if step.type != "lookup" or step.form is None:
            return True
        link = step.beside(step.get("via")) if step.get("via") else None
        if link is None:
            other = step.form.other(step.get("form"))
            return other is not None and self._everywhere(other, TITLE)
        target = paths.target_form(link)
        return target is not None and self._everywhere(target, step.get("field", ""))

    def _everywhere(self, form: Form, path: str) -> bool:
        """Whether the viewer reads this of every record of another form."""
        if form in PEOPLE:
            return True
        access = access_for(self.live, form, self.viewer)
        return access.whole and access.always(path)


class _Following:
    """Goes along a path from record to record, each read by the gate."""

    def __init__(self, reach: Reach, connection: Connection) -> None:
        self.reach = reach
        self.connection = connection

    def reads(self, record: Record, steps: tuple[Field, ...], at: int) -> bool:
        """Whether this step and all behind it may be read."""
        field = steps[at]
        if field.parent is not None and at == 0:  # a column of the row that the formula stands in
            rows = record.values.get(field.parent.key)
            return rows is not None and self._column(rows, steps, 0)
        if not field.system and field.key not in record.values:
            return self._only_drafted(record.form, field.key)
        if field.type == "lookup":
            return self._looked_up(record, field, steps, at)
        if field.type == "subform":
            rows = record.values.get(field.key) or ()
            return len(steps) == at + 1 or self._column(rows, steps, at + 1)
        return self._follow([record.value(field.key)], steps, at)

    def _column(self, rows: Any, steps: tuple[Field, ...], at: int) -> bool:
        column = steps[at]
        if column.parent is None or not access_for(
            self.reach.live, self.reach.form, self.reach.viewer
        ).always(column.path):
            return False
        return self._follow([row.values.get(column.key) for row in rows], steps, at)

    def _looked_up(self, record: Record, field: Field, steps: tuple[Field, ...], at: int) -> bool:
        link = field.beside(field.get("via")) if field.get("via") else None
        target = paths.target_form(link) if link is not None else None
        shown = target.field(field.get("field", "")) if target is not None else None
        if link is None or shown is None:
            return False
        return self.reads(record, (link, shown, *steps[at + 1 :]), 0)

    def _follow(self, values: list[Any], steps: tuple[Field, ...], at: int) -> bool:
        """Whether what these values name may be read, as far as the path goes on."""
        target = paths.target_form(steps[at])
        if target is None:
            return at == len(steps) - 1
        named = [one for value in values for one in (value if isinstance(value, list) else [value]) if one]
        if any(getattr(one, "id", None) is None for one in named):
            return False
        if at == len(steps) - 1 or target in PEOPLE:
            return True
        live, viewer = self.reach.real or self.reach.live, self.reach.viewer
        form, key = live.forms.get(target.key), steps[at + 1].key
        if form is None or form.field(key) is None:
            return self._only_drafted(form, key)
        ids = {one.id for one in named}
        access, needed = access_for(live, form, viewer), _needed(form, key)
        if access.nothing or any(access.never(one) for one in needed):
            return False
        found = several(self.connection, live, target.key, viewer, ids, needed)
        return len(found) == len(ids) and all(self.reads(one, steps, at + 1) for one in found)

    def _only_drafted(self, form: Form | None, key: str) -> bool:
        """What only a draft has is empty in every record, and so no secret."""
        return self.reach.real is not None and (form is None or form.field(key) is None)


def _needed(form: Form, key: str) -> list[str]:
    """What of a record has to be read to look at a field of it: for a lookup also its link."""
    field = form.field(key)
    if field is None or field.system:
        return []
    return [key, field.get("via")] if field.type == "lookup" and field.get("via") else [key]
