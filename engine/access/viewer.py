"""The viewer: who looks and acts, with everything that permissions and conditions ask about a person."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from weakref import WeakKeyDictionary

from cachetools import LRUCache
from sqlalchemy import Connection, text
from sqlalchemy.engine import Engine

from engine.access import organization
from engine.definitions.model import LiveApp
from engine.platform.errors import Forbidden, NotSignedIn
from engine.platform.i18n import DEFAULT_LANGUAGE, Text
from engine.platform.settings import DEFAULT_TIME_ZONE

EVERYONE = "everyone"
"""The role that every active member has without being given it."""

KEPT = 5_000

_time_zone = DEFAULT_TIME_ZONE
_known: WeakKeyDictionary[Engine, LRUCache[int, "Viewer"]] = WeakKeyDictionary()
_lock = threading.Lock()


def use_time_zone(name: str) -> None:
    """Every viewer of this process is in the organisation's time zone, which the settings name."""
    global _time_zone
    _time_zone = name
    with _lock:
        _known.clear()


@dataclass(frozen=True)
class Lent:
    """Whose eyes look through a viewer that is not themselves: read-only, in one app, or (None) in all."""

    to: int
    name: str
    within: str | None


@dataclass(frozen=True)
class Viewer:
    """A member who is signed in or holds a key, as of one state of the organisation."""

    member_id: int
    name: str
    administrator: bool
    language: str
    theme: str
    time_zone: str
    company: str
    department_id: int | None
    revision: int
    lent: Lent | None = None
    _departments: frozenset[int] = field(repr=False, default=frozenset())
    _below: frozenset[int] = field(repr=False, default=frozenset())
    _headed: frozenset[int] = field(repr=False, default=frozenset())
    _reports: frozenset[int] = field(repr=False, default=frozenset())
    _roles: Mapping[int, frozenset[str]] = field(repr=False, default_factory=dict)

    def departments(self, below: bool = False) -> frozenset[int]:
        """The departments one is in; with `below`, all their sub-departments too."""
        return self._below if below else self._departments

    def headed_departments(self) -> frozenset[int]:
        """The departments one heads, and all below them."""
        return self._headed

    def reports(self) -> frozenset[int]:
        """Everybody under one, through any number of steps."""
        return self._reports

    def roles(self, app_id: int) -> frozenset[str]:
        """The keys of the roles given in an app, by name or through a department; `everyone` is not among them."""
        return self._roles.get(app_id, frozenset())

    def role_keys(self, live: LiveApp) -> frozenset[str]:
        """One's roles in an app, `everyone` among them, as far as the app still has them."""
        there = live.documents.get("roles", {})
        return frozenset(role for role in (self.roles(live.app.id) | {EVERYONE}) if role in there)

    def designs(self, live: LiveApp) -> bool:
        """Whether one may change the app itself: administrators, and roles with `design`."""
        if self.shut_out(live):
            return False
        roles = live.documents.get("roles", {})
        return self.administrator or any(roles[role].get("design") for role in self.role_keys(live))

    def shut_out(self, live: LiveApp) -> bool:
        """Whether somebody else looks through these eyes who may do so in another app only."""
        return self.lent is not None and self.lent.within not in (None, live.app.key)

    def require_own_hand(self) -> None:
        """Refuses to write for somebody who only looks through these eyes."""
        if self.lent is not None:
            raise Forbidden(
                Text(
                    "现在是以“{name}”的身份查看，只能看，不能修改。请先结束查看。",
                    "You are seeing this as {name} and can only look; end the viewing first to change anything.",
                    name=self.name,
                ),
                code="view_as",
            )

    @property
    def rights(self) -> str:
        """A mark of what one may do: it differs when being an administrator or the given roles changed."""
        given = sorted((app_id, *sorted(roles)) for app_id, roles in self._roles.items())
        return sha256(repr((self.administrator, given)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class App:
    """The engine itself, acting for an app: everything is allowed to it, and it is no person."""

    reason: str
    member_id: None = None
    name: str = "简流"
    administrator: bool = True
    language: str = DEFAULT_LANGUAGE
    company: str = ""

    @property
    def time_zone(self) -> str:
        """The organisation's time zone."""
        return _time_zone

    def designs(self, live: LiveApp) -> bool:
        """The engine may change any app."""
        return True


def viewer_for(connection: Connection, member_id: int, *, revision: int | None = None) -> Viewer:
    """An active member as a viewer; from memory while the organisation is unchanged (`revision`, if just read)."""
    if revision is None:
        revision = organization.current_revision(connection)
    with _lock:
        known = _known.setdefault(connection.engine, LRUCache(KEPT))
        viewer = known.get(member_id)
    if viewer is not None and viewer.revision == revision:
        return viewer
    viewer = _load(connection, member_id)
    # Safe even inside a transaction that is rolled back: its revisions come from a sequence and never return.
    with _lock:
        known[member_id] = viewer
    return viewer


FACTS = text(
    """
    WITH RECURSIVE mine AS (
        SELECT department_id AS id FROM jianflow.member WHERE id = :id AND department_id IS NOT NULL
        UNION SELECT department_id FROM jianflow.member_department WHERE member_id = :id
    ), below AS (
        SELECT id FROM mine
        UNION SELECT d.id FROM jianflow.department d JOIN below ON d.parent_id = below.id
    ), above AS (
        SELECT d.id, d.parent_id FROM jianflow.department d JOIN mine ON mine.id = d.id
        UNION SELECT d.id, d.parent_id FROM jianflow.department d JOIN above ON d.id = above.parent_id
    ), headed AS (
        SELECT id FROM jianflow.department WHERE head_id = :id
        UNION SELECT d.id FROM jianflow.department d JOIN headed ON d.parent_id = headed.id
    ), line AS MATERIALIZED (
        SELECT member_id, superior_id FROM jianflow.member_line WHERE superior_id IS NOT NULL
    ), reports AS (
        SELECT member_id FROM line WHERE superior_id = :id
        UNION SELECT line.member_id FROM line JOIN reports ON line.superior_id = reports.member_id
    ), given AS (
        SELECT app_id, role FROM jianflow.role_member WHERE member_id = :id
        UNION SELECT app_id, role FROM jianflow.role_department WHERE department_id IN (SELECT id FROM above)
    )
    SELECT m.name, m.state, m.administrator, m.theme, m.department_id,
           coalesce(m.language, o.language, 'zh-CN') AS language,
           coalesce(o.name, '') AS company,
           r.revision,
           ARRAY(SELECT id FROM mine) AS departments,
           ARRAY(SELECT id FROM below) AS below,
           ARRAY(SELECT id FROM headed) AS headed,
           ARRAY(SELECT member_id FROM reports WHERE member_id <> m.id) AS reports,
           (SELECT jsonb_agg(jsonb_build_array(app_id, role)) FROM given) AS roles
    FROM jianflow.member m
    CROSS JOIN jianflow.organization_revision r
    LEFT JOIN jianflow.organization o ON true
    WHERE m.id = :id
    """
)


def _load(connection: Connection, member_id: int) -> Viewer:
    row = connection.execute(FACTS, {"id": member_id}).first()
    if row is None or row.state != "active":
        raise NotSignedIn(Text("请先登录", "Please sign in"))
    return Viewer(
        member_id=member_id,
        name=row.name,
        administrator=row.administrator,
        language=row.language,
        theme=row.theme or "auto",
        time_zone=_time_zone,
        company=row.company,
        department_id=row.department_id,
        revision=row.revision,
        _departments=frozenset(row.departments),
        _below=frozenset(row.below),
        _headed=frozenset(row.headed),
        _reports=frozenset(row.reports),
        _roles=_by_app(row.roles or []),
    )


def _by_app(pairs: list[Any]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for app_id, role in pairs:
        found.setdefault(app_id, set()).add(role)
    return {app_id: frozenset(roles) for app_id, roles in found.items()}
