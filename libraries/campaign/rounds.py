"""One round: an engine trades, dies where the plan says, the venue trades on, the engine comes back, the auditor looks."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libraries.campaign.lone import lone_engine
from libraries.campaign.plan import SYMBOLS, Round, Step, When, session
from libraries.campaign.trader import EngineGone, Trader
from libraries.evidence.audit import audit_world
from libraries.world.admin import AdminClient
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import CRASH_VARIABLE, Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange
from libraries.world.history import History
from libraries.world.processes import Child

LOG_VARIABLE = "GENESIS_CRASH_LOG"
FUNDS = {"USDT": "5000"}
SETTINGS = {
    "timing": {"snapshot_every_facts": 60, "answer_timeout_ms": 2_000, "recv_window_ms": 1_500, "read_lag_ms": 300, "shutdown_ms": 4_000},
}
START_S, STOP_S, NEWS_S, QUIET_S = 30.0, 15.0, 20.0, 30.0
DEPOSIT = "100"
"""What comes to the account while the engine is dead, for the round in which a difference must be found."""
ENDED_BY_ITSELF = (4, 7)
"""Exit codes of an engine that met an error where it must not go on: database, internal failure."""
_REST = 3
"""How many phrases of a session are played after the recovery: enough to see that it trades as before."""
_FROZEN_S = 0.4
_AT_ONCE_MS, _PROVEN_MS = 100, 3_000
_LATE_CANCEL_MS = 400
_FOUND = ["part", "fill"]
"""What happens to the orders that recovery is to find, when it dies of what it finds."""
_MOVES = {0: ["fill", "part", "let be"], 1: ["part", "let be", "fill"], 2: ["let be", "fill", "part"]}


@dataclass
class Outcome:
    """What a round came to. `failures` empty = it was survived; `recovery_s`: from the start of each process that
    stayed to its next accepted order."""

    number: int
    name: str
    kills: int = 0
    stops: int = 0
    raises: int = 0
    acknowledged: int = 0
    unknown: int = 0
    points: set[str] = field(default_factory=set)
    recovery_s: list[float] = field(default_factory=list)
    invariants: dict[str, dict[str, Any]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


class Life:
    """One engine on an account of its own, for one round."""

    def __init__(self, plan: Round, engine: Engine, exchange: Exchange, history: History, hurried: bool = False) -> None:
        """`engine` is configured with `SETTINGS` and was never started. `hurried`: clocks are moved where only time is waited for."""
        self.plan = plan
        self.hurried = hurried
        self.engine = engine
        self.exchange = exchange
        self.history = history
        self.log = engine.directory / "points.log"
        self.outcome = Outcome(plan.number, plan.name)
        self.trader = Trader(engine, exchange, history, f"r{plan.number}")
        engine.test_hooks = True
        self.arm("")

    @property
    def child(self) -> Child:
        assert self.engine.child is not None
        return self.engine.child

    def arm(self, crash: str) -> None:
        """What the next start has armed; "" = nothing."""
        self.engine.variables = {LOG_VARIABLE: str(self.log)} | ({CRASH_VARIABLE: crash} if crash else {})

    def points(self) -> set[str]:
        """What was reached so far; a name with a colon says that what was armed there has happened."""
        return set(self.log.read_text().split()) if self.log.exists() else set()

    def happened(self) -> bool:
        return f"{self.plan.point}:{self.plan.mode}" in self.points()


def survive(plan: Round, exchange: Exchange, root: Path, directory: Path) -> Outcome:
    """Play a round to its end and audit it; never raises for what the engine does."""
    name = f"campaign-{plan.number}-{plan.seed}"
    with lone_engine(name, exchange, root, directory, funds=FUNDS, symbols=SYMBOLS, settings=SETTINGS) as (engine, history):
        life = Life(plan, engine, exchange, history)
        try:
            play(life)
            audit(life, directory)
        except (WorldError, AssertionError) as error:
            life.outcome.failures.append(f"{type(error).__name__}: {error}")
        told(life)
    return life.outcome


def told(life: Life) -> None:
    """What was reached and what was said, into the outcome."""
    life.outcome.points = {line.partition(":")[0] for line in life.points() if ":" in line}
    life.outcome.acknowledged, life.outcome.unknown = life.trader.acknowledged, life.trader.unknown


def play(life: Life) -> None:
    """The session, the death, the recovery, until nothing is under way any more. What went wrong is in the outcome.

    Raises:
        WorldError, AssertionError: the engine did not come back, or did not do what was asked.
    """
    plan = life.plan
    crash = f"{plan.point}:{plan.nth}:{plan.mode}" if plan.point else ""
    life.trader.quote()
    if plan.when is When.START:
        life.arm(crash)
        _start_and_die(life)
        _come_back(life)
        _trade(life, session(plan.seed)[:_REST])
    elif plan.when is When.SESSION:
        life.arm(crash)
        with contextlib.suppress(WorldError):  # the first line of the anchor file is written at the start
            life.engine.start(Deadline(START_S))
        life.arm("")
        _session_with_death(life)
    elif plan.when is When.RECOVERY:
        life.engine.start(Deadline(START_S))
        _killed_at_rest(life)
        die(life, _FOUND)
        life.arm(crash)
        if plan.point == "CP-R4":
            _move_balance(life, DEPOSIT)
        _start_and_die(life)
        if plan.mode != "stop":
            _come_back(life)
        _trade(life, session(plan.seed)[:2])
    else:
        life.engine.start(Deadline(START_S))
        _trade(life, session(plan.seed)[:2])
        _stop_and_die(life, crash)
        _come_back(life)
        _trade(life, session(plan.seed)[:2])
    if plan.point and not life.happened():
        life.outcome.failures.append(f"{plan.point} was not reached a {plan.nth}. time: nothing was shown by this round")
    life.exchange.admin.heal()
    _come_to_rest(life)


def _come_to_rest(life: Life) -> None:
    """Nothing is under way any more. Proof of absence takes its time (binance-spot section 5), by the venue's clock."""
    if life.hurried and not life.engine.control.quiesce(_AT_ONCE_MS).ok:
        life.exchange.admin.advance_clock(_PROVEN_MS)
        life.engine.control.move_clock(_PROVEN_MS)
    life.engine.control.quiesce(round(1_000 * QUIET_S))


def _move_balance(life: Life, amount: str) -> None:
    """Money comes or goes while nobody looks."""
    life.exchange.admin.transfer(life.trader.account, "USDT", amount)


def _trade(life: Life, steps: tuple[Step, ...]) -> None:
    for step in steps:
        life.trader.play(step)


def _session_with_death(life: Life) -> None:
    """The session goes on until the engine is gone; what is left of it is played after the recovery."""
    plan, steps = life.plan, session(life.plan.seed)
    watcher = _Thaw(life) if plan.mode == "stop" else None
    try:
        if plan.point:
            for number, step in enumerate(steps):
                try:
                    life.trader.play(step)
                except EngineGone:
                    _come_back(life)
                    _trade(life, steps[number + 1 :][:_REST])
                    return
        else:
            at = _killed_by_the_clock(life, steps)
            die(life)
            _come_back(life)
            _trade(life, steps[at + 1 :][:_REST])
    finally:
        if watcher is not None:
            watcher.end()


def _killed_at_rest(life: Life) -> None:
    """After a part of the session, killed with orders that rest: recovery has something to find."""
    _trade(life, session(life.plan.seed)[: 2 + life.plan.at_step])
    life.trader.quote()
    for symbol in SYMBOLS:
        life.trader.rest(symbol, "0.30")
    life.child.kill("the campaign's plan")


def _killed_by_the_clock(life: Life, steps: tuple[Step, ...]) -> int:
    """Kill at the planned moment of the planned step; the step's number."""
    at = life.plan.at_step
    for step in steps[:at]:
        life.trader.play(step)
    killer = threading.Timer(life.plan.pause_s, life.child.kill_quietly, ("the campaign's plan",))
    life.child.announce_death("the campaign's plan")
    killer.start()
    try:
        life.trader.play(steps[at])
    except EngineGone:
        return at
    finally:
        killer.join()
    return at


def die(life: Life, moves: list[str] | None = None) -> None:
    """The engine is dead now: count it, and let the venue trade on with what it left."""
    code = life.child.wait(STOP_S)
    life.child.announce_death("the campaign's plan")
    outcome = life.outcome
    if code is None:
        raise AssertionError("the engine should be dead by now, it still runs")
    if code == -signal.SIGKILL:
        outcome.kills += 1
    elif code in ENDED_BY_ITSELF and life.plan.mode == "raise":
        outcome.raises += 1
    else:
        outcome.failures.append(f"it should have been killed, it ended with {life.child.exit_text()}.\n{life.child.log_tail()}")
    life.engine.forget()
    life.history.note("kill", engine=life.engine.alias)
    life.exchange.admin.heal()
    life.trader.trade_on(moves or _MOVES[life.plan.seed % len(_MOVES)])


def _come_back(life: Life) -> None:
    """Restart until RUNNING, killed again as often as planned; then an order must be accepted. What takes time is from the start of the
    process that stays."""
    if life.engine.child is not None and life.engine.ending is None:
        die(life)
    life.arm("")
    for pause_s in life.plan.again_s:
        _start_and_kill(life, pause_s)
    if life.plan.point == "CP-R4":
        _move_balance(life, f"-{DEPOSIT}")
    life.trader.quote()
    began = time.monotonic()
    life.engine.restart(Deadline(START_S))
    if poll(life.trader.buys_again, Deadline(NEWS_S), life.child.wait) is None:
        raise AssertionError(f"after the recovery an order should be accepted within {NEWS_S:g} s, all were refused")
    life.outcome.recovery_s.append(time.monotonic() - began)


def _start_and_kill(life: Life, pause_s: float) -> None:
    """Killed while it recovers, at whatever it is doing then."""
    life.engine.start_and_kill(pause_s, "killed while it recovers")
    die(life)


def _start_and_die(life: Life) -> None:
    """A start in which the armed point is reached."""
    with contextlib.suppress(WorldError):  # it may die before it is ready
        life.engine.start(Deadline(START_S), until=None)
    if life.plan.mode == "stop":
        _thaw_when_frozen(life, lambda: False)
        life.engine.wait_state("RUNNING", Deadline(START_S), books=True)
        return
    if life.child.wait(NEWS_S) is None:
        life.outcome.failures.append(f"{life.plan.point}: the engine should have died of it, it still runs")
        life.child.kill_quietly("it should have been dead")
    die(life)


def _stop_and_die(life: Life, crash: str) -> None:
    """SIGTERM (twice for the second signal's point) with orders that rest."""
    life.trader.quote()
    for symbol in (*SYMBOLS, SYMBOLS[0]):
        life.trader.rest(symbol, "0.30")
    answer = life.engine.control.request("POST", "/control/crash", json={"crash": crash})
    if not answer.ok:
        raise AssertionError(f"{crash} should be armed, got {answer.status}: {answer.body}")
    late = {"match": {"operation": "order.cancel", "nth": 2}, "point": "after_validate"}
    life.trader.arm(**late, action={"type": "delay", "ms": _LATE_CANCEL_MS})
    life.child.announce_death("shutdown")
    life.child.send_signal(signal.SIGTERM)
    if life.plan.point == "CP-D4":
        life.child.send_signal(signal.SIGINT)
    if life.plan.mode == "stop":
        _thaw_when_frozen(life, lambda: not life.child.alive)
        life.child.wait(STOP_S)
        life.engine.forget()
        return
    die(life)


class _Thaw:
    """Watches for a freeze and ends it after a while, in which the venue trades on."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="thaw", daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        _thaw_when_frozen(self._life, self._over.is_set)


def _thaw_when_frozen(life: Life, over: Callable[[], bool]) -> None:
    waiting = threading.Event()

    def frozen() -> bool | None:
        return True if life.happened() or over() else None

    poll(frozen, Deadline(60.0), waiting.wait)
    if not life.happened():
        return
    life.outcome.stops += 1
    told = life.exchange.admin.client
    admin = AdminClient(told.owner, told.base_url, told.token)
    admin.place_order(symbol=SYMBOLS[0], side="SELL", order_type="LIMIT", quantity="0.05", price="99.90", time_in_force="IOC")
    waiting.wait(_FROZEN_S)
    life.child.send_signal(signal.SIGCONT)
    admin.close()


def audit(life: Life, directory: Path, *others: Engine) -> None:
    """What the auditor finds is in the outcome, and who died while nobody wanted it. `others`: engines on the same database, the last that
    traded before the first that did."""
    for engine in (*others, life.engine):
        if engine.child is not None and engine.ending is None and not engine.alive:
            life.outcome.failures.append(f"engine {engine.alias} should still run: {engine.child.exit_text()}.\n{engine.child.log_tail()}")
    verdict = audit_world([*others, life.engine], [life.exchange], life.history, directory)
    life.outcome.failures += verdict.failures
    life.outcome.invariants = verdict.invariants
