"""What moves a market by itself: the generator, a script, recorded dumps, a recorded conversation.

`prepare` reads and checks what a plan asks for, `build` makes the driver of it; shell/market_driver.py names both.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from ..errors import MarketError
from ..shell.clock import VenueClock
from ..shell.virtual_clock import DEFAULT_START_MS, VirtualClock
from .capture import Capture, read_symbols
from .demo import DEMO
from .desk import Desk
from .generated import Generated
from .generator_table import read_generator
from .pace import ORDINARY_SPEED
from .player import Player, Playing
from .recorded import Recorded
from .script import Script
from .source import Silent, Source
from .tables import Table

if TYPE_CHECKING:
    from ..core.symbols import SymbolSpec
    from ..core.venue import Venue
    from ..shell.market_driver import MarketPlan


class _Clock(msgspec.Struct, forbid_unknown_fields=True):
    virtual: bool = False
    start_ms: int | None = None
    monotonic: bool = False


class _Playing(msgspec.Struct, forbid_unknown_fields=True):
    at_once: bool | None = None
    speed: str = "1"
    loop: bool = False


class _Script(msgspec.Struct, forbid_unknown_fields=True):
    file: str


class Prepared(msgspec.Struct, frozen=True):
    """A market that was read and checked, before there is a venue."""

    source: Source
    playing: Playing
    clock: VenueClock | VirtualClock


def recording_symbols(directory: Path) -> list[SymbolSpec]:
    """The symbols of a `--recording` directory, closed for trading (status BREAK). Raises MarketError."""
    return read_symbols(directory)


def prepare(plan: MarketPlan, specs: list[SymbolSpec]) -> Prepared:
    """Read what the plan asks for. Raises MarketError."""
    listed = {spec.symbol: spec for spec in specs}
    source = _source(plan, listed)
    at = Table(plan.file or "demo")
    given = at.within("playing").read(plan.tables.get("playing", {}), _Playing)
    moves_by_itself = isinstance(source, Generated | Script)
    playing = Playing(
        at_once=moves_by_itself if given.at_once is None else given.at_once,
        speed=speed_of(given.speed, at.within("playing")),
        loop=given.loop,
    )
    return Prepared(source, playing, _clock(plan, source, at.within("clock")))


def build(venue: Venue, streams: Any, prepared: Prepared) -> Player:
    """The driver of a prepared market. `streams`: the stream server."""
    desk = Desk(venue, prepared.clock, streams, prepared.source.recorded_symbols)
    return Player(prepared.source, desk, prepared.clock, prepared.playing, streams)


def speed_of(text: str, at: Table) -> int:
    """A speed in thousandths; `max` is 0. Raises MarketError."""
    if text == "max":
        return 0
    speed = at.amount("speed", text) * ORDINARY_SPEED // 10**8
    if not 1 <= speed <= 10**9:
        raise at.wrong("speed", 'a factor from 0.001 to 1000000, or "max"', text)
    return speed


def _source(plan: MarketPlan, specs: dict[str, SymbolSpec]) -> Source:
    if plan.recording is not None:
        return Capture(plan.recording)
    at = Table(plan.file or "demo")
    tables = {"generator": DEMO} if plan.kind == "demo" else plan.tables
    moving = [name for name in ("generator", "script", "recorded") if name in tables]
    if len(moving) > 1:
        raise MarketError(f"market file {at.file}: expected one of generator, script and recorded, came {' and '.join(moving)}; leave one")
    if not moving:
        return Silent()
    table = tables[moving[0]]
    if moving == ["generator"]:
        return Generated(read_generator(table, specs, at.within("generator")), plan.seed)
    if moving == ["script"]:
        file = at.within("script").read(table, _Script).file
        return Script(Path(at.file).absolute().parent / file, specs)
    return Recorded(table if isinstance(table, list) else [table], specs, at.within("recorded"))


def _clock(plan: MarketPlan, source: Source, at: Table) -> VenueClock | VirtualClock:
    given = at.read(plan.tables.get("clock", {}), _Clock)
    if not given.virtual:
        if given.start_ms is not None or given.monotonic:
            raise at.wrong("virtual", "virtual = true beside start_ms or monotonic", given.virtual)
        return VenueClock()
    start_ms = given.start_ms
    if start_ms is None:
        start_ms = source.first_ms if isinstance(source, Recorded) else DEFAULT_START_MS
    if not 0 <= start_ms < 10**14:
        raise at.wrong("start_ms", "milliseconds since 1970", start_ms)
    return VirtualClock(start_ms, own_monotonic=given.monotonic)


__all__ = ["Prepared", "build", "prepare", "recording_symbols", "speed_of"]
