"""JSON Schema faults as sentences for the person who drew the form."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from engine.definitions import places
from engine.definitions.identity import escape
from engine.fields.schema import KEY_PATTERN
from engine.platform.errors import Fault
from engine.platform.i18n import Text

MOST_FAULTS = 200
"""How many faults of one document are told; somebody who sees so many has sent something else."""

_TYPES = {
    "string": Text("文字", "a text"),
    "integer": Text("整数", "a whole number"),
    "number": Text("数字", "a number"),
    "boolean": Text("是或否", "true or false"),
    "array": Text("列表", "a list"),
    "object": Text("对象", "an object"),
    "null": Text("空", "empty"),
}


def validator(schema: Mapping[str, Any]) -> Draft202012Validator:
    """A validator for a schema; that the schemas are sound themselves is for the tests to see, it takes long."""
    return Draft202012Validator(schema)


def faults(
    check: Draft202012Validator, kind: str, document: Any, where: str = "", whole: Any = None
) -> list[Fault]:
    """What is wrong with a document, or with the part of `whole` that stands at the pointer `at`."""
    if check.is_valid(document):
        return []
    found: list[Fault] = []
    for error in _leaves(check.iter_errors(document)):
        pointer = where + "".join(f"/{escape(str(part))}" for part in error.absolute_path)
        found.extend(_translate(error, pointer, kind, document if whole is None else whole))
        if len(found) >= MOST_FAULTS:
            break
    return list({(fault.pointer, fault.code, str(fault.message)): fault for fault in found}.values())


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """The errors that say what is wrong, where alternatives each have their own complaint."""
    for error in errors:
        if error.validator not in ("oneOf", "anyOf") or not error.context:
            yield error
            continue
        branches: dict[int, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(int(inner.schema_path[0]), []).append(inner)
        meant = [inner for inner in branches.values() if not _is_other_thing(error, inner)]
        if len(meant) == 1:
            yield from _leaves(meant[0])
        else:
            yield error


def _is_other_thing(outer: ValidationError, branch: list[ValidationError]) -> bool:
    """Whether the branch is not what was meant: it wants another type, or another constant."""
    depth = len(outer.absolute_path)
    return any(
        len(inner.absolute_path) == depth and inner.validator == "type" or inner.validator == "const"
        for inner in branch
    )


def _translate(error: ValidationError, pointer: str, kind: str, whole: Any) -> Iterator[Fault]:
    given: Any = error.instance
    needed: Any = error.validator_value
    if error.validator == "required":
        for name in needed:
            if name not in given:
                what = Text("缺少{name}。", "{name} is missing.", name=places.property_name(name))
                yield at(kind, whole, pointer, "missing", what)
    elif error.validator in ("additionalProperties", "unevaluatedProperties"):
        known = error.schema.get("properties", {}) if isinstance(error.schema, Mapping) else {}
        for name in given:
            if name not in known:
                found = at(kind, whole, pointer, "unknown_property", _unknown_property(name, known))
                yield replace(found, pointer=f"{pointer}/{escape(str(name))}")
    else:
        yield at(kind, whole, pointer, *_value_fault(error))


def _value_fault(error: ValidationError) -> tuple[str, Text]:
    """The code and the words for a value that is not as it should be."""
    limit: Any = error.validator_value
    given: Any = error.instance
    schema: Any = error.schema
    match error.validator:
        case "type":
            wanted = [limit] if isinstance(limit, str) else limit
            return "wrong_type", _wanted([_TYPES[one] for one in wanted if one in _TYPES])
        case "oneOf" | "anyOf":
            types = [branch.get("type") for branch in limit if isinstance(branch, Mapping)]
            texts = [_TYPES[one] for one in types if isinstance(one, str) and one in _TYPES]
            return "wrong_type", _wanted(list(dict.fromkeys(texts)))
        case "enum" | "const":
            return "unknown_value", _not_among(given, limit if error.validator == "enum" else [limit])
        case "pattern" if schema.get("pattern") == KEY_PATTERN:
            return "invalid_key", key_rule(str(given))
        case "pattern":
            wrong = "“{given}”的写法不对。", "“{given}” is not written right."
            return "wrong_shape", Text(*wrong, given=_short(given))
        case "minLength" | "minItems" | "minProperties":
            return "empty", Text("不能为空。", "must not be empty.")
        case "maxLength":
            long = "太长了：{n} 个字，最多 {limit} 个。", "is too long: {n} characters, at most {limit}."
            return "too_long", Text(*long, n=len(given), limit=limit)
        case "maxItems":
            many = "太多了：{n} 个，最多 {limit} 个。", "are too many: {n}, at most {limit}."
            return "too_many", Text(*many, n=len(given), limit=limit)
        case "minimum" | "exclusiveMinimum":
            return "too_small", Text("不能小于 {limit}。", "must not be less than {limit}.", limit=limit)
        case "maximum" | "exclusiveMaximum":
            return "too_large", Text("不能大于 {limit}。", "must not be more than {limit}.", limit=limit)
        case "uniqueItems":
            return "duplicate", Text("有重复。", "has duplicates.")
    return "invalid", Text("这样写不行。", "cannot be written like this.")


def _not_among(given: Any, allowed: Sequence[Any]) -> Text:
    return Text(
        "不能是“{given}”，只能是：{allowed}。",
        "“{given}” is not possible here; it can be: {allowed}.",
        given=_short(given),
        allowed=", ".join(_short(one) for one in allowed[:20]),
    )


def at(kind: str, document: Any, pointer: str, code: str, what: Text | str) -> Fault:
    """A fault at a place of a document, named as a person would."""
    place = places.place(kind, document, pointer)
    return Fault(pointer, code, Text("{place}：{what}", "{place}: {what}", place=place, what=what))


def duplicates(kind: str, document: Any, elements: Iterable[Any], pointer: str) -> Iterator[Fault]:
    """The elements of a list whose key an earlier one has."""
    seen: set[str] = set()
    for number, element in enumerate(elements):
        key = element.get("key") if isinstance(element, Mapping) else None
        if key in seen:
            what = Text("标识“{key}”出现了两次。", "the key “{key}” stands twice.", key=key)
            yield at(kind, document, f"{pointer}/{number}/key", "duplicate_key", what)
        elif isinstance(key, str):
            seen.add(key)


def key_rule(given: str) -> Text:
    """What a key has to look like."""
    return Text(
        "标识“{given}”不行：要以小写字母开头，只含小写字母、数字和下划线，最多 63 个字符。",
        "the key “{given}” cannot be used: it begins with a lower-case letter and has only lower-case letters, "
        "digits and underscores, at most 63.",
        given=_short(given),
    )


def closest(given: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant."""
    found = get_close_matches(given, list(known), n=1, cutoff=0.7)
    return found[0] if found else None


def _unknown_property(name: str, known: Iterable[str]) -> Text:
    meant = closest(str(name), known)
    if meant:
        return Text(
            "没有“{name}”这一项，是不是“{meant}”？",
            "there is no “{name}” here; is “{meant}” meant?",
            name=_short(name),
            meant=meant,
        )
    return Text("没有“{name}”这一项。", "there is no “{name}” here.", name=_short(name))


def _wanted(types: list[Text]) -> Text:
    if len(types) == 1:
        return Text("应当是{wanted}。", "must be {wanted}.", wanted=types[0])
    if len(types) == 2:
        return Text("应当是{one}或{other}。", "must be {one} or {other}.", one=types[0], other=types[1])
    return Text("这样写不行。", "cannot be written like this.")


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = "".join(character if character.isprintable() else "�" for character in text[:60])
    return text if len(str(value)) <= 60 else text + "…"
