"""What a version changed is told in sentences."""

from copy import deepcopy

from engine.definitions.difference import difference
from engine.platform.i18n import speaking
from tests.definitions.conftest import customer


def test_changes_of_names_options_and_settings_are_told_in_both_languages() -> None:
    before = customer(views=[{"key": "all", "kind": "grid", "name": "全部", "columns": ["name", "level"]}])
    after = deepcopy(before)
    after["name"]["zh-CN"] = "客户档案"
    after["fields"][2]["label"] = {"zh-CN": "合同额", "en": "Amount"}
    after["fields"][2]["required"] = True
    after["fields"][1]["options"].append({"value": "C", "label": "一般"})
    after["fields"][1]["options"][0]["color"] = "green"
    after["fields"].insert(1, {"key": "city", "type": "text", "label": "城市"})
    after["views"][0]["where"] = {"field": "level", "op": "eq", "value": "A"}
    after["views"][0]["columns"] = ["level", "name"]
    del after["title"]
    assert [str(change) for change in difference(before, after)] == [
        "名称由“客户”改为“客户档案”",
        "新增字段“城市”",
        "字段“级别” › 选项 1的颜色设为“green”",
        "新增字段“级别” › 选项 3",
        "字段“合同额”的名称由“金额”改为“合同额”",
        "字段“合同额”的必填设为“是”",
        "视图“全部”的列由“name、level”改为“level、name”",
        "设置了视图“全部”的条件",
        "去掉了标题（原为“{name}”）",
    ]
    with speaking("en"):
        english = [str(change) for change in difference(before, after)]
    assert english[1] == "Added field “城市”"
    assert english[5] == "field “Amount”: required set to “yes”"


def test_moved_and_removed_fields_are_told() -> None:
    before, after = customer(), customer()
    after["fields"] = [after["fields"][2], after["fields"][0]]
    assert [str(change) for change in difference(before, after)] == [
        "删除字段“级别”",
        "调整了字段的顺序",
    ]


def test_equal_documents_differ_in_nothing_and_new_ones_are_new() -> None:
    assert difference(customer(), customer()) == []
    assert [str(one) for one in difference(None, customer())] == ["新建"]
    assert [str(one) for one in difference(customer(), None)] == ["删除"]
