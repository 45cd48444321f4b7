"""Symbols, assets, durations, levels, settings as arguments; and that the tables of the keyword side match the engine's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from enum import Enum
from typing import get_args

import msgspec
import pytest

from genesis import day_config, tilt_config
from genesis.core import facts, models, settings, strategy_settings
from genesis.data.cache_settings import CacheSettings
from genesis.data.postgres.settings import StandbySettings
from genesis.data.storage import StorageSettings
from genesis.monitoring.settings import AlertSettings
from libraries.common import types
from libraries.common.errors import WrongArgument, refuse_unknown
from libraries.engine_keywords.settings import SETTINGS, read_settings
from libraries.exchange_keywords.levels import ladder, to_level
from libraries.ledger_keywords.journal import FACT_KINDS


@pytest.mark.parametrize(("written", "seconds"), [("5s", 5), ("500 ms", 0.5), ("10 minutes", 600), (timedelta(seconds=2), 2), ("3", 3)])
def test_a_timeout_is_a_time_above_zero(written: object, seconds: float) -> None:
    assert types.to_timeout(written).total_seconds() == seconds


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("0", "above 0, got 0"),
        ("-1s", "above 0, got -1s"),
        ("forever", "every wait has an end, the longest is 10 minutes"),
        ("", "every wait has an end"),
        (None, "got ${NONE}"),
        ("11 minutes", "at most 10 minutes, got 11 minutes"),
        (timedelta(0), "above 0"),
    ],
)
def test_a_timeout_without_sense_is_refused(written: object, part: str) -> None:
    with pytest.raises(WrongArgument) as refusal:
        types.to_timeout(written)
    assert "timeout must be a time such as 5s or 500ms" in str(refusal.value)
    assert part in str(refusal.value)


@pytest.mark.parametrize("written", ["btcusdt", "BTC/USDT", "BTC USDT", "BTC", "", None, 5, "BTC\u0405USDT", "B" * 21])
def test_a_symbol_is_written_as_the_venue_does(written: object) -> None:
    with pytest.raises(WrongArgument, match="symbol must be written as the venue does, such as BTCUSDT"):
        types.to_symbol(written)


def test_the_error_of_a_symbol_guesses_what_was_meant() -> None:
    with pytest.raises(WrongArgument, match=r"did you mean BTCUSDT\?"):
        types.to_symbol("btc-usdt")


def test_a_figure_refuses_floats_and_nothing() -> None:
    assert types.to_figure("250.00") == "250.00"
    with pytest.raises(WrongArgument, match=r"write 2\.5 not"):
        types.to_figure(2.5)
    with pytest.raises(WrongArgument):
        types.to_figure("")


def test_an_unknown_name_gets_the_nearest_and_all_known() -> None:
    assert str(refuse_unknown("setting", "risk.min_confidnce", ["risk.min_confidence", "a.b"])) == (
        "unknown setting 'risk.min_confidnce'; did you mean 'risk.min_confidence'? known: a.b, risk.min_confidence"
    )
    assert "known: none yet" in str(refuse_unknown("observer", "x", []))
    very_many = [f"market.other_{number}" for number in range(100)] + ["risk.min_confidence", "risk.max_exposure"]
    text = str(refuse_unknown("setting", "risk.min_exposure", very_many))
    assert "did you mean 'risk.max_exposure'" in text
    assert "risk.min_confidence" in text
    assert text.endswith("and 62 more")


def test_a_level_is_read_and_a_ladder_is_even() -> None:
    level = to_level("Bid 99.00 x 1.50")
    assert (level.is_bid, level.row) == (True, ("99", "1.5"))
    assert ladder(None, types.Timeout(seconds=1), 3, None) == []  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["99:1", "bid 99", "bid 99 x", "bid 0 x 1", "bid 99 x -1", "mid 99 x 1", None])
def test_a_level_of_another_form_is_refused(written: object) -> None:
    with pytest.raises(WrongArgument):
        to_level(written)


def test_settings_become_sections_of_text() -> None:
    given: dict[str, object] = {"risk.min_confidence": "0.70", "timing.book_stale_ms": "2000", "arbitrage.enabled": "on"}
    assert read_settings(given) == {
        "risk": {"min_confidence": "0.7"},
        "timing": {"book_stale_ms": 2000},
        "arbitrage": {"enabled": True},
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("risk.min_confidence", 0.7),
        ("timing.book_stale_ms", "2s"),
        ("timing.book_stale_ms", True),
        ("arbitrage.enabled", "maybe"),
        ("arbitrage.start_asset", "usdt"),
        ("min_confidence", "0.7"),
    ],
)
def test_a_setting_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(WrongArgument, match=name):
        read_settings({name: value})


def test_the_table_of_settings_is_the_engines() -> None:
    sections = {
        "risk": settings.RiskSettings,
        "arbitrage": settings.ArbitrageSettings,
        "timing": settings.TimingSettings,
        "market": settings.MarketSettings,
        "runtime": settings.RuntimeSettings,
        "history": settings.HistorySettings,
        "execution": settings.ExecutionSettings,
        "market_states": strategy_settings.MarketSettings,
        "rate": settings.RateSettings,
        "database": StorageSettings,
        "breaker": settings.BreakerSettings,
        "cache": CacheSettings,
        "failover": settings.FailoverSettings,
        "standby": StandbySettings,
        "alerts": AlertSettings,
        "kelly": strategy_settings.KellySettings,
        "emergency": settings.EmergencySettings,
        "protection": settings.ProtectionSettings,
    }
    engines = {f"{name}.{field.name}" for name, kind in sections.items() for field in msgspec.structs.fields(kind)}
    engines |= {"database.standbys"}  # of a server; where it is and how long it may take is the world's business
    engines |= {f"tilt.{key}" for key in tilt_config.KEYS} | {f"day.{key}" for key in day_config.KEYS}
    assert {name for name in SETTINGS if not name.startswith(("engine.", "venue."))} == engines - {
        "risk.tiers",
        "cache.url",
        "cache.password",
    }


def test_the_kinds_of_facts_are_the_engines() -> None:
    assert set(FACT_KINDS) == {kind.__name__ for kind in get_args(facts.AnyFact)}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (types.Side, models.Side),
        (types.OrderType, models.SIGNAL_TYPES),
        (types.TimeInForce, models.TimeInForce),
        (types.OrderStatus, models.OrderState),
        (types.PositionStatus, models.PositionState),
        (types.EngineStatus, models.EngineState),
        (types.Tier, models.Tier),
        (types.TradeStatus, models.TradeState),
    ],
)
def test_the_words_of_the_keywords_are_the_engines(ours: type[Enum], theirs: Iterable[Enum]) -> None:
    assert [member.value for member in ours] == [member.value for member in theirs]
