"""A strategy for tests: it does what its parameters say when a bar closes at a price. The registry offers it with test hooks only."""

from __future__ import annotations

import contextlib
import re
import sys
from decimal import Decimal
from typing import NoReturn

from genesis.core.models import Bar, MarketState, Purpose, Side
from genesis.core.money import text
from genesis.core.settings import StrategyTerms
from genesis.core.state import SymbolKey
from genesis.strategies.base import View, Wish

_STEP = re.compile(r"(?P<price>\d+(\.\d+)?|\*):(?P<act>BUY|SELL|EXIT|RAISE|NONSENSE|LEAVE|SPIN|LOOP)")
_KNOWN = ("plan", "quantity", "confidence", "spin", "warm_up", "trades_in", "stop_fraction")


class Probe:
    """`plan`: `PRICE:ACT` separated by blanks; `*` = every price. `SPIN` counts to `spin`, `LOOP` never returns and takes no
    interruption, `LEAVE` wants to end the process."""

    def __init__(self, terms: StrategyTerms) -> None:
        """Raises ValueError: a parameter that is not known, or that cannot be read."""
        unknown = [name for name in terms.parameters if name not in _KNOWN]
        if unknown:
            raise ValueError(f"parameters.{unknown[0]}: expected one of {', '.join(_KNOWN)}, got this one; remove it")
        given = terms.parameters
        steps = [_step(word) for word in given.get("plan", "").split()]
        self._plan: list[tuple[Decimal | None, str]] = steps
        self._quantity = Decimal(given["quantity"]) if "quantity" in given else None
        self._confidence = Decimal(given.get("confidence", "1"))
        self._stop_fraction = Decimal(given["stop_fraction"]) if "stop_fraction" in given else None
        self._spin = int(given.get("spin", "20000000"))
        self.name = terms.name
        self.priority = terms.priority
        self.capital_share = terms.capital_share
        self.trades_in = frozenset(MarketState(word) for word in given.get("trades_in", " ".join(MarketState)).split())
        self.symbols: tuple[SymbolKey, ...] = tuple((terms.venue, symbol) for symbol in terms.symbols)
        self.interval_ms = terms.interval_ms
        self.warm_up = int(given.get("warm_up", "1"))

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        wished: list[Wish] = []
        for price, act in self._plan:
            if (price is None or price == bar.close) and bar.trades:
                wished += self._act(act, bar, view)
        return wished

    def _act(self, act: str, bar: Bar, view: View) -> list[Wish]:
        match act:
            case "BUY" | "SELL":
                return [self._wish(bar, Side(act), Purpose.ENTRY)]
            case "EXIT":
                held = view.held(bar.venue, bar.symbol)
                return [self._wish(bar, Side.SELL if held > 0 else Side.BUY, Purpose.EXIT)] if held else []
            case "NONSENSE":
                return [self._wish(bar, Side.BUY, Purpose.ENTRY, quantity=Decimal("NaN"))]
            case "RAISE":
                raise RuntimeError(f"told to raise at {text(bar.close)}")
            case "LEAVE":
                sys.exit(f"told to leave at {text(bar.close)}")
            case "SPIN":
                _count_to(self._spin)
            case "LOOP":
                _never_end()
        return []

    def _wish(self, bar: Bar, side: Side, purpose: Purpose, quantity: Decimal | None = None) -> Wish:
        return Wish(
            venue=bar.venue,
            symbol=bar.symbol,
            side=side,
            purpose=purpose,
            confidence=self._confidence,
            reason=f"the bar closed at {text(bar.close)}",
            inputs={"close": text(bar.close), "bar": str(bar.open_ms)},
            quantity=quantity or (self._quantity if purpose is Purpose.ENTRY else None),
            stop_fraction=self._stop_fraction,
        )


def _step(word: str) -> tuple[Decimal | None, str]:
    match = _STEP.fullmatch(word)
    if match is None:
        raise ValueError(f"parameters.plan: expected steps such as 101:BUY or *:SPIN, got {word!r}")
    return (None if match["price"] == "*" else Decimal(match["price"])), match["act"]


def _count_to(end: int) -> None:
    """Burn processor time."""
    number = 0
    while number < end:
        number += 1


def _never_end(within: int = 3) -> NoReturn:
    """An interruption between two tries ends one loop; the loop around it catches that one."""
    while True:
        with contextlib.suppress(BaseException):
            if within:
                _never_end(within - 1)
            _count_to(1_000_000)
