"""What the names in a file stand for: records of other forms and members, found in sets, near misses suggested."""

import difflib
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection

from engine.access import people
from engine.access.grants import allows
from engine.access.viewer import Viewer
from engine.definitions.model import LiveApp
from engine.exchange.clean import Made, Names
from engine.exchange.mapping import Lookup
from engine.exchange.problems import Problem
from engine.fields.form import Field
from engine.platform.i18n import Text
from engine.records.reading.directory import directory_for
from engine.records.reading.query import Query, query

AT_ONCE = PAGE = 1000
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
        self,
        connection: Connection,
        live: LiveApp,
        viewer: Viewer,
        field: Field,
        rule: Lookup,
        own: frozenset[str] = frozenset(),
    ) -> None:
        self.connection = connection
        self.live = live
        self.viewer = viewer
        self.form = live.form(field.get("form"))
        self.by = rule.by if self.form.field(rule.by) is not None else "name"
        self.rule = rule
        self.own = own
        self.may_create = allows(live, viewer, self.form.key, "create")
        self.said = Text(self.form.name("zh-CN"), self.form.name("en"))
        self.found: dict[str, list[int]] = {}
        self.near: Near | None = None

    def learn(self, texts: Collection[str]) -> None:
        wanted = sorted(text for text in texts if same(text) not in self.found)
        for start in range(0, len(wanted), AT_ONCE):
            self._add({"field": self.by, "op": "in", "value": wanted[start : start + AT_ONCE]})
        if self.near is None and any(same(text) not in self.found for text in wanted):
            # Now the names are needed anyway: also those that differ in width or spaces, and those nearby.
            self.near = Near(self._add(None))
        for text in wanted:
            self.found.setdefault(same(text), [])

    def find(self, text: str) -> int | Made | Problem | None:
        ids = self.found.get(same(text), ())
        if len(ids) == 1:
            return ids[0]
        if len(ids) > 1:
            said = Text(
                "有 {n} 条{form}都叫“{name}”", "{n} records of {form} are called “{name}”",
                n=len(ids), form=self.said, name=text,
            )  # fmt: skip
            return Problem("ambiguous_record", said)
        if same(text) in self.own:
            return Made(text, in_file=True)
        if self.rule.missing == "create":
            return self._make(text)
        suggestion = self.near.to(text) if self.near else None
        said = Text("{form}里没有“{name}”", "{form} has no “{name}”", form=self.said, name=text)
        said = _or_near(said, suggestion)
        return Problem(
            "unknown_record", said, "must" if self.rule.missing == "reject" else "should", suggestion
        )

    def create(self, text: str) -> int | Made | Problem:
        found = self.find(text)
        return (
            self._make(text)
            if isinstance(found, Problem) and found.code == "unknown_record"
            else found or Made(text)
        )

    def _make(self, text: str) -> Made | Problem:
        if self.may_create:
            return Made(text)
        said = Text(
            "{form}里没有“{name}”，您也没有新建{form}的权限",
            "{form} has no “{name}”, and you may not create any",
            form=self.said, name=text,
        )  # fmt: skip
        return Problem("may_not_create", said)

    def _add(self, where: dict[str, Any] | None) -> list[str]:
        """Learn the records that `where` chooses; answers their names."""
        names: list[str] = []
        cursor: str | None = None
        while len(names) < NEAR_AMONG:
            wanted = Query(where=where, fields=(self.by,), limit=PAGE, cursor=cursor)
            page = query(self.connection, self.live, self.form.key, self.viewer, wanted)
            for record in page.records:
                name = record.value(self.by)
                if isinstance(name, str):
                    names.append(name)
                    ids = self.found.setdefault(same(name), [])
                    if record.id not in ids:
                        ids.append(record.id)
            cursor = page.next_cursor
            if cursor is None:
                break
        return names


class MemberNames(Names):
    """Members by name or account; for administrators by phone or e-mail too, which would tell others whose it is."""

    def __init__(self, connection: Connection, viewer: Viewer, rule: Lookup) -> None:
        self.connection = connection
        self.viewer = viewer
        self.rule = rule
        self.found: dict[str, list[int]] = {}
        self.near: Near | None = None

    def learn(self, texts: Collection[str]) -> None:
        wanted = sorted(text for text in texts if text.lower() not in self.found)
        self.found |= people.named(self.connection, wanted)
        for text in wanted:
            if text.lower() not in self.found and any(mark in text for mark in "@0123456789"):
                self._learn_account(text)
        if self.near is None and any(text.lower() not in self.found for text in wanted):
            self.near = Near(one.name for one in people.members(self.connection, limit=NEAR_AMONG))

    def _learn_account(self, text: str) -> None:
        if self.viewer.administrator:
            member_id = people.by_sign_in_name(self.connection, text)
            found = [member_id] if member_id is not None else []
        else:
            found = list(directory_for(self.connection, None, self.viewer).find("member", None, text))
        if found:
            self.found[text.lower()] = found

    def find(self, text: str) -> int | Made | Problem | None:
        ids = self.found.get(text.strip().lower(), ())
        if len(ids) == 1:
            return ids[0]
        if len(ids) > 1:
            said = Text("有 {n} 位成员叫“{name}”", "{n} members are called “{name}”", n=len(ids), name=text)
            return Problem("ambiguous_member", said)
        if self.rule.missing == "create":
            return self._make(text)
        suggestion = self.near.to(text) if self.near else None
        said = _or_near(Text("没有成员“{name}”", "There is no member “{name}”", name=text), suggestion)
        return Problem(
            "unknown_member", said, "must" if self.rule.missing == "reject" else "should", suggestion
        )

    def create(self, text: str) -> int | Made | Problem:
        found = self.find(text)
        return (
            self._make(text)
            if isinstance(found, Problem) and found.code == "unknown_member"
            else found or Made(text)
        )

    def _make(self, text: str) -> Made | Problem:
        if self.viewer.administrator:
            return Made(text)
        said = Text(
            "没有成员“{name}”，只有管理员可以新建成员",
            "There is no member “{name}”, and only an administrator may add members",
            name=text,
        )
        return Problem("may_not_create", said)


def _or_near(said: Text, near: str | None) -> Text:
    if near is None:
        return said
    return Text("{said}，是不是“{near}”？", "{said}; did you mean “{near}”?", said=said, near=near)


def same(text: str) -> str:
    """Two names are one if they differ only in case, width or the number of spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _bare(text: str) -> str:
    return "".join(one for one in same(text) if one.isalnum())
