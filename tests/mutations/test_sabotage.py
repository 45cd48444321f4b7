"""The tool tells a test that is red in its own words from one that is red because nothing came up, and goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue

import msgspec
import pytest
from robot.api import TestSuite as Suite

from mutations.catalogue import Mutation, RobotTest, load
from mutations.checkout import Checkout
from mutations.progress import Progress, key_of
from mutations.record import RedTest, Row, publish, record
from mutations.robot_runs import Outcome, outcomes
from mutations.sabotage import main, tried_here
from mutations.saboteur import Saboteur, Unbroken

R2 = next(mutation for mutation in load("risk") if mutation.rule == "R2")
TEST = R2.robot_tests[0]
GREEN = Outcome("PASS", ("R2",), "")
SAID = "expected this, got that"
RED = Outcome("FAIL", ("R2", "AC4.1"), "the engine should refuse it, got status 201")
SKIPPED = Outcome("SKIP", ("L8",), "not decided, the machine was not quiet enough")
HOLLOW = Outcome("FAIL", ("R2",), "engine main ended before it was ready", "no engine came up")


class Skips(Checkout):
    """A copy whose suite is a little one of ours."""

    def robot(self, suite: str, tests: Sequence[str], engine: str = "") -> Path | str:
        made = Suite.from_string(f"*** Test Cases ***\nOn A Quiet Machine\n    Skip    {SKIPPED.said}\nRed Already\n    Fail    {SAID}\n")
        made.run(output=self._fresh("output.xml"), stdout=None, log=None, report=None)
        (self._output / "log.html").touch()
        return self._output


def ran(tmp_path: Path, text: str) -> dict[RobotTest, Outcome]:
    """The outcomes of a little suite, run for real."""
    suite = Suite.from_string(text)
    suite.run(output=tmp_path / "output.xml", stdout=None, log=None, report=None)
    return outcomes(tmp_path, "some.robot", [test.name for test in suite.tests])


SUITE = """*** Test Cases ***
Green
    [Tags]    R6
    No Operation
In Its Own Words
    [Tags]    R6    flow
    Start A Fresh Engine
    Fail    expected this, got that
Nothing Came Up
    Start A Fresh Engine    ended before it was ready
In The Setup
    [Setup]    Start A Fresh Engine    did not become RUNNING
    No Operation
A Restart Of What Had Come Up
    Start A Fresh Engine
    IF    True    Log    a control structure
    Run Keyword And Ignore Error    Start A Fresh Engine    no more
    Fail    it did not come back

*** Keywords ***
Start A Fresh Engine
    [Arguments]    ${failure}=
    IF    $failure    Fail    ${failure}
    RETURN    started
"""


def test_a_red_test_counts_if_its_engine_had_come_up(tmp_path: Path) -> None:
    found = {test.test: outcome for test, outcome in ran(tmp_path, SUITE).items()}
    assert [name for name, outcome in found.items() if outcome.red] == ["In Its Own Words", "A Restart Of What Had Come Up"]
    assert found["In Its Own Words"] == Outcome("FAIL", ("R6",), "expected this, got that")
    assert found["Nothing Came Up"].hollow == found["In The Setup"].hollow == "no engine came up"
    assert found["Green"].status == "PASS"


def test_a_suite_that_was_not_there_has_noticed_nothing(tmp_path: Path) -> None:
    text = "*** Settings ***\nSuite Setup    Fail    no venue\n*** Test Cases ***\nSome\n    No Operation\n"
    assert [outcome.red for outcome in ran(tmp_path, text).values()] == [False]


def test_a_test_that_was_not_run_is_not_green(tmp_path: Path) -> None:
    (tmp_path / "output.xml").write_text('<robot generator="Robot"><suite name="S"><status status="PASS"/></suite></robot>', "utf-8")
    assert outcomes(tmp_path, "some.robot", ["No Such Test"])[RobotTest("some.robot", "No Such Test")].status == "SKIP"


def row(found: dict[RobotTest, Outcome], broken: str = "") -> Row:
    return Row.of(R2, found, broken)


def test_a_row_names_the_red_tests_with_their_ids_and_what_was_said() -> None:
    noticed = row({TEST: RED, RobotTest(TEST.suite, "Another"): GREEN})
    assert noticed.red == (RedTest(TEST.suite, TEST.test, ("R2", "AC4.1")),)
    assert (noticed.rule, noticed.said) == ("R2", RED.said)
    assert noticed.patch == "r2-an-order-may-be-as-small-as-the-venue-takes"


def test_a_row_does_not_tell_where_the_copy_lay() -> None:
    said = "database /tmp/sabotage-x1/0/output/worlds/Slices/engine.db: no such file"
    assert row({TEST: Outcome("FAIL", (), said)}).said == "database output/worlds/Slices/engine.db: no such file"


@pytest.mark.parametrize(
    ("found", "broken", "said"),
    [
        ({TEST: GREEN}, "", "its tests stayed green"),
        ({TEST: HOLLOW}, "", "no engine came up"),
        ({TEST: SKIPPED}, "", f"{TEST.test}: skipped: not decided"),
        ({}, "ended with code 252 and without output.xml", "without output.xml"),
    ],
)
def test_a_survivor_says_why(found: dict[RobotTest, Outcome], broken: str, said: str) -> None:
    survivor = row(found, broken)
    assert survivor.red == ()
    assert said in survivor.said
    assert "SURVIVED" in survivor.line()


def test_a_patch_of_which_no_test_says_anything_here_is_named_and_left(capsys: pytest.CaptureFixture[str]) -> None:
    other = RobotTest("suites/load/other.robot", "Another")
    two = msgspec.structs.replace(R2, suites=(*R2.suites, f"{other.suite}::{other.test}"))
    assert tried_here([R2, two], {TEST}) == [two]
    assert "R2    " in (said := capsys.readouterr().out)
    assert said.count("NOT TRIED") == 1
    assert tried_here([R2, two], set()) == [R2, two]


def test_a_skipped_test_is_neither_green_nor_red_and_nothing_is_kept_of_it(tmp_path: Path) -> None:
    idle: SimpleQueue[Checkout] = SimpleQueue()
    idle.put(Skips(tmp_path / "copies"))
    saboteur = Saboteur(idle, Progress(tmp_path, "abc"), tmp_path / "logs")
    found = saboteur.unbroken("some.robot", ["On A Quiet Machine", "Red Already"])
    assert found.undecided == {RobotTest("some.robot", "On A Quiet Machine")}
    assert found.red == ("some.robot::Red Already: FAIL expected this, got that",)
    survivor = saboteur.row(msgspec.structs.replace(R2, suites=("some.robot::On A Quiet Machine",)))
    assert survivor.red == ()
    assert not (tmp_path / "sabotage.progress.jsonl").exists()


def test_the_table_the_rate_and_the_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert publish(tmp_path, [row({TEST: RED})]) == 0
    assert publish(tmp_path, [row({TEST: RED}), row({TEST: GREEN})]) == 1
    assert "2 patches, 1 noticed, 1 survived" in capsys.readouterr().out
    assert "**survived**" in (tmp_path / "sabotage.md").read_text("utf-8")
    assert [len(one["red"]) for one in json.loads((tmp_path / "sabotage.json").read_bytes())] == [1, 0]


def test_a_record_is_made_in_several_sittings_at_one_commit(tmp_path: Path) -> None:
    path = tmp_path / "recorded.json"
    other = msgspec.structs.replace(row({TEST: GREEN}), patch="another")
    record([row({TEST: GREEN}), other], "abc", path)
    record([row({TEST: RED})], "abc", path)
    kept = json.loads(path.read_bytes())
    assert (kept["commit"], kept["patches"]) == ("abc", 2)
    assert [(one["patch"], len(one["red"])) for one in kept["rows"]] == [("another", 0), (R2.patch, 1)]
    assert kept["rows"][1]["red"] == [{"suite": TEST.suite, "test": TEST.test, "ids": ["R2", "AC4.1"]}]
    record([row({TEST: RED})], "abd", path)
    assert json.loads(path.read_bytes())["patches"] == 1


def test_what_is_done_is_found_again_at_the_same_commit_only(tmp_path: Path) -> None:
    Progress(tmp_path, "abc").keep(key_of(R2), {TEST: RED})
    with (tmp_path / "sabotage.progress.jsonl").open("ab") as file:
        file.write(b'{"commit":"abc","key":"half a li')
    done = Progress(tmp_path, "abc").of(key_of(R2))
    assert done is not None
    assert dict(done.outcomes) == {TEST: RED}
    assert Progress(tmp_path, "abd").of(key_of(R2)) is None
    assert Progress(tmp_path, "abc").of(key_of(msgspec.structs.replace(R2, replace="other"))) is None
    assert Progress(tmp_path, "").of(key_of(R2)) is None


def test_a_patch_that_was_asked_for_before_is_not_run_again(tmp_path: Path) -> None:
    progress = Progress(tmp_path, "abc")
    progress.keep(key_of(R2), {TEST: RED})
    nobody: SimpleQueue[Checkout] = SimpleQueue()  # whoever asked for a copy would wait for ever
    assert Saboteur(nobody, progress, tmp_path).row(R2).red


@pytest.mark.timeout(180)
def test_a_broken_rule_is_noticed_by_the_named_test_and_an_unbroken_one_is_not(tmp_path: Path) -> None:
    """The whole path is real: a copy of the project, robot, exchange, engine, audit."""
    idle: SimpleQueue[Checkout] = SimpleQueue()
    idle.put(Checkout(tmp_path / "copies"))
    saboteur = Saboteur(idle, Progress(tmp_path, ""), tmp_path / "logs")
    assert saboteur.unbroken(TEST.suite, [TEST.test]) == Unbroken()
    noticed = saboteur.row(R2)
    assert [red.test for red in noticed.red] == [TEST.test]
    assert "should refuse" in noticed.said
    assert (tmp_path / "logs" / R2.patch / "risk_rules" / "log.html").exists()
    harmless = Mutation(rule="R2", what="nothing", file=R2.file, find=R2.find, replace=f"{R2.find}  ", suites=R2.suites)
    assert saboteur.row(harmless).said == "its tests stayed green"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--area", "no-such"], "expected one of the catalogues auditor, "),
        (["--rule", "R99"], "--rule: expected one of "),
        (["--patch", "r2-something"], "--patch: expected short names such as "),
    ],
)
def test_bad_input_is_named(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    assert said in capsys.readouterr().err
