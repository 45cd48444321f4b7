"""The engine's process: start, kill, stop, restart; what it says about bad configurations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import AssetAmount, plain
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.notes import Terms, shared_notes
from libraries.common.types import NOT_GIVEN, EngineStatus, Symbol, Tier, Timeout
from libraries.engine_keywords.configuration import must_end, must_say
from libraries.engine_keywords.settings import read_settings
from libraries.world.deadlines import Deadline
from libraries.world.engine import VenueLink
from libraries.world.exchange import Exchange
from libraries.world.session import session

START = Timeout(seconds=15)
STOP = Timeout(seconds=12)
REFUSAL = Timeout(seconds=30)
TIER_FUNDS = {
    Tier.SNIPER: Decimal(1_000),
    Tier.HUNTER: Decimal(5_000),
    Tier.STRATEGIST: Decimal(20_000),
    Tier.ARCHITECT: Decimal(100_000),
}


class LifecycleKeywords(Component):
    """One engine process and one database per test, unless the suite shares one and says so."""

    @keyword
    def start_a_fresh_engine(
        self,
        *symbols: Symbol,
        tier: Tier = NOT_GIVEN,
        balance: AssetAmount = NOT_GIVEN,
        inventory: AssetAmount = NOT_GIVEN,
        engine: str = "main",
        until: EngineStatus = EngineStatus.RUNNING,
        books: bool = True,
        timeout: Timeout = NOT_GIVEN,
        address: int = NOT_GIVEN,
        addresses: int = 0,
        reserve: str = NOT_GIVEN,
        movable_clock: bool = False,
        cache: bool = True,
        **settings: Any,
    ) -> str:
        """Start an engine process on a new database and a new, funded account at every open venue.

        Args:
            symbols: What it trades; default: all symbols of the venue.
            tier: Fund the account for that tier: `SNIPER` 1,000, `HUNTER` 5,000 (default), `STRATEGIST` 20,000,
                `ARCHITECT` 100,000 USDT. It counts the whole account, so do not give it beside `balance`.
            balance: Fund the account exactly, such as `USDT:5000`. For more assets use `Fund The Account` first.
            inventory: Fund this as well and declare it as inventory target, such as `BTC:1.0`: the engine may then sell
                below it (a position short of the target).
            engine: Alias, for a second engine, which gets an account of its own; *the account* of the test stays that of the first.
            until: Wait for this state; `RUNNING` unless given.
            books: Also wait until its books are in step with the venue.
            timeout: How long the start may take; default 15 seconds.
            address: It comes by this address process of the venue, numbered from 1; default: by the venue's own port.
            addresses: It knows so many address processes of the venue and begins with the first; default: the one of `address` only.
            reserve: Alias of a venue that it uses only while the first one opened cannot be reached.
            movable_clock: Whether its clock can be moved (`Let The Engines Clock Pass`).
            cache: Whether it uses the cache that was started last (`Start A Cache`), if there is one.
            settings: Any setting of the engine, such as `risk.min_confidence=0.7`, `arbitrage.enabled=on`,
                `timing.book_stale_ms=2000`; the dialect of its market streams: `venue.stream_format=raw` (or `combined`),
                `venue.time_unit=us` (or `ms`), `venue.trade_stream=aggTrade` (or `trade`).

        Returns:
            The engine's state.

        Raises:
            WrongArgument: an unknown setting (the known ones are listed), `tier` beside `balance`, an unknown symbol.
            WorldError: the alias is taken, or it did not get there in time; the end of its log is in the message.

        Example:
            ```robotframework
            Start A Fresh Engine    tier=HUNTER
            Start A Fresh Engine    balance=USDT:1500    risk.min_confidence=0.8
            Start A Fresh Engine    tier=HUNTER    inventory=BTC:1.0    arbitrage.enabled=on
            ```
        """
        sections = read_settings(settings)
        if tier is not None and balance is not None:
            raise WrongArgument("tier and balance both say how to fund the account; give one of them")
        exchanges = session.exchanges()
        if not exchanges:
            raise WrongArgument("there is no venue for the engine; open one first (keyword: Open The Venue)")
        if address is not None and addresses:
            raise WrongArgument("address and addresses both say by which way the engine comes; give one of them")
        ways = [f"api{number}" for number in range(1, addresses + 1)] or ([f"api{address}"] if address is not None else [])
        dialect = sections.pop("venue", {})
        links = [self._link(exchange, symbols, tier, balance, inventory, ways=ways) for exchange in exchanges]
        firsts = [link.name for link in links if link.name != reserve]
        if reserve is not None and len(firsts) == len(links):
            raise WrongArgument(f"reserve: expected the alias of an open venue, got {reserve!r}; open: {', '.join(firsts)}")
        links = [replace(link, dialect=dialect, reserve_for=firsts[0] if link.name == reserve else "") for link in links]
        created = session.new_engine(engine, links, sections)
        created.cache = session.cache_of_new_engines if cache else None
        created.strategies = [dict(table) for table in self.notes.strategies]
        created.test_hooks = movable_clock or bool(created.strategies)
        health = created.start(Deadline(timeout or START), until=until.value, books=books)
        self.note("engine started", engine=engine, state=health.get("state"))
        return str(health["state"])

    @keyword
    def kill_the_engine(self, *, engine: str = NOT_GIVEN) -> None:
        """Kill the engine's process (SIGKILL), as a crash would. The database stays; the death is announced.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WorldError: it is not running (never started, stopped, or dead already).

        Example:
            ```robotframework
            Kill The Engine
            Restart The Engine
            ```
        """
        running = self.engine(engine)
        running.kill("keyword Kill The Engine")
        self.note("kill", engine=running.alias)

    @keyword
    def stop_the_engine(self, *, exit_code: int = 0, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> int:
        """Stop the engine in good order (SIGTERM) and wait for its end.

        Args:
            exit_code: The exit code it must end with.
            timeout: How long it may take; default 12 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The exit code.

        Raises:
            WorldError: it is not running, ended with another code, or not in time; the end of its log is in the message.

        Example:
            ```robotframework
            Stop The Engine
            ```
        """
        running = self.engine(engine)
        code = running.stop("keyword Stop The Engine", Deadline(timeout or STOP), exit_code)
        self.note("stop", engine=running.alias, exit_code=code)
        return code

    @keyword
    def restart_the_engine(
        self,
        *,
        until: EngineStatus = EngineStatus.RUNNING,
        books: bool = True,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
        **settings: Any,
    ) -> str:
        """Start a killed or stopped engine again, on the same database and the same account.

        Args:
            until: Wait for this state; `RUNNING` (after reconciliation) unless given.
            books: Also wait until its books are in step with the venue.
            timeout: How long it may take; default 15 seconds.
            engine: Alias; default: the first engine.
            settings: Settings that its configuration has from now on, such as `risk.min_confidence=0.7`; the others stay.

        Returns:
            The engine's state.

        Raises:
            WrongArgument: an unknown setting (the known ones are listed).
            WorldError: it is still running, was never started, or did not get there in time.

        Example:
            ```robotframework
            Kill The Engine
            Restart The Engine
            ```
        """
        stopped = self.engine(engine)
        stopped.change_settings(read_settings(settings))
        health = stopped.restart(Deadline(timeout or START), until=until.value, books=books)
        self.note("restart", engine=stopped.alias, state=health.get("state"))
        return str(health["state"])

    @keyword
    def the_engine_refuses_to_start(self, *, exit_code: int, message: str, timeout: Timeout = NOT_GIVEN, engine: str = "main") -> str:
        """An engine for the venues that are open is started on a new database, and ends by itself, for a reason that it names.

        Args:
            exit_code: The exit code it must end with, such as 5 (venue).
            message: A part of what it must say on stderr, such as an error code.
            timeout: How long it may take to end; default 30 seconds.
            engine: Alias.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, or showed a traceback.
            WorldError: it did not end in time.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    venue=strange    tls=unknown authority
            The Engine Refuses To Start    exit_code=5    message=GENESIS-2904
            ```
        """
        links = [self._link(exchange, (), None, None, None) for exchange in session.exchanges()]
        created = session.new_engine(engine, links)
        result = created.run_command("run", "--config", str(created.config_path), deadline=Deadline(timeout or REFUSAL))
        self.note("engine refused to start", engine=engine, exit_code=result.exit_code)
        must_end(result, exit_code, "run")
        must_say(result.stderr, message)
        return result.stderr

    def _link(
        self,
        exchange: Exchange,
        symbols: tuple[Symbol, ...],
        tier: Tier | None,
        balance: AssetAmount | None,
        inventory: AssetAmount | None,
        *,
        ways: Sequence[str] = (),
    ) -> VenueLink:
        """The engine's side of one venue: a new account, funded, and the symbols to trade."""
        terms = self._terms(exchange)
        unknown = sorted(set(symbols) - set(terms.symbols))
        if unknown:
            raise WrongArgument(f"venue {exchange.alias} does not list {', '.join(unknown)}; it lists {', '.join(terms.symbols)}")
        funds = self._funds(exchange.alias, tier, balance)
        if inventory is not None:
            funds[inventory.asset] = funds.get(inventory.asset, Decimal(0)) + inventory.amount
        account = session.new_account(exchange, {asset: plain(amount) for asset, amount in funds.items()})
        self.notes.accounts.setdefault(exchange.alias, account)
        return VenueLink(
            exchange=exchange,
            account=account,
            symbols=symbols or terms.symbols,
            name=exchange.alias,
            targets={inventory.asset: plain(inventory.amount)} if inventory is not None else {},
            maker_fee=plain(terms.maker_fee),
            taker_fee=plain(terms.taker_fee),
            address=ways[0] if ways and exchange.addresses else None,
            fallback=tuple(ways[1:]) if exchange.addresses else (),
        )

    def _funds(self, venue: str, tier: Tier | None, balance: AssetAmount | None) -> dict[str, Decimal]:
        planned = dict(self.notes.funds.get(venue, {}))
        if balance is not None:
            planned[balance.asset] = planned.get(balance.asset, Decimal(0)) + balance.amount
        if tier is not None or not planned:
            planned["USDT"] = planned.get("USDT", Decimal(0)) + TIER_FUNDS[tier or Tier.HUNTER]
        return planned

    def _terms(self, exchange: Exchange) -> Terms:
        for memory in (self.notes, shared_notes()):
            if memory is not None and exchange.alias in memory.terms:
                return memory.terms[exchange.alias]
        raise WrongArgument(f"venue {exchange.alias} was opened by something else than the keywords Open The ...; open it with one of them")
