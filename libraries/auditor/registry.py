"""Which invariants there are, and how each is run."""

from __future__ import annotations

from collections.abc import Callable

from libraries.auditor.examination import Examination
from libraries.auditor.invariants import (
    acknowledged,
    alerts,
    campaigns,
    durability,
    elsewhere,
    ending,
    exact,
    filters,
    halts,
    limits,
    machine,
    money,
    orders,
    positions,
    processes,
    recovery,
    replay,
    schema,
    secrecy,
    trail,
    trust,
    twins,
)
from libraries.auditor.world import World

Invariant = Callable[[World], Examination]

INVARIANTS: dict[str, Invariant] = {
    "I01": money.conservation,
    "I02": money.reconciliation,
    "I03": money.own_accounting,
    "I04": positions.positions,
    "I05": money.locked_funds,
    "I06": exact.no_float,
    "I07": orders.bijection,
    "I08": orders.at_most_once,
    "I09": orders.equal_fills,
    "I10": orders.executed_quantities,
    "I11": machine.legal_transitions,
    "I12": orders.no_limbo,
    "I13": filters.filters_respected,
    "I14": acknowledged.no_lost_acknowledgement,
    "I15": acknowledged.no_phantom,
    "I16": durability.write_ahead,
    "I17": durability.no_half_transaction,
    "I18": durability.healthy_store,
    "I19": trail.unbroken_chain,
    "I20": trail.complete_trail,
    "I21": replay.replay,
    "I22": trail.ordered_in_time,
    "I23": limits.within_limits,
    "I24": halts.nothing_new,
    "I25": trust.trusted_data,
    "I26": twins.equal_decisions,
    "I27": processes.one_writer,
    "I29": elsewhere.settled_first,
    "I30": campaigns.recovered_in_time,
    "I31": recovery.idempotent,
    "I32": ending.in_good_order,
    "I33": campaigns.leaks_nothing,
    "I34": schema.whole_schema,
    "I35": secrecy.nothing_written,
    "I36": campaigns.situations_occurred,
    "I37": alerts.told,
}
"""Id (reliability.md A2) -> the function that examines it."""


def examine(name: str, world: World) -> Examination:
    """Run one invariant. Data so broken that it cannot be evaluated violates it: nothing held that was not seen to hold."""
    try:
        return INVARIANTS[name](world)
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        found = Examination()
        found.fail("evaluation", "data that can be evaluated", f"{type(error).__name__}: {error}", f"invariant {name}")
        return found
