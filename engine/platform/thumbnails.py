"""Small pictures of stored ones: made once, kept beside the files, made again when they are missing."""

import contextlib
import io
import os
import tempfile
import threading
import time
import warnings
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps

SIZES: Mapping[str, int] = {"small": 96, "medium": 320}
"""The longest side in pixels: `small` for the cells of lists, `medium` for records and cards."""

FORMATS: Mapping[str, str] = {
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/bmp": "BMP",
}
"""By what each type of file is read; a file is never tried with the reader of another type."""

MOST_PIXELS = 50_000_000
"""More are not unpacked: a file of a few kB may claim to hold gigabytes."""
MAKING = "making-"
MAKING_SECONDS = 3600
"""What is being made may be so old; older, it was broken off."""

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
warnings.simplefilter("error", Image.DecompressionBombWarning)

_one_at_a_time = threading.Lock()
"""What is being unpacked takes up to 200 MB; the threads of a process take turns."""


class Thumbnails:
    """The small pictures of one data folder. Whatever is in it can be thrown away at any time."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "thumbnails"

    def of(self, content: Path, digest: str, type_: str, size: str) -> Path | None:
        """The small picture (WebP) of a content; None for what is no picture, or none that can be read."""
        if type_ not in FORMATS:
            return None
        place = self._place(digest, size)
        if not place.exists():
            with _one_at_a_time:
                if not place.exists():
                    self._keep(place, drawn(content, FORMATS[type_], SIZES[size]) or b"")
        return place if place.stat().st_size else None  # an empty one says that it cannot be drawn

    def forget(self, digest: str) -> None:
        """Remove what was made of a content."""
        for size in SIZES:
            self._place(digest, size).unlink(missing_ok=True)

    def remove_unneeded(self, files: Path) -> None:
        """Remove what was made of contents that are not in `files` any more, and what was broken off."""
        for path in self.folder.glob("[0-9a-f][0-9a-f]/*"):
            if path.name.startswith(MAKING):
                with contextlib.suppress(FileNotFoundError):  # it has just been made
                    if time.time() - path.stat().st_mtime > MAKING_SECONDS:
                        path.unlink()
            elif not (files / path.parent.name / path.name.partition(".")[0]).exists():
                path.unlink(missing_ok=True)

    def _place(self, digest: str, size: str) -> Path:
        return self.folder / digest[:2] / f"{digest[2:]}.{size}.webp"

    def _keep(self, place: Path, picture: bytes) -> None:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=MAKING)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(picture)
            os.replace(temporary, place)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise


def drawn(content: Path, format_: str, longest: int) -> bytes | None:
    """A picture made small, upright and without anything that the camera wrote into it; None if it cannot be read."""
    # What readers raise for broken or hostile files is of many kinds, among them struct.error and MemoryError.
    with contextlib.suppress(Exception), Image.open(content, formats=(format_,)) as whole:
        if whole.width * whole.height > MOST_PIXELS:
            return None
        whole.draft(
            "RGB", (longest, longest)
        )  # a JPEG is unpacked in an eighth of its size where that is enough
        whole.load()
        small: Image.Image = whole
        small.thumbnail((longest, longest))
        small = ImageOps.exif_transpose(small)
        if small.mode.startswith("I"):  # 16 bits of grey, of which the upper ones are seen
            small = small.point(lambda light: light / 256, "L")
        small = small.convert("RGBA" if small.has_transparency_data else "RGB")
        small.info.clear()
        kept = io.BytesIO()
        small.save(kept, "WEBP", quality=80)
        return kept.getvalue()
    return None
