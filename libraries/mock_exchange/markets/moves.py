"""Moves that are asked for while a market runs: as steps for a ladder that was set, as a regime for a generated symbol. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..core.venue_events import E8
from .generated import Generated
from .generator_table import RegimeTable, read_regime
from .regimes import Regime
from .script import LONGEST_MS
from .source import Source
from .steps import Book, Shift, Step
from .tables import Table

_SHIFT_EVERY_MS = 500
"""How often a ladder moves where nobody says in how many steps."""


def shifts(symbol: str, start: int | None, *, by: int, within_ms: int, steps: int | None) -> list[Step]:
    """Even steps from `start` to a signed fraction (1e-8) above it. Raises ValueError: no ladder, or a wrong time or number."""
    check_within(within_ms)
    if start is None:
        raise ValueError(f"{symbol} has no ladder of the market that could move; set the book first")
    count = max(1, within_ms // _SHIFT_EVERY_MS) if steps is None else at_least_one("steps", steps)
    to = start + start * by // E8
    return [Step(within_ms * number // count, (Shift(symbol, start + (to - start) * number // count),)) for number in range(1, count + 1)]


def regime_of_move(source: Generated, *, by: int, within_ms: int) -> Regime:
    """A fall that reaches its depth exactly, or a rise, of a generated symbol. Raises ValueError: a wrong time."""
    check_within(within_ms)
    ticks = max(1, within_ms // source.laws.tick_ms)
    if by < 0:
        return Regime(kind="crash", ticks=ticks, by=-by * 10**4, fall_ticks=ticks)
    return Regime(kind="trend", ticks=ticks, by=by * 10**4)


def asked_regime(source: Source, symbol: str, table: dict[str, Any]) -> tuple[Generated, Regime]:
    """The regime of a request, by the keys of `[[generator.regime]]`.

    Raises:
        MarketError: a key that is wrong.
        ValueError: the market is not generated.
    """
    if not isinstance(source, Generated):
        raise ValueError("regimes are for generated markets; this one has no [generator]")
    at = Table("of this request", "regime")
    return source, read_regime(at.read(table, RegimeTable), source.laws.symbols[symbol].base, source.laws.tick_ms, at)


def imposed(source: Generated, symbol: str, regime: Regime, now_ms: int) -> dict[str, Any]:
    """Let it move so from the next tick on. Raises ValueError: the symbol follows others by construction."""
    from_ms = source.impose(symbol, regime, now_ms)
    return {"from_ms": from_ms, "ends_in_ms": from_ms + (regime.ticks or 0) * source.laws.tick_ms - now_ms}


def check_ladders(source: Source, steps: Iterable[Step]) -> None:
    """Raises ValueError: a script would set a ladder that the generator sets again at its next tick."""
    if not isinstance(source, Generated):
        return
    for command in (each for step in steps for each in step.commands):
        if isinstance(command, Book | Shift):
            raise ValueError(
                f"the ladder of {command.symbol} is generated, a script cannot set it; ask for a move or a regime "
                "(POST /admin/market/move, /admin/market/regime)"
            )


def check_within(within_ms: int) -> None:
    if not 0 <= within_ms <= LONGEST_MS:
        raise ValueError(f"within_ms: expected 0 to {LONGEST_MS}, came {within_ms}")


def at_least_one(name: str, number: int) -> int:
    """Raises ValueError."""
    if number < 1:
        raise ValueError(f"{name}: expected a whole number of at least 1, came {number}")
    return number
