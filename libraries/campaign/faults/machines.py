"""Faults of the engine's process, of its disk, and of the servers that it uses: how each begins and how all end."""

from __future__ import annotations

import contextlib
import resource
import signal
import threading
from collections.abc import Callable, Sequence
from typing import Final

import psutil

from libraries.campaign.faults.house import START_S, House
from libraries.campaign.faults.kinds import CACHES, Fault
from libraries.campaign.faults.plan import Planned
from libraries.ledger_keywords.second_writer import hold_lock
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import EXIT_SUPERSEDED, Engine
from libraries.world.errors import WorldError
from libraries.world.processes import Child
from libraries.world.servers.cluster import Cluster
from libraries.world.servers.machine import Machine
from libraries.world.servers.node import Node
from libraries.world.servers.postgres import PostgresServer
from libraries.world.servers.valkey import CacheServer

WHY: Final = "the campaign's plan"
_HELD: Final = frozenset({Fault.FILE_HELD, Fault.DISK_FULL, Fault.ETCD_GONE})
_FREEZES: Final = frozenset({Fault.SERVER_FROZEN, Fault.NODE_FROZEN, Fault.CACHE_FROZEN})
_SEEN_S: Final = 1.0
"""A signal is answered when the process comes out of the kernel, which a sync of a disk delays."""
_FULL: Final = 1
_STALLED_S: Final = 0.4
_ENDS_S: Final = 15.0
_LOCK_S: Final = 10.0


class MachineFaults:
    """Of one house."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._frozen: Engine | None = None
        self._dead: Engine | None = None
        self._holder: Child | None = None
        self._full: Child | None = None
        self._disk: tuple[int, int] = (0, 0)
        self._node: Node | None = None
        self._forgotten = 0
        self._postgres: list[psutil.Process] = []
        self._broken: set[Fault] = set()
        self._begin: dict[Fault, Callable[[int], None]] = {
            Fault.ENGINE_KILLED: self._kill_engine,
            Fault.LEADER_KILLED: self._kill_engine,
            Fault.ENGINE_FROZEN: self._freeze_engine,
            Fault.LEADER_FROZEN: self._freeze_engine,
            Fault.FILE_HELD: self._hold_file,
            Fault.DISK_FULL: self._fill_disk,
            Fault.SERVER_KILLED: lambda _: self._server.kill(WHY),
            Fault.SERVER_FROZEN: lambda _: self._server.freeze(),
            Fault.PRIMARY_KILLED: self._kill_primary,
            Fault.NODE_KILLED: lambda _: self._leader().kill(WHY),
            Fault.NODE_FROZEN: lambda _: self._leader().freeze(),
            Fault.NODE_CUT: lambda _: self._cluster.cut(self._leader()),
            Fault.ETCD_GONE: lambda _: self._cluster.lose_etcd(WHY),
            Fault.CACHE_KILLED: lambda _: self._cache.kill(WHY),
            Fault.CACHE_FROZEN: lambda _: self._cache.freeze(),
            Fault.CACHE_EMPTIED: lambda _: self._empty_cache(),
            Fault.RECEIVER_GONE: lambda _: self._receiver.kill(WHY),
        }
        self._probes: dict[Fault, Callable[[], bool]] = {
            Fault.ENGINE_KILLED: self._engine_is_dead,
            Fault.LEADER_KILLED: self._engine_is_dead,
            Fault.ENGINE_FROZEN: self._engine_is_frozen,
            Fault.LEADER_FROZEN: self._engine_is_frozen,
            Fault.FILE_HELD: lambda: self._holder is not None and self._holder.alive,
            Fault.DISK_FULL: self._disk_is_full,
            Fault.PRIMARY_KILLED: lambda: bool(self._postgres) and not any(map(lives, self._postgres)),
            Fault.NODE_CUT: self._node_is_cut_off,
            Fault.ETCD_GONE: self._etcd_is_missed,
            Fault.CACHE_EMPTIED: lambda: self._forgotten > 0,
            Fault.RECEIVER_GONE: lambda: self._receiver.exit_code == -signal.SIGKILL,
        }

    @property
    def _server(self) -> PostgresServer:
        assert self._house.server is not None
        return self._house.server

    @property
    def _cluster(self) -> Cluster:
        assert self._house.cluster is not None
        return self._house.cluster

    @property
    def _cache(self) -> CacheServer:
        assert self._house.cache is not None
        return self._house.cache

    def begin(self, planned: Planned) -> None:
        """Let it happen, and look whether it has (`happened`).

        Raises:
            WorldError: it cannot.
        """
        self._begin[planned.fault](planned.number)
        if planned.fault not in _HELD and waited(lambda: self._is_broken(planned.fault), _SEEN_S):
            self._broken.add(planned.fault)

    def happened(self, fault: Fault) -> bool:
        """Whether what it breaks was seen broken: in the system's words, not in those of whoever broke it. Of what only lasts as long as
        something is held: as of the healing."""
        return fault in self._broken

    def _is_broken(self, fault: Fault) -> bool:
        """As of now."""
        if fault in self._probes:
            return self._probes[fault]()
        machine = self._machine_of(fault)
        return all_stopped(machine.processes()) if fault in _FREEZES else not machine.alive

    def _engine_is_dead(self) -> bool:
        return self._dead is not None and process(self._dead).exit_code == -signal.SIGKILL

    def _engine_is_frozen(self) -> bool:
        return self._frozen is not None and all_stopped([psutil.Process(process(self._frozen).pid)])

    def _disk_is_full(self) -> bool:
        """Or was, until the engine ended of it."""
        return self._full is not None and (not self._full.alive or resource.prlimit(self._full.pid, resource.RLIMIT_FSIZE)[0] == _FULL)

    def _node_is_cut_off(self) -> bool:
        """Both its cables are there and carry nothing."""
        cables = [wire.child for wire in (self._node.outer, self._node.inner)] if self._node is not None else []
        return bool(cables) and all(cable is not None and all_stopped([psutil.Process(cable.pid)]) for cable in cables)

    def _etcd_is_missed(self) -> bool:
        """It is dead, and the node that leads says that it leads without it."""
        primary = self._cluster.primary() if not self._cluster.etcd.alive else None
        return bool(primary is not None and (primary.ask() or {}).get("failsafe_mode_is_active"))

    def _machine_of(self, fault: Fault) -> Machine:
        if fault in (Fault.NODE_KILLED, Fault.NODE_FROZEN):
            assert self._node is not None
            return self._node.machine
        return self._cache.machine if fault in CACHES else self._server.machine

    # ---- how each begins ----

    def _kill_engine(self, _: int) -> None:
        engine = self._house.trading()
        engine.kill(WHY)
        self._dead = engine

    def _freeze_engine(self, _: int) -> None:
        engine = self._house.trading()
        process(engine).send_signal(signal.SIGSTOP)
        self._frozen = engine

    def _hold_file(self, _: int) -> None:
        house = self._house
        self._holder = hold_lock(house.engines[0], house.children, house.directory, Deadline(_LOCK_S))

    def _fill_disk(self, _: int) -> None:
        """No file of the process takes another byte, as when a quota is used up."""
        child = process(self._house.engines[0])
        if child.alive:
            self._disk = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
            resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (_FULL, self._disk[1]))
            self._full = child

    def _kill_primary(self, stalled: int) -> None:
        """`stalled`: before that nothing reaches the standbys for a while, so that what is on the primary alone is lost with it."""
        leader = self._leader()
        if stalled:
            self._cluster.stall_standbys()
            threading.Event().wait(_STALLED_S)
        self._postgres = leader.postgres()
        leader.kill_postgres()

    def _leader(self) -> Node:
        self._node = self._cluster.leader()
        return self._node

    def _empty_cache(self) -> None:
        """A dead or frozen one cannot be emptied: it is another fault's turn."""
        if self._cache.alive and not self._cache.machine.frozen:
            self._forgotten = self._cache.empty()

    @property
    def _receiver(self) -> Child:
        assert self._house.receiver is not None
        assert self._house.receiver.child is not None
        return self._house.receiver.child

    # ---- how all end ----

    def heal_servers(self) -> None:
        """Disk, databases, cache and receiver are there again.

        Raises:
            WorldError: a server did not come back.
        """
        self._broken |= {fault for fault in _HELD & self._house.plan.classes if self._is_broken(fault)}
        self._heal_disk()
        self._heal_servers()

    def heal_engines(self) -> None:
        """A frozen one goes on, a dead one is started again.

        Raises:
            WorldError: it did not come back.
        """
        if self._frozen is not None:
            self._thaw(self._frozen)
        if self._dead is not None:
            self._revive(self._dead)

    def _heal_disk(self) -> None:
        if self._holder is not None:
            self._holder.terminate(WHY, Deadline(5))
        if self._full is not None and self._full.alive:
            resource.prlimit(self._full.pid, resource.RLIMIT_FSIZE, self._disk)

    def _heal_servers(self) -> None:
        classes, house = self._house.plan.classes, self._house
        if Fault.SERVER_FROZEN in classes and self._server.machine.frozen:
            self._server.thaw()
        if Fault.SERVER_KILLED in classes and not self._server.alive:
            self._server.start(Deadline(START_S))
        if house.cluster is not None:
            house.cluster.heal()
        if house.cache is not None:
            if house.cache.machine.frozen and house.cache.alive:
                house.cache.thaw()
            if not house.cache.alive:
                house.cache.start(Deadline(START_S))
        if house.receiver is not None:
            house.receiver.start(Deadline(START_S))

    def _thaw(self, engine: Engine) -> None:
        """Where a standby has taken over meanwhile, it ends by itself (exit code 13); else it trades on."""
        with contextlib.suppress(WorldError):  # it is dead: unannounced, and found so
            process(engine).send_signal(signal.SIGCONT)

    def _revive(self, engine: Engine) -> None:
        """Whatever starts an ended engine again starts it as a standby where there are several."""
        if self._house.plan.standby:
            engine.change_settings({"standby": {"role": "standby"}})
            engine.start(Deadline(START_S), until=None)
        else:
            engine.restart(Deadline(START_S))

    def ended_as_it_should(self) -> str:
        """Of a frozen engine that was superseded: "", or what it did instead of ending with exit code 13."""
        engine = self._frozen
        if engine is None or not self._house.plan.standby or self._house.look() is engine:
            return ""
        child = process(engine)
        code = child.wait(_ENDS_S)
        wish = f"engine {engine.alias} was superseded while it was frozen and should end with exit code {EXIT_SUPERSEDED}"
        if code is None:
            return f"{wish}, it still runs"
        child.announce_death("superseded")
        engine.forget()
        return f"{wish}: {child.exit_text()}\n{child.log_tail()}" if code != EXIT_SUPERSEDED else ""


def process(engine: Engine) -> Child:
    """Of an engine that was started."""
    assert engine.child is not None
    return engine.child


def all_stopped(processes: Sequence[psutil.Process]) -> bool:
    """Whether the system says of each that it is stopped; of nobody it says nothing."""
    try:
        states = [each.status() for each in processes]
    except psutil.NoSuchProcess:
        return False
    return bool(states) and set(states) <= {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}


def lives(process: psutil.Process) -> bool:
    """Whether it runs or could."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def waited(probe: Callable[[], bool], seconds: float) -> bool:
    """Whether it was true in time."""
    return poll(lambda: True if probe() else None, Deadline(seconds), threading.Event().wait, 0.05) is not None
