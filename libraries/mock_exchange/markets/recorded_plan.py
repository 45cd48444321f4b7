"""A recorded market as a list of steps: quotes and trades in time order, rounded to the symbol's rules. Pure but for reading the files.

Rules (also what an independent computation has to follow):
- Steps are ordered by time; at equal times quotes come before trades; otherwise the order of the file.
- Prices are rounded down to the tick, sizes and quantities down to the step. A quote's size below the smallest quantity becomes the
  smallest quantity. A trade whose quantity falls below it is skipped and counted.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..core.amounts import floor_to, text8
from ..core.orders import Side
from ..core.symbols import SymbolSpec
from .csv_rows import Row, rows
from .problems import wrong

TRADE_COLUMNS = ("id", "price", "qty", "time", "is_buyer_maker")
QUOTE_COLUMNS = ("time", "bid", "bid_size", "ask", "ask_size")


class Quote(msgspec.Struct, frozen=True):
    """Best bid and ask from `time_ms` on. Units 1e-8."""

    time_ms: int
    bid: int
    bid_size: int
    ask: int
    ask_size: int


class RecordedTrade(msgspec.Struct, frozen=True):
    """A trade to play; `quantity` 0 = skipped (it rounds to nothing). Units 1e-8."""

    time_ms: int
    trade_id: int
    taker_side: Side
    price: int
    quantity: int


RecordedStep = Quote | RecordedTrade


class RecordedPlan:
    """All steps of a recorded market. `skipped` are the ids of the trades that are too small for the symbol's step."""

    def __init__(self, steps: list[RecordedStep]) -> None:
        self.steps = steps
        self.skipped = [step.trade_id for step in steps if isinstance(step, RecordedTrade) and not step.quantity]
        self._after = {step.trade_id: index for index, step in enumerate(steps, 1) if isinstance(step, RecordedTrade)}

    def position_after(self, trade_id: int) -> int:
        """How many steps are played when that recorded trade is the last one. Raises KeyError for an id that is not recorded."""
        return self._after[trade_id]

    @property
    def trade_ids(self) -> list[int]:
        return list(self._after)


def read_plan(trades: Path, quotes: Path, spec: SymbolSpec) -> RecordedPlan:
    """Read and check both files. Raises MarketError naming file, line and column."""
    steps: list[RecordedStep] = [*_quotes(quotes, spec), *_trades(trades, spec)]
    steps.sort(key=lambda step: (step.time_ms, isinstance(step, RecordedTrade)))
    return RecordedPlan(steps)


def _quotes(file: Path, spec: SymbolSpec) -> list[Quote]:
    quotes: list[Quote] = []
    last_ms = 0
    for row in rows(file, QUOTE_COLUMNS):
        last_ms = _not_before(row, last_ms)
        quote = Quote(
            last_ms, _price(row, "bid", spec), _size(row, "bid_size", spec), _price(row, "ask", spec), _size(row, "ask_size", spec)
        )
        if quote.bid >= quote.ask:
            came = f"bid {text8(quote.bid)} and ask {text8(quote.ask)} (rounded down to the tick {text8(spec.tick_size)})"
            raise wrong(file, "a bid below the ask", came, line=row.line, column="ask")
        quotes.append(quote)
    return quotes


def _trades(file: Path, spec: SymbolSpec) -> list[RecordedTrade]:
    trades: list[RecordedTrade] = []
    last_ms, last_id = 0, 0
    for row in rows(file, TRADE_COLUMNS):
        last_ms = _not_before(row, last_ms)
        trade_id = row.integer("id")
        if trade_id <= last_id:
            raise wrong(file, f"an id above {last_id}", str(trade_id), line=row.line, column="id")
        last_id = trade_id
        taker: Side = "SELL" if row.truth("is_buyer_maker") else "BUY"
        quantity = _within(row, "qty", floor_to(row.units("qty"), spec.step_size), 0, spec.max_qty)
        played = quantity if quantity >= _smallest(spec) else 0
        trades.append(RecordedTrade(last_ms, trade_id, taker, _price(row, "price", spec), played))
    return trades


def _not_before(row: Row, last_ms: int) -> int:
    time_ms = row.integer("time")
    if time_ms < last_ms:
        raise wrong(row.file, f"a time not before {last_ms}", str(time_ms), line=row.line, column="time")
    return time_ms


def _price(row: Row, column: str, spec: SymbolSpec) -> int:
    return _within(row, column, floor_to(row.units(column), spec.tick_size), max(spec.min_price, 1), spec.max_price)


def _size(row: Row, column: str, spec: SymbolSpec) -> int:
    return _within(row, column, max(floor_to(row.units(column), spec.step_size), _smallest(spec)), 0, spec.max_qty)


def _smallest(spec: SymbolSpec) -> int:
    return max(spec.step_size, spec.min_qty, 1)


def _within(row: Row, column: str, amount: int, lowest: int, highest: int) -> int:
    """The rounded amount, if the symbol's filters take it; a highest of 0 disables that bound."""
    if amount < lowest or (highest and amount > highest):
        expected = f"an amount that the symbol's filters take ({text8(lowest)} to {text8(highest)})"
        raise wrong(row.file, expected, row.text(column), line=row.line, column=column)
    return amount
