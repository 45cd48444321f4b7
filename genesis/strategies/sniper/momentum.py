"""Momentum of the SNIPER (R17): a breakout that is confirmed, on volume, in a trend that goes the same way."""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from genesis.analytics.smoothed import Adx, index_of
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
        least = 4 * settings.adx_period
        require(settings.smoothing_bars >= least, "smoothing_bars", f"at least 4 x adx_period ({least})", settings.smoothing_bars)
        bars = max(settings.lookback_bars + settings.confirm_bars, settings.exit_bars + 1)
        super().__init__(mandate, settings.trades_in, max(bars, settings.smoothing_bars), settings.confidence_from)
        self._settings = settings
        self._adx_above = float(settings.adx_above)
        self._markets = {key: _Market(bars, settings) for key in mandate.symbols}

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        key = (bar.venue, bar.symbol)
        market = self._markets[key]
        market.add(bar)
        held = view.held(*key)
        if held != ZERO:
            return self._exit(market, bar, held)
        return self._entry(market, bar) if self.may_enter(view, key) else []

    def _entry(self, market: _Market, bar: Bar) -> list[Wish]:
        settings = self._settings
        bars = list(market.bars)[-settings.lookback_bars - settings.confirm_bars :]
        before, last = bars[: -settings.confirm_bars], bars[-settings.confirm_bars :]
        adx, plus, minus = market.adx.value, market.adx.plus, market.adx.minus
        if len(before) < settings.lookback_bars or adx is None or plus is None or minus is None:
            return []
        if adx <= self._adx_above or plus == minus:
            return []
        side = Side.BUY if plus > minus else Side.SELL
        level = _level(before, side, settings.breakout)
        broken = all(one.close >= level if side is Side.BUY else one.close <= level for one in last)
        usual, now = _average_volume(before), _average_volume(last)
        if not broken or now < settings.volume_ratio * usual:
            return []
        return [
            Wish(
                venue=bar.venue,
                symbol=bar.symbol,
                side=side,
                purpose=Purpose.ENTRY,
                confidence=self.confidence((adx - self._adx_above) / (self._adx_above or 1)),
                reason=f"{settings.confirm_bars} closes beyond {text(level)}",
                inputs={**market.inputs(), "level": text(level), "volume": text(now), "usual_volume": text(usual)},
            )
        ]

    def _exit(self, market: _Market, bar: Bar, held: Decimal) -> list[Wish]:
        before = list(market.bars)[-self._settings.exit_bars - 1 : -1]
        plus, minus = market.adx.plus, market.adx.minus
        if plus is None or minus is None or not before:
            return []
        long = held > ZERO
        turned = minus > plus if long else plus > minus
        extreme = min(one.low for one in before) if long else max(one.high for one in before)
        beyond = bar.close < extreme if long else bar.close > extreme
        if not (turned or beyond):
            return []
        reason = "DI points the other way" if turned else f"a close beyond {text(extreme)}"
        return [leave(bar, held, reason, {**market.inputs(), "extreme": text(extreme)})]


class _Market:
    """The last bars of one symbol."""

    def __init__(self, bars: int, settings: MomentumSettings) -> None:
        self.bars: deque[Bar] = deque(maxlen=bars)
        self.adx = Adx(settings.adx_period, settings.smoothing_bars)

    def add(self, bar: Bar) -> None:
        self.bars.append(bar)
        self.adx.add(index_of(bar), float(bar.high), float(bar.low), float(bar.close))

    def inputs(self) -> dict[str, str]:
        bar = self.bars[-1]
        figures = {"adx": self.adx.value, "plus_di": self.adx.plus, "minus_di": self.adx.minus}
        known = {name: shown(figure) for name, figure in figures.items() if figure is not None}
        return {"bar": str(bar.open_ms), "close": text(bar.close), **known}


def _level(before: list[Bar], side: Side, breakout: Decimal) -> Decimal:
    if side is Side.BUY:
        return max(bar.high for bar in before) * (ONE + breakout)
    return min(bar.low for bar in before) * (ONE - breakout)


def _average_volume(bars: list[Bar]) -> Decimal:
    return sum((bar.volume for bar in bars), ZERO) / len(bars)
