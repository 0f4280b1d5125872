"""What publishing would do to an app that is in use: told to the one who publishes, before anything is changed."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any

from sqlalchemy import Connection, exc, text

from engine.access.grants import of_role
from engine.access.viewer import App, Viewer
from engine.definitions import places, references, rule_kinds
from engine.definitions.model import LiveApp
from engine.definitions.propose import Proposal, propose
from engine.definitions.references import Use
from engine.definitions.rule_kinds import Rule, RuleKind
from engine.fields.form import Field, Form
from engine.formulas.faults import FormulaFault
from engine.platform.errors import Refusal
from engine.platform.i18n import Text, label_text
from engine.records.reading.visible import Access
from engine.records.storage import storage
from engine.records.storage.computed import computations
from engine.records.storage.storage import StoredForm
from engine.records.structure import retyping
from engine.records.structure.counting import Counting
from engine.records.structure.demands import demands
from engine.records.structure.retyping import Example, Fate

SECONDS = 3.0
"""So long it may look at records."""
DAYS_KEPT = 30
EXAMPLES_TOLD = 3


@dataclass(frozen=True)
class Seer:
    """A role that will see a field: on which rows (all, or those of a condition), and whether it may fill it."""

    key: str
    label: str
    all_rows: bool
    editable: bool


@dataclass(frozen=True)
class Foretold:
    """One thing that publishing would do.

    `kind` is one of form_added, form_removed, field_added, field_removed, field_returns, field_retyped,
    field_shown, rule_opens, formula_changed, view_added, view_removed, view_changed and unmet.
    """

    kind: str
    form: str
    said: Text
    path: str | None = None
    count: int | None = None
    """How many records, or values, it is about; None where it was not counted."""
    estimated: bool = False
    """There are more than could be looked at in the time; `count` is of those that were."""
    examples: Sequence[Example] = ()
    roles: Sequence[Seer] = ()
    uses: Sequence[Use] = attribute(default=())
    """The places that name the field."""


def foretell(
    connection: Connection, live: LiveApp, proposal: Proposal, viewer: Viewer | App
) -> list[Foretold]:
    """What publishing these documents would do; examples are what the viewer may see. Changes nothing.

    The documents are sound (`publish.check`); the connection is in a transaction.
    """
    return list(Foretelling(connection, live, propose(live, proposal), viewer).all(proposal))


def losses(connection: Connection, live: LiveApp, proposal: Proposal, viewer: Viewer | App) -> list[Text]:
    """What publishing these sound documents would take out of sight, each with examples the viewer may see."""
    if not any(kind == "forms" and key in live.forms for kind, key in proposal):
        return []
    found = Foretelling(connection, live, propose(live, proposal), viewer).losses(proposal)
    return [_with_examples(one) for one in found]


class Foretelling:
    """The app as it is and as it would be, compared."""

    def __init__(
        self, connection: Connection, live: LiveApp, proposed: LiveApp, viewer: Viewer | App
    ) -> None:
        self.connection = connection
        self.live = live
        self.proposed = proposed
        self.viewer = viewer
        self.deadline = time.monotonic() + SECONDS
        self.stored = storage.load(connection, live.app.id, live.app.schema)

    def all(self, proposal: Proposal) -> Iterator[Foretold]:
        """Everything, form by form; last the roles that see more than before."""
        told: set[tuple[str, str]] = set()
        for kind, key in proposal:
            if kind == "forms":
                for one in self._form(key):
                    if one.path is not None:
                        told.add((one.form, one.path))
                    yield one
        if any(kind == "roles" for kind, _ in proposal):
            yield from self._shown(told)

    def losses(self, proposal: Proposal) -> Iterator[Foretold]:
        """Values that do not convert wholly, and fields and forms that go with values in them."""
        for kind, key in proposal:
            before, after = self.live.forms.get(key), self.proposed.forms.get(key)
            if kind != "forms" or before is None:
                continue
            found = [self._removed_form(before)] if after is None else self._altered(before, after)
            for one in found:
                if one.kind in ("form_removed", "field_removed", "field_retyped") and one.count:
                    yield one

    # -- one form --------------------------------------------------------------------------------------

    def _form(self, key: str) -> Iterator[Foretold]:
        before, after = self.live.forms.get(key), self.proposed.forms.get(key)
        if after is None:
            if before is not None:
                yield self._removed_form(before)
            return
        if before is None:
            said = Text("新建表单“{form}”", "A new form “{form}”", form=_name(after))
            yield Foretold("form_added", key, said, roles=self._seers(after, None))
            yield from self._opened(None, after)
            return
        changed: set[str] = set()
        for one in self._altered(before, after):
            if one.path is not None:
                changed.add(one.path)
            yield one
        yield from self._formulas(before, after, changed)
        yield from self._views(before, after)
        yield from self._opened(before, after)
        yield from self._unmet(before, after, changed)

    def _altered(self, before: Form, after: Form) -> Iterator[Foretold]:
        """The fields that come, change their type or go."""
        for field in _columns(after):
            found = self._field(before, after, field)
            if found is not None:
                yield found
        for field in _columns(before):
            gone = after.field(field.path) is None
            if gone and not (field.parent is not None and after.field(field.parent.path) is None):
                yield self._removed(before, field)

    def _removed_form(self, form: Form) -> Foretold:
        stored = self.stored.get((form.key, ""))
        count = self._count(stored)
        said = Text(
            "删除表单“{form}”和它的 {n} 条数据，{days} 天内可以恢复",
            "The form “{form}” goes with its {n} records; it can come back for {days} days",
            form=_name(form),
            n=f"{count:,}",
            days=DAYS_KEPT,
        )
        return Foretold("form_removed", form.key, said, count=count, uses=self._uses(form.key, None))

    def _field(self, before: Form, after: Form, field: Field) -> Foretold | None:
        old = before.field(field.path)
        if field.children:
            return None if old is not None and old.children else self._added(after, field)
        if field.live or not field.kind.stored:
            return self._added(after, field) if old is None else None
        found = retyping.fate(self.stored.get((after.key, _subform(field))), field)
        if found.what == "returns" and found.source is not None and old is None:
            return self._returns(after, field, found)
        if old is None:
            return self._added(after, field)
        if found.what == "converted":
            return self._retyped(before, after, old, field, found)
        if old.type != field.type:
            said = Text(
                "“{field}”从{old}改为{new}：值都不变",
                "“{field}” changes from {old} to {new}: the values stay as they are",
                field=_called(field),
                old=old.kind.label,
                new=field.kind.label,
            )
            return Foretold("field_retyped", after.key, said, field.path, count=0)
        return None

    def _added(self, form: Form, field: Field) -> Foretold:
        said = Text("新增字段“{field}”", "A new field “{field}”", field=_called(field))
        return Foretold("field_added", form.key, said, field.path, roles=self._seers(form, field))

    def _returns(self, form: Form, field: Field, found: Fate) -> Foretold:
        stored = self.stored[form.key, _subform(field)]
        assert found.source is not None
        count = retyping.filled(self.connection, stored, found.source)
        said = Text(
            "字段“{field}”带着以前的 {n} 个值回来",
            "The field “{field}” comes back with its {n} values",
            field=_called(field),
            n=f"{count:,}",
        )
        roles = self._seers(form, field)
        return Foretold("field_returns", form.key, said, field.path, count=count, roles=roles)

    def _removed(self, form: Form, field: Field) -> Foretold:
        stored = self.stored.get((form.key, _subform(field)))
        column = stored.find(field.key) if stored is not None else None
        count = retyping.filled(self.connection, stored, column) if stored and column else None
        if field.children:
            count = self._count(self.stored.get((form.key, field.key)))
        said = Text(
            "删除字段“{field}”和它的 {n} 个值，{days} 天内可以恢复"
            if count
            else "删除字段“{field}”，{days} 天内可以恢复",
            "The field “{field}” goes with its {n} values; it can come back for {days} days"
            if count
            else "The field “{field}” goes; it can come back for {days} days",
            field=_called(field),
            n=f"{count or 0:,}",
            days=DAYS_KEPT,
        )
        uses = self._uses(form.key, field.path)
        return Foretold("field_removed", form.key, said, field.path, count=count, uses=uses)

    def _retyped(self, before: Form, after: Form, old: Field, field: Field, found: Fate) -> Foretold:
        made = retyping.outlook(
            self.connection, self.live, self.proposed, after, field, found, self.viewer, self.deadline
        )
        given = {
            "field": _called(field),
            "old": old.kind.label,
            "new": field.kind.label,
            "n": f"{made.filled:,}",
            "kept": f"{made.kept:,}",
            "seen": f"{made.looked_at:,}",
            "days": DAYS_KEPT,
        }
        if made.kept and made.partial:
            said = Text(
                "“{field}”从{old}改为{new}：看过的 {seen} 个值（共 {n} 个）里有 {kept} 个不能完整转换，原值保留 {days} 天，改回即恢复",
                "“{field}” changes from {old} to {new}: of {seen} values looked at ({n} in all), {kept} do not convert"
                " wholly; the old ones are kept for {days} days and come back with the old type",
                **given,
            )
        elif made.kept:
            said = Text(
                "“{field}”从{old}改为{new}：{n} 个值里有 {kept} 个不能完整转换，原值保留 {days} 天，改回即恢复",
                "“{field}” changes from {old} to {new}: of {n} values, {kept} do not convert wholly; the old ones are"
                " kept for {days} days and come back with the old type",
                **given,
            )
        else:
            said = Text(
                "“{field}”从{old}改为{new}：{n} 个值都能转换",
                "“{field}” changes from {old} to {new}: all {n} values convert"
                if not made.partial
                else "“{field}” changes from {old} to {new}: all {seen} values looked at (of {n}) convert",
                **given,
            )
        if made.unseen:
            said = Text(
                "{said}（只统计了您看得到的值，其余的同样转换）",
                "{said} (only values that you may see are counted; the others are converted too)",
                said=said,
            )
        return Foretold(
            "field_retyped",
            after.key,
            said,
            field.path,
            count=made.kept,
            estimated=made.partial,
            examples=made.examples,
            uses=self._uses(after.key, field.path),
        )

    def _formulas(self, before: Form, after: Form, changed: set[str]) -> Iterator[Foretold]:
        """Formulas and sums that are worked out anew, each with how many records that is."""
        count = self._count(self.stored.get((after.key, "")))
        comps = computations(self.proposed, after.key)
        own = {
            field.path
            for field in after.walk()
            if field.kind.computed
            and (old := before.field(field.path)) is not None
            and any(
                old.get(name) != field.get(name) for name in ("formula", "fn", "field", "where", "result")
            )
        }
        following = {one.path for one in comps.after(changed | own)} - changed
        for path in sorted(own | following):
            field = after.field(path)
            if field is None or path in changed:
                continue
            said = Text(
                "“{field}”重新计算，共 {n} 条数据",
                "“{field}” is worked out anew for {n} records",
                field=_called(field),
                n=f"{count:,}",
            )
            yield Foretold("formula_changed", after.key, said, path, count=count)

    def _views(self, before: Form, after: Form) -> Iterator[Foretold]:
        old = {view["key"]: view for view in before.document.get("views", ())}
        new = {view["key"]: view for view in after.document.get("views", ())}
        for key in dict.fromkeys([*new, *old]):
            if old.get(key) == new.get(key):
                continue
            kind = "view_added" if key not in old else "view_removed" if key not in new else "view_changed"
            name = places.spoken((new.get(key) or old[key]).get("name"), key)
            said = {
                "view_added": Text("新增视图“{view}”", "A new view “{view}”", view=name),
                "view_removed": Text("删除视图“{view}”", "The view “{view}” goes", view=name),
                "view_changed": Text("修改视图“{view}”", "The view “{view}” changes", view=name),
            }[kind]
            yield Foretold(kind, after.key, said)

    def _opened(self, before: Form | None, after: Form) -> Iterator[Foretold]:
        """What rules let people have that they may not see otherwise, as far as it is more than before."""
        known = (
            {str(said) for kind, rule in _kinds_of(before) for said in kind.warnings(before, rule, self.live)}
            if before is not None
            else set()
        )
        for kind, rule in _kinds_of(after):
            for said in kind.warnings(after, rule, self.proposed):
                if str(said) not in known:
                    yield Foretold("rule_opens", after.key, said, roles=self._opened_to(kind, after, rule))

    def _opened_to(self, kind: RuleKind, form: Form, rule: Rule) -> list[Seer]:
        """The roles that see in the form what they may not see, or not in every record, where a rule takes it from."""
        found: dict[str, Seer] = {}
        for one in kind.opens(form, rule, self.proposed):
            seen = {role.key for role in self._seers(one.other, one.source) if role.all_rows}
            found |= {role.key: role for role in self._seers(form, one.own) if role.key not in seen}
        return list(found.values())

    def _unmet(self, before: Form, after: Form, changed: set[str]) -> Iterator[Foretold]:
        """Records that do not meet what is demanded from now on."""
        counting = Counting(self.connection, self.proposed, after, self.viewer, self.deadline, self.live)
        total = self._count(self.stored.get((after.key, "")))
        for demand in demands(self.proposed, before, after):
            new = {path for path in demand.reads if before.field(path) is None}
            if new:
                # No record has a value there yet; a default fills only new ones.
                if demand.rule is None and total:
                    said = Text(
                        "已有的 {n} 条数据{what}。它们保持原样，下次保存时再改。",
                        "The {n} records that are there {what}. They stay as they are until they are next saved.",
                        n=f"{total:,}",
                        what=demand.said,
                    )
                    yield Foretold("unmet", after.key, said, next(iter(new)), count=total)
                continue
            path = next(iter(sorted(demand.reads)), None)
            if demand.reads & changed:
                uncounted = counting.uncounted(demand)
                yield Foretold("unmet", after.key, uncounted, path)
                continue
            try:
                sentence = counting.said(demand)
            except (exc.DBAPIError, KeyError, FormulaFault, Refusal):
                sentence = counting.uncounted(demand)
            if sentence is not None:
                yield Foretold("unmet", after.key, sentence, path)

    # -- who sees it -----------------------------------------------------------------------------------

    def _shown(self, told: set[tuple[str, str]]) -> Iterator[Foretold]:
        """Fields that a role sees from now on and did not before."""
        for key, form in self.proposed.forms.items():
            before = self.live.forms.get(key)
            if before is None:
                continue
            for field in form.fields:
                if field.kind.layout_only or (key, field.path) in told or before.field(field.path) is None:
                    continue
                known = {one.key for one in self._seers(before, field, self.live)}
                fresh = [one for one in self._seers(form, field) if one.key not in known]
                if fresh:
                    said = Text(
                        "“{form}”的“{field}”对这些角色可见：{roles}",
                        "“{field}” of “{form}” becomes visible to: {roles}",
                        form=_name(form),
                        field=_called(field),
                        roles=Text("、".join(r.label for r in fresh), ", ".join(r.label for r in fresh)),
                    )
                    yield Foretold("field_shown", key, said, field.path, roles=fresh)

    def _seers(self, form: Form, field: Field | None, app: LiveApp | None = None) -> list[Seer]:
        """The roles that see a field, or any row of a form."""
        app = app or self.proposed
        path = None if field is None else field.path
        found = []
        for key, document in app.documents.get("roles", {}).items():
            access = Access(app, form, of_role(app, key, form.key, "read"))
            if access.nothing or (path is not None and access.never(path)):
                continue
            shows = access.grants if path is None else access.shows(path)
            changes = of_role(app, key, form.key, "update") or of_role(app, key, form.key, "create")
            open_ = path is None or any(one.fields.get(path, "edit") == "edit" for one in changes)
            editable = bool(changes) and open_ and not (field is not None and field.kind.computed)
            label = label_text(document.get("name")) or key
            found.append(Seer(key, label, any(one.where is None for one in shows), editable))
        return found

    def _uses(self, form: str, path: str | None) -> list[Use]:
        """The places in what is live that name the form, or the field, outside itself."""
        try:
            return list(references.uses(self.live, "forms", form, path))
        except RecursionError:
            return []

    def _count(self, stored: StoredForm | None) -> int:
        if stored is None or stored.removed:
            return 0
        alive = " WHERE deleted_at IS NULL" if not stored.field_key else ""
        return int(self.connection.scalar(text(f"SELECT count(*) FROM {stored.qualified()}{alive}")) or 0)


def _with_examples(one: Foretold) -> Text:
    shown = list(dict.fromkeys(example.value for example in one.examples))[:EXAMPLES_TOLD]
    if not shown:
        return one.said
    return Text(
        "{said}。例如{chinese}",
        "{said}. Such as {english}",
        said=one.said,
        chinese="、".join(f"“{value}”" for value in shown),
        english=", ".join(f"“{value}”" for value in shown),
    )


def _kinds_of(form: Form | None) -> Iterator[tuple[RuleKind, Rule]]:
    """The rules of a form with their kinds; one whose package was taken out has none."""
    for rule in form.rules if form is not None else ():
        try:
            yield rule_kinds.get(rule["kind"]), rule
        except KeyError:
            continue


def _columns(form: Form) -> list[Field]:
    return [one for one in form.walk() if not one.kind.layout_only]


def _subform(field: Field) -> str:
    return field.parent.key if field.parent is not None else ""


def _name(form: Form) -> Text | str:
    return places.spoken(form.label, form.key)


def _called(field: Field) -> Any:
    own = places.spoken(field.label, field.key)
    if field.parent is None:
        return own
    return Text("{a}·{b}", "{a} · {b}", a=places.spoken(field.parent.label, field.parent.key), b=own)
