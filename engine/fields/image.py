"""Pictures that belong to a record."""

from engine.fields.file import FileField
from engine.platform.i18n import Text


class ImageField(FileField):
    """The field type `image`."""

    name = "image"
    label = Text("图片", "Images")
    icon = "photo"
    group = "more"
    order = 10
    template = "fields/image.html"
    read_template = "fields/read/pictures.html"
    accepted = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/heic")
