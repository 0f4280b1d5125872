"""Which paths of a formula a viewer may read: at all, in every record, or in one of them."""

from collections.abc import Collection
from dataclasses import dataclass

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.formula_names import name_of
from engine.formulas import Name
from engine.formulas.tree import Path
from engine.records.visible import TITLE, access_for, along

PEOPLE = (paths.MEMBERS, paths.DEPARTMENTS)


@dataclass(frozen=True, eq=False)
class Reach:
    """A viewer's look at a form through a formula; `row` is the subform in whose rows it stands.

    With `proposed` the app is one that is not live: what its new computed fields read has to be readable everywhere,
    for no record tells of them.
    """

    live: LiveApp
    form: Form
    viewer: Viewer | App
    row: Field | None = None
    proposed: bool = False

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

    def within(self, path: Path, shown: Collection[str]) -> bool:
        """Whether a record that shows the viewer these fields shows what the path leads to."""
        steps = self.steps(path)
        if not steps:
            return False
        top = steps[0].parent or steps[0]
        if self.proposed and top.kind.computed:
            return self.always(path)
        return (top.system or top.key in shown) and self._beyond(steps)

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
