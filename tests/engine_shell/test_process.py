"""The engine process: command line, exit codes, signals, and the whole path against the mock exchange's process."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
import requests
import tomli_w

from genesis.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 20
SECRET = "canary-of-the-process-tests"
TOKEN = "token-of-the-process-tests"


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("GENESIS_", "MOCK_EXCHANGE_"))}
    return {**kept, "PYTHONPATH": str(ROOT), "GENESIS_API_KEY": "key-of-nobody", "GENESIS_API_SECRET": SECRET, **more}


def genesis(*words: str, **more: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "genesis", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, env=environment(), check=False, **more)


def configuration(directory: Path, venue: dict[str, str] | None = None, **more: Any) -> Path:
    addresses = venue or {"rest_url": "http://127.0.0.1:1", "stream_url": "ws://127.0.0.1:1", "ws_api_url": "ws://127.0.0.1:1/ws-api/v3"}
    values = {
        "database": {"url": f"sqlite:///{directory}/engine.db"},
        "venue": [
            {
                "name": "binance",
                "api_key_env": "GENESIS_API_KEY",
                "api_secret_env": "GENESIS_API_SECRET",
                "symbols": ["BTCUSDT"],
                "targets": {"BTC": "1"},
                **{name: addresses[name] for name in ("rest_url", "stream_url", "ws_api_url")},
            }
        ],
        "timing": {"shutdown_ms": 2_000},
        **more,
    }
    path = directory / "engine.toml"
    path.write_text(tomli_w.dumps(values))
    return path


class Engine:
    """A running engine process."""

    def __init__(self, directory: Path, config: Path, **more: str) -> None:
        self.log = directory / "engine.log"
        self._stderr: IO[bytes] = self.log.open("ab")
        command = [sys.executable, "-m", "genesis", "run", "--config", str(config)]
        variables = environment(GENESIS_CONTROL_TOKEN=TOKEN, GENESIS_INSTANCE="instance-7", **more)
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self._stderr, env=variables, cwd=directory)
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        self.ready: dict[str, Any] = json.loads(line) if line else {}

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = requests.request(method, self.ready["control_url"] + path, json=body, headers=headers, timeout=PATIENCE_S)
        return answer.status_code, answer.json()

    def await_answer(self, path: str, reached: Callable[[Any], bool]) -> Any:
        """Ask until the answer is as wanted; the control API has no events to wait on."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end:
            _, answer = self.ask("GET", path)
            if reached(answer):
                return answer
        raise AssertionError(f"{path}: still {answer}")

    def running(self) -> Any:
        return self.await_answer("/health", lambda answer: answer["state"] == "RUNNING" and all(answer["books"].values()))

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.close()

    def close(self) -> int:
        code = self.process.wait(PATIENCE_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self._stderr.close()
        return code


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Engine]]:
    engines: list[Engine] = []

    def started(config: Path, **more: str) -> Engine:
        engines.append(Engine(tmp_path, config, **more))
        return engines[-1]

    yield started
    for engine in engines:
        if engine.process.poll() is None:
            engine.process.kill()
            engine.close()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    command = [sys.executable, "-m", "libraries.mock_exchange", "--port", "0", "--admin-port", "0"]
    log = (tmp_path_factory.mktemp("exchange") / "exchange.log").open("wb")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, env=environment(), cwd=ROOT)
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())
    process.terminate()
    assert process.wait(PATIENCE_S) == 0
    process.stdout.close()
    log.close()


def admin(exchange: dict[str, Any], method: str, path: str, body: Any = None) -> Any:
    headers = {"Authorization": f"Bearer {exchange['admin_token']}"}
    answer = requests.request(method, exchange["admin_url"] + path, json=body, headers=headers, timeout=PATIENCE_S)
    assert answer.ok, answer.text
    return answer.json()


@pytest.fixture
def account(exchange: dict[str, Any], request: pytest.FixtureRequest) -> dict[str, str]:
    """A new account with 5,000 USDT and 1 BTC, and a book of 99.90 / 100.00."""
    name = f"account-{abs(hash(request.node.nodeid))}"
    keys = admin(exchange, "POST", "/admin/accounts", {"name": name, "balances": {"USDT": "5000", "BTC": "1"}})
    admin(exchange, "PUT", "/admin/book/BTCUSDT", {"bids": [["99.90", "5"]], "asks": [["100.00", "5"]]})
    return {"GENESIS_API_KEY": keys["api_key"], "GENESIS_API_SECRET": keys["api_secret"]}


SIGNAL = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "0.5", "confidence": "0.9"}


def test_from_signal_to_durable_fill_and_through_a_restart(
    tmp_path: Path, exchange: dict[str, Any], account: dict[str, str], start: Callable[..., Engine]
) -> None:
    config = configuration(tmp_path, exchange)
    engine = start(config, **account)
    assert engine.ready["instance"] == "instance-7"
    assert engine.ready["token"] == TOKEN
    health = engine.running()
    assert health["package_path"] == str(ROOT / "genesis")
    status, answer = engine.ask("POST", "/signals", SIGNAL)
    assert status == 201
    fills = engine.await_answer("/fills", bool)
    assert [(fill["client_order_id"], fill["quantity"], fill["price"]) for fill in fills] == [(answer["client_order_id"], "0.5", "100")]
    status, cut = engine.ask("POST", "/control/quiesce", {"timeout_ms": 5_000})
    assert status == 200
    before = engine.ask("GET", "/state")[1]
    assert before["journal_seq"] == cut["journal_seq"]
    assert engine.end() == 0
    database = sqlite3.connect(tmp_path / "engine.db")
    orders = database.execute("SELECT purpose, executed, state FROM orders ORDER BY client_order_id").fetchall()
    assert orders == [("ENTRY", "0.5", "FILLED"), ("STOP", "0", "OPEN")]
    assert database.execute("SELECT kind FROM events ORDER BY seq DESC LIMIT 1").fetchone() == ("EngineStopped",)
    database.close()
    assert not (tmp_path / "engine.db-wal").exists()
    again = start(config, **account)
    assert again.running()["epoch"] == 2
    after = again.ask("GET", "/state")[1]
    assert after["digest"] == before["digest"]
    assert again.ask("POST", "/signals", {**SIGNAL, "side": "SELL", "quantity": "0.4", "purpose": "EXIT"})[0] == 201
    assert len(again.await_answer("/fills", lambda fills: len(fills) == 2)) == 2
    assert again.end(signal.SIGINT) == 0
    report = genesis("audit", "--database", f"sqlite:///{tmp_path}/engine.db")
    assert (report.returncode, json.loads(report.stdout)["verdict"]) == (0, "held")


def test_kill_9_then_recovery_and_the_next_order_fills(
    tmp_path: Path, exchange: dict[str, Any], account: dict[str, str], start: Callable[..., Engine]
) -> None:
    config = configuration(tmp_path, exchange)
    engine = start(config, **account)
    engine.running()
    engine.ask("POST", "/signals", SIGNAL)
    engine.end(signal.SIGKILL)  # wherever the order is by now
    again = start(config, **account)
    again.running()
    assert len(again.await_answer("/fills", bool)) == 1
    assert again.ask("POST", "/signals", {**SIGNAL, "side": "SELL", "quantity": "0.4", "purpose": "EXIT"})[0] == 201
    again.await_answer("/fills", lambda fills: len(fills) == 2)
    assert again.end() == 0
    assert json.loads(genesis("audit", "--database", f"sqlite:///{tmp_path}/engine.db").stdout)["verdict"] == "held"


def test_a_second_engine_on_the_same_database_is_refused(tmp_path: Path, start: Callable[..., Engine]) -> None:
    config = configuration(tmp_path)
    engine = start(config)
    second = genesis("run", "--config", str(config))
    assert second.returncode == 4
    assert f"expected to be the only engine on this database, but process {engine.process.pid} holds engine.db.lock" in second.stderr
    assert second.stdout == ""
    assert len(second.stderr.splitlines()) == 1
    assert engine.end() == 0
    assert start(config).end() == 0


def test_no_secret_is_written_anywhere(tmp_path: Path, start: Callable[..., Engine]) -> None:
    engine = start(configuration(tmp_path))
    engine.ask("GET", "/state")
    assert engine.end() == 0
    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert SECRET.encode() not in content, path
        assert TOKEN.encode() not in content, path
        assert path.name in ("engine.toml", "engine.log") or path.stat().st_mode & 0o077 == 0, path


def test_refused_credentials_at_the_start_are_exit_code_5(tmp_path: Path, exchange: dict[str, Any]) -> None:
    ended = genesis("run", "--config", str(configuration(tmp_path, exchange)))  # the environment's keys are nobody's
    assert ended.returncode == 5
    assert "GENESIS-1901" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_taken_control_port_is_exit_code_8(tmp_path: Path, start: Callable[..., Engine]) -> None:
    first = tmp_path / "first"
    second = tmp_path / "second"
    first.mkdir()
    second.mkdir()
    engine = start(configuration(first))
    port = int(engine.ready["control_url"].rsplit(":", 1)[1])
    refused = genesis("run", "--config", str(configuration(second, control={"port": port})))
    assert refused.returncode == 8
    assert f"control.port: expected a free port on 127.0.0.1, got {port}" in refused.stderr
    refused = genesis("run", "--config", str(configuration(second, control={"metrics_port": port})))
    assert refused.returncode == 8
    assert f"control.metrics_port: expected a free port on 127.0.0.1, got {port}" in refused.stderr
    assert engine.end() == 0


def test_a_second_sigterm_does_not_wait_and_nothing_is_corrupt(tmp_path: Path, start: Callable[..., Engine]) -> None:
    config = configuration(tmp_path)
    engine = start(config)
    rival = sqlite3.connect(tmp_path / "engine.db", isolation_level=None)
    rival.execute("BEGIN IMMEDIATE")
    engine.process.send_signal(signal.SIGTERM)
    end = time.monotonic() + PATIENCE_S
    while "stopping" not in engine.log.read_text():  # two signals at once would be one
        assert time.monotonic() < end
    assert engine.end() == 143
    rival.close()
    assert start(config).end() == 0
    assert json.loads(genesis("audit", "--database", f"sqlite:///{tmp_path}/engine.db").stdout)["verdict"] == "held"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "genesis: the following arguments are required: run|check-config|audit"),
        (("fly",), "genesis: argument run|check-config|audit|rebuild|backup|restore|backtest: invalid choice: 'fly'"),
        (("run",), "genesis: the following arguments are required: --config"),
        (("run", "--config"), "genesis: argument --config: expected one argument"),
        (("run", "--conf", "x"), "genesis: "),
        (("run", "--config", "a", "--config", "b"), "genesis: --config: expected once, got twice"),
        (("run", "--config", "x", "--fast"), "genesis: unrecognized arguments: --fast"),
        (("check-config", "--config", "x", "\u202eevil\n"), "genesis: unrecognized arguments"),
        (("audit", "--database", "engine.db"), "--database: expected a URL such as sqlite:////"),
    ],
)
def test_a_bad_command_line_is_exit_code_2(words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]) -> None:
    try:
        code: object = main(words)
    except SystemExit as left:
        code = left.code
    said = capsys.readouterr()
    assert code == 2
    assert sentence in said.err
    assert len(said.err.splitlines()) == 1
    assert said.out == ""


def test_exit_codes_are_those_of_the_process() -> None:
    assert genesis("fly").returncode == 2


def test_a_bad_configuration_is_exit_code_3_with_one_line_per_mistake(tmp_path: Path) -> None:
    config = configuration(tmp_path, risk={"min_confidence": 1.6}, control={"port": -1})
    for command in ("check-config", "run"):
        done = genesis(command, "--config", str(config))
        assert done.returncode == 3
        assert 'genesis: configuration: risk.min_confidence: expected a decimal text from 0 to 1 such as "0.6", got 1.6 (float)' in (
            done.stderr.splitlines()
        )
        assert len(done.stderr.splitlines()) == 2
    assert not (tmp_path / "engine.db").exists()


def test_a_valid_configuration_is_said_to_be_valid(tmp_path: Path) -> None:
    done = genesis("check-config", "--config", str(configuration(tmp_path)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("valid, digest ")


def test_audit_of_something_else_is_exit_code_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["audit", "--database", f"sqlite:///{tmp_path}/absent.db"]) == 4
    (tmp_path / "empty.db").touch()
    assert main(["audit", "--database", f"sqlite:///{tmp_path}/empty.db"]) == 4
    assert "got no such file" in capsys.readouterr().err.splitlines()[0]


def test_a_flipped_byte_is_exit_code_6_of_the_audit_and_4_of_a_start(tmp_path: Path, start: Callable[..., Engine]) -> None:
    engine = start(configuration(tmp_path))
    engine.ask("GET", "/state")
    engine.end(signal.SIGKILL)  # no snapshot: the next start folds everything
    path = tmp_path / "engine.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    content = path.read_bytes()
    position = content.index(b'"reason":"started"')
    path.write_bytes(content[: position + 10] + b"S" + content[position + 11 :])
    done = genesis("audit", "--database", f"sqlite:///{path}")
    assert done.returncode == 6
    assert any("chain broken at event" in violation for violation in json.loads(done.stdout)["violations"])
    refused = genesis("run", "--config", str(tmp_path / "engine.toml"))
    assert refused.returncode == 4
    assert "genesis: GENESIS-3902" in refused.stderr


def test_a_closed_stdout_does_not_stop_the_engine(tmp_path: Path) -> None:
    config = configuration(tmp_path)
    command = [sys.executable, "-m", "genesis", "run", "--config", str(config)]
    reader, writer = os.pipe()
    os.close(reader)
    with (tmp_path / "engine.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=writer, stderr=log, env=environment())
        os.close(writer)
        end = time.monotonic() + PATIENCE_S
        while not (tmp_path / "engine.db.anchor").exists() or not (tmp_path / "engine.db.anchor").read_text():
            assert time.monotonic() < end
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
