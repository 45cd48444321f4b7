"""What a market is like (R32), from its public trades and its closed bars; and flash crashes (R23)."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from genesis.analytics.smoothed import Adx, Atr, index_of
from genesis.core.models import Bar, MarketState
from genesis.core.money import ONE
from genesis.core.strategy_settings import MarketSettings


class FlashCrash:
    """Notices that the price fell by `fall` (a fraction) within `window_ms`: at or below (1 - fall) x the highest of it."""

    def __init__(self, fall: Decimal, window_ms: int) -> None:
        self._keeps = ONE - fall
        self._window_ms = window_ms
        self._highs: deque[tuple[int, Decimal]] = deque()  # (time, price), prices falling: the first is the highest
        self._time_ms = 0
        self.seen_ms: int | None = None
        """When it was last seen."""

    def on_price(self, price: Decimal, time_ms: int) -> bool:
        """The next price; whether it is (still) a crash. Time does not go back: an older time counts as now."""
        self._time_ms = time_ms = max(time_ms, self._time_ms)
        while self._highs and self._highs[-1][1] <= price:
            self._highs.pop()
        self._highs.append((time_ms, price))
        while self._highs[0][0] < time_ms - self._window_ms:
            self._highs.popleft()
        crashed = price <= self._highs[0][1] * self._keeps
        if crashed:
            self.seen_ms = time_ms
        return crashed


class MarketGauge:
    """One market at one length of bars. Fed with every public trade and every closed bar, each in order."""

    def __init__(self, settings: MarketSettings) -> None:
        self._settings = settings
        self._flash = FlashCrash(settings.flash_fall, settings.flash_window_ms)
        self._atr = Atr(settings.atr_period, settings.smoothing_bars)
        self._adx = Adx(settings.adx_period, settings.smoothing_bars)
        self._volatile_above = float(settings.volatile_above)
        self._trending_above = float(settings.trending_above)
        self._traded_ms: int | None = None
        self._heard = False  # a trade itself: bars say only roughly when somebody traded
        self._close = 0.0

    def on_trade(self, price: Decimal, time_ms: int) -> bool:
        """A public trade at the venue's time; whether the market is crashing (R23)."""
        self._traded_ms = time_ms if not self._heard or self._traded_ms is None else max(time_ms, self._traded_ms)
        self._heard = True
        return self._flash.on_price(price, time_ms)

    def on_bar(self, bar: Bar) -> None:
        """A closed bar, built here or fetched."""
        self._close = float(bar.close)
        high, low = float(bar.high), float(bar.low)
        self._atr.add(index_of(bar), high, low, self._close)
        self._adx.add(index_of(bar), high, low, self._close)
        if bar.trades and not self._heard:
            self._traded_ms = bar.close_ms

    def state(self, now_ms: int) -> MarketState | None:
        """The first that holds at the venue's time `now_ms`; None until enough was seen to tell."""
        if self._flash.seen_ms is not None and now_ms - self._flash.seen_ms < self._settings.panic_ms:
            return MarketState.PANIC
        if self._traded_ms is None:
            return None
        if now_ms - self._traded_ms >= self._settings.dead_after_ms:
            return MarketState.DEAD
        return self._by_bars()

    def _by_bars(self) -> MarketState | None:
        atr, adx = self._atr.value, self._adx.value
        if atr is not None and atr > self._volatile_above * self._close:
            return MarketState.VOLATILE
        if adx is None:
            return None
        return MarketState.TRENDING if adx > self._trending_above else MarketState.RANGING
