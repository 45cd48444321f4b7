"""Load from many processes: Locust's workers against a real exchange and a real engine, and what both have of it afterwards."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks.whole.venue import FUNDS, SYMBOL, trades_of, venue, written
from libraries.campaign.lone import lone_engine
from libraries.engine_keywords.settings import read_settings
from libraries.evidence.audit import Auditor, audit_world
from libraries.world.admin import Account
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.history import History

Sites = tuple[Exchange, Engine, History, Account]
USERS, SECONDS = 4, 5
LONGER_S = (SECONDS, 15, 20)
"""A busy machine may take more than the first to start workers."""
RAISED = read_settings({"risk.trades_a_day": "10000"})  # R9; default 100
ASKED = {"POST /api/v3/order", "POST /signals"}


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sites]:
    """A deep market, a running engine on it, and another account that trades there."""
    place = tmp_path_factory.mktemp("locust")
    with (
        venue(place) as exchange,
        lone_engine(
            "engine", exchange, REPOSITORY, place, funds=FUNDS, symbols=(SYMBOL,), settings=read_settings({"risk.trades_a_day": "10000"})
        ) as (
            engine,
            history,
        ),
    ):
        engine.start(Deadline(60))
        yield exchange, engine, history, exchange.admin.create_account("locust", FUNDS)


def _locust(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "locust",
        "--headless",
        "-u",
        str(USERS),
        "-r",
        str(USERS),
        "-t",
        f"{SECONDS}s",
        "--stop-timeout",
        "30",
    ]
    return subprocess.run(
        [*command, "--json", "--skip-log", *arguments],
        cwd=REPOSITORY,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def _rows(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    """The master's statistics, [] if nobody asked anything; workers print empty ones."""
    begins = done.stdout.rfind("[\n    {")
    rows: list[dict[str, Any]] = json.JSONDecoder().raw_decode(done.stdout, begins)[0] if begins >= 0 else []
    return rows


def _variables(sites: Sites) -> dict[str, str]:
    exchange, engine, _, account = sites
    client = engine.control.client
    venue_side = {"VENUE_URL": exchange.rest_url, "VENUE_API_KEY": account.api_key, "VENUE_API_SECRET": account.api_secret}
    return venue_side | {"ENGINE_URL": client.base_url, "ENGINE_TOKEN": client.token, "LOAD_PER_USER": "3"}


def test_operators_of_two_workers_make_no_signal_id_twice(sites: Sites) -> None:
    """Workers are forked from a master that has read the file already; a second use is refused with 409, which ends in exit code 1. First
    of all: the next one ends the engine's taking of signals."""
    variables = {name: value for name, value in _variables(sites).items() if not name.startswith("VENUE")}
    for seconds in LONGER_S:
        done = _locust(variables, "--processes", "2", "-t", f"{seconds}s")
        if _rows(done):
            break
    assert done.returncode == 0, done.stderr[-3_000:]
    assert "POST /signals" in {row["name"] for row in _rows(done)}


def test_what_two_workers_count_stands_at_the_venue_and_in_the_database(sites: Sites, tmp_path: Path) -> None:
    exchange, engine, history, account = sites
    counted: Counter[str] = Counter()
    for seconds in LONGER_S:
        done = _locust(_variables(sites), "--processes", "2", "-t", f"{seconds}s")
        rows = _rows(done)
        assert done.returncode == (0 if rows else 1), done.stderr[-3_000:]
        counted.update({str(row["name"]): int(row["num_requests"]) for row in rows})
        if set(counted) >= ASKED:
            break
    assert ASKED <= set(counted) <= {*ASKED, "GET /state", "GET /health"}
    assert engine.control.quiesce(30_000).ok
    with closing(sqlite3.connect(f"file:{engine.database_path}?mode=ro", uri=True)) as database:
        (signalled,) = database.execute("SELECT count(*) FROM orders WHERE correlation_id LIKE 'locust-%' AND state = 'FILLED'").fetchone()
    end = written(exchange)
    # on an overloaded machine Locust's master misses last reports of its workers: it may count fewer than there were, never more
    assert 0 < counted["POST /api/v3/order"] <= trades_of(exchange, account.name, 0, end)
    assert 0 < counted["POST /signals"] <= signalled == trades_of(exchange, "engine", 0, end)
    # I15: the history of keywords knows nothing of Locust's signals, whose own count is the witness above
    verdict = audit_world([engine], [exchange], history, tmp_path, expected=frozenset({"I15"}), auditor=Auditor(timeout=120))
    assert verdict.failures == []
    assert verdict.audited


def test_a_refused_order_ends_it_with_exit_code_1(sites: Sites) -> None:
    exchange, _, _, account = sites
    done = _locust(
        {"VENUE_URL": exchange.rest_url, "VENUE_API_KEY": account.api_key, "VENUE_API_SECRET": "another secret"}, "-t", "10s", "-u", "1"
    )
    (row,) = _rows(done)
    assert (done.returncode, row["num_failures"]) == (1, row["num_requests"])
    assert row["num_requests"] > 0


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({}, "expected --venue-url (VENUE_URL), --engine-url (ENGINE_URL) or both, got none"),
        ({"VENUE_URL": "http://127.0.0.1:1", "VENUE_API_KEY": "k"}, "expected --venue-secret beside the address, got none"),
        ({"ENGINE_URL": "http://127.0.0.1:1"}, "expected --engine-token beside the address, got none"),
    ],
)
def test_what_is_missing_is_named(variables: dict[str, str], said: str) -> None:
    done = _locust(variables)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
