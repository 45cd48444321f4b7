"""Momentum of the SNIPER (R17): a breakout that is confirmed, on volume, in a trend that goes the same way."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from genesis.analytics.smoothed import Ranges, Trend
from genesis.core.models import Bar, Purpose, Side
from genesis.core.money import ONE, ZERO, text
from genesis.core.strategy_settings import MomentumSettings
from genesis.strategies.base import View, Wish
from genesis.strategies.mandated import Mandate, Mandated, leave, shown
from genesis.strategies.parameters import require


class Momentum(Mandated):
    """Enters when the last `confirm_bars` bars all closed at or beyond `breakout` from the extreme of the `lookback_bars` before
    them, traded `volume_ratio` times those bars' average volume, ADX is above its limit and DI points the way.

    Leaves when DI points the other way, or a close is beyond the extreme of the `exit_bars` before it; the stop is that of R6.
    """

    def __init__(self, mandate: Mandate, settings: MomentumSettings) -> None:
        """Raises ValueError: parameters that do not fit each other."""
        require(settings.breakout < ONE, "breakout", "less than 1", settings.breakout)
        least = 2 * settings.adx_period
        require(settings.smoothing_bars >= least, "smoothing_bars", f"at least 2 x adx_period ({least})", settings.smoothing_bars)
        bars = max(settings.lookback_bars + settings.confirm_bars, settings.exit_bars + 1)
        super().__init__(mandate, settings.trades_in, max(bars, settings.smoothing_bars), settings.confidence_from)
        self._settings = settings
        self._adx_above = float(settings.adx_above)
        self._markets = {key: _Market(bars, settings.smoothing_bars) for key in mandate.symbols}

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        key = (bar.venue, bar.symbol)
        market = self._markets[key]
        market.add(bar)
        trend = market.ranges.trend(self._settings.adx_period)
        if trend is None:
            return []
        held = view.held(*key)
        if held != ZERO:
            return self._exit(market, bar, trend, held)
        return self._entry(market, bar, trend) if self.may_enter(view, key) else []

    def _entry(self, market: _Market, bar: Bar, trend: Trend) -> list[Wish]:
        settings = self._settings
        bars = list(market.bars)[-settings.lookback_bars - settings.confirm_bars :]
        before, last = bars[: -settings.confirm_bars], bars[-settings.confirm_bars :]
        if len(before) < settings.lookback_bars or trend.adx <= self._adx_above:
            return []
        side = Side.BUY if trend.plus > trend.minus else Side.SELL
        level = _level(before, side, settings.breakout)
        broken = all(one.close >= level if side is Side.BUY else one.close <= level for one in last)
        usual, now = _average_volume(before), _average_volume(last)
        if not broken or now < settings.volume_ratio * usual or trend.plus == trend.minus:
            return []
        return [
            Wish(
                venue=bar.venue,
                symbol=bar.symbol,
                side=side,
                purpose=Purpose.ENTRY,
                confidence=self.confidence((trend.adx - self._adx_above) / (self._adx_above or 1)),
                reason=f"{settings.confirm_bars} closes beyond {text(level)}",
                inputs={**_inputs(bar, trend), "level": text(level), "volume": text(now), "usual_volume": text(usual)},
            )
        ]

    def _exit(self, market: _Market, bar: Bar, trend: Trend, held: Decimal) -> list[Wish]:
        before = list(market.bars)[-self._settings.exit_bars - 1 : -1]
        long = held > ZERO
        turned = trend.minus > trend.plus if long else trend.plus > trend.minus
        extreme = min(one.low for one in before) if long else max(one.high for one in before)
        beyond = bar.close < extreme if long else bar.close > extreme
        if not (turned or beyond):
            return []
        reason = "DI points the other way" if turned else f"a close beyond {text(extreme)}"
        return [leave(bar, held, reason, {**_inputs(bar, trend), "extreme": text(extreme)})]


class _Market:
    """The last bars of one symbol."""

    def __init__(self, bars: int, smoothing_bars: int) -> None:
        self.bars: deque[Bar] = deque(maxlen=bars)
        self.ranges = Ranges(smoothing_bars)

    def add(self, bar: Bar) -> None:
        self.bars.append(bar)
        self.ranges.add(float(bar.high), float(bar.low), float(bar.close))


def _level(before: list[Bar], side: Side, breakout: Decimal) -> Decimal:
    if side is Side.BUY:
        return max(bar.high for bar in before) * (ONE + breakout)
    return min(bar.low for bar in before) * (ONE - breakout)


def _average_volume(bars: list[Bar]) -> Decimal:
    return sum((bar.volume for bar in bars), ZERO) / len(bars)


def _inputs(bar: Bar, trend: Trend) -> dict[str, str]:
    return {
        "bar": str(bar.open_ms),
        "close": text(bar.close),
        "adx": shown(trend.adx),
        "plus_di": shown(trend.plus),
        "minus_di": shown(trend.minus),
    }
