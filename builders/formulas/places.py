"""Where a formula stands: the form as it is live and as the viewer sees it, or as it is drafted."""

from dataclasses import dataclass
from functools import cached_property

from engine.access.grants import require_design
from engine.access.viewer import Viewer
from engine.definitions import drafts
from engine.definitions.model import LiveApp
from engine.definitions.propose import propose
from engine.fields.form import Field, Form
from engine.fields.formula_names import name_of
from engine.formulas import Name
from engine.formulas.tree import Path
from engine.platform.errors import Invalid, NotFound
from engine.platform.i18n import Text
from engine.records.explanation.formula_reach import Reach
from engine.web.shell.opened import connection, open_app, open_form, viewer


@dataclass(frozen=True)
class Place:
    """A form, drafted or live, and the subform in whose rows the formula is worked out."""

    live: LiveApp
    form: Form
    row: Field | None
    proposed: LiveApp | None
    viewer: Viewer

    @cached_property
    def reach(self) -> Reach:
        """What the viewer may read from here."""
        real = self.live if self.proposed is not None else None
        return Reach(self.proposed or self.live, self.form, self.viewer, self.row, real)

    def known(self, steps: tuple[Field, ...]) -> bool:
        """Whether the editor may name the field: to a designer every one, to others what they may read."""
        return self.proposed is not None or self.reach.known(steps)

    def resolve(self, path: Path) -> Name | None:
        """The field as a formula sees it."""
        if path not in self._resolved:
            steps = self.reach.steps(path)
            self._resolved[path] = name_of(steps) if steps and self.known(steps) else None
        return self._resolved[path]

    @cached_property
    def _resolved(self) -> dict[Path, Name | None]:
        return {}

    def own(self, key: str | None) -> Field | None:
        """The field of this key beside which the formula stands, in its row or in the record."""
        if not key:
            return None
        return self.row.child(key) if self.row is not None else self.form.field(key)

    def names(self) -> list[str]:
        """The paths that may have been meant."""
        own = self.row.children if self.row is not None else ()
        fields = [*((one.key, one) for one in own), *((one.path, one) for one in self.form.walk())]
        return [path for path, one in fields if not one.kind.layout_only and self.known((one,))]


def open_place(app_key: str, form_key: str, *, inside: str | None, draft: bool) -> Place:
    """The form that a request is about; a draft takes the right to design, the live form that to read."""
    if draft:
        live = open_app(app_key)
        require_design(live, viewer())
        proposed = _with_drafts(live)
        if form_key not in proposed.forms:
            raise NotFound(Text("没有这个表单", "There is no such form"))
        form = proposed.form(form_key)
    else:
        live, form = open_form(app_key, form_key)
        proposed = None
    row = form.field(inside) if inside else None
    if inside and (row is None or row.type != "subform"):
        said = Text("没有子表“{key}”", "There is no subform “{key}”", key=inside[:60])
        raise Invalid.at("/inside", "unknown_field", said)
    return Place(live, form, row, proposed, viewer())


def _with_drafts(live: LiveApp) -> LiveApp:
    """The app with every form as somebody is just drafting it."""
    drafted = {
        (one.kind, one.key): one.document
        for one in drafts.all_drafts(connection(), live.app.key)
        if one.kind == "forms" and one.document is not None
    }
    return propose(live, drafted)
