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
        "字段“级别” › 选项“重点”的颜色设为“green”",
        "新增字段“级别” › 选项“一般”",
        "字段“合同额”的名称由“金额”改为“合同额”",
        "字段“合同额”的必填设为“是”",
        "视图“全部”的列由“客户名称、级别”改为“级别、客户名称”",
        "设置了视图“全部”的条件",
        "去掉了标题（原为“{name}”）",
    ]
    with speaking("en"):
        english = [str(change) for change in difference(before, after)]
    assert english[1] == "Added field “城市”"
    assert english[5] == "field “Amount”: required set to “yes”"


def test_a_type_and_a_removed_option_are_told_by_their_names() -> None:
    before = customer({"key": "size", "type": "text", "label": "值"})
    after = customer({"key": "size", "type": "number", "label": "值"})
    del after["fields"][1]["options"][0]
    assert [str(change) for change in difference(before, after)] == [
        "删除字段“级别” › 选项“重点”",
        "字段“值”的类型由“单行文本”改为“数字”",
    ]
    with speaking("en"):
        assert str(difference(before, after)[0]) == "Removed field “Level” › option “Key”"


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


def test_what_rules_and_settings_say_is_told_in_words() -> None:
    linkage = {"key": "l", "kind": "linkage", "form": "price", "where": {}, "set": {"amount": "amount"}}
    reminder = {
        "key": "v",
        "kind": "validation",
        "name": "要有金额",
        "formula": "amount > 0",
        "fields": ["name"],
    }
    half = {"key": "half", "type": "formula", "label": "一半", "formula": "amount / 2"}
    before = customer(half, rules=[linkage, reminder])
    after = deepcopy(before)
    after["fields"][3]["result"] = "money"
    after["rules"][0]["rights"] = "app"
    after["rules"][1] |= {"level": "remind", "fields": ["amount", "name"]}
    after["rules"].append({"key": "d", "kind": "display", "when": {}, "show": ["level"]})
    assert [str(change) for change in difference(before, after)] == [
        "字段“一半”的结果类型设为“金额”",
        "规则 1（数据联动）的查询用谁的权限设为“应用的权限”",
        "规则“要有金额”的字段由“客户名称”改为“金额、客户名称”",
        "规则“要有金额”的级别设为“提醒”",
        "新增规则 3（显示规则）",
    ]
    with speaking("en"):
        assert (
            str(difference(before, after)[1])
            == "rule 1 (Field linkage): whose permissions look set to “Those of the app”"
        )
