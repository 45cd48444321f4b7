"""The world of a load: a venue that offers without end, an engine whose strategies answer every tick, both on profiles/load.toml."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from robot.api import logger
from robot.api.deco import keyword

from libraries.common.amounts import plain
from libraries.common.errors import WrongArgument
from libraries.common.notes import Terms
from libraries.common.types import NOT_GIVEN, Symbol, Timeout
from libraries.engine_keywords.settings import read_settings
from libraries.evidence import render
from libraries.load import profile, site
from libraries.load.pinning import ENGINE_CORE, VENUE_CORE, pin
from libraries.load_keywords.results import LoadComponent
from libraries.world.deadlines import Deadline
from libraries.world.engine import VenueLink
from libraries.world.exchange import ExchangeOptions
from libraries.world.session import session

FIRST = "binance"
FEE = Decimal("0.001")
MOST_SYMBOLS = 1_000
START = Timeout(seconds=60)
_TEN = ("momentum",) * 4 + ("mean_reversion",) * 3 + ("pairs_trading",) * 3


class WorldKeywords(LoadComponent):
    """Numbers are raised, nothing is switched off."""

    @keyword
    def open_the_venue_for_load(self, symbols: int = 10, *, venue: str = FIRST) -> str:
        """Start an exchange process that lists so many symbols (`L000USDT`, `L001USDT`, ...), each quoted 99.99 to 100.01 with more than
        any load takes, on the venue's limits of `profiles/load.toml`.

        Args:
            symbols: How many, 1 to 1000.
            venue: Alias.

        Returns:
            The address of its REST interface, before `/api/v3`.

        Raises:
            WrongArgument: a number of symbols that is none.
            WorldError: the alias is taken, or the process did not start.

        Example:
            ```robotframework
            Open The Venue For Load    symbols=10
            ```
        """
        if not 1 <= symbols <= MOST_SYMBOLS:
            raise WrongArgument(f"symbols must be 1 to {MOST_SYMBOLS}, got {symbols}")
        names = tuple(Symbol(name) for name in site.names(symbols))
        directory = session.scope.directory
        market = site.write_listing(directory / f"market-{venue}.toml", names)
        limits = profile.venue_limits(directory / f"limits-{venue}.toml")
        exchange = session.open_exchange_with(venue, ExchangeOptions(market=market, limits=limits), Deadline(START))
        self.notes.terms[venue] = Terms(names, FEE, FEE)
        return exchange.rest_url

    @keyword
    def start_an_engine_for_load(self, *, strategies: int = 10, engine: str = "main", timeout: Timeout = NOT_GIVEN, **settings: Any) -> str:
        """Start an engine on a new database and a new account, with strategies that answer every tick with a MARKET order of 20 USDT.

        It runs on one core, its venue on another; on `profiles/load.toml`: what that changes is shown in the log. It uses the cache that
        was started last, if one was. Strategies that were planned (`Plan The Strategy`) take the place of those that answer ticks.

        Args:
            strategies: How many; the venue's symbols are dealt out among them.
            engine: Alias.
            timeout: How long the start may take; default 60 seconds.
            settings: Any setting of the engine, over the profile, such as `market.tick_shed_ms=250`.

        Returns:
            The engine's state.

        Raises:
            WrongArgument: an unknown setting, or more strategies than symbols.
            WorldError: it did not get there in time; the end of its log is in the message.

        Example:
            ```robotframework
            Open The Venue For Load    symbols=10
            Start An Engine For Load    strategies=10
            ```
        """
        exchange = self.exchange()
        symbols = self._symbols(exchange.alias)
        if not 1 <= strategies <= len(symbols):
            raise WrongArgument(f"strategies must be 1 to {len(symbols)}, the number of the venue's symbols, got {strategies}")
        account = session.new_account(exchange, {"USDT": site.FUNDS})
        self.notes.accounts.setdefault(exchange.alias, account)
        link = VenueLink(exchange, account, symbols, name=exchange.alias, maker_fee=plain(FEE), taker_fee=plain(FEE))
        created = session.new_engine(engine, [link], profile.engine_settings())
        created.strategies = [dict(table) for table in self.notes.strategies] or [
            site.answering(number, symbols[number::strategies], strategies) for number in range(strategies)
        ]
        created.test_hooks = True
        created.cache = session.cache_of_new_engines
        created.change_settings(read_settings(settings))
        health = created.start(Deadline(timeout or START))
        assert created.child is not None
        pin(exchange.running_child().pid, VENUE_CORE)
        pin(created.child.pid, ENGINE_CORE)
        self._show_the_profile()
        self.note("engine started", engine=engine, state=health.get("state"))
        return str(health["state"])

    @keyword
    def plan_ten_strategies(self) -> None:
        """The next engine gets ten strategies of all three kinds (four momentum, three mean reversion, three pairs trading) instead of
        those that answer ticks; each watches a tenth of the venue's symbols, pairs two each, on bars of a second.

        Raises:
            WrongArgument: the venue lists fewer than ten symbols.

        Example:
            ```robotframework
            Open The Venue For Load    symbols=10
            Plan Ten Strategies
            Start An Engine For Load
            Offer A Steady Load    900    10s
            Get Processor Use    engine    <=    50
            ```
        """
        symbols = self._symbols(self.exchange().alias)
        if len(symbols) < len(_TEN):
            raise WrongArgument(f"ten strategies need ten symbols or more, the venue lists {len(symbols)}")
        self.notes.strategies.clear()
        for number, kind in enumerate(_TEN):
            own = list(symbols[number::10])
            watched = [own[0], symbols[(number + 1) % len(symbols)]] if kind == "pairs_trading" else own
            self.notes.strategies.append(
                {"name": f"{kind}-{number}", "kind": kind, "symbols": watched, "capital_share": "0.1", "interval": "1s", "parameters": {}}
            )

    @keyword
    def the_load_profile_only_raises_numbers(self, file: Path = profile.PROFILE) -> None:
        """Every key of `profiles/load.toml` is a number above its default: no rule, check, filter or fsync is switched off.

        Args:
            file: Another profile.

        Raises:
            AssertionError: a key that is no number, is not above its default, or has none; names it.

        Example:
            ```robotframework
            The Load Profile Only Raises Numbers
            ```
        """
        wrong = [change for change in profile.changes(file) if not change.only_raises]
        self._show_the_profile(file)
        if wrong:
            listed = "; ".join(f"{change.key}: default {change.default or 'none'}, there {change.raised}" for change in wrong)
            raise AssertionError(
                f"{file.name} should only raise numbers, got {listed}; a load run proves nothing about rules that it changes"
            )

    def _symbols(self, alias: str) -> tuple[str, ...]:
        from libraries.common.notes import shared_notes  # noqa: PLC0415

        for memory in (self.notes, shared_notes()):
            if memory is not None and alias in memory.terms:
                return memory.terms[alias].symbols
        raise WrongArgument(f"venue {alias} was not opened for load; open it first (keyword: Open The Venue For Load)")

    def _show_the_profile(self, file: Path = profile.PROFILE) -> None:
        rows = [(change.key, change.default or "none", change.raised) for change in profile.changes(file)]
        table = render.table(("raised by the profile", "default", "here"), rows)
        logger.info(
            f"<details><summary>profiles/{file.name}: {len(rows)} numbers raised, nothing switched off</summary>{table}</details>",
            html=True,
        )
