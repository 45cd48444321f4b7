"""What strategies on bars have in common: their mandate, where they may enter, how sure they are."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import msgspec

from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.money import ONE
from genesis.core.state import SymbolKey
from genesis.strategies.base import View, Wish
from genesis.strategies.parameters import require

PERCENT = Decimal("0.01")


class Mandate(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy was told: who it is, what it trades, how much of the equity it may use, and how it ranks (R36)."""

    name: str
    symbols: tuple[SymbolKey, ...]
    interval_ms: int
    priority: int = 0
    capital_share: Decimal = ONE


class Mandated:
    """A strategy's answers to who it is."""

    def __init__(self, mandate: Mandate, trades_in: Iterable[MarketState], warm_up: int, confidence_from: Decimal) -> None:
        require(confidence_from <= ONE, "confidence_from", "at most 1", confidence_from)
        self.name = mandate.name
        self.priority = mandate.priority
        self.capital_share = mandate.capital_share
        self.symbols = mandate.symbols
        self.interval_ms = mandate.interval_ms
        self.trades_in = frozenset(trades_in)
        self.warm_up = warm_up
        self._confidence_from = confidence_from

    def may_enter(self, view: View, key: SymbolKey) -> bool:
        """Whether the market is in a state in which it trades (R32)."""
        return view.market_state(*key) in self.trades_in

    def confidence(self, beyond: float) -> Decimal:
        """How sure it is (R8): `beyond` = 0 just meets the rule, 1 and more is as far beyond as counts; in whole per cent."""
        above = (ONE - self._confidence_from) * Decimal(repr(max(0.0, min(beyond, 1.0))))
        return (self._confidence_from + above).quantize(PERCENT)


def leave(bar: Bar, held: Decimal, reason: str, inputs: dict[str, str], pair: str | None = None) -> Wish:
    """The exit from all that is held of the bar's symbol. Nothing is surer than that it must go."""
    return Wish(
        venue=bar.venue,
        symbol=bar.symbol,
        side=Side.SELL if held > 0 else Side.BUY,
        purpose=Purpose.EXIT,
        confidence=ONE,
        reason=reason,
        inputs=inputs,
        pair=pair,
    )


def shown(value: float) -> str:
    """A figure as `inputs` say it: at most 8 significant digits."""
    return f"{value:.8g}"
