"""From the command line to a tape: which file is which symbol's, or what is generated instead."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from genesis.backtesting.configuration import Plan
from genesis.backtesting.csv_rows import Meter, content_bytes
from genesis.backtesting.dumps import symbol_of, tape_of
from genesis.backtesting.errors import DataError
from genesis.backtesting.generator import generated
from genesis.backtesting.tape import Print, merged
from genesis.core.errors import CommandLineError
from genesis.core.state import SymbolKey

_OPEN_AFTER_LATENCIES: Final = 2
"""A bar's first trade comes so many latencies after its begin: what was decided on the bar before meets it."""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """A tape to be played: `play` begins it anew, telling its meter how much of `size` was read."""

    play: Callable[[Meter], Iterator[Print]]
    size: int
    described: tuple[str, ...]


def from_files(plan: Plan, words: list[str]) -> Source:
    """The tape of dumps; each word is FILE, SYMBOL=FILE or VENUE/SYMBOL=FILE; files of one symbol in order of time.

    Raises:
        DataError: a file cannot be read, its symbol cannot be told, or a symbol has no file.
        CommandLineError: a symbol that the configuration does not trade.
    """
    files: dict[SymbolKey, list[Path]] = {}
    for word in words:
        key, file = _named(plan, word)
        files.setdefault(key, []).append(file)
    missing = [f"{terms.name}/{symbol}" for terms in plan.engine.venues for symbol in terms.symbols if (terms.name, symbol) not in files]
    if missing:
        raise DataError(f"--data: expected a file for every symbol of the configuration, got none for {', '.join(missing)}")
    first_after_ms = _OPEN_AFTER_LATENCIES * plan.backtest.latency_ms
    described = tuple(f"{venue}/{symbol} {file.name} {_digest(file)}" for (venue, symbol), many in files.items() for file in many)

    def play(meter: Meter) -> Iterator[Print]:
        return merged(_chained(many, *key, first_after_ms, meter) for key, many in files.items())

    return Source(play=play, size=sum(content_bytes(file) for many in files.values() for file in many), described=described)


def _named(plan: Plan, word: str) -> tuple[SymbolKey, Path]:
    known = {(terms.name, symbol): None for terms in plan.engine.venues for symbol in terms.symbols}
    name, found, path = word.partition("=")
    if not found:
        file = Path(word)
        symbol = symbol_of(file, tuple(dict.fromkeys(symbol for _, symbol in known)))
        return next(key for key in known if key[1] == symbol), file
    venue, slash, symbol = name.rpartition("/")
    matching = [key for key in known if key[1] == symbol and (not slash or key[0] == venue)]
    if not matching:
        listed = ", ".join(f"{venue}/{symbol}" for venue, symbol in known)
        raise CommandLineError(f"--data {word[:120]}: expected a symbol of the configuration ({listed}) before '=', got {name[:60]!r}")
    return matching[0], Path(path)


def _chained(files: list[Path], venue: str, symbol: str, first_after_ms: int, meter: Meter) -> Iterator[Print]:
    last: Print | None = None
    for file in files:
        for traded in tape_of(file, venue, symbol, first_after_ms, meter):
            if last is not None and traded.at_ms < last.at_ms:
                raise DataError(
                    f"{file}: expected trades of {symbol} from {last.at_ms} on, where the file before it ends, got one at "
                    f"{traded.at_ms}; give the files of one symbol in order of time"
                )
            last = traded
            yield traded


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{file}: expected a readable file, got: {error.strerror or error}; check the path") from error


def from_generator(plan: Plan, seed: int, count: int) -> Source:
    """The tape of `count` generated bars of every symbol."""
    first_after_ms = _OPEN_AFTER_LATENCIES * plan.backtest.latency_ms
    rules, settings = plan.backtest.rules, plan.backtest.generator

    def metered(tape: Iterator[Print], meter: Meter) -> Iterator[Print]:
        for traded in tape:
            meter(1)
            yield traded

    def play(meter: Meter) -> Iterator[Print]:
        return metered(merged(generated(each, settings, seed, count, first_after_ms) for each in rules), meter)

    described = tuple(f"{each.venue}/{each.symbol} {count} bars generated from seed {seed}" for each in rules)
    return Source(play=play, size=4 * count * len(rules), described=described)
