"""A first form from a name and a few fields, written down in one go: its definition, ready to be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.definitions.store import key_from
from engine.fields.form import SYSTEM_KEYS
from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text, current_language

TYPES = (
    ("text", Text("文本", "Text")),
    ("textarea", Text("多行文本", "Long text")),
    ("number", Text("数字", "Number")),
    ("money", Text("金额", "Money")),
    ("percent", Text("百分比", "Percentage")),
    ("date", Text("日期", "Date")),
    ("select", Text("单选", "Choice")),
    ("multi_select", Text("多选", "Several choices")),
    ("switch", Text("是/否", "Yes or no")),
    ("member", Text("成员", "Person")),
    ("phone", Text("电话", "Phone")),
    ("email", Text("邮箱", "E-mail")),
    ("url", Text("网址", "Link to a website")),
    ("file", Text("附件", "Files")),
    ("image", Text("图片", "Pictures")),
)
CHOICES = ("select", "multi_select")
COLORS = ("blue", "green", "amber", "violet", "cyan", "red", "grey")
LONGEST = 100
RESERVED = ("roles", "navigation")
"""Addresses inside an app that are no forms."""


@dataclass(frozen=True)
class Line:
    """One field as it was written: what it is called, its type, and for choices what may be chosen."""

    label: str
    type: str
    options: str = ""


def document(name: str, lines: Sequence[Line], taken: Sequence[str]) -> dict[str, Any]:
    """The form's definition; raises Invalid with what is missing."""
    faults = []
    kept = [line for line in lines if line.label]
    if not name:
        faults.append(Fault("/name", "required", Text("请给表单起个名字", "Please name the form")))
    if not kept:
        faults.append(Fault("/fields", "required", Text("至少写一个字段", "Write down at least one field")))
    for line in kept:
        if line.type in CHOICES and not options_of(line.options):
            missing = Text(
                "请写出“{name}”的选项", "Please write down the choices of “{name}”", name=line.label
            )
            faults.append(Fault("/fields", "required", missing))
    if faults:
        raise Invalid(Text("还差一点", "Not quite there yet"), faults)
    used = set(SYSTEM_KEYS)
    fields = []
    for line in kept:
        field: dict[str, Any] = {
            "key": free_key(line.label, "field", used),
            "type": line.type if line.type in dict(TYPES) else "text",
            "label": _label(line.label),
        }
        if line.type in CHOICES:
            field["options"] = options_of(line.options)
        fields.append(field)
    fields[0]["required"] = True
    titles = [one["key"] for one in fields if one["type"] in ("text", "select", "date", "number", "phone")]
    title = {"title": f"{{{titles[0]}}}"} if titles else {}
    return {
        "key": free_key(name, "form", set(taken)),
        "name": _label(name),
        "icon": "table",
        **title,
        "fields": fields,
    }


def empty(name: str, taken: Sequence[str]) -> dict[str, Any]:
    """The definition of a form without fields yet."""
    if not name:
        raise Invalid.at("/name", "required", Text("请给表单起个名字", "Please name the form"))
    key = free_key(name, "form", {*taken, *RESERVED})
    return {"key": key, "name": _label(name), "icon": "table", "fields": []}


def _label(text: str) -> dict[str, str]:
    return {current_language(): text[:LONGEST]}


def options_of(text: str) -> list[dict[str, Any]]:
    """Options from what was written down, one a line or between commas, each with a colour."""
    said = [one.strip() for one in text.replace("，", ",").replace("、", ",").replace("\n", ",").split(",")]
    return [
        {"value": one, "label": one, "color": COLORS[at % len(COLORS)]}
        for at, one in enumerate(dict.fromkeys(one for one in said if one))
    ]


def free_key(text: str, otherwise: str, used: set[str]) -> str:
    """A key made of a name that is not among the used ones, and is from now on."""
    key = base = key_from(text, otherwise)
    number = 1
    while key in used:
        number += 1
        key = f"{base}_{number}"
    used.add(key)
    return key
