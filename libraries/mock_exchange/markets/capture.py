"""A recorded conversation (`--recording DIR`): exchangeInfo.json, depth-snapshots.jsonl, stream.jsonl, checked and kept byte for byte."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..core.amounts import parse_e8
from ..core.symbols import SymbolSpec
from ..errors import MarketError
from .problems import read_bytes, wrong
from .steps import Publish, Step

INFO_FILE = "exchangeInfo.json"
SNAPSHOTS_FILE = "depth-snapshots.jsonl"
STREAM_FILE = "stream.jsonl"


class _Symbol(msgspec.Struct):
    symbol: str
    baseAsset: str
    quoteAsset: str
    filters: list[dict[str, Any]]


class _Info(msgspec.Struct):
    symbols: list[_Symbol]


class _Snapshot(msgspec.Struct):
    symbol: str
    body: dict[str, Any]


class _SnapshotBody(msgspec.Struct):
    lastUpdateId: int
    bids: list[tuple[str, str]]
    asks: list[tuple[str, str]]


class _Wrapped(msgspec.Struct):
    stream: str
    data: msgspec.Raw


class _Line(msgspec.Struct):
    message: _Wrapped
    received: float = 0.0


class Capture:
    """Fulfils source.Source for `--recording DIR`: this exchangeInfo, this depth answer per symbol, these messages in this order.

    A step is one message; its time is when it was received. Raises MarketError naming file, line and key.
    """

    recorded_symbols: frozenset[str] = frozenset()

    def __init__(self, directory: Path) -> None:
        info_file = directory / INFO_FILE
        self._info: dict[str, Any] = _decode(info_file, None, read_bytes(info_file), dict[str, Any])
        self._symbols = {spec.symbol for spec in read_symbols(directory)}
        self._snapshots = _snapshots(directory / SNAPSHOTS_FILE, self._symbols)
        self._stream = directory / STREAM_FILE
        self.count: int | None = sum(1 for _ in self.steps())
        if not self.count:
            raise wrong(self._stream, "at least one message", "an empty file")

    def steps(self) -> Iterator[Step]:
        """The messages, read from the file as they are asked for."""
        first_ms, last_ms = None, 0
        for number, line in _lines(self._stream):
            record: _Line = _decode(self._stream, number, line, _Line)
            received_ms = round(record.received * 1000)
            first_ms = received_ms if first_ms is None else first_ms
            last_ms = max(last_ms, received_ms - first_ms)
            yield Step(last_ms, (self._message(number, record.message),))

    def trade_ids(self) -> tuple[int, int] | None:
        return None

    def exchange_info(self) -> dict[str, Any] | None:
        return self._info

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return self._snapshots.get(symbol)

    def _message(self, number: int, message: _Wrapped) -> Publish:
        symbol, at, _ = message.stream.partition("@")
        if not at or symbol.upper() not in self._symbols:
            expected = f"<symbol>@<stream> with a symbol of {INFO_FILE}"
            raise wrong(self._stream, expected, repr(message.stream), line=number, column="message.stream")
        return Publish(message.stream, bytes(message.data))


def read_symbols(directory: Path) -> list[SymbolSpec]:
    """The symbols of exchangeInfo.json, closed for trading (status BREAK). Raises MarketError."""
    file = directory / INFO_FILE
    info: _Info = _decode(file, None, read_bytes(file), _Info)
    return [_spec(file, index, symbol) for index, symbol in enumerate(info.symbols)]


def _spec(file: Path, index: int, symbol: _Symbol) -> SymbolSpec:
    filters = {str(each.get("filterType")): each for each in symbol.filters}
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL") or {}

    def amount(name: str, table: dict[str, Any] | None, default: str | None = None) -> int:
        text = (table or {}).get(name, default)
        try:
            return parse_e8(text)  # type: ignore[arg-type]
        except (ValueError, AttributeError) as error:
            key = f"$.symbols[{index}].filters {name}"
            raise wrong(file, 'an amount as text such as "0.01000000"', repr(text), column=key) from error

    price, lot = filters.get("PRICE_FILTER"), filters.get("LOT_SIZE")
    return SymbolSpec(
        symbol=symbol.symbol,
        base=symbol.baseAsset,
        quote=symbol.quoteAsset,
        tick_size=amount("tickSize", price),
        min_price=amount("minPrice", price),
        max_price=amount("maxPrice", price),
        step_size=amount("stepSize", lot),
        min_qty=amount("minQty", lot),
        max_qty=amount("maxQty", lot),
        min_notional=amount("minNotional", notional, "0"),
        status="BREAK",
    )


def _snapshots(file: Path, symbols: set[str]) -> dict[str, dict[str, Any]]:
    snapshots: dict[str, dict[str, Any]] = {}
    for number, line in _lines(file):
        snapshot: _Snapshot = _decode(file, number, line, _Snapshot)
        _convert(file, number, snapshot.body, _SnapshotBody)
        if snapshot.symbol not in symbols:
            raise wrong(file, f"a symbol of {INFO_FILE}", repr(snapshot.symbol), line=number, column="symbol")
        if snapshot.symbol in snapshots:
            raise wrong(file, "one snapshot per symbol", f"a second one of {snapshot.symbol}", line=number, column="symbol")
        snapshots[snapshot.symbol] = snapshot.body
    return snapshots


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, one after another."""
    try:
        with file.open("rb") as content:
            yield from ((number, line) for number, line in enumerate(content, 1) if line.strip())
    except OSError as error:
        raise MarketError(f"{file}: expected a readable file, came: {error.strerror}; check the path") from error


def _decode(file: Path, line: int | None, content: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise wrong(file, "JSON of the recording's form", str(error), line=line) from error


def _convert(file: Path, line: int, value: Any, kind: Any) -> None:
    try:
        msgspec.convert(value, type=kind)
    except msgspec.ValidationError as error:
        raise wrong(file, "a depth answer with lastUpdateId, bids and asks as texts", str(error), line=line, column="body") from error
