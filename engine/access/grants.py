"""What a viewer may do with a form: pairs of condition and fields, which add up row by row."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.access.viewer import App, Viewer
from engine.definitions.model import LiveApp
from engine.platform.errors import Forbidden
from engine.platform.i18n import Text, label_text

OPERATIONS = ("read", "create", "update", "delete", "import", "export", "print")


@dataclass(frozen=True)
class Grant:
    """An operation is allowed on the rows of `where` (None: all).

    `fields` says `hidden`, `read` or `edit` for the fields that the role names; all others are `edit`.
    """

    where: Mapping[str, Any] | None
    fields: Mapping[str, str] = field(default_factory=dict)
    role: str | None = None

    def hides(self, field_key: str) -> bool:
        """Whether this grant does not show a field."""
        return self.fields.get(field_key) == "hidden"

    def names(self, field_key: str) -> bool:
        """Whether the grant speaks of the field itself (then a computed one is shown whatever it reads)."""
        return field_key in self.fields


EVERYTHING = (Grant(None),)

GrantSource = Callable[[LiveApp, Viewer, str, str], Iterable[Grant]]
"""Called as `(live, viewer, form, operation)`: grants besides the roles', as a task gives to its approver."""

_sources: list[GrantSource] = []


def grant_source(source: GrantSource) -> GrantSource:
    """Have `source` asked for further grants."""
    if source not in _sources:
        _sources.append(source)
    return source


def grants(live: LiveApp, viewer: Viewer | App, form: str, operation: str) -> tuple[Grant, ...]:
    """Every grant of an operation; none means that it is not allowed."""
    if isinstance(viewer, Viewer) and viewer.shut_out(live):
        return ()
    if viewer.administrator or not isinstance(viewer, Viewer):
        return EVERYTHING
    found = _granted(live, viewer.role_keys(live), form, operation)
    for source in _sources:
        found += tuple(source(live, viewer, form, operation))
    return found


def of_role(live: LiveApp, role: str, form: str, operation: str) -> tuple[Grant, ...]:
    """The grants that one role gives."""
    return _granted(live, frozenset({role}), form, operation)


def allows(live: LiveApp, viewer: Viewer | App, form: str, operation: str) -> bool:
    """Whether an operation is allowed on any row."""
    return bool(grants(live, viewer, form, operation))


def require(live: LiveApp, viewer: Viewer | App, form: str, operation: str) -> tuple[Grant, ...]:
    """The grants of an operation; refuses when there is none."""
    found = grants(live, viewer, form, operation)
    if not found:
        raise Forbidden(
            Text(
                "您没有{operation}“{form}”的权限，请联系管理员",
                "You may not {operation} “{form}”; ask an administrator",
                operation=OPERATION_WORDS[operation],
                form=label_text(live.documents.get("forms", {}).get(form, {}).get("name") or form),
            )
        )
    return found


def may_open(live: LiveApp, viewer: Viewer | App) -> bool:
    """Whether there is anything in the app for a viewer."""
    return viewer.designs(live) or any(
        allows(live, viewer, form, "read") for form in live.documents.get("forms", {})
    )


def require_design(live: LiveApp, viewer: Viewer | App) -> None:
    """Refuses who may not change the app."""
    if not viewer.designs(live):
        raise Forbidden(
            Text(
                "您没有编辑这个应用的权限，请联系管理员", "You may not change this app; ask an administrator"
            )
        )


def require_administrator(viewer: Viewer | App) -> None:
    """Refuses who is not an administrator of the organisation."""
    if not viewer.administrator:
        raise Forbidden(Text("只有管理员可以这样做", "Only an administrator may do this"))


OPERATION_WORDS = {
    "read": Text("查看", "view"),
    "create": Text("新建", "create"),
    "update": Text("修改", "change"),
    "delete": Text("删除", "delete"),
    "import": Text("导入", "import"),
    "export": Text("导出", "export"),
    "print": Text("打印", "print"),
}


def _granted(live: LiveApp, roles: frozenset[str], form: str, operation: str) -> tuple[Grant, ...]:
    place = ("grants", roles, form, operation)
    found = live.cache.get(place)
    if found is None:
        found = live.cache[place] = tuple(_read(live, roles, form, operation))
    return found


def _read(live: LiveApp, roles: frozenset[str], form: str, operation: str) -> Iterable[Grant]:
    for role in sorted(roles):
        given = live.documents["roles"][role].get("grants", {}).get(form) or {}
        allowed = given.get(operation)
        if not allowed:
            continue
        where = allowed.get("where") if isinstance(allowed, Mapping) else None
        yield Grant(where or None, dict(given.get("fields") or {}), role)
