"""What stands behind the keywords over public clients: their environments, and the comparison with what they answered."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from libraries.client_keywords.environments import environment_for
from libraries.client_keywords.values import at, differences, same
from libraries.common.errors import ClientMissing, NotYet

REPOSITORY = Path(__file__).resolve().parents[2]
ANSWER = {"status": "open", "asks": [[Decimal("101.0"), Decimal("0.4")]], "price": None, "spot": True, "info": {"qty": "0.50000000"}}


def pinned(directory: Path, *lines: str) -> Path:
    """A requirements file; `--no-index` keeps pip away from every index, as on a machine without network."""
    path = directory / "client.txt"
    path.write_text("\n".join(["--no-index", *lines]) + "\n", encoding="utf-8")
    return path


def test_a_client_that_cannot_be_installed_skips_its_tests_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(ClientMissing, match=r"client cannot be installed here .*ccxt"):
        environment_for(pinned(tmp_path, "ccxt==0.0.0"), tmp_path / "homes")
    assert ClientMissing.ROBOT_SKIP_EXECUTION
    assert not list(tmp_path.glob("homes/*/complete"))


def test_workers_at_once_build_an_environment_once(tmp_path: Path) -> None:
    requirements = pinned(tmp_path)
    script = "import sys, pathlib; from libraries.client_keywords.environments import environment_for as e; "
    script += "print(e(*map(pathlib.Path, sys.argv[1:])))"
    command = [sys.executable, "-c", script, str(requirements), str(tmp_path / "homes")]
    workers = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [worker.communicate(timeout=110)[0] for worker in workers]
    assert said[0] == said[1]
    environment_for(requirements, tmp_path / "homes")
    (lock,) = (tmp_path / "homes").glob("*.lock")
    assert len(lock.read_text(encoding="utf-8").splitlines()) == 1


def test_what_an_interrupted_build_left_is_built_anew(tmp_path: Path) -> None:
    requirements = pinned(tmp_path)
    python = environment_for(requirements, tmp_path / "homes")
    (python.parents[1] / "complete").unlink()
    python.unlink()
    assert environment_for(requirements, tmp_path / "homes").exists()


@pytest.mark.parametrize(
    ("seen", "expected", "equal"),
    [
        (Decimal("0.50"), "0.5", True),
        (Decimal("0.5"), "0.51", False),
        (Decimal("101.33333333333333"), "101.33", False),
        (7, "7", True),
        (7, "seven", False),
        ("0.50000000", "0.5", False),
        ("0.50000000", "0.50000000", True),
        (None, "None", True),
        (None, "0", False),
        (True, "True", True),
        (True, "1", False),
    ],
)
def test_values_are_compared_exactly(seen: object, expected: str, equal: bool) -> None:
    assert same(seen, expected) is equal


def test_a_path_leads_into_an_answer() -> None:
    assert at(ANSWER, "asks.0.1") == Decimal("0.4")
    assert at(ANSWER, "asks.-1.0") == 101
    assert at(ANSWER, "asks.length") == 1
    with pytest.raises(NotYet, match="no 'bids' in the answer; there is: status, asks"):
        at(ANSWER, "bids.0")
    with pytest.raises(NotYet, match=r"no '5' in asks; there is: a list of 1"):
        at(ANSWER, "asks.5")


def test_every_difference_is_named() -> None:
    assert differences(ANSWER, {"status": "open", "asks.0.0": "101"}) == []
    wrong = differences(ANSWER, {"status": "closed", "price": "1", "fee.cost": "0"})
    assert [text.partition(" should")[0] for text in wrong] == ["status", "price", "fee.cost"]
    assert wrong[0] == "status should be closed, got open"
