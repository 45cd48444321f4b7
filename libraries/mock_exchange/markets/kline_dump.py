"""Kline dumps as steps: each candle becomes a few prints that give exactly that candle again.

A rising candle (close >= open) is played open, low, high, close; a falling one open, high, low, close; a price that repeats the one
before is left out. The volume is dealt out evenly in steps of the symbol, what does not divide goes to the last print. The takers buy
first: as much as the dump's taker buy volume says, and the print in which that ends is split into a buy and a sell. So open, high, low,
close, volume and taker buy volume come back exactly; the quote volume and the number of trades do not (a kline does not say at which
prices how much was traded). A candle without volume is played as silence: the venue repeats the last close, as Binance's klines do.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from ..core.amounts import floor_to, text8
from ..core.orders import Side
from ..core.symbols import SymbolSpec
from .csv_rows import Layout, Row, rows
from .dumps import Ladder, in_order, price_of, smallest, within
from .problems import wrong
from .steps import Print, Step

KLINES = Layout(
    (
        "open_time",
        "open",
        "high",
        "low",
        "close",
        "volume",
        "close_time",
        "quote_volume",
        "count",
        "taker_buy_volume",
        "taker_buy_quote_volume",
        "ignore",
    ),
    frozenset({"open_time", "open", "high", "low", "close", "volume", "close_time"}),
    {"quoteassetvolume": "quote_volume", "numberoftrades": "count", "takerbuybaseassetvolume": "taker_buy_volume"},
)


class _Candle(msgspec.Struct, frozen=True):
    open_ms: int
    close_ms: int
    open: int
    high: int
    low: int
    close: int
    volume: int
    taker_buys: int


def kline_steps(file: Path, spec: SymbolSpec, ladder: Ladder) -> Iterator[Step]:
    """The prints of all candles, at even distances between a candle's open and close time."""
    last_ms = 0
    for row in rows(file, KLINES):
        candle = _candle(row, spec, last_ms)
        last_ms = candle.close_ms
        prints = _prints(row, candle, spec)
        for number, each in enumerate(prints):
            at_ms = candle.open_ms + (candle.close_ms - candle.open_ms) * number // len(prints)
            yield Step(at_ms, (ladder.around(spec, each.price, each.side), each))


def _candle(row: Row, spec: SymbolSpec, last_ms: int) -> _Candle:
    open_ms = in_order(row, "open_time", last_ms)
    close_ms = row.time_ms("close_time")
    if close_ms <= open_ms:
        raise wrong(row.file, f"a close_time after the open_time {open_ms}", str(close_ms), line=row.line, column="close_time")
    opened, high, low, close = (price_of(row, column, spec) for column in ("open", "high", "low", "close"))
    if high < max(opened, close, low):
        raise wrong(row.file, "a high that is the highest of the four prices", repr(row.text("high")), line=row.line, column="high")
    if low > min(opened, close):
        raise wrong(row.file, "a low that is the lowest of the four prices", repr(row.text("low")), line=row.line, column="low")
    volume = floor_to(row.units("volume", zero=True), spec.step_size)
    buys = volume // 2
    if row.has("taker_buy_volume"):
        buys = within(row, "taker_buy_volume", floor_to(row.units("taker_buy_volume", zero=True), spec.step_size), 0, volume or 1)
    return _Candle(open_ms, close_ms, opened, high, low, close, volume, floor_to(buys, spec.step_size))


def _prints(row: Row, candle: _Candle, spec: SymbolSpec) -> list[Print]:
    if not candle.volume:
        return []
    prices = _way(candle)
    least, step = smallest(spec), max(spec.step_size, 1)
    if candle.volume < least * len(prices):
        expected = f"a volume of at least {len(prices)} x {text8(least)} for {len(prices)} different prices"
        raise wrong(row.file, expected, repr(row.text("volume")), line=row.line, column="volume")
    each = floor_to(candle.volume // len(prices), step)
    sizes = [each] * (len(prices) - 1)
    sizes.append(candle.volume - sum(sizes))
    return list(_dealt(spec, prices, sizes, buys=candle.taker_buys))


def _dealt(spec: SymbolSpec, prices: list[int], sizes: list[int], *, buys: int) -> Iterator[Print]:
    """Buys first; a part below the smallest quantity joins its neighbour."""
    least = smallest(spec)
    for price, size in zip(prices, sizes, strict=True):
        bought = min(buys, size)
        if bought < least:
            bought = 0
        elif size - bought < least:
            bought = size
        buys -= min(buys, bought)
        parts: tuple[tuple[Side, int], ...] = (("BUY", bought), ("SELL", size - bought))
        yield from (Print(spec.symbol, side, price, lot) for side, part in parts for lot in _lots(part, spec))


def _lots(quantity: int, spec: SymbolSpec) -> Iterator[int]:
    """The quantity in lots that LOT_SIZE lets through."""
    while spec.max_qty and quantity > spec.max_qty:
        lot = spec.max_qty if quantity - spec.max_qty >= smallest(spec) else floor_to(quantity // 2, spec.step_size)
        quantity -= lot
        yield lot
    if quantity:
        yield quantity


def _way(candle: _Candle) -> list[int]:
    middle = [candle.low, candle.high] if candle.close >= candle.open else [candle.high, candle.low]
    way = [candle.open]
    for price in (*middle, candle.close):
        if price != way[-1]:
            way.append(price)
    return way
