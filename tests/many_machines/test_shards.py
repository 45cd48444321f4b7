"""Suites over many machines: shards become one report, what a lost machine should have run is red, and CI runs what is documented."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from libraries.evidence.completeness import LOST
from libraries.evidence.shards import main
from tests.world.generated import REPOSITORY, Run, robot

PABOT = ("pabot.pabot", "--no-pabotlib", "--command", sys.executable, "-m", "robot", "--end-command")
GREEN = "*** Test Cases ***\nOne\n    No Operation\n"
RED = "*** Test Cases ***\nTwo\n    Fail    on purpose\n"
WORKFLOW = REPOSITORY / ".github" / "workflows" / "acceptance.yml"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two suites, run by one machine each."""
    place = tmp_path_factory.mktemp("shards")
    (place / "suites" / "flow").mkdir(parents=True)
    for name in ("first", "second"):
        (place / "suites" / "flow" / f"{name}.robot").write_text(GREEN, "utf-8")
    for number in (1, 2):
        shard = place / f"shard-{number}"
        assert robot(place / "suites", shard, "--shard", f"{number}/2", program=PABOT, temp=place).code == 0
        for name in ("audit.jsonl", "figures.jsonl", "happenings.jsonl"):
            (shard / name).write_text(f'{{"test": {number}}}\n', "utf-8")
        (shard / "worlds" / "w").mkdir(parents=True)
    return place


def _merged(place: Path, results: Path, *shards: str) -> int:
    return main(["--suites", str(place / "suites"), "--results", str(results), *(str(place / shard) for shard in shards)])


def test_shards_become_one_report_with_what_lies_beside(place: Path, tmp_path: Path) -> None:
    assert _merged(place, tmp_path, "shard-1", "shard-2") == 0
    result = Run(0, "", tmp_path).result
    assert [test.full_name for test in result.suite.all_tests] == ["Suites.Flow.First.One", "Suites.Flow.Second.One"]
    for name in ("audit.jsonl", "figures.jsonl", "happenings.jsonl"):
        assert (tmp_path / name).read_text("utf-8").count("test") == 2
    assert {path.name for path in (tmp_path / "worlds").iterdir()} == {"shard-1", "shard-2"}
    assert (tmp_path / "report.html").exists()


def test_what_a_lost_machine_should_have_run_is_red(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "shard-3").mkdir(exist_ok=True)
    assert _merged(place, tmp_path, "shard-1", "shard-3") == 1
    assert "shard-3 has no output.xml: its machine did not finish" in capsys.readouterr().err
    lost = [test for test in Run(0, "", tmp_path).result.suite.all_tests if test.status == "FAIL"]
    assert [(test.full_name, test.message) for test in lost] == [("Suites.Flow.Second.One", LOST)]


def test_nothing_at_all_is_red(place: Path, tmp_path: Path) -> None:
    (place / "shard-3").mkdir(exist_ok=True)
    assert _merged(place, tmp_path, "shard-3") == 1
    assert [test.status for test in Run(0, "", tmp_path).result.suite.all_tests] == ["FAIL", "FAIL"]


def test_a_test_that_two_machines_ran_is_refused(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`rebot --merge` keeps the later result: a red one before it would be gone."""
    shutil.copytree(place / "shard-1", place / "shard-4", dirs_exist_ok=True)
    assert _merged(place, tmp_path, "shard-1", "shard-2", "shard-4") == 1
    assert "Suites.Flow.First.One was run by shard-1 and by shard-4" in capsys.readouterr().err


def test_a_red_test_of_any_machine_is_red_in_the_end(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites" / "green.robot").write_text(GREEN, "utf-8")
    (tmp_path / "suites" / "red.robot").write_text(RED, "utf-8")
    codes = [
        robot(tmp_path / "suites", tmp_path / f"shard-{number}", "--shard", f"{number}/2", program=PABOT, temp=tmp_path).code
        for number in (1, 2)
    ]
    assert codes == [0, 1]
    assert _merged(tmp_path, tmp_path / "results", "shard-1", "shard-2") == 1


def _commands(job: dict[str, Any]) -> list[str]:
    return [step["run"] for step in job["steps"] if "run" in step]


def test_ci_runs_what_the_documentation_says() -> None:
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    numbers = jobs["shard"]["strategy"]["matrix"]["shard"]
    assert numbers == list(range(1, len(numbers) + 1))
    (sharded,) = (command for command in _commands(jobs["shard"]) if command.startswith("inv"))
    assert f"--shard ${{{{ matrix.shard }}}}/{len(numbers)} " in sharded
    documented = (REPOSITORY / "docs" / "many-machines.md").read_text("utf-8")
    for command in [sharded, *_commands(jobs["report"]), *_commands(jobs["checks"])]:
        assert re.sub(r"\$\{\{ matrix\.shard \}\}", "1", command) in documented, f"{command!r} is not in docs/many-machines.md"


def test_the_report_is_made_whatever_became_of_the_shards() -> None:
    report = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]["report"]
    assert (report["needs"], report["if"]) == ("shard", "always()")
    kept = [step for step in report["steps"] if "upload-artifact" in step.get("uses", "")]
    assert [step["if"] for step in kept] == ["always()"]
