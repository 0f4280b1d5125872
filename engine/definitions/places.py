"""Names for places in a document, in the words of the person who drew it: 客户 › 字段“级别” › 选项 2."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from engine.definitions import kinds
from engine.platform.i18n import Text, label_text

# Control characters but tab and line feed; marks that turn the direction of writing or take no room, with which
# a label can pretend to be another (not the joiners, which emoji and some scripts need); halves of characters that
# no database takes.
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\ud800-\udfff\ufeff]"
)

LONGEST_NAME = 60
"""How much of a label a message quotes."""

NAMED: dict[str, tuple[str, str]] = {
    "fields": ("字段", "field"),
    "views": ("视图", "view"),
    "rules": ("规则", "rule"),
    "navigation": ("导航分组", "navigation group"),
}
"""Lists whose elements are called by their label."""

NUMBERED: dict[str, tuple[str, str]] = {
    "options": ("选项", "option"),
    "into": ("存到的关联", "link kept"),
    "items": ("项目", "item"),
    "columns": ("列", "column"),
    "colors": ("颜色规则", "colour rule"),
    "sort": ("排序", "sorting"),
    "pattern": ("编号规则", "part"),
    "unique": ("唯一组合", "unique combination"),
    "all": ("条件", "condition"),
    "any": ("条件", "condition"),
    "show": ("显示的字段", "field shown"),
    "hide": ("隐藏的字段", "field hidden"),
    "require": ("必填的字段", "field required"),
    "lock": ("不能修改的字段", "field locked"),
}
"""Lists whose elements are called by their number."""

KEYED: dict[str, tuple[str, str]] = {
    "grants": ("表单", "form"),
    "landing": ("首页", "landing page"),
}
"""Objects whose parts are called by their key."""

PROPERTIES: dict[str, tuple[str, str]] = {
    "accent": ("主题色", "accent colour"),
    "accept": ("允许的格式", "accepted types"),
    "action": ("动作", "action"),
    "address": ("地址", "address"),
    "aliases": ("别名", "other names"),
    "all": ("全部条件", "all of"),
    "allow": ("可选的选项", "options offered"),
    "any": ("任一条件", "any of"),
    "badge": ("标签", "badge"),
    "below": ("包括下级部门", "departments below"),
    "bucket": ("时间段", "period"),
    "by": ("取决于的字段", "field decided by"),
    "camera_only": ("只能现场拍照", "only by the camera"),
    "card": ("卡片", "card"),
    "center": ("允许范围的中心", "centre of the area"),
    "color": ("颜色", "colour"),
    "colors": ("颜色规则", "colour rules"),
    "columns": ("列", "columns"),
    "confirm": ("按下前询问", "question before"),
    "create": ("新建", "create"),
    "currency": ("币种", "currency"),
    "current": ("当前记录的字段", "field of this record"),
    "date": ("日期", "date"),
    "days_ago": ("几天前", "days ago"),
    "days_ahead": ("几天后", "days ahead"),
    "decimals": ("小数位数", "decimals"),
    "default": ("默认值", "default"),
    "default_from": ("默认值取自查询", "default from a query"),
    "delete": ("删除", "delete"),
    "departments": ("部门", "departments"),
    "desc": ("从大到小", "descending"),
    "description": ("说明", "description"),
    "design": ("设计", "design"),
    "digits": ("位数", "digits"),
    "duplicates": ("重复提示", "duplicate notice"),
    "empty_when_hidden": ("隐藏时清空", "emptied when hidden"),
    "en": ("英文", "English"),
    "export": ("导出", "export"),
    "facts": ("摘要栏", "key facts"),
    "field": ("字段", "field"),
    "fields": ("字段", "fields"),
    "fill": ("填充", "fill"),
    "fn": ("汇总方式", "function"),
    "form": ("表单", "form"),
    "format": ("格式", "format"),
    "formula": ("公式", "formula"),
    "freeze": ("冻结列", "frozen columns"),
    "grants": ("权限", "permissions"),
    "group_by": ("分组", "grouping"),
    "headed_by_me": ("我负责的部门", "departments I head"),
    "hidden": ("隐藏", "hidden"),
    "hidden_on_phone": ("手机上隐藏", "hidden on phones"),
    "hide": ("隐藏的字段", "fields hidden"),
    "hint": ("说明", "hint"),
    "icon": ("图标", "icon"),
    "id": ("编号", "id"),
    "import": ("导入", "import"),
    "inside": ("子表单", "subform"),
    "into": ("存到的关联", "link kept"),
    "items": ("项目", "items"),
    "key": ("标识", "key"),
    "kind": ("种类", "kind"),
    "label": ("名称", "label"),
    "landing": ("首页", "landing page"),
    "languages": ("语言", "languages"),
    "layout": ("布局", "layout"),
    "level": ("级别", "level"),
    "levels": ("填到哪一级", "how much of it"),
    "limit": ("条数", "limit"),
    "lock": ("不能修改的字段", "fields locked"),
    "masked": ("显示时打星号", "masking"),
    "max": ("最大值", "maximum"),
    "max_count": ("最多个数", "most files"),
    "max_length": ("最大长度", "maximum length"),
    "max_rows": ("最多几行", "most rows"),
    "max_size_mb": ("最大大小", "maximum size"),
    "me": ("当前用户", "current user"),
    "message": ("提示语", "message"),
    "metres": ("离中心最远（米）", "farthest from it (metres)"),
    "min": ("最小值", "minimum"),
    "min_count": ("最少选几个", "fewest"),
    "min_rows": ("最少几行", "fewest rows"),
    "my_department": ("我的部门", "my department"),
    "my_reports": ("我的下属", "my reports"),
    "n": ("数量", "number"),
    "name": ("名称", "name"),
    "navigation": ("导航", "navigation"),
    "no_match": ("没有匹配时", "where nothing matches"),
    "not": ("不满足的条件", "not"),
    "number": ("数字", "number"),
    "off_label": ("关闭时显示", "text when off"),
    "on_delete": ("删除时", "on deletion"),
    "on_label": ("打开时显示", "text when on"),
    "only_here": ("只能用当前位置", "only the present position"),
    "op": ("比较方式", "comparison"),
    "options": ("选项", "options"),
    "options_from": ("选项取自其他表单", "options from another form"),
    "others": ("可以填写其他", "others may be typed"),
    "owner": ("负责人", "owner"),
    "package": ("模板", "package"),
    "pattern": ("格式", "pattern"),
    "pattern_message": ("格式提示", "pattern message"),
    "period": ("时间段", "period"),
    "person": ("人员", "person"),
    "picture": ("图片", "picture"),
    "placeholder": ("占位提示", "placeholder"),
    "print": ("打印", "print"),
    "progress": ("进度条", "progress"),
    "quick_entry": ("快捷填写", "quick entry"),
    "range": ("可选范围", "which days"),
    "read": ("查看", "read"),
    "records": ("新建的数据", "records made"),
    "region": ("国家或地区", "country or region"),
    "require": ("必填的字段", "fields required"),
    "required": ("必填", "required"),
    "reset": ("重新计数", "starting again"),
    "result": ("结果类型", "result type"),
    "rights": ("查询用谁的权限", "whose permissions look"),
    "roles": ("可见角色", "roles"),
    "row_height": ("行高", "row height"),
    "rows": ("行数", "lines"),
    "rules": ("规则", "rules"),
    "scale": ("时间范围", "time scale"),
    "scan_only": ("只能扫码", "scanning only"),
    "scope": ("范围", "scope"),
    "set": ("改成的值", "values set"),
    "shape": ("显示成", "shape"),
    "show": ("显示的字段", "fields shown"),
    "sort": ("排序", "sorting"),
    "start": ("从几开始", "start"),
    "style": ("样式", "style"),
    "subtitle": ("副标题", "subtitle"),
    "summary": ("合计", "summary"),
    "symbol": ("图案", "symbol"),
    "text": ("文字", "text"),
    "thousands": ("千分位", "thousands separator"),
    "title": ("标题", "title"),
    "type": ("类型", "type"),
    "unique": ("唯一", "uniqueness"),
    "unit": ("单位", "unit"),
    "until": ("结束日期", "end"),
    "update": ("修改", "update"),
    "value": ("值", "value"),
    "version": ("版本", "version"),
    "via": ("经由", "via"),
    "view": ("视图", "view"),
    "views": ("视图", "views"),
    "when": ("条件", "condition"),
    "where": ("条件", "condition"),
    "whole": ("每一级都要填", "every level needed"),
    "width": ("宽度", "width"),
    "zh-CN": ("中文", "Chinese"),
}
"""What people call the properties."""


CALLED: dict[str, Callable[[Mapping[str, Any]], Text | str | None]] = {}
"""By list: what an element without a label is, which is said instead of its key."""


def spoken(label: Any, fallback: str) -> Text | str:
    """A label that is rendered in the reader's language; `fallback` where there is none."""
    if isinstance(label, str) and label.strip():
        return _short(label)
    if isinstance(label, Mapping):
        texts = [text for text in label.values() if isinstance(text, str) and text.strip()]
        if texts:
            chinese, english = label_text(label, "zh-CN"), label_text(label, "en")
            return (
                Text(_short(chinese), _short(english))
                if isinstance(chinese, str) and isinstance(english, str)
                else _short(texts[0])
            )
    return fallback


def _short(label: str) -> str:
    """A label as it stands in a sentence: no marks that would turn the rest of the sentence round."""
    label = FORBIDDEN.sub("\ufffd", label)
    return label if len(label) <= LONGEST_NAME else f"{label[:LONGEST_NAME]}…"


def quoted(element: Any, fallback: str = "") -> Text | str:
    """What an element of a document is called: its label, its name or its key."""
    if not isinstance(element, Mapping):
        return fallback
    own = element.get("key")
    return spoken(element.get("label") or element.get("name"), own if isinstance(own, str) else fallback)


def name(kind: str, key: str, document: Any) -> Text | str:
    """What a definition is called."""
    if kind == "app" and not document:
        return kinds.get(kind).label
    return quoted(document, key)


def property_name(part: str) -> Text:
    """What people call a property."""
    words = PROPERTIES.get(part)
    return Text(*words) if words else Text("“{part}”", "“{part}”", part=part)


def split(pointer: str) -> list[str]:
    """The parts of a JSON pointer."""
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]


def place(
    kind: str, document: Any, pointer: str | Iterable[str | int], *, options_by_label: bool = False
) -> Text | str:
    """The place that a pointer into a document means, as a person would say it."""
    whole = name(kind, str(_part(document, "key") or ""), document)
    return joined([whole, *steps(document, pointer, options_by_label=options_by_label)])


def steps(
    document: Any, pointer: str | Iterable[str | int], *, options_by_label: bool = False
) -> list[Text | str]:
    """The same step by step, without the document itself.

    An option is called by its number, which its name in the message may not be; `options_by_label` where it is.
    """
    parts = split(pointer) if isinstance(pointer, str) else [str(part) for part in pointer]
    found: list[Text | str] = []
    here, number = document, 0
    inside: list[str] = []
    while number < len(parts):
        part = parts[number]
        following = parts[number + 1] if number + 1 < len(parts) else None
        here = _part(here, part)
        if following is not None and isinstance(here, list) and following.isdigit():
            here = _part(here, following)
            labelled = options_by_label and part == "options"
            found.append(
                _option(here, int(following)) if labelled else _element(part, here, int(following), inside)
            )
            number += 2
        elif following is not None and part in KEYED and isinstance(here, Mapping):
            here = _part(here, following)
            zh, en = KEYED[part]
            found.append(Text(zh + "“{name}”", en + " “{name}”", name=following))
            number += 2
        else:
            found.append(property_name(part))
            number += 1
        inside.append(part)
    return found


def joined(steps: list[Text | str]) -> Text | str:
    """Steps with › between them."""
    if len(steps) == 1:
        return steps[0]
    pattern = " › ".join(f"{{s{number}}}" for number in range(len(steps)))
    return Text(pattern, pattern, **{f"s{number}": step for number, step in enumerate(steps)})


def listed(names: list[Text | str]) -> Text:
    """Names with commas between them."""
    places = [f"{{s{number}}}" for number in range(len(names))]
    params = {f"s{number}": name for number, name in enumerate(names)}
    return Text("、".join(places), ", ".join(places), **params)


def _option(option: Any, index: int) -> Text | str:
    value = option.get("value") if isinstance(option, Mapping) else option
    called = spoken(option.get("label"), "") if isinstance(option, Mapping) else ""
    called = called or (value if isinstance(value, str) else "")
    return (
        Text("选项“{name}”", "option “{name}”", name=called)
        if called
        else _element("options", option, index, [])
    )


def _element(part: str, element: Any, index: int, inside: list[str]) -> Text:
    if part == "fields" and inside[:1] == ["fields"]:
        words: tuple[str, str] | None = ("列", "column")
    else:
        words = NAMED.get(part)
    if words and isinstance(element, Mapping):
        kind = None if _labelled(element) or part not in CALLED else CALLED[part](element)
        if kind is not None:
            return Text(words[0] + " {n}（{kind}）", words[1] + " {n} ({kind})", n=index + 1, kind=kind)
        called = quoted(element)
        if called:
            return Text(words[0] + "“{name}”", words[1] + " “{name}”", name=called)
    words = words or NUMBERED.get(part) or PROPERTIES.get(part)
    if words is None:
        return Text("{part} {n}", "{part} {n}", part=property_name(part), n=index + 1)
    return Text(words[0] + " {n}", words[1] + " {n}", n=index + 1)


def _labelled(element: Mapping[str, Any]) -> bool:
    return bool(spoken(element.get("label") or element.get("name"), ""))


def _part(here: Any, part: str) -> Any:
    if isinstance(here, Mapping):
        return here.get(part)
    if isinstance(here, list) and part.isdigit() and int(part) < len(here):
        return here[int(part)]
    return None
