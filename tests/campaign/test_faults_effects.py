"""A fault of a machine has taken effect when what it breaks is seen broken, not when somebody has tried."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from genesis.core import errors
from libraries.campaign.faults.asking import now
from libraries.campaign.faults.kinds import NATURES, Fault
from libraries.campaign.faults.machines import MachineFaults, all_stopped, lives, waited
from libraries.campaign.faults.network import NetworkFaults
from libraries.campaign.faults.plan import Planned, round_of
from libraries.campaign.faults.rounds import Moment, Play
from libraries.world.engine import EXIT_SUPERSEDED

SOON_S = 5.0


class Machine:
    """Of a server that may ignore what is done to it."""

    def __init__(self, process: psutil.Process, deaf: bool) -> None:
        self.frozen = False
        self._process = process
        self._deaf = deaf

    def processes(self) -> list[psutil.Process]:
        return [self._process]

    @property
    def alive(self) -> bool:
        return lives(self._process)

    def signal(self, number: int) -> None:
        self.frozen = number == signal.SIGSTOP
        if not self._deaf:
            self._process.send_signal(number)


class Cache:
    """As much of a cache server as its faults touch."""

    def __init__(self, machine: Machine, values: int) -> None:
        self.machine = machine
        self._values = values

    @property
    def alive(self) -> bool:
        return self.machine.alive

    def freeze(self) -> None:
        self.machine.signal(signal.SIGSTOP)

    def kill(self, _reason: str) -> None:
        self.machine.signal(signal.SIGKILL)

    def empty(self) -> int:
        return self._values


@pytest.fixture
def process() -> Iterator[psutil.Process]:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as started:
        yield psutil.Process(started.pid)
        started.kill()


def faults_of(cache: Cache) -> MachineFaults:
    house: Any = SimpleNamespace(cache=cache, server=None, cluster=None)
    return MachineFaults(house)


def began(faults: MachineFaults, fault: Fault) -> bool:
    faults.begin(Planned(fault, 0.0, 1))
    return faults.happened(fault)


@pytest.mark.parametrize("fault", [Fault.CACHE_FROZEN, Fault.CACHE_KILLED])
@pytest.mark.parametrize("deaf", [False, True])
def test_a_server_is_frozen_or_dead_when_the_system_says_so(fault: Fault, deaf: bool, process: psutil.Process) -> None:
    assert began(faults_of(Cache(Machine(process, deaf), 3)), fault) is not deaf


@pytest.mark.parametrize("values", [0, 3])
def test_a_cache_is_emptied_that_held_something(values: int, process: psutil.Process) -> None:
    assert began(faults_of(Cache(Machine(process, deaf=False), values)), Fault.CACHE_EMPTIED) is (values > 0)


def test_a_cache_that_is_gone_already_is_not_emptied(process: psutil.Process) -> None:
    faults = faults_of(Cache(Machine(process, deaf=False), 3))
    assert began(faults, Fault.CACHE_KILLED)
    assert not began(faults, Fault.CACHE_EMPTIED)


class Nodes:
    """As much of a cluster as its faults touch: one node with two cables, and whether an etcd is there and missed."""

    def __init__(self, *cables: psutil.Process, missed: bool = False) -> None:
        self.outer, self.inner = (SimpleNamespace(child=SimpleNamespace(pid=cable.pid)) for cable in cables)
        self.etcd = SimpleNamespace(alive=True)
        self._missed = missed

    def leader(self) -> Nodes:
        return self

    primary = leader

    def ask(self) -> dict[str, bool]:
        return {"failsafe_mode_is_active": self._missed}

    def lose_etcd(self, _reason: str) -> None:
        self.etcd.alive = False

    def cut(self, _node: Nodes) -> None:
        psutil.Process(self.outer.child.pid).suspend()

    def heal(self) -> None: ...


def nodes_broken_by(fault: Fault, nodes: Nodes) -> MachineFaults:
    house: Any = SimpleNamespace(plan=round_of([fault], 1), cluster=nodes, server=None, cache=None, receiver=None)
    faults = MachineFaults(house)
    faults.begin(Planned(fault, 0.0, 1))
    return faults


@pytest.mark.parametrize("both", [False, True])
def test_a_node_is_cut_off_when_neither_of_its_cables_carries_anything(both: bool, process: psutil.Process) -> None:
    nodes = Nodes(process, process if both else psutil.Process())
    assert nodes_broken_by(Fault.NODE_CUT, nodes).happened(Fault.NODE_CUT) is both


@pytest.mark.parametrize("missed", [False, True])
def test_etcd_is_gone_when_whoever_leads_says_that_it_leads_without_it(missed: bool, process: psutil.Process) -> None:
    faults = nodes_broken_by(Fault.ETCD_GONE, Nodes(process, process, missed=missed))
    faults.heal_servers()
    assert faults.happened(Fault.ETCD_GONE) is missed


def played(fault: Fault, filled_s: float | None) -> tuple[Play, float]:
    """A round whose fault began so long ago that it is noticed now, and whose first order is filled after so many seconds; how long after
    the fault an order had to be asked for to count."""
    house: Any = SimpleNamespace(plan=round_of([fault], 1), engines=[], trading=lambda: SimpleNamespace(child=None))
    play = Play(house)
    asked: list[float] = []

    def wait_filled(after: float, _seconds: float) -> float | None:
        asked.append(after)
        return filled_s

    load: Any = SimpleNamespace(wait_filled=wait_filled)
    play.load = load
    began = Moment(now() - NATURES[Fault.ETCD_GONE].noticed_s, {}, (0.0, 0.0))
    play.wait_while_broken(fault, began)
    return play, asked[0] - began.at


@pytest.mark.parametrize(("fault", "counts_from_s"), [(Fault.ETCD_GONE, 6.0), (Fault.NODE_CUT, 0.0)])
def test_only_orders_count_that_are_asked_for_when_the_fault_is_noticed(fault: Fault, counts_from_s: float) -> None:
    assert played(fault, 0.5)[1] == pytest.approx(counts_from_s, abs=SOON_S / 2)


@pytest.mark.parametrize(("fault", "failovers"), [(Fault.ETCD_GONE, 0), (Fault.NODE_CUT, 1)])
def test_what_goes_on_is_no_failover_what_takes_over_is_one(fault: Fault, failovers: int) -> None:
    told = played(fault, 0.5)[0].outcome
    assert (told.from_fault, told.failovers, told.failures) == ({str(fault): (0.5, 0.0)}, failovers, [])


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (Fault.ETCD_GONE, "etcd gone: trading should go on within 30 s, no order was filled"),
        (Fault.NODE_CUT, "primary's node cut off: something else should take over within 60 s, no order was filled"),
    ],
)
def test_a_fault_that_was_alone_and_stopped_trading_fails_its_round(fault: Fault, failure: str) -> None:
    assert played(fault, None)[0].outcome.failures == [failure]


def test_nobody_is_not_stopped(process: psutil.Process) -> None:
    assert not all_stopped([])
    assert not all_stopped([process])
    process.suspend()
    assert waited(lambda: all_stopped([process]), SOON_S)


class Venue:
    """As much of a venue and its proxy as the faults of a network touch: what it refused, and the bytes that passed."""

    def __init__(self, codes: list[int | None]) -> None:
        self.admin = self
        self._rows = [{"seq": number, "code": code} for number, code in enumerate(codes, start=1)]

    def requests(self, since: int = 0) -> list[dict[str, Any]]:
        return [row for row in self._rows if row["seq"] > since]

    def faults(self) -> dict[str, Any]:
        return {"hits": []}

    def refuse(self, code: int) -> None:
        self._rows.append({"seq": len(self._rows) + 1, "code": code})

    def skew_clock(self, _milliseconds: int) -> None: ...

    def change_keys(self, _account: str, **_change: Any) -> None: ...

    def heal(self) -> None: ...


@pytest.mark.parametrize(("fault", "code"), [(Fault.CLOCK, -1021), (Fault.KEY, -2015)])
@pytest.mark.parametrize("met", [False, True])
def test_a_clock_or_a_key_is_wrong_for_somebody_whom_the_venue_refused_for_it_since(fault: Fault, code: int, met: bool) -> None:
    venue = Venue([None, code])  # long before
    house: Any = SimpleNamespace(exchange=venue, plan=round_of([fault], 1), proxy=None, account=SimpleNamespace(name="round-1"))
    faults = NetworkFaults(house)
    faults.begin(Planned(fault, 0.0, 2_000))
    if met:
        venue.refuse(code)
    faults.heal()
    assert faults.happened(fault) is met


@pytest.mark.parametrize("met", [False, True])
def test_weather_is_felt_by_bytes_that_pass(met: bool) -> None:
    counters = {"to_server": 10, "to_client": 20}
    proxy = SimpleNamespace(counters=lambda: counters, weather=lambda **_: None, heal=lambda: None)
    plan = round_of([Fault.SLOW], 1)
    house: Any = SimpleNamespace(exchange=Venue([]), plan=plan, proxy=proxy, account=SimpleNamespace(name="round-1"))
    faults = NetworkFaults(house)
    faults.begin(plan.faults[0])
    counters["to_client"] += met
    faults.heal()
    assert faults.happened(Fault.SLOW) is met


def test_the_exit_code_of_one_that_was_superseded_is_the_engines() -> None:
    assert EXIT_SUPERSEDED == errors.EXIT_SUPERSEDED
