"""What a test has broken of servers that it shares with others is healed at its end, once."""

from __future__ import annotations

from collections.abc import Callable

from libraries.common.notes import Notes
from libraries.world.session import session

HEALED_S = 90.0
"""How long that may take."""


def heal_at_the_end(notes: Notes, what: str, heal: Callable[[], None]) -> None:
    """`heal` is called at the end of the test; a second time for the same `what` changes nothing."""
    if what not in notes.broken:
        notes.broken.add(what)
        session.scope.cleanups.append(heal)
