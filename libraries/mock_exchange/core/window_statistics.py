"""Price change statistics of a window of time: what all tickers show (binance-spot 1.4, 1.9). Pure; amounts in units of 1e-8.

A window begins at the start of a minute and ends now, so it may be up to 59,999 ms wider than asked for: the documented rule of the
rolling ticker, which this venue also follows in its 24 hour tickers. The statistics are exactly of the trades between `open_ms` and
`close_ms`.
"""

from __future__ import annotations

import msgspec

from .intervals import DAY_MS, HOUR_MS, MINUTE_MS, open_time
from .trade_history import TradeHistory
from .venue_events import E8

STREAM_WINDOWS_MS = {"1h": HOUR_MS, "4h": 4 * HOUR_MS, "1d": DAY_MS}
_THOUSANDTHS = 1_000


class WindowStatistics(msgspec.Struct, frozen=True):
    """`previous_close` is the last price before the window, 0 where there is none; trade ids are -1 where nothing traded in it."""

    open_ms: int
    close_ms: int
    open: int
    high: int
    low: int
    last: int
    last_quantity: int
    previous_close: int
    volume: int
    quote_volume: int
    trades: int
    first_trade_id: int
    last_trade_id: int

    @property
    def change(self) -> int:
        return self.last - self.open

    @property
    def weighted_average(self) -> int:
        """Quote volume by volume, cut to 8 places; 0 where nothing traded."""
        return self.quote_volume * E8 // self.volume if self.volume else 0

    @property
    def change_percent(self) -> str:
        """Three places, rounded half up in absolute value ("-95.960")."""
        return percent_text(self.change, self.open)

    @property
    def content(self) -> tuple[int, ...]:
        """All but the window's own times: what has to change before a stream speaks again."""
        return (
            *(self.open, self.high, self.low, self.last, self.last_quantity, self.previous_close),
            *(self.volume, self.quote_volume, self.trades, self.first_trade_id, self.last_trade_id),
        )


def percent_text(change: int, base: int) -> str:
    """`change` in percent of `base`, with three places; "0.000" of nothing."""
    if not base:
        return "0.000"
    scaled = abs(change) * 100 * _THOUSANDTHS
    whole, places = divmod((2 * scaled + base) // (2 * base), _THOUSANDTHS)
    return f"{'-' if change < 0 and (whole or places) else ''}{whole}.{places:03d}"


def rolling(history: TradeHistory, length_ms: int, now_ms: int) -> WindowStatistics:
    """The last `length_ms` (binance-spot 1.4: opens on a minute)."""
    return _statistics(history, (now_ms - length_ms) // MINUTE_MS * MINUTE_MS, now_ms)


def trading_day(history: TradeHistory, offset_ms: int, now_ms: int) -> WindowStatistics:
    """The day that holds `now_ms` in the time zone `offset_ms` from UTC; its close is the day's end."""
    opened = open_time("1d", now_ms, offset_ms)
    return _statistics(history, opened, opened + DAY_MS - 1)


def _statistics(history: TradeHistory, open_ms: int, close_ms: int) -> WindowStatistics:
    candle, before = history.klines.window(open_ms, close_ms)
    last = history.last
    return WindowStatistics(
        open_ms=open_ms,
        close_ms=close_ms,
        open=candle.open,
        high=candle.high,
        low=candle.low,
        last=candle.close,
        last_quantity=last.quantity if last else 0,
        previous_close=before,
        volume=candle.volume,
        quote_volume=candle.quote_volume,
        trades=candle.trades,
        first_trade_id=candle.first_trade_id,
        last_trade_id=candle.last_trade_id,
    )
