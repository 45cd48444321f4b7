"""Whatever is sent to the venue, over whatever surface: it stays up, answers with a documented code, and its ledger balances.

500 messages by default; `inv fuzz-venue` sends 20,000 and prints the counts (environment variable VENUE_FUZZ_MESSAGES).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.mock_exchange.venue_client import ROOT, Client, Process
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
    process.book("ETHUSDT", bids=[("99", "50"), ("98", "50")], asks=[("101", "50"), ("102", "50")])
    client = process.account(USDT="1000000", BTC="1000", ETH="1000")
    surfaces = Surfaces(process, client)

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
        books = _books(process, client)
    finally:
        surfaces.close()
        code = process.terminate() if process.process.poll() is None else process.process.returncode
    assert code == 0
    audit = [sys.executable, "-m", "libraries.auditor", "--ledger", str(ledger)]
    checked = subprocess.run(audit, cwd=ROOT, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    restored = Process("--ledger", ledger)
    try:
        assert _books(restored, client) == books, "a venue that goes on from the ledger has other books"
    finally:
        assert restored.terminate() == 0
    _print(counts)
    accepted = sum(count for outcome, count in counts.items() if outcome in ("rest: 200", "ws-api: 200"))
    assert accepted >= MESSAGES // 10, f"{accepted} of {MESSAGES} messages were accepted: the rest says little of matching and ledger"


def _books(process: Process, client: Client) -> dict[str, Any]:
    """What the venue holds of the account: balances, orders, trades."""
    orders = process.admin("GET", f"orders?account={client.name}").json()
    return {"account": process.admin("GET", f"accounts/{client.name}").json(), "orders": orders}


def _print(counts: Counter[str]) -> None:
    for outcome, count in sorted(counts.items()):
        print(f"{count:8}  {outcome}")
    print(f"{sum(counts.values()):8}  messages, 0 crashes; the ledger balances")
