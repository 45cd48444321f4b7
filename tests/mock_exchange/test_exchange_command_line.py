"""The command line and the files it names: exit codes and one line that says what to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from libraries.mock_exchange.errors import MarketError
from libraries.mock_exchange.settings import load_accounts, load_market
from tests.mock_exchange.venue_client import ROOT, Client, Process

SYMBOL = '[[symbol]]\nsymbol = "BTCUSDT"\nbase = "BTC"\nquote = "USDT"\n'


def failed(*arguments: object) -> tuple[int, str]:
    """Exit code and stderr of a start that must fail; stderr is one named line without a traceback."""
    command = [sys.executable, "-m", "libraries.mock_exchange", *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)
    assert done.stdout == ""
    assert done.stderr.startswith("mock-exchange: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--port", "x"], "expected a port from 0 to 65535, got 'x'"),
        (["--port", "70000"], "expected a port"),
        (["--seed", "x"], "--seed"),
        (["--history", "0"], "expected how many of each to keep, from 1 to 10000000, got '0'"),
        (["--nonsense"], "--nonsense"),
        (["--market", "demo", "--recording", "."], "expected --market or --recording, got both"),
    ],
)
def test_a_bad_command_line_is_2(arguments: list[str], text: str) -> None:
    code, error = failed(*arguments)
    assert (code, text in error) == (2, True), error


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("[[symbol", "expected TOML"),
        ("", "missing required field `symbol`"),
        ("symbol = []", "expected at least one [[symbol]]"),
        (SYMBOL + "tick_size = 0.01", "Expected `str`, got `float`"),
        (SYMBOL + 'tick_size = "1e-2"', "symbol BTCUSDT: tick_size: expected a plain decimal number"),
        (SYMBOL + 'colour = "red"', "unknown field `colour`"),
        (SYMBOL + SYMBOL, "expected each symbol once"),
        (SYMBOL.replace("BTCUSDT", "btc/usdt"), "expected upper-case letters"),
        (SYMBOL + '[commission]\nmaker = "1.5"', "expected fractions below 1"),
    ],
)
def test_a_bad_market_file_is_3(tmp_path: Path, content: str, text: str) -> None:
    path = tmp_path / "market.toml"
    path.write_text(content)
    with pytest.raises(MarketError) as refused:
        load_market(path)
    assert (refused.value.exit_code, str(path) in str(refused.value), text in str(refused.value)) == (3, True, True), refused.value


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('[[account]]\nname = "a"\n', "missing required field `api_key`"),
        ('[[account]]\nname="a"\napi_key="k"\napi_secret="s"\n[[account]]\nname="b"\napi_key="k"\napi_secret="s"\n', "each api_key once"),
        ('[[account]]\nname="a"\napi_key="k"\napi_secret="s"\nbalances={USDT="-1"}\n', "account a: balances.USDT"),
    ],
)
def test_a_bad_accounts_file_is_3(tmp_path: Path, content: str, text: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(content)
    with pytest.raises(MarketError) as refused:
        load_accounts(path)
    assert (str(path) in str(refused.value), text in str(refused.value)) == (True, True), refused.value


def test_an_opening_book_that_breaks_the_filters_is_3(tmp_path: Path) -> None:
    path = tmp_path / "market.toml"
    path.write_text(SYMBOL + 'bids = [["99.005", "1"]]')
    code, error = failed("--market", path)
    assert (code, "opening book of BTCUSDT: -1013 Filter failure: PRICE_FILTER" in error) == (3, True), error


def test_files_that_do_not_exist_are_named(tmp_path: Path) -> None:
    for option in ("--market", "--accounts", "--recording"):
        code, error = failed(option, tmp_path / "absent")
        assert (code, str(tmp_path / "absent") in error) == (3, True), error


def test_a_ledger_that_cannot_be_opened_is_4(tmp_path: Path) -> None:
    code, error = failed("--ledger", tmp_path)
    assert (code, str(tmp_path) in error) == (4, True), error


def test_a_port_in_use_is_5_and_sigterm_is_0() -> None:
    process = Process()
    port = process.ready["rest_url"].rsplit(":", 1)[1]
    try:
        code, error = failed("--port", port)
        assert (code, "it is in use" in error) == (5, True), error
    finally:
        assert process.terminate() == 0


def test_the_demo_market_tells_its_keys_and_the_keys_work() -> None:
    process = Process("--market", "demo", "--seed", "7")
    try:
        client = Client(process, "demo", process.ready["api_key"], process.ready["api_secret"])
        assert client.rest("GET", "account").status_code == 200
    finally:
        assert process.terminate() == 0
