"""What each ledger line about orders does to a venue that goes on from its ledger: the same stations as `order_records.py`, read back."""

from __future__ import annotations

from .accounts import Books
from .amounts import parse_e8, parse_signed_e8
from .floor import Floor
from .ledger_lines import (
    ActivatedLine,
    AmendedLine,
    ClosedLine,
    LockedLine,
    OrderLine,
    Posting,
    PostingText,
    PreventedLine,
    PreventedSide,
    TradeLine,
    TradeSide,
    TriggeredLine,
    amount_of,
)
from .money import Fee, Trade, execute, fill_of, lock_asset, shown_less
from .orders import CONDITIONAL, NO_LIST, Order, PreventedMatch, Side
from .venue_events import PublicTrade


class ReplayError(ValueError):
    """A ledger line does not follow from those before it."""


class Postings:
    """The lines' postings, applied to the accounts."""

    def __init__(self, books: Books) -> None:
        self._books = books

    def apply(self, shown: list[PostingText], time_ms: int) -> list[Posting]:
        """Raises ReplayError: they do not sum to zero."""
        postings: list[Posting] = [(account, asset, bucket, parse_signed_e8(amount)) for account, asset, bucket, amount in shown]
        totals: dict[str, int] = {}
        for _, asset, _, amount in postings:
            totals[asset] = totals.get(asset, 0) + amount
        if any(totals.values()):
            raise ReplayError(f"expected postings that sum to zero, got {shown}")
        self._books.post(postings, time_ms)
        return postings


class OrderReplay:
    """Raises ReplayError, KeyError, AssertionError or ValueError: the line does not follow from those before it."""

    def __init__(self, floor: Floor, postings: Postings) -> None:
        self._floor = floor
        self._postings = postings

    def accepted(self, line: OrderLine) -> None:
        market = self._floor.markets[line.symbol]
        working = line.order_type not in CONDITIONAL and not line.pending
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
            lock_asset=lock_asset(market.spec, line.side),
            status="PENDING_NEW" if line.pending else "NEW",
            stop_price=amount_of(line.stop_price),
            trailing_delta=line.trailing_delta,
            iceberg_qty=amount_of(line.iceberg_qty),
            stp_mode=line.stp_mode,
            strategy_id=line.strategy_id,
            strategy_type=line.strategy_type,
            list_id=line.list_id,
            is_working=working,
            working_ms=line.t if working else -1,
            priority=line.seq,
        )
        _change_lock(order, self._postings.apply(line.postings, line.t))
        self._floor.account(line.account).accept(order)
        self._floor.next_order_id = max(self._floor.next_order_id, line.order_id + 1)
        if not working and not line.pending:
            market.triggers.add(order, market.prices.last_price, line.t)
        market.update_id += 1

    def activated(self, line: ActivatedLine) -> None:
        order, market = self._open(line.account, line.order_id), self._floor.markets[line.symbol]
        order.status, order.quantity = "NEW", parse_e8(line.quantity)
        order.is_working = order.type not in CONDITIONAL
        self._begins(order, line)
        if not order.is_working:
            market.triggers.add(order, market.prices.last_price, line.t)

    def triggered(self, line: TriggeredLine) -> None:
        order, due = self._open(line.account, line.order_id), self._floor.markets[line.symbol].triggers.due
        if not due or due[0] is not order:
            raise ReplayError(f"no trade before it set off order {order.order_id} next")
        due.popleft()
        order.is_working = True
        self._begins(order, line)

    def locked(self, line: LockedLine) -> None:
        _change_lock(self._open(line.account, line.order_id), self._postings.apply(line.postings, line.t))

    def amended(self, line: AmendedLine) -> None:
        order = self._open(line.account, line.order_id)
        _change_lock(order, self._postings.apply(line.postings, line.t))
        order.quantity, order.update_ms = parse_e8(line.quantity), line.t
        order.amends += 1
        order.visible = min(order.visible, order.remaining)
        self._floor.account(line.account).rename(order, line.client_order_id)
        self._floor.markets[line.symbol].update_id += 1

    def prevented(self, line: PreventedLine) -> None:
        account, market = self._floor.account(line.account), self._floor.markets[line.symbol]
        postings = self._postings.apply(line.postings, line.t)
        maker, taker = parse_e8(line.maker.quantity), parse_e8(line.taker.quantity)
        match = PreventedMatch(
            match_id=line.match_id,
            symbol=line.symbol,
            account=line.account,
            taker_order_id=line.taker.order_id,
            maker_order_id=line.maker.order_id,
            mode=line.mode,
            price=parse_e8(line.price),
            taker_prevented=taker,
            maker_prevented=maker,
            time_ms=line.t,
        )
        account.prevented.append(match)
        market.next_match_id = max(market.next_match_id, line.match_id + 1)
        market.update_id += 1
        made = self._open(line.account, line.maker.order_id)
        if made.iceberg_qty and 0 < maker < made.remaining:
            shown_less(made, maker, line.seq)
        for shown, quantity in ((line.maker, maker), (line.taker, taker)):
            self._prevent(self._open(line.account, shown.order_id), shown, quantity, match)
            _change_lock(self._open(line.account, shown.order_id), postings)

    def traded(self, line: TradeLine) -> None:
        market = self._floor.markets[line.symbol]
        postings = self._postings.apply(line.postings, line.t)
        price, quantity, quote = parse_e8(line.price), parse_e8(line.quantity), parse_e8(line.quote_quantity)
        trade = Trade(line.trade_id, price, quantity, quote, line.t)
        opposite: Side = "SELL" if line.taker_side == "BUY" else "BUY"
        maker = self._open(line.maker.account, line.maker.order_id)
        if maker.iceberg_qty:
            shown_less(maker, quantity, line.seq)
        for shown, side in ((line.maker, opposite), (line.taker, line.taker_side)):
            fee = Fee(parse_e8(shown.fee), shown.fee_asset)
            order = self._execute(shown, side, trade, fee)
            _change_lock(order, postings)
            self._floor.account(shown.account).fills.append(fill_of(order, trade, fee, maker=shown is line.maker))
        buyer_is_maker = line.taker_side == "SELL"
        market.traded(PublicTrade(line.symbol, line.trade_id, price, quantity, quote, buyer_is_maker, line.t, line.taker.order_id))
        market.next_trade_id = max(market.next_trade_id, line.trade_id + 1)
        market.update_id += 1

    def closed(self, line: ClosedLine) -> None:
        account, market = self._floor.account(line.account), self._floor.markets[line.symbol]
        order = self._open(line.account, line.order_id)
        _change_lock(order, self._postings.apply(line.postings, line.t))
        if order.locked:
            raise ReplayError(f"order {line.order_id} is closed but keeps {order.locked} e-8 {order.lock_asset} locked")
        if not order.is_working:
            market.triggers.remove(order)
        order.status, order.reason, order.update_ms = line.status, line.reason, line.t
        order.reject_reason = line.reject_reason
        account.closed(order)
        self._close_list(order)
        market.update_id += 1

    def _close_list(self, order: Order) -> None:
        if order.list_id == NO_LIST:
            return
        order_list = self._floor.lists.of(order)
        if not any(each.is_open for each in self._floor.lists.orders(order_list)):
            order_list.status = order_list.order_status = "ALL_DONE"
            self._floor.account(order.account).closed_list(order_list)

    def _begins(self, order: Order, line: ActivatedLine | TriggeredLine) -> None:
        _change_lock(order, self._postings.apply(line.postings, line.t))
        order.priority, order.update_ms = line.seq, line.t
        if order.is_working:
            order.working_ms = line.t
        self._floor.markets[line.symbol].update_id += 1

    def _execute(self, shown: TradeSide, side: Side, trade: Trade, fee: Fee) -> Order:
        order = self._open(shown.account, shown.order_id)
        execute(order, trade, fee)
        if order.side != side or order.executed != parse_e8(shown.executed) or order.cum_quote != parse_e8(shown.cum_quote):
            raise ReplayError(f"it disagrees with the earlier lines of order {shown.order_id}")
        return order

    def _prevent(self, order: Order, shown: PreventedSide, quantity: int, match: PreventedMatch) -> None:
        if not quantity:
            return
        order.prevented += quantity
        order.prevented_match_id, order.update_ms = match.match_id, match.time_ms
        if order.prevented != parse_e8(shown.prevented):
            raise ReplayError(f"it disagrees with the earlier lines of order {shown.order_id}")

    def _open(self, account: str, order_id: int) -> Order:
        return self._floor.account(account).open_orders[order_id]


def _change_lock(order: Order, postings: list[Posting]) -> None:
    for account, asset, bucket, amount in postings:
        if bucket == "locked" and account == order.account and asset == order.lock_asset:
            order.locked += amount
