"""The documented error codes are those of the source."""

from checks import codes


def test_every_error_code_is_documented_and_none_besides() -> None:
    assert codes.PAGE.read_text(encoding="utf-8") == codes.page(), "run: python -m checks.codes"


def test_codes_that_the_outside_relies_on_are_there() -> None:
    known = codes.codes()
    for code in (
        "unknown_field",
        "required",
        "stale",
        "unknown_function",
        "argument_count",
        "not_signed_in",
        "not_unique",
    ):
        assert code in known
