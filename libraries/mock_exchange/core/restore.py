"""A venue goes on from its ledger: the lines are the state (balances, orders, fills, ids)."""

from __future__ import annotations

from collections.abc import Iterable

from .amounts import parse_e8, parse_signed_e8
from .engine import Fee, Trade, fill_of
from .ledger_lines import (
    AccountLine,
    ClosedLine,
    FaultLine,
    Line,
    OrderLine,
    Posting,
    PostingText,
    RequestLine,
    TradeLine,
    TradeSide,
    TransferLine,
    VenueLine,
    amount_of,
    venue_line,
)
from .orders import Order, Side
from .venue import Venue
from .venue_events import PublicTrade


class ReplayError(ValueError):
    """A ledger line does not follow from those before it."""


def restore(venue: Venue, lines: Iterable[Line]) -> None:
    """Replay a whole ledger into a new, not started venue.

    Raises:
        ReplayError: naming the line (from 1), what was expected and what came.
    """
    replay = _Replay(venue)
    number = 0
    for number, line in enumerate(lines, start=1):
        if line.seq != number:
            raise ReplayError(f"line {number}: expected seq {number}, got {line.seq}")
        try:
            replay.apply(line)
        except ReplayError as error:
            raise ReplayError(f"line {number}: {error}") from error
        except KeyError as error:
            raise ReplayError(f"line {number}: nothing before it explains {error}") from error
        except (AssertionError, ValueError) as error:
            raise ReplayError(f"line {number}: {error}") from error
    replay.finish(number)


class _Replay:
    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    def apply(self, line: Line) -> None:
        match line:
            case VenueLine():
                self._check_venue(line)
            case AccountLine():
                self._account(line)
            case TransferLine():
                self._post(line.postings)
            case OrderLine():
                self._order(line)
            case TradeLine():
                self._trade(line)
            case ClosedLine():
                self._closed(line)
            case RequestLine() | FaultLine():
                pass

    def finish(self, last_seq: int) -> None:
        """Open orders rest again, oldest first: order ids grow with time, so priority is kept. Counters go on, never back."""
        venue = self._venue
        venue.transaction.seq = last_seq
        venue.transaction.execution_id = 2 * last_seq
        orders = [order for account in venue.books.accounts.values() for order in account.open_orders.values()]
        for order in sorted(orders, key=lambda each: each.order_id):
            venue.market(order.symbol).book.side(order.side).add(order)

    def _check_venue(self, line: VenueLine) -> None:
        ours = venue_line(list(self._venue.symbols.values()), self._venue.fees, line.seed)
        if line.seq != 1:
            raise ReplayError("expected the venue line only at the start")
        if (line.version, line.maker, line.taker, line.symbols) != (ours.version, ours.maker, ours.taker, ours.symbols):
            raise ReplayError("it was written for another market; start with the market file it was written with, or with a new ledger")

    def _account(self, line: AccountLine) -> None:
        if line.account not in self._venue.books.accounts:
            self._venue.books.open(line.account)
        self._venue.account(line.account).key_id = line.key_id

    def _order(self, line: OrderLine) -> None:
        spec = self._venue.symbols[line.symbol]
        order = Order(
            order_id=line.order_id,
            account=line.account,
            client_order_id=line.client_order_id,
            symbol=line.symbol,
            side=line.side,
            type=line.order_type,
            time_in_force=line.time_in_force,
            price=amount_of(line.price),
            quantity=parse_e8(line.quantity),
            quote_order_qty=amount_of(line.quote_order_qty),
            received_ns=line.received_ns,
            time_ms=line.t,
            update_ms=line.t,
            lock_asset=spec.quote if line.side == "BUY" else spec.base,
        )
        _change_lock(order, self._post(line.postings))
        self._venue.account(line.account).accept(order)
        self._venue.next_order_id = max(self._venue.next_order_id, line.order_id + 1)
        self._changed_level(line.symbol)

    def _trade(self, line: TradeLine) -> None:
        market = self._venue.markets[line.symbol]
        postings = self._post(line.postings)
        price, quantity, quote = parse_e8(line.price), parse_e8(line.quantity), parse_e8(line.quote_quantity)
        opposite: Side = "SELL" if line.taker_side == "BUY" else "BUY"
        for shown, side in ((line.maker, opposite), (line.taker, line.taker_side)):
            order = self._traded(shown, side, quantity, quote, line.t)
            _change_lock(order, postings)
            trade = Trade(line.trade_id, price, quantity, quote, line.t)
            fill = fill_of(order, trade, Fee(parse_e8(shown.fee), shown.fee_asset), maker=shown is line.maker)
            self._venue.account(shown.account).fills.append(fill)
        market.recent.append(
            PublicTrade(line.symbol, line.trade_id, price, quantity, quote, line.taker_side == "SELL", line.t, line.taker.order_id)
        )
        market.prices.add(line.t, price, quantity)
        market.next_trade_id = max(market.next_trade_id, line.trade_id + 1)
        self._changed_level(line.symbol)

    def _traded(self, shown: TradeSide, side: Side, quantity: int, quote: int, now_ms: int) -> Order:
        order = self._venue.account(shown.account).open_orders[shown.order_id]
        order.executed += quantity
        order.cum_quote += quote
        order.update_ms = now_ms
        order.status = "PARTIALLY_FILLED" if order.remaining else "FILLED"
        if order.side != side or order.executed != parse_e8(shown.executed) or order.cum_quote != parse_e8(shown.cum_quote):
            raise ReplayError(f"it disagrees with the earlier lines of order {shown.order_id}")
        return order

    def _closed(self, line: ClosedLine) -> None:
        account = self._venue.account(line.account)
        order = account.open_orders[line.order_id]
        _change_lock(order, self._post(line.postings))
        if order.locked:
            raise ReplayError(f"order {line.order_id} is closed but keeps {order.locked} e-8 {order.lock_asset} locked")
        order.status, order.reason, order.update_ms = line.status, line.reason, line.t
        account.closed(order)
        self._changed_level(line.symbol)

    def _post(self, shown: list[PostingText]) -> list[Posting]:
        postings: list[Posting] = [(account, asset, bucket, parse_signed_e8(amount)) for account, asset, bucket, amount in shown]
        totals: dict[str, int] = {}
        for _, asset, _, amount in postings:
            totals[asset] = totals.get(asset, 0) + amount
        if any(totals.values()):
            raise ReplayError(f"expected postings that sum to zero, got {shown}")
        self._venue.books.post(postings)
        return postings

    def _changed_level(self, symbol: str) -> None:
        """Each such line changed at most one level: the update id ends at or above the one that clients saw."""
        self._venue.markets[symbol].book.update_id += 1


def _change_lock(order: Order, postings: list[Posting]) -> None:
    for account, asset, bucket, amount in postings:
        if bucket == "locked" and account == order.account and asset == order.lock_asset:
            order.locked += amount
