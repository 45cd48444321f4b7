"""The examples of docs/mock-exchange.md run as they are printed, each in its client's environment."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from libraries.client_keywords.client_process import CLIENTS
from libraries.client_keywords.environments import environment_for
from libraries.common.errors import ClientMissing
from tests.mock_exchange.venue_client import Process

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = (REPOSITORY / "docs" / "mock-exchange.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```python\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
SAID = {"ccxt": "open\ncanceled\n", "ccxt.pro": "open\ncanceled\n", "binance-sdk-spot": "NEW\nCANCELED\n"}


@pytest.fixture(scope="module")
def demo() -> Iterator[Process]:
    process = Process("--market", "demo")
    yield process
    assert process.terminate() == 0


def test_every_client_has_its_example() -> None:
    assert set(EXAMPLES) == set(CLIENTS)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("client", CLIENTS)
def test_the_example_runs(client: str, demo: Process) -> None:
    try:
        python = environment_for(CLIENTS[client].requirements)
    except ClientMissing as missing:
        pytest.skip(str(missing))
    ready = json.dumps(demo.ready) + "\n"
    done = subprocess.run([str(python), "-c", EXAMPLES[client]], input=ready, capture_output=True, text=True, timeout=110, check=False)
    assert (done.returncode, done.stdout) == (0, SAID[client]), done.stderr
