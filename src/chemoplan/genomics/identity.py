"""A key for caches: equal only to itself, so that large values need no hash of their content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, eq=False, slots=True)
class ByIdentity(Generic[T]):
    """An item as a key of a cache, by identity; the key keeps the item alive."""

    item: T

    def __hash__(self) -> int:
        return id(self.item)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ByIdentity) and other.item is self.item
