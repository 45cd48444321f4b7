"""The strategies of the configuration file: `[[strategy]]`, `[runtime]`, `[execution]`, `[market_states]`, `[kelly]`. Whatever is
wrong is named by its key."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from genesis.core.models import Execution
from genesis.core.money import ONE, ZERO
from genesis.core.settings import INTERVALS_MS, EngineSettings, ExecutionSettings, RuntimeSettings, StrategyTerms, VenueTerms
from genesis.core.strategy_settings import KellySettings, MarketSettings
from genesis.core.strict import Table, shown
from genesis.strategies import registry
from genesis.strategies.sniper.simple_arbitrage import NAME as ARBITRAGE

_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_RESERVED: Final = (ARBITRAGE, "external", "stop-loss", "emergency-close")
_DAY_MS: Final = 86_400_000
_MOST: Final = 1_000


def strategies(root: Table, venues: tuple[VenueTerms, ...]) -> tuple[StrategyTerms, ...]:
    """The `[[strategy]]` tables; none = no strategies on bars."""
    entries = root.raw("strategy")
    if entries is None:
        return ()
    if not isinstance(entries, list) or len(entries) > _MOST:
        root.wrong("strategy", f"at most {_MOST} tables [[strategy]]", shown(entries))
        return ()
    terms = tuple(_strategy(Table(entry, f"strategy[{index}]", root.errors), venues) for index, entry in enumerate(entries))
    names = [one.name for one in terms]
    for index, name in enumerate(names):
        if name in names[:index] or name in _RESERVED:
            root.wrong(f"strategy[{index}].name", "each name once, and none of the engine's own", f"{name!r}; rename it")
    shares = sum((one.capital_share for one in terms), ZERO)
    if shares > ONE:
        root.wrong("strategy.capital_share", "shares of at most 1 in all: there is one pool", f"{shares}; lower some")
    return terms


def check_kinds(settings: EngineSettings, errors: list[str]) -> None:
    """Make every strategy once: its kind says what is wrong with its parameters."""
    for index, terms in enumerate(settings.strategies):
        try:
            registry.make(settings, terms)
        except (ValueError, ArithmeticError) as error:
            errors.append(f"strategy[{index}] {terms.name}: {error}")


def _strategy(table: Table, venues: tuple[VenueTerms, ...]) -> StrategyTerms:
    names = {terms.name: terms for terms in venues}
    venue = table.text("venue", re.compile("|".join(map(re.escape, names)) or r"(?!)"), f"one of {', '.join(names)}", next(iter(names), ""))
    symbols = table.texts("symbols", re.compile(r"[A-Z0-9]{5,20}"), 'symbol in upper case such as "BTCUSDT"')
    for index, symbol in enumerate(symbols):
        if venue in names and symbol not in names[venue].symbols:
            table.wrong(f"symbols[{index}]", f"a symbol of venue {venue} ({', '.join(names[venue].symbols)})", repr(symbol))
    _check_reroute(table, venue, symbols, venues)
    terms = StrategyTerms(
        name=table.text("name", _NAME, 'a name in lower case such as "momentum-btc"'),
        kind=table.text("kind", re.compile(r"[a-z][a-z0-9_]{0,39}"), f"one of {', '.join(registry.KINDS)}"),
        venue=venue,
        symbols=symbols,
        priority=table.integer("priority", 0, low=-1_000, high=1_000),
        capital_share=table.amount("capital_share", ONE, low=ZERO, high=ONE, above=True),
        interval_ms=INTERVALS_MS.get(_interval(table), 60_000),
        execution=_execution(table),
        parameters=_parameters(table),
        reroute=table.boolean("reroute", True),
    )
    table.close()
    return terms


def _check_reroute(table: Table, venue: str, symbols: tuple[str, ...], venues: tuple[VenueTerms, ...]) -> None:
    """Who asks for it gets it for each symbol; who says nothing is rerouted as far as there is a reserve that lists them."""
    if "reroute" not in table or not table.boolean("reroute", True):
        return
    reserve = next((terms for terms in venues if terms.reserve_for == venue), None)
    if reserve is None:
        table.wrong("reroute", f"false, or a [[venue]] with reserve_for = {venue!r}", "true, and no venue is the reserve of that one")
        return
    missing = [symbol for symbol in symbols if symbol not in reserve.symbols]
    if missing:
        expected = f"false, or symbols that the reserve {reserve.name} lists too ({', '.join(reserve.symbols)})"
        table.wrong("reroute", expected, f"true with {', '.join(missing)}")


def _interval(table: Table) -> str:
    return table.text("interval", re.compile("|".join(INTERVALS_MS)), f"one of {', '.join(INTERVALS_MS)}", "1m")


def _execution(table: Table) -> Execution:
    words = [word.value for word in Execution]
    word = table.text("execution", re.compile("|".join(words)), f"one of {', '.join(words)}", Execution.PLAIN.value)
    return Execution(word) if word in words else Execution.PLAIN


def _parameters(table: Table) -> dict[str, str]:
    """Texts, whatever the kind makes of them."""
    given: Any = table.raw("parameters")
    if given is None:
        return {}
    if not isinstance(given, dict):
        table.wrong("parameters", "a table of texts", shown(given))
        return {}
    for key, value in given.items():
        if not isinstance(value, str):
            table.wrong(f"parameters.{key[:40]}", 'a text such as "20"', shown(value))
    return {key: value for key, value in given.items() if isinstance(value, str)}


def runtime(table: Table) -> RuntimeSettings:
    """`[runtime]`: budgets and limits of all strategies."""
    base = RuntimeSettings()
    may_be_zero = ("bar_grace_ms",)
    values = {
        field: table.integer(field, getattr(base, field), low=0 if field in may_be_zero else 1, high=_DAY_MS)
        for field in RuntimeSettings.__struct_fields__
    }
    if values["watchdog_ms"] <= values["cycle_budget_ms"]:
        table.wrong("watchdog_ms", f"more than cycle_budget_ms ({values['cycle_budget_ms']})", str(values["watchdog_ms"]))
    table.close()
    return RuntimeSettings(**values)


def execution(table: Table) -> ExecutionSettings:
    """`[execution]`: icebergs and TWAPs."""
    base = ExecutionSettings()
    settings = ExecutionSettings(
        slippage=table.amount("slippage", base.slippage, low=ZERO, high=ONE, above=True),
        iceberg_above=table.amount("iceberg_above", base.iceberg_above, low=ZERO),
        iceberg_slice=table.amount("iceberg_slice", base.iceberg_slice, low=ZERO, above=True),
        iceberg_slices=table.integer("iceberg_slices", base.iceberg_slices, low=1, high=1_000),
        iceberg_variation=table.amount("iceberg_variation", base.iceberg_variation, low=ZERO, high=Decimal("0.9")),
        twap_shortest_ms=table.integer("twap_shortest_ms", base.twap_shortest_ms, low=1, high=_DAY_MS),
        twap_longest_ms=table.integer("twap_longest_ms", base.twap_longest_ms, low=1, high=_DAY_MS),
        twap_slice_ms=table.integer("twap_slice_ms", base.twap_slice_ms, low=1, high=_DAY_MS),
        twap_participation=table.amount("twap_participation", base.twap_participation, low=ZERO, high=ONE, above=True),
    )
    if settings.twap_shortest_ms > settings.twap_longest_ms:
        table.wrong("twap_shortest_ms", f"at most twap_longest_ms ({settings.twap_longest_ms})", str(settings.twap_shortest_ms))
    table.close()
    return settings


def market_states(table: Table) -> MarketSettings:
    """`[market_states]`: what a market is like (R32), flash crashes (R23), correlation of returns (R10)."""
    base = MarketSettings()
    settings = MarketSettings(
        flash_fall=table.amount("flash_fall", base.flash_fall, low=ZERO, high=ONE, above=True),
        flash_window_ms=table.integer("flash_window_ms", base.flash_window_ms, low=1, high=_DAY_MS),
        panic_ms=table.integer("panic_ms", base.panic_ms, low=0, high=_DAY_MS),
        dead_after_ms=table.integer("dead_after_ms", base.dead_after_ms, low=1, high=_DAY_MS),
        volatile_above=table.amount("volatile_above", base.volatile_above, low=ZERO, high=ONE),
        trending_above=table.amount("trending_above", base.trending_above, low=ZERO, high=Decimal(100)),
        atr_period=table.integer("atr_period", base.atr_period, low=1, high=_MOST),
        adx_period=table.integer("adx_period", base.adx_period, low=1, high=_MOST),
        smoothing_bars=table.integer("smoothing_bars", base.smoothing_bars, low=4, high=_MOST),
        correlation_bars=table.integer("correlation_bars", base.correlation_bars, low=2, high=_MOST),
        liquidity_bps=table.amount("liquidity_bps", base.liquidity_bps, low=ZERO, high=Decimal(10_000), above=True),
        imbalance_levels=table.integer("imbalance_levels", base.imbalance_levels, low=1, high=_MOST),
    )
    least = max(4 * settings.adx_period, 2 * (settings.atr_period + 1))
    if settings.smoothing_bars < least:
        table.wrong("smoothing_bars", f"at least {least} for these periods", str(settings.smoothing_bars))
    table.close()
    return settings


def kelly(table: Table) -> KellySettings:
    """`[kelly]`: sizing by what a strategy has won and lost (R14)."""
    base = KellySettings()
    settings = KellySettings(
        part=table.amount("part", base.part, low=ZERO, high=ONE),
        cap=table.amount("cap", base.cap, low=ZERO, high=ONE),
        least_trades=table.integer("least_trades", base.least_trades, low=1, high=1_000_000),
    )
    table.close()
    return settings
