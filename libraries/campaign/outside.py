"""Every outside call of an engine fails once: the n-th request of a short session, for n = 1, 2, ... until a session passes untouched.
What fails is a call of the trading, of the start after a kill (recovery and reconciliation), or of a shutdown in good order.

As SQLite's tests fail every allocation: the call is not chosen by anybody's idea of what matters. After each session the auditor looks.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

from libraries.campaign.lone import lone_engine
from libraries.campaign.plan import Phrase, Step
from libraries.campaign.rounds import FUNDS, QUIET_S, START_S
from libraries.campaign.trader import Trader
from libraries.evidence.audit import audit_world
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange

SYMBOL: Final = "BTCUSDT"
SETTINGS: Final = {
    "timing": {"answer_timeout_ms": 700, "recv_window_ms": 700, "read_lag_ms": 300, "query_retry_ms": 200},
    "market": {"backoff_ms": 250, "backoff_most_ms": 500},
}
"""What is lost is noticed soon: a session has many calls."""
STEPS: Final = tuple(Step(each, SYMBOL, "0.40") for each in (Phrase.BUYS, Phrase.FILLED_IN_PARTS, Phrase.CANCELLED, Phrase.LEAVES))
_NUMBERS: Final = itertools.count(1)
MOST_CALLS: Final = 200
"""More than a session has: one that is never untouched does not go on for ever."""

_LATE_EVENTS: Final = {"match": {"event": "executionReport"}, "point": "event", "action": {"type": "delay", "ms": 900, "overtaken": True}}


_LEFT: Final = "0.40"
"""What an order is for that rests while its engine dies, or leaves."""
_LEAVES: Final = {"positions_on_shutdown": "close"}


class Moment(Enum):
    """Whose calls fail."""

    TRADING = "TRADING"
    RESTART = "RESTART"
    SHUTDOWN = "SHUTDOWN"


class Failure(Enum):
    """How a call fails."""

    CUT = "CUT"
    LOST = "LOST"
    FAILED = "FAILED"
    FAILED_AND_DONE = "FAILED_AND_DONE"

    def rules(self, nth: int) -> list[dict[str, Any]]:
        """The venue's fault rules: the first happens to the n-th request from now on, by whichever API. What fails after it was done is
        told by no event before the answer, else the events alone would say what became of it."""
        unknown = {"type": "status", "status": 503, "code": -1007}
        point, action = {
            Failure.CUT: ("before_parse", {"type": "reset"}),
            Failure.LOST: ("after_match", {"type": "drop"}),
            Failure.FAILED: ("before_parse", unknown),
            Failure.FAILED_AND_DONE: ("after_match", unknown),
        }[self]
        rule = {"match": {"nth": nth}, "point": point, "action": action, "times": 1}
        return [rule, _LATE_EVENTS] if self is Failure.FAILED_AND_DONE else [rule]


@dataclass
class Outcome:
    """What a session came to. `hit`: what failed, "" = nothing did, the session has fewer calls."""

    nth: int
    hit: str = ""
    failures: list[str] = field(default_factory=list)


def fail(nth: int, failure: Failure, moment: Moment, exchange: Exchange, *, root: Path, directory: Path) -> Outcome:
    """Play a session in which the n-th call fails, and audit it; never raises for what the engine does."""
    directory.mkdir(parents=True)
    outcome, name = Outcome(nth), f"outside-{next(_NUMBERS)}-{directory.name}"  # tests of a suite share the venue
    with lone_engine(name, exchange, root, directory, funds=FUNDS, symbols=(SYMBOL,), settings=SETTINGS) as (engine, history):
        trader = Trader(engine, exchange, history, f"o{nth}")
        try:
            trader.quote()
            _PLAYS[moment](_Session(engine, exchange, trader, outcome, failure.rules(nth)))
            outcome.failures += audit_world([engine], [exchange], history, directory).failures
        except (WorldError, AssertionError) as error:
            outcome.failures.append(f"{type(error).__name__}: {error}")
    return outcome


@dataclass
class _Session:
    engine: Engine
    exchange: Exchange
    trader: Trader
    outcome: Outcome
    rules: list[dict[str, Any]]

    def arm(self) -> str:
        """From here on the calls count; the id of the rule whose hit is the failure."""
        answer = self.exchange.admin.request("POST", "/admin/faults", json=self.rules)
        if not answer.ok:
            raise AssertionError(f"the venue should take the fault, got {answer.status}: {answer.body}")
        return str(answer.body["ids"][0])

    def heal(self, rule: str) -> None:
        """The calls count no more; what was hit is in the outcome."""
        hits = [hit for hit in self.exchange.admin.faults()["hits"] if hit["rule"] == rule]
        self.outcome.hit = str(hits[0]["subject"]) if hits else ""
        self.exchange.admin.heal()

    def comes_to_rest(self) -> None:
        quiet = self.engine.control.quiesce(round(1_000 * QUIET_S))
        if not quiet.ok:
            self.outcome.failures.append(f"it should come to rest within {QUIET_S:g} s, it answered {quiet.status}: {quiet.body}")
        state = self.engine.control.health()["state"]
        if state != "RUNNING":
            self.outcome.failures.append(f"it should be RUNNING after the session, it is {state}")


def _trading(session: _Session) -> None:
    rule = session.arm()
    session.engine.start(Deadline(START_S))
    for step in STEPS:
        session.trader.play(step, heal=False)
    session.heal(rule)
    session.comes_to_rest()


def _restart(session: _Session) -> None:
    """Killed with a position and an order that rests, of which a part is filled while nobody is there: recovery has something to find."""
    session.engine.start(Deadline(START_S))
    session.trader.play(STEPS[0], heal=False)
    session.trader.rest(SYMBOL, _LEFT)
    session.engine.kill("the session's calls are those of the next start")
    session.trader.trade_on(["part"])
    rule = session.arm()
    session.engine.start(Deadline(START_S))
    session.heal(rule)
    session.comes_to_rest()


def _shutdown(session: _Session) -> None:
    """What rests is cancelled and the position is closed, before the process leaves with exit code 0."""
    session.engine.change_settings({"engine": _LEAVES, "timing": {"shutdown_ms": 20_000}})
    session.engine.start(Deadline(START_S))
    session.trader.play(STEPS[0], heal=False)
    session.trader.rest(SYMBOL, _LEFT)
    rule = session.arm()
    session.engine.stop("the session's calls are those of its shutdown", Deadline(START_S))
    session.heal(rule)
    resting = session.exchange.admin.account(session.trader.account)["open_orders"]
    if resting:
        session.outcome.failures.append(f"nothing should rest at the venue after the shutdown, {resting} orders do")


_PLAYS: Final = {Moment.TRADING: _trading, Moment.RESTART: _restart, Moment.SHUTDOWN: _shutdown}
