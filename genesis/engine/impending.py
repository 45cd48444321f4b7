"""What the engine is about to do though nothing more comes from outside: while there is anything, it is not at rest.

An order may follow without a further event: the stop that a position wants, whatever waits for the end of a pause between two tries, and
the new reading of a venue whose word on a balance differs (X25). An alert waits for a sink. A cut that was taken before would show half.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

from genesis.engine import reconciler, resting_stops
from genesis.engine.desk import NS_PER_MS, Desk

SOON_MS: Final = 1_000
"""What is due later than that disturbs no cut: pauses grow to half a minute, and nobody waits for them."""


def impending(desk: Desk) -> list[str]:
    """In words, what follows within `SOON_MS` of `desk.now`."""
    return [
        *(f"the stop of {symbol} is to be placed at {venue} (R6)" for venue, symbol in resting_stops.about_to_place(desk)),
        *(f"{what} is tried again" for what in _retries(desk)),
        *(f"alert {alert.alert_id} waits for a sink" for alert in desk.state.alerts.values()),
        *(f"{venue} is to be read again: {', '.join(assets)} differ" for venue, assets in _differing(desk)),
    ]


def _retries(desk: Desk) -> Iterator[str]:
    """What a pause holds up that ends soon, or has ended since the last look."""
    memory = desk.memory
    named = (
        ("a stop that fires", memory.stop_retries),
        ("a stop that rests", memory.resting_retries),
        ("a trade that unwinds", memory.unwind_retries),
        ("deleveraging", memory.deleverage_retries),
        ("a run of cancels", memory.cancel_retries),
    )
    pauses: Iterable[tuple[str, int]] = chain(
        ((f"{what} ({_words(key)})", retry.not_before_ns) for what, retries in named for key, retry in retries.items()),
        ((f"emergency close ({_words(key)})", until_ns) for key, until_ns in memory.close_not_before_ns.items()),
        ((f"what the limits of {venue} hold up", hold.until_ns) for venue, holds in memory.holds.items() for hold in holds.values()),
    )
    soon_ns = desk.now.mono_ns + SOON_MS * NS_PER_MS
    return (what for what, until_ns in pauses if memory.looked_ns < until_ns <= soon_ns)


def _words(key: str | tuple[str, str]) -> str:
    return key if isinstance(key, str) else "/".join(key)


def _differing(desk: Desk) -> Iterator[tuple[str, list[str]]]:
    for venue, status in desk.memory.venues.items():
        assets = sorted({*reconciler.total_differs(desk, venue), *reconciler.locks_differ(desk, venue)}) if status.reconciled else []
        if assets:
            yield venue, assets
