"""Phone numbers: one stored form (E.164), and the form that people here write."""

import phonenumbers

COUNTRY = "CN"
CHINA = 86


def normalized(text: str) -> str | None:
    """The number as it is stored (`+8613800138000`), or None when it is none; a bare number is a Chinese one."""
    try:
        number = phonenumbers.parse(text.strip(), COUNTRY)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def written(stored: str | None) -> str | None:
    """The number as one writes it here: `13800138000` for a Chinese one, with its country's code otherwise."""
    if not stored:
        return None
    number = phonenumbers.parse(stored, COUNTRY)
    if number.country_code != CHINA:
        return stored
    national = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(sign for sign in national if sign.isdigit())


def looks_like_phone(text: str) -> bool:
    """Whether somebody meant a phone number by `text`."""
    bare = text.translate({ord(sign): None for sign in " -()+"})
    return bare.isascii() and bare.isdigit() and len(bare) >= 7 and normalized(text) is not None
