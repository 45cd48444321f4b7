"""The local order book by the venue's documented rules (binance-spot 1.9). Pure: buffering and re-fetching are the caller's.

Caller's part: buffer diffs, fetch a snapshot, fetch again while it is older than the first of them, then `apply_snapshot` and every
buffered diff in order. From then on each diff goes to `apply_diff`. After `GAP` or a `BookError` the book is empty and
not synchronised: discard the stream position, buffer and start again (R25, X29, X30).
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum

from genesis.core.money import ZERO, parse, text

Level = tuple[Decimal, Decimal]
"""(price, quantity)"""

RawLevel = Iterable[str]
"""A level as the venue writes it: price, quantity, as plain decimal text; anything after is ignored."""


class Applied(StrEnum):
    """What became of a diff."""

    APPLIED = "APPLIED"
    IGNORED = "IGNORED"  # older than the book
    GAP = "GAP"  # something is missing before it: the book was discarded


class Fault(StrEnum):
    """What is impossible about a book."""

    NOT_A_NUMBER = "not_a_number"
    NOT_POSITIVE = "not_positive"  # price <= 0 or quantity < 0
    WRONG_ORDER = "wrong_order"  # levels not best first, a price twice, update ids the wrong way round
    CROSSED = "crossed"  # best bid >= best ask


class BookError(ValueError):
    """The venue said something impossible; `fault` says what."""

    def __init__(self, fault: Fault, message: str) -> None:
        self.fault = fault
        super().__init__(message)


class OrderBook:
    """Bids and asks of one symbol, exact. Not synchronised until a snapshot was applied."""

    def __init__(self) -> None:
        self.update_id = 0
        self.synchronised = False
        self._bids = _Side()
        self._asks = _Side()

    def clear(self) -> None:
        """Discard everything; nothing may trade on it until the next snapshot."""
        self.update_id = 0
        self.synchronised = False
        self._bids = _Side()
        self._asks = _Side()

    def apply_snapshot(self, last_update_id: int, bids: Iterable[RawLevel], asks: Iterable[RawLevel]) -> None:
        """Replace the whole book.

        Raises:
            BookError: the snapshot is impossible; the book is empty afterwards.
        """
        self.clear()
        try:
            self._bids.fill(bids, descending=True)
            self._asks.fill(asks, descending=False)
            self._assert_uncrossed()
        except BookError:
            self.clear()
            raise
        self.update_id = last_update_id
        self.synchronised = True

    def apply_diff(self, first_update_id: int, last_update_id: int, bids: Iterable[RawLevel], asks: Iterable[RawLevel]) -> Applied:
        """Apply one `depthUpdate` (`U`, `u`, `b`, `a`); quantity 0 removes a level.

        Raises:
            BookError: the diff is impossible or leaves an impossible book; the book is empty afterwards.
        """
        assert self.synchronised, "a diff before the first snapshot"
        if first_update_id > last_update_id:
            self.clear()
            raise BookError(Fault.WRONG_ORDER, f"expected first update id <= last, got {first_update_id} > {last_update_id}")
        if last_update_id <= self.update_id:
            return Applied.IGNORED
        if first_update_id > self.update_id + 1:
            self.clear()
            return Applied.GAP
        try:
            self._bids.put(bids)
            self._asks.put(asks)
            self._assert_uncrossed()
        except BookError:
            self.clear()
            raise
        self.update_id = last_update_id
        return Applied.APPLIED

    def best(self) -> tuple[Level, Level] | None:
        """(best bid, best ask), or None while not synchronised or while a side is empty."""
        bids, asks = self._bids, self._asks
        if not (self.synchronised and bids.prices and asks.prices):
            return None
        bid, ask = bids.prices[-1], asks.prices[0]
        return (bid, bids.quantities[bid]), (ask, asks.quantities[ask])

    def depth(self, levels: int | None = None) -> tuple[list[Level], list[Level]]:
        """Bids and asks, best first, at most `levels` a side (None = all)."""
        bids = [(price, self._bids.quantities[price]) for price in reversed(self._bids.prices)]
        asks = [(price, self._asks.quantities[price]) for price in self._asks.prices]
        return bids[:levels], asks[:levels]

    def depth_text(self, levels: int | None = None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """As `depth`, in canonical text."""
        bids, asks = self.depth(levels)
        return [(text(p), text(q)) for p, q in bids], [(text(p), text(q)) for p, q in asks]

    def _assert_uncrossed(self) -> None:
        bids, asks = self._bids.prices, self._asks.prices
        if bids and asks and bids[-1] >= asks[0]:
            raise BookError(Fault.CROSSED, f"expected best bid < best ask, got {text(bids[-1])} >= {text(asks[0])}")


class _Side:
    """Levels of one side: prices ascending, quantity by price."""

    __slots__ = ("prices", "quantities")

    def __init__(self) -> None:
        self.prices: list[Decimal] = []
        self.quantities: dict[Decimal, Decimal] = {}

    def fill(self, levels: Iterable[RawLevel], *, descending: bool) -> None:
        """Take a whole side, best first; empty so far."""
        last: Decimal | None = None
        for level in levels:
            price, quantity = _read(level)
            if last is not None and (price >= last if descending else price <= last):
                raise BookError(Fault.WRONG_ORDER, f"expected levels best first, got {text(price)} after {text(last)}")
            if quantity == ZERO:
                raise BookError(Fault.NOT_POSITIVE, f"expected quantities > 0 in a snapshot, got 0 at {text(price)}")
            last = price
            self.prices.append(price)
            self.quantities[price] = quantity
        if descending:
            self.prices.reverse()

    def put(self, levels: Iterable[RawLevel]) -> None:
        quantities, prices = self.quantities, self.prices
        for level in levels:
            price, quantity = _read(level)
            known = price in quantities
            if quantity == ZERO:
                if known:
                    del quantities[price]
                    del prices[bisect_left(prices, price)]
                continue
            quantities[price] = quantity
            if not known:
                insort(prices, price)


def _read(level: RawLevel) -> Level:
    try:
        price_text, quantity_text, *_ = level
        price, quantity = parse(price_text), parse(quantity_text)
    except (ValueError, TypeError, AttributeError) as error:
        reason = f"expected a level [price, quantity] in plain decimal text, got {level!r}: {error}"
        raise BookError(Fault.NOT_A_NUMBER, reason) from error
    if price <= ZERO or quantity < ZERO:
        raise BookError(Fault.NOT_POSITIVE, f"expected price > 0 and quantity >= 0, got price {price_text}, quantity {quantity_text}")
    return price, quantity
