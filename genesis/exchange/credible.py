"""What an answer must say to be the answer to what was asked: the right order, the right market, the right page, and sums that add up.
Pure. Each function gives a check, which raises MalformedMessage with what was expected and what came; nothing of such an answer is used.

That an answer is credible does not make it true: what it says is compared with our books afterwards (`engine/reconciler.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import pairwise

from genesis.core import money
from genesis.core.order_state_machine import VENUE_EVENTS, OrderEvent
from genesis.exchange import translate, wire
from genesis.exchange.errors import MalformedMessage

_LIVING = (OrderEvent.ACCEPTED, OrderEvent.PARTLY_FILLED)
_ENDED = frozenset(status for status, event in VENUE_EVENTS.items() if event not in _LIVING)


def server_time(answer: wire.ServerTime) -> None:
    translate.time_ms(answer.server_time, "time.serverTime")


def exchange_info(symbols: tuple[str, ...]) -> Callable[[wire.ExchangeInfo], None]:
    """Each of these symbols once, of the two assets that its name says, with bounds the right way round."""

    def check(answer: wire.ExchangeInfo) -> None:
        _once((info.symbol for info in answer.symbols), "exchangeInfo.symbols")
        absent = [symbol for symbol in symbols if symbol not in {info.symbol for info in answer.symbols}]
        if absent:
            raise MalformedMessage(f"exchangeInfo: expected symbol {absent[0]}, got {len(answer.symbols)} others")
        for info in answer.symbols:
            _rules(info)

    return check


def _rules(info: wire.SymbolInfo) -> None:
    rules = translate.symbol_rules("", info)
    if rules.symbol != f"{rules.base}{rules.quote}":
        raise MalformedMessage(f"exchangeInfo of {info.symbol}: expected its own assets, got {rules.base} and {rules.quote}")
    for name, least, most in (("Price", rules.min_price, rules.max_price), ("Qty", rules.min_qty, rules.max_qty)):
        if most != money.ZERO and least > most:
            raise MalformedMessage(f"exchangeInfo of {info.symbol}: expected min{name} <= max{name}, got {least} > {most}")


def depth(answer: wire.DepthSnapshot) -> None:
    """Its levels are judged by the book."""
    translate.number(answer.last_update_id, "depth.lastUpdateId")


def account(answer: wire.AccountInfo) -> None:
    """Each asset once, with amounts that can be."""
    _once((entry.asset for entry in answer.balances), "account.balances")
    for entry in answer.balances:
        translate.asset_balance(entry.asset, entry.free, entry.locked)


def order(symbol: str, client_order_id: str) -> Callable[[wire.RestOrder], None]:
    def check(answer: wire.RestOrder) -> None:
        if (answer.symbol, answer.client_order_id) != (symbol, client_order_id):
            raise MalformedMessage(
                f"order: expected {client_order_id} of {symbol}, got {answer.client_order_id[:40]!r} of {answer.symbol[:40]!r}"
            )
        _order(answer)

    return check


def open_orders(symbol: str | None) -> Callable[[list[wire.RestOrder]], None]:
    """Open ones, each once."""

    def check(answer: list[wire.RestOrder]) -> None:
        _orders(answer, symbol)
        ended = [entry for entry in answer if entry.status in _ENDED]
        if ended:
            raise MalformedMessage(f"openOrders: expected open orders, got {ended[0].status} order {ended[0].client_order_id[:40]!r}")

    return check


def orders(symbol: str, first: int, most: int) -> Callable[[list[wire.RestOrder]], None]:
    """A page of at most `most` orders, in the order of their numbers, from `first` on: one that stood still would be read for ever."""

    def check(answer: list[wire.RestOrder]) -> None:
        _orders(answer, symbol)
        _page([entry.order_id for entry in answer], first, most, "allOrders.orderId")

    return check


def trades(symbol: str, first: int, most: int, order_id: int | None = None) -> Callable[[list[wire.RestTrade]], None]:
    """A page of our trades, as `orders`; of one order only, if `order_id` is given."""

    def check(answer: list[wire.RestTrade]) -> None:
        for entry in answer:
            _trade(entry, symbol, order_id)
        _page([entry.id for entry in answer], first, most, "myTrades.id")

    return check


def klines(interval_ms: int, from_ms: int, to_ms: int, most: int) -> Callable[[list[wire.Kline]], None]:
    """Bars of that length that open between these times, each once and in order, at prices above 0."""

    def check(answer: list[wire.Kline]) -> None:
        _page([row[0] for row in answer], from_ms, most, "kline[0]")
        for row in answer:
            opened, closed = row[0], row[6]
            if opened % interval_ms or closed != opened + interval_ms - 1 or opened > to_ms:
                raise MalformedMessage(f"kline: expected {interval_ms} ms from a multiple of them, until {to_ms}, got {opened} to {closed}")
            bar = translate.bar("", "", row)
            if bar.low == money.ZERO or bar.trades < 0:
                raise MalformedMessage(f"kline[{opened}]: expected prices above 0 and a number of trades, got {row[3]!r} and {row[8]}")

    return check


def _orders(answer: list[wire.RestOrder], symbol: str | None) -> None:
    for entry in answer:
        if symbol is not None and entry.symbol != symbol:
            raise MalformedMessage(f"orders: expected those of {symbol}, got one of {entry.symbol[:40]!r}")
        _order(entry)
    _once((f"{entry.symbol} {entry.order_id}" for entry in answer), "orders")


def _order(entry: wire.RestOrder) -> None:
    """Executed is at most what was ordered, all of it where it is FILLED, nothing where it is NEW."""
    placed = translate.placed_order(entry)
    executed, quantity = placed.executed, placed.quantity
    fits = {"NEW": executed == money.ZERO, "FILLED": executed == quantity}.get(entry.status, executed <= quantity)
    if (quantity != money.ZERO and not fits) or executed == money.ZERO != placed.cum_quote:
        raise MalformedMessage(
            f"order {entry.client_order_id[:40]!r}: expected sums that add up, got {entry.status[:40]} with {entry.executed_qty} of "
            f"{entry.orig_qty} executed for {entry.cummulative_quote_qty}"
        )


def _trade(entry: wire.RestTrade, symbol: str, order_id: int | None) -> None:
    if entry.symbol != symbol or order_id not in (None, entry.order_id):
        wanted = f"order {order_id} of {symbol}" if order_id is not None else symbol
        raise MalformedMessage(f"myTrades: expected those of {wanted}, got one of order {entry.order_id} of {entry.symbol[:40]!r}")
    translate.number(entry.order_id, "trade.orderId")
    fill = translate.rest_fill("", entry, "")
    if fill.price <= money.ZERO or fill.quantity <= money.ZERO:
        raise MalformedMessage(f"trade {entry.id}: expected amounts above 0, got {entry.qty} at {entry.price}")
    translate.adds_up(f"trade {entry.id}", fill.price, fill.quantity, fill.quote_quantity)


def _once(names: Iterable[str], field: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise MalformedMessage(f"{field}: expected each once, got {name[:80]!r} twice")
        seen.add(name)


def _page(numbers: list[int], first: int, most: int, field: str) -> None:
    if len(numbers) > most:
        raise MalformedMessage(f"{field}: expected a page of at most {most}, got {len(numbers)}")
    if numbers and numbers[0] < first:
        raise MalformedMessage(f"{field}: expected {first} or more, got {numbers[0]}")
    for before, after in pairwise(numbers):
        if after <= before:
            raise MalformedMessage(f"{field}: expected each once and in order, got {after} after {before}")
