"""A clash of two edits names the thing, and what either side did with it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from engine.definitions.model import App
from engine.platform.errors import Stale
from engine.platform.i18n import speaking
from tests.definitions.conftest import customer

Edit = Callable[[dict[str, Any]], Any]


def base() -> dict[str, Any]:
    lines = {"key": "lines", "type": "subform", "label": "明细", "fields": [{"key": "item", "type": "text"}]}
    when = {"field": "level", "op": "eq", "value": "A"}
    return customer(
        lines,
        rules=[{"key": "r1", "kind": "display", "when": when, "show": ["amount"]}],
        views=[{"key": "all", "kind": "grid", "name": "全部", "columns": ["name"]}],
    )


def both(mine: Edit, theirs: Edit) -> tuple[dict[str, Any], dict[str, Any]]:
    sides = base(), base()
    mine(sides[0])
    theirs(sides[1])
    return sides


def renamed(document: dict[str, Any]) -> None:
    document["fields"][2]["label"] = {"zh-CN": "合同额", "en": "Amount"}


def removed(document: dict[str, Any]) -> None:
    del document["fields"][2]


def into_lines(document: dict[str, Any]) -> None:
    document["fields"][3]["fields"].append(document["fields"].pop(2))


def first(document: dict[str, Any]) -> None:
    document["fields"].insert(0, document["fields"].pop(2))


def more_shown(document: dict[str, Any]) -> None:
    document["rules"][0]["show"] = ["amount", "name"]


def without_rule(document: dict[str, Any]) -> None:
    del document["rules"][0]


def option_renamed(document: dict[str, Any]) -> None:
    document["fields"][1]["options"][0]["label"] = "大客户"


def without_option(document: dict[str, Any]) -> None:
    del document["fields"][1]["options"][0]


def more_columns(document: dict[str, Any]) -> None:
    document["views"][0]["columns"] = ["name", "amount"]


def without_view(document: dict[str, Any]) -> None:
    del document["views"][0]


@pytest.mark.parametrize(
    ("mine", "theirs", "said"),
    [
        (removed, renamed, ("字段“金额”", "字段“合同额”的名称由“金额”改为“合同额”", "已删除")),
        (renamed, removed, ("字段“合同额”", "已删除", "字段“合同额”的名称由“金额”改为“合同额”")),
        (removed, into_lines, ("字段“金额”", "移入字段“明细”", "已删除")),
        (into_lines, removed, ("字段“明细” › 列“金额”", "已删除", "移入字段“明细”")),
        (first, removed, ("字段“金额”", "已删除", "移到最前面")),
        (first, into_lines, ("字段“金额”", "移入字段“明细”", "移到最前面")),
        (
            without_rule,
            more_shown,
            ("规则 1（显示规则）", "改为：当 级别 是 重点 时，显示「金额」「客户名称」", "已删除"),
        ),
        (
            option_renamed,
            without_option,
            ("字段“级别” › 选项“大客户”", "已删除", "字段“级别” › 选项“大客户”的名称由“重点”改为“大客户”"),
        ),
        (
            without_view,
            more_columns,
            ("视图“全部”", "视图“全部”的列由“客户名称”改为“客户名称、金额”", "已删除"),
        ),
    ],
)
def test_each_side_is_told_by_name(
    app: App, save: Any, mine: Edit, theirs: Edit, said: tuple[str, str, str]
) -> None:
    etag = save(app, base()).etag
    own, other = both(mine, theirs)
    save(app, other, etag=etag)
    with pytest.raises(Stale) as stale:
        save(app, own, etag=etag)
    [fault] = stale.value.faults
    place, there, here = said
    assert str(fault.message) == f"客户 › {place}：别人也改了这里。别人：{there}；您：{here}。"


def test_two_places_for_one_field_are_told_in_english_too(app: App, save: Any) -> None:
    etag = save(app, base()).etag
    own, other = both(first, lambda form: form["fields"].append(form["fields"].pop(2)))
    save(app, other, etag=etag)
    with pytest.raises(Stale) as stale:
        save(app, deepcopy(own), etag=etag)
    with speaking("en"):
        assert str(stale.value.faults[0].message) == (
            "Customer › field “Amount”: somebody else has changed this too. "
            "They: moved behind “明细”. You: moved to the top."
        )
