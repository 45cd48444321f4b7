"""Sorted whole numbers in short chunks: adding or removing one moves a chunk, not the whole list, so the cost stays flat."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

_LONGEST_CHUNK = 1_024


class PriceLadder:
    """The keys of one side's price levels, each once; the best is the greatest."""

    __slots__ = ("_chunks", "_starts")

    def __init__(self) -> None:
        self._chunks: list[list[int]] = [[]]
        self._starts: list[int] = [0]  # no key of a chunk is below its start; the first chunk takes whatever is below the others

    def add(self, key: int) -> None:
        """`key` must not be there yet."""
        index = max(bisect_right(self._starts, key) - 1, 0)
        chunk = self._chunks[index]
        insort(chunk, key)
        if len(chunk) > _LONGEST_CHUNK:
            half = _LONGEST_CHUNK // 2
            self._chunks.insert(index + 1, chunk[half:])
            self._starts.insert(index + 1, chunk[half])
            del chunk[half:]

    def remove(self, key: int) -> None:
        """`key` must be there."""
        index = max(bisect_right(self._starts, key) - 1, 0)
        chunk = self._chunks[index]
        del chunk[bisect_left(chunk, key)]
        if not chunk and len(self._chunks) > 1:
            del self._chunks[index], self._starts[index]

    def greatest(self) -> int | None:
        """None where there is no key."""
        last = self._chunks[-1]
        return last[-1] if last else None

    def descending(self) -> Iterator[int]:
        """The keys, best first. Nothing may be added or removed meanwhile."""
        for chunk in reversed(self._chunks):
            yield from reversed(chunk)
