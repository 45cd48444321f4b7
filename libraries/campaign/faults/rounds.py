"""One round: an engine under load, the planned faults on top of each other, healing, and then it must trade again and be right."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from libraries.campaign.faults.asking import now
from libraries.campaign.faults.house import SYMBOLS, House, Shared, house
from libraries.campaign.faults.kinds import LIMITS, NATURES, Fault, Kind, since_when
from libraries.campaign.faults.load import Load
from libraries.campaign.faults.machines import MachineFaults, process, waited
from libraries.campaign.faults.network import NetworkFaults, resume_after_a_revoked_key
from libraries.campaign.faults.plan import Planned, Round
from libraries.campaign.faults.processor import waited_s
from libraries.evidence.audit import audit_world
from libraries.load.machine import Hiccups
from libraries.world.errors import WorldError

_BEGINS_S: Final = 20.0
_TAKES_OVER_S: Final = {Kind.DATABASE_NODE: 60.0}
_TAKES_OVER_ELSE_S, _BESIDE_OTHERS_S = 30.0, 10.0
"""How long whatever takes over is waited for; less beside other faults, which may forbid it, and of which a full disk ends the engine
after half a minute. A node takes its time whatever else there is."""
_TRADES_S: Final = 60.0
"""How long an engine is waited for, so that a missed limit is told as a number; the limits stand in `kinds`."""
_WELL_S: Final = 40.0
_QUIET_MS: Final = 30_000
_BASELINE_S, _COMPARED_S = 1.0, 8.0
"""How long it trades before the first fault; longer where answers before and after it are compared."""
_NAP_S: Final = 0.01
BUSY: Final = 0.1
"""In more of the time than that a machine is late on which a missed limit decides nothing: servers and venue waited too."""
_KILLS: Final = frozenset({Fault.ENGINE_KILLED, Fault.LEADER_KILLED})


@dataclass
class Outcome:
    """What a round came to. `failures` empty = it was survived. Times in seconds, with how much of it the engine waited for a processor;
    `from_fault` by class, of what takes over by itself."""

    number: int
    name: str
    kind: str
    injected: dict[str, bool] = field(default_factory=dict)
    """Class -> whether it took effect: what it breaks was seen broken, or what it hits was hit."""
    heal_s: tuple[float, float] | None = None
    from_fault: dict[str, tuple[float, float]] = field(default_factory=dict)
    before_ms: list[float] = field(default_factory=list)
    """Answer times of the probe before the first fault, within a second of it, and later; of rounds that only a cache is broken in."""
    at_ms: list[float] = field(default_factory=list)
    later_ms: list[float] = field(default_factory=list)
    failovers: int = 0
    acknowledged: int = 0
    unknown: int = 0
    refused: int = 0
    invariants: dict[str, dict[str, Any]] = field(default_factory=dict)
    situations: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    """Limits that were missed while the machine was busy with other things."""


@dataclass(frozen=True)
class Moment:
    """Monotonic seconds, and how long each process had waited for a processor by then."""

    at: float
    waited: dict[int, float]
    late: tuple[float, float]


def missed_limit(what: str, limit: float, took: tuple[float, float], late: float) -> str:
    """ "", or how a limit was missed. A busy machine is no fault of the engine: what it waited for a processor does not count."""
    seconds, waited = took
    if seconds - waited <= limit:
        return ""
    said = f"{seconds:.1f} s, {waited:.1f} s of it waiting for a processor (the machine was late {late:.0%} of the time)"
    return f"{what}: at most {limit:g} s are required, it took {said}"


class Play:
    """One round in its house."""

    def __init__(self, built: House) -> None:
        self.house = built
        self.plan = built.plan
        self.load = Load(built)
        self.network = NetworkFaults(built)
        self.machines = MachineFaults(built)
        self.outcome = Outcome(built.plan.number, built.plan.name, str(built.plan.kind))
        self.hiccups = Hiccups(_NAP_S)
        self._began: dict[Fault, Moment] = {}

    def run(self) -> None:
        """To its end; what the engine did wrong is in the outcome.

        Raises:
            WorldError, AssertionError: it did not come up, or a fault could not be made.
        """
        self.load.open_market()
        try:
            self.hiccups.start()
            self.house.open()
            self.load.start()
            if self.load.wait_filled(0, _BEGINS_S) is None:
                raise AssertionError(f"before any fault an order should be filled within {_BEGINS_S:g} s, none was")
            threading.Event().wait(_COMPARED_S if self.plan.twin else _BASELINE_S)
            self._break()
            self._heal()
        finally:
            self.load.stop()
            self.hiccups.end()
        self._be_well()

    def _break(self) -> None:
        began = now()
        for planned in self.plan.faults:
            threading.Event().wait(max(0.0, began + planned.at_s - now()))
            self._begin(planned)
        threading.Event().wait(max(0.0, began + self.plan.heal_s - now()))
        for fault, began_at in self._began.items():
            if NATURES[fault].by_itself:
                self.wait_while_broken(fault, began_at)

    def _begin(self, planned: Planned) -> None:
        action = "kill" if planned.fault in _KILLS else "fault"
        self.house.history.note(action, injected=True, situation=str(planned.fault), number=planned.number)
        self._began[planned.fault] = self._moment()
        (self.network if self.network.knows(planned.fault) else self.machines).begin(planned)

    def _moment(self) -> Moment:
        pids = [engine.child.pid for engine in self.house.engines if engine.child is not None]
        return Moment(now(), {pid: waited_s(pid) for pid in pids}, self.hiccups.moment())

    def _took(self, since: Moment, seconds: float) -> tuple[float, float]:
        """So many seconds, and how many of them whoever trades now was ready to run and did not."""
        child = self.house.trading().child
        waited = waited_s(child.pid) - since.waited.get(child.pid, 0.0) if child is not None else 0.0
        return seconds, min(waited, seconds)

    def wait_while_broken(self, fault: Fault, began: Moment) -> None:
        """Something else takes over, or nothing stops, while what is broken stays broken; where another fault forbids it, healing it is
        what helps."""
        nature, alone = NATURES[fault], len(self.plan.faults) == 1
        most = _TAKES_OVER_S.get(nature.kind, _TAKES_OVER_ELSE_S if alone else _BESIDE_OTHERS_S)
        threading.Event().wait(max(0.0, began.at + nature.noticed_s - now()))
        since = self._moment() if nature.noticed_s else began
        took = self.load.wait_filled(since.at, most)
        if took is not None:
            self.outcome.from_fault[str(fault)] = self._took(since, took)
            self.outcome.failovers += nature.takes_over
            if alone:
                self._check(f"{since_when(fault)} to the first filled order", LIMITS[nature.kind], self._took(since, took), since)
        elif alone:
            self.outcome.failures.append(f"{fault}: {nature.wish} within {most:g} s, no order was filled")

    def _heal(self) -> None:
        """Everything. The time counts from when network, venue and servers are there again; the engine's own restart is a part of it."""
        self.network.heal()
        self.machines.heal_servers()
        healed = self._moment()
        self.machines.heal_engines()
        self.house.history.note("healed", situation="healed")
        if Fault.KEY in self.plan.classes:
            resume_after_a_revoked_key(self.house)
        for fault in self.plan.classes:
            self.outcome.injected[str(fault)] = (self.network if self.network.knows(fault) else self.machines).happened(fault)
        took = self.load.wait_filled(healed.at, _TRADES_S)
        if took is None:
            self.outcome.failures.append(f"after the healing an order should be filled, none was within {_TRADES_S:g} s: {self._seen()}")
        else:
            self.outcome.heal_s = self._took(healed, took)
            self._check("from the healing to the first filled order", LIMITS[self.plan.kind], self.outcome.heal_s, healed)
        for symbol in SYMBOLS if took is not None else ():
            if self.load.wait_filled(healed.at, _TRADES_S, symbol) is None:
                self.outcome.failures.append(f"{symbol} should be traded again within {_TRADES_S:g} s, it was not: {self._seen()}")
        if self.plan.twin:
            self._measure()

    def _check(self, what: str, limit: float, took: tuple[float, float], since: Moment) -> None:
        late = self.hiccups.share_since(since.late)
        if missed := missed_limit(what, limit, took, late):
            (self.outcome.undecided if late > BUSY else self.outcome.failures).append(missed)

    def _measure(self) -> None:
        first = min(moment.at for moment in self._began.values())
        for each in self.load.filled:
            took = 1_000 * (each.answered - each.asked - each.waited)
            times = self.outcome
            (times.before_ms if each.asked < first else times.at_ms if each.asked < first + 1.0 else times.later_ms).append(took)

    def _be_well(self) -> None:
        """Liveness: nothing is under way, every component is well, the venue is read, no alert waits."""
        failures = self.outcome.failures
        failures += self.load.failures
        wrong = self.machines.ended_as_it_should()
        failures += [wrong] if wrong else []
        for engine in self.house.engines if self.plan.twin else [self.house.look()]:
            if not engine.alive:
                failures.append(f"engine {engine.alias} should run after the load: {process(engine).exit_text()}")
            else:
                if not waited(lambda engine=engine: not self._unwell(engine), _WELL_S):  # type: ignore[misc]
                    failures.append(f"engine {engine.alias} should be well {_WELL_S:g} s after the load: {self._unwell(engine)}")
                answer = engine.control.quiesce(_QUIET_MS)
                if not answer.ok:
                    failures.append(f"engine {engine.alias} should come to rest within {_QUIET_MS} ms (I12): {answer.body}")
        failures += [death.text() for death in self.house.children.unannounced_deaths()]

    def _unwell(self, engine: Any) -> str:
        health = self.house.health(engine)
        if health is None:
            return "it does not answer"
        wrong = [f"state {health['state']}"] if health["state"] != "RUNNING" else []
        wrong += [f"{name} {said}" for name, said in health["components"].items() if said["health"] != "OK"]
        wrong += [f"venue {name} is not read" for name, said in health["venues"].items() if not said["reconciled"]]
        wrong += [f"no book of {name}" for name, whole in health["books"].items() if not whole]
        wrong += [f"{health['alerts_waiting']} alerts wait"] if health["alerts_waiting"] else []
        wrong += [f"{health['in_flight']} orders under way"] if health["in_flight"] else []
        return ", ".join(wrong)

    def _seen(self) -> str:
        engine = self.house.look()
        return f"engine {engine.alias}: {self._unwell(engine) or 'well'}"

    def audit(self) -> None:
        """The full auditor; a kill must be on record where there was one (I36)."""
        engines = self.house.engines
        if self.plan.standby and self.house.trading() is not engines[0]:
            engines = list(reversed(engines))
        certain = ["killed"] if self.plan.classes & _KILLS else []
        verdict = audit_world(engines, [self.house.exchange], self.house.history, self.house.directory, sometimes=certain)
        self.outcome.failures += verdict.failures
        self.outcome.invariants = verdict.invariants
        self.outcome.situations = verdict.situations


def survive(plan: Round, shared: Shared, root: Path, directory: Path) -> Outcome:
    """Play a round to its end and audit it; never raises for what the engine does."""
    play: Play | None = None
    try:
        with house(plan, shared, root, directory) as built:
            play = Play(built)
            try:
                play.run()
            except (WorldError, AssertionError) as error:
                play.outcome.failures.append(f"{type(error).__name__}: {error}")
            play.audit()
    except (WorldError, AssertionError) as error:
        if play is None:
            return Outcome(plan.number, plan.name, str(plan.kind), failures=[f"its house was not built: {error}"])
        play.outcome.failures.append(f"its house did not end: {error}")
    told = play.load.told
    play.outcome.acknowledged, play.outcome.unknown, play.outcome.refused = told.acknowledged, told.unknown, told.refused
    return play.outcome
