"""The tiles from which people choose a new field, in their groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.fields import registry
from engine.fields.base import GROUPS, FieldType, Preset
from engine.platform.i18n import Text


@dataclass(frozen=True)
class Tile:
    """One choice: a field type with the properties that a new field begins with (beside key, type and label)."""

    key: str
    type: str
    label: Text
    icon: str
    properties: Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """A heading of the palette with its tiles."""

    key: str
    label: Text
    tiles: tuple[Tile, ...]


def groups() -> list[Group]:
    """The whole palette; types of a group that nobody knows stand in the last one."""
    last = list(GROUPS)[-1]
    found: dict[str, list[tuple[int, str, Tile]]] = {key: [] for key in GROUPS}
    for kind in registry.all_types().values():
        if not kind.offered:
            continue
        at = found[kind.group if kind.group in GROUPS else last]
        for preset in kind.palette or (Preset(kind.name, kind.label, kind.icon),):
            order = kind.order if preset.order is None else preset.order
            at.append((order, preset.key, _tile(kind, preset)))
    return [
        Group(key, GROUPS[key], tuple(tile for _, _, tile in sorted(tiles, key=lambda one: one[:2])))
        for key, tiles in found.items()
        if tiles
    ]


def _tile(kind: FieldType, preset: Preset) -> Tile:
    return Tile(preset.key, kind.name, preset.label, preset.icon, {**kind.starting, **preset.properties})
