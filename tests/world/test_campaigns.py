"""Campaigns run when somebody asks for them, whatever starts the run: a real robot, with a world of stand-ins."""

from __future__ import annotations

from pathlib import Path

import pytest

from libraries.evidence.campaigns import WAY, asked
from libraries.evidence.gather import repeat_command
from tests.world.generated import Run, robot, settings

BOTH = """
Of Every Run
    Start Fake Engine

Long
    [Tags]    campaign
    [Setup]    Fail    the setup ran
    Fail    the body ran
    [Teardown]    Fail    the teardown ran
"""
LONG_ONLY = """
Long
    [Tags]    campaign
    Log    played
"""


def run(place: Path, tests: str, *options: str, setup: str = "Open Fake Venue") -> Run:
    (place / "long.robot").write_text(settings(setup=setup) + tests)
    return robot(place / "long.robot", place / "results", *options, temp=place)


def test_a_campaign_that_nobody_asked_for_is_skipped_and_says_how_to_have_it(tmp_path: Path) -> None:
    done = run(tmp_path, BOTH)
    assert (done.test("Long").status, done.test("Long").message) == ("SKIP", WAY)
    assert done.test("Of Every Run").status == "PASS"
    assert done.code == 0


@pytest.mark.parametrize("options", [("--include", "campaign"), ("--include", "AC1.1ANDcampaign"), ("--variable", "CAMPAIGN:yes")])
def test_a_campaign_that_is_asked_for_runs(tmp_path: Path, options: tuple[str, str]) -> None:
    done = run(tmp_path, BOTH, *options)
    assert "the setup ran" in done.test("Long").message


def test_a_suite_of_campaigns_only_opens_nothing_for_them(tmp_path: Path) -> None:
    done = run(tmp_path, LONG_ONLY, setup="Fail    the exchange was opened")
    assert (done.test("Long").status, done.code) == ("SKIP", 0)
    done = run(tmp_path, LONG_ONLY, "--variable", "CAMPAIGN:yes", setup="Fail    the exchange was opened")
    assert "the exchange was opened" in done.test("Long").message


def test_a_campaign_with_a_wrong_tag_is_red_all_the_same(tmp_path: Path) -> None:
    done = run(tmp_path, LONG_ONLY.replace("campaign", "campaign    R99"))
    assert "unknown requirement id R99" in done.test("Long").message


def test_a_dry_run_looks_into_campaigns(tmp_path: Path) -> None:
    done = run(tmp_path, LONG_ONLY.replace("Log    played", "There Is No Such Keyword"), "--dryrun")
    assert "No keyword with name 'There Is No Such Keyword' found" in done.test("Long").message


@pytest.mark.parametrize(("include", "switch", "wanted"), [([], "", False), ([], "no", False), (["AC1.1"], "", False), ([], "YES", True)])
def test_who_asks(include: list[str], switch: str, wanted: bool) -> None:
    assert asked(include, switch) is wanted


def test_the_command_that_repeats_a_campaign_asks_for_it() -> None:
    assert "--variable CAMPAIGN:yes" in repeat_command(None, "Long", ["campaign"], {})
    assert "CAMPAIGN" not in repeat_command(None, "Of Every Run", ["AC1.1"], {})
