"""Addresses of web pages."""

import re
from typing import Any

from engine.fields.base import FieldFault, ParseContext
from engine.fields.form import Field
from engine.fields.text import TextField, clean_text
from engine.platform.i18n import Text

_WEB = re.compile(r"https?://[^\s/?#]+\S*", re.IGNORECASE)
_BARE = re.compile(r"[^\s/?#:@]+\.[^\s/?#:@.]{2,}([/?#:]\S*)?")


class UrlField(TextField):
    """The field type `url`."""

    name = "url"
    label = Text("网址", "URL")
    icon = "link"
    order = 60
    schema = {"properties": {}}
    template = "fields/url.html"

    def read(self, raw: Any, field: Field, context: ParseContext) -> str:
        text = clean_text(raw)
        if not _WEB.fullmatch(text) and _BARE.fullmatch(text):
            text = "https://" + text
        self.fits(text, field)
        # Anything but http would let a stored address run as a script when it is clicked.
        if not _WEB.fullmatch(text):
            raise FieldFault(
                "not_a_url", Text("“{said}”不是网址", "“{said}” is not a web address", said=text[:60])
            )
        return text
