"""Whatever is sent to the venue, over whatever surface: it stays up, answers with a documented code, and its ledger balances.

500 messages by default; `inv fuzz-venue` sends 20,000 and prints the counts (environment variable VENUE_FUZZ_MESSAGES).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings

from tests.mock_exchange.venue_client import ROOT, Process
from tests.venue_fuzz.messages import BATCH, Message
from tests.venue_fuzz.surfaces import Surfaces

MESSAGES = int(os.environ.get("VENUE_FUZZ_MESSAGES", "500"))
BATCH_SIZE = 10
DEADLINE_S = 120


def test_nothing_that_is_sent_ends_the_venue_or_unbalances_its_ledger(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.jsonl"
    with open(tmp_path / "log", "wb") as log:
        process = Process("--ledger", ledger, log=log)
    counts: Counter[str] = Counter()
    process.book("BTCUSDT", bids=[("99", "50"), ("98", "50")], asks=[("101", "50"), ("102", "50")])
    surfaces = Surfaces(process, process.account(USDT="1000000", BTC="1000", ETH="1000"))

    @settings(
        max_examples=MESSAGES // BATCH_SIZE,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(BATCH)
    def send(batch: list[Message]) -> None:
        for message in batch:
            outcome = surfaces.send(message)
            counts[f"{message.surface}: {outcome}"] += 1
            assert process.process.poll() is None, f"the venue ended on {message}"

    try:
        send()
        assert process.admin("GET", "health").status_code == 200
    finally:
        surfaces.close()
        code = process.terminate() if process.process.poll() is None else process.process.returncode
    assert code == 0
    audit = [sys.executable, "-m", "libraries.auditor", "--ledger", str(ledger)]
    checked = subprocess.run(audit, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    _print(counts)


def _print(counts: Counter[str]) -> None:
    for outcome, count in sorted(counts.items()):
        print(f"{count:8}  {outcome}")
    print(f"{sum(counts.values()):8}  messages, 0 crashes; the ledger balances")
