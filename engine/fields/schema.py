"""JSON Schema pieces that field types and definitions share, with what a panel needs to draw a property.

Annotations of a property, all of which validation passes over:
`x-label` and `x-hint` in both languages; `x-labels`, the label of each value of an enum; `x-group`, one of
`PROPERTY_GROUPS`; `x-simple` false for what stands below 更多; `x-offered` false for what a panel leaves out;
`x-kind`, what the value means (a condition, a formula, the key of a form, options, …); `x-of`, whose fields a field
key names: "form" (that of the property `form` beside it), "via" (that of the link in the property `via`), without it
the form at hand; `x-types`, which field types it may name; `x-with` and `x-without`, properties that must be there
or must be absent for this one to be drawn.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from engine.platform.i18n import Text

if TYPE_CHECKING:
    from engine.fields.base import FieldType

PROPERTY_GROUPS: Mapping[str, Text] = {
    "basic": Text("基本", "Basics"),
    "value": Text("值", "Value"),
    "choices": Text("选项", "Choices"),
    "relation": Text("关联", "Relation"),
    "computed": Text("计算", "Computation"),
    "limits": Text("限制", "Limits"),
    "format": Text("格式", "Format"),
    "display": Text("显示", "Display"),
}
"""The sections of a properties panel, in their order."""

Pair = tuple[str, str]


def asked(
    piece: Mapping[str, Any],
    zh: str,
    en: str,
    group: str | None = None,
    *,
    hint: Pair | None = None,
    kind: str | None = None,
    labels: Mapping[str, Pair] | None = None,
    simple: bool = True,
    offered: bool = True,
    needs: Sequence[str] = (),
    **more: Any,
) -> dict[str, Any]:
    """A property's schema with its label and the other annotations; `more` become `x-…` too.

    `x-standing` is what holds where nothing is set, `x-standing-by` what holds by the value of another property,
    `x-follows` that a switch which is not set is as where the value comes from.
    """
    found: dict[str, Any] = {**piece, "x-label": _both((zh, en))}
    if group:
        found["x-group"] = group
    if hint:
        found["x-hint"] = _both(hint)
    if kind:
        found["x-kind"] = kind
    if labels:
        found["x-labels"] = {value: _both(pair) for value, pair in labels.items()}
    if not simple:
        found["x-simple"] = False
    if not offered:
        found["x-offered"] = False
    if needs:
        found["x-with"] = list(needs)
    return {**found, **{f"x-{name}": value for name, value in more.items()}}


def _both(pair: Pair) -> dict[str, str]:
    return {"zh-CN": pair[0], "en": pair[1]}


def _in_languages(longest: int, **least: int) -> dict[str, Any]:
    text = {"type": "string", "maxLength": longest}
    return {
        "oneOf": [
            {**text, **least},
            {
                "type": "object",
                "minProperties": 1,
                "properties": {"zh-CN": asked(text, "中文", "Chinese"), "en": asked(text, "英文", "English")},
                "additionalProperties": False,
            },
        ]
    }


KEY_PATTERN = "^[a-z][a-z0-9_]{0,62}$"
COLORS: Mapping[str, Pair] = {
    "green": ("绿色", "Green"),
    "amber": ("琥珀色", "Amber"),
    "red": ("红色", "Red"),
    "violet": ("紫色", "Violet"),
    "cyan": ("青色", "Cyan"),
    "blue": ("蓝色", "Blue"),
    "grey": ("灰色", "Grey"),
}

KEY: Mapping[str, Any] = {"type": "string", "pattern": KEY_PATTERN}
PATH: Mapping[str, Any] = {"type": "string", "pattern": r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,5}$"}
LABEL: Mapping[str, Any] = {**_in_languages(200, minLength=1), "x-kind": "label"}
LONG_LABEL: Mapping[str, Any] = {**_in_languages(20_000), "x-kind": "long_label"}
# What a property means is in `x-kind`; layers above check it (a condition, a formula, the key of a form or field).
CONDITION: Mapping[str, Any] = {"type": "object", "x-kind": "condition"}
FORMULA: Mapping[str, Any] = {"type": "string", "minLength": 1, "maxLength": 8192, "x-kind": "formula"}
FORM_KEY: Mapping[str, Any] = {**KEY, "x-kind": "form"}
FIELD_KEY: Mapping[str, Any] = {**KEY, "x-kind": "field"}
FIELD_PATH: Mapping[str, Any] = {**PATH, "x-kind": "field"}
WHOLE: Mapping[str, Any] = {"type": "integer", "minimum": 0}
YES_NO: Mapping[str, Any] = {"type": "boolean"}

DECIMALS: Mapping[str, Any] = asked(
    {"type": "integer", "minimum": 0, "maximum": 10}, "小数位", "Decimals", "format"
)
CURRENCY: Mapping[str, Any] = asked(
    {"type": "string", "pattern": "^[A-Z]{3}$"},
    "币种",
    "Currency",
    "format",
    kind="currency",
    hint=("三个大写字母，如 CNY、USD", "Three capital letters such as CNY or USD"),
)
SORT: Mapping[str, Any] = {
    "type": "array",
    "maxItems": 3,
    "items": {
        "type": "object",
        "properties": {
            "field": asked(FIELD_PATH, "字段", "Field", of="form"),
            "desc": asked(YES_NO, "从大到小", "Descending"),
        },
        "required": ["field"],
        "additionalProperties": False,
    },
}

MASKED: Mapping[str, Any] = asked(
    YES_NO,
    "显示时打星号",
    "Masked",
    "format",
    simple=False,
    hint=(
        "页面上只有头尾，点“显示”或修改时才取完整的；导出、接口和用它拼的标题是完整的",
        "Pages get its ends only, all of it by “Show” or for editing; exports, API and titles made of it have all",
    ),
)
LAYOUT: Mapping[str, Any] = asked(
    {"enum": ["row", "column"]},
    "排列",
    "Arrangement",
    "display",
    labels={"row": ("横排", "In a row"), "column": ("竖排", "In a column")},
)
MOST_CHOSEN: Mapping[str, Any] = {
    "min_count": asked({"type": "integer", "minimum": 1, "maximum": 500}, "最少选几个", "Fewest", "limits"),
    "max_count": asked({"type": "integer", "minimum": 1, "maximum": 500}, "最多选几个", "Most", "limits"),
}

OPTIONS_FROM: Mapping[str, Any] = asked(
    {
        "type": "object",
        "properties": {
            "form": asked(FORM_KEY, "表单", "Form"),
            "field": asked(FIELD_PATH, "字段", "Field", of="form"),
            "where": asked(CONDITION, "只要这些数据", "Only these records", of="form"),
        },
        "additionalProperties": False,
    },
    "选项取自其他表单",
    "Options from another form",
    "choices",
    simple=False,
    hint=("那一列里有什么，就可以选什么", "Whatever stands in that column may be chosen"),
)
OTHERS: Mapping[str, Any] = asked(
    YES_NO,
    "可以填写其他",
    "Others may be typed",
    "choices",
    hint=(
        "选项里没有时可以自己写，只记在这一条里",
        "What is no option may be typed; it stays with this record",
    ),
    without=["options_from"],
)
DEFAULT_FROM: Mapping[str, Any] = asked(
    {
        "type": "object",
        "properties": {
            "form": asked(FORM_KEY, "表单", "Form"),
            "field": asked(FIELD_PATH, "字段", "Field", of="form"),
            "where": asked(CONDITION, "在这些数据里", "Among these records", of="form"),
            "sort": asked(SORT, "取排在最前的", "Of which the first by", kind="sort"),
        },
        "additionalProperties": False,
    },
    "默认值取自查询",
    "Default from a query",
    "value",
    simple=False,
    hint=(
        "新建时取一条数据里的值，不写排序就是最新的一条",
        "Taken from a record when one is made; the newest unless sorted",
    ),
)
OPTIONS: Mapping[str, Any] = asked(
    {
        "type": "array",
        "minItems": 0,
        "maxItems": 2000,
        "items": {
            "type": "object",
            "properties": {
                "value": asked({"type": "string", "minLength": 1, "maxLength": 100}, "值", "Value"),
                "label": asked(LABEL, "名称", "Label"),
                "color": asked({"enum": list(COLORS)}, "颜色", "Colour", kind="color", labels=COLORS),
            },
            "required": ["value"],
            "additionalProperties": False,
        },
    },
    "选项",
    "Options",
    "choices",
    kind="options",
)

STARTING_OPTIONS = [
    {"value": str(number), "label": _both((f"选项 {number}", f"Option {number}"))} for number in (1, 2, 3)
]
"""What a new field with options begins with."""

ALIASES: Mapping[str, Any] = asked(
    {"type": "array", "maxItems": 50, "items": {"type": "string", "minLength": 1, "maxLength": 100}},
    "导入时的别名",
    "Names in imports",
    "display",
    simple=False,
    kind="words",
    hint=("其他系统的表格里这一列叫什么", "What this column is called in other systems' files"),
)
"""What a field is called in other systems' files; the import proposes its columns by them."""

WIDTHS: Mapping[str, Pair] = {"1/4": ("¼", "¼"), "1/3": ("⅓", "⅓"), "1/2": ("½", "½"), "1": ("1", "1")}
SUMMARIES: Mapping[str, Pair] = {
    "none": ("不合计", "None"),
    "sum": ("合计", "Sum"),
    "avg": ("平均", "Average"),
    "min": ("最小", "Least"),
    "max": ("最大", "Greatest"),
}

_LAYOUT = ("key", "type", "label", "hint", "width", "hidden", "hidden_on_phone")


def common_properties(kind: "FieldType") -> dict[str, Any]:
    """The properties that fields of this type share with all others."""
    summaries = ("none", *kind.summary_functions)
    every = {
        "key": asked(KEY, "字段标识", "Key", "basic", kind="key", simple=False),
        "type": asked({"const": kind.name}, "类型", "Type", "basic", offered=False),
        "label": asked(LABEL, "名称", "Name", "basic"),
        "hint": asked(
            LONG_LABEL, "提示", "Hint", "basic", hint=("写给填表的人看", "For the person who fills the form")
        ),
        "placeholder": asked(LABEL, "占位文字", "Placeholder", "basic", simple=False),
        "required": asked(YES_NO, "必填", "Required", "limits"),
        "unique": asked(
            {"enum": ["must", "remind"]},
            "不允许重复",
            "No duplicates",
            "limits",
            labels={"must": ("重复时拒绝", "Refuse"), "remind": ("重复时提醒", "Remind")},
            offered=kind.unique_possible,
        ),
        "default": asked({}, "默认值", "Default", "value", kind="default", found=list(kind.found_defaults)),
        "default_from": DEFAULT_FROM,
        "width": asked({"enum": list(WIDTHS)}, "宽度", "Width", "display", labels=WIDTHS, kind="width"),
        "summary": asked(
            {"enum": list(summaries)},
            "在列表中合计",
            "Total in lists",
            "display",
            labels={name: SUMMARIES[name] for name in summaries},
            offered=len(summaries) > 1,
        ),
        "hidden": asked(
            YES_NO,
            "隐藏",
            "Hidden",
            "display",
            hint=("页面上不显示，公式和接口仍可使用", "Not on pages; formulas and the API still use it"),
        ),
        "hidden_on_phone": asked(YES_NO, "手机上隐藏", "Hidden on phones", "display"),
        "aliases": ALIASES,
    }
    if kind.layout_only:
        return {name: every[name] for name in _LAYOUT}
    if kind.computed:
        del every["required"], every["default"], every["placeholder"]
    if kind.computed or kind.multiple or not kind.typed:
        del every["default_from"]
    return every
