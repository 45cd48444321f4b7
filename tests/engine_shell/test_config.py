"""The configuration file: every bad input has a sentence that names the key, what was expected and what came (A5)."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest
import tomli_w

from genesis.config import MOST_BYTES, load
from genesis.core.errors import ConfigError
from genesis.data.postgres.settings import PostgresSettings

ENVIRONMENT = {"GENESIS_API_KEY": "key-of-the-venue", "GENESIS_API_SECRET": "canary-secret-of-the-venue"}


def document(directory: Path) -> dict[str, Any]:
    return {
        "database": {"url": f"sqlite:///{directory}/engine.db"},
        "control": {"port": 0},
        "venue": [
            {
                "name": "binance",
                "rest_url": "http://127.0.0.1:1",
                "stream_url": "ws://127.0.0.1:1",
                "ws_api_url": "ws://127.0.0.1:1/ws-api/v3",
                "api_key_env": "GENESIS_API_KEY",
                "api_secret_env": "GENESIS_API_SECRET",
                "symbols": ["BTCUSDT"],
                "targets": {"BTC": "1.0"},
            }
        ],
        "risk": {},
        "arbitrage": {},
        "timing": {},
        "engine": {},
    }


def written(directory: Path, values: dict[str, Any]) -> Path:
    path = directory / "engine.toml"
    path.write_text(tomli_w.dumps(values))
    return path


def complaint(path: Path, environment: dict[str, str] = ENVIRONMENT) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path, environment)
    assert caught.value.exit_code == 3
    assert "canary" not in caught.value.message
    return caught.value.message


def put(values: dict[str, Any], key: str, value: object) -> None:
    *parents, last = key.split(".")
    node: Any = values
    for parent in parents:
        node = node[int(parent)] if parent.isdigit() else node.setdefault(parent, {})
    node[last] = value


def test_defaults_are_those_of_the_domain(tmp_path: Path) -> None:
    config = load(written(tmp_path, document(tmp_path)), ENVIRONMENT)
    assert config.database == tmp_path / "engine.db"
    assert config.anchor == tmp_path / "engine.db.anchor"
    assert str(config.engine.risk.min_confidence) == "0.6"
    assert config.engine.venues[0].targets.keys() == {"BTC"}
    assert "canary" not in repr(config)


def test_every_number_can_be_set(tmp_path: Path) -> None:
    values = document(tmp_path)
    values["risk"] = {"min_confidence": "0.75", "tiers": {"HUNTER": {"open_positions": 4}}}
    values["timing"] = {"entry_age_ms": 250, "transit_ms": 0}
    values["arbitrage"] = {"enabled": True, "min_net": "0.004"}
    values["engine"] = {"cancel_orders_on_shutdown": False}
    config = load(written(tmp_path, values), {**ENVIRONMENT, "GENESIS_CONTROL_TOKEN": "t" * 16})
    assert str(config.engine.risk.min_confidence) == "0.75"
    assert [limits.open_positions for limits in config.engine.risk.tiers.values()] == [1, 4, 5, 10]
    assert config.engine.timing.entry_age_ms == 250
    assert config.engine.arbitrage.enabled
    assert not config.engine.cancel_orders_on_shutdown
    assert config.token is not None


def test_the_digest_follows_the_settings_and_not_the_secrets(tmp_path: Path) -> None:
    first = load(written(tmp_path, document(tmp_path)), ENVIRONMENT).digest
    assert load(written(tmp_path, document(tmp_path)), {**ENVIRONMENT, "GENESIS_API_SECRET": "another"}).digest == first
    changed = document(tmp_path)
    put(changed, "risk.min_confidence", "0.7")
    assert load(written(tmp_path, changed), ENVIRONMENT).digest != first


SECOND = {"rest_url": "http://127.0.0.1:2", "stream_url": "ws://127.0.0.1:2/", "ws_api_url": "ws://127.0.0.1:2/ws-api/v3"}


def test_a_venue_may_have_further_addresses_and_the_digest_knows_them(tmp_path: Path) -> None:
    values = document(tmp_path)
    before = load(written(tmp_path, values), ENVIRONMENT).digest
    put(values, "venue.0.fallback", [SECOND])
    config = load(written(tmp_path, values), ENVIRONMENT)
    assert [way.name for way in config.venues[0].ways] == ["127.0.0.1:1", "127.0.0.1:2"]
    assert config.venues[0].ways[1].stream_url == "ws://127.0.0.1:2"
    assert config.digest != before


def test_test_hooks_are_refused_beside_a_further_address_elsewhere(tmp_path: Path) -> None:
    values = document(tmp_path)
    put(values, "venue.0.fallback", [SECOND | {"rest_url": "https://api1.example"}])
    assert "got api1.example" in complaint(written(tmp_path, values), {**ENVIRONMENT, "GENESIS_TEST_HOOKS": "1"})


def test_a_venue_may_be_the_reserve_of_another(tmp_path: Path) -> None:
    values = document(tmp_path)
    values["venue"].append(values["venue"][0] | {"name": "second", "reserve_for": "binance"})
    assert [terms.reserve_for for terms in load(written(tmp_path, values), ENVIRONMENT).engine.venues] == ["", "binance"]
    values["arbitrage"] = {"enabled": True}
    assert "arbitrage.enabled: expected false beside a reserve" in complaint(written(tmp_path, values))


def test_a_first_venue_has_one_reserve(tmp_path: Path) -> None:
    values = document(tmp_path)
    values["venue"] += [values["venue"][0] | {"name": name, "reserve_for": "binance"} for name in ("second", "third")]
    assert "venue[2].reserve_for: expected one reserve for each venue, got a second for 'binance'" in complaint(written(tmp_path, values))


CASES = [
    ("venue.0.reserve_for", "binance", "venue[0].reserve_for: expected the name of another [[venue]] that is no reserve, got 'binance'"),
    ("venue.0.reserve_for", "Other", "venue[0].reserve_for: expected the name of another [[venue]], got 'Other' (text)"),
    ("venue.0.fallback", SECOND, "venue[0].fallback: expected a list of tables with rest_url, stream_url and ws_api_url, got"),
    ("venue.0.fallback", ["http://127.0.0.1:2"], "venue[0].fallback[0]: expected a table, got 'http://127.0.0.1:2' (text)"),
    ("venue.0.fallback", [SECOND | {"rest_url": "http://api1.example"}], "venue[0].fallback[0].rest_url: expected https:// for host"),
    ("venue.0.fallback", [SECOND | {"url": "x"}], "venue[0].fallback[0].url: expected a known key, got this one"),
    ("venue.0.fallback", [SECOND, SECOND], "venue[0].fallback: expected each address once, got http://127.0.0.1:2 again; remove it"),
    ("failover.cooldown_ms", 0, "failover.cooldown_ms: expected an integer from 1"),
    ("failover.losses", "3", "failover.losses: expected an integer from 1"),
    ("risk.min_confidence", 1.6, 'risk.min_confidence: expected a decimal text from 0 to 1 such as "0.6", got 1.6 (float)'),
    ("risk.min_confidence", "1.6", "risk.min_confidence: expected a decimal text from 0 to 1"),
    ("risk.min_confidence", 1, "got 1 (integer)"),
    ("risk.min_confidence", "NaN", "got 'NaN' (text)"),
    ("risk.min_confidence", "Infinity", "got 'Infinity' (text)"),
    ("risk.min_confidence", "-0", "got '-0' (text)"),
    ("risk.min_confidence", "6e-1", "got '6e-1' (text)"),
    ("risk.min_confidence", "0,6", "got '0,6' (text)"),
    ("risk.min_confidence", "", "got '' (text)"),
    ("risk.max_order_fraction", "5", "expected a decimal text above 0 to 1"),
    ("risk.max_order_fraction", "0", "expected a decimal text above 0 to 1"),
    ("risk.stop_fraction", "-0.02", "risk.stop_fraction: expected a decimal text above 0"),
    ("risk.min_order_notional", "0", "risk.min_order_notional: expected a decimal text above 0"),
    ("risk.min_order_notional", "1" + "0" * 30, "risk.min_order_notional: expected"),
    ("risk.min_order_notional", "101", "expected at most sniper_max_order (100), got 101"),
    ("risk.min_confidense", "0.6", "risk.min_confidense: expected a known key, got this one; did you mean 'min_confidence'?"),
    ("risk.tiers.HUNTER.capital_from", "499", "risk.tiers.capital_from: expected values that rise from tier to tier"),
    ("risk.tiers.HUNTER.open_positions", 0, "risk.tiers.HUNTER.open_positions: expected an integer from 1 to 1000"),
    ("risk.tiers.HUNTER.order_types", ["ICEBERG"], "risk.tiers.HUNTER.order_types[0]: expected order type of MARKET, LIMIT"),
    ("risk.tiers.WHALE.open_positions", 1, "risk.tiers.WHALE: expected a known key"),
    ("timing.entry_age_ms", "500", "timing.entry_age_ms: expected an integer from 1"),
    ("timing.entry_age_ms", True, "got True (boolean)"),
    ("timing.entry_age_ms", 0, "timing.entry_age_ms: expected an integer from 1"),
    ("timing.entry_age_ms", -1, "got -1 (integer)"),
    ("timing.recv_window_ms", 60_001, "expected an integer from 1 to 60000"),
    ("arbitrage.enabled", "yes", "arbitrage.enabled: expected true or false, got 'yes' (text)"),
    ("arbitrage.start_asset", "usdt", "arbitrage.start_asset: expected an asset in upper case"),
    ("control.port", 70_000, "control.port: expected an integer from 0 to 65535"),
    ("control.metrics_port", -1, "control.metrics_port: expected an integer from 0 to 65535"),
    ("control", {"port": 9_100, "metrics_port": 9_100}, "control.metrics_port: expected another port than control.port, got 9100 for both"),
    ("control.host", "0.0.0.0", "control.host: expected a known key"),
    ("engine.cancel_orders_on_shutdown", 1, "expected true or false, got 1 (integer)"),
    ("risk", "0.6", "risk: expected a table, got '0.6' (text)"),
    ("surprise", {}, "surprise: expected a known key"),
    ("venue", [], "venue: expected at least one [[venue]], got [] (list)"),
    ("venue", {"name": "binance"}, "venue: expected at least one [[venue]]"),
    ("venue.0.name", "Binance", "venue[0].name: expected a name in lower case"),
    ("venue.0.symbols", [], "venue[0].symbols: expected a list of at least one symbol"),
    ("venue.0.symbols", "BTCUSDT", "venue[0].symbols: expected a list"),
    ("venue.0.symbols", ["btcusdt"], "venue[0].symbols[0]: expected symbol in upper case"),
    ("venue.0.symbols", ["BTC USDT"], "venue[0].symbols[0]: expected symbol in upper case"),
    ("venue.0.symbols", ["BTCUSDT", "BTCUSDT"], "venue[0].symbols[1]: expected each entry once, got 'BTCUSDT' again"),
    ("venue.0.taker_fee", 0.001, "venue[0].taker_fee: expected a decimal text from 0 to 0.1"),
    ("venue.0.taker_fee", "0.5", "venue[0].taker_fee: expected a decimal text from 0 to 0.1"),
    ("venue.0.targets", {"BTC": 1.0}, "venue[0].targets.BTC: expected a decimal text"),
    ("venue.0.targets", {"btc": "1"}, "venue[0].targets.btc: expected an asset in upper case"),
    ("venue.0.rest_url", "127.0.0.1:1", "venue[0].rest_url: expected an address"),
    ("venue.0.rest_url", "http://example.com", "venue[0].rest_url: expected https:// for host example.com"),
    ("venue.0.rest_url", "http://user:hunter2@127.0.0.1:1", "without user and password"),
    ("venue.0.ca_file", "ca.pem", "venue[0].ca_file: expected the absolute path of a PEM file, got 'ca.pem'"),
    (
        "venue.0.ca_file",
        "/nowhere/ca.pem",
        "venue[0].ca_file: expected a PEM file with the certificates of authorities, got /nowhere/ca.pem: No such",
    ),
    ("venue.0.ca_file", "/etc/hostname", "venue[0].ca_file: expected a PEM file"),
    ("venue.0.ca_file", "/nowhere/ca.pem", "venue[0].ca_file: expected https:// and wss:// addresses beside it, got a plain one"),
    ("venue.0.verify", False, "venue[0].verify: "),
    ("venue.0.rest_url", "ws://127.0.0.1:1", "venue[0].rest_url: expected an address https://"),
    ("venue.0.ws_api_url", "https://127.0.0.1:1", "venue[0].ws_api_url: expected an address wss://"),
    ("venue.0.stream_url", "ws://127.0.0.1:1 ", "venue[0].stream_url: expected an address"),
    ("venue.0.api_key_env", "key of mine", "venue[0].api_key_env: expected the name of an environment variable"),
    ("venue.0.api_key_env", "GENESIS_NOWHERE", "expected a secret in the environment variable GENESIS_NOWHERE, got nothing; set it"),
    ("venue.0.api_key", "literal", "venue[0].api_key: expected a known key"),
    ("database.url", "postgresql://host/db", "database.url: expected a URL such as"),
    ("database.url", "sqlite:///engine.db", "database.url: expected a URL such as"),
    ("database.url", "sqlite:///:memory:", "database.url: expected a URL such as"),
    ("database.url", "sqlite:////tmp/../tmp/engine.db", "database.url: expected a path without '..'"),
    ("database.url", "sqlite:////no/such/place/engine.db", "expected a file in an existing directory"),
    ("database.url", "sqlite:////tmp", "database.url: expected a file, got the directory /tmp"),
    ("database.anchor", "relative.jsonl", "database.anchor: expected an absolute path"),
]


@pytest.mark.parametrize(("key", "value", "sentence"), CASES, ids=lambda value: str(value)[:40])
def test_a_bad_value_is_named(tmp_path: Path, key: str, value: object, sentence: str) -> None:
    values = document(tmp_path)
    put(values, key, value)
    message = complaint(written(tmp_path, values))
    assert sentence in message
    assert "hunter2" not in message


@pytest.mark.parametrize("key", ["name", "rest_url", "stream_url", "ws_api_url", "api_key_env", "api_secret_env", "symbols"])
def test_a_missing_key_of_a_venue_is_named(tmp_path: Path, key: str) -> None:
    values = document(tmp_path)
    del values["venue"][0][key]
    assert f"venue[0].{key}: expected" in complaint(written(tmp_path, values))
    assert "got nothing; add the key" in complaint(written(tmp_path, values))


def test_two_venues_of_one_name_are_named(tmp_path: Path) -> None:
    values = document(tmp_path)
    values["venue"].append(values["venue"][0])
    assert "venue[1].name: expected each venue once, got 'binance' again" in complaint(written(tmp_path, values))


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    values = document(tmp_path)
    put(values, "risk.min_confidence", 2)
    put(values, "control.port", -1)
    assert len(complaint(written(tmp_path, values)).splitlines()) == 2


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({}, "api_key_env: expected a secret in the environment variable GENESIS_API_KEY, got nothing"),
        ({**ENVIRONMENT, "GENESIS_API_SECRET": "canary\n"}, "api_secret_env: expected a secret in the environment variable"),
        ({**ENVIRONMENT, "GENESIS_CONTROL_TOKEN": "canary"}, "GENESIS_CONTROL_TOKEN: expected at least 16 printable characters"),
    ],
)
def test_bad_secrets_are_named_and_never_shown(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    assert sentence in complaint(written(tmp_path, document(tmp_path)), environment)


SERVER: dict[str, Any] = {
    "url": "postgresql://trader@127.0.0.1:5432,localhost:5433/engine",
    "password_env": "DATABASE_SECRET",
    "commit_timeout_ms": 1500,
}


def on_a_server(directory: Path, **more: Any) -> Path:
    return written(directory, document(directory) | {"database": SERVER | {"anchor": f"{directory}/engine.anchor"} | more})


def test_a_database_may_be_on_several_hosts(tmp_path: Path) -> None:
    config = load(on_a_server(tmp_path), ENVIRONMENT | {"DATABASE_SECRET": "canary-of-the-database"})
    assert isinstance(config.database, PostgresSettings)
    assert config.database.hosts == (("127.0.0.1", 5432), ("localhost", 5433))
    assert (config.database.user, config.database.name, config.database.commit_timeout_ms) == ("trader", "engine", 1500)
    assert config.anchor == tmp_path / "engine.anchor"
    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"url": "postgresql://trader:secret@127.0.0.1:5432/engine"}, "database.url: expected a URL such as"),
        ({"url": "postgresql://trader@127.0.0.1:99999/engine"}, "database.url: expected ports from 1 to 65535"),
        ({"anchor": "/tmp/engine.jsonl"}, "database.anchor: expected a name that ends in .anchor"),
        ({"days": 3}, "database.days: expected this key with a sqlite:// url only, got a postgresql:// one"),
        ({"commit_timeout_ms": 5}, "database.commit_timeout_ms: expected an integer from 100 to 60000"),
        ({"connect_timeout_s": 1}, "database.connect_timeout_s: expected an integer from 2 to 60"),
        ({"password_env": "NOT_THERE"}, "database.password_env: expected a secret in the environment variable NOT_THERE, got nothing"),
        ({"ca_file": "/etc/hosts"}, "database.ca_file: expected a host other than loopback in url"),
    ],
)
def test_mistakes_about_a_server_are_named(tmp_path: Path, more: dict[str, Any], sentence: str) -> None:
    assert sentence in complaint(on_a_server(tmp_path, **more), ENVIRONMENT | {"DATABASE_SECRET": "canary-of-the-database"})


FILES = [
    (b"", "got an empty file"),
    (b"\n\t \n", "got an empty file"),
    (b"\xef\xbb\xbf[database]\n", "without a byte order mark"),
    (b"[database]\nurl = '\xe9'\n", "expected UTF-8, got the byte 0xe9 at position 18"),
    (b"database: {url: x}\n", "expected TOML, got"),
    (b"[control]\nport = 1\nport = 2\n", "expected TOML, got: Cannot overwrite a value"),
    (b"[control]\n[control]\n", "expected TOML, got: Cannot declare"),
    (b"x = " + b"[" * 5_000 + b"]" * 5_000, "expected TOML, got"),
    (b"#" * (MOST_BYTES + 1), f"expected at most {MOST_BYTES} bytes, got more"),
    (b"port = \x00\n", "expected TOML, got"),
]


@pytest.mark.parametrize(("content", "sentence"), FILES, ids=[sentence for _, sentence in FILES])
def test_a_bad_file_is_named(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "engine.toml"
    path.write_bytes(content)
    assert sentence in complaint(path)


def test_windows_line_ends_are_fine(tmp_path: Path) -> None:
    path = written(tmp_path, document(tmp_path))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    load(path, ENVIRONMENT)


def test_a_missing_file_a_directory_and_an_unreadable_name_are_named(tmp_path: Path) -> None:
    assert "got: No such file or directory" in complaint(tmp_path / "absent.toml")
    assert "got: Is a directory" in complaint(tmp_path)
    assert "got: embedded null byte" in complaint(Path("a\x00b"))
    assert "got: File name too long" in complaint(Path("a" * 5_000))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    path = written(tmp_path, document(tmp_path))
    path.chmod(0)
    assert "got: Permission denied" in complaint(path)


def test_the_default_profile_says_the_defaults(tmp_path: Path) -> None:
    profile = Path(__file__).resolve().parents[2] / "profiles" / "default.toml"
    path = tmp_path / "engine.toml"
    path.write_text(profile.read_text().replace("/var/lib/genesis", str(tmp_path)))
    said, silent = load(path, ENVIRONMENT), load(written(tmp_path, document(tmp_path)), ENVIRONMENT)
    assert said.storage == silent.storage
    assert msgspec.structs.replace(said.alerts, file=silent.alerts.file) == silent.alerts
    for table in set(said.engine.__struct_fields__) - {"venues"}:
        assert getattr(said.engine, table) == getattr(silent.engine, table), table
    plain = set(said.engine.__struct_fields__) - {"tilt", "day"}  # whose steps and levels are tables of another form
    kinds = [getattr(said.engine, table) for table in plain]
    for kind in (said.storage, said.alerts, *(kind for kind in kinds if hasattr(kind, "__struct_fields__"))):
        for field in kind.__struct_fields__:
            assert field in profile.read_text(), f"{field} is missing in the profile"
