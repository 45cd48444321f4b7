"""Which faults there are: what each breaks, in which house it can be had, and as which kind of recovery it is measured. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Base(StrEnum):
    """Where the engine of a round keeps its state."""

    FILE = "SQLite"
    SERVER = "PostgreSQL"
    CLUSTER = "three PostgreSQL nodes"


class Kind(StrEnum):
    """As what a recovery is measured."""

    DATABASE_NODE = "database node"
    VENUE = "venue resync"
    DATABASE = "database process"
    STANDBY = "standby engine"
    PROCESS = "process"
    MONITORING = "monitoring"
    CACHE = "cache"


LIMITS: Final = {
    Kind.DATABASE_NODE: 30.0,
    Kind.VENUE: 30.0,
    Kind.DATABASE: 5.0,
    Kind.STANDBY: 5.0,
    Kind.PROCESS: 5.0,
    Kind.MONITORING: 5.0,
    Kind.CACHE: 1.0,
}
"""Seconds to the first acknowledged order at the most; the first of those with the longest limit governs a round of several."""


class Fault(StrEnum):
    """A class of faults."""

    SLOW = "slow network"
    NARROW = "narrow network"
    SLICED = "bytes one by one"
    HALF_OPEN = "half-open connections"
    RESET = "connections reset"
    ANSWER_DROPPED = "one answer dropped"
    CORRUPT = "corrupt bytes"
    ERRORS = "venue answers 5xx"
    EXECUTED = "-1007, executed"
    NOT_EXECUTED = "-1007, not executed"
    EVENT_LOST = "event lost"
    EVENT_LATE = "event late"
    EVENT_TWICE = "event twice"
    EVENTS_REORDERED = "events reordered"
    RATE_LIMIT = "rate limit"
    BAN = "banned for a moment"
    CLOCK = "venue's clock off"
    KEY = "key revoked"
    ADDRESS_KILLED = "venue address killed"
    ADDRESS_FROZEN = "venue address frozen"
    ENGINE_KILLED = "engine killed"
    ENGINE_FROZEN = "engine frozen"
    LEADER_KILLED = "engine killed, standby waits"
    LEADER_FROZEN = "engine frozen, standby waits"
    FILE_HELD = "SQLite held"
    DISK_FULL = "disk full"
    SERVER_KILLED = "PostgreSQL killed"
    SERVER_FROZEN = "PostgreSQL frozen"
    PRIMARY_KILLED = "primary's PostgreSQL killed"
    NODE_KILLED = "primary's node killed"
    NODE_FROZEN = "primary's node frozen"
    NODE_CUT = "primary's node cut off"
    ETCD_GONE = "etcd gone"
    CACHE_KILLED = "cache killed"
    CACHE_FROZEN = "cache frozen"
    CACHE_EMPTIED = "cache emptied"
    RECEIVER_GONE = "alert receiver gone"


@dataclass(frozen=True)
class Nature:
    """What a class is. `group`: two of one group exclude each other. `least`, `most`: its number, in `unit`; a negative `sign`
    is drawn too. `takes_over`: something else takes over by itself, so that its time counts from the fault. `noticed_s`: nothing takes
    over, and nothing may stop; its time counts from so many seconds after the fault, when those have given up who need what is gone."""

    kind: Kind
    base: Base | None = None
    group: str = ""
    least: int = 1
    most: int = 1
    unit: str = ""
    signed: bool = False
    takes_over: bool = False
    noticed_s: float = 0.0

    @property
    def by_itself(self) -> bool:
        """Trading goes on while it stays broken."""
        return self.takes_over or self.noticed_s > 0

    @property
    def wish(self) -> str:
        """What must happen while it stays broken."""
        return "something else should take over" if self.takes_over else "trading should go on"


ENGINE: Final = "engine"
_ADDRESS, _SERVER, _CACHE, _BANNED = "address", "server", "cache", "banned"

NATURES: Final = {
    Fault.SLOW: Nature(Kind.VENUE, least=50, most=400, unit="ms"),
    Fault.NARROW: Nature(Kind.VENUE, least=4_000, most=20_000, unit="bytes a second"),
    Fault.SLICED: Nature(Kind.VENUE, least=1, most=16, unit="bytes"),
    Fault.HALF_OPEN: Nature(Kind.VENUE),
    Fault.RESET: Nature(Kind.VENUE),
    Fault.ANSWER_DROPPED: Nature(Kind.VENUE, least=1, most=2, unit="answers"),
    Fault.CORRUPT: Nature(Kind.VENUE, least=1, most=3, unit="answers"),
    Fault.ERRORS: Nature(Kind.VENUE, least=2, most=8, unit="answers"),
    Fault.EXECUTED: Nature(Kind.VENUE, least=1, most=3, unit="orders"),
    Fault.NOT_EXECUTED: Nature(Kind.VENUE, least=1, most=3, unit="orders"),
    Fault.EVENT_LOST: Nature(Kind.VENUE, least=1, most=3, unit="reports"),
    Fault.EVENT_LATE: Nature(Kind.VENUE, least=1, most=3, unit="reports"),
    Fault.EVENT_TWICE: Nature(Kind.VENUE, least=1, most=3, unit="reports"),
    Fault.EVENTS_REORDERED: Nature(Kind.VENUE, least=1, most=3, unit="reports"),
    Fault.RATE_LIMIT: Nature(Kind.VENUE, group=_BANNED, least=1, most=2, unit="s"),
    Fault.BAN: Nature(Kind.VENUE, group=_BANNED, least=1, most=3, unit="s"),
    Fault.CLOCK: Nature(Kind.VENUE, least=2_000, most=5_000, unit="ms", signed=True),
    Fault.KEY: Nature(Kind.VENUE),
    Fault.ADDRESS_KILLED: Nature(Kind.VENUE, group=_ADDRESS, takes_over=True),
    Fault.ADDRESS_FROZEN: Nature(Kind.VENUE, group=_ADDRESS, takes_over=True),
    Fault.ENGINE_KILLED: Nature(Kind.PROCESS, group=ENGINE),
    Fault.ENGINE_FROZEN: Nature(Kind.PROCESS, group=ENGINE),
    Fault.LEADER_KILLED: Nature(Kind.STANDBY, Base.SERVER, group=ENGINE, takes_over=True),
    Fault.LEADER_FROZEN: Nature(Kind.STANDBY, Base.SERVER, group=ENGINE, takes_over=True),
    Fault.FILE_HELD: Nature(Kind.DATABASE, Base.FILE),
    Fault.DISK_FULL: Nature(Kind.DATABASE, Base.FILE),
    Fault.SERVER_KILLED: Nature(Kind.DATABASE, Base.SERVER, group=_SERVER),
    Fault.SERVER_FROZEN: Nature(Kind.DATABASE, Base.SERVER, group=_SERVER),
    Fault.PRIMARY_KILLED: Nature(
        Kind.DATABASE, Base.CLUSTER, group=_SERVER, least=0, most=1, unit="standbys stalled before", takes_over=True
    ),
    Fault.NODE_KILLED: Nature(Kind.DATABASE_NODE, Base.CLUSTER, group=_SERVER, takes_over=True),
    Fault.NODE_FROZEN: Nature(Kind.DATABASE_NODE, Base.CLUSTER, group=_SERVER, takes_over=True),
    Fault.NODE_CUT: Nature(Kind.DATABASE_NODE, Base.CLUSTER, group=_SERVER, takes_over=True),
    Fault.ETCD_GONE: Nature(Kind.DATABASE, Base.CLUSTER, group=_SERVER, noticed_s=6.0),  # Patroni tries for 3
    Fault.CACHE_KILLED: Nature(Kind.CACHE, group=_CACHE),
    Fault.CACHE_FROZEN: Nature(Kind.CACHE, group=_CACHE),
    Fault.CACHE_EMPTIED: Nature(Kind.CACHE),
    Fault.RECEIVER_GONE: Nature(Kind.MONITORING),
}

ADDRESSES: Final = frozenset({Fault.ADDRESS_KILLED, Fault.ADDRESS_FROZEN})
STANDBYS: Final = frozenset({Fault.LEADER_KILLED, Fault.LEADER_FROZEN})
PROXIED: Final = frozenset({Fault.SLOW, Fault.NARROW, Fault.SLICED, Fault.HALF_OPEN, Fault.RESET, Fault.ANSWER_DROPPED, Fault.CORRUPT})
CACHES: Final = frozenset({Fault.CACHE_KILLED, Fault.CACHE_FROZEN, Fault.CACHE_EMPTIED})
"""Faults that no decision may depend on (I26)."""


def since_when(fault: Fault) -> str:
    """From which moment the time of what goes on by itself counts."""
    noticed = NATURES[fault].noticed_s
    return f"from {noticed:g} s after fault: {fault}" if noticed else f"from fault: {fault}"
