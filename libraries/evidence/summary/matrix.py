"""Requirements, tests, and how each requirement stands. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from libraries.evidence.summary.model import Area, Campaign, Gaps, Requirement, Standing, Test
from libraries.evidence.summary.reading import Known

ACCEPTANCE = "acceptance"
T = TypeVar("T", Test, Known)
_ORDER = {"FAIL": 0, "SKIP": 1, "PASS": 2}


@dataclass(frozen=True)
class Examined:
    """An invariant over all audits of the run: in how many it had objects, how many objects, how often it was violated."""

    audits: int = 0
    objects: int = 0
    violated: int = 0


def examined(audits: Iterable[Mapping[str, dict[str, dict[str, object]]]]) -> dict[str, Examined]:
    """From the lines of audit.jsonl."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for audit in audits:
        for name, found in audit["invariants"].items():
            objects = int(str(found["objects"]))
            counts[name].update(audits=int(objects > 0), objects=objects, violated=int(found["status"] == "violated"))
    return {name: Examined(found["audits"], found["objects"], found["violated"]) for name, found in counts.items()}


def requirements(
    catalogue: Mapping[str, Mapping[str, str]],
    tests: Sequence[Test],
    known: Sequence[Known],
    proofs: Mapping[str, list[str]],
    invariants: Mapping[str, Examined],
    *,
    declared: Collection[str] = (),
    campaigns: Sequence[Campaign] = (),
) -> list[Requirement]:
    """One row for each id of the catalogue (family -> id -> text), in its order. `declared`: invariants that a whole run examines;
    `campaigns`: those of this directory."""
    survived = {point: one.made for one in campaigns if not one.failures for point in one.points}
    carried, elsewhere, left_out = _by_id(tests), _by_id(known), _by_id([one for one in known if one.campaign])
    rows = []
    for family, ids in catalogue.items():
        for name, text in ids.items():
            mine, audited = carried.get(name, []), invariants.get(name, Examined())
            counts = Counter(test.status for test in mine)
            row = Requirement(
                id=name,
                family=family,
                text=text,
                standing=Standing.UNMAPPED,
                passed=counts["PASS"],
                failed=counts["FAIL"],
                skipped=counts["SKIP"],
                campaigns=len(left_out.get(name, ())),
                tests=_failed_first(mine),
                proofs=list(proofs.get(name, ())),
                audits=audited.audits,
                objects=audited.objects,
                violated=audited.violated,
                survived=survived.get(name, ""),
            )
            ordinary = name in declared or len(elsewhere.get(name, ())) > row.campaigns
            rows.append(msgspec.structs.replace(row, standing=_standing(row, ordinary=ordinary)))
    return rows


def _standing(row: Requirement, *, ordinary: bool) -> Standing:
    """`ordinary`: tests that a whole run contains carry it."""
    if row.failed:
        return Standing.FAILED
    if row.passed or row.audits or row.survived:
        return Standing.PROVEN if row.proofs else Standing.CLAIMED
    if row.skipped:
        return Standing.SKIPPED
    if ordinary:
        return Standing.ELSEWHERE
    return Standing.CAMPAIGN if row.campaigns else Standing.UNMAPPED


def _by_id(tests: Iterable[T]) -> dict[str, list[T]]:
    """Tests by the ids that they carry; a test of AC1.2 is one of AC1."""
    found: dict[str, list[T]] = defaultdict(list)
    for test in tests:
        for name in with_areas(test.ids):
            found[name].append(test)
    return found


def with_areas(ids: Iterable[str]) -> list[str]:
    """The ids, and the areas of criteria among them."""
    listed = list(ids)
    return list(dict.fromkeys([*listed, *(name.split(".")[0] for name in listed)]))


def _failed_first(tests: Iterable[Test]) -> list[Test]:
    return sorted(tests, key=lambda test: _ORDER.get(test.status, 0))


def areas(rows: Sequence[Requirement]) -> list[Area]:
    """AC1 to AC10."""
    acceptance = [row for row in rows if row.family == ACCEPTANCE]
    return [
        Area(
            id=row.id,
            text=row.text,
            status=_area_status(row),
            criteria=[other for other in acceptance if other.id.startswith(f"{row.id}.")],
            tests=row.tests,
            passed=row.passed,
            failed=row.failed,
            skipped=row.skipped,
        )
        for row in acceptance
        if "." not in row.id
    ]


def _area_status(row: Requirement) -> str:
    if row.failed:
        return "failed"
    if not row.passed:
        return "skipped" if row.skipped else "no tests in this run"
    return "passed, some skipped" if row.skipped else "passed"


def gaps(rows: Sequence[Requirement], tests: Sequence[Test]) -> Gaps:
    """What is not shown by this run."""

    def standing(wanted: Standing) -> list[str]:
        return [row.id for row in rows if row.standing is wanted]

    return Gaps(
        unmapped=standing(Standing.UNMAPPED),
        only_campaign=standing(Standing.CAMPAIGN),
        skipped_ids=standing(Standing.SKIPPED),
        skipped_tests=[test for test in tests if test.status == "SKIP"],
        claimed=standing(Standing.CLAIMED),
        not_in_this_run=standing(Standing.ELSEWHERE),
    )
