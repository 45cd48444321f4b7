"""`[recorded]` of a market file: which public dumps are played on which symbols, merged by time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from heapq import merge
from pathlib import Path
from typing import Any

import msgspec

from ..core.symbols import SymbolSpec
from .dumps import Ladder, quote_steps, trade_steps
from .kline_dump import kline_steps
from .steps import Step
from .tables import Table

_MOST_LEVELS = 1_000


class _Recorded(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str
    trades: str | None = None
    agg_trades: str | None = None
    klines: str | None = None
    quotes: str | None = None
    levels: int = 5
    size: str = "10"
    spread_ticks: int = 1
    check: bool = True


class Recorded:
    """Fulfils source.Source for recorded dumps. `first_ms` is the time of the first row of all: the market's time 0.

    With `check` (the default) every row is read and checked before the market opens, and the number of steps is known; without, a wrong
    row is named when it is reached. Either way a file is read as it is played and never in memory as a whole.
    """

    def __init__(self, tables: list[dict[str, Any]], specs: dict[str, SymbolSpec], at: Table) -> None:
        read = [at.read(table, _Recorded) for table in tables]
        self._makers = [_maker(table, specs, at) for table in read]
        self.recorded_symbols = frozenset(table.symbol for table in read)
        self.count: int | None = None
        self.skipped = 0
        self._ids: tuple[int, int] | None = None
        first = next(self._timed(), None)
        assert first is not None, "a dump without rows was refused"
        self.first_ms = first.at_ms
        if all(table.check for table in read):
            self._check(with_ids=len(read) == 1)

    def steps(self) -> Iterator[Step]:
        for step in self._timed():
            yield Step(step.at_ms - self.first_ms, step.commands, step.trade_id)

    def trade_ids(self) -> tuple[int, int] | None:
        return self._ids

    def exchange_info(self) -> dict[str, Any] | None:
        return None

    def depth_snapshot(self, symbol: str) -> dict[str, Any] | None:
        return None

    def _timed(self) -> Iterator[Step]:
        return merge(*(make() for make in self._makers), key=lambda step: step.at_ms)

    def _check(self, *, with_ids: bool) -> None:
        count, first, last = 0, None, None
        for step in self._timed():
            count += 1
            if step.trade_id is not None:
                first, last = first or step.trade_id, step.trade_id
                self.skipped += not step.commands
        self.count = count
        self._ids = (first, last) if with_ids and first is not None and last is not None else None


def _maker(table: _Recorded, specs: dict[str, SymbolSpec], at: Table) -> Callable[[], Iterator[Step]]:
    if table.symbol not in specs:
        raise at.wrong("symbol", f"one of {', '.join(specs)}", table.symbol)
    given = [name for name in ("trades", "agg_trades", "klines") if getattr(table, name) is not None]
    if len(given) != 1:
        raise at.wrong("", "exactly one of trades, agg_trades, klines", ", ".join(given) or "none of them")
    if table.quotes is not None and table.klines is not None:
        raise at.wrong("quotes", "quotes beside trades or agg_trades only (klines make their own book)", table.quotes)
    spec, folder = specs[table.symbol], Path(at.file).absolute().parent
    ladder = _ladder(table, at)
    name = given[0]
    file = folder / str(getattr(table, name))
    if name == "klines":
        return lambda: kline_steps(file, spec, ladder)
    if table.quotes is None:
        return lambda: trade_steps(file, spec, ladder, aggregated=name == "agg_trades")
    quotes = folder / table.quotes
    return lambda: merge(
        quote_steps(quotes, spec), trade_steps(file, spec, None, aggregated=name == "agg_trades"), key=lambda step: step.at_ms
    )


def _ladder(table: _Recorded, at: Table) -> Ladder:
    if not 1 <= table.levels <= _MOST_LEVELS:
        raise at.wrong("levels", f"1 to {_MOST_LEVELS} levels a side", table.levels)
    if not 1 <= table.spread_ticks <= _MOST_LEVELS:
        raise at.wrong("spread_ticks", f"1 to {_MOST_LEVELS} ticks", table.spread_ticks)
    return Ladder(table.levels, at.amount("size", table.size), table.spread_ticks)
