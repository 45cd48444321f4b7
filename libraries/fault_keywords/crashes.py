"""Deaths of the engine at named points of its code (crash points, reliability A3), and errors raised there."""

from __future__ import annotations

import signal
from enum import Enum

from robot.api.deco import keyword

from libraries.campaign.plan import SYMBOLS, Round, session
from libraries.campaign.rounds import FUNDS, SETTINGS, Life, play
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.arming import arm
from libraries.fault_keywords.arming import FaultComponent
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import VenueLink
from libraries.world.session import session as world

_NEWS = 20.0


class CrashMode(Enum):
    """What happens at the point."""

    kill = "kill"
    stop = "stop"
    RAISE = "raise"


class DiskError(Enum):
    """What the disk says."""

    IO_ERROR = "SQLITE_IOERR"
    SYNC_FAILED = "SQLITE_IOERR_FSYNC"
    DISK_FULL = "SQLITE_FULL"


class CrashKeywords(FaultComponent):
    """Disk errors need an engine with test hooks (`Start A Fresh Engine    movable_clock=True`)."""

    @keyword
    def the_engine_dies_and_comes_back(
        self, point: str, *, mode: CrashMode = CrashMode.kill, nth: int = 1, seed: int = 1, again: int = 0, venue: str = NOT_GIVEN
    ) -> float:
        """A new engine trades a session, dies at a crash point, the venue trades on with what it left, and the engine comes back.

        The session has orders that are filled at once, in parts, cancelled, refused, of unknown outcome, answered late, several at once,
        and exits. After the recovery a part of the rest is played, and the engine comes to rest; what is left is for the audit.

        Args:
            point: Name of the crash point, such as `CP-O4` (docs/crash-points.md lists them).
            mode: `kill` (SIGKILL), `stop` (frozen for a while, then it goes on) or `raise` (an error comes up there).
            nth: At which time that the point is reached.
            seed: Seed of the session.
            again: How often it is killed once more while it recovers.
            venue: Alias of the venue, which lists BTCUSDT and ETHUSDT; default: the first one opened.

        Returns:
            Seconds from the start of the recovering process to its next accepted order, the slowest one; 0 if it never died.

        Raises:
            AssertionError: the point was never reached, or the engine did not come back; what is missing is in the message.

        Example:
            ```robotframework
            The Engine Dies And Comes Back    CP-O4
            The Engine Dies And Comes Back    CP-F1    mode=stop    seed=7
            ```
        """
        exchange = self.exchange(venue)
        account = world.new_account(exchange, FUNDS)
        self.notes.accounts.setdefault(exchange.alias, account)
        engine = world.new_engine("main", [VenueLink(exchange, account, SYMBOLS, name=exchange.alias)], SETTINGS)
        pauses = tuple(0.1 + 0.2 * number for number in range(again))
        plan = Round(
            number=seed, seed=seed, point=point, nth=nth, mode=mode.value, at_step=len(session(seed)) // 2, pause_s=0, again_s=pauses
        )
        life = Life(plan, engine, exchange, world.history, hurried=True)
        play(life)
        if life.outcome.failures:
            raise AssertionError("\n".join(life.outcome.failures))
        return max(life.outcome.recovery_s, default=0.0)

    @keyword
    def the_engine_will_die_at(self, point: str, *, engine: str = NOT_GIVEN) -> None:
        """Arm a crash point of the running engine: the next time that it is reached the process is gone (SIGKILL).

        Args:
            point: Name of the crash point, such as `CP-K1` (docs/crash-points.md lists them).
            engine: Alias; default: the first engine. It needs test hooks (`Start A Fresh Engine    movable_clock=True`).

        Raises:
            WrongArgument: the engine refuses: an unknown point, or it has no test hooks.

        Example:
            ```robotframework
            The Engine Will Die At    CP-K1
            The Engine Is Asked    BUY    BTCUSDT    qty=0.5
            The Engine Has Died There
            ```
        """
        running = self.engine(engine)
        arm(running, f"{point}:1:kill")
        assert running.child is not None
        running.child.announce_death("keyword The Engine Will Die At")
        self.note("will die", engine=running.alias, at=point)

    @keyword
    def the_engine_has_died_there(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """The engine has come to the point that *The Engine Will Die At* armed; it can be started again.

        Args:
            timeout: How long to wait for its death; default 20 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: it still runs, or ended by itself; the end of its log is in the message.

        Example:
            ```robotframework
            The Engine Has Died There
            Restart The Engine
            ```
        """
        running = self.engine(engine)
        assert running.child is not None
        if running.child.wait(Deadline(timeout or _NEWS).remaining()) != -signal.SIGKILL:
            how = f"{running.child.exit_text()}.\n{running.child.log_tail()}"
            raise AssertionError(
                f"engine {running.alias} should have died at its crash point, it is {how}\n"
                "Does what the test did come to that point (docs/crash-points.md)?"
            )
        running.forget()
        self.note("kill", engine=running.alias)

    @keyword
    def arm_a_disk_error(self, point: str, error: DiskError, *, nth: int = 1, always: bool = False, engine: str = NOT_GIVEN) -> None:
        """From now on the engine's disk fails at a crash point of its journal.

        Args:
            point: `CP-O3b` (before the commit of an intent), `CP-O3c` (after it, the writer does not know yet) or `CP-O3d` (while the
                outcome of a failed commit is read).
            error: `IO_ERROR`, `SYNC_FAILED` (fsync) or `DISK_FULL`.
            nth: At which time that the point is reached, counted from now.
            always: Also at every later time, until `Heal The Engines Disk`.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the engine refuses: an unknown point, or it has no test hooks.

        Example:
            ```robotframework
            Start A Fresh Engine    movable_clock=True
            Arm A Disk Error    CP-O3b    DISK_FULL    always=True
            ```
        """
        crash = f"{point}:{nth}{'+' if always else ''}:raise:{error.value}"
        arm(self.engine(engine), crash)
        self.note("disk error armed", engine=self.engine(engine).alias, crash=crash)

    @keyword
    def the_disk_error_has_come(self, point: str, *, times: int = 1, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """What `Arm A Disk Error` armed has happened: no test is green because its error did not come.

        Args:
            point: The crash point at which it was armed.
            times: How often at least.
            timeout: How long to wait for it; default 20 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: it has not happened so often; with what has.

        Example:
            ```robotframework
            Arm A Disk Error    CP-O3b    IO_ERROR
            The Engine Places    BUY    BTCUSDT    qty=0.5
            The Disk Error Has Come    CP-O3b
            ```
        """
        running = self.engine(engine)
        seen: list[str] = []

        def came() -> bool | None:
            nonlocal seen
            seen = list(running.control.request("GET", "/control/crash").body["happened"])
            return seen.count(f"{point}:raise") >= times or None

        assert running.child is not None
        if poll(came, Deadline(timeout or _NEWS), running.child.wait) is None:
            raise AssertionError(
                f"a disk error should have come at {point} at least {times} times, what has happened is {seen or 'nothing'}. "
                "Look at: whether the engine came to that point after it was armed (docs/crash-points.md)"
            )

    @keyword
    def heal_the_engines_disk(self, *, engine: str = NOT_GIVEN) -> None:
        """Nothing of `Arm A Disk Error` happens any more.

        Args:
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: the engine does not disarm; its answer is in the message.

        Example:
            ```robotframework
            Heal The Engines Disk
            ```
        """
        answer = self.engine(engine).control.request("DELETE", "/control/crash")
        if not answer.ok:
            raise AssertionError(f"the engine should disarm its disk errors, it answered {answer.status}: {answer.body}")
        self.note("disk healed", engine=self.engine(engine).alias)
