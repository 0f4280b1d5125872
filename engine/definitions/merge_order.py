"""The order of a list whose elements two people moved: both moves taken over, or what contradicts."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Contradiction:
    """That there is no order that does what both did; `names` are the elements that both put somewhere else."""

    names: tuple[str, ...]


def merge_order(
    base: list[str], mine: list[str], theirs: list[str], kept: set[str]
) -> list[str] | Contradiction:
    """The order that takes over what either side moved."""
    shared = [name for name in base if name in kept and name in set(mine) & set(theirs)]
    here = [name for name in mine if name in set(shared)]
    there = [name for name in theirs if name in set(shared)]
    order = _order_of_shared(shared, here, there)
    if isinstance(order, Contradiction):
        return order
    for side in (theirs, mine):
        order = _insert(order, [name for name in side if name in kept])
    return order


def moved(base: Sequence[str], side: Sequence[str]) -> set[str]:
    """What a side may have moved: all that is not in every longest row of elements that it left in their order."""
    shared = [name for name in base if name in set(side)]
    found = [name for name in side if name in set(shared)]
    return set() if found == shared else _moved(shared, found)


def _order_of_shared(base: list[str], here: list[str], there: list[str]) -> list[str] | Contradiction:
    if here in (base, there):
        return there
    if there == base:
        return here
    both = _moved(base, here) & _moved(base, there)
    elsewhere = [
        name
        for name in base
        if name in both and set(here[: here.index(name)]) != set(there[: there.index(name)])
    ]
    if elsewhere:
        return Contradiction(tuple(elsewhere))
    # Of each pair, whoever turned it round wins; if both did, they agree. What comes out is an order unless
    # three of them go round in a circle.
    rank_here, rank_there = ({name: n for n, name in enumerate(order)} for order in (here, there))
    before = dict.fromkeys(base, 0)
    for number, first in enumerate(base):
        for second in base[number + 1 :]:
            turned = rank_here[first] > rank_here[second] or rank_there[first] > rank_there[second]
            before[first if turned else second] += 1
    order = sorted(base, key=lambda name: before[name])
    return order if sorted(before.values()) == list(range(len(base))) else Contradiction(())


def _moved(base: list[str], side: list[str]) -> set[str]:
    rank = {name: number for number, name in enumerate(base)}
    numbers = [rank[name] for name in side]
    until = _longest_until(numbers)
    after = _longest_until([-number for number in reversed(numbers)])[::-1]
    longest = max(until, default=0)
    staying: dict[int, list[str]] = {}
    for name, left, right in zip(side, until, after, strict=True):
        if left + right - 1 == longest:
            staying.setdefault(left, []).append(name)
    return set(side) - {names[0] for names in staying.values() if len(names) == 1}


def _longest_until(numbers: list[int]) -> list[int]:
    """For each number how many rise towards it at most, itself among them."""
    ends: list[int] = []
    found = []
    for number in numbers:
        at = bisect_left(ends, number)
        ends[at : at + 1] = [number]
        found.append(at + 1)
    return found


def _insert(order: list[str], side: list[str]) -> list[str]:
    """Put the elements that only `side` has behind the one they follow there."""
    placed = set(order)
    following: dict[str | None, list[str]] = {}
    previous: str | None = None
    for name in side:
        if name in placed:
            previous = name
        else:
            following.setdefault(previous, []).append(name)
    result = list(following.get(None, ()))
    for name in order:
        result.append(name)
        result.extend(following.get(name, ()))
    return result
