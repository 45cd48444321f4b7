"""What the tests of markets share: laws from a table, a venue on a virtual clock with a player."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

from libraries.mock_exchange.core.symbols import SymbolSpec
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.core.venue_events import PublicTrade
from libraries.mock_exchange.markets.desk import Desk
from libraries.mock_exchange.markets.generated import Generated
from libraries.mock_exchange.markets.generator_table import read_generator
from libraries.mock_exchange.markets.laws import Laws
from libraries.mock_exchange.markets.player import Player, Playing
from libraries.mock_exchange.markets.source import Source
from libraries.mock_exchange.markets.steps import Book, Step, Take
from libraries.mock_exchange.markets.tables import Table
from libraries.mock_exchange.shell.virtual_clock import VirtualClock
from tests.mock_exchange_streams.kit_streams import spec


def laws(table: dict[str, Any], *symbols: str | SymbolSpec) -> Laws:
    """The laws of a `[generator]` table over these symbols (default: BTCUSDT)."""
    specs = [each if isinstance(each, SymbolSpec) else spec(each) for each in symbols or ("BTCUSDT",)]
    return read_generator(table, {each.symbol: each for each in specs}, Table(Path("market.toml"), "generator"))


def until(steps: Iterator[Step], end_ms: int) -> list[Step]:
    return list(takewhile(lambda step: step.at_ms <= end_ms, steps))


def books(steps: list[Step], symbol: str = "BTCUSDT") -> list[tuple[int, Book]]:
    return [(step.at_ms, each) for step in steps for each in step.commands if isinstance(each, Book) and each.symbol == symbol]


def takes(steps: list[Step], symbol: str = "BTCUSDT") -> list[tuple[int, Take]]:
    return [(step.at_ms, each) for step in steps for each in step.commands if isinstance(each, Take) and each.symbol == symbol]


class Moved:
    """A venue on a virtual clock, moved by a player, with everything public that happened."""

    def __init__(self, source: Source, *specs: SymbolSpec, playing: Playing | None = None, readers: Any = None) -> None:
        self.clock = VirtualClock()
        self.venue = Venue(specs or [spec()], self.clock)
        self.venue.start()
        self.trades: list[PublicTrade] = []
        self.venue.listen(lambda event: self.trades.append(event) if isinstance(event, PublicTrade) else None)
        at_once = isinstance(source, Generated)
        self.desk = Desk(self.venue, self.clock, None, source.recorded_symbols)
        self.player = Player(source, self.desk, self.clock, playing or Playing(at_once=at_once), readers)
