"""Ratings, times, codes, places, addresses, signatures and texts with formats: as typed, as sent, as shown."""

import datetime as dt
import time
from decimal import Decimal
from typing import Any

import pytest

from engine.fields.base import FieldFault, ParseContext
from engine.fields.failed import value_json, value_text
from engine.fields.form import Field, Form
from engine.fields.formula_names import name_of
from engine.web.record import codes

TYPED = ParseContext(text=True)
SENT = ParseContext()


def field(kind: str, **properties: Any) -> Field:
    return Field.read({"key": "f", "type": kind, "label": "F", **properties})


def parse(one: Field, raw: Any, context: ParseContext = TYPED) -> Any:
    return one.kind.parse(raw, one, context)


def refused(one: Field, raw: Any, context: ParseContext = TYPED) -> str:
    with pytest.raises(FieldFault) as fault:
        parse(one, raw, context)
    assert fault.value.message.render("zh-CN") != fault.value.message.render("en")
    return fault.value.code


@pytest.mark.parametrize(
    ("raw", "value"), [("4", 4), ("★★★", 3), ("★★★☆☆", 3), ("4 分", 4), ("４", 4), (5, 5), ("", None)]
)
def test_a_rating_is_read_as_a_number_or_as_stars(raw, value) -> None:
    assert parse(field("rating"), raw) == value


def test_a_rating_stays_within_what_can_be_given() -> None:
    assert refused(field("rating"), "0") == "too_small" and refused(field("rating"), "6") == "too_large"
    assert parse(field("rating", max=10), "6") == Decimal(6)
    assert (
        value_json(Decimal(6), field("rating")) == "6"
        and value_text(Decimal(6), field("rating"), "en") == "6"
    )


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("9:30", dt.time(9, 30)),
        ("0930", dt.time(9, 30)),
        ("９：３０", dt.time(9, 30)),
        ("下午3点20分", dt.time(15, 20)),
        ("3:20 pm", dt.time(15, 20)),
        ("23:59:58", dt.time(23, 59, 58)),
        ("1899-12-31 08:00:00", dt.time(8)),
        (dt.datetime(2026, 3, 1, 7, 5), dt.time(7, 5)),
    ],
)
def test_a_time_of_day_is_read_as_people_write_it(raw, value) -> None:
    assert parse(field("time"), raw) == value


def test_what_is_no_time_is_refused_and_what_is_one_goes_out_whole() -> None:
    assert [refused(field("time"), raw) for raw in ("25:00", "soon", "9:61", 9)] == ["not_a_time"] * 4
    assert value_json(dt.time(9, 30), field("time")) == "09:30:00"
    assert value_text(dt.time(9, 30), field("time"), "en") == "09:30"
    assert value_text(dt.time(9, 30, 5), field("time", format="second"), "en") == "09:30:05"


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("江苏省无锡市新吴区长江路1号", "江苏省 无锡市 新吴区 长江路1号"),
        ("江苏 无锡 新吴区 长江路1号", "江苏省 无锡市 新吴区 长江路1号"),
        ("江苏无锡市长江路1号", "江苏省 无锡市 长江路1号"),
        ("北京市北京市朝阳区建国路", "北京市 朝阳区 建国路"),
        ("上海市市辖区浦东新区张江", "上海市 浦东新区 张江"),
        ("湖北省仙桃市沔阳大道", "湖北省 仙桃市 沔阳大道"),
        ("南京路步行街 1 号", "南京路步行街 1 号"),
        ("12 Baker Street, London", "12 Baker Street, London"),
        ({"province": "江苏省", "city": "无锡市", "detail": "长江路 1 号"}, "江苏省 无锡市 长江路 1 号"),
        ('{"province": "北京市", "district": "东城区"}', "北京市 东城区"),
    ],
)
def test_an_address_is_taken_apart_however_it_is_written(raw, kept) -> None:
    one = field("address")
    assert parse(one, raw) == kept
    assert parse(one, value_json(kept, one)) == kept  # what went out comes back the same


def test_an_address_goes_out_in_its_parts_and_is_shown_as_people_write_it() -> None:
    one = field("address")
    kept = parse(one, "江苏省无锡市新吴区长江路1号")
    assert value_json(kept, one) == {
        "province": "江苏省",
        "city": "无锡市",
        "district": "新吴区",
        "detail": "长江路1号",
        "text": "江苏省无锡市新吴区长江路1号",
    }
    assert value_text(kept, one, "zh-CN") == "江苏省无锡市新吴区长江路1号"
    assert value_text("5 Main Street", one, "en") == "5 Main Street"


def test_an_address_may_be_asked_for_to_a_level() -> None:
    city = field("address", levels="city")
    assert parse(city, "江苏省无锡市新吴区长江路") == "江苏省 无锡市"
    assert parse(city, "湖北省仙桃市") == "湖北省 仙桃市" and parse(city, "北京市") == "北京市"
    assert refused(city, "江苏省") == refused(city, "Baker Street") == "not_an_address"
    whole = field("address", whole=True)
    assert refused(whole, "江苏省无锡市新吴区") == refused(whole, "长江路1号") == "not_an_address"
    assert parse(whole, "广东省东莞市南城街道1号") == "广东省 东莞市 南城街道1号"


def test_a_place_is_read_typed_and_sent() -> None:
    one = field("location")
    assert parse(one, "31.491, 120.312 无锡") == "31.491000,120.312000 无锡"
    assert (
        parse(one, {"lat": 31.4910001, "lng": "-120.3", "text": " 无锡 "}, SENT)
        == "31.491000,-120.300000 无锡"
    )
    assert value_json("31.491000,120.312000 无锡", one) == {
        "lat": "31.491000",
        "lng": "120.312000",
        "text": "无锡",
    }
    assert [refused(one, raw) for raw in ("91,0", "0,181", "here", '{"lat": 1}')] == ["not_a_location"] * 4


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("<p>好<strong>的</strong></p>", "<p>好<strong>的</strong></p>"),
        ("<script>alert(1)</script><p>a</p>", "<p>a</p>"),
        ('<p onclick="x()" style="color:red" class="btn">a</p>', "<p>a</p>"),
        ('<a href="javascript:alert(1)">a</a>', '<a rel="noopener noreferrer nofollow">a</a>'),
        ("<img src=x onerror=alert(1)>b", "b"),
        ("<svg><script>1</script></svg><iframe src=/></iframe>c", "c"),
        ('<form action="/x"><input name=a>d</form>', "d"),
        ("<p>a<!-- b --></p>", "<p>a</p>"),
    ],
)
def test_a_text_with_formats_loses_whatever_could_run(sent, kept) -> None:
    assert parse(field("rich_text"), sent, SENT) == kept


def test_a_text_with_formats_is_shown_and_counted_by_its_words() -> None:
    one = field("rich_text", max_length=5)
    assert value_text("<h2>标题</h2><p>一 &lt; 二</p><ul><li>x</li></ul>", one, "en") == "标题\n一 < 二\nx"
    assert (
        parse(one, "<p><strong>12345</strong></p>", SENT)
        and refused(one, "<p>123456</p>", SENT) == "too_long"
    )
    assert parse(one, "<p></p>", SENT) is None
    assert parse(field("rich_text"), "1 < 2\n3") == "<p>1 &lt; 2</p><p>3</p>"
    assert name_of((one,)) is None  # formulas do not see markup


@pytest.mark.parametrize("unit", ["<a", "<br", "<", "<ul><li>", "<b><p></b>", "<div></x>", "<p onclick=x "])
@pytest.mark.parametrize("context", [TYPED, SENT])
def test_a_text_that_is_made_to_hold_up_the_product_is_answered_soon(
    unit: str, context: ParseContext
) -> None:
    one, begun = field("rich_text"), time.process_time()
    for size in (390_000, 16_000_000):
        try:
            one.kind.parse(unit * (size // len(unit)), one, context)
        except FieldFault as fault:
            assert fault.code in ("too_long", "too_deep")
        else:
            assert size == 390_000
    assert time.process_time() - begun < 3


def test_formats_may_nest_as_deep_as_people_write_and_no_deeper() -> None:
    def lists(depth: int) -> str:
        return "<ul><li>" * depth + "x" + "</li></ul>" * depth

    assert parse(field("rich_text"), lists(90) * 50, SENT).count("<ul>") == 4500
    assert parse(field("rich_text"), "<p>a<p>b<br>" * 500, SENT).count("<p>") == 1000
    assert refused(field("rich_text"), lists(101), SENT) == "too_deep"


@pytest.mark.parametrize(("kind", "code"), [("address", "wrong_type"), ("location", "not_a_location")])
@pytest.mark.parametrize("context", [TYPED, SENT])
def test_a_place_of_thousands_of_brackets_is_refused(kind: str, code: str, context: ParseContext) -> None:
    assert refused(field(kind), '{"a":' * 5000, context) == code


def test_a_signature_is_one_picture() -> None:
    first, second = "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "1b4e28ba-2fa1-11d2-883f-0016d3cca428"
    assert parse(field("signature"), [first], SENT) == [first]
    assert refused(field("signature"), [first, second], SENT) == "too_many_files"


def test_a_tab_is_no_value() -> None:
    form = Form.read({"key": "f", "title": "{a}", "fields": [{"key": "t", "type": "tab", "label": "页"}]})
    assert list(form.stored()) == [] and form.field("t").kind.layout_only


def test_bars_hold_the_text_and_a_check_symbol() -> None:
    assert codes.symbols("1234") == [105, 12, 34, (105 + 12 + 2 * 34) % 103]
    assert codes.symbols("AB") == [104, 33, 34, (104 + 33 + 2 * 34) % 103]
    shown = str(codes.bars('<"&>'))
    assert "style=" not in shown and 'aria-label="&lt;&#34;&amp;&gt;"' in shown
    assert "style=" not in codes.qr("你好") and codes.qr("你好").startswith("<svg")
    assert codes.code_picture(field("barcode", shape="text"), "x") == ""
    assert codes.code_picture(field("barcode", shape="bars"), "中文").count("qr")  # bars cannot hold it


@pytest.mark.parametrize(
    ("kind", "said", "seen"),
    [
        ("phone", "13812345678", "138****5678"),
        ("email", "zhang@example.com", "z****@example.com"),
        ("text", "11010519491231002X", "110***********002X"),
        ("text", "李想", "李*"),
    ],
)
def test_a_masked_value_is_seen_in_part_and_typed_and_exported_whole(kind, said, seen) -> None:
    one = field(kind, masked=True)
    assert one.kind.shown(said, one, "zh-CN") == seen
    assert one.kind.typed_text(said, one, "zh-CN") == said == value_text(said, one, "zh-CN")
    assert field(kind).kind.shown(said, field(kind), "zh-CN") == said


def test_a_switch_is_read_and_shown_by_its_own_words() -> None:
    one = field("switch", on_label={"zh-CN": "已付", "en": "Paid"}, off_label="未付")
    assert [parse(one, raw) for raw in ("已付", "Paid", "未付", "是", "否")] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert value_text(True, one, "en") == "Paid" and value_text(False, one, "zh-CN") == "未付"
