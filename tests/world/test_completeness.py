"""What pabot loses comes back red; declared invariants must be exercised; two runs in one directory are refused."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from robot.result import Result

from libraries.evidence.completeness import LOST, check, main, reds
from libraries.evidence.exercised import declarations
from tests.world.generated import REPOSITORY, Run, robot, settings

PABOT = ("pabot.pabot", "--no-pabotlib")
DIES = """*** Settings ***
Library    FakeWorld

*** Test Cases ***
First
    No Operation

Second
    Die At Once

Third
    No Operation
"""
FINE = "*** Test Cases ***\nOne\n    No Operation\n\nTwo\n    [Tags]    campaign\n    No Operation\n"


@pytest.fixture(scope="module")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A pabot run in which one suite's process dies, then the completeness check as a task would call it."""
    place = tmp_path_factory.mktemp("lost")
    for name, text in (("dies", DIES), ("fine", FINE)):
        (place / "suites" / "flow").mkdir(parents=True, exist_ok=True)
        (place / "suites" / "flow" / f"{name}.robot").write_text(text, encoding="utf-8")
    run = robot(place / "suites", place / "results", "--exclude", "campaign", program=PABOT, temp=place)
    assert [test.name for test in run.result.suite.all_tests] == ["One"], "pabot itself lost them"
    command = [sys.executable, "-m", "libraries.evidence.completeness", "--suites", str(place / "suites"), "--results", str(run.results)]
    done = subprocess.run([*command, "--exclude", "campaign"], cwd=REPOSITORY, capture_output=True, text=True, timeout=280, check=False)
    return Run(done.returncode, done.stdout + done.stderr, run.results)


def test_lost_tests_come_back_red_in_their_suite(lost: Run) -> None:
    assert lost.code == 1
    assert "Suites.Flow.Dies.Second" in lost.output
    tests = {test.full_name: (test.status, test.message) for test in lost.result.suite.all_tests}
    assert tests == {
        "Suites.Flow.Dies.First": ("FAIL", LOST),
        "Suites.Flow.Dies.Second": ("FAIL", LOST),
        "Suites.Flow.Dies.Third": ("FAIL", LOST),
        "Suites.Flow.Fine.One": ("PASS", ""),
    }


def test_the_report_is_rebuilt(lost: Run) -> None:
    assert "Dies" in (lost.results / "report.html").read_text(encoding="utf-8")
    assert "collected but not reported" in (lost.results / "log.html").read_text(encoding="utf-8")


def test_checking_twice_adds_nothing_twice(lost: Run) -> None:
    check(lost.results.parent / "suites", lost.results, exclude=["campaign"])
    assert lost.result.statistics.total.failed == 3


def test_an_output_that_is_missing_altogether(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "fine.robot").write_text(FINE, encoding="utf-8")
    assert main(["--suites", str(tmp_path / "suites"), "--results", str(tmp_path)]) == 1
    run = Run(0, "", tmp_path)
    assert {test.name for test in run.result.suite.all_tests} == {"One", "Two"}
    assert run.test("One").failed


def test_a_complete_run_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "fine.robot").write_text(FINE, encoding="utf-8")
    run = robot(tmp_path / "suites", tmp_path / "results", "--include", "campaign", temp=tmp_path)
    before = (run.results / "output.xml").read_bytes()
    assert main(["--suites", str(tmp_path / "suites"), "--results", str(run.results), "--include", "campaign"]) == 0
    assert (run.results / "output.xml").read_bytes() == before


def test_suites_that_cannot_be_read_are_no_success(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--suites", str(tmp_path / "nowhere"), "--results", str(tmp_path)]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_declared_invariants_must_be_exercised(tmp_path: Path) -> None:
    flow, risk = tmp_path / "suites" / "flow", tmp_path / "suites" / "risk"
    for folder, declared in ((flow, "[I01, I19]"), (risk, "[I01]")):
        folder.mkdir(parents=True)
        (folder / "exercised.yaml").write_text(f"invariants: {declared}\n", encoding="utf-8")
    (flow / "a.robot").write_text(settings() + "Audited\n    Start Fake Engine\n", encoding="utf-8")
    (risk / "b.robot").write_text(settings(setup="") + "Without A World\n    No Operation\n", encoding="utf-8")
    run = robot(tmp_path / "suites", tmp_path / "results", temp=tmp_path)
    assert run.code == 0, run.output
    found = check(tmp_path / "suites", run.results)
    assert [red.name for red in found] == ["Invariant I19 Is Exercised In flow", "Invariant I01 Is Exercised In risk"]
    assert run.test("Invariant I19 Is Exercised In flow").full_name.startswith("Suites.Flow.")
    assert not check(tmp_path / "suites" / "flow" / "a.robot", run.results), "one file alone owes nothing"
    assert not check(tmp_path / "suites", run.results, include=["AC1.1"]), "nor does a selection"


@pytest.mark.parametrize("text", ["invariants: [I99]", "invariant: [I01]", "- I01", "invariants: ["])
def test_a_declaration_that_cannot_be_read_is_red(tmp_path: Path, text: str) -> None:
    (tmp_path / "exercised.yaml").write_text(text, encoding="utf-8")
    (declaration,) = declarations(tmp_path)
    assert "exercised.yaml" in (declaration.error or "")
    assert "expected `invariants: [I01, I02]`" in (declaration.error or "")
    (red,) = reds(tmp_path, tmp_path, [], Result(), whole=True)
    assert red.message == declaration.error


def test_problems_after_a_suite_are_red(tmp_path: Path) -> None:
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "fine.robot").write_text(FINE, encoding="utf-8")
    run = robot(suites, tmp_path / "results", temp=tmp_path)
    (run.results / "problems.jsonl").write_text(
        '{"suite": "Suites.Fine", "source": "%s", "problems": ["leak: x"]}\n' % (suites / "fine.robot")
    )
    assert [red.message for red in check(suites, run.results)] == ["leak: x"]
    assert run.test("After Suite Suites.Fine").failed


def test_a_second_pabot_in_the_same_directory_is_refused(tmp_path: Path) -> None:
    """The first run is alive while the second one starts; the second one's tests are red and say why."""
    suites = tmp_path / "suites"
    suites.mkdir()
    (suites / "a.robot").write_text(settings(setup="") + "Inner\n    No Operation\n", encoding="utf-8")
    results = tmp_path / "results"
    results.mkdir()
    holder = (
        "import sys; from pathlib import Path; from libraries.world.locks import hold_output_directory\n"
        "with hold_output_directory(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(REPOSITORY)}
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(results)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        second = robot(suites, results, program=PABOT, temp=tmp_path)
        assert f"another run (process {first.pid})" in second.test("Inner").message
        other = robot(suites, tmp_path / "other", temp=tmp_path)
        assert other.test("Inner").passed
        first.communicate("")
    again = robot(suites, results, temp=tmp_path)
    assert again.test("Inner").passed
