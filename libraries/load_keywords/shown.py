"""What a load was and what came of it, in words, tables and pictures of the log."""

from __future__ import annotations

from collections.abc import Sequence

from robot.api import logger

from libraries.evidence import render
from libraries.load import pictures, ramp, schedule
from libraries.load.knee import Step
from libraries.load.latencies import Latencies
from libraries.load.running import Outcome
from libraries.load_keywords.results import problems_of
from libraries.load_keywords.types import Leg, Percentile

LIMIT_MS = 50.0
"""Required from end to end (L2)."""
PERCENT = {Percentile.P50: 50.0, Percentile.P90: 90.0, Percentile.P99: 99.0, Percentile.P999: 99.9, Percentile.MAX: 100.0}


def latencies(found: Outcome, leg: Leg) -> Latencies:
    """The histogram of a leg."""
    account = found.account
    made = {
        Leg.END_TO_END: lambda: account.end_to_end,
        Leg.TICK_TO_ORDER: lambda: account.tick_to_order,
        Leg.DECISION: lambda: account.decision,
        Leg.EXECUTION: lambda: account.execution,
    }
    return made[leg]()


def counts_text(found: Outcome) -> str:
    """What was counted, and what it took, in one line."""
    account = found.account
    denied = ", ".join(f"{rule} {number:,}" for rule, number in sorted(account.denied.items())) or "none"
    return (
        f"{account.ticks:,} ticks at {found.offered:,.0f}/s, {account.orders:,} orders, {len(account.journeys):,} filled and on disk "
        f"({account.rate:,.0f}/s), {account.stops:,} stops, shed {account.shed:,}, not sent {account.not_sent:,}, denied {denied}; "
        f"end to end {account.end_to_end.text()}; {found.speed.text()}"
    )


def show(found: Outcome) -> None:
    """The run in the log: counts, legs, pictures."""
    account = found.account
    legs = [(leg.value, *(f"{value:g}" for value in latencies(found, leg).figures().values())) for leg in Leg]
    used = [
        (
            name,
            f"{found.watch.cpu_share(name):.0%} of a core",
            f"{max(sample.rss for sample in samples) / 2**20:.0f} MB",
            f"{samples[0].descriptors} to {samples[-1].descriptors}",
        )
        for name, samples in found.watch.samples.items()
    ]
    knee = f"the knee: {ramp.knee(found.phases, account, LIMIT_MS).text()}" if ramp.rises(found.phases) else ""
    parts = [
        f"<p>offered: {render.text(schedule.told(found.phases))}. {render.text(knee)}</p>",
        f"<p>{render.text(counts_text(found))}</p>",
        f"<p><b>{render.text(problems_of(found))}</b></p>" if account.problems else "<p>venue = database = audit chain</p>",
        render.table(("ms, from the scheduled tick", "p50", "p90", "p99", "p99.9", "max"), legs),
        render.table(("process", "processor", "memory", "descriptors"), used),
    ]
    if account.journeys:
        parts += [pictures.histogram(account.end_to_end, LIMIT_MS), pictures.over_time(account.timeline(), LIMIT_MS)]
    logger.info("".join([*parts, pictures.resources(found.watch)]), html=True)


def show_steps(steps: Sequence[Step]) -> None:
    rows = [(f"{step.offered:g}", f"{step.achieved:.0f}", f"{step.p99_ms:.2f}") for step in steps]
    logger.info(render.table(("offered a second", "came through", "p99, ms"), rows), html=True)
