"""Emergencies: the kill switch, the emergency close (R34), what blocks entries (R3, R22, R23, R34, kill switch), its override (R35)."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import ask
from libraries.common.errors import NotYet
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.outgoing import ask as ask_engine
from libraries.engine_keywords.reading import EngineReader
from libraries.world.engine import Engine
from libraries.world.http import Answer

PHRASE = "RELEASE KILL SWITCH"
OVERRIDE_PHRASE = "OVERRIDE EMERGENCY HALT"
ADOPT_PHRASE = "ADOPT THE VENUES BALANCES"
LONG = Timeout(seconds=30)


class EmergencyKeywords(EngineReader):
    """What an operator does when trading has to end at once. Each is acknowledged by the engine before the keyword returns."""

    @keyword
    def press_the_kill_switch(self, reason: str = "a test", *, engine: str = NOT_GIVEN) -> list[str]:
        """Cancel everything at the venues but the stops of positions, and block entries until `Release The Kill Switch`.

        Args:
            reason: Why, for the journal.
            engine: Alias; default: the first engine.

        Returns:
            The client order ids that are being cancelled.

        Raises:
            AssertionError: the engine refused; its answer is in the message.

        Example:
            ```robotframework
            Press The Kill Switch    reason=prices look wrong
            Get Halts    ==    KILL_SWITCH
            ```
        """
        answer = self._post("kill", {"reason": reason}, engine)
        return list(_expect(answer, 202, "press the kill switch")["orders"])

    @keyword
    def release_the_kill_switch(self, phrase: str = PHRASE, *, status: int = 200, engine: str = NOT_GIVEN) -> dict[str, Any]:
        """Open entries again after `Press The Kill Switch`.

        Args:
            phrase: What the operator says; only `RELEASE KILL SWITCH` releases.
            status: The HTTP status that must come: 200; 422 for another phrase, 409 if it was not pressed.
            engine: Alias; default: the first engine.

        Returns:
            The engine's answer.

        Raises:
            AssertionError: another status; with the whole answer.

        Example:
            ```robotframework
            Release The Kill Switch    please    status=422
            Release The Kill Switch
            ```
        """
        return _expect(self._post("release", {"phrase": phrase}, engine), status, "release the kill switch")

    @keyword
    def override_the_halt(self, phrase: str = OVERRIDE_PHRASE, *, status: int = 200, engine: str = NOT_GIVEN) -> dict[str, Any]:
        """Lift the halts of the day's loss (R3, R22) for five minutes, at most twice a day (R35).

        Args:
            phrase: What the operator says; only `OVERRIDE EMERGENCY HALT` overrides.
            status: The HTTP status that must come: 200; 422 for another phrase, 409 if there is no such halt, one is overridden
                already, or both overrides of the day are used.
            engine: Alias; default: the first engine.

        Returns:
            The engine's answer: `override_until_ms` (wall clock, ms) and `overrides_left`.

        Raises:
            AssertionError: another status; with the whole answer.

        Example:
            ```robotframework
            Override The Halt    please    status=422
            Override The Halt
            ```
        """
        return _expect(self._post("override", {"phrase": phrase}, engine), status, "override the halt")

    @keyword
    def adopt_what_the_venue_shows(
        self, phrase: str = ADOPT_PHRASE, *, status: int = 202, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> list[str]:
        """Answer for what a blocked venue shows: balances and trades that the engine cannot explain are taken over as they are there.

        `Get Health    venues.binance.differences` says what that is. It is taken over if the next reading shows exactly that again.

        Args:
            phrase: What the operator says; only `ADOPT THE VENUES BALANCES` adopts.
            status: The HTTP status that must come: 202; 422 for another phrase, 409 if the venue is not blocked, or blocked by what
                cannot be adopted (an open order that the engine never made, one of its own that the venue has lost).
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine.

        Returns:
            The differences that are taken over.

        Raises:
            AssertionError: another status; with the whole answer.

        Example:
            ```robotframework
            Adopt What The Venue Shows    please    status=422
            Adopt What The Venue Shows
            ```
        """
        body = {"venue": self.exchange(venue).alias, "phrase": phrase}
        return list(_expect(self._post("adopt", body, engine), status, "adopt what the venue shows").get("differences", []))

    @keyword
    def close_everything(
        self, reason: str = "a test", *, dry_run: bool = False, status: int = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """Ask for an emergency close (R34): every position leaves by LIMIT IOC, the greatest loss first, until flat.

        Args:
            reason: Why, for the journal.
            dry_run: Only say what it would send.
            status: The HTTP status that must come: 202 (200 of a dry run); 409 while another one is under way.
            engine: Alias; default: the first engine.

        Returns:
            The engine's answer: `plan` (symbol, side, quantity, price, ... in the order in which they leave), `orders` that it
            cancels, `trades` that it unwinds, and `run_id` unless it is a dry run.

        Raises:
            AssertionError: another status; with the whole answer.

        Example:
            ```robotframework
            Close Everything    dry_run=True
            Close Everything    reason=the exchange is in trouble
            The Emergency Close Ends    left=0
            ```
        """
        wanted = status or (200 if dry_run else 202)
        answer = self._post("emergency-close", {"reason": reason, "dry_run": dry_run}, engine)
        return _expect(answer, wanted, "close everything")

    @keyword
    def the_emergency_close_ends(self, *, left: int = 0, timeout: Timeout = LONG, engine: str = NOT_GIVEN) -> Any:
        """The emergency close that is under way comes to its end, with so many positions and trades not closed.

        Args:
            left: How many are left; 0 = flat.
            timeout: How long to wait; default 30 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What is left: each with `what`, `quantity` and `why`.

        Raises:
            AssertionError: it did not end in time, or left another number; what it left, and why, is in the message.

        Example:
            ```robotframework
            Close Everything
            The Emergency Close Ends    left=0
            ```
        """

        def read(running: Engine) -> list[dict[str, Any]]:
            shown = _emergency(running)
            if shown["emergency_close"] is not None or shown["last_emergency_close"] is None:
                raise NotYet(f"an emergency close that has ended; it says {shown['emergency_close']}")
            return list(shown["last_emergency_close"]["left"])

        question = self.question(engine, read, "what the emergency close left", "GET /emergency")
        found: list[dict[str, Any]] = ask(question, NOT_GIVEN, NOT_GIVEN, timeout)
        if len(found) != left:
            raise AssertionError(f"the emergency close should leave {left}, it left {len(found)}: {found}. Look at: GET /emergency")
        return found

    @keyword
    def get_halts(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """What blocks entries now: kinds in alphabetical order, joined by commas; `none` if nothing does.

        Args:
            operator: A text operator; left out, the kinds are only returned.
            expected: Such as `FLASH_CRASH`, `EMERGENCY_CLOSE,KILL_SWITCH` or `none`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The kinds.

        Example:
            ```robotframework
            Get Halts    ==    none
            ```
        """

        def read(running: Engine) -> str:
            return ",".join(sorted(str(halt["kind"]) for halt in _emergency(running)["halts"])) or "none"

        return ask(self.question(engine, read, "what blocks entries", "GET /emergency"), operator, expected, timeout)

    @keyword
    def everything_is_cancelled(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """The engine says that all orders it was cancelling together (kill switch, flash crash, emergency close) have ended.

        Args:
            timeout: How long to wait; default 5 seconds.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: some have not; they are named.

        Example:
            ```robotframework
            Press The Kill Switch
            Everything Is Cancelled
            Get Venue Order Count    ==    0    status=NEW
            ```
        """

        def read(running: Engine) -> str:
            return ", ".join(name for run in _emergency(running)["cancelling"] for name in run["orders"]) or "none"

        question = self.question(engine, read, "orders that are being cancelled together", "GET /emergency")
        ask(question, AssertionOperator["=="], "none", timeout)

    def _post(self, verb: str, body: dict[str, Any], engine: str | None) -> Answer:
        running = self.engine(engine)
        return ask_engine(running, verb, f"/control/{verb}", body)


def _emergency(running: Engine) -> dict[str, Any]:
    return dict(running.control.client.expect("GET", "/emergency"))


def _expect(answer: Answer, status: int, what: str) -> dict[str, Any]:
    if answer.status != status:
        raise AssertionError(f"to {what} should be answered with status {status}, got {answer.status}: {answer.body}")
    return dict(answer.body)
