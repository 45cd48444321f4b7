"""The venue's process: open, recorded and demo markets, restart, connections, clock."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Money
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.notes import Terms
from libraries.common.types import DEFAULT_TIMEOUT, NOT_GIVEN, Certificate, Symbol, Timeout
from libraries.exchange_keywords.markets import listing, write_market, write_recorded_market
from libraries.market_data_keywords.data_files import capture_directory, recorded_file
from libraries.world.exchange import ExchangeOptions
from libraries.world.session import session

FIRST = "binance"
STANDARD_FEE = Decimal("0.001")


class VenueKeywords(Component):
    """In Suite Setup a venue belongs to the suite file, inside a test to that test."""

    @keyword
    def open_the_venue(
        self,
        *symbols: Symbol,
        venue: str = FIRST,
        maker_fee: Money = NOT_GIVEN,
        taker_fee: Money = NOT_GIVEN,
        seed: int = NOT_GIVEN,
        lenient: str = "",
        documented_limits: bool = False,
        addresses: int = 0,
        tls: Certificate = NOT_GIVEN,
    ) -> str:
        """Start an exchange process that lists these symbols, with empty books.

        Args:
            symbols: One or more of `BTCUSDT`, `ETHUSDT`, `ETHBTC`, `BNBUSDT`.
            venue: Alias. A second venue (direct arbitrage) needs another alias, such as `second`.
            maker_fee: Fraction of the received amount, `0.001` = 0.1 % (default).
            taker_fee: Fraction of the received amount, `0.001` = 0.1 % (default).
            seed: Seed of everything random at the venue. Left out: the run's (`--variable SEED:7`; 1 by default).
            lenient: Names of leniencies (docs/mock-exchange.md), separated by spaces, such as `listen_key_on`.
            documented_limits: Keep the documented limits (100 orders in 10 seconds, 6,000 weight a minute) instead of raised ones.
            addresses: So many address processes stand in front of the venue, each with its own port (`Kill The Address`).
            tls: Every public port speaks TLS, with a certificate that is `valid`, `expired`, for a `wrong host` or of an
                `unknown authority`; engines get the venue's authority as `ca_file`. Left out: plain text.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WrongArgument: no symbol, an unknown symbol, a symbol twice, or a fee outside of 0 to 1.
            WorldError: the alias is taken, or the process did not start; the end of its log is in the message.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    ETHUSDT
            Open The Venue    BTCUSDT    venue=second
            Open The Venue    BTCUSDT    venue=third    addresses=3
            Open The Venue    BTCUSDT    venue=fourth    tls=wrong host
            ```
        """
        if not symbols:
            raise WrongArgument("Open The Venue needs at least one symbol, such as BTCUSDT")
        twice = sorted({symbol for symbol in symbols if symbols.count(symbol) > 1})
        if twice:
            raise WrongArgument(f"symbol given twice: {', '.join(twice)}")
        for symbol in symbols:
            listing(symbol)
        maker, taker = _fee(maker_fee, "maker_fee"), _fee(taker_fee, "taker_fee")
        market = write_market(_market_path(venue), symbols, maker, taker, tuple(lenient.split()))
        certificate = tls.value if tls is not None else None
        options = ExchangeOptions(market=market, seed=session.seed if seed is None else seed, addresses=addresses, certificate=certificate)
        exchange = session.open_exchange_with(venue, replace(options, limits=None) if documented_limits else options)
        self.remember_terms(venue, symbols, maker, taker)
        return exchange.rest_url

    @keyword
    def open_the_venue_with_market_file(self, file: Path, *symbols: Symbol, venue: str = FIRST, seed: int = NOT_GIVEN) -> str:
        """Start an exchange process on a market file of your own (TOML: symbols, rules, fees, opening books).

        Args:
            file: Path of the file.
            symbols: The symbols that engines of this test trade; they must be in the file.
            venue: Alias.
            seed: Seed of everything random at the venue. Left out: the run's (`--variable SEED:7`; 1 by default).

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WrongArgument: the file does not exist, or no symbol was named.
            WorldError: the exchange refused the file; its own words are in the message.

        Example:
            ```robotframework
            Open The Venue With Market File    ${CURDIR}/wide_ticks.toml    BTCUSDT
            ```
        """
        if not file.is_file():
            raise WrongArgument(f"market file {file} does not exist; expected a TOML file with [[symbol]] tables")
        if not symbols:
            raise WrongArgument("name the symbols of the market file that engines trade, such as BTCUSDT")
        exchange = session.open_exchange(venue, market=file, seed=seed)
        self.remember_terms(venue, symbols, STANDARD_FEE, STANDARD_FEE)
        return exchange.rest_url

    @keyword
    def open_the_demo_venue(self, *, venue: str = FIRST, seed: int = NOT_GIVEN) -> str:
        """Start an exchange process whose four symbols move by themselves (the same seed gives the same market).

        Args:
            venue: Alias.
            seed: Seed of the generated market. Left out: the run's (`--variable SEED:7`; 1 by default).

        Returns:
            The address of its REST interface, before `/api/v3`.

        Example:
            ```robotframework
            Open The Demo Venue    seed=7
            ```
        """
        exchange = session.open_exchange(venue, market="demo", seed=seed)
        symbols = tuple(Symbol(name) for name in ("BTCUSDT", "ETHUSDT", "ETHBTC", "BNBUSDT"))
        self.remember_terms(venue, symbols, STANDARD_FEE, STANDARD_FEE)
        return exchange.rest_url

    @keyword
    def open_the_captured_venue(self, capture: str, *symbols: Symbol, venue: str = FIRST) -> str:
        """Start an exchange process that serves a recorded capture: its exchangeInfo, snapshots and stream messages, verbatim.

        Nothing moves before `Play The Recording To The End` or `Play The Recording By`. The test is skipped, with the
        reason, where the recorded data is absent.

        Args:
            capture: Directory name inside the recorded data, such as `binance-capture-2021-10-12`.
            symbols: The symbols that engines of this test watch.
            venue: Alias.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Example:
            ```robotframework
            Open The Captured Venue    binance-capture-2021-10-12    NKNUSDT    BLZETH
            ```
        """
        if not symbols:
            raise WrongArgument("name the symbols of the capture that engines watch, such as NKNUSDT")
        exchange = session.open_exchange(venue, recording=capture_directory(capture))
        self.remember_terms(venue, symbols, STANDARD_FEE, STANDARD_FEE)
        return exchange.rest_url

    @keyword
    def open_the_recorded_venue(self, symbol: Symbol, *, trades: str, quotes: str, venue: str = FIRST) -> str:
        """Start an exchange process whose book follows recorded quotes and whose public trades are the recorded ones.

        Nothing moves before `Play The Recording Until Trade`. The test is skipped, with the reason, where the recorded
        data is absent.

        Args:
            symbol: The symbol of both files.
            trades: File name of the trades inside the recorded data.
            quotes: File name of the best bid/ask rows inside the recorded data.
            venue: Alias.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Example:
            ```robotframework
            Open The Recorded Venue    BTCUSDT    trades=BTCUSDT-trades-2021-01-08.csv
            ...    quotes=BTCUSDT-quotes-2021-01-08.csv
            ```
        """
        market = write_recorded_market(_market_path(venue), symbol, recorded_file(trades), recorded_file(quotes))
        exchange = session.open_exchange(venue, market=market)
        self.remember_terms(venue, (symbol,), STANDARD_FEE, STANDARD_FEE)
        return exchange.rest_url

    @keyword
    def quiesce_the_venue(self, timeout: Timeout = NOT_GIVEN, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Stop the market's own movement and wait until every request is answered and every event is written.

        Args:
            timeout: At most this long.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The cut: `ledger_offset`, `ledger_lines`, `mono_ns`.

        Example:
            ```robotframework
            Quiesce The Venue
            ```
        """
        return self.exchange(venue).admin.quiesce((timeout or DEFAULT_TIMEOUT).total_seconds())

    def remember_terms(self, venue: str, symbols: tuple[str, ...], maker: Decimal, taker: Decimal) -> None:
        """What `Start A Fresh Engine` needs to know of a venue that a keyword opened."""
        self.notes.terms[venue] = Terms(tuple(symbols), maker, taker)


def _fee(fee: Money | None, name: str) -> Decimal:
    if fee is None:
        return STANDARD_FEE
    if not 0 <= fee < 1:
        raise WrongArgument(f"{name} must be a fraction from 0 to below 1 (0.001 = 0.1 %), got {fee}")
    return Decimal(fee)


def _market_path(venue: str) -> Path:
    return session.scope.directory / f"market-{venue}.toml"
