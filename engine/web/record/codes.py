"""Codes as pictures: QR codes, and bar codes of the kind Code 128."""

import io
import re

import segno
from markupsafe import Markup

from engine.fields.form import Field

_WIDTHS = [
    "212222",
    "222122",
    "222221",
    "121223",
    "121322",
    "131222",
    "122213",
    "122312",
    "132212",
    "221213",
    "221312",
    "231212",
    "112232",
    "122132",
    "122231",
    "113222",
    "123122",
    "123221",
    "223211",
    "221132",
    "221231",
    "213212",
    "223112",
    "312131",
    "311222",
    "321122",
    "321221",
    "312212",
    "322112",
    "322211",
    "212123",
    "212321",
    "232121",
    "111323",
    "131123",
    "131321",
    "112313",
    "132113",
    "132311",
    "211313",
    "231113",
    "231311",
    "112133",
    "112331",
    "132131",
    "113123",
    "113321",
    "133121",
    "313121",
    "211331",
    "231131",
    "213113",
    "213311",
    "213131",
    "311123",
    "311321",
    "331121",
    "312113",
    "312311",
    "332111",
    "314111",
    "221411",
    "431111",
    "111224",
    "111422",
    "121124",
    "121421",
    "141122",
    "141221",
    "112214",
    "112412",
    "122114",
    "122411",
    "142112",
    "142211",
    "241211",
    "221114",
    "413111",
    "241112",
    "134111",
    "111242",
    "121142",
    "121241",
    "114212",
    "124112",
    "124211",
    "411212",
    "421112",
    "421211",
    "212141",
    "214121",
    "412121",
    "111143",
    "111341",
    "131141",
    "114113",
    "114311",
    "411113",
    "411311",
    "113141",
    "114131",
    "311141",
    "411131",
    "211412",
    "211214",
    "211232",
]
"""How wide the bars and gaps of each symbol are, in turn; the last three begin in the sets A, B and C."""
_STOP = "2331112"
_START_B, _START_C = 104, 105
_QUIET, _HEIGHT = 10, 48


def code_picture(field: Field, value: str) -> Markup:
    """The value of a `barcode` field as its picture; nothing where the field shows text only."""
    shape = field.get("shape", "qr")
    if shape == "bars" and re.fullmatch(r"[\x20-\x7e]{1,80}", value):
        return bars(value)
    return Markup("") if shape == "text" else qr(value)


def qr(text: str) -> Markup:
    """A QR code as SVG."""
    drawn = io.BytesIO()
    segno.make(text, micro=False).save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgns=False,
        scale=3,
        border=2,
        svgclass="qr",
        lineclass=None,
        nl=False,
    )
    return Markup(drawn.getvalue().decode())


def bars(text: str) -> Markup:
    """A Code 128 bar code as SVG, of printable ASCII."""
    widths = "".join(_WIDTHS[one] for one in symbols(text)) + _STOP
    drawn, at = [], _QUIET
    for number, width in enumerate(map(int, widths)):
        if number % 2 == 0:
            drawn.append(f"M{at} 0h{width}v{_HEIGHT}h-{width}z")
        at += width
    whole = at + _QUIET
    return Markup(
        '<svg class="bars" viewBox="0 0 {whole} {high}" width="{width}" height="{high}" role="img" aria-label="{text}">'
        '<rect width="{whole}" height="{high}" fill="#fff"/><path fill="#000" d="{path}"/></svg>'
    ).format(whole=whole, high=_HEIGHT, width=whole * 2, text=text, path="".join(drawn))


def symbols(text: str) -> list[int]:
    """The symbols of a text with its check symbol: pairs of digits where the text is nothing else, else letters."""
    if len(text) % 2 == 0 and text.isdigit():
        found = [_START_C, *(int(text[at : at + 2]) for at in range(0, len(text), 2))]
    else:
        found = [_START_B, *(ord(letter) - 32 for letter in text)]
    check = found[0] + sum(place * one for place, one in enumerate(found))
    return [*found, check % 103]
