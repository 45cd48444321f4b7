"""A second engine on the first one's database that waits for its end, and what becomes of the two."""

from __future__ import annotations

import signal
from functools import partial
from threading import Event
from typing import Any

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.arming import arm
from libraries.engine_keywords.settings import read_settings
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import EXIT_SUPERSEDED, Engine
from libraries.world.errors import WorldError
from libraries.world.session import session

START = Timeout(seconds=30)
TAKEOVER = Timeout(seconds=30)
SUPERSEDED = "GENESIS-3702"
_PAUSE = Event()


class StandbyKeywords(Component):
    """Engines on PostgreSQL (`Start A Database`) with a lease (`standby.lease_ms=...` of `Start A Fresh Engine`)."""

    @keyword
    def start_a_standby_engine(
        self, standby: str = "standby", *, engine: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, **settings: Any
    ) -> None:
        """Start an engine that follows another one's journal and trades nothing; its settings, venue and account are that one's.

        Args:
            standby: Its alias.
            engine: Alias of the engine that trades; default: the first engine.
            timeout: How long its start may take; default 30 seconds.
            settings: What is another one's setting here.

        Raises:
            WrongArgument: the other engine keeps its state in a file.
            WorldError: the alias is taken, or it did not come up; the end of its log is in the message.

        Example:
            ```robotframework
            Start A Database
            Start A Fresh Engine    standby.lease_ms=2500    timing.recv_window_ms=1500
            Start A Standby Engine
            ```
        """
        trading = self.engine(engine)
        if trading.database is None:
            raise WrongArgument("a standby needs a database that two engines reach; start one first (keyword: Start A Database)")
        sections = {name: dict(section) for name, section in trading.settings.items()}
        for name, section in read_settings({**settings, "standby.role": "standby"}).items():
            sections[name] = {**sections.get(name, {}), **section}
        created = session.new_engine(standby, trading.links, sections, database=trading.database)
        created.test_hooks = trading.test_hooks
        created.clock_ahead_ms = trading.clock_ahead_ms
        created.start(Deadline(timeout or START), until="STANDBY", books=False)
        self.note("standby started", engine=standby)

    @keyword
    def the_standby_takes_over(self, *standbys: str, timeout: Timeout = NOT_GIVEN) -> str:
        """Wait until one of the standbys is RUNNING with its books in step: from now on it is the engine that keywords mean.

        Args:
            standbys: Their aliases; default: `standby`.
            timeout: How long that may take; default 30 seconds.

        Returns:
            The alias of the one that took over.

        Raises:
            AssertionError: none did, or more than one; with what each says.

        Example:
            ```robotframework
            Start The Stopwatch
            Kill The Engine
            The Standby Takes Over
            Stop The Stopwatch    takeover    most=5 seconds
            ```
        """
        watched = [self.engine(alias) for alias in standbys or ("standby",)]
        last: dict[str, str] = {}

        def runs() -> Engine | None:
            for each in watched:
                try:
                    health = each.control.health()
                except WorldError as error:  # whoever answered until now hangs up when the other one begins to
                    last[each.alias] = str(error)
                    continue
                last[each.alias] = f"{health['state']} {health['database']['detail']}"
                if health["state"] == "RUNNING" and all(health["books"].values()):
                    return each
            return None

        found = poll(runs, Deadline(timeout or TAKEOVER), _PAUSE.wait)
        if found is None:
            raise AssertionError(f"a standby should have taken over, they are {last}. Look at: engine.log of each")
        session.prefer_engine(found.alias)
        self.note("standby took over", engine=found.alias)
        return found.alias

    @keyword
    def the_standby_still_waits(self, standby: str = "standby", *, for_: Timeout) -> None:
        """For so long it is asked again and again, and follows each time.

        Args:
            standby: Its alias.
            for_: How long.

        Raises:
            AssertionError: it did something else.

        Example:
            ```robotframework
            The Standby Still Waits    for_=4 seconds
            ```
        """
        waiting = self.engine(standby)

        def does_not() -> dict[str, Any] | None:
            health = waiting.control.health()
            return None if health["state"] == "STANDBY" and health["database"]["ok"] else health

        otherwise = poll(does_not, Deadline(for_), _PAUSE.wait)
        if otherwise is not None:
            raise AssertionError(f"engine {standby} should be a standby that follows, it says {otherwise}")

    @keyword
    def the_standby_has_folded_everything(self, standby: str = "standby", *, engine: str = NOT_GIVEN, timeout: Timeout = START) -> None:
        """Wait until the last event of the engine that trades is the standby's last one, too.

        Args:
            standby: Its alias.
            engine: Alias of the engine that trades; default: the first engine.
            timeout: How long it may take; default 30 seconds.

        Raises:
            AssertionError: it is not; with both numbers.

        Example:
            ```robotframework
            The Standby Has Folded Everything
            ```
        """
        seen: tuple[int, int] = (0, 0)

        def equal() -> bool | None:
            nonlocal seen
            seen = tuple(int(self.engine(alias).control.health()["journal_seq"]) for alias in (engine, standby))  # type: ignore[assignment]
            return seen[0] == seen[1] or None

        if poll(equal, Deadline(timeout), _PAUSE.wait) is None:
            raise AssertionError(f"engine {standby} should have folded {seen[0]} events, it has folded {seen[1]}")

    @keyword
    def the_standby_refuses_signals(self, standby: str = "standby", *, code: str = "GENESIS-5501") -> str:
        """A signal that is sent to the standby is refused by name.

        Args:
            standby: Its alias.
            code: The code that it names.

        Returns:
            What it said.

        Raises:
            AssertionError: it took it, or named something else.

        Example:
            ```robotframework
            The Standby Refuses Signals
            ```
        """
        body = {"venue": "binance", "symbol": "BTCUSDT", "side": "BUY", "qty": "0.1", "type": "MARKET"}
        answer = self.engine(standby).control.request("POST", "/signals", json=body)
        if answer.status != 409 or answer.error.get("code") != code:
            raise AssertionError(f"engine {standby} should refuse a signal with 409 and {code}, it answered {answer.status} {answer.body}")
        return str(answer.error["message"])

    @keyword
    def the_engine_will_freeze_at(self, point: str, *, engine: str = NOT_GIVEN) -> None:
        """Arm a crash point: the next time that it is reached the process stops in its tracks, until `Thaw The Engine` or the test's end.

        Args:
            point: Such as `CP-L1`, between the look at the lease and the write (docs/crash-points.md).
            engine: Alias; default: the first engine. It needs test hooks (`Start A Fresh Engine    movable_clock=True`).

        Raises:
            WrongArgument: the engine refuses: an unknown point, or it has no test hooks.

        Example:
            ```robotframework
            The Engine Will Freeze At    CP-L1
            The Engine Is Asked    BUY    BTCUSDT    qty=0.5
            ```
        """
        running = self.engine(engine)
        arm(running, f"{point}:1:stop")
        session.scope.cleanups.append(partial(_thaw, running))
        self.note("will freeze", engine=running.alias, point=point)

    @keyword
    def the_engine_was_superseded(self, *, engine: str = "main", timeout: Timeout = NOT_GIVEN) -> None:
        """The engine of before ends by itself with exit code 13, and its log says that another has taken over (GENESIS-3702).

        Args:
            engine: Alias.
            timeout: How long it may take; default 30 seconds.

        Raises:
            AssertionError: it still runs, ended otherwise, or did not say why.

        Example:
            ```robotframework
            Thaw The Engine    engine=main
            The Engine Was Superseded
            ```
        """
        ended = self.engine(engine)
        ended.end_by_itself("another engine has taken over, as the keyword expects", Deadline(timeout or START), EXIT_SUPERSEDED)
        if SUPERSEDED not in ended.log_path.read_text(encoding="utf-8"):
            raise AssertionError(f"engine {engine} should have said {SUPERSEDED}, its log does not. Look at: {ended.log_path}")


def _thaw(running: Engine) -> None:
    if running.child is not None and running.child.alive:
        running.child.send_signal(signal.SIGCONT)
