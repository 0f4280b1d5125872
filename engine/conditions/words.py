"""Conditions in words, for filter chips and for the sentences of roles."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.conditions import periods
from engine.conditions.read import plain_value, textual
from engine.conditions.scope import Scope
from engine.fields.base import Directory, FieldFault
from engine.fields.form import Field
from engine.fields.references import Ref
from engine.platform.i18n import Text, current_language

_WORDS = {
    "eq": Text("是", "is"),
    "ne": Text("不是", "is not"),
    "in": Text("是", "is any of"),
    "not_in": Text("不是", "is none of"),
    "contains": Text("包含", "contains"),
    "not_contains": Text("不包含", "does not contain"),
    "starts_with": Text("开头是", "starts with"),
    "contains_any": Text("包含任一", "has any of"),
    "contains_all": Text("包含全部", "has all of"),
    "between": Text("介于", "is between"),
    "empty": Text("为空", "is empty"),
    "not_empty": Text("不为空", "is not empty"),
    "gt": Text(">", ">"),
    "gte": Text("≥", "≥"),
    "lt": Text("<", "<"),
    "lte": Text("≤", "≤"),
}
_NUMERIC = {"eq": Text("=", "="), "ne": Text("≠", "≠")}
_DATED = {
    "eq": Text("在", "is"),
    "ne": Text("不在", "is not"),
    "gt": Text("晚于", "is after"),
    "lt": Text("早于", "is before"),
    "gte": Text("不早于", "is on or after"),
    "lte": Text("不晚于", "is on or before"),
}
_PERSONAL = {
    "me": Text("我", "me"),
    "headed_by_me": Text("我负责的部门", "the departments I head"),
    "my_reports": Text("我的下属", "my reports"),
}
_OF = {
    "me": (("{name}", "{name}"),) * 2,
    "my_department": (
        ("{name} 的部门", "{name}'s department"),
        ("{name} 的部门及下级", "{name}'s department and below"),
    ),
    "headed_by_me": (("{name} 负责的部门", "the departments that {name} heads"),) * 2,
    "my_reports": (("{name} 的下属", "{name}'s reports"),) * 2,
}
"""The same of somebody who is named; the second where what is below counts too."""


@dataclass(frozen=True)
class Chip:
    """One comparison in words: `阶段 不是 输单`; `pointer` says which leaf of the condition it is."""

    pointer: str
    path: str
    op: str
    field: str
    operator: str
    value: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.field, self.operator, self.value) if part)


def to_words(
    where: Any,
    scope: Scope,
    language: str | None = None,
    directory: Directory | None = None,
    current_name: Callable[[str], str] = str,
    of: str | None = None,
) -> list[Chip | str]:
    """The condition as chips, with the words and brackets between them.

    `current_name` says what a value of the form being filled is called there; `of` is whom "me" means, where it is
    not the one who reads this.
    """
    if where is None:
        return []
    wording = _Wording(scope, language or current_language(), directory, current_name, of)
    return wording.words(where, "", False)


def sentence(
    where: Any,
    scope: Scope,
    language: str | None = None,
    directory: Directory | None = None,
    *,
    of: str | None = None,
) -> str:
    """The condition as one sentence; "" for all records."""
    return " ".join(str(part) for part in to_words(where, scope, language, directory, of=of))


def top_parts(where: Any) -> tuple[str, list[Any]]:
    """How the parts at the top of a condition are joined (`all`, `any`, `none`), and these parts."""
    if not where:
        return "all", []
    if "not" in where:
        inner = where["not"]
        several = isinstance(inner, Mapping) and isinstance(inner.get("any"), list)
        return "none", list(inner["any"]) if several else [inner]
    for kind in ("all", "any"):
        if isinstance(where.get(kind), list):
            return kind, list(where[kind])
    return "all", [where]


class _Wording:
    def __init__(
        self,
        scope: Scope,
        language: str,
        directory: Directory | None,
        current_name: Callable[[str], str],
        of: str | None,
    ) -> None:
        self.scope = scope
        self.language = language
        self.directory = directory
        self.current_name = current_name
        self.of = of

    def words(self, where: Any, pointer: str, inside: bool) -> list[Chip | str]:
        if not isinstance(where, Mapping):
            return []
        if "not" in where:
            inner = self.words(where["not"], f"{pointer}/not", True)
            return [Text("并非", "not").render(self.language), *inner] if inner else []
        for kind, word in (("all", Text("且", "and")), ("any", Text("或", "or"))):
            if kind in where:
                return self.joined(where[kind], f"{pointer}/{kind}", word.render(self.language), inside)
        return [self.chip(where, pointer)]

    def joined(self, parts: Any, pointer: str, word: str, inside: bool) -> list[Chip | str]:
        listed = parts if isinstance(parts, list) else ()  # what is none is said by the condition's faults
        made = [self.words(part, f"{pointer}/{number}", True) for number, part in enumerate(listed)]
        made = [part for part in made if part]
        found: list[Chip | str] = []
        for part in made:
            found += [word, *part] if found else part
        return ["(", *found, ")"] if inside and len(made) > 1 else found

    def chip(self, where: Mapping[str, Any], pointer: str) -> Chip:
        path, op = str(where.get("field", "")), str(where.get("op", ""))
        steps = self.scope.resolve(path)
        if not steps:
            return Chip(
                pointer, path, op, path, op, "" if where.get("value") is None else str(where["value"])
            )
        field = steps[-1].value_field
        kind = field.kind.value_type(field)
        special = _NUMERIC if kind == "number" else _DATED if kind in ("date", "datetime") else {}
        operator = (special.get(op) or _WORDS.get(op) or Text(op, op)).render(self.language)
        label = " · ".join(step.name(self.language) for step in steps)
        return Chip(pointer, path, op, label, operator, self.value(where.get("value"), field, op, kind))

    def value(self, raw: Any, field: Field, op: str, kind: str) -> str:
        if op in ("empty", "not_empty"):
            return ""
        if isinstance(raw, list):
            between = Text(" 到 ", " and ") if op == "between" else Text("、", ", ")
            return between.render(self.language).join(self.one(part, field, kind) for part in raw)
        return self.one(raw, field, kind)

    def one(self, raw: Any, field: Field, kind: str) -> str:
        if isinstance(raw, Mapping) and "id" not in raw:
            return self.dynamic(raw).render(self.language)
        if raw is None or raw == "":
            return Text("空", "empty").render(self.language)
        try:
            value = plain_value(raw, field, self.scope.time_zone)
        except FieldFault:
            return str(raw)
        if refers := getattr(field.kind, "refers_to", None):
            return self.title(refers, value, field, raw)
        if kind == "number" and field.type in ("number", "count") and "thousands" not in field.properties:
            return format(Decimal(value), ",f")
        if textual(field) or kind == "datetime" and not hasattr(value, "tzinfo"):
            return str(value)
        shown = [value] if field.kind.multiple else value
        return field.kind.display(shown, field, self.language, self.scope.time_zone)

    def title(self, refers: str, value: Any, field: Field, raw: Any) -> str:
        titles = self.directory.titles(refers, [int(value)], field.get("form")) if self.directory else {}
        given = raw.get("title") if isinstance(raw, Mapping) else None
        if value in titles:
            ref = Ref(value, titles[value])
            return str(ref.title)
        return str(given or value)

    def dynamic(self, raw: Mapping[str, Any]) -> Text:
        if "period" in raw:
            return periods.words(str(raw["period"]), raw.get("n"))
        if "days_ago" in raw:
            return Text("{n} 天前", "{n} days ago", n=raw["days_ago"])
        if "days_ahead" in raw:
            return Text("{n} 天后", "in {n} days", n=raw["days_ahead"])
        if self.of is not None and (known := _OF.get(next(iter(raw), ""))):
            return Text(*(known[1] if raw.get("below") else known[0]), name=self.of)
        if "my_department" in raw:
            below = raw.get("below")
            return (
                Text("我的部门及下级", "my department and below")
                if below
                else Text("我的部门", "my department")
            )
        for name, words in _PERSONAL.items():
            if name in raw:
                return words
        if "current" in raw:
            return Text("当前的“{key}”", "the current “{key}”", key=self.current_name(str(raw["current"])))
        return Text("公式 {formula}", "the formula {formula}", formula=str(raw.get("formula", "")))
