"""Telephone numbers."""

from typing import Any

import phonenumbers

from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.fields.schema import MASKED, asked
from engine.fields.text import TextField, clean_text
from engine.fields.typed_text import narrow
from engine.platform.i18n import Text


class PhoneField(TextField):
    """The field type `phone`."""

    name = "phone"
    label = Text("电话", "Phone")
    icon = "phone"
    order = 40
    schema = {
        "properties": {
            "region": asked(
                {"type": "string", "pattern": "^[A-Z]{2}$"},
                "国家或地区",
                "Country or region",
                "limits",
                simple=False,
                hint=("两个大写字母，如 CN、US", "Two capital letters such as CN or US"),
            ),
            "masked": MASKED,
        }
    }
    template = "fields/phone.html"
    longest = 40

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        if isinstance(raw, int) and not isinstance(raw, bool):
            raw = str(raw)
        text = narrow(clean_text(raw))
        self.fits(text, field)
        # Kept as written: extensions and short numbers are everyday, so only what can be no number is refused.
        digits = sum(character.isdigit() for character in text)
        try:
            possible = digits >= 3 and bool(phonenumbers.parse(text, field.get("region", "CN")))
        except phonenumbers.NumberParseException:
            possible = False
        if not possible:
            raise FieldFault(
                "not_a_phone", Text("“{said}”不是电话号码", "“{said}” is not a telephone number", said=text)
            )
        return text
