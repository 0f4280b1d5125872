"""Why somebody may or may not see or change a record, or a field of it: what each of their roles says, part by part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from engine.access.grants import OPERATION_WORDS, Grant, grants, require_design
from engine.access.viewer import EVERYONE, Viewer
from engine.conditions import FormScope, sentence
from engine.conditions.words import top_parts
from engine.definitions.model import LiveApp
from engine.fields.form import Field, Form
from engine.platform.errors import Invalid, NotFound, Refusal
from engine.platform.i18n import Text, current_language, label_text
from engine.records.reading.condition_sql import holding
from engine.records.reading.directory import directory_for
from engine.records.reading.read import get
from engine.records.reading.rights import Rights
from engine.records.reading.visible import access_of, reads, shown_by

SHOWN_OPERATIONS = ("read", "update", "delete")


@dataclass(frozen=True)
class Part:
    """One part of a grant's condition, whether it holds, and what the field has now as far as the asker may read it."""

    sentence: str
    holds: bool
    now: str = ""


@dataclass(frozen=True)
class Reason:
    """What one role says of an operation on the record: `parts` are those of its condition, joined by `joined`."""

    role: str
    name: str
    holds: bool
    words: Text
    joined: str = "all"
    parts: tuple[Part, ...] = ()
    field_words: Text | None = None


@dataclass(frozen=True)
class Answer:
    """Whether it is allowed, in one sentence, with what every role says; `others` are roles that would allow it."""

    operation: str
    allowed: bool
    words: Text
    reasons: tuple[Reason, ...]
    others: tuple[str, ...] = ()


def reasons(
    connection: Connection,
    live: LiveApp,
    form_key: str,
    record_id: int,
    person: Viewer,
    asker: Viewer,
    *,
    operation: str = "read",
    path: str | None = None,
) -> Answer:
    """Why `person` may or may not do this; told to those who design the app, since it speaks of its roles."""
    require_design(live, asker)
    form = live.form(form_key)
    field = form.field(path) if path else None
    if path and field is None:
        raise Invalid.at(
            "/field", "unknown_field", Text("没有字段“{path}”", "There is no field “{path}”", path=path)
        )
    asked = _Asked(connection, live, form, record_id, person, asker, operation, field)
    if person.administrator:
        words = Text(
            "{name} 是管理员，对所有数据都有全部权限。",
            "{name} is an administrator and may do everything with all data.",
            name=person.name,
        )
        return Answer(operation, True, words, ())
    return asked.answer()


def hidden_by(live: LiveApp, grant: Grant, field: Field) -> Field | None:
    """What a computed field reads that the grant hides, so that the field is hidden too; None where it is shown."""
    if not field.kind.computed or grant.names(field.path) or shown_by(live, grant, field, frozenset()):
        return None
    read = list(reads(field))
    own = (one for one, outside in read if not outside and not shown_by(live, grant, one, frozenset()))
    return next(own, None) or next((one for one, outside in read if outside), None)


class _Asked:
    def __init__(
        self,
        connection: Connection,
        live: LiveApp,
        form: Form,
        record_id: int,
        person: Viewer,
        asker: Viewer,
        operation: str,
        field: Field | None,
    ) -> None:
        self.connection, self.live, self.form, self.record_id = connection, live, form, record_id
        self.person, self.asker, self.operation, self.field = person, asker, operation, field
        self.scope = FormScope(form, time_zone=person.time_zone)
        self.names = directory_for(connection, live, asker)
        self._now: dict[str, str] = {}

    def answer(self) -> Answer:
        roles = self.live.documents.get("roles", {})
        own = self.person.role_keys(self.live)
        given = {key: self._grant(key) for key in roles}
        extra = [
            one for one in grants(self.live, self.person, self.form.key, self.operation) if one.role is None
        ]
        held = self._held([*(given[key] for key in roles), *extra])
        allowing = [grant for grant, holds in held.items() if holds and (grant in extra or grant.role in own)]
        told = tuple(
            self._reason(key, given[key], held)
            for key in sorted(own, key=lambda key: (key == EVERYONE, self._name(key)))
            if given[key] is not None or key != EVERYONE
        )
        told += tuple(self._extra(grant, bool(held[grant])) for grant in extra)
        allowed = bool(allowing) and self._opens(allowing)
        others = tuple(
            self._name(key)
            for key, grant in given.items()
            if not allowed and key not in own and grant is not None and held[grant] and self._opens([grant])
        )
        return Answer(self.operation, allowed, self._verdict(allowed, bool(allowing)), told, others)

    def _held(self, given: Sequence[Grant | None]) -> "_Held":
        """Which grants hold for this record, asked in one query."""
        known = [grant for grant in given if grant is not None]
        found = self._holding([grant.where for grant in known])
        return _Held(zip(known, found, strict=True))

    def _holding(self, conditions: Sequence[Mapping[str, Any] | None]) -> tuple[bool, ...]:
        found = holding(self.connection, self.live, self.form, self.person, conditions, [self.record_id])
        if self.record_id not in found:
            raise NotFound(
                Text(
                    "没有编号为 {id} 的“{form}”记录，或者它在回收站里",
                    "There is no {form} with the number {id}, or it is in the recycle bin",
                    id=self.record_id,
                    form=self.form.name(),
                )
            )
        return found[self.record_id]

    def _grant(self, role: str) -> Grant | None:
        given = self.live.documents["roles"][role].get("grants", {}).get(self.form.key) or {}
        allowed = given.get(self.operation)
        if not allowed:
            return None
        where = allowed.get("where") if isinstance(allowed, Mapping) else None
        return Grant(where or None, dict(given.get("fields") or {}), role)

    def _reason(self, role: str, grant: Grant | None, held: "_Held") -> Reason:
        name = self._name(role)
        words = {"operation": OPERATION_WORDS[self.operation], "form": self.form.name()}
        if grant is None:
            said = Text(
                "没有“{operation}”“{form}”的权限。", "It does not allow to {operation} “{form}”.", **words
            )
            return Reason(role, name, False, said)
        holds = held[grant]
        shows = self._of_field(grant) if holds else None
        if grant.where is None:
            said = Text("可以{operation}所有“{form}”。", "It allows to {operation} every “{form}”.", **words)
            return Reason(role, name, True, said, field_words=shows)
        if holds:
            said = Text("这条记录满足它的条件：", "This record meets its condition:")
        else:
            said = Text("这条记录不满足它的条件：", "This record does not meet its condition:")
        joined, parts = top_parts(grant.where)
        each = self._holding(parts) if parts else ()
        told = tuple(self._part(part, one) for part, one in zip(parts, each, strict=True))
        return Reason(role, name, holds, said, joined, told, shows)

    def _extra(self, grant: Grant, holds: bool) -> Reason:
        name = str(Text("待办任务等", "Tasks and the like"))
        if holds:
            return Reason("", name, True, Text("因此得到了这条记录。", "They give this record."))
        return Reason("", name, False, Text("没有给出这条记录。", "They do not give this record."))

    def _part(self, where: Mapping[str, Any], holds: bool) -> Part:
        said = sentence(where, self.scope, None, self.names, of=self.person.name)
        path = where.get("field")
        return Part(said, holds, self._value(path.partition(".")[0]) if isinstance(path, str) else "")

    def _value(self, key: str) -> str:
        """What the field has now; nothing where the asker themselves may not read it."""
        if key not in self._now:
            field = self.form.field(key)
            shown = ""
            if field is not None and field.type != "subform":
                try:
                    fields = None if field.system else [key]
                    record = get(
                        self.connection,
                        self.live,
                        self.form.key,
                        self.asker,
                        self.record_id,
                        fields,
                        tables=False,
                    )
                    if field.system or key in record.values:
                        value = record.value(key)
                        said = field.kind.shown(value, field, current_language(), self.asker.time_zone)
                        shown = said or str(Text("空", "empty"))
                except Refusal:
                    shown = ""
            self._now[key] = shown
        return self._now[key]

    def _opens(self, allowing: Sequence[Grant]) -> bool:
        """Whether the field asked for is open by these grants; without one, the record is."""
        if self.field is None:
            return True
        if self.operation == "read":
            return any(_shows(self.live, grant, self.field) for grant in allowing)
        return not self.field.kind.computed and Rights(tuple(allowing)).opens(self.field)

    def _of_field(self, grant: Grant) -> Text | None:
        """What a grant that holds says of the field that was asked for."""
        if self.field is None:
            return None
        words = {"field": self.field.name()}
        if self.operation != "read":
            if self.field.kind.computed:
                return Text(
                    "“{field}”是算出来的，谁也不能改。", "“{field}” is computed; nobody changes it.", **words
                )
            if Rights((grant,)).opens(self.field):
                return Text("它让“{field}”可以修改。", "It opens “{field}”.", **words)
            return Text("它没有让“{field}”可以修改。", "It does not open “{field}”.", **words)
        if _shows(self.live, grant, self.field):
            return Text("它显示“{field}”。", "It shows “{field}”.", **words)
        if grant.hides(self.field.path) or self.field.parent and grant.hides(self.field.parent.key):
            return Text("它隐藏了“{field}”。", "It hides “{field}”.", **words)
        hidden = hidden_by(self.live, grant, self.field)
        return Text(
            "“{field}”由“{source}”算出，而“{source}”对它是隐藏的。",
            "“{field}” is computed from “{source}”, which it hides.",
            source=hidden.name() if hidden else "",
            **words,
        )

    def _verdict(self, allowed: bool, record: bool) -> Text:
        words = {
            "name": self.person.name,
            "operation": OPERATION_WORDS[self.operation],
            "thing": Text("“{field}”", "“{field}”", field=self.field.name())
            if self.field and record
            else Text("这条记录", "this record"),
        }
        if allowed:
            return Text("{name} 可以{operation}{thing}。", "{name} may {operation} {thing}.", **words)
        return Text("{name} 不能{operation}{thing}。", "{name} may not {operation} {thing}.", **words)

    def _name(self, role: str) -> str:
        return label_text(self.live.documents["roles"][role].get("name")) or role


class _Held:
    """Whether each grant holds; grants are told apart by being the same object."""

    def __init__(self, pairs: Any) -> None:
        self._pairs = [(grant, bool(holds)) for grant, holds in pairs]

    def __getitem__(self, grant: Grant) -> bool:
        return next((holds for one, holds in self._pairs if one is grant), False)

    def items(self) -> list[tuple[Grant, bool]]:
        """Every grant with whether it holds."""
        return self._pairs


def _shows(live: LiveApp, grant: Grant, field: Field) -> bool:
    if field.system:
        return True
    return not access_of(live, field.form, (grant,)).never(field.path) if field.form else True
