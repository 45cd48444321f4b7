"""Mean reversion of the HUNTER (R18): what left its Bollinger band in a ranging market comes back to the middle."""

from __future__ import annotations

from decimal import Decimal

from genesis.analytics.smoothed import Atr, Rsi, index_of
from genesis.analytics.windows import Bands, Window, units
from genesis.core.models import Bar, Purpose, Side
from genesis.core.money import ONE, ZERO, text
from genesis.core.strategy_settings import MeanReversionSettings
from genesis.strategies.base import View, Wish
from genesis.strategies.mandated import Mandate, Mandated, leave, shown
from genesis.strategies.parameters import require


class MeanReversion(Mandated):
    """Buys at or below the lower band with an RSI of at most `rsi_low`, sells at or above the upper one with one of at least
    `rsi_high`. Leaves at the middle band or with a gain of `take_profit`; its stop lies `stop_atr` x ATR from the close.
    """

    def __init__(self, mandate: Mandate, settings: MeanReversionSettings) -> None:
        """Raises ValueError: parameters that do not fit each other."""
        least = 2 * (max(settings.rsi_period, settings.atr_period) + 1)
        require(settings.smoothing_bars >= least, "smoothing_bars", f"at least {least}, twice both periods", settings.smoothing_bars)
        require(settings.rsi_low < settings.rsi_high, "rsi_low", f"less than rsi_high ({text(settings.rsi_high)})", settings.rsi_low)
        require(settings.rsi_high <= 100, "rsi_high", "at most 100", settings.rsi_high)
        super().__init__(mandate, settings.trades_in, max(settings.band_bars, settings.smoothing_bars), settings.confidence_from)
        self._settings = settings
        self._markets = {key: _Market(settings) for key in mandate.symbols}

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        key = (bar.venue, bar.symbol)
        market = self._markets[key]
        market.add(bar)
        bands = market.window.bands(market.width)
        if bands is None:
            return []
        held = view.held(*key)
        if held != ZERO:
            return self._exit(bar, bands, held, view.entry_price(*key))
        return self._entry(market, bar, bands) if self.may_enter(view, key) else []

    def _entry(self, market: _Market, bar: Bar, bands: Bands) -> list[Wish]:
        close, settings = float(bar.close), self._settings
        side = Side.BUY if close <= bands.lower else Side.SELL if close >= bands.upper else None
        rsi, atr = (market.rsi.value, market.atr.value) if side is not None else (None, None)
        if side is None or rsi is None or atr is None:
            return []
        beyond = self._beyond(side, rsi)
        if beyond < 0:
            return []
        return [
            Wish(
                venue=bar.venue,
                symbol=bar.symbol,
                side=side,
                purpose=Purpose.ENTRY,
                confidence=self.confidence(beyond),
                reason=f"{'below the lower' if side is Side.BUY else 'above the upper'} band with an RSI of {shown(rsi)}",
                inputs={**_inputs(bar, bands), "rsi": shown(rsi), "atr": shown(atr)},
                stop_fraction=Decimal(f"{float(settings.stop_atr) * atr / close:.8f}"),
            )
        ]

    def _beyond(self, side: Side, rsi: float) -> float:
        """How far the RSI is beyond its limit: 0 at it, 1 at the end of the scale, less than 0 short of it."""
        low, high = float(self._settings.rsi_low), float(self._settings.rsi_high)
        past, room = (low - rsi, low) if side is Side.BUY else (rsi - high, 100 - high)
        return past / room if room > 0 else past

    def _exit(self, bar: Bar, bands: Bands, held: Decimal, entry: Decimal | None) -> list[Wish]:
        long, gain = held > ZERO, self._settings.take_profit
        back = float(bar.close) >= bands.middle if long else float(bar.close) <= bands.middle
        enough = entry is not None and (bar.close >= entry * (ONE + gain) if long else bar.close <= entry * (ONE - gain))
        if not (back or enough):
            return []
        reason = "back at the middle band" if back else f"a gain of {text(gain)}"
        return [leave(bar, held, reason, {**_inputs(bar, bands), "entry": text(entry) if entry is not None else ""})]


class _Market:
    """The indicators of one symbol."""

    def __init__(self, settings: MeanReversionSettings) -> None:
        self.width = float(settings.band_width)
        self.window = Window(settings.band_bars)
        self.rsi = Rsi(settings.rsi_period, settings.smoothing_bars)
        self.atr = Atr(settings.atr_period, settings.smoothing_bars)

    def add(self, bar: Bar) -> None:
        close = float(bar.close)
        self.window.add(units(bar.close))
        self.rsi.add(index_of(bar), close)
        self.atr.add(index_of(bar), float(bar.high), float(bar.low), close)


def _inputs(bar: Bar, bands: Bands) -> dict[str, str]:
    return {
        "bar": str(bar.open_ms),
        "close": text(bar.close),
        "lower_band": shown(bands.lower),
        "middle_band": shown(bands.middle),
        "upper_band": shown(bands.upper),
    }
