"""The command line of the campaigns: what is wrong is named, an interruption ends it in order, a round can be repeated alone."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from libraries.campaign import __main__ as command
from libraries.campaign.figures import Figures
from libraries.campaign.report import Report
from libraries.campaign.workers import Workers

LONG_S = 60.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--faults", "0"], "argument --faults: expected a whole number above 0, got '0'"),
        (["--faults", "many"], "argument --faults: expected a whole number above 0, got 'many'"),
        (["--kills", "-3"], "argument --kills: expected a whole number above 0, got '-3'"),
        (["--kills", "3", "--faults", "3"], "argument --faults: not allowed with argument --kills"),
        (["--faults", "3", "--processes", "0"], "argument --processes: expected a whole number above 0, got '0'"),
        (["--faults", "3", "--seed", "x"], "argument --seed: invalid int value: 'x'"),
        (["--faults", "3", "--only", "99"], "--only: expected a round from 1 to"),
        (
            ["--faults", "3", "--engine-root", "/nowhere"],
            "argument --engine-root: expected a directory that holds genesis/, got '/nowhere'",
        ),
        (["--fault", "3"], "unrecognized arguments: --fault 3"),
    ],
)
def test_a_wrong_argument_is_named(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@contextlib.contextmanager
def _stage(_: int) -> Iterator[Callable[[int], int]]:
    yield lambda number: number * 10


def test_every_round_is_played_by_its_worker() -> None:
    workers: Workers[int, int] = Workers([[1, 2], [], [3]], _stage)
    workers.run()
    assert (sorted(workers.outcomes), workers.interrupted, workers.broke) == ([10, 20, 30], False, [])


def test_a_worker_that_breaks_is_told_beside_what_was_played() -> None:
    @contextlib.contextmanager
    def broken(_: int) -> Iterator[Callable[[int], int]]:
        yield lambda number: 1 // number

    workers: Workers[int, int] = Workers([[1, 0]], broken)
    workers.run()
    assert workers.outcomes == [1]
    assert ["ZeroDivisionError" in text for text in workers.broke] == [True]


@pytest.mark.parametrize(("number", "said"), [(signal.SIGKILL, "killed by SIGKILL"), (signal.SIGTERM, "exit code 0")])
def test_a_worker_that_dies_without_a_word_fails_the_campaign(number: signal.Signals, said: str, tmp_path: Path) -> None:
    workers: Workers[Any, Any] = Workers([[7, 0, 8], [9]], lambda _: _dies_at_zero(number))
    workers.run()
    assert workers.broke == [f"worker 0 ended ({said}) after 1 of its 3 rounds"]
    workers.outcomes = []
    report = Report.of("campaign", Figures({"rounds": 1}, []), [], workers, command="inv campaign --kills 3", worlds=tmp_path)
    assert report.figures.failures == workers.broke


def test_a_worker_whose_stage_does_not_end_in_order_fails_the_campaign() -> None:
    @contextlib.contextmanager
    def stage(_: int) -> Iterator[Callable[[int], int]]:
        yield lambda number: number
        os._exit(3)

    workers: Workers[int, int] = Workers([[1]], stage)
    workers.run()
    assert (workers.outcomes, workers.broke) == ([1], ["worker 0 ended (exit code 3) after 1 of its 1 rounds"])


@contextlib.contextmanager
def _dies_at_zero(number: signal.Signals) -> Iterator[Callable[[int], int]]:
    def play(one: int) -> int:
        if one == 0:
            os.kill(os.getpid(), number)
        return one

    yield play


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_leaves_what_was_played_and_takes_the_stages_down(number: signal.Signals, tmp_path: Path) -> None:
    @contextlib.contextmanager
    def stage(worker: int) -> Iterator[Callable[[int], int]]:
        def play(one: int) -> int:
            if one == 0:
                os.kill(os.getppid(), number)
                threading.Event().wait(LONG_S)
            return one

        try:
            yield play
        finally:
            (tmp_path / f"down-{worker}").touch()

    workers: Workers[int, int] = Workers([[7, 0, 8]], stage)
    workers.run()
    assert (workers.outcomes, workers.interrupted, workers.broke) == ([7], True, [])
    assert (tmp_path / "down-0").exists()


def test_an_interrupted_campaign_says_so_in_words_in_its_files_and_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report("campaign-faults", Figures({"rounds": 1}, []), [], [], "inv campaign --faults 3", tmp_path, [], "interrupted: 1 of 2")
    monkeypatch.setattr(command.faults, "run", lambda _given, _directory: report)
    assert command.main(["--faults", "3", "--results", str(tmp_path)]) == 130
    assert "interrupted: 1 of 2" in capsys.readouterr().out
    assert json.loads((tmp_path / "campaign-faults.json").read_text())["interrupted"] == "interrupted: 1 of 2"
    assert "interrupted: 1 of 2" in (tmp_path / "campaign-faults.md").read_text()


def test_a_failed_round_is_told_with_the_command_that_repeats_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("campaign-faults", Figures({"rounds": 2}, ["round 2: it"]), [], [], "inv campaign --faults 3 --seed 7", tmp_path, [2])
    report.tell_and_keep(tmp_path)
    out = capsys.readouterr().out
    assert f"repeat round 2 (its world: {tmp_path}/round-2) with: inv campaign --faults 3 --seed 7 --only 2" in out
