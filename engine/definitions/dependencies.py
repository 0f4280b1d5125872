"""What computed fields read, over all forms of an app, and where they go round in a circle."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from engine.conditions import paths as condition_paths
from engine.definitions.model import Document, LiveApp
from engine.fields import path as paths
from engine.fields.form import Field, Form
from engine.fields.formula import tree

Node = tuple[str, str]
"""A field: the form's key and its path."""
Graph = Mapping[Node, tuple[Node, ...]]


def reads(app: LiveApp) -> Graph:
    """For each computed field the fields that it reads, those on the way to them included."""
    graph: Graph | None = app.cache.get("definitions.reads")
    if graph is None:
        graph = {
            (key, field.path): tuple(dict.fromkeys(_reads(form, field)))
            for key, form in app.forms.items()
            for field in form.walk()
            if field.kind.computed
        }
        app.cache["definitions.reads"] = graph
    return graph


def circles(app: LiveApp) -> list[list[Node]]:
    """Computed fields that need each other, each circle as the way round it."""
    found: list[list[Node]] | None = app.cache.get("definitions.circles")
    if found is None:
        found = app.cache["definitions.circles"] = ways_round(reads(app))
    return found


def longest_chain(app: LiveApp) -> list[Node]:
    """The computed fields that stand on one another most often, the last one first; there must be no circle."""
    found: list[Node] | None = app.cache.get("definitions.longest_chain")
    if found is None:
        found = app.cache["definitions.longest_chain"] = _longest(reads(app))
    return found


def _longest(graph: Graph) -> list[Node]:
    below: dict[Node, int] = {}
    for start in graph:
        waiting = [start]
        while waiting:
            here = waiting[-1]
            missing = [one for one in graph[here] if one in graph and one not in below]
            if missing and here not in below:
                waiting.extend(missing)
            else:
                waiting.pop()
                below[here] = 1 + max((below[one] for one in graph[here] if one in graph), default=0)
    chain: list[Node] = []
    following = max(below, key=lambda one: below[one], default=None)
    while following is not None:
        chain.append(following)
        rest = [one for one in graph[following] if one in graph]
        following = max(rest, key=lambda one: below[one], default=None)
    return chain


def type_circles(app: LiveApp) -> list[list[Node]]:
    """Lookups and rollups whose value would be one another's; nothing can be asked of their type."""
    found: list[list[Node]] | None = app.cache.get("definitions.type_circles")
    if found is None:
        graph = {
            (key, field.path): tuple(_shows(form, field))
            for key, form in app.forms.items()
            for field in form.walk()
            if field.type in ("lookup", "rollup")
        }
        found = app.cache["definitions.type_circles"] = ways_round(graph)
    return found


def hidden_by(app: LiveApp, role: Document, form_key: str) -> dict[str, Node]:
    """The computed fields of a form that a role does not see, each with the hidden field that is behind it.

    One that the grant names itself is shown or hidden by that alone.
    """
    named = role.get("grants", {}).get(form_key, {}).get("fields", {})
    found: dict[str, Node] = {}
    for field in app.form(form_key).walk():
        if field.kind.computed and field.path not in named:
            cause = _hidden_behind(app, role.get("grants", {}), (form_key, field.path))
            if cause is not None:
                found[field.path] = cause
    return found


def shown_by_name(app: LiveApp, role: Document, form_key: str) -> dict[str, Node]:
    """The computed fields of a form that a role sees only because it names them, each with what is hidden behind it."""
    given = role.get("grants", {}).get(form_key, {})
    found: dict[str, Node] = {}
    for path, said in given.get("fields", {}).items():
        field = app.form(form_key).field(path)
        if given.get("read") and said != "hidden" and field is not None and field.kind.computed:
            cause = _hidden_behind(app, role.get("grants", {}), (form_key, path))
            if cause is not None:
                found[path] = cause
    return found


def _hidden_behind(app: LiveApp, grants: Mapping[str, Any], start: Node) -> Node | None:
    graph = reads(app)
    seen = {start}
    waiting = [start]
    for here in waiting:
        field = app.form(here[0]).field(here[1])
        # What a lookup itself shows is read with the viewer's own rights; only the link it goes through counts.
        # What a formula or sum takes from it is read with the app's.
        own = here == start and field is not None and field.type == "lookup"
        read = graph[here][:1] if own else graph[here]
        for node in read:
            given = grants.get(node[0], {})
            said = given.get("fields", {}).get(node[1]) or given.get("fields", {}).get(
                node[1].partition(".")[0]
            )
            if not given.get("read") or said == "hidden":
                return node
            if node in graph and said is None and node not in seen:
                seen.add(node)
                waiting.append(node)
    return None


def _reads(form: Form, field: Field) -> Iterator[Node]:
    if field.type == "rollup":
        child = form.other(field.get("form"))
        if child is not None:
            named = [field.get("via", ""), field.get("field", ""), *condition_paths(field.get("where"))]
            for path in named:
                yield from _along(child, path, None)
    elif field.type == "lookup" and "via" in field.properties:
        yield from _along(form, f"{field.get('via')}.{field.get('field')}", field.parent)
    elif field.type == "serial":
        for part in field.get("pattern", ()):
            if "field" in part:
                yield from _along(form, part["field"], None)
    else:
        formula = tree(field)
        for steps in sorted(formula.paths) if formula else ():
            yield from _along(form, ".".join(steps), field.parent)


def _along(form: Form, path: str, row: Field | None) -> Iterator[Node]:
    for step in paths.resolve(form, path, row) or ():
        if step.form is not None and step.form not in (paths.MEMBERS, paths.DEPARTMENTS):
            yield step.form.key, step.path


def _shows(form: Form, field: Field) -> Iterator[Node]:
    other: Form | None = None
    if field.type == "rollup":
        other = form.other(field.get("form"))
    elif "via" in field.properties:
        link = field.beside(field.get("via"))
        other = form.other(link.get("form")) if link is not None and link.get("form") else None
    shown = other.field(field.get("field", "")) if other else None
    if other is not None and shown is not None:
        yield other.key, shown.path


def ways_round(graph: Graph) -> list[list[Node]]:
    """The circles of a graph, each as a way round it from a node to what that reads."""
    return [_way_round(graph, together) for together in _connected(graph)]


def _connected(graph: Graph) -> list[set[Node]]:
    """Tarjan's strongly connected components, those with a circle; in a loop, since chains may be long."""
    number: dict[Node, int] = {}
    low: dict[Node, int] = {}
    stack: list[Node] = []
    on_stack: set[Node] = set()
    found: list[set[Node]] = []
    for start in graph:
        if start in number:
            continue
        work: list[tuple[Node, Iterator[Node]]] = [(start, iter(graph[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            here, rest = work[-1]
            following = next((one for one in rest if one in graph), None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == number[here]:
                    together: set[Node] = set()
                    while True:
                        node = stack.pop()
                        on_stack.discard(node)
                        together.add(node)
                        if node == here:
                            break
                    if len(together) > 1 or here in graph[here]:
                        found.append(together)
            elif following not in number:
                number[following] = low[following] = len(number)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(graph[following])))
            elif following in on_stack:
                low[here] = min(low[here], number[following])
    return found


def _way_round(graph: Graph, together: Iterable[Node]) -> list[Node]:
    """A shortest way from the first of them back to itself."""
    inside = set(together)
    start = min(inside)
    came: dict[Node, Node] = {}
    waiting = [start]
    for here in waiting:
        for following in graph[here]:
            if following == start:
                way = [here]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return way[::-1]
            if following in inside and following not in came:
                came[following] = here
                waiting.append(following)
    return [start]
