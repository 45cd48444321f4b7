"""Scripts: JSON lines of timed steps, checked row by row (file, line, key). The same rows come by keyword through the admin API.

`at_ms` counts from the script's beginning; a row without it happens with the row before. Rows of one time are one unbroken step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..core.amounts import parse_e8
from ..core.errors import VenueError
from ..core.filters import check_price, check_quantity
from ..core.orders import Side, TradingStatus
from ..core.symbols import SymbolSpec
from ..errors import MarketError
from .problems import read_bytes
from .steps import Book, Cancel, Command, Levels, MoveClock, Pause, Print, Rest, Shift, Status, Step, Take

_AT = re.compile(r" - at `\$\.?(.*)`$")
_MOST_SHIFTS = 100_000
LONGEST_MS = 10**10


class _Row(msgspec.Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    at_ms: int | None = None


class _Book(_Row, tag="book"):
    symbol: str
    bids: list[tuple[str, str]] = msgspec.field(default_factory=list)
    asks: list[tuple[str, str]] = msgspec.field(default_factory=list)


class _Trade(_Row, tag="trade"):
    symbol: str
    side: Side
    quantity: str
    price: str | None = None


class _Print(_Row, tag="print"):
    symbol: str
    price: str
    quantity: str
    side: Side = "BUY"


class _Order(_Row, tag="order"):
    symbol: str
    side: Side
    price: str
    quantity: str
    name: str


class _Cancel(_Row, tag="cancel"):
    symbol: str
    name: str


class _Move(_Row, tag="move"):
    """The ladder's middle goes to `to`, by even steps, over `over_ms`."""

    symbol: str
    to: str
    start: str
    steps: int
    over_ms: int = 0


class _Pause(_Row, tag="pause"):
    pass


class _Status(_Row, tag="status"):
    symbol: str
    status: TradingStatus


class _Clock(_Row, tag="clock"):
    advance_ms: int | None = None
    skew_ms: int | None = None


Row = _Book | _Trade | _Print | _Order | _Cancel | _Status | _Move | _Pause | _Clock


class RowError(ValueError):
    """A row that is wrong: `key` names where, the text what was expected and what came."""

    def __init__(self, key: str, text: str) -> None:
        super().__init__(f"key {key}: {text}" if key else text)


class Script:
    """Fulfils source.Source for `[script]`. Small enough to be held: a script is written by hand."""

    recorded_symbols: frozenset[str] = frozenset()

    def __init__(self, file: Path, specs: dict[str, SymbolSpec]) -> None:
        self._steps = list(read_script(read_bytes(file), specs, str(file)))
        self.count: int | None = len(self._steps)

    def steps(self) -> Iterator[Step]:
        return iter(self._steps)

    def trade_ids(self) -> tuple[int, int] | None:
        return None

    def exchange_info(self) -> dict[str, Any] | None:
        return None

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return None


def read_script(content: bytes, specs: dict[str, SymbolSpec], name: str) -> list[Step]:
    """The steps of a script's bytes. Raises MarketError naming file, line and key."""
    timed: list[tuple[int, Command]] = []
    last_ms = 0
    for number, line in enumerate(content.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row: Row = decode_row(line)
            last_ms, commands = commands_of(row, last_ms, specs)
        except RowError as error:
            raise MarketError(f"{name}, line {number}: {error}; correct the file") from None
        timed += commands
        last_ms = commands[-1][0] if isinstance(row, _Move) else last_ms
    return together(timed)


def decode_row(line: bytes) -> Row:
    """One row. Raises RowError."""
    try:
        return msgspec.json.decode(line, type=Row)
    except msgspec.ValidationError as error:
        at = _AT.search(str(error))
        raise RowError(at[1] if at else "", _AT.sub("", str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RowError("", f'expected a JSON object such as {{"at_ms": 0, "do": "pause"}}, came {line[:80]!r} ({error})') from None


def commands_of(row: Row, last_ms: int, specs: dict[str, SymbolSpec]) -> tuple[int, list[tuple[int, Command]]]:
    """(the row's time, its commands with their times). Raises RowError."""
    at_ms = last_ms if row.at_ms is None else row.at_ms
    if not last_ms <= at_ms <= LONGEST_MS:
        raise RowError("at_ms", f"expected a time from {last_ms} (that of the row before) to {LONGEST_MS}, came {at_ms}")
    if isinstance(row, _Move):
        return at_ms, list(_shifts(row, at_ms, specs))
    return at_ms, [(at_ms, _command(row, specs))]


def together(timed: Iterable[tuple[int, Command]]) -> list[Step]:
    """Commands of one time become one step."""
    steps: list[Step] = []
    gathered: list[Command] = []
    began_ms = 0
    for at_ms, command in timed:
        if gathered and at_ms != began_ms:
            steps.append(Step(began_ms, tuple(gathered)))
            gathered = []
        began_ms = at_ms
        gathered.append(command)
    if gathered:
        steps.append(Step(began_ms, tuple(gathered)))
    return steps


def _command(row: Row, specs: dict[str, SymbolSpec]) -> Command:
    match row:
        case _Pause():
            return Pause()
        case _Clock():
            return _clock(row)
        case _Move():
            raise AssertionError("a move is many commands")
    spec = specs.get(row.symbol)
    if spec is None:
        raise _unknown(row.symbol, specs)
    return _order(row, spec)


def _order(row: _Book | _Trade | _Print | _Order | _Cancel | _Status, spec: SymbolSpec) -> Command:
    match row:
        case _Cancel():
            return Cancel(spec.symbol, row.name)
        case _Status():
            return Status(spec.symbol, row.status)
        case _Book():
            return _book(row, spec)
        case _Trade():
            price = None if row.price is None else _price("price", row.price, spec)
            return Take(spec.symbol, row.side, _quantity("quantity", row.quantity, spec), price)
        case _Print():
            return Print(spec.symbol, row.side, _price("price", row.price, spec), _quantity("quantity", row.quantity, spec))
        case _Order():
            return Rest(spec.symbol, row.side, _price("price", row.price, spec), _quantity("quantity", row.quantity, spec), row.name)


def _clock(row: _Clock) -> MoveClock:
    if (row.advance_ms is None) == (row.skew_ms is None):
        raise RowError("advance_ms", "expected exactly one of advance_ms and skew_ms")
    if row.advance_ms is not None and row.advance_ms < 0:
        raise RowError("advance_ms", f"expected 0 or more, came {row.advance_ms}")
    return MoveClock(row.advance_ms, row.skew_ms)


def _book(row: _Book, spec: SymbolSpec) -> Book:
    bids, asks = _levels("bids", row.bids, spec), _levels("asks", row.asks, spec)
    for key, side in (("bids", bids), ("asks", asks)):
        if len({price for price, _ in side}) != len(side):
            raise RowError(key, "expected each price once, came one twice")
    if bids and asks and max(bids)[0] >= min(asks)[0]:
        raise RowError("asks", "expected the best bid below the best ask")
    return Book(spec.symbol, sorted(bids, reverse=True), sorted(asks))


def _shifts(row: _Move, at_ms: int, specs: dict[str, SymbolSpec]) -> Iterator[tuple[int, Command]]:
    if row.symbol not in specs:
        raise _unknown(row.symbol, specs)
    spec = specs[row.symbol]
    start, to = _price("start", row.start, spec), _price("to", row.to, spec)
    if not 1 <= row.steps <= _MOST_SHIFTS:
        raise RowError("steps", f"expected 1 to {_MOST_SHIFTS} steps, came {row.steps}")
    if not 0 <= row.over_ms <= LONGEST_MS:
        raise RowError("over_ms", f"expected 0 to {LONGEST_MS}, came {row.over_ms}")
    for number in range(1, row.steps + 1):
        yield at_ms + row.over_ms * number // row.steps, Shift(spec.symbol, start + (to - start) * number // row.steps)


def _levels(key: str, levels: list[tuple[str, str]], spec: SymbolSpec) -> Levels:
    return [
        (_price(f"{key}[{number}][0]", price, spec), _quantity(f"{key}[{number}][1]", quantity, spec))
        for number, (price, quantity) in enumerate(levels)
    ]


def _price(key: str, text: str, spec: SymbolSpec) -> int:
    return _checked(key, text, spec, check_price, "PRICE_FILTER")


def _quantity(key: str, text: str, spec: SymbolSpec) -> int:
    return _checked(key, text, spec, check_quantity, "LOT_SIZE")


def _checked(key: str, text: str, spec: SymbolSpec, check: Any, name: str) -> int:
    try:
        amount = parse_e8(text)
        check(spec, amount)
    except ValueError as error:
        raise RowError(key, str(error)) from None
    except VenueError:
        raise RowError(key, f"expected an amount that {name} of {spec.symbol} lets through, came {text!r}") from None
    if not amount:
        raise RowError(key, f"expected an amount above 0, came {text!r}")
    return amount


def _unknown(symbol: str, specs: dict[str, SymbolSpec]) -> RowError:
    return RowError("symbol", f"expected one of {', '.join(specs)}, came {symbol!r}")
