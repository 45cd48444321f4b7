"""The listener turns red what must be red: real robot runs over a world of stand-ins, a stub auditor that misbehaves on order."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from libraries.evidence.listener import SUITE_TEARDOWN as CLOSE
from libraries.evidence.listener import with_closing
from tests.world.generated import FAKES, Run, robot, settings

SUITE = """
Good
    Start Fake Engine

The Audit Finds A Violation
    Start Fake Engine    audit=violated

The Audit Raises
    Start Fake Engine    audit=raise

The Audit Finds No Witness
    Start Fake Engine    audit=no witness

The Audit Contradicts Itself
    Start Fake Engine    audit=liar

The Audit Says Nothing
    Start Fake Engine    audit=mute

A Violation Was Announced
    Start Fake Engine    audit=violated
    Expect Violation    I02

An Announced Violation Does Not Come
    Start Fake Engine
    Expect Violation    I02

Another Violation Than Announced
    Start Fake Engine    audit=violated
    Expect Violation    I19

An Invariant That Does Not Exist
    Expect Violation    I99

Killed By A Keyword
    Start Fake Engine
    Kill Engine Announced

Killed Behind The Keywords
    Start Fake Engine
    Kill Engine Behind The Keywords

Stopped By A Keyword
    Start Fake Engine
    Stop Engine

Frozen
    Start Fake Engine
    Freeze Engine

Frozen Until The End
    Start Fake Engine
    Start A Helper
    Freeze Engine Until The Test Ends

An Engine That Everybody Reaches
    Start Fake Engine    mode=open

A Helper That Everybody Reaches
    Start A Helper That Everybody Reaches

A Cleanup Fails
    Start Fake Engine
    Cleanup That Fails

Never At Rest
    Start Fake Engine    mode=restless

Leaves Nothing
    Log    after the leaks, others are clean

Leaves A Thread
    Leave A Thread

Leaves A Process
    Leave A Process

A Process That Changed Its Parent
    Start Fake Engine    mode=parent

Leaves A File
    Start Fake Engine    mode=litter
    Stop Engine

Orders Cannot Be Withdrawn
    Start Fake Engine    account=stuck
    Leave A Process

After The Leaks
    Log    what was reported once is not reported again

A Secret In Every Place
    Start Fake Engine
    ${secret} =    Tell The Secret
    Swallow    ${secret}
    Log    api_secret=${secret}
    Log    {'X-MBX-APIKEY': 'not-registered-1234'}
    Fail With The Secret

A Secret In The Message
    Start Fake Engine
    ${secret} =    Tell The Secret
    Set Test Message    the key is ${secret}

No Such Requirement
    [Tags]    AC1.9
    Swallow    must not run

Skipped
    Start Fake Engine    audit=violated
    Skip    for a reason

Without A World
    Log    arithmetic
"""

RED = {
    "The Audit Finds A Violation": "I02 violated*2 finding(s)|expected 1.0, got 0.9, at balances binance/BTC",
    "The Audit Raises": "gave no verdict|the auditor stumbled",
    "The Audit Finds No Witness": "exit code 3|ledger: expected a file, found none",
    "The Audit Contradicts Itself": "came exit code 0, violated",
    "The Audit Says Nothing": "exit code 0, no report",
    "An Announced Violation Does Not Come": "expected a violation of I02|but it was held for all",
    "Another Violation Than Announced": "I02 violated|expected a violation of I19",
    "An Invariant That Does Not Exist": "expected one or more invariants from I01 to I37, got I99",
    "Killed Behind The Keywords": "engine main|died although no keyword announced it: killed by SIGKILL|fake engine in mode good",
    "Frozen": "did not answer POST /control/quiesce",
    "Never At Rest": "did not come to rest|gfake-1",
    "An Engine That Everybody Reaches": "engine main is open to other machines|listens on 0.0.0.0, port|expected 127.0.0.1",
    "A Helper That Everybody Reaches": "listens on 0.0.0.0, port|other machines can reach it",
    "A Cleanup Fails": "closing at the end of the test failed: RuntimeError: socket was closed twice",
    "Leaves A Thread": "leak: thread 'forgotten' still runs",
    "Leaves A Process": "leak: process",
    "A Process That Changed Its Parent": "leak: process",
    "Orders Cannot Be Withdrawn": "could not be withdrawn|matching is stuck|leak: process",
    "Leaves A File": "leak: engine main left the temporary file forgotten",
    "A Secret In Every Place": "expected 1, got ***",
    "No Such Requirement": "unknown requirement id AC1.9",
    "Skipped": "I02 violated",
}
GREEN = {
    "Good": "held 2, not exercised 1, violated 0",
    "A Violation Was Announced": "held 1, not exercised 1, violated 1",
    "Killed By A Keyword": "held 2, not exercised 1, violated 0",
    "Stopped By A Keyword": "held 2, not exercised 1, violated 0",
    "Frozen Until The End": "held 2, not exercised 1, violated 0",
    "Leaves Nothing": "held 0, not exercised 4, violated 0",
    "After The Leaks": "held 0, not exercised 4, violated 0",
    "Without A World": "held 0, not exercised 4, violated 0",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    place = tmp_path_factory.mktemp("listener")
    (place / "suites").mkdir()
    (place / "suites" / "hurt.robot").write_text(settings() + SUITE, encoding="utf-8")
    return robot(place / "suites", place / "results", "--loglevel", "TRACE", temp=place)


@pytest.mark.parametrize("name", sorted(RED))
def test_red(run: Run, name: str) -> None:
    test = run.test(name)
    assert test.status == "FAIL", run.output
    for part in RED[name].replace("*2 finding(s)", "").split("|"):
        assert part in test.message


@pytest.mark.parametrize("name", sorted(GREEN))
def test_green(run: Run, name: str) -> None:
    test = run.test(name)
    assert (test.status, test.message) == ("PASS", ""), run.output
    assert test.metadata["Audit"] == GREEN[name]
    assert test.metadata["Requirement"] == "AC1.1"


def test_the_suite_ends_clean(run: Run) -> None:
    suite = run.result.suite.suites[0]
    assert suite.teardown.name == "Close The World Of The Suite"
    assert suite.teardown.passed, suite.teardown.message


def test_a_refused_test_runs_no_keyword(run: Run) -> None:
    assert not run.test("No Such Requirement").body


def test_no_secret_reaches_any_artefact(run: Run) -> None:
    assert run.test("A Secret In The Message").message == "the key is ***"
    for name in ("output.xml", "log.html", "report.html", "progress.jsonl", "audit.jsonl"):
        text = (run.results / name).read_text(encoding="utf-8")
        assert "secret-of-engine" not in text, name
        assert "not-registered-1234" not in text, name
    archive = run.results / "worlds" / "Suites.Hurt.A-Secret-In-Every-Place.tar.gz"
    with tarfile.open(archive) as kept:
        for member in kept.getmembers():
            content = kept.extractfile(member)
            assert content is None or b"secret-of-engine" not in content.read(), member.name


def test_evidence_is_escaped_folded_and_only_on_red(run: Run) -> None:
    messages = [message.message for message in run.test("The Audit Finds A Violation").body if message.type == "MESSAGE"]
    evidence = next(message for message in messages if message.startswith("<b>Evidence</b>"))
    folded = ("<details>", "<details open=")
    for part in (*folded, "balances binance/BTC", "fake engine in mode good", "robot --test", "seed of exchange venue: 1"):
        assert part in evidence
    assert "could not be gathered" in evidence, "the stand-in has no database, and that fails nothing"
    green = [message.message for message in run.test("Good").body if message.type == "MESSAGE" and message.level == "INFO"]
    assert len(green) == 1
    assert green[0].startswith("Audit: held 2")


def test_worlds_of_red_tests_are_kept_those_of_green_ones_are_gone(run: Run) -> None:
    kept = {path.name for path in (run.results / "worlds").iterdir()}
    assert "Suites.Hurt.The-Audit-Raises.tar.gz" in kept
    assert "Suites.Hurt.Good.tar.gz" not in kept
    assert all(name.endswith(".tar.gz") for name in kept), "live directories are gone"
    with tarfile.open(run.results / "worlds" / "Suites.Hurt.The-Audit-Raises.tar.gz") as archive:
        names = set(archive.getnames())
    assert {"test/history.jsonl", "test/engine-main/engine.log", "suite/exchange-venue/ledger.jsonl"} <= names


def test_a_run_leaves_its_lines(run: Run) -> None:
    lines = [json.loads(line) for line in (run.results / "progress.jsonl").read_text().splitlines()]
    ended = {line["test"]: line["event"] for line in lines if line["event"] != "start"}
    assert ended["Good"] == "pass"
    assert ended["Frozen"] == "fail"
    handed_out = {line["test"]: line["canaries"] for line in lines if "canaries" in line}
    assert handed_out["Good"] >= 1, "the token of an engine at least: a search for secrets counts them"
    audits = {line["test"]: line for line in map(json.loads, (run.results / "audit.jsonl").read_text().splitlines())}
    assert audits["Good"]["invariants"]["I01"] == {"status": "held", "objects": 3}


def test_the_auditor_gets_its_witnesses(run: Run, tmp_path: Path) -> None:
    with tarfile.open(run.results / "worlds" / "Suites.Hurt.Killed-Behind-The-Keywords.tar.gz") as archive:
        archive.extractall(tmp_path)  # a filter needs Python 3.11.4
    arguments = (tmp_path / "test" / "audit-arguments").read_text()
    assert "--engine\ndead" in arguments
    assert "binance=" in arguments
    assert "ledger.jsonl:90:engine-" in arguments


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (("", ()), (CLOSE, ())),
        (("NONE", ()), (CLOSE, ())),
        (("Say", ("a", "b")), ("Run Keywords", ("Say", "a", "b", "AND", CLOSE))),
        (("Run Keywords", ("One", "Two")), ("Run Keywords", ("One", "Two", CLOSE))),
        (("Run Keywords", ("Say", "a", "AND", "Two")), ("Run Keywords", ("Say", "a", "AND", "Two", "AND", CLOSE))),
    ],
)
def test_any_suite_teardown_closes_the_world_last(before: tuple[str, tuple[str, ...]], after: tuple[str, tuple[str, ...]]) -> None:
    assert with_closing(*before) == after
    assert with_closing(*after) == after


@pytest.fixture
def suite_of(tmp_path: Path) -> Callable[..., Run]:
    def make(text: str, *options: str, **words: str) -> Run:
        (tmp_path / "suites").mkdir()
        (tmp_path / "suites" / "one.robot").write_text(settings(**words) + text, encoding="utf-8")
        return robot(tmp_path / "suites", tmp_path / "results", *options, temp=tmp_path)

    return make


def test_an_audit_that_hangs_is_red(suite_of: Callable[..., Run]) -> None:
    run = suite_of("Hangs\n    Start Fake Engine    audit=hang\n", audit_timeout="300ms")
    assert "the auditor did not end within 0.3 s" in run.test("Hangs").message


def test_a_dead_exchange_is_red_in_the_test_in_which_it_died(suite_of: Callable[..., Run]) -> None:
    text = "Before\n    No Operation\n\nDies\n    Kill Venue Behind The Keywords\n\nAfter\n    No Operation\n"
    run = suite_of(text)
    assert [run.test(name).status for name in ("Before", "Dies", "After")] == ["PASS", "FAIL", "PASS"]
    assert "exchange venue" in run.test("Dies").message


def test_what_a_suite_leaves_turns_its_tests_red(suite_of: Callable[..., Run]) -> None:
    run = suite_of("Fine\n    No Operation\n", extra="Suite Teardown    Leave A Process")
    assert "leak: process" in run.test("Fine").message
    assert "Parent suite teardown failed" in run.test("Fine").message


def test_a_test_without_requirement_is_red_below_suites(suite_of: Callable[..., Run]) -> None:
    run = suite_of("Nameless\n    No Operation\n\nAbout Keywords\n    [Tags]    keyword-errors\n    No Operation\n", tags="", setup="")
    assert "no requirement id" in run.test("Nameless").message
    assert run.test("About Keywords").passed


def test_an_engine_from_elsewhere_or_never_ready_is_refused(suite_of: Callable[..., Run]) -> None:
    modes = ("elsewhere", "impostor", "dies", "babbler")
    run = suite_of("".join(f"{mode}\n    Start Fake Engine    mode={mode}\n\n" for mode in modes))
    assert "expected a package inside ENGINE_ROOT" in run.test("elsewhere").message
    assert "is not the process that was started" in run.test("impostor").message
    assert "database locked by another engine" in run.test("dies").message
    assert "something else than its ready line" in run.test("babbler").message
    assert not any("no keyword announced" in test.message for test in run.result.suite.all_tests)


def test_waiting_for_the_machine_is_shown_and_is_not_test_time(tmp_path: Path) -> None:
    """A load test's turn: another holder lets go only after the robot said that it waits."""
    text = settings(setup="") + "Waits\n    [Tags]    exclusive\n    [Timeout]    1s\n    No Operation\n"
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "one.robot").write_text(text, encoding="utf-8")
    (tmp_path / "suites" / "Holder.py").write_text((FAKES / "holder.py").read_text(), encoding="utf-8")
    run = robot(tmp_path / "suites", tmp_path / "results", "--listener", str(tmp_path / "suites" / "Holder.py"), temp=tmp_path)
    assert run.test("Waits").passed, run.output
    assert run.test("Waits").elapsed_time.total_seconds() < 1
    assert "waiting for the machine" in run.output
    waiting = [line for line in (run.results / "progress.jsonl").read_text().splitlines() if '"waiting"' in line]
    assert waiting
