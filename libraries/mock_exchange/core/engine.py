"""The matching engine: accepts checked orders, trades them, closes them. Every change of a balance is a posting of a line."""

from __future__ import annotations

import msgspec

from .accounts import Account, Books
from .amounts import canonical, notional
from .ledger_lines import FEES, ClosedLine, OrderLine, Posting, TradeLine, TradeSide, optional, unlock, written
from .orders import Fill, Order, OrderStatus, Side
from .reports import ExecutionType, execution_report
from .symbols import Fees, SymbolSpec
from .transaction import Transaction
from .venue_events import E8, PublicTrade
from .venue_state import Market

BUY: Side = "BUY"
FILLED: OrderStatus = "FILLED"


class Trade(msgspec.Struct, frozen=True):
    """An exchange of `quantity` base for `quote`."""

    trade_id: int
    price: int
    quantity: int
    quote: int
    time_ms: int


class Fee(msgspec.Struct, frozen=True):
    amount: int
    asset: str


class MatchingEngine:
    """Price-time priority over integers. Callers have validated the order and its funds before `accept`."""

    def __init__(self, books: Books, transaction: Transaction, fees: Fees) -> None:
        self._books = books
        self._transaction = transaction
        self._fees = fees

    def accept(self, order: Order, lock: int) -> None:
        """The order exists from here on: one `order` line that locks what it may spend, one NEW report."""
        account = self._books.accounts[order.account]
        postings = unlock(order.account, order.lock_asset, -lock)
        order.locked = lock
        line = OrderLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            side=order.side,
            order_type=order.type,
            time_in_force=order.time_in_force,
            quantity=canonical(order.quantity),
            price=optional(order.price or None),
            quote_order_qty=optional(order.quote_order_qty or None),
            received_ns=order.received_ns,
            postings=written(postings),
        )
        self._transaction.line(line, postings)
        account.accept(order)
        self._report(order, "NEW")

    def match(self, market: Market, taker: Order) -> list[Fill]:
        """Trade until nothing remains or the opposite side is out of reach; the taker's fills."""
        fills: list[Fill] = []
        opposite = market.book.opposite(taker.side)
        while taker.remaining:
            level = opposite.best()
            if level is None or not _reaches(taker, level.price):
                break
            maker = level.first()
            quantity = min(taker.remaining, maker.remaining)
            fills.append(self._trade(market, maker, taker, quantity))
            level.filled(quantity, maker)
            opposite.drop_if_empty(level.price)
            self._transaction.touch(market.book, maker.side, level.price)
            if not maker.remaining:
                self.close(maker, FILLED)
        if not taker.remaining:
            self.close(taker, FILLED)
        return fills

    def rest(self, market: Market, order: Order) -> None:
        market.book.side(order.side).add(order)
        self._transaction.touch(market.book, order.side, order.price)

    def remove(self, market: Market, order: Order, reason: str, cancel_id: str) -> None:
        """Cancel a resting order."""
        side = market.book.side(order.side)
        order.status = "CANCELED"
        side.levels[order.price].cancelled(order)
        side.drop_if_empty(order.price)
        self._transaction.touch(market.book, order.side, order.price)
        self.close(order, "CANCELED", reason, cancel_id)

    def close(self, order: Order, status: OrderStatus, reason: str | None = None, cancel_id: str | None = None) -> None:
        """One `closed` line per order; what is still locked becomes free."""
        assert status in ("FILLED", "CANCELED", "EXPIRED")
        order.status, order.reason, order.update_ms = status, reason, self._transaction.now_ms
        postings = unlock(order.account, order.lock_asset, order.locked)
        order.locked = 0
        line = ClosedLine(
            account=order.account,
            order_id=order.order_id,
            client_order_id=order.client_order_id,
            symbol=order.symbol,
            status=status,
            executed=canonical(order.executed),
            cum_quote=canonical(order.cum_quote),
            reason=reason,
            cancel_id=cancel_id,
            postings=written(postings),
        )
        self._transaction.line(line, postings)
        self._books.accounts[order.account].closed(order)
        if status == "CANCELED":
            self._report(order, "CANCELED", cancel_id=cancel_id)
        elif status == "EXPIRED":
            self._report(order, "EXPIRED")

    def _trade(self, market: Market, maker: Order, taker: Order, quantity: int) -> Fill:
        spec, now = market.spec, self._transaction.now_ms
        scripted = self._account(maker).is_scripted and self._account(taker).is_scripted
        price, quote = maker.price, notional(maker.price, quantity)
        trade = Trade(market.take_trade_id(scripted=scripted), price, quantity, quote, now)
        fees = [fee_of(order, trade, spec, rate) for order, rate in ((maker, self._fees.maker), (taker, self._fees.taker))]
        postings = [*_postings(maker, trade, fees[0], spec), *_postings(taker, trade, fees[1], spec)]
        for order in (maker, taker):
            order.executed += quantity
            order.cum_quote += quote
            order.update_ms = now
            order.status = "PARTIALLY_FILLED" if order.remaining else FILLED
        line = TradeLine(
            trade_id=trade.trade_id,
            symbol=spec.symbol,
            price=canonical(price),
            quantity=canonical(quantity),
            quote_quantity=canonical(quote),
            taker_side=taker.side,
            maker=_trade_side(maker, fees[0]),
            taker=_trade_side(taker, fees[1]),
            postings=written(postings),
        )
        self._transaction.line(line, postings)
        public = PublicTrade(spec.symbol, trade.trade_id, price, quantity, quote, maker.side == BUY, now, taker.order_id)
        market.recent.append(public)
        market.prices.add(now, price, quantity)
        self._transaction.event(public)
        fills = [fill_of(maker, trade, fees[0], maker=True), fill_of(taker, trade, fees[1], maker=False)]
        for order, fill in zip((maker, taker), fills, strict=True):
            self._account(order).fills.append(fill)
            self._report(order, "TRADE", fill)
        return fills[1]

    def _account(self, order: Order) -> Account:
        return self._books.accounts[order.account]

    def _report(self, order: Order, kind: ExecutionType, fill: Fill | None = None, cancel_id: str | None = None) -> None:
        number = self._transaction.next_execution_id()
        if self._account(order).is_scripted:
            return
        payload = execution_report(order, kind, self._transaction.now_ms, number, fill=fill, cancel_id=cancel_id)
        self._transaction.report(order.account, payload)


def lock_after(order: Order, quantity: int, quote: int) -> int:
    """What a BUY still locks once `quantity` more of it traded for `quote`."""
    if order.type == "MARKET":
        return order.locked - quote
    return notional(order.price, order.remaining - quantity)


def fee_of(order: Order, trade: Trade, spec: SymbolSpec, rate: int) -> Fee:
    """A share of what the order receives, truncated to 8 places: base of a BUY, quote of a SELL."""
    received, asset = (trade.quantity, spec.base) if order.side == BUY else (trade.quote, spec.quote)
    return Fee(received * rate // E8, asset)


def fill_of(order: Order, trade: Trade, fee: Fee, *, maker: bool) -> Fill:
    """The trade as the account of `order` sees it."""
    return Fill(
        trade_id=trade.trade_id,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        symbol=order.symbol,
        side=order.side,
        price=trade.price,
        quantity=trade.quantity,
        quote_quantity=trade.quote,
        fee=fee.amount,
        fee_asset=fee.asset,
        maker=maker,
        time_ms=trade.time_ms,
    )


def _postings(order: Order, trade: Trade, fee: Fee, spec: SymbolSpec) -> list[Posting]:
    """What one side of a trade moves. A buyer's lock shrinks to what the rest may cost; the difference to the price is freed."""
    name = order.account
    if order.side == BUY:
        released = order.locked - lock_after(order, trade.quantity, trade.quote)
        order.locked -= released
        return [
            (name, spec.quote, "locked", -released),
            (name, spec.quote, "free", released - trade.quote),
            (name, spec.base, "free", trade.quantity - fee.amount),
            (FEES, fee.asset, "free", fee.amount),
        ]
    order.locked -= trade.quantity
    return [
        (name, spec.base, "locked", -trade.quantity),
        (name, spec.quote, "free", trade.quote - fee.amount),
        (FEES, fee.asset, "free", fee.amount),
    ]


def _reaches(taker: Order, price: int) -> bool:
    if taker.type == "MARKET":
        return True
    return price <= taker.price if taker.side == BUY else price >= taker.price


def _trade_side(order: Order, fee: Fee) -> TradeSide:
    return TradeSide(
        account=order.account,
        order_id=order.order_id,
        client_order_id=order.client_order_id,
        fee=canonical(fee.amount),
        fee_asset=fee.asset,
        executed=canonical(order.executed),
        cum_quote=canonical(order.cum_quote),
    )
