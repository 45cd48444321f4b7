"""The configuration of a backtest: the engine's own file, with a table `[backtest]`. Addresses, keys and database are not looked at."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from genesis.backtesting.settings import BacktestSettings, GeneratorSettings
from genesis.config import HOOKS_VARIABLE, engine_settings, parse, venue_tables, venue_terms
from genesis.core.codec import to_plain
from genesis.core.errors import ConfigError
from genesis.core.models import SymbolRules
from genesis.core.money import ONE, ZERO
from genesis.core.settings import EngineSettings, VenueTerms
from genesis.core.strict import Table

_ADDRESSES: Final = (
    "rest_url",
    "stream_url",
    "ws_api_url",
    "api_key_env",
    "api_secret_env",
    "ca_file",
    "stream_format",
    "time_unit",
    "trade_stream",
)
_QUOTES: Final = ("USDT", "USDC", "FDUSD", "BTC", "ETH", "BNB", "EUR")
_ASSET: Final = re.compile(r"[A-Z0-9]{2,10}")
_DAY_MS: Final = 86_400_000
_YEAR_9999_MS: Final = 253_402_300_799_999


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A valid configuration. `digest` is sha256 (hex) over all of it that the result depends on."""

    engine: EngineSettings
    backtest: BacktestSettings
    digest: str


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Plan:
    """Read and check the file. Strategies for tests are there with GENESIS_TEST_HOOKS=1 only.

    Raises:
        ConfigError: with one line per mistake, each naming the key, what was expected and what came.
    """
    errors: list[str] = []
    root = Table(parse(path), "", errors)
    root.ignore("database", "control", "alerts")
    terms = []
    for table in venue_tables(root):
        terms.append(venue_terms(table))
        table.ignore(*_ADDRESSES)
        table.close()
    engine = engine_settings(root, tuple(terms), test_hooks=environment.get(HOOKS_VARIABLE) == "1")
    backtest = _backtest(root.table("backtest"), engine.venues)
    root.close()
    if errors:
        raise ConfigError("\n".join(errors))
    digest = hashlib.sha256(msgspec.json.encode([to_plain(engine), to_plain(backtest)])).hexdigest()
    return Plan(engine=engine, backtest=backtest, digest=digest)


def _backtest(table: Table, venues: tuple[VenueTerms, ...]) -> BacktestSettings:
    base = BacktestSettings()
    settings = BacktestSettings(
        balances=_balances(table, base.balances),
        half_spread=table.amount("half_spread", base.half_spread, low=ZERO, high=Decimal("0.5")),
        slippage=table.amount("slippage", base.slippage, low=ZERO, high=Decimal("0.5")),
        impact=table.amount("impact", base.impact, low=ZERO, high=Decimal("0.4")),
        depth=table.amount("depth", base.depth, low=ZERO, above=True),
        latency_ms=table.integer("latency_ms", base.latency_ms, low=1, high=10_000),
        timer_ms=table.integer("timer_ms", base.timer_ms, low=1, high=60_000),
        sample_ms=table.integer("sample_ms", base.sample_ms, low=1_000, high=_DAY_MS),
        max_drawdown=table.amount("max_drawdown", base.max_drawdown, low=ZERO, high=ONE, above=True),
        risk_free=table.amount("risk_free", base.risk_free, low=ZERO, high=ONE),
        generator=_generator(table.table("generator")),
        rules=_rules(table.table("symbol"), venues),
    )
    table.close()
    return settings


def _balances(table: Table, default: dict[str, Decimal]) -> dict[str, Decimal]:
    if "balances" not in table:
        table.ignore("balances")
        return default
    given, balances = table.raw("balances"), table.table("balances")
    amounts = {}
    for asset in given if isinstance(given, dict) else ():
        if not _ASSET.fullmatch(asset):
            balances.wrong(asset[:20], "an asset in upper case such as USDT", "another text")
        amounts[asset] = balances.amount(asset, Decimal(10_000), low=ZERO)
    if not any(amounts.values()):
        table.wrong("balances", 'at least one amount above 0 such as { USDT = "10000" }', "none")
    return amounts


def _generator(table: Table) -> GeneratorSettings:
    base = GeneratorSettings()
    settings = GeneratorSettings(
        start=table.amount("start", base.start, low=ZERO, above=True),
        volatility=table.amount("volatility", base.volatility, low=ZERO, high=Decimal("0.1")),
        drift=_signed(table, "drift", base.drift),
        reversion=table.amount("reversion", base.reversion, low=ZERO, high=ONE),
        volume=table.amount("volume", base.volume, low=ZERO, above=True),
        interval_ms=table.integer("interval_ms", base.interval_ms, low=1_000, high=_DAY_MS),
        start_ms=table.integer("start_ms", base.start_ms, low=1, high=_YEAR_9999_MS),
    )
    table.close()
    return settings


def _signed(table: Table, key: str, default: Decimal) -> Decimal:
    text = table.text(key, re.compile(r"-?0(\.[0-9]{1,12})?"), 'a decimal text between "-1" and "1" such as "0.0001"', str(default))
    return Decimal(text)


def _rules(table: Table, venues: tuple[VenueTerms, ...]) -> tuple[SymbolRules, ...]:
    """The rules of every symbol: those of a real venue's exchangeInfo differ, so each can be stated."""
    rules: list[SymbolRules] = []
    for symbol in sorted({symbol for terms in venues for symbol in terms.symbols}):
        of_symbol = _of_symbol(table.table(symbol), symbol)
        rules += [msgspec.structs.replace(of_symbol, venue=terms.name) for terms in venues if symbol in terms.symbols]
    table.close()
    return tuple(rules)


def _of_symbol(table: Table, symbol: str) -> SymbolRules:
    quote = next((each for each in _QUOTES if symbol.endswith(each) and symbol != each), None)
    base = symbol.removesuffix(quote) if quote is not None else None
    rules = SymbolRules(
        venue="",
        symbol=symbol,
        base=table.text("base", _ASSET, f"the base asset of {symbol}", base),
        quote=table.text("quote", _ASSET, f"the quote asset of {symbol}", quote),
        status="TRADING",
        tick_size=table.amount("tick_size", Decimal("0.01"), low=ZERO),
        min_price=table.amount("min_price", Decimal("0.01"), low=ZERO),
        max_price=table.amount("max_price", Decimal(1_000_000), low=ZERO),
        step_size=table.amount("step_size", Decimal("0.00001"), low=ZERO),
        min_qty=table.amount("min_qty", Decimal("0.00001"), low=ZERO),
        max_qty=table.amount("max_qty", Decimal(9_000), low=ZERO),
        min_notional=table.amount("min_notional", Decimal(5), low=ZERO),
    )
    table.close()
    return rules
