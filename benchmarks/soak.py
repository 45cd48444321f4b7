"""`python -m benchmarks.soak --minutes N --results DIR`: a steady load for a long time, and whether anything grows with it.

Prints a line a minute and a table with a verdict; writes soak.json and soak.md. Exit codes: 0 nothing leaks and every order is accounted
for, 1 something leaks, or the books do not agree, 2 command line.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.report import publish
from benchmarks.row import Row, must
from libraries.campaign.lone import lone_engine
from libraries.load import profile, schedule, site
from libraries.load.processes import Sample, Watch
from libraries.load.running import ENGINE, VENUE, Outcome, Run
from libraries.load.slope import Slope, after_warm_up, slope
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY, Exchange, ExchangeOptions
from libraries.world.locks import Mode, hold_machine
from libraries.world.processes import Children

MACHINE_FREE_WITHIN_S = 3_600.0
START_S, AFTER_S = 60.0, 600.0
MB = 2**20
REMEMBERED = 2_000
"""Ended orders that engine and venue keep in memory, each: reached within a minute, so that what grows afterwards is a leak."""
LIMITS: dict[str, tuple[Callable[[Sample], float], float, float, str]] = {
    "memory": (lambda sample: sample.rss / MB, 1.0, 8.0, "MB"),
    "descriptors": (lambda sample: float(sample.descriptors), 0.5, 3.0, ""),
}
"""What of a process -> how it is read, the most that it may grow a minute, and what may come and go without being a leak."""
WAL = (lambda sample: sample.file_bytes / MB, 1.0, 32.0, "MB")
"""The write-ahead log is emptied beyond 16 MB (`database.wal_checkpoint_mb`); twice that is no growth yet."""
_SYMBOLS = 2


def main(arguments: list[str]) -> int:
    given = _given(arguments)
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            found, trouble = soaked(Path(folder), given.minutes, given.rate)
    finally:
        machine.release()
    return publish(given.results, "soak", rows_of(found, given.minutes, trouble))


def _given(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__, allow_abbrev=False)
    parser.add_argument("--minutes", type=int, default=60, help="how long (default 60)")
    parser.add_argument("--rate", type=int, default=200, help="ticks a second, each answered with an order (default 200)")
    parser.add_argument("--results", type=Path, required=True, help="where the table goes")
    given = parser.parse_args(arguments)
    if given.minutes < 1 or given.rate < 1:
        parser.error(f"expected --minutes and --rate of 1 or more, got {given.minutes} and {given.rate}")
    return given


def soaked(place: Path, minutes: int, rate: int) -> tuple[Outcome, str]:
    """Run it: what came of it, and how the engine ended when it was told to stop.

    Raises:
        WorldError, AssertionError: the world did not come up, or the load did not come to its end.
    """
    children, symbols = Children(), site.names(_SYMBOLS)
    listing, limits = site.write_listing(place / "market.toml", symbols), profile.venue_limits(place / "limits.toml")
    options = ExchangeOptions(market=listing, limits=limits, history=REMEMBERED)
    exchange = Exchange("binance", place / "venue", options)
    try:
        exchange.start(children, Deadline(START_S))
        settings = profile.engine_settings() | {"history": {"remembered": REMEMBERED}}
        with lone_engine("engine", exchange, REPOSITORY, place, funds={"USDT": site.FUNDS}, symbols=symbols, settings=settings) as (
            engine,
            _,
        ):
            engine.strategies = [site.answering(number, [symbol], _SYMBOLS) for number, symbol in enumerate(symbols)]
            engine.test_hooks = True
            engine.start(Deadline(START_S))
            run = Run(exchange, engine, schedule.steady(rate, minutes * 60), symbols, _say())
            run.begin()
            found = run.wait(Deadline(minutes * 60 + AFTER_S))
            return found, _stopped(engine)
    finally:
        children.kill_all("the soak is over")
        exchange.close()


def _stopped(engine: Engine) -> str:
    """ "", or what it did instead of ending with exit code 0."""
    try:
        engine.stop("the soak is over", Deadline(START_S))
    except WorldError as error:
        return str(error)
    return ""


def _say() -> Callable[[str], None]:
    """A line a minute."""
    told = 0

    def say(line: str) -> None:
        nonlocal told
        if told % 60 == 0:
            print(line, flush=True)
        told += 1

    return say


def rows_of(found: Outcome, minutes: int, trouble: str) -> list[Row]:
    """The table: books first, then slopes with their verdicts. `trouble`: how the engine's end went wrong, "" = it did not."""
    account = found.account
    rows = [
        must("venue = database = audit chain", account.reconciles, "; ".join(account.problems) or "they agree", "they agree"),
        must("told to stop, the engine ends", not trouble, trouble or "exit code 0", "exit code 0"),
        Row(name="orders, each from tick to disk", reached=f"{len(account.journeys):,} in {minutes} min, {account.rate:,.0f}/s"),
        Row(name="end to end", reached=account.end_to_end.text()),
        Row(name="the machine", reached=found.speed.text()),
    ]
    for process in (ENGINE, VENUE):
        for what, limit in LIMITS.items():
            rows.append(_verdict(f"{what} of the {process}", found.watch, process, limit))
    return [*rows, _verdict("write-ahead log of the engine", found.watch, ENGINE, WAL)]


def _verdict(name: str, watch: Watch, process: str, limit: tuple[Callable[[Sample], float], float, float, str]) -> Row:
    read, most, noise, unit = limit
    line = slope(after_warm_up(watch.series(process, read), 0.5))
    holds = not line.leaks(most_per_minute=most, least_grown=noise)
    return must(name, holds, _told(line, unit), f"<= {most:g} {unit} a minute, or within {noise:g} {unit}".replace("  ", " "))


def _told(line: Slope, unit: str) -> str:
    return f"{line.per_minute:+.2f} {unit} a minute ({line.first:.0f} to {line.last:.0f})".replace("  ", " ")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
