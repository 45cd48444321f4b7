"""May it be released? Red tests forbid it; without them, gaps leave it undecided. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from libraries.evidence.summary.model import Gaps, Limit, Proof, Secrets, Test, Verdict

_SHOWN = 12


def decide(tests: Sequence[Test], gaps: Gaps, proof: Proof, limits: Sequence[Limit], secrets: Secrets) -> tuple[Verdict, list[str]]:
    """The verdict and its reasons, the heaviest first."""
    if not tests:
        return Verdict.UNDECIDED, ["no test ran"]
    red = [test for test in tests if test.status == "FAIL"]
    reasons = [f"{len(red)} of {len(tests)} tests are red: {some([test.name for test in red])}"] if red else []
    leaked = secrets.leaks or secrets.unread
    reasons += [f"a secret may have been written down: {some([*secrets.leaks, *secrets.unread])}"] if leaked else []
    reasons += _gap_reasons(gaps, proof)
    missed = [limit for limit in limits if limit.state == "missed"]
    reasons += [f"performance missed: {some([f'{limit.id} {limit.what}' for limit in missed])}"] if missed else []
    if secrets.absent or not secrets.canaries:
        reasons.append(f"secrets: {secrets.absent or 'no test was given one, so the search for them proves nothing'}")
    if red or leaked:
        return Verdict.DO_NOT, reasons
    return (Verdict.UNDECIDED if reasons else Verdict.RELEASE), reasons or [f"all {len(tests)} tests passed and nothing is missing"]


def _gap_reasons(gaps: Gaps, proof: Proof) -> list[str]:
    reasons = []
    if gaps.not_in_this_run:
        reasons.append(f"this run chose some tests only: {_ids(gaps.not_in_this_run)} were not tested")
    if gaps.unmapped:
        reasons.append(f"no test carries {_ids(gaps.unmapped)}")
    if gaps.only_campaign:
        reasons.append(f"only campaigns, which this run leaves out, test {_ids(gaps.only_campaign)}")
    if gaps.skipped_ids:
        reasons.append(f"every test was skipped of {_ids(gaps.skipped_ids)}")
    if gaps.skipped_tests:
        reasons.append(f"{len(gaps.skipped_tests)} tests were skipped: {some([test.name for test in gaps.skipped_tests])}")
    if gaps.claimed:
        why = proof.absent or "no test that carries them went red in the recorded run with their rule broken"
        reasons.append(f"{_ids(gaps.claimed)} are claimed, not proven: {why}")
    if proof.survivors:
        reasons.append(f"{len(proof.survivors)} rules were broken and no test noticed: {some(proof.survivors)}")
    return reasons


def _ids(names: Sequence[str]) -> str:
    return f"{len(names)} requirement{'s' if len(names) != 1 else ''} ({some(names)})"


def some(names: Sequence[str]) -> str:
    """The first ones, and how many more there are."""
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
