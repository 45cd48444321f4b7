"""A power cut and the engine's database: no acknowledged fact is lost, no transaction is half there, every image opens (L10, I17)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.power_loss.__main__ import main
from tests.power_loss.simulator import judge, record

IMAGES = 100
SEED = 20_260_101


async def test_with_full_syncs_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    trace = await record(tmp_path)
    assert trace.syncs > 150
    assert trace.taken_in > 50  # the log was taken in meanwhile: power is cut in checkpoints as well
    figures = judge(trace, IMAGES, SEED)
    assert figures[1:] == (0, 0, 0, ""), figures.first


async def test_with_normal_syncs_the_simulator_shows_losses(tmp_path: Path) -> None:
    figures = judge(await record(tmp_path, "NORMAL"), IMAGES, SEED)
    assert figures.lost + figures.unreadable > IMAGES // 4, figures.text()
    assert figures.half == 0


async def test_without_syncs_the_simulator_shows_broken_databases(tmp_path: Path) -> None:
    figures = judge(await record(tmp_path, "OFF"), IMAGES, SEED)
    assert figures.lost + figures.half > 0, figures.text()
    assert figures.unreadable > IMAGES // 10, figures.text()


def test_the_campaign_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--images", "5", "--seed", "3"]) == 0
    said = capsys.readouterr().out
    assert "FULL: 5 images: 0 lost an acknowledged fact, 0 half transactions, 0 unreadable" in said
    assert "OFF: 5 images" in said


async def test_the_same_seed_cuts_the_power_at_the_same_moments(tmp_path: Path) -> None:
    trace = await record(tmp_path, "NORMAL", transactions=20)
    assert judge(trace, 20, 7)[:4] == judge(trace, 20, 7)[:4]
