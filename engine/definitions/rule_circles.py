"""Where rules, formulas and copied values of a form let a field depend on itself."""

from collections.abc import Iterator

from engine.definitions import dependencies, places, rule_kinds, schema
from engine.definitions.dependencies import Node
from engine.definitions.model import LiveApp
from engine.fields.form import Form
from engine.platform.errors import Fault
from engine.platform.i18n import Text


def check(form: Form, proposed: LiveApp) -> Iterator[Fault]:
    """A fault for each circle that a rule closes, at that rule."""
    by_rule: dict[tuple[str, str], int] = {}
    graph: dict[Node, set[Node]] = {}
    for number, rule in enumerate(form.rules):
        for effect in rule_kinds.get(rule.get("kind", "validation")).effects(form, rule):
            by_rule.setdefault((effect.written, effect.read), number)
            graph.setdefault((form.key, effect.written), set()).add((form.key, effect.read))
    if not by_rule:
        return
    for (key, path), read in dependencies.reads(proposed).items():
        if key == form.key:
            graph.setdefault((key, path), set()).update(one for one in read if one[0] == key)
    for link in form.walk():
        for own in (link.get("fill") or {}).values():
            target = link.beside(own)
            if target is not None:
                graph.setdefault((form.key, target.path), set()).add((form.key, link.path))
    for way in dependencies.ways_round({node: tuple(sorted(read)) for node, read in graph.items()}):
        steps = list(zip(way, (*way[1:], way[0])))
        numbers = [by_rule[one[1], other[1]] for one, other in steps if (one[1], other[1]) in by_rule]
        if numbers:
            yield _fault(form, way, max(numbers))


def _fault(form: Form, way: list[Node], number: int) -> Fault:
    # A dependency reads backwards; people say what follows from what.
    names = [_named(form, path) for _, path in (way[0], *reversed(way))]
    arrows = " → ".join(f"{{s{place}}}" for place in range(len(names)))
    return schema.at(
        "forms",
        form.document,
        f"/rules/{number}",
        "cycle",
        Text(
            "规则循环：" + arrows + "，字段会取决于它自己。",
            "the rules go round in a circle: " + arrows + "; a field would depend on itself.",
            **{f"s{place}": name for place, name in enumerate(names)},
        ),
    )


def _named(form: Form, path: str) -> Text | str:
    field = form.field(path)
    steps: list[Text | str] = []
    if field is not None and field.parent is not None:
        steps.append(places.spoken(field.parent.label, field.parent.key))
    return places.joined([*steps, places.spoken(field.label if field else None, path)])
