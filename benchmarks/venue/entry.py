"""Order entry over both APIs of a venue on one core, with its ledger: closed loop, open loop, and memory over a million orders."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from benchmarks.row import Row, at_least, at_most, must, ratio
from libraries.load.machine import Hiccups

from .load import Outcome, rest_load, ws_load
from .server import LEDGER, ROOT, Server, running, running_bare
from .signing import ACCOUNTS, Signer

WS_GOAL, REST_GOAL, OPEN_RATE, OPEN_P99_MS = 15_000, 5_000, 5_000, 15.0
IN_FLIGHT, CONNECTIONS = 100, 16
OF_BARE = 0.1
"""An order may cost ten times what a server must do in any case: a figure of the venue, not of the machine."""
ORDERS, OPEN_S = 60_000, 10.0
STAGES = (200_000, 1_000_000)
GROWTH_MB = 64.0
"""What memory may grow by from the 200,000th order to the millionth: a page or two of the allocator, not 800,000 orders."""


class _Reached(msgspec.Struct, frozen=True):
    """Orders a second, and what one costs the server in microseconds."""

    rate: float
    cpu_us: float


class _Numbers:
    """Client order ids that never come twice."""

    def __init__(self) -> None:
        self._next = 0

    def take(self, count: int) -> int:
        first, self._next = self._next, self._next + count
        return first


async def measured(folder: Path, orders_for_memory: int) -> list[Row]:
    signer, numbers = Signer(ACCOUNTS), _Numbers()
    with running_bare() as server:
        bare = await _ws(server, signer, numbers)
    with running(folder) as server:
        entry = await _ws(server, signer, numbers)
        rows = [*_ws_rows(entry, bare), await _rest(server, signer, numbers)]
        rows += await _open_loop(server, signer, numbers)
    rows.append(_balanced(folder / LEDGER))
    with running(folder / "memory") as server:
        rows.append(await _memory(server, signer, numbers, orders_for_memory))
    return rows


async def _ws(server: Server, signer: Signer, numbers: _Numbers) -> _Reached:
    load = ws_load(signer, numbers.take(ORDERS))
    await load.connect_ws(server.addresses["ws_api_url"])
    before = server.cpu_s()
    outcome = await load.closed(ORDERS, IN_FLIGHT)
    load.close()
    _all_taken(outcome)
    return _Reached(outcome.rate, _per_order(server, before, outcome))


def _ws_rows(venue: _Reached, bare: _Reached) -> list[Row]:
    name = f"WS API order.place, one connection, {IN_FLIGHT} in flight (server {venue.cpu_us:.0f} us CPU an order)"
    share = f"  beside a server that only checks the signature ({bare.rate:,.0f}/s, {bare.cpu_us:.0f} us CPU)"
    return [at_least(name, venue.rate, WS_GOAL, "orders/s"), ratio(share, bare.cpu_us / venue.cpu_us, OF_BARE)]


async def _rest(server: Server, signer: Signer, numbers: _Numbers) -> Row:
    count = ORDERS // 3
    load = rest_load(signer, numbers.take(count))
    await load.connect_rest(server.addresses["rest_url"], CONNECTIONS)
    before = server.cpu_s()
    outcome = await load.closed(count, IN_FLIGHT)
    load.close()
    _all_taken(outcome)
    name = f"REST POST order, {CONNECTIONS} connections (server {_per_order(server, before, outcome):.0f} us CPU an order)"
    return at_least(name, outcome.rate, REST_GOAL, "orders/s")


async def _open_loop(server: Server, signer: Signer, numbers: _Numbers) -> list[Row]:
    load = ws_load(signer, numbers.take(int(OPEN_RATE * OPEN_S)))
    await load.connect_ws(server.addresses["ws_api_url"])
    with Hiccups() as probe:
        outcome = await load.open(OPEN_RATE, OPEN_S)
    load.close()
    _all_taken(outcome)
    name = f"WS API open loop {OPEN_RATE:,}/s, p99 from the moment due (p50 {outcome.percentile(0.5):.2f} ms)"
    stalls = Row(name="  the machine meanwhile", reached=f"{probe.stalled:.1%} of the time in stalls over 5 ms")
    return [at_most(name, outcome.percentile(0.99), OPEN_P99_MS, "ms"), stalls]


async def _memory(server: Server, signer: Signer, numbers: _Numbers, total: int) -> Row:
    first_stage = min(STAGES[0], total // 5)
    sizes: list[float] = []
    for count in (first_stage, total - first_stage):
        load = ws_load(signer, numbers.take(count))
        await load.connect_ws(server.addresses["ws_api_url"])
        _all_taken(await load.closed(count, IN_FLIGHT))
        load.close()
        sizes.append(server.memory_mb())
    reached = f"{sizes[0]:.0f} MB after {first_stage:,}, {sizes[1]:.0f} MB after {total:,} orders"
    return must("memory of the venue", sizes[1] - sizes[0] <= GROWTH_MB, reached, f"grows by at most {GROWTH_MB:g} MB")


def _balanced(ledger: Path) -> Row:
    """The auditor's word on what was measured; the ledger of the memory run would take it minutes."""
    done = subprocess.run([sys.executable, "-m", "libraries.auditor", "--ledger", str(ledger)], cwd=ROOT, capture_output=True, check=False)
    return must("the auditor on the ledger of all that", done.returncode == 0, f"exit code {done.returncode}", "0: it balances")


def _all_taken(outcome: Outcome) -> None:
    assert outcome.refused == 0, f"{outcome.refused} of {outcome.orders} orders were refused; nothing was measured"


def _per_order(server: Server, before_s: float, outcome: Outcome) -> float:
    """Microseconds of the server's CPU."""
    return (server.cpu_s() - before_s) / outcome.orders * 1e6
