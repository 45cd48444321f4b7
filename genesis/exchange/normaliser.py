"""One canonical tick, whatever the dialect: wrapped or raw, milliseconds or microseconds, single or aggregated trades. Pure.

What cannot be believed is `Rejected`, by name. Event times are compared with each other, never with our own clock: the venue's clock is
not ours, and may be a recording's.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import msgspec

from genesis.core.events import MarketTrade
from genesis.core.money import ZERO, parse
from genesis.exchange import wire
from genesis.exchange.errors import UNREADABLE
from genesis.exchange.rejections import Reason, Rejected
from genesis.exchange.settings import VenueSettings

_EARLIEST_MS, _LATEST_MS = 10**12, 10**14  # 2001 to 5138: seconds, and microseconds where milliseconds were asked for, lie outside
_RECENT_IDS = 1_000
_LONGEST_JUMP = 100_000_000  # trades of a symbol that can be missed: weeks of the busiest one


Tick = wire.DepthUpdate | MarketTrade
Message = Tick | wire.MarketShutdown | wire.StreamReply

_combined = msgspec.json.Decoder(wire.MarketMessage)
_raw = msgspec.json.Decoder(wire.AnyMarketEvent)
_reply = msgspec.json.Decoder(wire.StreamReply)
_loose = msgspec.json.Decoder(wire.LooseMarketMessage)
_KINDS = {"depthUpdate": "depth", "trade": "trade", "aggTrade": "trade"}


class _Trades:
    """The trades of one symbol that were told of: the newest id, and the latest ones to know a duplicate by."""

    __slots__ = ("last_id", "order", "recent")

    def __init__(self) -> None:
        self.last_id = 0
        self.order: deque[int] = deque(maxlen=_RECENT_IDS)
        self.recent: set[int] = set()

    def add(self, trade_id: int) -> None:
        if len(self.order) == _RECENT_IDS:
            self.recent.discard(self.order[0])
        self.order.append(trade_id)
        self.recent.add(trade_id)
        self.last_id = trade_id


class Normaliser:
    """Reads the messages of one venue's market streams."""

    def __init__(self, settings: VenueSettings, tick_age_ms: int) -> None:
        """`tick_age_ms`: how much older than the venue's newest a message may be (milliseconds)."""
        self.trades_missed = 0
        self._settings = settings
        self._tick_age_ms = tick_age_ms
        self._newest_ms = 0
        self._trades = {symbol: _Trades() for symbol in settings.symbols}

    def forget_time(self) -> None:
        """All streams were interrupted: the next message says how late it is at the venue."""
        self._newest_ms = 0

    def read(self, payload: memoryview | bytes) -> Message:
        """The message in canonical form.

        Raises:
            Rejected: it is not to be believed.
        """
        try:
            if self._settings.combined:
                wrapped = _combined.decode(payload)
                return self._event(wrapped.data, wrapped.stream.partition("@")[0].upper())
            event = _raw.decode(payload)
            return self._event(event, "")
        except UNREADABLE as error:
            return self._other(payload, error)

    def _event(self, event: wire.AnyMarketEvent, stream_symbol: str) -> Message:
        if isinstance(event, wire.MarketShutdown):
            return event
        kind = "depth" if isinstance(event, wire.DepthUpdate) else "trade"
        symbol = event.symbol
        if stream_symbol and stream_symbol != symbol:
            named = stream_symbol if stream_symbol in self._trades else ""
            raise Rejected(Reason.WRONG_SYMBOL, named, kind, f"expected {stream_symbol} on its own stream, got {symbol}")
        if symbol not in self._trades:
            raise Rejected(Reason.UNKNOWN_SYMBOL, "", kind, f"expected one of our symbols, got {symbol}")
        self._check_age(symbol, kind, self._milliseconds(event.event_time, symbol, kind))
        return event if isinstance(event, wire.DepthUpdate) else self._trade(event)

    def _milliseconds(self, time: int, symbol: str, kind: str) -> int:
        milliseconds = time // 1_000 if self._settings.microseconds else time
        if not _EARLIEST_MS <= milliseconds < _LATEST_MS:
            unit = "microseconds" if self._settings.microseconds else "milliseconds"
            raise Rejected(Reason.WRONG_TIME, symbol, kind, f"expected a time in {unit} since 1970, got {time}")
        return milliseconds

    def _check_age(self, symbol: str, kind: str, event_ms: int) -> None:
        late_ms = self._newest_ms - event_ms
        if late_ms > self._tick_age_ms:
            raise Rejected(Reason.STALE, symbol, kind, f"{late_ms} ms older than the newest, at most {self._tick_age_ms} allowed")
        self._newest_ms = max(self._newest_ms, event_ms)

    def _trade(self, trade: wire.PublicTrade | wire.AggregateTrade) -> MarketTrade:
        symbol = trade.symbol
        tick = MarketTrade(
            venue=self._settings.name,
            symbol=symbol,
            price=_positive(trade.price, symbol, "p"),
            quantity=_positive(trade.quantity, symbol, "q"),
            venue_time_ms=self._milliseconds(trade.trade_time, symbol, "trade"),
            trade_id=trade.trade_id,
        )
        known = self._trades[symbol]
        if not 0 < trade.first_trade_id <= trade.trade_id:
            raise Rejected(Reason.WRONG_ORDER, symbol, "trade", f"trade ids {trade.first_trade_id} to {trade.trade_id}")
        if trade.trade_id in known.recent:
            raise Rejected(Reason.DUPLICATE, symbol, "trade", f"trade {trade.trade_id} again")
        if trade.first_trade_id <= known.last_id:
            raise Rejected(Reason.OUT_OF_ORDER, symbol, "trade", f"trade {trade.trade_id} after {known.last_id}")
        if known.last_id and trade.first_trade_id - known.last_id > _LONGEST_JUMP:
            raise Rejected(Reason.WRONG_ORDER, symbol, "trade", f"trade {trade.first_trade_id} right after {known.last_id}")
        if known.last_id:
            self.trades_missed += trade.first_trade_id - known.last_id - 1
        known.add(trade.trade_id)
        return tick

    def _other(self, payload: memoryview | bytes, error: Exception) -> wire.StreamReply:
        """No event of ours: the answer to a request, or something that is not to be believed."""
        try:
            loose = _loose.decode(payload)
        except UNREADABLE:
            raise Rejected(Reason.UNREADABLE, "", "", f"{len(payload)} bytes: {error}") from error
        stream_symbol, _, stream = loose.stream.partition("@")
        name, named = (str(value or "") for value in (loose.data.name or loose.name, loose.data.symbol or loose.symbol))
        kind = _KINDS.get(name) or ("depth" if stream.startswith("depth") else "trade" if "rade" in stream else "")
        kind = kind or ("other" if name else "")
        if not kind and not loose.stream:
            try:
                return _reply.decode(payload)
            except UNREADABLE:
                raise Rejected(Reason.UNREADABLE, "", "", f"{len(payload)} bytes: {error}") from error
        symbol = stream_symbol.upper() or named
        raise Rejected(Reason.WRONG_TYPE, symbol if symbol in self._trades else "", kind, str(error)) from error


def _positive(text: str, symbol: str, field: str) -> Decimal:
    try:
        amount = parse(text)
    except ValueError as error:
        raise Rejected(Reason.NOT_A_NUMBER, symbol, "trade", f"{field}: {error}") from error
    if amount <= ZERO:
        raise Rejected(Reason.NOT_POSITIVE, symbol, "trade", f"{field}: expected an amount > 0, got {text}")
    return amount
