"""How Chinese characters are read: pypinyin's table of characters alone.

Importing the package would load its phrases too, which take 45 MB of each process and a tenth of a second.
"""

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

_TONES = dict.fromkeys((0x0300, 0x0301, 0x0304, 0x030C))


@cache
def readings() -> Mapping[int, str]:
    """The readings of each character by its code, the usual one first, with commas between."""
    package = find_spec("pypinyin")
    places = package.submodule_search_locations if package else []
    spec = PathFinder.find_spec("pinyin_dict", places)
    if spec is None or spec.loader is None:
        raise ImportError("pypinyin has no table of characters")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Mapping[int, str] = module.pinyin_dict
    return found


def without_tone(reading: str) -> str:
    """A reading in plain letters, `v` for ü."""
    letters = unicodedata.normalize("NFD", reading).translate(_TONES)
    return unicodedata.normalize("NFC", letters).replace("ü", "v")
