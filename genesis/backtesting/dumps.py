"""Public dumps as tapes: klines, trades and aggregated trades, told apart by their columns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from genesis.backtesting.csv_rows import Layout, Meter, Row, rows
from genesis.backtesting.errors import DataError, wrong
from genesis.backtesting.tape import Print, prints_of_bar
from genesis.core.models import Bar

KLINES: Final = Layout(
    "klines",
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
TRADES: Final = Layout(
    "trades",
    ("id", "price", "qty", "quote_qty", "time", "is_buyer_maker", "is_best_match"),
    frozenset({"id", "price", "qty", "time"}),
    {"tradeid": "id", "quantity": "qty"},
)
AGG_TRADES: Final = Layout(
    "aggregated trades",
    ("agg_trade_id", "price", "quantity", "first_trade_id", "last_trade_id", "timestamp", "is_buyer_maker", "is_best_match"),
    frozenset({"agg_trade_id", "price", "quantity", "timestamp"}),
    {"aggtradeid": "agg_trade_id", "qty": "quantity", "transacttime": "timestamp", "time": "timestamp"},
)
LAYOUTS: Final = (KLINES, TRADES, AGG_TRADES)
_NAMED: Final = re.compile(r"(?P<symbol>[A-Z0-9]{5,20})(?:[-_.].*)?")


def symbol_of(file: Path, known: tuple[str, ...]) -> str:
    """The symbol that a file's name begins with, as in BTCUSDT-1m-2025-01.csv.

    Raises:
        DataError: it begins with none that the configuration trades.
    """
    match = _NAMED.fullmatch(file.name)
    if match is None or match["symbol"] not in known:
        raise DataError(
            f"{file}: expected a name that begins with a symbol of the configuration ({', '.join(known)}), such as "
            f"{known[0]}-1m-2025-01.csv; rename the file, or write {known[0]}={file}"
        )
    return match["symbol"]


def tape_of(file: Path, venue: str, symbol: str, first_after_ms: int, meter: Meter = lambda _bytes: None) -> Iterator[Print]:
    """The trades of one dump, in order.

    Raises:
        DataError: a row is wrong, or older than the one before it.
    """
    last_ms = -1
    for layout, row in rows(file, LAYOUTS, meter):
        if layout is KLINES:
            bar = _bar(row, venue, symbol, last_ms)
            last_ms = bar.close_ms
            yield from prints_of_bar(bar, first_after_ms)
        else:
            time, quantity = ("time", "qty") if layout is TRADES else ("timestamp", "quantity")
            last_ms = _not_before(row, time, last_ms)
            yield Print(last_ms, venue, symbol, row.amount("price"), row.amount(quantity))


def _not_before(row: Row, column: str, last_ms: int) -> int:
    time_ms = row.time_ms(column)
    if time_ms < last_ms:
        raise wrong(row.file, f"a time not before {last_ms}", str(time_ms), line=row.line, column=column)
    return time_ms


def _bar(row: Row, venue: str, symbol: str, last_ms: int) -> Bar:
    open_ms, close_ms = _not_before(row, "open_time", last_ms + 1), row.time_ms("close_time")
    if close_ms <= open_ms:
        raise wrong(row.file, f"a close_time after the open_time {open_ms}", str(close_ms), line=row.line, column="close_time")
    opened, high, low, close = (row.amount(column) for column in ("open", "high", "low", "close"))
    if high < max(opened, close, low):
        raise row.wrong("high", "a high that is the highest of the four prices")
    if low > min(opened, close):
        raise row.wrong("low", "a low that is the lowest of the four prices")
    volume = row.amount("volume", zero=True)
    return Bar(
        venue=venue,
        symbol=symbol,
        open_ms=open_ms,
        close_ms=close_ms,
        open=opened,
        high=high,
        low=low,
        close=close,
        volume=volume,
        trades=4 if volume else 0,
    )
