"""Invariants that a folder of suites declares as exercised: one that no test of a whole run examined is red.

A folder's declaration is `exercised.yaml`: `invariants: [I01, I02, ...]`. Each test's audit is one line of `<results>/audit.jsonl`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from libraries.evidence.audit import Verdict
from libraries.evidence.requirements import catalogue
from libraries.world.http import Json
from libraries.world.progress import append_line

DECLARATION = "exercised.yaml"
AUDITS = "audit.jsonl"


@dataclass(frozen=True)
class Declaration:
    """What one folder promises. `error` says what is wrong with the file, if anything is."""

    folder: Path
    invariants: tuple[str, ...]
    error: str | None = None


def record_audit(results: Path, source: str, suite: str, test: str, verdict: Verdict) -> None:
    """One test's audit as one line; only what a run needs later."""
    invariants = {name: {"status": found["status"], "objects": found["objects"]} for name, found in verdict.invariants.items()}
    append_line(results / AUDITS, {"source": source, "suite": suite, "test": test, "audit": verdict.line(), "invariants": invariants})


def read_audits(results: Path) -> list[Json]:
    path = results / AUDITS
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def declarations(suites: Path) -> list[Declaration]:
    """Every declaration in and below the folder `suites`."""
    return [_read(path) for path in sorted(suites.rglob(DECLARATION))]


def not_exercised(declaration: Declaration, audits: Iterable[Json]) -> list[str]:
    """The declared invariants that no test below the folder exercised (held or violated on at least one object)."""
    seen: set[str] = set()
    for audit in audits:
        if Path(audit["source"]).is_relative_to(declaration.folder):
            seen |= {name for name, found in audit["invariants"].items() if found["status"] != "not exercised" and found["objects"] > 0}
    return [name for name in declaration.invariants if name not in seen]


def _read(path: Path) -> Declaration:
    import yaml  # noqa: PLC0415 - libraries must import quickly

    example = "expected `invariants: [I01, I02]`"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        names = document["invariants"]
        unknown = [str(name) for name in names if name not in catalogue()]
    except (yaml.YAMLError, KeyError, TypeError) as error:
        return Declaration(path.parent, (), f"{path} cannot be read: {example}, got {type(error).__name__}: {error}")
    if unknown or set(document) != {"invariants"}:
        return Declaration(path.parent, (), f"{path}: {example} with ids of docs/requirements.yaml, got {document}")
    return Declaration(path.parent, tuple(names))
