"""The matching engine: trades an accepted order against the book. Every change of a balance is a posting of a line."""

from __future__ import annotations

from .accounts import Books
from .amounts import canonical, notional
from .ledger_lines import TradeLine, TradeSide
from .money import BUY, Fee, Trade, execute, fee_of, fill_of, shown_less, trade_postings
from .order_book import Resting
from .order_lists import OrderLists
from .order_records import OrderRecords
from .orders import MARKET_LIKE, NO_LIST, Fill, Order, PreventedMatch
from .self_trades import SelfTrades
from .symbols import Fees
from .transaction import Transaction
from .venue_events import FirstFill, PublicTrade
from .venue_state import Market


class MatchingEngine:
    """Price-time priority over integers. Callers have validated the order and its funds."""

    def __init__(self, books: Books, transaction: Transaction, fees: Fees, records: OrderRecords, lists: OrderLists) -> None:
        self._books = books
        self._transaction = transaction
        self._fees = fees
        self._records = records
        self._lists = lists
        self._self_trades = SelfTrades(transaction, records, lists)

    def match(self, market: Market, taker: Order) -> tuple[list[Fill], list[PreventedMatch]]:
        """Trade until nothing remains or the other side is out of reach; the taker's fills, and the trades with itself it was spared."""
        book = market.book
        limit = None if taker.type in MARKET_LIKE else taker.price
        avoid = None if taker.stp_mode == "NONE" else taker.account
        fills: list[Fill] = []
        prevented: list[PreventedMatch] = []
        while taker.remaining:
            for resting, quantity in book.take(taker.side, limit, taker.remaining, avoid):
                fills.append(self._trade(market, resting.owner, taker, quantity))
            own = book.within_reach(taker.side, limit) if avoid is not None and taker.remaining else None
            if own is None:
                break
            prevented.append(self._self_trades.prevent(market, own, taker))
        if taker.status == "FILLED":
            self._lists.filled(taker)
        return fills, prevented

    def rest(self, market: Market, order: Order) -> None:
        shown = min(order.iceberg_qty, order.remaining) if order.iceberg_qty else order.remaining
        market.book.add(Resting(order.order_id, order.side, order.price, order.remaining, shown, order.iceberg_qty, order.account, order))
        self._transaction.touch(market, order.side, order.price)

    def _trade(self, market: Market, maker: Order, taker: Order, quantity: int) -> Fill:
        if maker.list_id != NO_LIST and not maker.executed:
            self._lists.executing(maker)
        spec, now = market.spec, self._transaction.now_ms
        maker_account, taker_account = self._books.accounts[maker.account], self._books.accounts[taker.account]
        price = maker.price
        quote = notional(price, quantity)
        trade_id = market.take_trade_id(scripted=maker_account.is_scripted and taker_account.is_scripted)
        trade = Trade(trade_id, price, quantity, quote, now)
        maker_fee, taker_fee = fee_of(maker, trade, spec, self._fees.maker), fee_of(taker, trade, spec, self._fees.taker)
        postings = trade_postings(maker, trade, maker_fee, spec) + trade_postings(taker, trade, taker_fee, spec)
        if maker.iceberg_qty:
            shown_less(maker, quantity, self._transaction.next_seq())
        execute(maker, trade, maker_fee)
        execute(taker, trade, taker_fee)
        line = TradeLine(
            trade_id=trade_id,
            symbol=spec.symbol,
            price=canonical(price),
            quantity=canonical(quantity),
            quote_quantity=canonical(quote),
            taker_side=taker.side,
            maker=_trade_side(maker, maker_fee),
            taker=_trade_side(taker, taker_fee),
            postings=[],
        )
        self._transaction.posted(line, postings)
        self._transaction.touch(market, maker.side, price)
        public = PublicTrade(spec.symbol, trade_id, price, quantity, quote, maker.side == BUY, now, taker.order_id)
        market.traded(public)
        self._transaction.event(public)
        maker_fill, taker_fill = fill_of(maker, trade, maker_fee, maker=True), fill_of(taker, trade, taker_fee, maker=False)
        maker_account.fills.append(maker_fill)
        taker_account.fills.append(taker_fill)
        self._filled(maker, maker_fill, internal=maker_account.is_internal)
        self._filled(taker, taker_fill, internal=taker_account.is_internal)
        if not maker.remaining:
            self._lists.filled(maker)
        return taker_fill

    def _filled(self, order: Order, fill: Fill, *, internal: bool) -> None:
        self._records.report(order, "TRADE", fill=fill)
        if not internal and order.executed == fill.quantity:
            self._transaction.event(FirstFill(order.account, order.symbol, fill.maker, fill.time_ms))


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
