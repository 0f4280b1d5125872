"""What a form posts, read back: also what was unticked or emptied, which a browser does not send."""

from werkzeug.datastructures import MultiDict

from engine.fields.form import Form
from engine.web.record import posted

FORM = Form.read(
    {
        "key": "order",
        "title": "{name}",
        "fields": [
            {"key": "name", "type": "text"},
            {
                "key": "lines",
                "type": "subform",
                "fields": [
                    {"key": "item", "type": "text"},
                    {"key": "tags", "type": "multi_select", "options": [{"value": "a"}]},
                    {"key": "papers", "type": "file"},
                    {"key": "done", "type": "switch"},
                ],
            },
        ],
    }
)


def read(*pairs: tuple[str, str]) -> dict[str, object]:
    return posted.values(FORM, MultiDict([("_field", "lines"), *pairs]))


def test_what_is_emptied_in_a_row_is_empty_and_what_was_not_shown_is_left_alone() -> None:
    row = (("lines.0.id", "7"), ("lines.0.item", "x"))
    shown = tuple(("_cell", f"lines.0.{key}") for key in ("tags", "papers", "done"))
    assert read(*row) == {"lines": [{"id": 7, "item": "x"}]}
    assert read(*row, *shown) == {"lines": [{"id": 7, "item": "x", "tags": [], "papers": [], "done": False}]}
    assert read(*row, *shown, ("lines.0.tags", "a"), ("lines.0.done", "1")) == {
        "lines": [{"id": 7, "item": "x", "tags": ["a"], "papers": [], "done": True}]
    }


def test_an_untouched_new_row_is_left_out() -> None:
    assert read(("lines.1.item", ""), ("_cell", "lines.1.tags"), ("_cell", "lines.1.done")) == {"lines": []}
