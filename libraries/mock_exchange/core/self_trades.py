"""Self-trade prevention: what happens instead of a trade of an account with itself. The taker's mode decides (binance-spot 1.5, X10).

An account of this venue belongs to no trade group, so TRANSFER does what it does within one account: the same as DECREMENT.
"""

from __future__ import annotations

from .amounts import canonical
from .ledger_lines import Posting, PreventedLine, PreventedSide, unlock
from .money import needed, shown_less
from .order_book import Resting
from .order_lists import OrderLists
from .order_records import OrderRecords
from .orders import NO_LIST, Order, PreventedMatch, StpMode
from .transaction import Transaction
from .venue_state import Market


def shares(mode: StpMode, taker: int, maker: int, shown: int) -> tuple[int, int]:
    """What is taken of the taker and of the maker, of which so much remains; `shown` is what of the maker could trade now."""
    assert mode != "NONE"
    if mode in ("DECREMENT", "TRANSFER"):
        both = min(taker, shown)
        return both, both
    return taker if mode != "EXPIRE_MAKER" else 0, maker if mode != "EXPIRE_TAKER" else 0


class SelfTrades:
    """Takes quantities back, writes the `prevented` line, and ends the orders of which nothing remains as EXPIRED_IN_MATCH."""

    def __init__(self, transaction: Transaction, records: OrderRecords, lists: OrderLists) -> None:
        self._transaction = transaction
        self._records = records
        self._lists = lists

    def prevent(self, market: Market, resting: Resting[Order], taker: Order) -> PreventedMatch:
        maker = resting.owner
        of_taker, of_maker = shares(taker.stp_mode, taker.remaining, maker.remaining, resting.visible)
        if of_maker and maker.list_id != NO_LIST and not maker.executed:
            self._lists.executing(maker)
        self._take_from_book(market, resting, of_maker)
        match = PreventedMatch(
            match_id=market.take_match_id(),
            symbol=market.spec.symbol,
            account=taker.account,
            taker_order_id=taker.order_id,
            maker_order_id=maker.order_id,
            mode=taker.stp_mode,
            price=maker.price,
            taker_prevented=of_taker,
            maker_prevented=of_maker,
            time_ms=self._transaction.now_ms,
        )
        self._write(match, maker, taker)
        self._records.account(taker).prevented.append(match)
        for order, quantity in ((maker, of_maker), (taker, of_taker)):
            if quantity:
                self._tell(order, match)
        return match

    def _take_from_book(self, market: Market, resting: Resting[Order], quantity: int) -> None:
        maker = resting.owner
        if not quantity:
            return
        if quantity == maker.remaining:
            market.book.cancel(maker.order_id)
        else:
            market.book.reduce_first(resting, quantity)
            if maker.iceberg_qty:
                shown_less(maker, quantity, self._transaction.next_seq())
        self._transaction.touch(market, maker.side, maker.price)

    def _write(self, match: PreventedMatch, maker: Order, taker: Order) -> None:
        postings = prevent(maker, match, match.maker_prevented) + prevent(taker, match, match.taker_prevented)
        line = PreventedLine(
            match_id=match.match_id,
            account=match.account,
            symbol=match.symbol,
            mode=match.mode,
            price=canonical(match.price),
            taker_side=taker.side,
            maker=_side(maker, match.maker_prevented),
            taker=_side(taker, match.taker_prevented),
            postings=[],
        )
        self._transaction.posted(line, postings)

    def _tell(self, order: Order, match: PreventedMatch) -> None:
        if not order.remaining:
            order.status = "EXPIRED_IN_MATCH"
        self._records.report(order, "TRADE_PREVENTION", prevented=match)
        if not order.remaining:
            self._lists.end(order, "EXPIRED_IN_MATCH")


def prevent(order: Order, match: PreventedMatch, quantity: int) -> list[Posting]:
    """Take `quantity` of the order back; what it locks shrinks to what its rest may cost."""
    if not quantity:
        return []
    order.prevented += quantity
    order.prevented_match_id = match.match_id
    order.update_ms = match.time_ms
    released = order.locked - needed(order)
    order.locked -= released
    return unlock(order.account, order.lock_asset, released) if released else []


def _side(order: Order, quantity: int) -> PreventedSide:
    return PreventedSide(
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        quantity=canonical(quantity),
        prevented=canonical(order.prevented),
    )
