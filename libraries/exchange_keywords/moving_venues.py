"""Venues whose market moves: generated from a seed, replayed from public dumps, played from a script."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

import tomli_w
from robot.api.deco import keyword

from libraries.common.amounts import Price, plain, positive
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.notes import Terms
from libraries.common.types import NOT_GIVEN, Symbol
from libraries.exchange_keywords.markets import LISTINGS, Listing
from libraries.exchange_keywords.percent import Pair, Percent
from libraries.world.session import session

FIRST = "binance"
_FEE = Decimal("0.001")
_QUOTES = ("USDT", "USDC", "BTC", "ETH", "BNB", "EUR")
_STARTS = {"BTCUSDT": "43210.00", "ETHUSDT": "2345.00", "ETHBTC": "0.05426", "BNBUSDT": "315.00"}


class VenueClockKind(Enum):
    """VIRTUAL stands still until the market is let run, so that every run is the same; MACHINE is the machine's clock."""

    VIRTUAL = "VIRTUAL"
    MACHINE = "MACHINE"


class Dump(Enum):
    """The kind of a public dump."""

    KLINES = "klines"
    TRADES = "trades"
    AGG_TRADES = "agg_trades"


class MovingVenueKeywords(Component):
    """In Suite Setup a venue belongs to the suite file, inside a test to that test."""

    @keyword
    def open_the_generated_venue(
        self,
        *symbols: Symbol,
        pair: Pair = NOT_GIVEN,
        volatility: Percent = NOT_GIVEN,
        start: Price = NOT_GIVEN,
        trades_per_second: int = 4,
        tick_ms: int = 100,
        clock: VenueClockKind = VenueClockKind.VIRTUAL,
        venue: str = FIRST,
        seed: int = NOT_GIVEN,
    ) -> str:
        """Start an exchange process whose symbols move by themselves: the same seed gives the same market.

        Regimes, size laws, crosses and overrides per symbol are for market files (`Open The Venue With Market File`).

        Args:
            symbols: Any symbols, such as `BTCUSDT`; a hundred are fine.
            pair: Two of them that go together, such as `BTCUSDT/ETHUSDT:0.8` or `BTCUSDT/ETHUSDT:cointegrated`.
            volatility: Standard deviation of the return per square root of a second, such as `0.05%`. Default 0.01%.
            start: First mid price of every symbol, in quote per base. Default: realistic for the four listed ones, else 100.
            trades_per_second: Mean rate of trades per symbol.
            tick_ms: Milliseconds between two moves of a mid.
            clock: `VIRTUAL` (default): time passes by `Let The Market Run` only. `MACHINE`: it moves in real time.
            venue: Alias.
            seed: Seed of the market. Left out: the run's (`--variable SEED:7`; 1 by default).

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WrongArgument: no symbol, or a pair of symbols that are not there.
            WorldError: the exchange refused the market; its own words are in the message.

        Example:
            ```robotframework
            Open The Generated Venue    BTCUSDT    ETHUSDT    pair=BTCUSDT/ETHUSDT:0.8    volatility=0.05%    seed=7
            Let The Market Run    60s
            ```
        """
        if not symbols:
            raise WrongArgument("Open The Generated Venue needs at least one symbol, such as BTCUSDT")
        if pair is not None and not {pair.leader, pair.follower} <= set(symbols):
            raise WrongArgument(f"pair {pair}: both symbols must be among those of the venue, got {', '.join(symbols)}")
        starts = {name: {"start": plain(start) if start is not None else _STARTS.get(name, "100.00")} for name in symbols}
        generator: dict[str, Any] = {"tick_ms": tick_ms, "trades_per_second": str(trades_per_second), "symbol": starts}
        if volatility is not None:
            generator["volatility"] = plain(positive(volatility, "volatility"))
        if pair is not None:
            generator["pair"] = [pair.table]
        document = _document(symbols, clock) | {"generator": generator}
        return self._open(venue, document, symbols, seed)

    @keyword
    def open_the_replayed_venue(
        self,
        symbol: Symbol,
        dump: Dump,
        file: Path,
        *,
        speed: str = "1",
        loop: bool = False,
        venue: str = FIRST,
    ) -> str:
        """Start an exchange process that plays a public dump on a virtual clock, which begins at the dump's first time.

        Nothing moves before `Let The Market Run` or `Play The Recording To The End`.

        Args:
            symbol: The symbol of the file.
            dump: `KLINES`, `TRADES` or `AGG_TRADES`: what kind of dump it is, with or without a header, .csv or .zip.
            file: Path of the file.
            speed: How many seconds of the recording pass in one of the venue's, such as `10`.
            loop: Begin again after the end.
            venue: Alias.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WrongArgument: the file does not exist.
            WorldError: a row is wrong: file, line, column, what was expected and what came are in the message.

        Example:
            ```robotframework
            Open The Replayed Venue    BTCUSDT    KLINES    ${CURDIR}/data/minutes.csv    speed=10
            Play The Recording To The End
            ```
        """
        if not file.is_file():
            raise WrongArgument(f"dump {file} does not exist; expected a CSV file (or its .zip) of {dump.value}")
        recorded = {"symbol": symbol, dump.value: str(file.absolute())}
        document = _document((symbol,), VenueClockKind.VIRTUAL) | {"recorded": recorded, "playing": {"speed": speed, "loop": loop}}
        return self._open(venue, document, (symbol,), 1)

    def _open(self, venue: str, document: dict[str, Any], symbols: tuple[str, ...], seed: int) -> str:
        path = session.scope.directory / f"market-{venue}.toml"
        path.write_text(tomli_w.dumps(document), encoding="utf-8")
        exchange = session.open_exchange(venue, market=path, seed=seed)
        self.notes.terms[venue] = Terms(tuple(symbols), _FEE, _FEE)
        return exchange.rest_url


def _document(symbols: tuple[str, ...], clock: VenueClockKind) -> dict[str, Any]:
    virtual = clock is VenueClockKind.VIRTUAL
    return {
        "symbol": [_listing(name).section() for name in symbols],
        "clock": {"virtual": True, "monotonic": True} if virtual else {"virtual": False},
    }


def _listing(symbol: str) -> Listing:
    """The listed one, or rules that suit a symbol nobody knows."""
    if symbol in LISTINGS:
        return LISTINGS[symbol]
    for quote in _QUOTES:
        if symbol.endswith(quote) and symbol != quote:
            return Listing(symbol, symbol.removesuffix(quote), quote, "0.01", "0.00001", "5.00")
    raise WrongArgument(f"symbol {symbol} must end with its quote asset, one of {', '.join(_QUOTES)}")
