"""An explanation shows how a figure came about, step by step, and nothing that the viewer may not read."""

from decimal import Decimal

from engine.formulas import FormulaError, Step, explain, parse
from tests.formulas.orders import MOMENT, ORDINARY, Row


def explained(text: str, hidden: tuple[str, ...] = ()) -> Step:
    return explain(
        parse(text), Row(ORDINARY[0]), MOMENT, readable=lambda path: path not in [(h,) for h in hidden]
    )


def test_each_step_shows_its_text_with_labels_and_its_value() -> None:
    step = explained("IF(a >= 10, a * 5%, 0)")
    assert (step.text, step.shown, step.value) == (
        "IF(a >= 10, a * 5%, 0)", "IF(数量 >= 10, 数量 * 5%, 0)", Decimal("0.625"),
    )  # fmt: skip
    condition, product, otherwise = step.children
    assert (condition.shown, condition.value) == ("数量 >= 10", True)
    assert [(child.shown, child.value) for child in product.children] == [
        ("数量", Decimal("12.5")),
        ("5%", Decimal("0.05")),
    ]
    assert (otherwise.kind, otherwise.value, otherwise.children) == ("constant", 0, [])


def test_a_chain_lies_side_by_side_and_brackets_stay() -> None:
    step = explained("a + b + (c + 1)")
    assert [child.text for child in step.children] == ["a", "b", "(c + 1)"]
    assert [child.kind for child in step.children] == ["field", "field", "operator"]


def test_an_error_is_shown_where_it_arises() -> None:
    step = explained("IFERROR(a / 0, 7) + 1")
    assert step.value == 8
    assert step.children[0].children[0].value == FormulaError("#DIV/0!")


def test_a_step_that_reads_what_is_hidden_has_neither_value_nor_label() -> None:
    step = explained("a * b + c", hidden=("b",))
    assert not step.readable and step.value is None
    product, c = step.children
    assert not product.readable and product.value is None and "单价" not in product.shown
    assert c.readable and c.value == Decimal("0.15")
    assert [(child.text, child.value) for child in product.children] == [("a", Decimal("12.5")), ("b", None)]


def test_a_list_is_shown_with_its_elements() -> None:
    step = explained("SUM(lines.q)")
    assert step.children[0].value == [Decimal(1), Decimal(2), None, Decimal(-3)]


def test_a_very_long_formula_stays_closed_beyond_a_limit() -> None:
    step = explain(parse("+".join(["a"] * 4096)), Row(ORDINARY[0]), MOMENT)
    assert step.value == Decimal("12.5") * 4096 and step.children == []


def test_a_branch_that_a_condition_passed_over_is_marked() -> None:
    step = explained("IF(a >= 10, a * 5%, 0) + IFERROR(a, 7)")
    chosen, caught = step.children
    assert [child.taken for child in chosen.children] == [True, True, False]
    assert [child.taken for child in caught.children] == [True, False]


def test_whether_a_hidden_condition_held_is_not_told() -> None:
    step = explained("IF(a >= 10, b, 0)", hidden=("a",))
    assert [child.taken for child in step.children] == [True, True, True]


def test_a_chain_of_brackets_lies_side_by_side_too() -> None:
    step = explained("(a + 1) & (b + 1) & (c + 1)")
    assert [child.text for child in step.children] == ["(a + 1)", "(b + 1)", "(c + 1)"]
