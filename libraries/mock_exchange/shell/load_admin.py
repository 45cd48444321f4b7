"""`/admin/load`: ticks on a schedule, made in the venue's own process, and when each was due and sent (docs/mock-exchange.md, Load)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from libraries.load.schedule import Phase, Schedule

from .admin_bodies import AdminError, decoded
from .api import Exchange

Query = dict[str, str]
Answer = Callable[[list[str], Query, bytes], Awaitable[Any]]
_EXAMPLE = '{"phases": [{"rate": 1000, "seconds": 15}], "symbols": ["BTCUSDT"]}'
_MOST_LEAD_MS = 60_000


class _Begin(msgspec.Struct, forbid_unknown_fields=True):
    phases: list[Phase]
    symbols: list[str] = []
    lead_ms: int = 100


class LoadAdmin:
    """Handlers for the admin API's routes of load."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.routes: dict[tuple[str, str], Answer] = {
            ("POST", "load"): self._begin,
            ("GET", "load"): self._show,
            ("DELETE", "load"): self._stop,
            ("GET", "load/ticks"): self._ticks,
        }

    async def _begin(self, _names: list[str], _query: Query, body: bytes) -> Any:
        asked = decoded(body, _Begin, _EXAMPLE)
        symbols = asked.symbols or list(self._exchange.venue.symbols)
        for symbol in symbols:
            if symbol not in self._exchange.venue.symbols:
                raise AdminError(f"no symbol {symbol!r}; this venue has {', '.join(self._exchange.venue.symbols)}", 404)
        if not 0 <= asked.lead_ms <= _MOST_LEAD_MS:
            raise AdminError(f"lead_ms: expected 0 to {_MOST_LEAD_MS}, got {asked.lead_ms}")
        try:
            return self._exchange.load.begin(Schedule(asked.phases), symbols, asked.lead_ms)
        except ValueError as error:
            raise AdminError(str(error)) from None

    async def _show(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        return self._exchange.load.shown()

    async def _stop(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        await self._exchange.load.stop()
        return self._exchange.load.shown()

    async def _ticks(self, _names: list[str], query: Query, _body: bytes) -> Any:
        first = query.get("from", "0")
        if not (first.isascii() and first.isdigit()):
            raise AdminError(f"from: expected the number of a tick, from 0, got {first!r}")
        return self._exchange.load.ticks(int(first))
