"""Writes the function reference of both languages: `python -m engine.formulas.reference docs`."""

import sys
from itertools import groupby
from pathlib import Path

from engine.formulas.catalogue import FunctionDoc, catalogue
from engine.formulas.functions.base import CATEGORIES
from engine.platform.i18n import Text, speaking

FILES = {"zh-CN": "zh-CN/functions.md", "en": "en/functions.md"}

_TITLE = Text("# 函数参考", "# Function reference")
_INTRODUCTION = Text(
    "公式写法与 Excel 相同。下面是全部 {n} 个函数。参数放在方括号里的可以省略，`…` 表示可以重复。\n"
    "示例中的 `{a}` 是写在花括号里的列表；在表单里，列表就是子表的列（`lines.sum`）或关联记录的字段。\n\n"
    "标有“批量”的函数可以由数据库一次算完整列，能用在汇总、筛选和批量重算里；其余的逐行计算。\n"
    "标有“随时变化”的函数，结果会随日期、时间或当前用户变化，因此不存储，每次打开时现算。",
    "Formulas are written as in Excel. These are all {n} functions. Arguments in square brackets may be left out, `…`\n"
    "means that they may be repeated. `{a}` in the examples is a list written out; in a form, a list is a column of a\n"
    "subform (`lines.sum`) or a field of linked records.\n\n"
    "Functions marked “in bulk” can be worked out by the database for a whole column, so they serve rollups, filters and\n"
    "bulk recalculation; the others are worked out row by row. Functions marked “changing” follow the day, the clock or\n"
    "the current person; what they give is not stored but worked out at each look.",
)
_HEAD = Text(
    "| 函数 | 说明 | 示例 | |\n|---|---|---|---|",
    "| Function | What it does | Examples | |\n|---|---|---|---|",
)
_BULK = Text("批量", "in bulk")
_CHANGING = Text("随时变化", "changing")


def reference(language: str) -> str:
    """The reference in one language, as Markdown."""
    with speaking(language):
        docs = sorted(
            catalogue(),
            key=lambda doc: list(CATEGORIES).index(doc.category) if doc.category in CATEGORIES else 99,
        )
        parts = [
            _TITLE.render(),
            Text(_INTRODUCTION.zh, _INTRODUCTION.en, n=len(docs), a="{1,2,3}").render(),
        ]
        for _, group in groupby(docs, key=lambda doc: doc.category):
            listed = sorted(group, key=lambda doc: doc.name)
            rows = [_row(doc) for doc in listed]
            parts += [f"## {listed[0].category_label.render()}", "\n".join([_HEAD.render(), *rows])]
        return "\n\n".join(parts) + "\n"


def _row(doc: FunctionDoc) -> str:
    shown = [
        f"`{formula}` → `{value}`" if value else f'`{formula}` → `""`' for formula, value in doc.examples
    ]
    examples = "<br>".join(shown).replace("|", "\\|")
    marks = [mark.render() for mark, holds in ((_BULK, doc.sql), (_CHANGING, doc.volatile)) if holds]
    return f"| `{doc.signature}` | {doc.summary.render()} | {examples} | {', '.join(marks)} |"


def write(folder: Path) -> None:
    """Write both files under the docs folder."""
    for language, name in FILES.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(reference(language), encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
