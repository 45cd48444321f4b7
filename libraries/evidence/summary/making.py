"""From a results directory to a summary."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from libraries.evidence.exercised import declarations, read_audits
from libraries.evidence.redaction import redact
from libraries.evidence.requirements import families
from libraries.evidence.summary import counts, limits, matrix, proof, surroundings
from libraries.evidence.summary.model import Summary, Test
from libraries.evidence.summary.reading import Known, SummaryError, known_tests, read_run
from libraries.evidence.summary.verdict import decide


def make(results: Path, suites: Path, record: Path = proof.RECORD) -> Summary:
    """Everything that the run in `results` left. `suites`: what there is to run, for what this run left out; `record`: the run with
    broken rules.

    Raises:
        SummaryError: a file is absent or cannot be read; says which, what was expected, what to do.
    """
    run = read_run(results)
    known = known_tests(suites)
    proven = proof.proven(proof.read_record(record), _ids(run.tests, known))
    declared = {name for each in declarations(suites) for name in each.invariants}
    campaigns = counts.read_campaigns(results)
    rows = matrix.requirements(families(), run.tests, known, proven.by_id, _examined(results), declared=declared, campaigns=campaigns)
    happened = counts.added_up(counts.read_happenings(results))
    figures = limits.read_figures(results)
    table = limits.limits(figures, run.tests, limits.read_bench(results), happened)
    gaps = matrix.gaps(rows, run.tests)
    secrets = counts.read_secrets(results)
    verdict, reasons = decide(run.tests, gaps, proven.proof, table, secrets)
    made = Summary(
        verdict=verdict,
        reasons=reasons,
        tests=len(run.tests),
        passed=sum(test.status == "PASS" for test in run.tests),
        failed=sum(test.status == "FAIL" for test in run.tests),
        skipped=sum(test.status == "SKIP" for test in run.tests),
        red=[test for test in run.tests if test.status == "FAIL"],
        gaps=gaps,
        areas=matrix.areas(rows),
        requirements=rows,
        proof=proven.proof,
        limits=table,
        figures=figures,
        happened=happened,
        campaigns=campaigns,
        coverage=counts.read_coverage(results),
        secrets=secrets,
        surroundings=surroundings.surroundings(run, surroundings.read_noted(results)),
    )
    return msgspec.convert(_redacted(msgspec.to_builtins(made)), Summary)


def _examined(results: Path) -> dict[str, matrix.Examined]:
    try:
        return matrix.examined(read_audits(results))
    except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise SummaryError(
            f"expected one audit a line in {results / 'audit.jsonl'}, got {type(error).__name__}: {error}; run anew"
        ) from None


def _ids(tests: Sequence[Test], known: Sequence[Known]) -> Mapping[tuple[str, str], tuple[str, ...]]:
    return {one.key: one.ids for one in known} | {one.key: one.ids for one in tests}


def _redacted(value: Any) -> Any:
    """Each text of a tree of plain values, without what stands where a secret stands: once, for all that is written."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {_redacted(name): _redacted(each) for name, each in value.items()}
    return [_redacted(each) for each in value] if isinstance(value, list | tuple) else value
