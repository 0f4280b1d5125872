"""Somebody else's functions join ours by an entry point, and by a call."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from engine.formulas import FormulaFault, JsonValues, Moment, catalogue, declare, evaluate, parse, register
from engine.formulas.functions import registry
from engine.platform.i18n import Text

MOMENT = Moment(datetime(2026, 3, 2, tzinfo=UTC))

PLUGIN = """
from decimal import Decimal
from engine.formulas import declare
from engine.platform.i18n import Text

@declare("math")("VAT(net: number, rate?: number) -> number", Text("含税额", "With tax"), [("VAT(100)", "113")],
                 sql=lambda c, net, rate=None: c.make("number", net.value * 113 / 100))
def VAT(net, rate=Decimal("0.13")):
    return net * (1 + rate)
"""


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[None]:
    """A package installed beside ours that offers a function."""
    (tmp_path / "taxes.py").write_text(PLUGIN)
    info = tmp_path / "taxes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: taxes\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jianflow.functions]\ntaxes = taxes\n")
    sys.path.insert(0, str(tmp_path))
    registry.functions.cache_clear()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("taxes", None)
    registry.functions.cache_clear()


def test_a_function_from_another_package_works_like_our_own(plugin: None) -> None:
    assert evaluate(parse("VAT(net) + 1"), JsonValues({"net": 100}), moment=MOMENT) == Decimal(114)
    assert "VAT" in {doc.name for doc in catalogue()}
    with pytest.raises(FormulaFault) as caught:
        parse("VAT()")
    assert caught.value.code == "argument_count"


def test_without_the_package_the_function_is_unknown() -> None:
    with pytest.raises(FormulaFault) as caught:
        parse("VAT(1) ")
    assert caught.value.code == "unknown_function"


def test_a_function_of_ours_cannot_be_replaced() -> None:
    with pytest.raises(ValueError, match="SUM"):
        register(declare("math")("SUM() -> number", Text("零", "Zero"), [])(lambda: Decimal(0)))
