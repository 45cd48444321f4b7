"""Ends and returns of an engine, again and again, and how long a return takes."""

from __future__ import annotations

import random
import time
from decimal import Decimal
from typing import Any

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from libraries.common.amounts import Quantity
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Purpose, Side, Symbol, Timeout
from libraries.engine_keywords.configuration import must_end, must_say
from libraries.engine_keywords.lifecycle import REFUSAL, START
from libraries.engine_keywords.outgoing import Asking, Wish
from libraries.engine_keywords.random_session import RandomSession
from libraries.engine_keywords.reading import EngineReader
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.session import session

_FIGURE = "Slowest recovery"
_IN_FLIGHT_S = 0.02


class RecoveryKeywords(EngineReader):
    """Every death is a real SIGKILL, announced, at a moment that nobody chose for its convenience."""

    @keyword
    def the_recovery_took_at_most(self, limit: Timeout, *, engine: str = NOT_GIVEN) -> float:
        """From the start of the process to RUNNING with its books in step, at the last start. The figure is in the suite's metadata.

        Args:
            limit: The longest that is allowed, such as `5s`.
            engine: Alias; default: the first engine.

        Returns:
            Seconds.

        Raises:
            AssertionError: it took longer.

        Example:
            ```robotframework
            The Engine Crashes And Comes Back
            The Recovery Took At Most    5s
            ```
        """
        took = self.engine(engine).last_up_s
        self.note("recovered", seconds=round(took, 3))
        self.measured("recovery, start to RUNNING", "s", took, required=limit.total_seconds())
        logger.info(f"{_FIGURE}: {took:.2f} s")
        known = float(BuiltIn().get_variable_value("${SLOWEST RECOVERY}", 0.0))
        slowest = max(known, took)
        BuiltIn().set_suite_variable("${SLOWEST RECOVERY}", slowest)
        BuiltIn().set_suite_metadata(_FIGURE, f"{slowest:.2f} s (target 5 s, required 5 min)")
        if took > limit.total_seconds():
            raise AssertionError(f"recovery should take at most {limit.total_seconds():g} s, it took {took:.2f} s")
        return took

    @keyword
    def the_engine_does_not_come_back(self, *, exit_code: int, message: str, timeout: Timeout = REFUSAL, engine: str = NOT_GIVEN) -> str:
        """The killed or stopped engine is started on its database, and ends by itself, for a reason that it names.

        Args:
            exit_code: The exit code it must end with, such as 5 (venue).
            message: A part of what it must say on stderr, such as an error code.
            timeout: How long it may take to end; default 30 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, or showed a traceback.
            WorldError: it did not end in time.

        Example:
            ```robotframework
            Kill The Engine
            Revoke The Api Key
            The Engine Does Not Come Back    exit_code=5    message=GENESIS-1901
            ```
        """
        ended = self.engine(engine)
        result = ended.run_command("run", "--config", str(ended.write_config()), deadline=Deadline(timeout))
        self.note("engine did not come back", engine=ended.alias, exit_code=result.exit_code)
        must_end(result, exit_code, "run")
        must_say(result.stderr, message)
        return result.stderr

    @keyword
    def the_engine_dies_while_it_recovers(self, *points: str, timeout: Timeout = START, engine: str = NOT_GIVEN) -> None:
        """The dead engine is started once for each of these crash points, and dies there (SIGKILL).

        Args:
            points: Crash points of a start or a recovery, such as `CP-S4a`, `CP-R1`, `CP-R2`, `CP-R3` (docs/crash-points.md); with
                `:2` behind it the second time that it is reached, such as `CP-M1b:2`.
            timeout: How long each start may take to come to its point; default 15 seconds.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: no point.
            WorldError: the engine runs, ended by itself, or did not come to a point; the end of its log is in the message.

        Example:
            ```robotframework
            Kill The Engine
            The Engine Dies While It Recovers    CP-S4a    CP-R1    CP-R1
            Restart The Engine
            ```
        """
        if not points:
            raise WrongArgument("name at least one crash point of a start or recovery, such as CP-R1")
        dying = self.engine(engine)
        for point in points:
            dying.start_and_die(
                f"{point if ':' in point else f'{point}:1'}:kill", Deadline(timeout), "keyword The Engine Dies While It Recovers"
            )
        self.note("kill", engine=dying.alias, points=list(points))

    @keyword
    def trade_and_crash_at_random(
        self, symbol: Symbol, *, steps: int = 60, crashes: int = 3, seed: int = 1, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """A seeded session: entries, exits, cancels, others who trade, a book that moves. At random moments the engine is killed with a
        signal in flight, the venue trades on without it, and it comes back. Same seed, same wishes and same moments.

        Args:
            symbol: The symbol that is traded, around 100.00.
            steps: How many things are done in all.
            crashes: How many times the engine is killed (SIGKILL), below `steps`.
            seed: Seed of everything.
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine.

        Returns:
            `accepted` (signals taken), `crashes`, `slowest_s` (the slowest recovery, in seconds).

        Raises:
            WrongArgument: as many crashes as steps, or more.
            AssertionError: no signal was taken: then the session proves nothing.
            WorldError: the engine did not come back.

        Example:
            ```robotframework
            Trade And Crash At Random    BTCUSDT    steps=60    crashes=3    seed=7
            Engine And Venue Agree    BTC
            ```
        """
        if not 0 <= crashes < steps:
            raise WrongArgument(f"crashes must be 0 to {steps - 1}, got {crashes}")
        running, exchange = self.engine(engine), self.exchange(venue)
        dice = random.Random(seed)  # noqa: S311 - repeatable, not secret
        trading = RandomSession(running, exchange, symbol, seed)
        deaths = set(dice.sample(range(1, steps), crashes))
        slowest = 0.0
        for number in range(steps):
            if number in deaths:
                self._crash_in_flight(running, exchange.alias, symbol, dice)
                for _ in range(dice.randrange(4)):
                    trading.step()
                running.restart(Deadline(START), books=False)
                slowest = max(slowest, running.last_up_s)
            trading.step()
        if not trading.accepted:
            raise AssertionError(f"none of the session's signals was taken (seed {seed}); it proves nothing")
        told = {"accepted": trading.accepted, "crashes": crashes, "slowest_s": round(slowest, 2)}
        self.note("traded and crashed at random", seed=seed, steps=steps, **told)
        logger.info(f"Seed {seed}: {told}")
        return told

    def _crash_in_flight(self, running: Engine, venue: str, symbol: Symbol, dice: random.Random) -> None:
        """A signal is under way, nobody knows how far, when the engine dies."""
        wish = Wish(Side.BUY, symbol, Quantity(Decimal("0.15")), None, None, None, None, Purpose.ENTRY, None)
        asking = Asking(running, wish.document(venue))
        time.sleep(dice.uniform(0.0, _IN_FLIGHT_S))  # the moment of the death
        running.kill("keyword Trade And Crash At Random")
        asking.finish()
        session.history.note("kill", engine=running.alias)
