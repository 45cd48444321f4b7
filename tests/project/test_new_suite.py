"""`inv new-suite` makes a suite that is green at once and clean to both analyzers, and refuses what would not be one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from robot.api import ExecutionResult

from libraries.authoring.__main__ import main
from libraries.authoring.new_suite import REQUIREMENTS, RefusedError, create
from libraries.evidence.requirements import objection

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The folders of suites, empty, beside the real keywords."""
    for folder in REQUIREMENTS:
        (tmp_path / "suites" / folder).mkdir(parents=True)
    for name in ("resources", "libraries", "pyproject.toml"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


def test_every_folder_of_suites_can_have_a_new_one() -> None:
    assert set(REQUIREMENTS) == {path.name for path in (ROOT / "suites").iterdir() if any(path.glob("*.robot"))}


def test_a_new_suite_is_green_at_once(checkout: Path) -> None:
    made = create(checkout, "market_data/my_first")
    results = checkout / "results"
    command = [sys.executable, "-m", "robot", "--outputdir", str(results), str(made)]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=False, env={**os.environ, "TMPDIR": str(checkout)})
    assert done.returncode == 0, done.stdout
    (test,) = ExecutionResult(results / "output.xml").suite.all_tests
    assert (test.status, test.metadata["Requirement"]) == ("PASS", "AC1.3, AC3")
    assert test.metadata["Audit"].startswith("held ")


def test_new_suites_are_clean(checkout: Path) -> None:
    made = [create(checkout, f"{folder}/one_more") for folder in REQUIREMENTS]

    def said_by(*command: str) -> str:
        return subprocess.run([BIN / "robocop", *command, *made], cwd=checkout, capture_output=True, text=True, check=False).stdout

    assert "one_more" not in said_by("check"), "whole phrases are reported too: the rest of the suites is not there"
    assert "one_more" not in said_by("format", "--check", "--no-overwrite")
    made[0].write_text(made[0].read_text().replace("Then The Order ", "Then The Ordr "))
    assert "one_more" in said_by("check")


@pytest.mark.parametrize("folder", sorted(REQUIREMENTS))
def test_its_tags_are_requirements(folder: str) -> None:
    assert objection([REQUIREMENTS[folder]], None) is None


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("my_first", "expected FOLDER/NAME"),
        ("flow/My-First", "expected FOLDER/NAME"),
        ("flow/first.robot", "expected FOLDER/NAME"),
        ("flow/../../etc/passwd", "expected FOLDER/NAME"),
        ("flow/", "expected FOLDER/NAME"),
        ("flow/" + "x" * 61, "at most 60"),
        ("flw/my_first", "expected one of the folders errors, failover, flow"),
        ("../flow/my_first", "expected FOLDER/NAME"),
    ],
)
def test_a_bad_name_is_refused(checkout: Path, wanted: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([wanted, "--root", str(checkout)]) == 1
    assert said in capsys.readouterr().err
    assert not list((checkout / "suites").rglob("*.robot"))


def test_a_suite_that_exists_is_left_as_it_is(checkout: Path) -> None:
    made = create(checkout, "flow/my_first")
    made.write_text("mine")
    with pytest.raises(RefusedError, match="expected a name that is not taken"):
        create(checkout, "flow/my_first")
    assert made.read_text() == "mine"
