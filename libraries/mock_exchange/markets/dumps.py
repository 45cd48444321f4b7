"""Public dumps as steps: trades, aggregated trades, best quotes. Streamed; only reading the files is not pure.

Rules (also what an independent computation has to follow):
- Prices are rounded down to the tick, sizes and quantities down to the step. A quote's size below the smallest quantity becomes the
  smallest quantity. A trade whose quantity falls below it is skipped: its step does nothing.
- At equal times quotes come before trades; otherwise the order of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..core.amounts import floor_to, text8
from ..core.orders import Side
from ..core.symbols import SymbolSpec
from .csv_rows import Layout, Row, rows
from .problems import wrong
from .steps import Book, Command, Levels, Print, Step

TRADES = Layout(
    ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"),
    frozenset({"id", "price", "qty", "time", "is_buyer_maker"}),
    {"tradeid": "id", "quantity": "qty", "quoteqty": "quote_qty"},
)
AGG_TRADES = Layout(
    ("agg_trade_id", "price", "qty", "first_trade_id", "last_trade_id", "time", "is_buyer_maker", "is_best_match"),
    frozenset({"agg_trade_id", "price", "qty", "first_trade_id", "last_trade_id", "time", "is_buyer_maker"}),
    {
        "a": "agg_trade_id",
        "aggid": "agg_trade_id",
        "p": "price",
        "q": "qty",
        "quantity": "qty",
        "f": "first_trade_id",
        "first": "first_trade_id",
        "l": "last_trade_id",
        "last": "last_trade_id",
        "t": "time",
        "transacttime": "time",
        "m": "is_buyer_maker",
    },
)
QUOTES = Layout(("time", "bid", "bid_size", "ask", "ask_size"), frozenset({"time", "bid", "bid_size", "ask", "ask_size"}))


class Ladder(msgspec.Struct, frozen=True):
    """What `market` offers around the last price of a recording without quotes: so many levels, a tick apart, of this size."""

    levels: int
    size: int
    spread_ticks: int

    def around(self, spec: SymbolSpec, price: int, taker: Side) -> Book:
        """The last price is the touched one: the best ask after a buy, the best bid after a sell."""
        tick = max(spec.tick_size, 1)
        bid = price - self.spread_ticks * tick if taker == "BUY" else price
        ask = price if taker == "BUY" else price + self.spread_ticks * tick
        lowest, highest = max(spec.min_price, tick), spec.max_price or ask + self.levels * tick
        bids: Levels = [(bid - number * tick, self.size) for number in range(self.levels) if bid - number * tick >= lowest]
        asks: Levels = [(ask + number * tick, self.size) for number in range(self.levels) if ask + number * tick <= highest]
        return Book(spec.symbol, bids, asks)


def quote_steps(file: Path, spec: SymbolSpec) -> Iterator[Step]:
    """A step per quote, its time as recorded."""
    last_ms = 0
    for row in rows(file, QUOTES):
        last_ms = in_order(row, "time", last_ms)
        bid, bid_size, ask = price_of(row, "bid", spec), _size(row, "bid_size", spec), price_of(row, "ask", spec)
        if bid >= ask:
            came = f"bid {text8(bid)} and ask {text8(ask)} (rounded down to the tick {text8(spec.tick_size)})"
            raise wrong(file, "a bid below the ask", came, line=row.line, column="ask")
        yield Step(last_ms, (Book(spec.symbol, [(bid, bid_size)], [(ask, _size(row, "ask_size", spec))]),))


def trade_steps(file: Path, spec: SymbolSpec, ladder: Ladder | None, *, aggregated: bool) -> Iterator[Step]:
    """A step per trade, its time and id as recorded; an aggregate is one print that bears its last trade's id."""
    layout, id_column = (AGG_TRADES, "last_trade_id") if aggregated else (TRADES, "id")
    last_ms, last_id = 0, 0
    for row in rows(file, layout):
        last_ms = in_order(row, "time", last_ms)
        trade_id = row.integer(id_column)
        if trade_id <= last_id:
            raise wrong(file, f"an id above {last_id}", str(trade_id), line=row.line, column=id_column)
        last_id = trade_id
        taker: Side = "SELL" if row.truth("is_buyer_maker") else "BUY"
        quantity = within(row, "qty", floor_to(row.units("qty"), spec.step_size), 0, spec.max_qty)
        price = price_of(row, "price", spec)
        yield Step(last_ms, _print(spec, Print(spec.symbol, taker, price, quantity, trade_id), ladder), trade_id)


def _print(spec: SymbolSpec, asked: Print, ladder: Ladder | None) -> tuple[Command, ...]:
    if asked.quantity < smallest(spec):
        return ()
    return (asked,) if ladder is None else (ladder.around(spec, asked.price, asked.side), asked)


def in_order(row: Row, column: str, last_ms: int) -> int:
    """A time that does not go back. Raises MarketError."""
    time_ms = row.time_ms(column)
    if time_ms < last_ms:
        raise wrong(row.file, f"a time not before {last_ms}", str(time_ms), line=row.line, column=column)
    return time_ms


def price_of(row: Row, column: str, spec: SymbolSpec) -> int:
    return within(row, column, floor_to(row.units(column), spec.tick_size), max(spec.min_price, 1), spec.max_price)


def smallest(spec: SymbolSpec) -> int:
    """The smallest quantity that LOT_SIZE lets through."""
    return max(spec.step_size, spec.min_qty, 1)


def within(row: Row, column: str, amount: int, lowest: int, highest: int) -> int:
    """The rounded amount, if the symbol's filters take it; a highest of 0 disables that bound."""
    if amount < lowest or (highest and amount > highest):
        expected = f"an amount that the symbol's filters take ({text8(lowest)} to {text8(highest)})"
        raise wrong(row.file, expected, row.text(column), line=row.line, column=column)
    return amount


def _size(row: Row, column: str, spec: SymbolSpec) -> int:
    return within(row, column, max(floor_to(row.units(column), spec.step_size), smallest(spec)), 0, spec.max_qty)
