"""What became of each tick: due and sent at the venue, decided in the engine, at the venue again, acknowledged, filled and durable. Pure.

All times are nanoseconds of the machine's one monotonic clock, as venue and engine wrote them down themselves. Counts come first: a time
of orders of which some are missing says nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from libraries.load.latencies import Latencies

NS_PER_S = 1_000_000_000
Tick = tuple[str, int]
"""(symbol, trade id)"""
_SHOWN = 5


class VenueSays(msgspec.Struct, frozen=True, kw_only=True):
    """Of one account, from the ledger: orders by client order id (when their bytes were read), fills by (symbol, trade id)."""

    arrived_ns: Mapping[str, int]
    fills: Mapping[Tick, str]


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """An order as the journal has it. 0 = that did not happen. `durable_ns`: when the commit with its last fill was on disk."""

    client_order_id: str
    signal_id: str
    tick: Tick | None
    decided_ns: int
    acked_ns: int
    durable_ns: int
    not_sent: bool = False
    """Refused by the second look between commit and send (too old, not RUNNING): it must not be at the venue."""


class EngineSays(msgspec.Struct, frozen=True, kw_only=True):
    """From the database: orders and fills as the journal's facts have them, and how many rows the tables have."""

    orders: Mapping[str, Decided]
    fills: Mapping[Tick, str]
    order_rows: int
    fill_rows: int
    denied: Mapping[Tick, str]
    """Tick -> the rule that refused its answer."""


class Journey(msgspec.Struct, frozen=True, kw_only=True):
    """One tick that was answered by an order which is filled and durable."""

    due_ns: int
    sent_ns: int
    decided_ns: int
    arrived_ns: int
    acked_ns: int
    durable_ns: int


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """What became durable within one second of the load, and how long that had taken."""

    at_s: int
    orders: int
    p50_ms: float
    p99_ms: float


class Sent(msgspec.Struct, frozen=True):
    """A tick as the venue has written it down."""

    tick: Tick
    due_ns: int
    sent_ns: int


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was counted, and the journeys of what came through."""

    ticks: int
    shed: int
    journeys: list[Journey]
    orders: int
    stops: int
    not_sent: int
    denied: Counter[str]
    problems: list[str]
    begun_ns: int

    @property
    def reconciles(self) -> bool:
        return not self.problems

    @property
    def end_to_end(self) -> Latencies:
        """From the moment at which the tick was due to its order's fill on disk."""
        return Latencies.of_ns(each.durable_ns - each.due_ns for each in self.journeys)

    @property
    def tick_to_order(self) -> Latencies:
        """From the moment at which the tick was due to the order at the venue: by the venue's clock alone."""
        return Latencies.of_ns(each.arrived_ns - each.due_ns for each in self.journeys)

    @property
    def decision(self) -> Latencies:
        """From the tick's sending to the decision: the wire, the message, analysis, the strategy's cycle and risk together."""
        return Latencies.of_ns(each.decided_ns - each.sent_ns for each in self.journeys)

    @property
    def execution(self) -> Latencies:
        """From the decision to the venue's first word of the order."""
        return Latencies.of_ns(each.acked_ns - each.decided_ns for each in self.journeys)

    @property
    def seconds(self) -> float:
        """From the first tick's due moment to the last fill on disk."""
        return max((max((each.durable_ns for each in self.journeys), default=self.begun_ns) - self.begun_ns) / NS_PER_S, 1e-9)

    @property
    def rate(self) -> float:
        """Orders a second that came through, from tick to disk."""
        return len(self.journeys) / self.seconds

    def timeline(self) -> list[Second]:
        """Second by second, as it became durable; seconds without any are there too."""
        by_second: dict[int, list[int]] = {}
        for each in self.journeys:
            by_second.setdefault((each.durable_ns - self.begun_ns) // NS_PER_S, []).append(each.durable_ns - each.due_ns)
        found = []
        for at in range(max(by_second, default=-1) + 1):
            took = Latencies.of_ns(by_second.get(at, ()))
            found.append(Second(at_s=at, orders=took.count, p50_ms=took.p50_ms, p99_ms=took.p99_ms))
        return found


def account_for(ticks: Sequence[Sent], venue: VenueSays, engine: EngineSays, shed: int = 0, *, answered: bool = True) -> Account:
    """Match what the venue, the database and the audit chain say of the same orders. `shed`: ticks the engine says it shed by policy.
    `answered`: whether its strategies answer each tick."""
    sent = {each.tick: each for each in ticks}
    answers = {order.tick: order for order in engine.orders.values() if order.tick in sent}
    journeys = []
    for tick, order in answers.items():
        assert tick is not None
        arrived = venue.arrived_ns.get(order.client_order_id, 0)
        if arrived and order.acked_ns and order.durable_ns:
            at = sent[tick]
            journeys.append(
                Journey(
                    due_ns=at.due_ns,
                    sent_ns=at.sent_ns,
                    decided_ns=order.decided_ns,
                    arrived_ns=arrived,
                    acked_ns=order.acked_ns,
                    durable_ns=order.durable_ns,
                )
            )
    return Account(
        ticks=len(sent),
        shed=shed,
        journeys=journeys,
        orders=len(answers),
        stops=sum(1 for order in engine.orders.values() if order.tick is None),
        not_sent=sum(1 for order in answers.values() if order.not_sent),
        denied=Counter(rule for tick, rule in engine.denied.items() if tick in sent),
        problems=[
            *(_answered(sent, engine, shed) if answered else ()),
            *_same_orders(venue, engine),
            *_same_fills(venue, engine),
            *_filled(answers.values()),
        ],
        begun_ns=min((each.due_ns for each in ticks), default=0),
    )


def _answered(sent: Mapping[Tick, Sent], engine: EngineSays, shed: int) -> list[str]:
    """Every tick has one order, but for those that were shed or denied, and says so."""
    numbers = Counter(order.tick for order in engine.orders.values() if order.tick in sent)
    twice = [tick for tick, number in numbers.items() if number > 1]
    rules = Counter(rule for tick, rule in engine.denied.items() if tick in sent)
    missing = len(sent) - len(numbers) - shed - rules.total()
    problems = [f"{len(twice)} ticks were answered more than once: {_some(twice)}"] if twice else []
    if missing > 0 or -missing > len(engine.fills):  # what was shed may have been its own fills: they are public trades, too
        unanswered = [tick for tick in sent if tick not in numbers and tick not in engine.denied]
        by_rule = ", ".join(f"{rule} {number}" for rule, number in sorted(rules.items())) or "none"
        problems.append(
            f"expected an order for each of {len(sent)} ticks, got {len(numbers)}; {shed} were shed, denied: {by_rule}; "
            f"without any word: {missing}, such as {_some(unanswered)}"
        )
    return problems


def _same_orders(venue: VenueSays, engine: EngineSays) -> list[str]:
    """What the database intended is at the venue, and nothing else is."""
    intended, there = set(engine.orders), set(venue.arrived_ns)
    unsent = {name for name, order in engine.orders.items() if order.not_sent}
    problems = []
    if unsent & there:
        problems.append(f"{len(unsent & there)} orders at the venue were never sent, says the journal: {_some(sorted(unsent & there))}")
    expected = intended - unsent
    if expected - there:
        problems.append(f"{len(expected - there)} orders of the journal never came to the venue: {_some(sorted(expected - there))}")
    if there - intended:
        problems.append(f"{len(there - intended)} orders at the venue are in no journal: {_some(sorted(there - intended))}")
    if engine.order_rows != len(intended):
        problems.append(f"the table has {engine.order_rows} orders, the audit chain {len(intended)}")
    return problems


def _same_fills(venue: VenueSays, engine: EngineSays) -> list[str]:
    at_venue, in_chain = set(venue.fills), set(engine.fills)
    problems = []
    if at_venue - in_chain:
        problems.append(f"{len(at_venue - in_chain)} fills of the venue are in no journal: {_some(sorted(at_venue - in_chain))}")
    if in_chain - at_venue:
        problems.append(f"{len(in_chain - at_venue)} fills of the journal never happened: {_some(sorted(in_chain - at_venue))}")
    if engine.fill_rows != len(in_chain):
        problems.append(f"the table has {engine.fill_rows} fills, the audit chain {len(in_chain)}")
    wrong = [fill for fill in at_venue & in_chain if venue.fills[fill] != engine.fills[fill]]
    return [*problems, f"{len(wrong)} fills are booked to another order: {_some(wrong)}"] if wrong else problems


def _filled(answers: Iterable[Decided]) -> list[str]:
    open_ones = [order.client_order_id for order in answers if not order.durable_ns and not order.not_sent]
    return [f"{len(open_ones)} orders have no durable fill: {_some(open_ones)}"] if open_ones else []


def _some(items: Sequence[object]) -> str:
    shown = ", ".join("/".join(map(str, item)) if isinstance(item, tuple) else str(item) for item in items[:_SHOWN])
    return f"{shown}, ..." if len(items) > _SHOWN else shown
