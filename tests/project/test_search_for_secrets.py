"""A run in which a secret was written down is not passed, whatever its tests say; the summary is made all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

import tasks


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was run, by module and option; the search that is named in `red` finds a leak."""
    commands: list[str] = []

    def run(*command: str | Path) -> int:
        said = " ".join(str(word) for word in command[2:])
        commands.append(said)
        return int(said == red)

    red = "libraries.evidence.leaks --results there"
    monkeypatch.setattr(tasks, "_run", run)
    return commands


def test_a_leak_fails_the_run_and_the_summary_is_made(ran: list[str]) -> None:
    assert tasks._summarise("there") == 1
    assert [said.split()[0] for said in ran] == ["libraries.evidence.leaks", "libraries.evidence.summary"]


def test_without_a_leak_what_the_summary_wrote_is_searched_too(ran: list[str]) -> None:
    assert tasks._summarise("elsewhere") == 0
    assert ran[-1] == "libraries.evidence.leaks --results elsewhere --added"
