"""What happened to a record: its history, comments, and how a figure came about."""

from tests.api.caller import Caller


def test_the_history_tells_each_change_with_old_and_new(boss: Caller, customers: str, name: str) -> None:
    number = boss.ok("POST", customers, {"values": {"name": name, "amount": 1}})["id"]
    boss.ok("PATCH", f"{customers}/{number}", {"values": {"amount": 2, "level": "A"}})
    boss.ok("PATCH", f"{customers}/{number}", {"values": {"level": None}})
    latest, change, creation = boss.ok("GET", f"{customers}/{number}/history")["rows"]
    assert [(one["field"], one["old"], one["new"]) for one in latest["changes"]] == [("level", "A", None)]
    steps = {one["field"]: (one["old"], one["new"]) for one in change["changes"]}
    assert steps["amount"] == ("1", "2") and steps["level"] == (None, "A")
    assert (creation["kind"], change["kind"], change["version"]) == ("created", "updated", 2)
    assert change["author"] == {"id": boss.member, "title": "陈总"} and change["door"] == "api"
    assert boss("GET", f"{customers}/999999999/history").status_code == 404


def test_comments_are_kept_in_order(boss: Caller, customers: str, name: str) -> None:
    place = f"{customers}/{boss.ok('POST', customers, {'values': {'name': name}})['id']}/comments"
    for said in ("  你好 ", "第二行\n再见"):
        boss.ok("POST", place, {"text": said})
    rows = boss.ok("GET", place)["rows"]
    assert [row["text"] for row in rows] == ["你好", "第二行\n再见"] and rows[0]["author"][
        "id"
    ] == boss.member
    for sent, code in (
        (" ", "required"),
        ("a\x00b", "control_character"),
        ("x" * 5001, "too_long"),
        (5, "wrong_type"),
    ):
        assert boss.refused("POST", place, {"text": sent}) == {"/text": code}
    assert boss.refused("POST", f"{customers}/999999999/comments", {"text": "x"}, status=404) == {}


def test_a_figure_is_explained_step_by_step(boss: Caller, orders: str, customers: str, name: str) -> None:
    made = boss.ok(
        "POST", orders, {"values": {"code": "1", "lines": [{"qty": 2, "price": 3}, {"qty": 1, "price": 4}]}}
    )
    told = boss.ok("GET", f"{orders}/{made['id']}/explain/total")
    assert (told["field"], told["value"], told["formula"]) == ("total", "10.00", "SUM(lines.sum)")
    assert told["tree"]["value"] == "10" and told["tree"]["steps"][0]["value"] == ["6", "4"]
    number = boss.ok("POST", customers, {"values": {"name": name, "amount": 0, "price": 1}})["id"]
    failed = boss.ok("GET", f"{customers}/{number}/explain/per")
    assert failed["value"] == failed["tree"]["value"] == {"error": "#DIV/0!"}
    assert boss.ok("GET", f"{customers}/{number}/explain/bought")["sentence"]
    for key, code in (("nope", "unknown_field"), ("name", "not_computed"), ("lines.sum", "unknown_field")):
        assert boss.refused("GET", f"{customers}/{number}/explain/{key}") == {"/field": code}
    assert boss("GET", f"{customers}/999999999/explain/per").status_code == 404
