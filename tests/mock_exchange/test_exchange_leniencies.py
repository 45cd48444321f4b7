"""Leniencies by name, from the command line and the market file; limits files; what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from libraries.mock_exchange.access_files import load_limits
from libraries.mock_exchange.command_line import parse
from libraries.mock_exchange.errors import CommandLineError, MarketError
from libraries.mock_exchange.leniencies import LENIENCIES
from libraries.mock_exchange.settings import load_accounts, load_market
from tests.mock_exchange.venue_client import Process

SYMBOL = '[[symbol]]\nsymbol = "BTCUSDT"\nbase = "BTC"\nquote = "USDT"\n'


def test_strict_is_the_default_and_leniencies_add_up(tmp_path: Path) -> None:
    market = tmp_path / "market.toml"
    market.write_text('lenient = ["listen_key_on"]\n' + SYMBOL)
    process = Process("--market", market, "--lenient", "hmac_session_logon", "--lenient", "pong_payload_any")
    assert process.admin("GET", "health").json()["lenient"] == ["hmac_session_logon", "listen_key_on", "pong_payload_any"]
    client = process.account()
    with client.ws() as ws:
        assert ws.signed("session.logon")["result"]["apiKey"] == client.key
    process.terminate()


def test_health_of_a_strict_venue_names_none(exchange: Process) -> None:
    assert exchange.admin("GET", "health").json()["lenient"] == []


def test_the_page_tells_every_leniency() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "mock-exchange.md").read_text()
    assert [name for name in LENIENCIES if f"`{name}`" not in page] == []


def test_an_unknown_leniency_is_refused_with_the_list(tmp_path: Path) -> None:
    with pytest.raises(CommandLineError, match=r"--lenient: expected one of hmac_session_logon, .*, got 'everything'"):
        parse(["--lenient", "everything"])
    market = tmp_path / "market.toml"
    market.write_text('lenient = ["everything"]\n' + SYMBOL)
    with pytest.raises(MarketError, match=r"market\.toml: lenient: expected one of hmac_session_logon"):
        load_market(market)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("orders_10s = 0", "orders_10s: expected whole numbers of at least 1, got 0; a limit can be raised, not switched off"),
        ("maker_fill_of = { BTCUSDT = 0 }", "maker_fill_of: expected whole numbers of at least 1"),
        ('orders_10s = "many"', "Expected `int | null`, got `str`"),
        ("no_limits = 1", "unknown field `no_limits`"),
        ("orders_10s = ", "expected TOML"),
    ],
)
def test_wrong_limits_files_say_what_to_do(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "limits.toml"
    path.write_text(text)
    with pytest.raises(MarketError) as refused:
        load_limits(path)
    assert words in str(refused.value)
    assert "limits.toml" in str(refused.value)


def test_a_missing_limits_file(tmp_path: Path) -> None:
    with pytest.raises(MarketError, match="expected a readable file"):
        load_limits(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ("", "expected exactly one of api_secret, ed25519_public_key, rsa_public_key, got 0"),
        ('api_secret = "s"\nrsa_public_key = "x"', "got 2"),
        ('ed25519_public_key = "nothing.pem"', "expected PEM or the path of a PEM file"),
        ('ed25519_public_key = "accounts.toml"', "expected a public key in PEM"),
        ('api_secret = "s"\npermissions = ["ALL"]', "permissions: expected some of TRADE"),
    ],
)
def test_wrong_keys_in_an_accounts_file_say_what_to_do(tmp_path: Path, keys: str, words: str) -> None:
    path = tmp_path / "accounts.toml"
    path.write_text(f'[[account]]\nname = "a"\napi_key = "k"\n{keys}\n')
    with pytest.raises(MarketError) as refused:
        load_accounts(path)
    assert words in str(refused.value)
