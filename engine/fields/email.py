"""E-mail addresses."""

import re
from typing import Any

from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.fields.schema import MASKED
from engine.fields.text import TextField, clean_text
from engine.fields.typed_text import narrow
from engine.platform.i18n import Text

_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


class EmailField(TextField):
    """The field type `email`."""

    name = "email"
    label = Text("邮箱", "E-mail")
    icon = "mail"
    order = 50
    schema = {"properties": {"masked": MASKED}}
    template = "fields/email.html"
    longest = 254

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        text = narrow(clean_text(raw))
        self.fits(text, field)
        if not _ADDRESS.fullmatch(text):
            raise FieldFault(
                "not_an_email",
                Text("“{said}”不是邮箱地址", "“{said}” is not an e-mail address", said=text[:60]),
            )
        return text
