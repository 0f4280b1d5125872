"""A text that is scanned from a code, and shown as one."""

from engine.fields.schema import LABEL, asked
from engine.fields.text import TextField
from engine.platform.i18n import Text

SHAPES = {
    "qr": ("二维码", "QR code"),
    "bars": ("条形码", "Bar code"),
    "text": ("只显示文字", "Text only"),
}


class BarcodeField(TextField):
    """The field type `barcode`."""

    name = "barcode"
    label = Text("二维码", "Barcode")
    icon = "qrcode"
    group = "more"
    order = 70
    schema = {
        "properties": {
            "shape": asked({"enum": list(SHAPES)}, "显示成", "Shown as", "display", labels=SHAPES),
            "scan_only": asked(
                {"type": "boolean"},
                "只能扫码",
                "Only by scanning",
                "limits",
                hint=("页面上不能手工输入", "Not typed by hand on pages"),
                simple=False,
            ),
            "pattern": TextField.schema["properties"]["pattern"],
            "pattern_message": asked(
                LABEL,
                "格式不对时的提示",
                "Message for a wrong format",
                "limits",
                simple=False,
                needs=["pattern"],
            ),
        }
    }
    template = "fields/barcode.html"
    read_template = "fields/read/barcode.html"
