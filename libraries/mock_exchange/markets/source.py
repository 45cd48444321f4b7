"""Where a market's steps come from: the seam between what moves (generator, script, recordings) and the player."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from .steps import Step


class Source(Protocol):
    """A market that moves. `count` is the number of its steps, None where nobody knows (a generator never ends)."""

    @property
    def count(self) -> int | None: ...

    @property
    def recorded_symbols(self) -> frozenset[str]:
        """Symbols whose trades are prints of a recording, with their ids."""

    def steps(self) -> Iterator[Step]:
        """All steps from the beginning, by time. Raises MarketError where a row is reached that is wrong."""

    def trade_ids(self) -> tuple[int, int] | None:
        """The first and the last recorded trade's id."""

    def exchange_info(self) -> dict[str, Any] | None: ...

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None: ...


class Silent:
    """A market in which only clients and keywords do anything."""

    count: int | None = 0
    recorded_symbols: frozenset[str] = frozenset()

    def steps(self) -> Iterator[Step]:
        return iter(())

    def trade_ids(self) -> tuple[int, int] | None:
        return None

    def exchange_info(self) -> dict[str, Any] | None:
        return None

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return None
