"""Pairs trading of the HUNTER (R19): two symbols that go together drift apart and come back.

The first leg is regressed on the second over the last `window_bars` closes; z is the last residual in deviations of the
residuals. Spot only: both legs move around their inventory targets. It wishes for both legs with their weights, the engine makes
one multi-leg trade of them (`genesis.engine.pairs`), and it sees what the trade holds as its own.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal

from genesis.analytics.windows import Regression, units
from genesis.core.models import Bar, Purpose, Side
from genesis.core.money import ONE, ZERO, text
from genesis.core.state import SymbolKey
from genesis.core.strategy_settings import PairsSettings
from genesis.strategies.base import View, Wish
from genesis.strategies.mandated import Mandate, Mandated, leave, shown
from genesis.strategies.parameters import require


class PairsTrading(Mandated):
    """Trades its symbols two by two. z >= `enter_z`: sell the first, buy `slope` times as much of the second; z <= -`enter_z`:
    the other way round; nothing at `stop_z` and beyond. Leaves once z is back within `exit_z` of 0 (or on its other side), and at
    `stop_z`. After such a z it enters again only once z was back within `exit_z`: a spread that broke may stay broken.
    """

    def __init__(self, mandate: Mandate, settings: PairsSettings) -> None:
        """Raises ValueError: an odd number of symbols, or parameters that do not fit each other."""
        require(settings.window_bars > 2, "window_bars", "more than 2", settings.window_bars)
        require(settings.exit_z < settings.enter_z, "exit_z", f"less than enter_z ({text(settings.enter_z)})", settings.exit_z)
        require(settings.enter_z < settings.stop_z, "enter_z", f"less than stop_z ({text(settings.stop_z)})", settings.enter_z)
        symbols = mandate.symbols
        if len(symbols) % 2 or len(set(symbols)) != len(symbols):
            raise ValueError(f"symbols: expected pairs of symbols, each once, got {', '.join(symbol for _, symbol in symbols)}")
        super().__init__(mandate, settings.trades_in, 2 * settings.window_bars - 1, settings.confidence_from)
        self._enter_z, self._exit_z, self._stop_z = float(settings.enter_z), float(settings.exit_z), float(settings.stop_z)
        self._least_correlation = float(settings.least_correlation)
        self._couples: dict[SymbolKey, _Couple] = {}
        for first, second in zip(symbols[::2], symbols[1::2], strict=True):
            self._couples[first] = self._couples[second] = _Couple(first, second, settings.window_bars)

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        couple = self._couples[(bar.venue, bar.symbol)]
        if not couple.add(bar):
            return []
        z = couple.regression.z
        if z is None:
            return []
        held = [view.held(*key) for key in couple.keys]
        if any(held):
            return self._exit(couple, z, held)
        return self._entry(couple, z) if all(self.may_enter(view, key) for key in couple.keys) else []

    def _entry(self, couple: _Couple, z: float) -> list[Wish]:
        slope, together = couple.regression.slope, couple.regression.correlation
        if not self._enter_z <= abs(z) < self._stop_z or couple.broken(self._exit_z, self._stop_z):
            return []
        if slope is None or together is None or together < self._least_correlation or slope <= 0:
            return []
        confidence = self.confidence((abs(z) - self._enter_z) / (self._stop_z - self._enter_z))
        inputs = couple.inputs(z) | {"hedge_ratio": shown(slope), "correlation": shown(together)}
        sides = (Side.SELL, Side.BUY) if z > 0 else (Side.BUY, Side.SELL)
        weights = (ONE, Decimal(f"{slope:.12g}"))
        return [
            Wish(
                venue=key[0],
                symbol=key[1],
                side=side,
                purpose=Purpose.ENTRY,
                confidence=confidence,
                reason=f"the spread is {shown(z)} deviations wide",
                inputs=inputs,
                pair=couple.trade(self.name),
                weight=weight,
            )
            for key, side, weight in zip(couple.keys, sides, weights, strict=True)
        ]

    def _exit(self, couple: _Couple, z: float, held: list[Decimal]) -> list[Wish]:
        """The legs that are held leave together, whichever they are."""
        sold_first = held[0] < ZERO or held[1] > ZERO
        outward = z if sold_first else -z
        if self._exit_z < outward < self._stop_z:
            return []
        reason = f"the spread {'came back' if outward <= self._exit_z else 'broke'}: {shown(z)} deviations"
        legs = zip(couple.bars, held, strict=True)
        return [leave(bar, quantity, reason, couple.inputs(z), couple.trade(self.name)) for bar, quantity in legs if quantity]


class _Couple:
    """Two symbols, their bars that ended together, and what is told of them."""

    def __init__(self, first: SymbolKey, second: SymbolKey, window_bars: int) -> None:
        self.keys = (first, second)
        self.regression = Regression(window_bars)
        self._last: dict[SymbolKey, Bar] = {}
        self._zs: deque[float | None] = deque(maxlen=window_bars)

    def add(self, bar: Bar) -> bool:
        """The next bar of one of them; whether both have one of that time now."""
        self._last[(bar.venue, bar.symbol)] = bar
        if any(key not in self._last or self._last[key].close_ms != bar.close_ms for key in self.keys):
            return False
        first, second = self.bars
        self.regression.add(units(second.close), units(first.close))
        self._zs.append(self.regression.z)
        return True

    @property
    def bars(self) -> tuple[Bar, Bar]:
        return self._last[self.keys[0]], self._last[self.keys[1]]

    def broken(self, exit_z: float, stop_z: float) -> bool:
        """Whether the spread was as wide as a stop since it was last closed, as far as anybody remembers."""
        for z in reversed(self._zs):
            if z is not None and abs(z) >= stop_z:
                return True
            if z is not None and abs(z) <= exit_z:
                return False
        return False

    def trade(self, strategy: str) -> str:
        first, second = self.bars
        return f"{strategy}-{first.symbol}-{second.symbol}-{first.close_ms}"

    def inputs(self, z: float) -> dict[str, str]:
        first, second = self.bars
        return {"bar": str(first.open_ms), "first_close": text(first.close), "second_close": text(second.close), "z": shown(z)}
