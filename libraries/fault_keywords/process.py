"""Faults of processes and of connections as they are: frozen, disconnected, on another clock."""

from __future__ import annotations

import signal
import time
from functools import partial

from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Channel, Duration, Timeout, milliseconds
from libraries.fault_keywords.arming import FaultComponent
from libraries.world.processes import Child
from libraries.world.session import session


class ProcessFaultKeywords(FaultComponent):
    """Every fault is real: a stopped process, a reset connection, a stepped clock."""

    @keyword
    def freeze_the_venue(self, *, venue: str = NOT_GIVEN) -> None:
        """Stop the exchange process in its tracks (SIGSTOP): connections stay, no answer comes. Ends with `Thaw The Venue`.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: it is frozen already.

        Example:
            ```robotframework
            Freeze The Venue
            The Engine Places    BUY    BTCUSDT    qty=0.5
            Thaw The Venue    after=2 seconds
            ```
        """
        exchange = self.exchange(venue)
        if exchange.alias in self.notes.frozen:
            raise WrongArgument(f"venue {exchange.alias} is frozen already; thaw it first (keyword: Thaw The Venue)")
        child = exchange.running_child()
        child.send_signal(signal.SIGSTOP)
        self.notes.frozen[exchange.alias] = time.monotonic()
        session.scope.cleanups.append(partial(_thaw_if_frozen, self.notes.frozen, exchange.alias, child))
        self.note("venue frozen", venue=exchange.alias)

    @keyword
    def thaw_the_venue(self, *, after: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN) -> None:
        """Let a frozen exchange process go on.

        Args:
            after: Not before this much time has passed since it was frozen; default: at once.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            WrongArgument: it is not frozen.

        Example:
            ```robotframework
            Thaw The Venue    after=2 seconds
            ```
        """
        exchange = self.exchange(venue)
        since = self.notes.frozen.pop(exchange.alias, None)
        if since is None:
            raise WrongArgument(f"venue {exchange.alias} is not frozen; freeze it first (keyword: Freeze The Venue)")
        child = exchange.running_child()
        left = (after.total_seconds() if after is not None else 0.0) - (time.monotonic() - since)
        if left > 0:
            child.wait(left)
        child.send_signal(signal.SIGCONT)
        self.note("venue thawed", venue=exchange.alias)

    @keyword
    def freeze_the_engine(self, *, engine: str = NOT_GIVEN) -> None:
        """Stop the engine's process in its tracks (SIGSTOP); it thaws by *Thaw The Engine*, or at the end of the test.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: it is frozen already, or was not started.
            WorldError: it has ended.

        Example:
            ```robotframework
            Freeze The Engine
            Thaw The Engine
            ```
        """
        name, child = self._engine_process(engine)
        if name in self.notes.frozen:
            raise WrongArgument(f"{name} is frozen already; thaw it first (keyword: Thaw The Engine)")
        child.send_signal(signal.SIGSTOP)
        self.notes.frozen[name] = time.monotonic()
        session.scope.cleanups.append(partial(_thaw_if_frozen, self.notes.frozen, name, child))
        self.note("engine frozen", engine=name)

    @keyword
    def thaw_the_engine(self, *, engine: str = NOT_GIVEN) -> None:
        """Let a frozen engine go on, whether a keyword or a crash point has frozen it.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: it was not started.
            WorldError: it has ended.

        Example:
            ```robotframework
            Freeze The Engine
            Thaw The Engine
            ```
        """
        name, child = self._engine_process(engine)
        self.notes.frozen.pop(name, None)
        child.send_signal(signal.SIGCONT)
        self.note("engine thawed", engine=name)

    def _engine_process(self, alias: str | None) -> tuple[str, Child]:
        used = self.engine(alias)
        if used.child is None:
            raise WrongArgument(f"engine {used.alias} is not running; start it first (keyword: Start A Fresh Engine)")
        return f"engine {used.alias}", used.child

    @keyword
    def disconnect_the_engine(self, channel: Channel = Channel.ALL, *, venue: str = NOT_GIVEN) -> int:
        """Cut the engine's connections at the venue (TCP reset), as a network would. Observers of the streams keep theirs.

        Args:
            channel: `ORDERS` (order entry and user data), `MARKET` (market data streams) or `ALL` (default).
            venue: Alias of the venue; default: the first one opened.

        Returns:
            How many connections were cut.

        Raises:
            WrongArgument: there was none to cut.

        Example:
            ```robotframework
            Disconnect The Engine    MARKET
            ```
        """
        admin = self.exchange(venue).admin
        kinds = {Channel.ORDERS: ("ws-api",), Channel.MARKET: ("stream",), Channel.ALL: ("ws-api", "stream")}[channel]
        open_now = admin.connections()
        own = {watcher.peer for watcher in self.notes.watchers.values()}
        cut = [row for row in open_now if row["kind"] in kinds and row["peer"] not in own]
        if not cut:
            there = ", ".join(row["kind"] for row in open_now) or "none"
            raise WrongArgument(f"no connection of kind {' or '.join(kinds)} is open at the venue (open: {there}); is the engine running?")
        for row in cut:
            admin.abort_connection(row["id"])
        self.note("disconnected", channel=channel.value, connections=len(cut))
        return len(cut)

    @keyword
    def set_the_venue_clock_skew(self, skew: Duration, *, venue: str = NOT_GIVEN) -> None:
        """Let the venue's clock run ahead of the machine's (or, negative, behind it) by this much, until it is set again.

        The clock is set, not moved on: what `Let The Venues Clock Pass` did before is undone, and connections, windows and stamps of the
        venue are from a later time than its clock then tells.

        Args:
            skew: Such as `3s` or `-3s`; `0s` sets it right again.
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Set The Venue Clock Skew    -3s
            ```
        """
        self.arm(venue, {"point": "now", "action": {"type": "skew", "ms": milliseconds(skew)}})


def _thaw_if_frozen(frozen: dict[str, float], alias: str, child: Child) -> None:
    """At the end of a test that failed between freeze and thaw: the venue may belong to the whole suite."""
    if frozen.pop(alias, None) is not None and child.alive:
        child.send_signal(signal.SIGCONT)
