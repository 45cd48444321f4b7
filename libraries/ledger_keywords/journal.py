"""Getters over the journal: facts by kind, the path from signal to fill, and what was on disk before it was sent."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask, settle
from libraries.common.component import member
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.ledger_keywords.database import DatabaseReader, Row
from libraries.ledger_keywords.rows import LOOK
from libraries.ledger_keywords.venue_ledger import ledger_lines

FACT_KINDS = [
    "EngineStarted",
    "EngineStateChanged",
    "EngineStopped",
    "BalanceOpened",
    "BalanceTransferred",
    "TargetAdjusted",
    "RulesLoaded",
    "TierAssigned",
    "SignalReceived",
    "RiskDenied",
    "OpportunitySeen",
    "OrderIntended",
    "OrderChanged",
    "OrderFilled",
    "StopArmed",
    "StopFired",
    "MultiLegChanged",
    "StrategyChanged",
    "StrategyErred",
    "ConflictLost",
    "ParentChanged",
    "ConditionChanged",
    "Reconciled",
    "OperatorActed",
    "TiltMeasured",
    "TiltAnomaly",
    "TiltChanged",
    "HaltBegan",
    "HaltEnded",
    "CancelAllBegan",
    "CancelAllLate",
    "CancelAllEnded",
    "EmergencyCloseBegan",
    "EmergencyCloseAttempted",
    "EmergencyCloseEnded",
    "LimitsChanged",
    "ConcentrationChanged",
    "SlippageExceeded",
    "StopExecuted",
    "DayBegan",
    "DayLossReached",
    "OverrideBegan",
    "OverrideEnded",
    "AlertRaised",
    "AlertDelivered",
    "ErrorRecorded",
    "MarketDataRejected",
    "HistoryForgotten",
]
_FINAL = ("FILLED", "CANCELLED", "REJECTED", "EXPIRED", "FAILED", "NOT_SENT")


class JournalKeywords(DatabaseReader):
    """The journal is the engine's only memory: append-only, gapless, chained by hashes."""

    @keyword
    def get_facts(self, kind: str, *, correlation_id: str = NOT_GIVEN, engine: str = NOT_GIVEN) -> list[Row]:
        """All facts of one kind, oldest first.

        Args:
            kind: Such as `RiskDenied` or `OrderFilled`.
            correlation_id: Only facts of this signal.
            engine: Alias; default: the first engine.

        Returns:
            Rows with `seq`, `epoch`, `wall_ms`, `mono_ns`, `correlation_id` and the parsed `payload`.

        Raises:
            WrongArgument: an unknown kind; lists the known ones.

        Example:
            ```robotframework
            ${denials} =    Get Facts    kind=RiskDenied
            ```
        """
        member("kind of fact", kind, FACT_KINDS)
        return self.facts(engine, kind, correlation_id)

    @keyword
    def get_fact_count(
        self,
        kind: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        correlation_id: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> int:
        """How many facts of one kind the journal has.

        Args:
            kind: Such as `RiskDenied`.
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            correlation_id: Only facts of this signal.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The number.

        Example:
            ```robotframework
            Get Fact Count    StopFired    ==    1
            ```
        """
        member("kind of fact", kind, FACT_KINDS)
        question = Question(lambda: len(self.facts(engine, kind, correlation_id)), f"number of {kind} facts", LOOK)
        return ask(question, operator, expected, timeout)

    @keyword
    def get_fact_field(
        self,
        kind: str,
        path: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        number: int = -1,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """One value of a fact, as the text that the journal holds.

        Args:
            kind: Such as `RiskDenied`.
            path: Name of the value; inner ones are joined by dots, such as `order.purpose`.
            operator: A text operator; left out, the value is only returned.
            expected: The text to compare with (amounts in canonical form: `0.5`, not `0.50`).
            number: Which fact of that kind: 1 the first, -1 the last (default).
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The value.

        Example:
            ```robotframework
            Get Fact Field    RiskDenied    rule    ==    R1
            ```
        """
        member("kind of fact", kind, FACT_KINDS)
        if number == 0:
            raise WrongArgument("facts are counted from 1 (the first) or from -1 (the last), got 0")

        def read() -> str:
            rows = self.facts(engine, kind)
            if len(rows) < abs(number):
                raise NotYet(f"{len(rows)} {kind} facts")
            return _dig(rows[number - 1 if number > 0 else number]["payload"], path)

        return ask(Question(read, f"{path} of {kind} {number}", LOOK), operator, expected, timeout)

    @keyword
    def the_path_of_the_order_is_complete(
        self, *, order: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> list[str]:
        """From signal to the order's end, every step is a fact under one correlation id, in this order.

        Signal received, order intended, sent, each fill of the fills table, final state. An order that a stop or a
        strategy minted begins with its intent.

        Args:
            order: Client order id; default: the last order placed.
            timeout: How long to wait for the path; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The kinds of the path's facts, in order.

        Raises:
            AssertionError: a step is missing or out of order; with the path as it is.

        Example:
            ```robotframework
            The Order    status=FILLED
            The Path Of The Order Is Complete
            ```
        """
        name = self.order_id(order)

        def read() -> list[str]:
            steps = self._path(engine, name)
            missing = missing_of(steps, self.rows(engine, "fills", {"client_order_id": name}), name)
            if missing:
                raise NotYet(f"{missing}; the path is {' -> '.join(fact['kind'] for fact in steps) or 'empty'}")
            return [str(fact["kind"]) for fact in steps]

        return settle(Question(read, f"path of order {name}", LOOK), "be complete", lambda _: True, timeout)

    @keyword
    def the_order_was_written_before_it_was_sent(
        self, *, order: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> float:
        """The commit that holds the order's intent returned before the venue read the order's bytes (write-ahead, I16).

        Two witnesses: the engine's commit times, and the time at which the venue received the request; both monotonic
        clocks of one machine.

        Args:
            order: Client order id; default: the last order placed.
            timeout: How long to wait for both witnesses; default 5 seconds.
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine.

        Returns:
            Milliseconds between commit and receipt.

        Raises:
            AssertionError: the venue received it first, or a witness is missing.

        Example:
            ```robotframework
            The Order Was Written Before It Was Sent
            ```
        """
        name = self.order_id(order)
        committed, received = settle(
            Question(lambda: (self._committed_ns(engine, name), self._received_ns(venue, name)), f"write-ahead of order {name}", LOOK),
            "have both witnesses",
            lambda _: True,
            timeout,
        )
        return head_start_ms(name, committed, received)

    def _path(self, engine: str | None, name: str) -> list[Row]:
        """The facts of one order: its signal's, its own, its fills'."""
        intents = [fact for fact in self.facts(engine, "OrderIntended") if fact["payload"]["order"]["client_order_id"] == name]
        if not intents:
            raise NotYet("no OrderIntended fact")
        return [fact for fact in self.facts(engine, None, intents[0]["correlation_id"]) if _concerns(fact, name)]

    def _committed_ns(self, engine: str | None, name: str) -> int:
        intent = next((fact for fact in self.facts(engine, "OrderIntended") if fact["payload"]["order"]["client_order_id"] == name), None)
        if intent is None:
            raise NotYet(f"no OrderIntended fact of {name}")
        commits = [row for row in self.rows(engine, "commits", order_by="last_seq") if row["last_seq"] >= intent["seq"]]
        if not commits:
            raise NotYet(f"the commit of fact {intent['seq']} is not recorded yet")
        return int(commits[0]["committed_ns"])

    def _received_ns(self, venue: str | None, name: str) -> int:
        for line in ledger_lines(self.exchange(venue), "request"):
            if line["client_order_id"] == name and line["action"] == "place":
                return int(line["received_ns"])
        raise NotYet(f"the venue has not received {name}")


def _concerns(fact: Row, name: str) -> bool:
    """Whether a fact of the same correlation id belongs to this order or to its signal."""
    payload = fact["payload"]
    if fact["kind"] == "OrderIntended":
        return bool(payload["order"]["client_order_id"] == name)
    if fact["kind"] == "OrderFilled":
        return bool(payload["fill"]["client_order_id"] == name)
    if fact["kind"] == "OrderChanged":
        return bool(payload["client_order_id"] == name)
    return fact["kind"] in ("SignalReceived", "StopFired", "OpportunitySeen")


def head_start_ms(name: str, committed_ns: int, received_ns: int) -> float:
    """Milliseconds from the commit of an intent to its receipt at the venue.

    Raises:
        AssertionError: the venue received it before it was on disk.
    """
    if committed_ns > received_ns:
        raise AssertionError(
            f"order {name} should be on disk before it is sent (I16): committed at {committed_ns} ns, "
            f"the venue received it {(committed_ns - received_ns) / 1e6:.3f} ms earlier"
        )
    return (received_ns - committed_ns) / 1e6


def missing_of(steps: list[Row], fills: list[Row], name: str) -> str:
    """What a path lacks, in words; empty when it is complete."""
    kinds = [fact["kind"] for fact in steps]
    if "SignalReceived" in kinds and kinds.index("SignalReceived") > kinds.index("OrderIntended"):
        return "the signal comes after its order"
    states = [fact["payload"]["after"] for fact in steps if fact["kind"] == "OrderChanged"]
    if not states or states[-1] not in _FINAL:
        return f"order {name} has not come to its end (last state {states[-1] if states else 'PENDING'})"
    told = {int(fact["payload"]["fill"]["trade_id"]) for fact in steps if fact["kind"] == "OrderFilled"}
    booked = {int(row["trade_id"]) for row in fills}
    if told != booked:
        return f"facts tell of trades {sorted(told)}, the fills table has {sorted(booked)}"
    return ""


def _dig(document: Any, path: str) -> str:
    for name in path.split("."):
        if isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
            continue
        if not isinstance(document, dict):
            raise WrongArgument(f"the fact has nothing below {document!r} for {path!r}")
        member("value of the fact", name, list(document))
        document = document[name]
    return "" if document is None else str(document)
