"""Reading what was sent about a person or department: known names, texts and ids, with a fault for each place."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Literal

from engine.platform.errors import Fault, Invalid
from engine.platform.i18n import Text


class _Unset(Enum):
    unset = "unset"


Unset = _Unset
UNSET: Literal[_Unset.unset] = _Unset.unset
LARGEST_ID = 2**63 - 1


def known(body: object, names: set[str], faults: list[Fault]) -> Mapping[str, Any]:
    """The body as a mapping; a name that nobody knows is a fault."""
    if not isinstance(body, Mapping):
        raise Invalid.at("", "wrong_type", Text("需要一个对象", "An object is needed"))
    for name in body:
        if name not in names:
            message = Text("不认识“{name}”", "“{name}” is not known", name=str(name)[:60])
            faults.append(Fault(f"/{pointer_part(str(name)[:60])}", "unknown_property", message))
    return {name: value for name, value in body.items() if name in names}


def text(
    value: object,
    pointer: str,
    label: Text,
    faults: list[Fault],
    *,
    required: bool = False,
    longest: int = 200,
) -> str | None:
    """A text without surrounding space; empty is None."""
    if value is not None and not isinstance(value, str):
        faults.append(
            Fault(pointer, "wrong_type", Text("{label}要写成文字", "The {label} must be text", label=label))
        )
        return None
    cut = " ".join((value or "").split())
    if "\x00" in cut:
        faults.append(
            Fault(
                pointer,
                "invalid",
                Text("{label}含有不能用的字符", "The {label} has a sign that can't be used", label=label),
            )
        )
        return None
    if required and not cut:
        faults.append(Fault(pointer, "required", Text("请填写{label}", "Enter the {label}", label=label)))
    if len(cut) > longest:
        message = Text(
            "{label}最多 {n} 个字符", "The {label} has at most {n} characters", label=label, n=longest
        )
        faults.append(Fault(pointer, "too_long", message))
    return cut or None


def optional_id(value: object, pointer: str, faults: list[Fault]) -> int | None:
    """An id, given as a number or as an object with `id`; empty is None."""
    if isinstance(value, Mapping):
        value = value.get("id")
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:20])
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LARGEST_ID:
        faults.append(Fault(pointer, "wrong_type", Text("需要一个编号", "An id is needed")))
        return None
    return value


def ids(value: object, pointer: str, faults: list[Fault]) -> tuple[int, ...]:
    """A list of ids, each once."""
    if value is None:
        return ()
    if not isinstance(value, (list, tuple)):
        faults.append(Fault(pointer, "wrong_type", Text("需要一个列表", "A list is needed")))
        return ()
    found = [optional_id(one, f"{pointer}/{place}", faults) for place, one in enumerate(value)]
    return tuple(dict.fromkeys(one for one in found if one is not None))


def one_of(value: object, pointer: str, choices: tuple[str, ...], faults: list[Fault]) -> str | None:
    """One of the fixed words."""
    if value in choices:
        return str(value)
    message = Text("可以是：{choices}", "Must be one of: {choices}", choices=", ".join(choices))
    faults.append(Fault(pointer, "unknown_choice", message))
    return None


def known_id(text: str) -> int:
    """An id in an address; ValueError when it can't be one."""
    value = int(text[:20])
    if not 0 < value <= LARGEST_ID:
        raise ValueError(text)
    return value


def pointer_part(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
