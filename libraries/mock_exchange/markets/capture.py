"""A recorded conversation (`--recording DIR`): exchangeInfo.json, depth-snapshots.jsonl, stream.jsonl, checked and kept byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from ..core.amounts import parse_e8
from ..core.symbols import SymbolSpec
from .problems import read_bytes, wrong

INFO_FILE = "exchangeInfo.json"
SNAPSHOTS_FILE = "depth-snapshots.jsonl"
STREAM_FILE = "stream.jsonl"


class RecordedMessage(msgspec.Struct, frozen=True):
    """A message of one stream: `data` is the payload's bytes as recorded."""

    stream: str
    data: bytes


class Capture(msgspec.Struct, frozen=True):
    """What the venue serves: this exchangeInfo, this depth answer per symbol, these messages in this order."""

    exchange_info: dict[str, Any]
    snapshots: dict[str, dict[str, Any]]
    messages: list[RecordedMessage]


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


def read_capture(directory: Path) -> Capture:
    """Read and check the directory. Raises MarketError naming file, line and key."""
    info_file = directory / INFO_FILE
    info: dict[str, Any] = _decode(info_file, None, read_bytes(info_file), dict[str, Any])
    symbols = {spec.symbol for spec in read_symbols(directory)}
    return Capture(info, _snapshots(directory / SNAPSHOTS_FILE, symbols), _messages(directory / STREAM_FILE, symbols))


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


def _messages(file: Path, symbols: set[str]) -> list[RecordedMessage]:
    messages: list[RecordedMessage] = []
    for number, line in _lines(file):
        message = _decode(file, number, line, _Line).message
        symbol, at, _ = message.stream.partition("@")
        if not at or symbol.upper() not in symbols:
            expected = f"<symbol>@<stream> with a symbol of {INFO_FILE}"
            raise wrong(file, expected, repr(message.stream), line=number, column="message.stream")
        messages.append(RecordedMessage(message.stream, bytes(message.data)))
    if not messages:
        raise wrong(file, "at least one message", "an empty file")
    return messages


def _lines(file: Path) -> list[tuple[int, bytes]]:
    return [(number, line) for number, line in enumerate(read_bytes(file).splitlines(), 1) if line.strip()]


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
