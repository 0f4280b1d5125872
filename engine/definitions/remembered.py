"""What a process remembers, the most recently used of it, safely for several threads."""

import threading
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from cachetools import LRUCache

V = TypeVar("V")


class Remembered(Generic[V]):
    """The values that were asked for last, by key: `most` of them, or as many as weigh so much together.

    A value that weighs more than `most` is remembered alone.
    """

    def __init__(self, most: int, weigh: Callable[[V], int] | None = None) -> None:
        weight = None if weigh is None else lambda value: min(weigh(value), most)
        self._kept: LRUCache[Hashable, V] = LRUCache(maxsize=most, getsizeof=weight)
        self._guard = threading.Lock()

    def get(self, key: Hashable) -> V | None:
        """The value, None if it is not remembered (any more)."""
        with self._guard:
            return self._kept.get(key)

    def put(self, key: Hashable, value: V) -> V:
        """Remember a value, and give it back."""
        with self._guard:
            self._kept[key] = value
        return value

    def forget(self) -> None:
        """Remember nothing."""
        with self._guard:
            self._kept.clear()
