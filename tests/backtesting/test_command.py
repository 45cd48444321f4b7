"""`python -m genesis backtest` as a process: what it writes, what it says, how it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
[[venue]]
name = "binance"
symbols = ["BTCUSDT"]
[backtest]
sample_ms = 60_000
balances = { USDT = "1000", BTC = "1" }
"""
KLINES = "\n".join(
    f"{1700006400000 + 60_000 * n},{100 + n},{102 + n},{99 + n},{101 + n},8.0,{1700006459999 + 60_000 * n},800.0,4,4.0,400.0,0"
    for n in range(20)
)


def backtest(tmp_path: Path, *words: str, config: str = CONFIG) -> subprocess.CompletedProcess[str]:
    (tmp_path / "engine.toml").write_text(config, encoding="utf-8")
    command = [sys.executable, "-m", "genesis", "backtest", "--config", str(tmp_path / "engine.toml"), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
    assert "Traceback" not in done.stderr, done.stderr
    return done


def test_a_dump_becomes_a_result_and_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT-1m.csv").write_text(KLINES, encoding="utf-8")
    done = backtest(tmp_path, "--data", str(tmp_path / "BTCUSDT-1m.csv"), "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert "100%" in done.stderr, "a progress bar"
    result = json.loads((tmp_path / "out" / "result.json").read_text(encoding="utf-8"))
    assert result["balance"] == {"start": "1100", "end": "1120", "gross_pnl": "0", "fees": "0", "revaluation": "20"}
    assert (result["prints"], result["metrics"]["trades"], result["stopped"]) == (80, 0, None)
    assert result["data"][0].startswith("binance/BTCUSDT BTCUSDT-1m.csv ")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    picture = ElementTree.fromstring(page[page.index("<svg") : page.index("</svg>") + 6])
    assert picture.tag.endswith("svg")
    assert not re.findall(r"(?:src|href)=\"(?!#)", re.sub(r"xlink:href=\"#", "", page)), "nothing is loaded from elsewhere"
    assert "1120" in page


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    def written(seed: str, name: str) -> tuple[bytes, bytes]:
        done = backtest(tmp_path, "--generate", "200", "--seed", seed, "--out", str(tmp_path / name), "--quiet")
        assert (done.returncode, done.stderr) == (0, "")
        return (tmp_path / name / "result.json").read_bytes(), (tmp_path / name / "report.html").read_bytes()

    first = written("7", "a")
    assert written("7", "b") == first
    assert written("8", "c")[0] != first[0]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--generate", "5"], 2, "the following arguments are required: --out"),
        (["--generate", "0", "--out", "{out}"], 2, "expected a whole number above 0, got '0'"),
        (["--generate", "many", "--out", "{out}"], 2, "expected a whole number above 0, got 'many'"),
        (["--out", "{out}"], 2, "expected either --data FILE ... or --generate BARS, got neither"),
        (["--data", "x.csv", "--generate", "5", "--out", "{out}"], 2, "got both"),
        (["--generate", "5", "--out", "{config}"], 2, "expected a directory that can be made, got: File exists"),
        (["--data", "SOLUSDT=x.csv", "--out", "{out}"], 2, "expected a symbol of the configuration (binance/BTCUSDT) before '='"),
        (["--data", "nowhere/BTCUSDT.csv", "--out", "{out}"], 9, "expected a readable file, got: No such file or directory"),
        (["--data", "prices.csv", "--out", "{out}"], 9, "expected a name that begins with a symbol of the configuration (BTCUSDT)"),
        (["--data", "BTCUSDT={config}", "--out", "{out}"], 9, "line 1: expected a header with the columns of one of the dumps"),
    ],
)
def test_a_mistake_on_the_command_line_or_in_the_data_is_named(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    names = {"out": tmp_path / "out", "config": tmp_path / "engine.toml"}
    done = backtest(tmp_path, *(word.format(**names) for word in words))
    assert (done.returncode, said in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "out" / "result.json").exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ("slippage = 0.1", "backtest.slippage: expected a decimal text from 0 to 0.5"),
        ("slipage = '0.1'", "backtest.slipage: expected a known key, got this one; did you mean 'slippage'?"),
        ("latency_ms = 0", "backtest.latency_ms: expected an integer from 1 to 10000"),
        ("max_drawdown = '1.5'", "backtest.max_drawdown: expected a decimal text above 0 to 1"),
        ("symbol.ETHUSDT.tick_size = '0.01'", "backtest.symbol.ETHUSDT: expected a known key"),
        ("generator.drift = 'up'", "backtest.generator.drift: expected a decimal text between"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(tmp_path: Path, changes: str, said: str) -> None:
    done = backtest(tmp_path, "--generate", "5", "--out", str(tmp_path / "out"), config=CONFIG + changes)
    assert (done.returncode, said in done.stderr) == (3, True), done.stderr


def test_a_symbol_without_data_is_named(tmp_path: Path) -> None:
    (tmp_path / "BTCUSDT-1m.csv").write_text(KLINES, encoding="utf-8")
    config = CONFIG.replace('["BTCUSDT"]', '["BTCUSDT", "ETHUSDT"]')
    done = backtest(tmp_path, "--data", str(tmp_path / "BTCUSDT-1m.csv"), "--out", str(tmp_path / "out"), config=config)
    assert done.returncode == 9
    assert "expected a file for every symbol of the configuration, got none for binance/ETHUSDT" in done.stderr


def test_files_of_one_symbol_that_overlap_are_named(tmp_path: Path) -> None:
    for name in ("BTCUSDT-1.csv", "BTCUSDT-2.csv"):
        (tmp_path / name).write_text(KLINES, encoding="utf-8")
    done = backtest(tmp_path, "--data", *(str(tmp_path / f"BTCUSDT-{n}.csv") for n in (1, 2)), "--out", str(tmp_path / "out"))
    assert done.returncode == 9
    assert "where the file before it ends" in done.stderr


def test_the_configuration_of_a_running_engine_serves_without_its_secrets(tmp_path: Path) -> None:
    config = (ROOT / "profiles" / "default.toml").read_text(encoding="utf-8")
    done = backtest(tmp_path, "--generate", "5", "--out", str(tmp_path / "out"), config=config)
    assert done.returncode == 0, done.stderr


def test_the_help_says_how_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "genesis", "backtest", "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    for word in ("--config", "--data", "--generate", "--seed", "--out", "Example:", "exit codes:", "9 recorded data"):
        assert word in done.stdout
