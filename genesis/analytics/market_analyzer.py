"""The market analyzer: arbitrage that the tops of the books offer, net of taker fees (R15). Pure.

Direct = the same symbol at two venues. Triangular = a cycle from the start asset over 3 to `max_hops` symbols of one
venue and back. `net` is a fraction of the money put in, truncated to 8 places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import permutations
from typing import NamedTuple

import msgspec

from genesis.core.models import Side, SymbolRules, TopOfBook
from genesis.core.money import ONE, truncate8

TopFinder = Callable[[str, str], TopOfBook | None]
"""(venue, symbol) -> the top of a fresh book, or None."""

DIRECT = "DIRECT"
TRIANGULAR = "TRIANGULAR"
LEAST_HOPS = 3
ROUNDING = 1e-6
"""Far more than floats lose along a route."""


class Hop(msgspec.Struct, frozen=True):
    """One step of a route: buy or sell `symbol` (base/quote) at `venue`."""

    venue: str
    symbol: str
    side: Side
    base: str
    quote: str


class Route(msgspec.Struct, frozen=True):
    """A way to arbitrage. `key` names it for ever, e.g. `binance:USDT>BTC>ETH>USDT` or `BTCUSDT:a>b`."""

    key: str
    kind: str
    hops: tuple[Hop, ...]


class Opportunity(msgspec.Struct, frozen=True, kw_only=True):
    """A route at the prices of now. `quantity` = executable base quantity of the first hop, limited by every top's size."""

    route: Route
    net: Decimal
    quantity: Decimal
    tops: tuple[TopOfBook, ...]  # one for each hop


class _Rates(NamedTuple):
    """What one book makes of 1, fee included, in floats; and its exact top."""

    sell: float
    buy: float
    top: TopOfBook


class _Way(NamedTuple):
    """A route, and the books on it with whether it sells there."""

    route: Route
    steps: tuple[tuple[tuple[str, str], bool], ...]


class MarketAnalyzer:
    """Knows the routes through the configured symbols; `look` prices those that touch one book."""

    def __init__(self, taker_fees: Mapping[str, Decimal], start_asset: str, max_hops: int, worth: Decimal | None = None) -> None:
        """`worth`: routes that clearly return less (a fraction, net of fees) need no exact price; None = each gets one."""
        self._fees = dict(taker_fees)
        self._kept = {venue: 1 - float(fee) for venue, fee in taker_fees.items()}
        self._worth = 0.0 if worth is None else 1 + float(worth) - ROUNDING
        self._start = start_asset
        self._max_hops = max_hops
        self._ways: dict[tuple[str, str], list[_Way]] = {}

    def learn(self, rules: Iterable[SymbolRules]) -> None:
        """Find every route through these symbols (once, when rules were loaded)."""
        known = list(rules)
        self._ways = {}
        for route in [*direct_routes(known), *triangular_routes(known, self._start, self._max_hops)]:
            way = _Way(route, tuple(((hop.venue, hop.symbol), hop.side is Side.SELL) for hop in route.hops))
            for book, _ in way.steps:
                self._ways.setdefault(book, []).append(way)

    def look(self, venue: str, symbol: str, top_of: TopFinder) -> list[tuple[Route, Opportunity | None]]:
        """Every route over that book with what it offers now; None while one of its books is not fresh, and where it is clearly
        not worth it."""
        seen: dict[tuple[str, str], _Rates | None] = {}
        return [(way.route, self._price(way, seen, top_of)) for way in self._ways.get((venue, symbol), ())]

    def _price(self, way: _Way, seen: dict[tuple[str, str], _Rates | None], top_of: TopFinder) -> Opportunity | None:
        """In floats first: an exact price costs ten times as much. `seen` keeps the books of one look."""
        roughly, tops = 1.0, []
        for book, selling in way.steps:
            if book not in seen:
                seen[book] = self._rates(top_of(*book))
            rates = seen[book]
            if rates is None:
                return None
            roughly *= rates.sell if selling else rates.buy
            tops.append(rates.top)
        if roughly < self._worth:
            return None
        price = direct if way.route.kind == DIRECT else triangular
        return price(way.route, tuple(tops), self._fees)

    def _rates(self, top: TopOfBook | None) -> _Rates | None:
        if top is None:
            return None
        kept = self._kept[top.venue]
        return _Rates(kept * float(top.bid), kept / float(top.ask), top)


def direct_routes(rules: Iterable[SymbolRules]) -> list[Route]:
    """Both directions of every symbol that two venues have in common."""
    by_symbol: dict[str, list[SymbolRules]] = {}
    for known in rules:
        by_symbol.setdefault(known.symbol, []).append(known)
    routes = []
    for symbol, venues in by_symbol.items():
        for buy, sell in permutations(venues, 2):
            hops = (_hop(buy, Side.BUY), _hop(sell, Side.SELL))
            routes.append(Route(f"{symbol}:{buy.venue}>{sell.venue}", DIRECT, hops))
    return routes


def triangular_routes(rules: Iterable[SymbolRules], start: str, max_hops: int) -> list[Route]:
    """Every simple cycle of 3 to `max_hops` hops from `start` back to it, at one venue."""
    by_venue: dict[str, list[SymbolRules]] = {}
    for known in rules:
        by_venue.setdefault(known.venue, []).append(known)
    routes = []
    for venue, listed in by_venue.items():
        for hops, assets in _cycles(listed, (), (start,), max_hops):
            routes.append(Route(f"{venue}:{'>'.join(assets)}", TRIANGULAR, hops))
    return routes


def _cycles(
    rules: list[SymbolRules], hops: tuple[Hop, ...], assets: tuple[str, ...], max_hops: int
) -> Iterator[tuple[tuple[Hop, ...], tuple[str, ...]]]:
    """Ways on from the last of `assets` that end where they began, each symbol and each asset between used once."""
    for known in rules:
        if assets[-1] not in (known.base, known.quote) or any(hop.symbol == known.symbol for hop in hops):
            continue
        side = Side.BUY if assets[-1] == known.quote else Side.SELL
        reached = known.base if side is Side.BUY else known.quote
        way = (*hops, _hop(known, side))
        if reached == assets[0] and len(way) >= LEAST_HOPS:
            yield way, (*assets, reached)
        elif reached not in assets and len(way) < max_hops:
            yield from _cycles(rules, way, (*assets, reached), max_hops)


def _hop(rules: SymbolRules, side: Side) -> Hop:
    return Hop(rules.venue, rules.symbol, side, rules.base, rules.quote)


def direct(route: Route, tops: tuple[TopOfBook, ...], fees: Mapping[str, Decimal]) -> Opportunity:
    """Buy at the one venue's ask, sell at the other's bid: bid/ask x both (1 - fee) - 1; the smaller executable size (R15)."""
    buy, sell = tops
    kept = (ONE - fees[buy.venue]) * (ONE - fees[sell.venue])
    net = truncate8(sell.bid * kept / buy.ask - ONE)
    return Opportunity(route=route, net=net, quantity=min(buy.ask_quantity, sell.bid_quantity), tops=tops)


def triangular(route: Route, tops: tuple[TopOfBook, ...], fees: Mapping[str, Decimal]) -> Opportunity:
    """Product of rates x product of (1 - fee) - 1 (R15); the quantity is what the thinnest top lets through."""
    amount = ONE  # what one unit of the start asset has become
    most: Decimal | None = None  # units of the start asset that fit through every top so far
    first_base = ONE
    for index, (hop, top) in enumerate(zip(route.hops, tops, strict=True)):
        buying = hop.side is Side.BUY
        base = amount / top.ask if buying else amount
        fits = (top.ask_quantity if buying else top.bid_quantity) / base
        most = fits if most is None else min(most, fits)
        amount = (base if buying else base * top.bid) * (ONE - fees[hop.venue])
        if index == 0:
            first_base = base
    assert most is not None
    return Opportunity(route=route, net=truncate8(amount - ONE), quantity=truncate8(most * first_base), tops=tops)
