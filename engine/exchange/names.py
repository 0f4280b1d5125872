"""What the names in a file stand for: records of other forms and members, found in sets, near misses suggested."""

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from engine.access import people
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.clean import Made, Names, Problem
from engine.exchange.mapping import Lookup
from engine.fields.form import Field, Form
from engine.platform.i18n import Text
from engine.records.query import Query, query

AT_ONCE = 500
PAGE = 1000
NEAR_AMONG = 20_000


class Near:
    """The known name that a misspelt one probably means: the same but for spaces and signs, else the closest."""

    def __init__(self, known: Iterable[str]) -> None:
        self._known = list(dict.fromkeys(known))
        self._bare = {_bare(name): name for name in reversed(self._known)}
        self._answers: dict[str, str | None] = {}

    def to(self, text: str) -> str | None:
        """The near name, if there is one near enough."""
        if text not in self._answers:
            self._answers[text] = self._near(text)
        return self._answers[text]

    def _near(self, text: str) -> str | None:
        bare = _bare(text)
        if bare in self._bare:
            return self._bare[bare]
        if len(self._known) > NEAR_AMONG or len(text) > 100:
            return None
        close = difflib.get_close_matches(bare, self._bare, 1, 0.84)
        return self._bare[close[0]] if close else None


class RecordNames(Names):
    """Records of the form that a link names, by the text of one of its fields, as far as the viewer may see them.

    With `own`, a name may also belong to a record that this very import creates; it is then left for later.
    """

    def __init__(
        self, form: Form, rule: Lookup, found: Mapping[str, Sequence[int]], near: Near, own: frozenset[str]
    ):
        self.form = form
        self.rule = rule
        self.found = found
        self.near = near
        self.own = own

    def find(self, text: str) -> int | Made | Problem | None:
        ids = self.found.get(same(text), ())
        if len(ids) == 1:
            return ids[0]
        if len(ids) > 1:
            said = Text(
                "有 {n} 条{form}都叫“{name}”，不知道是哪一条",
                "{n} records of {form} are called “{name}”",
                n=len(ids), form=Text(self.form.name("zh-CN"), self.form.name("en")), name=text,
            )  # fmt: skip
            return Problem("ambiguous_record", said)
        if same(text) in self.own:
            return Made(text)
        suggestion = self.near.to(text)
        if suggestion is not None and self.rule.missing != "create":
            said = Text(
                "没有“{name}”，是不是“{near}”？",
                "There is no “{name}”; did you mean “{near}”?",
                name=text,
                near=suggestion,
            )
            level = "must" if self.rule.missing == "reject" else "should"
            return Problem("unknown_record", said, level, suggestion)
        if self.rule.missing == "create":
            return Made(text)
        return self._missing(text)

    def _missing(self, text: str) -> Problem:
        said = Text(
            "{form}里没有“{name}”", "{form} has no “{name}”",
            form=Text(self.form.name("zh-CN"), self.form.name("en")), name=text,
        )  # fmt: skip
        return Problem("unknown_record", said, "must" if self.rule.missing == "reject" else "should")


class MemberNames(Names):
    """Members by name, account, phone or e-mail."""

    def __init__(self, rule: Lookup, found: Mapping[str, Sequence[int]], near: Near):
        self.rule = rule
        self.found = found
        self.near = near

    def find(self, text: str) -> int | Made | Problem | None:
        ids = self.found.get(text.strip().lower(), ())
        if len(ids) == 1:
            return ids[0]
        if len(ids) > 1:
            return Problem(
                "ambiguous_member",
                Text("有 {n} 位成员叫“{name}”", "{n} members are called “{name}”", n=len(ids), name=text),
            )
        if self.rule.missing == "create":
            return Made(text)
        suggestion = self.near.to(text)
        said = (
            Text(
                "没有成员“{name}”，是不是“{near}”？",
                "There is no member “{name}”; did you mean “{near}”?",
                name=text,
                near=suggestion,
            )
            if suggestion
            else Text("没有成员“{name}”", "There is no member “{name}”", name=text)
        )
        return Problem(
            "unknown_member", said, "must" if self.rule.missing == "reject" else "should", suggestion
        )


def record_names(
    connection: Connection,
    live: LiveApp,
    viewer: Viewer,
    field: Field,
    rule: Lookup,
    texts: Iterable[str],
    own: frozenset[str] = frozenset(),
) -> RecordNames:
    """What these texts stand for in a link's form: a few statements for all of them."""
    form = live.form(field.get("form"))
    by = rule.by if form.field(rule.by) is not None else "name"
    wanted = sorted({text for text in texts if text})
    found: dict[str, list[int]] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        for name, record_id in _named(
            connection, live, viewer, form, by, {"field": by, "op": "in", "value": part}
        ):
            found.setdefault(same(name), []).append(record_id)
    missing = any(same(text) not in found for text in wanted)
    known = [name for name, _ in _named(connection, live, viewer, form, by, None)] if missing else []
    return RecordNames(form, rule, found, Near(known), own)


def member_names(connection: Connection, rule: Lookup, texts: Iterable[str]) -> MemberNames:
    """What these texts stand for among the members."""
    wanted = sorted({text for text in texts if text})
    found: dict[str, list[int]] = dict(people.named(connection, wanted))
    for text in wanted:
        if text.lower() not in found and any(mark in text for mark in "@0123456789"):
            member_id = people.by_sign_in_name(connection, text)
            if member_id is not None:
                found[text.lower()] = [member_id]
    return MemberNames(rule, found, Near(one.name for one in people.members(connection, limit=NEAR_AMONG)))


def same(text: str) -> str:
    """Two names are one if they differ only in case, width or the number of spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _named(
    connection: Connection, live: LiveApp, viewer: Viewer, form: Form, by: str, where: dict[str, Any] | None
) -> list[tuple[str, int]]:
    """The records' names with their ids; at most as many as suggestions are looked for among."""
    found: list[tuple[str, int]] = []
    cursor: str | None = None
    while len(found) < NEAR_AMONG:
        page = query(
            connection, live, form.key, viewer, Query(where=where, fields=(by,), limit=PAGE, cursor=cursor)
        )
        found += [
            (str(record.value(by)), record.id) for record in page.records if record.value(by) is not None
        ]
        cursor = page.next_cursor
        if cursor is None:
            break
    return found


def _bare(text: str) -> str:
    return "".join(one for one in same(text) if one.isalnum())
