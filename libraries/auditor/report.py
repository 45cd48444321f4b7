"""The verdict and its JSON form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from libraries.auditor.examination import HELD, VIOLATED, Examination

MOST_SHOWN = 50
"""Violations listed per invariant; the number of all of them is in `violated`."""


def verdict_of(results: Mapping[str, Examination], expected: Collection[str]) -> str:
    """held: nothing is violated but what was expected to be, and all of that is."""
    violated = {name for name, found in results.items() if found.status == VIOLATED}
    return HELD if violated == set(expected) else VIOLATED


def document(results: Mapping[str, Examination], expected: Collection[str], counts: Mapping[str, int], elapsed_ms: int) -> dict[str, Any]:
    """The whole report. `expected_missing` lists the expected violations that did not come."""
    return {
        "verdict": verdict_of(results, expected),
        "expected_missing": sorted(name for name in expected if results[name].status != VIOLATED),
        "invariants": {name: _result(found, name in expected) for name, found in results.items()},
        "counts": dict(counts),
        "elapsed_ms": elapsed_ms,
    }


def _result(found: Examination, expected: bool) -> dict[str, Any]:
    shown = [
        {"what": violation.what, "expected": violation.expected, "got": violation.got, "where": violation.where}
        for violation in found.violations[:MOST_SHOWN]
    ]
    result: dict[str, Any] = {"status": found.status, "objects": found.objects, "violations": shown}
    if len(shown) < len(found.violations):
        result["violated"] = len(found.violations)
    if expected:
        result["expected"] = True
    return result


def failure(error: str) -> dict[str, Any]:
    """The report of an audit that could not be made."""
    return {"verdict": "error", "error": error, "invariants": {}, "counts": {}}


def summary(report: Mapping[str, Any]) -> list[str]:
    """One line per thing that made the verdict bad, for people at a terminal."""
    lines = [f"{name}: expected violation did not come" for name in report["expected_missing"]]
    for name, result in report["invariants"].items():
        if result["status"] == VIOLATED and "expected" not in result:
            first = result["violations"][0]
            more = f" (and {result.get('violated', len(result['violations'])) - 1} more)" if len(result["violations"]) > 1 else ""
            lines.append(f"{name}: {first['what']}: expected {first['expected']}, got {first['got']} at {first['where']}{more}")
    return lines
