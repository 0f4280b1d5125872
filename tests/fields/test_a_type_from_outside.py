"""A field type that somebody else's package adds works like the product's own."""

import sys
from pathlib import Path

import pytest

from engine.fields import registry
from engine.fields.base import ParseContext
from engine.fields.form import Form

MODULE = '''
"""Colours as people write them on the web."""
import re
import sqlalchemy as sa
from engine.fields.base import EQUALITY, FieldFault, FieldType
from engine.platform.i18n import Text


class ColourField(FieldType):
    name = "colour"
    label = Text("颜色", "Colour")
    icon = "palette"
    schema = {"properties": {"short": {"type": "boolean"}}}
    operators = EQUALITY

    def column(self, field):
        return sa.Text()

    def read(self, raw, field, context):
        if not re.fullmatch("#[0-9a-f]{6}", str(raw).lower()):
            raise FieldFault("not_a_colour", Text("不是颜色", "Not a colour"))
        return raw.lower()
'''
ENTRY_POINTS = "[jianflow.field_types]\ncolour = jianflow_colour:ColourField\n"


@pytest.fixture
def colour_package(tmp_path: Path):
    """A package on the path with an entry point, as pip would leave it."""
    (tmp_path / "jianflow_colour.py").write_text(MODULE)
    info = tmp_path / "jianflow_colour-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jianflow-colour\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    sys.path.insert(0, str(tmp_path))
    registry.forget()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("jianflow_colour", None)
    registry.forget()


def test_a_type_from_another_package_is_found_and_reads_values(colour_package) -> None:
    assert registry.exists("colour")
    form = Form.read(
        {"key": "f", "title": "{c}", "fields": [{"key": "c", "type": "colour", "label": "C", "short": True}]}
    )
    colour = form.field("c")
    assert colour.kind.parse("#FF00AA", colour, ParseContext()) == "#ff00aa"
    assert colour.kind.document_schema()["properties"]["short"] == {"type": "boolean"}


def test_without_the_package_there_is_no_such_type() -> None:
    assert not registry.exists("colour") and registry.exists("money") and not registry.exists("count")
