"""The strategies of the configuration: every mistake has a sentence that names the key, what was expected and what came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from genesis.config import HOOKS_VARIABLE, load
from genesis.core.models import Execution
from tests.engine_shell.test_config import ENVIRONMENT, complaint, document, put, written

HOOKS = {**ENVIRONMENT, HOOKS_VARIABLE: "1"}


def one(**changes: Any) -> dict[str, Any]:
    return {"name": "one", "kind": "probe", "symbols": ["BTCUSDT"], "capital_share": "0.5", **changes}


def with_strategies(directory: Path, *strategies: dict[str, Any], **sections: Any) -> Path:
    return written(directory, {**document(directory), "strategy": list(strategies), **sections})


def test_a_strategy_is_read_with_its_defaults(tmp_path: Path) -> None:
    terms = load(
        with_strategies(tmp_path, one(interval="1s", execution="ICEBERG", parameters={"plan": "101:BUY"})), HOOKS
    ).engine.strategies
    assert [(t.name, t.venue, t.symbols, t.interval_ms, t.priority, t.execution) for t in terms] == [
        ("one", "binance", ("BTCUSDT",), 1_000, 0, Execution.ICEBERG)
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": "One"}, ("strategy[0].name", "'One'")),
        ({"name": "external"}, ("strategy[0].name", "none of the engine's own", "'external'")),
        ({"kind": "probes"}, ("kind: expected one of", "'probes'", "did you mean 'probe'")),
        ({"symbols": ["ETHUSDT"]}, ("strategy[0].symbols[0]", "a symbol of venue binance (BTCUSDT)", "'ETHUSDT'")),
        ({"symbols": []}, ("strategy[0].symbols", "at least one")),
        ({"venue": "kraken"}, ("strategy[0].venue", "binance", "'kraken'")),
        ({"priority": "high"}, ("strategy[0].priority", "integer", "'high'")),
        ({"capital_share": "0"}, ("strategy[0].capital_share", "above 0", "'0'")),
        ({"capital_share": 0.5}, ("strategy[0].capital_share", "decimal text", "0.5 (float)")),
        ({"interval": "7m"}, ("strategy[0].interval", "1m", "'7m'")),
        ({"execution": "VWAP"}, ("strategy[0].execution", "TWAP", "'VWAP'")),
        ({"parameters": {"plan": 5}}, ("strategy[0].parameters.plan", "a text", "5 (integer)")),
        ({"parameters": {"plann": "101:BUY"}}, ("parameters.plann", "expected one of plan")),
        ({"parameters": {"plan": "101-BUY"}}, ("parameters.plan", "101:BUY", "'101-BUY'")),
        ({"prioritty": 1}, ("strategy[0].prioritty", "did you mean 'priority'")),
    ],
)
def test_a_wrong_value_is_named(tmp_path: Path, changes: dict[str, Any], words: tuple[str, ...]) -> None:
    said = complaint(with_strategies(tmp_path, one(**changes)), HOOKS)
    assert all(word in said for word in words), said


def with_a_reserve(directory: Path, strategy: dict[str, Any], symbols: list[str]) -> Path:
    first = document(directory)["venue"][0] | {"symbols": ["BTCUSDT", "ETHUSDT"]}
    reserve = first | {"name": "second", "reserve_for": "binance", "symbols": symbols}
    return with_strategies(directory, strategy, venue=[first, reserve])


def test_a_strategy_is_rerouted_unless_it_says_otherwise(tmp_path: Path) -> None:
    def read(**changes: Any) -> bool:
        return load(with_a_reserve(tmp_path, one(**changes), ["BTCUSDT"]), HOOKS).engine.strategies[0].reroute

    assert [read(), read(reroute=True), read(reroute=False)] == [True, True, False]
    assert read(symbols=["BTCUSDT", "ETHUSDT"]), "as far as the reserve lists them"


def test_who_asks_to_be_rerouted_is_told_what_is_missing(tmp_path: Path) -> None:
    said = complaint(with_a_reserve(tmp_path, one(reroute=True, symbols=["BTCUSDT", "ETHUSDT"]), ["BTCUSDT"]), HOOKS)
    assert "strategy[0].reroute: expected false, or symbols that the reserve second lists too (BTCUSDT), got true with ETHUSDT" in said
    alone = complaint(with_strategies(tmp_path, one(reroute=True)), HOOKS)
    assert "strategy[0].reroute: expected false, or a [[venue]] with reserve_for = 'binance', got true" in alone
    at_the_reserve = complaint(with_a_reserve(tmp_path, one(reroute=True, venue="second"), ["BTCUSDT"]), HOOKS)
    assert "strategy[0].reroute: expected false, or a [[venue]] with reserve_for = 'second', got true" in at_the_reserve
    assert "strategy[0].reroute: expected true or false, got 'yes'" in complaint(with_strategies(tmp_path, one(reroute="yes")), HOOKS)


def test_names_and_shares_are_judged_together(tmp_path: Path) -> None:
    assert "each name once" in complaint(with_strategies(tmp_path, one(), one()), HOOKS)
    said = complaint(with_strategies(tmp_path, one(), one(name="two", capital_share="0.6")), HOOKS)
    assert "strategy.capital_share: expected shares of at most 1 in all" in said
    assert "1.1" in said


def test_a_kind_for_tests_is_unknown_without_test_hooks(tmp_path: Path) -> None:
    assert "got 'probe'" in complaint(with_strategies(tmp_path, one()))


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("runtime.errors_to_pause", 0, ("runtime.errors_to_pause", "from 1")),
        ("market_states.smoothing_bars", 55, ("market_states.smoothing_bars", "at least 56 for these periods", "55")),
        ("market_states.flash_fall", "1.1", ("market_states.flash_fall", "above 0 to 1", "1.1")),
        ("market_states.flash", 1, ("market_states.flash", "did you mean 'flash_fall'")),
        ("kelly.least_trades", 0, ("kelly.least_trades", "from 1")),
        ("kelly.cap", 0.5, ("kelly.cap", "a decimal text", "0.5 (float)")),
        ("runtime.watchdog_ms", 100, ("runtime.watchdog_ms", "more than cycle_budget_ms (100)")),
        ("runtime.watchdog", 100, ("runtime.watchdog", "did you mean 'watchdog_ms'")),
        ("execution.slippage", "2", ("execution.slippage", "0 to 1")),
        ("execution.twap_shortest_ms", 2_000_000, ("execution.twap_shortest_ms", "at most twap_longest_ms")),
        ("risk.trades_a_day", 0, ("risk.trades_a_day", "from 1")),
        ("strategy", "momentum", ("strategy", "[[strategy]]")),
    ],
)
def test_a_wrong_limit_is_named(tmp_path: Path, key: str, value: object, words: tuple[str, ...]) -> None:
    values = document(tmp_path)
    put(values, key, value)
    said = complaint(written(tmp_path, values))
    assert all(word in said for word in words), said
