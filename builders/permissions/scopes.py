"""The rows of a grant as one choice: nobody's, one's own, the department's, all, or a condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.platform.i18n import Text

OWN = {"field": "owner", "op": "eq", "value": {"me": True}}
REPORTS = {"field": "owner", "op": "in", "value": {"my_reports": True}}
DEPARTMENT = {"field": "owner.department", "op": "in", "value": {"my_department": True}}
BELOW = {"field": "owner.department", "op": "in", "value": {"my_department": True, "below": True}}

NONE, ALL, CUSTOM = "none", "all", "custom"


@dataclass(frozen=True)
class Scope:
    """A choice, and the condition that it stands for."""

    key: str
    label: Text
    where: Mapping[str, Any] | None = None


SCOPES = (
    Scope(NONE, Text("不允许", "No")),
    Scope("own", Text("本人", "Own"), OWN),
    Scope("department", Text("本部门", "Department"), DEPARTMENT),
    Scope("below", Text("本部门及下级", "Department and below"), BELOW),
    Scope("reports", Text("我的下属", "Me and my reports"), {"any": [OWN, REPORTS]}),
    Scope("team", Text("本部门和下属", "Department and reports"), {"any": [OWN, BELOW, REPORTS]}),
    Scope(ALL, Text("全部", "All")),
    Scope(CUSTOM, Text("自定义条件", "Condition…")),
)
_CONDITIONS = {scope.key: scope.where for scope in SCOPES if scope.where is not None}


def scope_of(rows: Any) -> str:
    """The choice that a grant's rows stand for."""
    if not rows:
        return NONE
    where = rows.get("where") if isinstance(rows, Mapping) else None
    if not where:
        return ALL
    return next((key for key, known in _CONDITIONS.items() if _even(where) == _even(known)), CUSTOM)


def rows_of(key: str, custom: Any = None) -> Any:
    """What a choice writes into the grant."""
    if key == NONE:
        return False
    if key == ALL:
        return True
    where = custom if key == CUSTOM else _CONDITIONS.get(key)
    return {"where": where} if where else False


def _even(where: Any) -> Any:
    """The condition written in one way: `in` with a single personal value is the same as `eq`."""
    if isinstance(where, Mapping) and "field" in where:
        operator = (
            "eq" if where.get("op") == "in" and isinstance(where.get("value"), Mapping) else where.get("op")
        )
        return {**where, "op": operator}
    if isinstance(where, Mapping) and len(where) == 1:
        ((name, inner),) = where.items()
        if isinstance(inner, list):
            parts = sorted((_even(one) for one in inner), key=repr)
            return parts[0] if len(parts) == 1 else {name: parts}
    return where
