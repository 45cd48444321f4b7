"""Where recorded market data lies, and how its files are read. Absent data skips the test with the reason."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from libraries.common.errors import DataMissing, WrongArgument
from libraries.market_data_keywords.local_book import LocalBook

_REPOSITORY = Path(__file__).resolve().parents[2]
CAPTURE_FILES = ("exchangeInfo.json", "depth-snapshots.jsonl", "stream.jsonl")


def data_directory() -> Path:
    """GENESIS_DATA_DIR, or the directory `shared/data` beside the checkout."""
    named = os.environ.get("GENESIS_DATA_DIR")
    return Path(named) if named else _REPOSITORY.parent / "shared" / "data"


def recorded_file(name: str) -> Path:
    """The path of one file (or directory) of recorded data.

    Raises:
        DataMissing: it is not there: the test is skipped.
        WrongArgument: the name leads out of the data directory.
    """
    directory = data_directory()
    path = directory / name
    if not path.resolve().is_relative_to(directory.resolve()):
        raise WrongArgument(f"recorded data must lie inside the data directory, got {name!r}")
    if not path.exists():
        raise DataMissing(
            f"recorded data {name!r} is absent: looked in {directory}; set GENESIS_DATA_DIR to the directory that holds it to run this test"
        )
    return path


def capture_directory(name: str) -> Path:
    """A directory with a whole capture (exchangeInfo, snapshots, stream)."""
    path = recorded_file(name)
    for file in CAPTURE_FILES:
        recorded_file(f"{name}/{file}")
    return path


@dataclass(frozen=True)
class RecordedTrade:
    """One public trade; `buyer_is_maker` means that a sell order hit the bid."""

    trade_id: int
    price: Decimal
    quantity: Decimal
    time_ms: int
    buyer_is_maker: bool


@dataclass(frozen=True)
class RecordedQuote:
    """Best bid and ask from `time_ms` on."""

    time_ms: int
    bid: Decimal
    bid_size: Decimal
    ask: Decimal
    ask_size: Decimal


def read_trades(path: Path) -> list[RecordedTrade]:
    """All trades of a file with the columns of Binance's public trade dumps, in file order."""
    return [
        RecordedTrade(
            trade_id=int(row["id"]),
            price=_amount(row, "price", path, line),
            quantity=_amount(row, "qty", path, line),
            time_ms=int(row["time"]),
            buyer_is_maker=row["is_buyer_maker"] == "True",
        )
        for line, row in _rows(path)
    ]


def read_quotes(path: Path) -> list[RecordedQuote]:
    """All quotes of a file with the columns time, bid, bid_size, ask, ask_size, in file order."""
    return [
        RecordedQuote(
            time_ms=int(row["time"]),
            bid=_amount(row, "bid", path, line),
            bid_size=_amount(row, "bid_size", path, line),
            ask=_amount(row, "ask", path, line),
            ask_size=_amount(row, "ask_size", path, line),
        )
        for line, row in _rows(path)
    ]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from enumerate(csv.DictReader(file), start=2)


def _amount(row: dict[str, str], column: str, path: Path, line: int) -> Decimal:
    try:
        return Decimal(row[column])
    except (InvalidOperation, KeyError) as wrong:
        raise WrongArgument(f"{path.name} line {line} column {column}: expected a decimal number, got {row.get(column)!r}") from wrong


def book_of_capture(directory: Path, symbol: str) -> LocalBook:
    """The book of `symbol` after the whole capture: its snapshot and every later depth event.

    Raises:
        WrongArgument: the capture holds no snapshot of the symbol.
    """
    snapshots: dict[str, dict[str, Any]] = {}
    for line in (directory / "depth-snapshots.jsonl").read_text(encoding="utf-8").splitlines():
        record = json.loads(line)
        snapshots.setdefault(record["symbol"], record["body"])
    if symbol not in snapshots:
        raise WrongArgument(f"the capture {directory.name} has no book of {symbol}; it has {', '.join(sorted(snapshots))}")
    book = LocalBook.from_snapshot(symbol, snapshots[symbol])
    for line in (directory / "stream.jsonl").read_text(encoding="utf-8").splitlines():
        data = json.loads(line)["message"]["data"]
        if data.get("e") == "depthUpdate" and data["s"] == symbol:
            book.apply(data)
    return book
