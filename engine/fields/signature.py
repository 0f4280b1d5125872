"""A signature by hand, kept as a picture."""

from engine.fields.file import FileField
from engine.platform.i18n import Text


class SignatureField(FileField):
    """The field type `signature`: at most one picture."""

    name = "signature"
    label = Text("签名", "Signature")
    icon = "signature"
    order = 30
    schema = {"properties": {}}
    template = "fields/signature.html"
    read_template = "fields/read/pictures.html"
    wide = False
    most = 1
    accepted = ("image/png", "image/jpeg")
