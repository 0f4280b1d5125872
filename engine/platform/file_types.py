"""What a file is: its type by name and by its first bytes, and whether a browser may open it in our pages."""

import mimetypes
import unicodedata

UNKNOWN = "application/octet-stream"
FIRST_BYTES = 512

INLINE = {"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "application/pdf", "text/plain"}
"""Types that are shown inside the product; everything else, SVG and HTML above all, is only downloaded."""

_OFFICE = "application/vnd.openxmlformats-officedocument"
_NAMED = {
    ".csv": "text/csv",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".heif": "image/heif",
    ".svg": "image/svg+xml",
    ".md": "text/plain",
    ".txt": "text/plain",
}
_BEGINNINGS: dict[str, tuple[bytes, ...]] = {
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
    "image/bmp": (b"BM",),
    "application/pdf": (b"%PDF-",),
    "application/zip": (b"PK\x03\x04", b"PK\x05\x06"),
    _NAMED[".docx"]: (b"PK\x03\x04",),
    _NAMED[".xlsx"]: (b"PK\x03\x04",),
    _NAMED[".pptx"]: (b"PK\x03\x04",),
    "application/msword": (b"\xd0\xcf\x11\xe0",),
    "application/vnd.ms-excel": (b"\xd0\xcf\x11\xe0",),
    "application/vnd.ms-powerpoint": (b"\xd0\xcf\x11\xe0",),
}
_PHOTOS = {
    "image/heic": (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"),
    "image/heif": (b"mif1", b"msf1", b"heic", b"heix"),
    "image/avif": (b"avif", b"avis"),
}
"""The brands of photos that are kept in the container of films: they stand in its first box."""


def claimed_type(name: str) -> str:
    """The type that a file's name says it has."""
    ending = "." + name.rpartition(".")[2].lower() if "." in name else ""
    return _NAMED.get(ending) or mimetypes.guess_type(name, strict=True)[0] or UNKNOWN


def type_of(name: str, beginning: bytes) -> str:
    """The type of a file of this name that begins so; a name that claims what the bytes are not is not believed."""
    claimed = claimed_type(name)
    if claimed == "image/webp":
        return claimed if beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP" else UNKNOWN
    if claimed in _PHOTOS:
        return claimed if _brands(beginning) & set(_PHOTOS[claimed]) else UNKNOWN
    if claimed in _BEGINNINGS:
        return claimed if beginning.startswith(_BEGINNINGS[claimed]) else UNKNOWN
    if claimed.startswith("text/"):
        return claimed if b"\x00" not in beginning or beginning[:2] in (b"\xff\xfe", b"\xfe\xff") else UNKNOWN
    return claimed


def _brands(beginning: bytes) -> set[bytes]:
    """The brands that the first box of an ISO media file names: size, `ftyp`, the main one, its version, the others."""
    if beginning[4:8] != b"ftyp":
        return set()
    box = beginning[8 : int.from_bytes(beginning[:4], "big")]
    return {box[:4], *(box[at : at + 4] for at in range(8, len(box), 4))}


def clean_name(name: str) -> str:
    """The bare name of a file, without folders and control characters, 200 characters at most."""
    bare = name.replace("\\", "/").rpartition("/")[2]
    bare = "".join(character for character in bare if unicodedata.category(character)[0] != "C").strip(" .")
    stem, dot, ending = bare.rpartition(".")
    if dot and len(bare) > 200:
        bare = stem[: 199 - len(ending)] + dot + ending
    return bare[:200] or "file"
