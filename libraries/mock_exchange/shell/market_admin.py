"""Admin requests over what moves the market: play, hold, seek, advance, scripts, moves, regimes (docs/mock-exchange.md, Markets)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec

from ..core.amounts import parse_signed_e8
from ..core.symbols import SymbolSpec
from ..core.venue_events import E8
from ..errors import MarketError
from .admin_bodies import AdminError, Body, decoded, exactly_one
from .api import Exchange
from .market_driver import MarketDriver

Query = dict[str, str]
Answer = Callable[[list[str], Query, bytes], Awaitable[Any]]


class Advance(msgspec.Struct, forbid_unknown_fields=True):
    steps: int | None = None
    until_trade_id: int | None = None
    for_ms: int | None = None
    to_end: Literal[True] | None = None


class _Seek(msgspec.Struct, forbid_unknown_fields=True):
    to_ms: int | None = None
    until_trade_id: int | None = None


class _Play(msgspec.Struct, forbid_unknown_fields=True):
    speed: str | None = None


class _Script(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[msgspec.Raw]


class _Move(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str
    by: str
    within_ms: int
    steps: int | None = None


class _Impose(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str
    regime: dict[str, Any]


class MarketAdmin:
    """Handlers for the admin API's routes under `market`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.routes: dict[tuple[str, str], Answer] = {
            ("GET", "market"): self._show,
            ("POST", "market/advance"): self._advance,
            ("POST", "market/play"): self._play,
            ("POST", "market/hold"): self._hold,
            ("POST", "market/seek"): self._seek,
            ("POST", "market/script"): self._script,
            ("POST", "market/move"): self._move,
            ("POST", "market/regime"): self._impose,
        }

    async def _show(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        return self._driver().shown()

    async def _advance(self, _names: list[str], _query: Query, body: bytes) -> Any:
        asked = _decoded(body, Advance, '{"steps": 10}, {"for_ms": 60000}, {"until_trade_id": 123} or {"to_end": true}')
        exactly_one("advance", steps=asked.steps, until_trade_id=asked.until_trade_id, for_ms=asked.for_ms, to_end=asked.to_end)
        try:
            return await self._driver().advance(
                steps=asked.steps, until_trade_id=asked.until_trade_id, for_ms=asked.for_ms, to_end=bool(asked.to_end)
            )
        except ValueError as error:
            raise AdminError(str(error)) from None

    async def _play(self, _names: list[str], _query: Query, body: bytes) -> Any:
        from .. import markets  # noqa: PLC0415 - shell knows markets by the seam only
        from ..markets.tables import Table  # noqa: PLC0415

        asked = _decoded(body, _Play, '{"speed": "10"} or {"speed": "max"}')
        try:
            return self._driver().play(None if asked.speed is None else markets.speed_of(asked.speed, Table("of this request")))
        except MarketError as error:
            raise AdminError(str(error)) from None

    async def _hold(self, _names: list[str], _query: Query, _body: bytes) -> Any:
        return self._driver().hold()

    async def _seek(self, _names: list[str], _query: Query, body: bytes) -> Any:
        asked = _decoded(body, _Seek, '{"to_ms": 60000} or {"until_trade_id": 123}')
        exactly_one("seek", to_ms=asked.to_ms, until_trade_id=asked.until_trade_id)
        try:
            return await self._driver().seek(to_ms=asked.to_ms, until_trade_id=asked.until_trade_id)
        except ValueError as error:
            raise AdminError(str(error)) from None

    async def _script(self, _names: list[str], _query: Query, body: bytes) -> Any:
        from ..markets.script import read_script  # noqa: PLC0415

        asked = _decoded(body, _Script, '{"rows": [{"at_ms": 0, "do": "print", "symbol": "BTCUSDT", "price": "100", "quantity": "1"}]}')
        content = b"\n".join(bytes(row).replace(b"\n", b" ") for row in asked.rows)
        try:
            return self._driver().put(read_script(content, self._exchange.venue.symbols, "script"))
        except (MarketError, ValueError) as error:
            raise AdminError(str(error)) from None

    async def _move(self, _names: list[str], _query: Query, body: bytes) -> Any:
        asked = _decoded(body, _Move, '{"symbol": "BTCUSDT", "by": "-0.1", "within_ms": 60000}')
        self._spec(asked.symbol)
        try:
            by = parse_signed_e8(asked.by)
        except ValueError as error:
            raise AdminError(f"by: {error}") from None
        if not -E8 < by <= 100 * E8 or not by:
            raise AdminError(f"by: expected a fraction above -1 that is not 0, such as -0.1 for a fall by a tenth, got {asked.by!r}")
        try:
            return self._driver().move(asked.symbol, by=by, within_ms=asked.within_ms, steps=asked.steps)
        except ValueError as error:
            raise AdminError(str(error)) from None

    async def _impose(self, _names: list[str], _query: Query, body: bytes) -> Any:
        asked = _decoded(body, _Impose, '{"symbol": "BTCUSDT", "regime": {"kind": "trend", "by": "0.05", "seconds": "60"}}')
        self._spec(asked.symbol)
        try:
            return self._driver().impose(asked.symbol, asked.regime)
        except (MarketError, ValueError) as error:
            raise AdminError(str(error)) from None

    def _driver(self) -> MarketDriver:
        assert self._exchange.driver is not None, "every venue has a market driver"
        return self._exchange.driver

    def _spec(self, symbol: str) -> SymbolSpec:
        spec = self._exchange.venue.symbols.get(symbol)
        if spec is None:
            raise AdminError(f"no symbol {symbol!r}; this venue has {', '.join(self._exchange.venue.symbols)}", 404)
        return spec


def _decoded(body: bytes, kind: type[Body], example: str) -> Body:
    return decoded(body or b"{}", kind, example)
