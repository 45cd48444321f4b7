"""The command line: arguments to witnesses, witnesses to verdict, verdict to exit code."""

from __future__ import annotations

import argparse
import decimal
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libraries.auditor import amounts, report
from libraries.auditor.examination import HELD, Examination
from libraries.auditor.ledger_audit import counts_of_ledger, examine_ledger
from libraries.auditor.registry import INVARIANTS, examine
from libraries.auditor.witnesses.database import Store, read_store
from libraries.auditor.witnesses.errors import WitnessError
from libraries.auditor.witnesses.history import read_history
from libraries.auditor.witnesses.journal import read_anchors
from libraries.auditor.witnesses.ledger import AccountView, LedgerLine, parse_lines, read_bytes, read_ledger, view_of
from libraries.auditor.witnesses.secrets import VARIABLE as SECRETS_VARIABLE
from libraries.auditor.witnesses.secrets import read_secrets, read_written
from libraries.auditor.witnesses.sinks import Came, read_sink
from libraries.auditor.world import ENGINE_STATES, QUIESCED, STOPPED, Venue, World, without_past

EXIT_HELD, EXIT_VIOLATED, EXIT_WITNESS = 0, 1, 3  # 2 is argparse's: command line


@dataclass(frozen=True)
class VenueOption:
    """`--venue NAME=LEDGER:OFFSET:ACCOUNT`. `offset` is a number of bytes, None = the whole file."""

    name: str
    ledger: Path
    offset: int | None
    account: str


def venue_option(text: str) -> VenueOption:
    """Raises argparse.ArgumentTypeError, whose text argparse shows."""
    name, equals, rest = text.partition("=")
    parts = rest.rsplit(":", 2)
    if not name or not equals or len(parts) != 3 or not parts[0] or not parts[2]:
        raise argparse.ArgumentTypeError(f"expected NAME=LEDGER:OFFSET:ACCOUNT, got {text!r}")
    ledger, offset, account = parts
    if offset != "all" and not (offset.isascii() and offset.isdigit()):
        raise argparse.ArgumentTypeError(f"expected OFFSET to be a number of bytes or all, got {offset!r}")
    return VenueOption(name, Path(ledger), None if offset == "all" else int(offset), account)


def twin_option(text: str) -> tuple[str, Path]:
    """Raises argparse.ArgumentTypeError, whose text argparse shows."""
    state, equals, file = text.partition("=")
    if state not in ENGINE_STATES or not equals or not file:
        raise argparse.ArgumentTypeError(f"expected STATE=FILE with a state of {', '.join(ENGINE_STATES)}, got {text!r}")
    return state, Path(file)


def sink_option(text: str) -> tuple[str, Path]:
    """Raises argparse.ArgumentTypeError, whose text argparse shows."""
    sink, equals, file = text.partition("=")
    if not sink or not equals or not file:
        raise argparse.ArgumentTypeError(f"expected SINK=FILE, such as file=engine.db.alerts, got {text!r}")
    return sink, Path(file)


def invariant_option(text: str) -> str:
    """Raises argparse.ArgumentTypeError, whose text argparse shows."""
    if text not in INVARIANTS:
        raise argparse.ArgumentTypeError(f"expected an invariant ({', '.join(INVARIANTS)}), got {text!r}")
    return text


def parser() -> argparse.ArgumentParser:
    result = argparse.ArgumentParser(
        prog="auditor",
        description="Check engine database, audit chain and exchange ledger against each other.",
        epilog="With --ledger alone: one ledger for itself, without an engine. "
        "Exit codes: 0 held, 1 violated or an expected violation did not come, 2 command line, 3 a witness is missing or broken.",
        allow_abbrev=False,
    )
    result.add_argument("--database", type=Path, metavar="FILE", help="the engine's SQLite file")
    result.add_argument("--anchor", type=Path, metavar="FILE", help="side file that anchors the audit chain")
    result.add_argument(
        "--venue", type=venue_option, action="append", default=[], metavar="NAME=LEDGER:OFFSET:ACCOUNT", help="may be given repeatedly"
    )
    result.add_argument("--ledger", type=Path, metavar="FILE", help="audit one ledger for itself; goes with --expect and --report only")
    result.add_argument("--history", type=Path, metavar="FILE", help="what the tests asked and were told, JSON lines")
    result.add_argument("--engine", choices=ENGINE_STATES, default=QUIESCED, help="what state the engine is in (default: quiesced)")
    result.add_argument(
        "--expect",
        type=invariant_option,
        action="extend",
        nargs="+",
        default=[],
        metavar="ID",
        help="must be violated, and counts as expected",
    )
    result.add_argument(
        "--secrets", type=Path, metavar="FILE", help=f"JSON, name -> secret, readable by its owner alone; or {SECRETS_VARIABLE} (I35)"
    )
    result.add_argument("--log", type=Path, action="append", default=[], metavar="FILE", help="a log of the engine (I35); repeatable")
    result.add_argument(
        "--alerts",
        type=sink_option,
        action="append",
        default=[],
        metavar="SINK=FILE",
        help="what a sink of alerts has (I37); repeatable, of one sink too",
    )
    result.add_argument(
        "--sometimes", action="extend", nargs="+", default=[], metavar="NAME", help="situations that must have occurred (I36)"
    )
    result.add_argument(
        "--twin", type=twin_option, metavar="STATE=FILE", help="the database of an engine that must have decided the same (I26)"
    )
    result.add_argument("--report", type=Path, metavar="FILE", help="write the JSON here too")
    return result


def main(arguments: Sequence[str]) -> int:
    """Run the audit; prints its JSON on stdout, one line per problem on stderr, and returns the exit code."""
    command = parser()
    options = command.parse_args(arguments)
    _check_witnesses(command, options)
    names = [venue.name for venue in options.venue]
    if len(set(names)) != len(names):
        command.error(f"argument --venue: expected each name once, got {', '.join(names)}")
    try:
        with decimal.localcontext(amounts.CONTEXT):
            result = audit(options)
    except WitnessError as error:
        result = report.failure(str(error))
    problems = [result["error"]] if result["verdict"] == "error" else report.summary(result)
    text = json.dumps(result, indent=2) + "\n"
    if options.report is not None:
        try:
            options.report.write_text(text, encoding="utf-8")
        except OSError as error:
            command.error(f"argument --report: {options.report}: {error.strerror or error}")
    sys.stdout.write(text)
    sys.stderr.writelines(f"auditor: {problem}\n" for problem in problems)
    if result["verdict"] == "error":
        return EXIT_WITNESS
    return EXIT_HELD if result["verdict"] == HELD else EXIT_VIOLATED


def _check_witnesses(command: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Either one ledger, or an engine with the ledgers of its venues."""
    given = {"--database": options.database, "--anchor": options.anchor, "--venue": options.venue}
    if options.ledger is None:
        missing = [name for name, value in given.items() if not value]
        if missing:
            command.error(f"the following arguments are required: {', '.join(missing)} (or --ledger alone)")
        return
    given |= {"--twin": options.twin}
    given |= {
        "--history": options.history,
        "--secrets": options.secrets,
        "--log": options.log,
        "--alerts": options.alerts,
        "--sometimes": options.sometimes,
    }
    superfluous = [name for name, value in given.items() if value]
    if superfluous:
        command.error(f"argument --ledger: expected it without {', '.join(superfluous)}")


def audit(options: argparse.Namespace) -> dict[str, Any]:
    """Read every witness and examine every invariant.

    Raises:
        WitnessError: a witness is missing or unreadable.
    """
    started = time.monotonic_ns()
    if options.ledger is not None:
        lines = parse_lines(read_bytes(options.ledger, None), options.ledger, timed=False)
        found = examine_ledger(options.ledger, lines)
        _check_expected(options.expect, found)
        return report.document(found, options.expect, counts_of_ledger(lines), (time.monotonic_ns() - started) // 1_000_000)
    world = read_world(options)
    results: dict[str, Examination] = {name: examine(name, world) for name in INVARIANTS}
    elapsed_ms = (time.monotonic_ns() - started) // 1_000_000
    return report.document(results, options.expect, counts_of(world), elapsed_ms) | {"situations": world.situations}


def _check_expected(expected: list[str], found: dict[str, Examination]) -> None:
    """Raises WitnessError: a ledger alone cannot violate it."""
    for name in expected:
        if name not in found:
            raise WitnessError(f"--expect {name}: a ledger alone shows {', '.join(found)} only")


def read_world(options: argparse.Namespace) -> World:
    """Raises WitnessError."""
    secrets = read_secrets(options.secrets, os.environ)
    store = read_store(options.database, live=options.engine == QUIESCED)
    venues = {option.name: _venue(option, store, options.engine) for option in options.venue}
    known = {row.venue for row in store.orders} | {row.venue for row in store.balances}
    unwitnessed = sorted(known - venues.keys())
    if unwitnessed:
        raise WitnessError(f"database {options.database}: knows {', '.join(unwitnessed)}, but no --venue gives its ledger")
    return World(
        engine=options.engine,
        store=store,
        anchors=read_anchors(options.anchor),
        venues=venues,
        history=read_history(options.history) if options.history is not None else None,
        secrets=secrets,
        written=read_written(options.database, options.anchor, options.log) if secrets else [],
        twin=read_store(options.twin[1], live=options.twin[0] == QUIESCED).journal if options.twin else None,
        sometimes=tuple(options.sometimes),
        sinks=_sinks(options.alerts),
    )


def _sinks(given: Iterable[tuple[str, Path]]) -> dict[str, list[Came]]:
    """What each has. Engines on one database have a file each, and one name for it."""
    found: dict[str, list[Came]] = {}
    for sink, path in given:
        found.setdefault(sink, []).extend(read_sink(path))
    return found


def _venue(option: VenueOption, store: Store, engine: str) -> Venue:
    lines = read_ledger(option.ledger, option.offset)
    whole = view_of(lines, option.account)
    if not whole.known:
        raise WitnessError(f"ledger {option.ledger}: expected an account {option.account}, it has none")
    seen = _seen(lines, whole, store, engine)
    return Venue(option.name, lines, without_past(whole, store, option.name), without_past(seen, store, option.name))


def _seen(lines: list[LedgerLine], whole: AccountView, store: Store, engine: str) -> AccountView:
    """What the engine could have seen: after a clean stop, the ledger up to the moment of the stop."""
    stop = store.journal.clean_stop() if engine == STOPPED else None
    if stop is None or lines[-1].mono <= stop.mono_ns:
        return whole
    return view_of([line for line in lines if line.mono <= stop.mono_ns], whole.account)


def counts_of(world: World) -> dict[str, int]:
    """Sizes of what was read, and what the invariants noted."""
    store = world.store
    return {
        "events": len(world.journal.events),
        "epochs": len({event.epoch for event in world.journal.events}),
        "orders": len(store.orders),
        "fills": len(store.fills),
        "anchors": len(world.anchors.anchors),
        "ledger_lines": sum(len(venue.lines) for venue in world.venues.values()),
        "requests": sum(len(venue.whole.requests) for venue in world.venues.values()),
        "trades": sum(len(venue.whole.fills) for venue in world.venues.values()),
        "history": len(world.history.records) if world.history else 0,
        "requests_rejected": 0,
        "wall_clock_backward_jumps": 0,
        "recoveries": 0,
        "mttr_p50_ms": 0,
        "mttr_max_ms": 0,
        **world.notes,
    }
