"""The audit after every test: stop the sources, take one cut of engine and venue, let the independent auditor judge it.

For an engine the auditor is a process of its own with a deadline. A violation, a crash, an overrun, an unknown exit code or a missing
witness is a failure; an announced violation (`Expect Violation`) that does not come is one too. The ledger of a venue that no engine
trades on is audited for itself, in this process and only as far as it is new: a suite of raw tests pays milliseconds a test.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from libraries.auditor import cli as auditor_of_this_repository
from libraries.auditor.witnesses.errors import WitnessError
from libraries.auditor.witnesses.secrets import VARIABLE as SECRETS_VARIABLE
from libraries.evidence.ledgers import LedgerAudits
from libraries.evidence.redaction import redact
from libraries.evidence.requirements import text_of
from libraries.world.deadlines import Deadline
from libraries.world.directories import slug
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.fork import run_in_fork
from libraries.world.history import History
from libraries.world.http import Json
from libraries.world.processes import Finished, child_environment, run_to_end

TIMEOUT_S = 20.0
QUIESCE_MS = 5_000
_ROUNDS = 5
_EXITS = {0: "held", 1: "violated"}


@dataclass(frozen=True)
class Auditor:
    """How the auditor is started. A `command` in place of the repository's auditor is for the tests of this module only."""

    command: tuple[str, ...] = ()
    timeout: float = TIMEOUT_S
    """Seconds for the auditor itself; an engine gets at most as long, and at most 5 s, to come to rest."""

    @property
    def quiesce_ms(self) -> int:
        return min(QUIESCE_MS, round(self.timeout * 1000))


@dataclass
class Verdict:
    """What the audits of one test say. `failures` empty = the test may pass."""

    failures: list[str] = field(default_factory=list)
    invariants: dict[str, Json] = field(default_factory=dict)
    """Of all engines and ledgers together: id -> {"status", "objects", "violations"}."""
    situations: dict[str, int] = field(default_factory=dict)
    """How often each situation of the auditor occurred (I36), over all engines."""
    audited: bool = False

    def count(self, status: str) -> int:
        return sum(1 for found in self.invariants.values() if found["status"] == status)

    def line(self) -> str:
        """The text of metadata `Audit`."""
        if not self.audited:
            return "no world"
        if not self.invariants:
            return "no verdict"
        return f"held {self.count('held')}, not exercised {self.count('not exercised')}, violated {self.count('violated')}"


def audit_world(
    engines: Sequence[Engine],
    exchanges: Sequence[Exchange],
    history: History,
    directory: Path,
    *,
    expected: frozenset[str] = frozenset(),
    auditor: Auditor = Auditor(),
    ledgers: LedgerAudits | None = None,
    sometimes: Sequence[str] = (),
) -> Verdict:
    """Cut and audit every engine that was ever started, and the ledger of every venue that none of them trades on.

    Never raises for what the world does: that is a failure in the verdict. `ledgers` remembers what earlier audits have read;
    `sometimes`: situations that must have occurred to each engine (I36).
    """
    verdict = Verdict()
    started = _by_database(engine for engine in engines if engine.starts)
    offsets = _take_cut([engines[0] for engines in started.values()], history, verdict, auditor.quiesce_ms)
    for engine, *others in started.values():
        verdict.audited = True
        if offsets is not None:
            _copy_and_run(engine, auditor, verdict, partial(_arguments, engine, others, offsets, history, directory, sometimes=sometimes))
    linked = {link.exchange.alias for engine, *_ in started.values() for link in engine.links}
    for exchange in exchanges:
        if exchange.alias not in linked:
            verdict.audited = True
            _audit_ledger(exchange, ledgers or LedgerAudits(), directory, verdict)
    _judge(verdict, expected)
    return verdict


def _by_database(engines: Iterable[Engine]) -> dict[str, list[Engine]]:
    """Engines that share a database are audited as one, by the first: the one that trades, or did last."""
    found: dict[str, list[Engine]] = {}
    for engine in engines:
        found.setdefault(engine.database_url, []).append(engine)
    return found


def _copy_and_run(engine: Engine, auditor: Auditor, verdict: Verdict, arguments: Callable[[], tuple[list[str], Path]]) -> None:
    try:
        words, report = arguments()
    except WorldError as error:
        verdict.failures.append(f"audit of engine {engine.alias}: {error}")
        return
    _run(engine, auditor, words, report, verdict)


def _take_cut(engines: Sequence[Engine], history: History, verdict: Verdict, quiesce_ms: int) -> dict[str, str] | None:
    """Ledger offset by exchange alias, at one moment in which nothing is in flight; None if that moment could not be had.

    The venue may have written while the first engine's barrier ran, so the offset is read again after the last barrier.
    """
    exchanges = {link.exchange.alias: link.exchange for engine in engines for link in engine.links}
    try:
        for _ in range(_ROUNDS):
            _quiesce_engines(engines, history, verdict, quiesce_ms)
            offsets = {alias: _ledger_end(exchange) for alias, exchange in exchanges.items()}
            _quiesce_engines(engines, history, verdict, quiesce_ms)
            if all(str(x.admin.ledger()["offset"]) == offsets[alias] for alias, x in exchanges.items() if x.alive):
                return offsets
    except (WorldError, KeyError) as error:
        verdict.failures.append(f"audit: no cut could be taken: {error}")
        return None
    verdict.failures.append(f"audit: the venue's ledger still grew after {_ROUNDS} rounds of quiescing; who goes on sending?")
    return None


def _ledger_end(exchange: Exchange) -> str:
    """A dead venue's ledger is read whole."""
    return str(exchange.admin.quiesce()["ledger_offset"]) if exchange.alive else "all"


def _quiesce_engines(engines: Sequence[Engine], history: History, verdict: Verdict, quiesce_ms: int) -> None:
    for engine in engines:
        if not engine.alive or (engine.child is not None and engine.child.announced == _UNRESPONSIVE):
            continue
        try:
            answer = engine.control.quiesce(quiesce_ms)
        except WorldError as error:
            assert engine.child is not None
            if engine.child.wait(_DYING_S) is None:
                verdict.failures.append(f"audit: {error}; it is killed and audited as dead")
                engine.child.kill_quietly(_UNRESPONSIVE)
            continue
        if answer.ok:
            history.note("quiesce", engine=engine.alias, journal_seq=answer.body["journal_seq"], head_hash=answer.body["head_hash"])
            continue
        failure = f"audit: engine {engine.alias} did not come to rest within {quiesce_ms} ms (I12): {answer.body}"
        if failure not in verdict.failures:
            verdict.failures.append(failure)


_UNRESPONSIVE = "it did not answer; reported"
_DYING_S = 1.0
"""An engine that refuses connections may be just about to be reaped: then its death is what the listener reports."""


def _arguments(
    engine: Engine, others: Sequence[Engine], offsets: dict[str, str], history: History, directory: Path, *, sometimes: Sequence[str]
) -> tuple[list[str], Path]:
    """The auditor's command line for one engine, and where it will write its report. `others`: those on the same database."""
    report = directory / f"audit-{slug(engine.alias)}.json"
    arguments = ["--database", str(engine.database_file()), "--anchor", str(engine.anchor_path)]
    for link in engine.links:
        arguments += ["--venue", f"{link.name}={link.exchange.ledger_path}:{offsets[link.exchange.alias]}:{link.account.name}"]
    for each in (engine, *others):
        if each.log_path.exists():
            arguments += ["--log", str(each.log_path)]
    arguments += alerts_of([engine, *others])
    if engine.twin is not None:
        arguments += ["--twin", f"{engine.twin.how_it_stands()}={engine.twin.database_file()}"]
    if sometimes:
        arguments += ["--sometimes", *sometimes]
    arguments += [
        "--history",
        str(_history_of([engine, *others], history, directory)),
        "--engine",
        engine.how_it_stands(),
        "--report",
        str(report),
    ]
    return arguments, report


def alerts_of(engines: Sequence[Engine]) -> list[str]:
    """The auditor's options for the sinks of these engines, which share a database: what one of them has told another did not tell."""
    records = dict.fromkeys(pair for each in engines for pair in each.alert_sinks().items())
    return [word for sink, record in records for word in ("--alerts", f"{sink}={record}")]


def _run(engine: Engine, auditor: Auditor, arguments: list[str], report: Path, verdict: Verdict) -> None:
    try:
        finished = _finished(auditor, arguments, report.parent, {SECRETS_VARIABLE: json.dumps(engine.secrets())})
    except (WorldError, OSError) as error:
        verdict.failures.append(f"audit of engine {engine.alias}: {error}")
        return
    found = _read(report, finished.stdout)
    if finished.exit_code not in _EXITS or found is None or found.get("verdict") != _EXITS[finished.exit_code]:
        said = _error_of(found) or finished.stderr[-1500:].strip() or finished.stdout[-1500:].strip() or "nothing was said"
        verdict.failures.append(
            f"audit of engine {engine.alias} gave no verdict: expected exit code 0 (held) or 1 (violated) and a report that says the same, "
            f"came exit code {finished.exit_code}, {'no report' if found is None else found.get('verdict')}: {said}"
        )
        return
    for identifier, result in found["invariants"].items():
        _merge(verdict, identifier, result, engine=engine.alias)
    for name, number in found.get("situations", {}).items():
        verdict.situations[name] = verdict.situations.get(name, 0) + int(number)


def _finished(auditor: Auditor, arguments: list[str], directory: Path, secrets: dict[str, str]) -> Finished:
    """`secrets`: a variable for the auditor's environment; on a command line everybody could read them."""
    name, deadline = "the auditor", Deadline(auditor.timeout)

    def audited() -> int:
        os.environ.update(secrets)  # of the fork alone
        return auditor_of_this_repository.main(arguments)

    if not auditor.command:
        return run_in_fork(name, audited, deadline=deadline)
    command, environment = [*auditor.command, *arguments], child_environment(secrets, REPOSITORY)
    return run_to_end(name, command, directory=directory, environment=environment, deadline=deadline)


def _audit_ledger(exchange: Exchange, ledgers: LedgerAudits, directory: Path, verdict: Verdict) -> None:
    try:
        found = ledgers.examine(exchange, _ledger_end(exchange))
    except (WorldError, WitnessError, KeyError) as error:
        verdict.failures.append(f"audit of the ledger of venue {exchange.alias} gave no verdict: {error}")
        return
    if found["verdict"] != "held":
        (directory / f"audit-venue-{slug(exchange.alias)}.json").write_text(json.dumps(found, indent=2), encoding="utf-8")
    for identifier, result in found["invariants"].items():
        _merge(verdict, identifier, result, venue=exchange.alias)


def _history_of(engines: Sequence[Engine], history: History, directory: Path) -> Path:
    """The records that concern these engines: those without an `engine`, or with the alias of one. A stop of another than the first was
    anchored in a file of that one's own."""
    path = directory / f"history-{slug(engines[0].alias)}.jsonl"
    aliases = {engine.alias for engine in engines}
    lines = history.path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if _concerns(json.loads(line), engines[0].alias, aliases)), encoding="utf-8")
    return path


def _concerns(record: Json, first: str, aliases: set[str]) -> bool:
    alias = record.get("engine", first)
    return alias in aliases and (alias == first or record["action"] != "stop")


def _read(report: Path, stdout: str) -> Json | None:
    for text in (report.read_text(encoding="utf-8") if report.exists() else "", stdout):
        try:
            found = json.loads(text)
        except ValueError:  # no JSON here: where nothing is found, the caller says that there was no verdict
            continue
        if isinstance(found, dict) and isinstance(found.get("invariants"), dict):
            return found
    return None


def _error_of(found: Json | None) -> str:
    return redact(str(found.get("error", ""))) if found else ""


_RANK = {"violated": 2, "held": 1, "not exercised": 0}


def _merge(verdict: Verdict, identifier: str, result: Json, **source: str) -> None:
    """Over several engines and ledgers an invariant is violated if it is in one, held if it held in one. `source`: whose result it is."""
    known = verdict.invariants.setdefault(identifier, {"status": "not exercised", "objects": 0, "violations": []})
    known["objects"] += int(result.get("objects", 0))
    known["violations"] += [{**violation, **source} for violation in result.get("violations", [])]
    if _RANK.get(str(result["status"]), 2) > _RANK[known["status"]]:
        known["status"] = str(result["status"]) if result["status"] in _RANK else "violated"


def _judge(verdict: Verdict, expected: frozenset[str]) -> None:
    violated = {identifier for identifier, found in verdict.invariants.items() if found["status"] == "violated"}
    for identifier in sorted(violated - expected):
        verdict.failures.append(violation_text(identifier, verdict.invariants[identifier]["violations"]))
    for identifier in sorted(expected - violated):
        became = _examined(verdict.invariants.get(identifier))
        verdict.failures.append(f"audit: expected a violation of {identifier} ({text_of(identifier)}), but it was {became}")


def _examined(found: Mapping[str, Any] | None) -> str:
    """What became of an announced violation that did not come: nothing to look at is another cause than nothing found."""
    if found is None:
        return "not examined: no engine or exchange of this test has what it looks at"
    if not found["objects"]:
        return f"{found['status']}: 0 objects were examined, so what the test did never came where this invariant looks"
    return f"{found['status']} for all {found['objects']} objects that were examined: what the test did is not what this invariant forbids"


def violation_text(identifier: str, violations: Sequence[dict[str, Any]], most: int = 5) -> str:
    """One paragraph: the invariant, then what, expected, got and where of each violation."""
    lines = [f"audit: {identifier} violated ({text_of(identifier)}), {len(violations)} finding(s):"]
    for found in violations[:most]:
        lines.append(
            f"  {found.get('what', '?')}: expected {found.get('expected', '?')}, got {found.get('got', '?')}, at {found.get('where', '?')}"
        )
    if len(violations) > most:
        lines.append(f"  ... and {len(violations) - most} more in the audit report")
    return redact("\n".join(lines))
