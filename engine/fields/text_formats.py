"""Formats that texts in China's offices have: identity numbers, postcodes, plates, credit codes."""

import re
from collections.abc import Callable, Mapping

from engine.platform.i18n import Text

LABELS: Mapping[str, tuple[str, str]] = {
    "id_card": ("身份证号", "Identity number"),
    "credit_code": ("统一社会信用代码", "Unified social credit code"),
    "postcode": ("邮政编码", "Postcode"),
    "plate": ("车牌号", "Number plate"),
    "digits": ("只有数字", "Digits only"),
    "letters": ("只有字母和数字", "Letters and digits only"),
}
_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_REGIONS = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


def fits(name: str, text: str) -> bool:
    """Whether the text has the format."""
    return _TESTS[name](text)


def fault_of(name: str) -> Text:
    """What is said of a text that has not."""
    return Text("不是正确的{what}", "This is no valid: {what}", what=Text(*LABELS[name]))


def _id_card(text: str) -> bool:
    if not re.fullmatch(r"\d{17}[\dXx]", text):
        return False
    weights = [2**power % 11 for power in range(17, 0, -1)]
    total = sum(weight * int(digit) for weight, digit in zip(weights, text[:17], strict=True))
    return "10X98765432"[total % 11] == text[17].upper()


def _credit_code(text: str) -> bool:
    code = text.upper()
    if len(code) != 18 or any(letter not in _CREDIT for letter in code):
        return False
    total = sum(_CREDIT.index(letter) * (3**place % 31) for place, letter in enumerate(code[:17]))
    return _CREDIT[(31 - total % 31) % 31] == code[17]


_TESTS: Mapping[str, Callable[[str], bool]] = {
    "id_card": _id_card,
    "credit_code": _credit_code,
    "postcode": lambda text: re.fullmatch(r"\d{6}", text) is not None,
    "plate": lambda text: re.fullmatch(rf"[{_REGIONS}][A-Z][·\s]?[A-Z0-9]{{5,6}}", text.upper()) is not None,
    "digits": lambda text: text.isascii() and text.isdigit(),
    "letters": lambda text: text.isascii() and text.isalnum(),
}
