"""What a strategy is: a pure function from what the market offers to a plan. It holds no money and sends nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from genesis.analytics.market_analyzer import Opportunity
from genesis.core.events import MarketTrade
from genesis.core.models import Bar, Leg, MarketState, Purpose, Side, SymbolRules, TopOfBook
from genesis.core.money import ONE
from genesis.core.state import SymbolKey


class Room(msgspec.Struct, frozen=True, kw_only=True):
    """What a plan must fit in: the largest notional of one order, in the start asset, the venues' rules, and what is free there.

    `rate(venue, asset)` is the price of an asset in the start asset, None while its book is not fresh, 0 while nobody can tell;
    `free(venue, asset)` is in units of the asset; a MARKET buy needs `buy_factor` times what it is worth at the ask (R7).
    """

    most_notional: Decimal
    rules: Mapping[SymbolKey, SymbolRules]
    rate: Callable[[str, str], Decimal | None]
    free: Callable[[str, str], Decimal]
    buy_factor: Decimal


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A multi-leg trade to be made. `at_once` = all legs together; else one after another, each sized by what the one
    before it delivered (the planned quantities of later legs are estimates)."""

    legs: tuple[Leg, ...]
    at_once: bool
    confidence: Decimal


class Strategy(Protocol):
    """One strategy. It keeps no state that facts do not give back."""

    @property
    def name(self) -> str: ...

    def plan(self, opportunity: Opportunity, room: Room) -> Plan | str:
        """The trade to make of `opportunity`, or why none."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a strategy would like to trade. `confidence` lies in 0..1 (R8); `inputs` are the values it decided by, for the audit.

    `quantity` is in base; None = the engine sizes an entry (capital share, R1, Kelly R14), and an exit is all that is held. Wishes
    with the same `pair` are the legs of one multi-leg trade (R19): an entry is one BUY and one SELL of two symbols without a `quantity`,
    sized together in the proportion of their `weight`s (hedge ratio); an exit of either leg closes both. `stop_fraction` is the
    distance of a stop from the entry as a fraction of 1, None = the default of R6; the tighter of the two wins. An entry that is wished
    for while another one of the strategy is under way is dropped, unless it goes `beside` it: the answer to a tick of its own.
    """

    venue: str
    symbol: str
    side: Side
    purpose: Purpose  # ENTRY or EXIT
    confidence: Decimal
    reason: str
    inputs: dict[str, str]
    quantity: Decimal | None = None
    stop_fraction: Decimal | None = None
    pair: str | None = None
    weight: Decimal = ONE
    beside: bool = False


class View(Protocol):
    """What a strategy may look at while it decides; the engine builds one for each call."""

    @property
    def now_ms(self) -> int:
        """Wall clock, milliseconds since the epoch (UTC)."""

    def top(self, venue: str, symbol: str) -> TopOfBook | None:
        """The top of a fresh book, or None."""

    def market_state(self, venue: str, symbol: str) -> MarketState | None:
        """The market's state (R32); None until enough bars were seen to tell."""

    def held(self, venue: str, symbol: str) -> Decimal:
        """The strategy's own signed quantity in base, legs of its pairs included: > 0 long, < 0 below the inventory target, 0 flat."""

    def entry_price(self, venue: str, symbol: str) -> Decimal | None:
        """Average price of what is held, in quote; None while flat."""

    def entered_ms(self, venue: str, symbol: str) -> int | None:
        """When the position was opened; None while flat."""

    def correlation(self, a: tuple[str, str], b: tuple[str, str]) -> float | None:
        """Correlation of the returns of two (venue, symbol), -1..1 (R10); None while it cannot be told."""


class BarStrategy(Protocol):
    """A strategy that decides when a bar closes. Higher `priority` wins a conflict (R36).

    It remembers only what its last `warm_up` bars of each symbol give back: after a restart the engine hands them over again
    in order of their close, drops the wishes, and the next wish is the one that an uninterrupted run would have had.
    """

    @property
    def name(self) -> str: ...

    @property
    def priority(self) -> int: ...

    @property
    def capital_share(self) -> Decimal:
        """The part of the equity that it may use, as a fraction of 1."""

    @property
    def trades_in(self) -> frozenset[MarketState]:
        """Market states in which it may enter (R32); exits are wished in every state."""

    @property
    def symbols(self) -> tuple[SymbolKey, ...]: ...

    @property
    def interval_ms(self) -> int: ...

    @property
    def warm_up(self) -> int:
        """How many closed bars of each symbol it needs."""

    def on_bar(self, bar: Bar, view: View) -> list[Wish]:
        """What it wishes now that `bar` is closed; bars come once each, in order."""


@runtime_checkable
class TickStrategy(BarStrategy, Protocol):
    """A strategy that decides at every public trade of its symbols, too.

    What it wishes of a trade is dropped when that waited too long (`market.tick_shed_ms`), and until it is warm. It remembers nothing of
    trades: after a restart none comes again.
    """

    def on_trade(self, trade: MarketTrade, view: View) -> list[Wish]:
        """What it wishes now that the public has traded; trades come once each, in order."""
