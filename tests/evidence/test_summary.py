"""A summary says what a run showed, what it did not, and nothing that nobody measured."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from libraries.evidence.requirements import families
from libraries.evidence.summary.__main__ import main, write
from libraries.evidence.summary.matrix import areas, examined, gaps, requirements
from libraries.evidence.summary.model import Gaps, Proof, Secrets, Standing, Summary, Verdict
from libraries.evidence.summary.reading import SummaryError, read_run
from libraries.evidence.summary.verdict import decide
from tests.evidence.summary_kit import RED, SKIPPED, happened, measured, run


def _made(place: Path, more: str = "", rows: list[dict[str, Any]] | None = None) -> Summary:
    record = place / "recorded.json"
    if rows is not None:
        record.write_text(json.dumps({"commit": "c" * 40, "date": "2026-01-02", "patches": len(rows), "rows": rows}), "utf-8")
    return write(run(place, more), place / "suites", record, compare=False)


def _row(rule: str, *red: tuple[str, list[str]], patch: str = "broken") -> dict[str, Any]:
    tests = [{"suite": "suites/flow/small.robot", "test": test, "ids": ids} for test, ids in red]
    return {"patch": patch, "rule": rule, "what": "it is off", "file": "genesis/x.py", "red": tests}


def _standing(summary: Summary, name: str) -> Standing:
    return next(row.standing for row in summary.requirements if row.id == name)


# ---- the verdict ----


def test_a_red_test_forbids_the_release_and_stands_first(tmp_path: Path) -> None:
    made = _made(tmp_path, RED)
    assert made.verdict is Verdict.DO_NOT
    assert made.reasons[0] == "1 of 3 tests are red: Red <b>"
    (red,) = made.red
    assert (red.message, red.link) == ("<script>alert(1)</script> signature=***", "log.html#s1-s1-s1-t3")
    assert red.repeat == "robot --test 'Red <b>' suites/flow/small.robot"


def test_without_red_tests_gaps_leave_it_undecided(tmp_path: Path) -> None:
    made = _made(tmp_path, SKIPPED)
    assert made.verdict is Verdict.UNDECIDED
    said = " ".join(made.reasons)
    assert "no test carries" in said
    assert "only campaigns, which this run leaves out, test 3 requirements (AC7, AC7.1, L8)" in said
    assert "every test was skipped of 3 requirements (AC8, AC8.3, R20)" in said
    assert "1 tests were skipped: Skipped" in said
    assert "claimed, not proven: no run with broken rules is recorded" in said


def test_nothing_red_and_nothing_missing_is_a_release(tmp_path: Path) -> None:
    tests = read_run(run(tmp_path)).tests
    assert decide(tests, Gaps(), Proof(), [], Secrets(canaries=1)) == (Verdict.RELEASE, ["all 2 tests passed and nothing is missing"])
    assert decide([], Gaps(), Proof(), [], Secrets(canaries=1)) == (Verdict.UNDECIDED, ["no test ran"])


def test_a_broken_rule_that_nobody_noticed_leaves_it_undecided(tmp_path: Path) -> None:
    verdict = decide(read_run(run(tmp_path)).tests, Gaps(), Proof(survivors=["off (R7): it is off"]), [], Secrets(canaries=1))
    assert verdict == (Verdict.UNDECIDED, ["1 rules were broken and no test noticed: off (R7): it is off"])


def test_a_secret_that_was_written_down_forbids_the_release(tmp_path: Path) -> None:
    results = run(tmp_path)
    found = {"files": 3, "canaries": 2, "leaks": [{"path": "log.html", "inside": "", "form": "base64"}], "unread": []}
    (results / "secrets.json").write_text(json.dumps(found), "utf-8")
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    assert (made.verdict, made.reasons[0]) == (Verdict.DO_NOT, "a secret may have been written down: log.html: base64")
    (results / "secrets.json").write_text(json.dumps(found | {"canaries": 0, "leaks": []}), "utf-8")
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    assert (made.verdict, made.reasons[-1]) == (Verdict.UNDECIDED, "secrets: no test was given one, so the search for them proves nothing")
    (results / "secrets.json").unlink()
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    assert made.verdict is Verdict.UNDECIDED
    assert "secrets: not searched for in this run" in made.reasons[-1]


# ---- requirements ----


def test_an_id_is_proven_only_by_a_test_that_carries_it_and_went_red_with_its_own_rule_broken(tmp_path: Path) -> None:
    made = _made(tmp_path, rows=[_row("R1", ("Green", ["R1", "AC1.1", "P1"])), _row("R9", ("Also Green", ["R2", "AC1.2"]))])
    assert _standing(made, "R1") is Standing.PROVEN
    assert _standing(made, "R2") is Standing.CLAIMED, "R9 was broken, not R2"
    assert _standing(made, "AC1.2") is Standing.PROVEN, "an area is proven by any broken rule"
    assert [_standing(made, name) for name in ("P1", "AC1", "AC1.1")] == [Standing.PROVEN] * 3
    assert _standing(made, "L2") is Standing.CLAIMED, "the recorded test did not carry it then"
    assert (made.proof.patches, made.proof.noticed, made.proof.rate) == (2, 2, 1.0)


def test_a_tag_that_the_recorded_test_has_lost_is_not_proven(tmp_path: Path) -> None:
    made = _made(tmp_path, rows=[_row("R1, R2", ("Green", ["R1", "R2"]))])
    assert (_standing(made, "R1"), _standing(made, "R2")) == (Standing.PROVEN, Standing.CLAIMED)


def test_a_recorded_test_that_is_gone_proves_nothing_and_is_named(tmp_path: Path) -> None:
    made = _made(tmp_path, rows=[_row("R1", ("Renamed", ["R1"]))])
    assert _standing(made, "R1") is Standing.CLAIMED
    assert made.proof.stale == ["suites/flow/small.robot: Renamed (patch broken)"]


def test_survivors_are_named_and_lower_the_rate(tmp_path: Path) -> None:
    made = _made(tmp_path, rows=[_row("R1", ("Green", ["R1"])), _row("R7", patch="survivor")])
    assert (made.proof.survivors, made.proof.rate) == (["survivor (R7): it is off"], 0.5)


def test_a_proof_does_not_hide_a_red_test(tmp_path: Path) -> None:
    made = _made(tmp_path, RED, rows=[_row("R6", ("Red <b>", ["R6"]))])
    assert _standing(made, "R6") is Standing.FAILED


def test_what_the_run_left_out_is_told_from_what_no_test_carries(tmp_path: Path) -> None:
    made = _made(tmp_path)
    assert _standing(made, "L8") is Standing.CAMPAIGN
    assert _standing(made, "X1") is Standing.UNMAPPED
    (tmp_path / "suites" / "flow" / "other.robot").write_text("*** Test Cases ***\nOther\n    [Tags]    X1\n    No Operation\n", "utf-8")
    made = write(tmp_path / "results", tmp_path / "suites", tmp_path / "none.json", compare=False)
    assert _standing(made, "X1") is Standing.ELSEWHERE
    assert "X1" in made.gaps.not_in_this_run


def test_every_id_of_the_catalogue_has_a_row_and_areas_hold_the_tests_of_their_criteria(tmp_path: Path) -> None:
    made = _made(tmp_path, RED)
    assert [row.id for row in made.requirements] == [name for family in families().values() for name in family]
    assert [area.id for area in made.areas] == [f"AC{number}" for number in range(1, 11)]
    first = made.areas[0]
    assert (first.status, first.passed, [test.name for test in first.tests]) == ("passed", 2, ["Green", "Also Green"])
    assert (made.areas[3].status, made.areas[9].status) == ("failed", "no tests in this run")


def test_an_invariant_that_audits_examined_needs_no_test_of_its_own() -> None:
    audit = {"invariants": {"I01": {"status": "held", "objects": 3}, "I02": {"status": "not exercised", "objects": 0}}}
    rows = requirements({"invariants": {"I01": "a", "I02": "b"}}, [], [], {}, examined([audit, audit]))
    assert [(row.standing, row.audits, row.objects) for row in rows] == [(Standing.CLAIMED, 2, 6), (Standing.UNMAPPED, 0, 0)]
    assert gaps(rows, []).unmapped == ["I02"]
    assert areas(rows) == []


# ---- figures ----


def test_a_limit_is_reached_by_the_worst_figure_of_a_test_that_carries_it(tmp_path: Path) -> None:
    results = run(tmp_path)
    measured(results, value=2.5)
    measured(results, value=60.0, histogram=[(40.0, 1), (80.0, 3)])
    measured(results, value=99.0, test="Also Green")  # does not carry L2
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    (limit,) = [limit for limit in made.limits if limit.id == "L2"]
    assert (limit.reached, limit.state, limit.source) == (60.0, "missed", "test Green")
    assert any("performance missed: L2 order execution, p50" in reason for reason in made.reasons)
    assert "<svg" in (results / "summary.html").read_text("utf-8")


def test_what_nobody_measured_is_said_to_be_so(tmp_path: Path) -> None:
    made = _made(tmp_path)
    assert {limit.state for limit in made.limits} == {"not measured in this run"}
    assert "No test of this run recorded what it did" in (tmp_path / "results" / "summary.html").read_text("utf-8")
    assert made.coverage.absent == "not measured in this run; `inv coverage` measures it"


def test_operations_and_recoveries_are_added_up(tmp_path: Path) -> None:
    results = run(tmp_path)
    happened(results, kills=2, recoveries_s=[0.5, 1.5], acknowledged=3, lost=1, faults={"network": {"network cut": 1}})
    happened(results, recoveries_s=[4.0], acknowledged=4, indeterminate=1, faults={"network": {"network cut": 2}})
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    assert (made.happened.kills, made.happened.acknowledged, made.happened.faults) == (2, 7, {"network": {"network cut": 3}})
    assert (made.happened.recoveries.p50_s, made.happened.recoveries.max_s) == (1.5, 4.0)
    states = {limit.id: (limit.reached, limit.state) for limit in made.limits}
    assert (states["L10"], states["L11"]) == ((1.0, "missed"), (4.0, "met"))


def test_a_benchmark_counts_with_its_date_unless_it_only_tried(tmp_path: Path) -> None:
    results = run(tmp_path)
    bench: dict[str, Any] = {"environment": {"at": "2026-01-02T03:04:05+00:00"}, "quick": False}
    bench["lines"] = [{"key": "path.sustained", "what": "w", "reached": 4000.0}]
    for quick, expected in ((False, (4000.0, "met", "inv bench of 2026-01-02T03:04:05+00:00")), (True, (None, "not measured in this run"))):
        (results / "bench.json").write_text(json.dumps(bench | {"quick": quick}), "utf-8")
        made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
        (limit,) = [limit for limit in made.limits if limit.id == "L8"]
        assert (limit.reached, limit.state, limit.source)[: len(expected)] == expected


def test_a_campaign_of_this_directory_is_shown_with_its_failures(tmp_path: Path) -> None:
    results = run(tmp_path)
    (results / "campaign.json").write_text(
        json.dumps({"figures": {"kills survived": "20 of 20"}, "failures": ["round 3: lost\nx"]}), "utf-8"
    )
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    (campaign,) = made.campaigns
    assert (campaign.rows, campaign.failures) == ([("kills survived", "20 of 20")], ["round 3: lost"])


@pytest.mark.parametrize(("failures", "standing"), [([], Standing.CLAIMED), (["round 3: lost"], Standing.CAMPAIGN)])
def test_a_crash_point_is_tested_by_a_green_campaign_of_this_directory(tmp_path: Path, failures: list[str], standing: Standing) -> None:
    results = run(tmp_path, "Killed There\n    [Tags]    CP-O1    campaign\n    No Operation\n")
    played = [{"number": 1, "points": ["CP-O1"]}, {"number": 2, "points": []}]
    (results / "campaign.json").write_text(json.dumps({"figures": {"seed": 7}, "failures": failures, "rounds": played}), "utf-8")
    made = write(results, tmp_path / "suites", tmp_path / "none.json", compare=False)
    (row,) = [row for row in made.requirements if row.id == "CP-O1"]
    assert (row.standing, bool(row.survived)) == (standing, not failures)
    assert ("CP-O1" in made.gaps.only_campaign) is bool(failures)
    assert ("survived in the campaign of" in (results / "summary.html").read_text("utf-8")) is not failures


# ---- the files ----


class _Page(HTMLParser):
    """Tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_page_is_one_file_without_scripts_and_with_a_secret_nowhere(tmp_path: Path) -> None:
    measured(run(tmp_path, RED), context="apiKey=fedcba9876543210")
    write(tmp_path / "results", tmp_path / "suites", tmp_path / "none.json", compare=False)
    text = (tmp_path / "results" / "summary.html").read_text("utf-8")
    page = _Page(text)
    assert "script" not in {tag for tag, _ in page.tags}
    targets = {str(given[name]) for _, given in page.tags for name in ("href", "src") if name in given}
    assert not [target for target in targets if "//" in target]
    ids = [given["id"] for _, given in page.tags if "id" in given]
    assert len(ids) == len(set(ids))
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)
    assert {(given.get("lang")) for tag, given in page.tags if tag == "html"} == {"en"}
    assert all("scope" in given for tag, given in page.tags if tag == "th")
    for name in ("summary.html", "summary.md", "metrics.json"):
        written = (tmp_path / "results" / name).read_text("utf-8")
        assert "abcdef0123456789" not in written, name
        assert "fedcba9876543210" not in written, name
    assert "apiKey=***" in text


def test_the_markdown_says_the_same_and_holds_no_html(tmp_path: Path) -> None:
    _made(tmp_path, RED)
    text = (tmp_path / "results" / "summary.md").read_text("utf-8")
    assert text.startswith("# DO NOT RELEASE\n")
    assert "&lt;script>" in text
    assert "<script" not in text
    assert "| AC4 | the risk engine | failed | 0 | 1 | 0 |" in text


def test_machines_get_the_same_numbers_and_xunit(tmp_path: Path) -> None:
    made = _made(tmp_path, RED)
    found = json.loads((tmp_path / "results" / "metrics.json").read_text("utf-8"))
    assert (found["schema"], found["verdict"], found["tests"], found["failed"]) == (1, "do not release", made.tests, 1)
    assert len(found["requirements"]) == len(made.requirements)
    suite = ET.parse(tmp_path / "results" / "xunit.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")


# ---- what can go wrong ----


def test_no_output_is_a_named_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--results", str(tmp_path)]) == 2
    assert "there is none; run `inv acceptance` first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("output.xml", "<robot><suite>"),
        ("audit.jsonl", "no json"),
        ("figures.jsonl", '{"name": 1}\n'),
        ("happenings.jsonl", "{\n"),
        ("bench.json", "[]"),
        ("campaign.json", "[]"),
        ("run.json", "{}"),
        ("secrets.json", "{}"),
        ("recorded.json", '{"rows": []}'),
        ("coverage/coverage.json", "{}"),
    ],
)
def test_a_file_of_another_form_is_a_named_error(tmp_path: Path, name: str, content: str) -> None:
    results = run(tmp_path)
    (results / "coverage").mkdir()
    (results / name).write_text(content, "utf-8")
    with pytest.raises(SummaryError, match="expected") as raised:
        write(results, tmp_path / "suites", results / "recorded.json", compare=False)
    assert name in str(raised.value)


def test_the_command_prints_verdict_reasons_and_path(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = run(tmp_path, RED)
    arguments = ["--results", str(results), "--suites", str(tmp_path / "suites"), "--no-history"]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    assert "verdict: DO NOT RELEASE\n  - 1 of 3 tests are red" in said
    assert said.rstrip().endswith(f"summary: {results / 'summary.html'}")
