"""Pictures that belong to a record."""

from engine.fields.file import HOLDING, FileField
from engine.fields.schema import YES_NO, asked
from engine.platform.i18n import Text


class ImageField(FileField):
    """The field type `image`."""

    name = "image"
    label = Text("图片", "Images")
    icon = "photo"
    group = "more"
    order = 10
    schema = {
        "properties": {
            **HOLDING,
            "camera_only": asked(
                YES_NO,
                "只能现场拍照",
                "Only by the camera",
                "limits",
                hint=(
                    "手机上直接打开相机，不能从相册里选",
                    "A phone opens its camera at once, not its album",
                ),
            ),
        }
    }
    template = "fields/image.html"
    read_template = "fields/read/pictures.html"
    accepted = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/heic")
