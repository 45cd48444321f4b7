"""The generator: same seed, same steps; every law holds by number; regimes go where they promise; symbols do not touch each other."""

from __future__ import annotations

import itertools
from decimal import Decimal
from math import exp, log, sqrt
from typing import Any

import pytest

from libraries.mock_exchange.core.venue_events import E8
from libraries.mock_exchange.errors import MarketError
from libraries.mock_exchange.markets.chance import ONE_SIGMA, Poisson, normal, pareto, stream
from libraries.mock_exchange.markets.demo import DEMO
from libraries.mock_exchange.markets.generated import Generated
from libraries.mock_exchange.markets.generator import Generator
from libraries.mock_exchange.markets.mids import ONE, path_of
from libraries.mock_exchange.markets.regimes import Regime
from libraries.mock_exchange.markets.steps import Book, Step
from libraries.mock_exchange.settings import built_in_market
from tests.mock_exchange_streams.kit_markets import Moved, books, laws, takes, until
from tests.mock_exchange_streams.kit_streams import spec, units

SPECS = built_in_market().specs
QUIET = {"volatility": "0", "start": "100.00"}


def steps(table: dict[str, Any], end_ms: int, *symbols: Any, seed: int = 1) -> list[Step]:
    return until(Generator(laws(table, *symbols), seed).steps(), end_ms)


def mids(table: dict[str, Any], count: int, symbol: str = "BTCUSDT", *symbols: str, seed: int = 1) -> list[int]:
    """The mids of the first ticks, in 1e-8."""
    path = path_of(laws(table, *(symbols or (symbol,))), symbol, seed)
    return [path.next() // ONE for _ in range(count)]


# ---------------------------------------------------------------------------------------------------------------- seed


def test_the_same_seed_gives_the_same_steps_and_another_seed_others() -> None:
    table = {"clustering": "0.3"}
    assert steps(table, 20_000, seed=7) == steps(table, 20_000, seed=7)
    assert steps(table, 20_000, seed=7) != steps(table, 20_000, seed=8)


def test_the_sequence_of_a_seed_is_pinned() -> None:
    """A change of the generator changes every recorded seed: then these numbers change on purpose."""
    played = steps(DEMO, 2_000, *SPECS, seed=1)
    assert [(at, take.side, take.quantity) for at, take in takes(played)[:3]] == [
        (683, "SELL", 12317000),
        (701, "BUY", 12837000),
        (1130, "SELL", 3341000),
    ]
    assert books(played)[-1][1].bids[0] == (4321000000000, 42945000)


def test_a_further_symbol_changes_no_other() -> None:
    alone, beside = steps({}, 20_000, "BTCUSDT", "ETHUSDT"), steps({}, 20_000, "AAAUSDT", "BTCUSDT", "ETHUSDT", "ZZZUSDT")
    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert books(alone, symbol) == books(beside, symbol)
        assert takes(alone, symbol) == takes(beside, symbol)


def test_sixty_symbols_move_by_their_own_numbers() -> None:
    names = [f"S{number:02d}USDT" for number in range(60)]
    played = steps({"volatility": "0.001"}, 5_000, *names)
    tops = {name: tuple(book.bids[0] for _, book in books(played, name)) for name in names}
    assert len(set(tops.values())) == 60


# --------------------------------------------------------------------------------------------------------------- chance


def test_the_normal_law_has_its_mean_and_deviation() -> None:
    random = stream(3, "x")
    drawn = [normal(random) / ONE_SIGMA for _ in range(20_000)]
    assert abs(sum(drawn) / len(drawn)) < 0.03
    assert abs(sqrt(sum(each**2 for each in drawn) / len(drawn)) - 1) < 0.02
    within_one = sum(abs(each) < 1 for each in drawn) / len(drawn)
    assert 0.65 < within_one < 0.71


@pytest.mark.parametrize("mean", ["0", "0.05", "0.4", "3"])
def test_poisson_counts_have_their_probabilities(mean: str) -> None:
    random, law = stream(5, mean), Poisson(Decimal(mean))
    counts = [law.draw(random) for _ in range(20_000)]
    for count in range(4):
        expected = exp(-float(mean)) * float(mean) ** count / [1, 1, 2, 6][count]
        assert abs(counts.count(count) / 20_000 - expected) < 0.012


def test_pareto_sizes_are_many_small_and_few_large_within_their_bounds() -> None:
    random = stream(1, "p")
    drawn = sorted(pareto(random, 10, 1_000) for _ in range(5_000))
    assert drawn[0] >= 10
    assert 500 < drawn[-1] <= 1_000
    assert 18 <= drawn[2_500] <= 21, "half of them below about twice the least"


# ----------------------------------------------------------------------------------------------------------- the ladder


def test_levels_stand_on_the_grid_by_spread_gap_and_count() -> None:
    table = {"start": "100.00", "gap": "0.05", "spread": 4, "levels": 7, "volatility": "0.002", "size": ["1", "3"]}
    for _, book in books(steps(table, 30_000)):
        bids, asks = [price for price, _ in book.bids], [price for price, _ in book.asks]
        assert (len(bids), len(asks)) == (7, 7)
        assert asks[0] - bids[0] == 4 * units("0.05")
        assert {high - low for high, low in itertools.pairwise(bids)} == {units("0.05")}
        assert {high - low for low, high in itertools.pairwise(asks)} == {units("0.05")}
        assert all(units("1") <= quantity <= units("3") and quantity % units("0.00001") == 0 for _, quantity in book.bids + book.asks)


def test_a_level_keeps_its_quantity_while_it_is_in_sight() -> None:
    played = books(steps({"start": "100.00", "gap": "0.10", "volatility": "0.002"}, 20_000))
    for (_, before), (_, after) in itertools.pairwise(played):
        known = dict(before.bids + before.asks)
        assert all(known.get(price, quantity) == quantity for price, quantity in after.bids + after.asks)


def test_depth_grows_from_level_to_level() -> None:
    table = QUIET | {"size": ["1", "1"], "depth_growth": "0.5", "levels": 4}
    [(_, book), *_] = books(steps(table, 100))
    assert [quantity for _, quantity in book.bids] == [units(each) for each in ("1", "1.5", "2", "2.5")]


def test_the_best_prices_are_around_the_mid() -> None:
    book = books(steps(QUIET | {"gap": "0.10", "spread": 3}, 0))[0][1]
    assert (book.bids[0][0], book.asks[0][0]) == (units("99.9"), units("100.2"))


def test_prices_stay_inside_the_filters() -> None:
    low = spec(max_price=units("101"))
    for _, book in books(steps({"start": "100.00", "volatility": "0.02", "gap": "0.10"}, 60_000, low)):
        assert max(price for price, _ in book.asks) <= units("101")
    falling = {"start": "1.00", "gap": "0.01", "regime": [{"kind": "jump", "by": "-0.98"}]}
    for _, book in books(steps(falling, 2_000)):
        assert min(price for price, _ in book.bids) >= units("0.01")


# ------------------------------------------------------------------------------------------------------------- arrivals


@pytest.mark.parametrize("clustering", ["0", "0.5"])
def test_trades_come_at_their_rate_with_and_without_clusters(clustering: str) -> None:
    times = [at for at, _ in takes(steps({"trades_per_second": "5", "clustering": clustering}, 400_000))]
    assert 1_840 <= len(times) <= 2_160
    assert times == sorted(times)


def test_clusters_gather_trades() -> None:
    def close_ones(clustering: str) -> float:
        table = {"trades_per_second": "1", "clustering": clustering, "cluster_within_ms": 100}
        times = [at for at, _ in takes(steps(table, 600_000))]
        return sum(later - earlier <= 100 for earlier, later in itertools.pairwise(times)) / len(times)

    assert 0.06 < close_ones("0") < 0.14
    assert 0.5 < close_ones("0.6") < 0.72


def test_takers_buy_by_their_share_and_are_worth_the_smallest_notional() -> None:
    table = {"start": "100.00", "buy_share": "0.8", "trade_size": ["0.00001", "0.00002"], "trades_per_second": "20"}
    drawn = [take for _, take in takes(steps(table, 100_000))]
    assert 0.76 < sum(take.side == "BUY" for take in drawn) / len(drawn) < 0.84
    assert all(take.quantity * units("100") // E8 >= units("5") for take in drawn)


# -------------------------------------------------------------------------------------------------------------- regimes


def returns(path: list[int]) -> list[float]:
    return [log(after / before) for before, after in itertools.pairwise(path)]


def deviation(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return sqrt(sum((each - mean) ** 2 for each in values) / len(values))


def test_volatility_is_per_square_root_of_a_second_whatever_the_tick() -> None:
    for tick_ms in (100, 400):
        path = mids({"volatility": "0.001", "tick_ms": tick_ms, "start": "50000.00"}, 10_000)
        assert abs(deviation(returns(path)) / sqrt(tick_ms / 1000) - 0.001) < 0.00003


def test_drift_is_per_second() -> None:
    path = mids({"volatility": "0", "drift": "0.0001", "start": "50000.00"}, 10_001)
    assert abs(path[-1] / path[0] - exp(0.1)) < 0.0001


def test_a_range_comes_back_and_never_leaves_its_width() -> None:
    wandering = {"start": "50000.00", "volatility": "0.002"}
    free = mids(wandering, 20_000)
    tied = mids(wandering | {"model": "range", "reversion": "0.05", "half_width": "0.01"}, 20_000)
    assert max(abs(mid / tied[0] - 1) for mid in tied) <= 0.01 + 1e-9
    assert deviation([float(mid) for mid in tied]) < deviation([float(mid) for mid in free]) / 3


def test_a_trend_gains_what_it_should_in_its_time() -> None:
    table = {"start": "50000.00", "volatility": "0", "regime": [{"kind": "trend", "by": "0.05", "seconds": "60"}]}
    path = mids(table, 700)
    assert abs(path[600] / path[0] - 1.05) < 1e-9
    assert path[699] == path[600], "then it walks as its symbol does"


def test_a_crash_reaches_its_depth_exactly_in_time_and_recovers_its_share() -> None:
    crash = {"kind": "crash", "by": "0.2", "within": "30", "recover": "0.5", "recover_within": "60"}
    path = mids({"start": "50000.00", "volatility": "0.001", "regime": [crash]}, 1_000)
    assert path[300] == units("40000")
    assert min(path[:900]) == path[300]
    assert path[900] == units("45000")


def test_a_jump_is_one_tick() -> None:
    path = mids({"start": "50000.00", "volatility": "0", "regime": [{"kind": "jump", "by": "-0.1"}]}, 4)
    assert path == [units("50000"), units("45000"), units("45000"), units("45000")]


def test_regimes_follow_one_another_and_repeat() -> None:
    regimes = [{"kind": "trend", "by": "0.1", "seconds": "1"}, {"kind": "jump", "by": "-0.5"}]
    table = {"start": "1000.00", "volatility": "0", "regime": regimes}
    once, again = mids(table, 40), mids(table | {"repeat_regimes": True}, 40)
    assert (once[10], once[11], once[39]) == (units("1100"), units("550"), units("550"))
    assert (again[21], again[22]) == (units("605"), units("302.5"))


def test_a_regime_may_be_for_some_symbols_only() -> None:
    table = {"volatility": "0", "regime": [{"kind": "jump", "by": "1", "symbols": ["ETHUSDT"]}]}
    assert mids(table, 3, "BTCUSDT", "BTCUSDT", "ETHUSDT")[-1] == units("100")
    assert mids(table, 3, "ETHUSDT", "BTCUSDT", "ETHUSDT")[-1] == units("200")


def test_an_imposed_regime_interrupts_and_the_market_goes_on_after_it() -> None:
    path = path_of(laws({"start": "1000.00", "volatility": "0", "regime": [{"kind": "trend", "by": "0.1", "seconds": "2"}]}), "BTCUSDT", 1)
    first = [path.next() // ONE for _ in range(11)]
    path.impose("BTCUSDT", Regime(kind="crash", ticks=5, fall_ticks=5, by=10**12 // 2), 11)
    rest = [path.next() // ONE for _ in range(15)]
    assert first[-1] == units("1050")
    assert rest[4] == units("525")
    assert rest[14] > rest[4], "the trend that was interrupted goes on"


# ------------------------------------------------------------------------------------------------------------------ ties


def correlation(one: list[float], other: list[float]) -> float:
    mean, its = sum(one) / len(one), sum(other) / len(other)
    return sum((a - mean) * (b - its) for a, b in zip(one, other, strict=True)) / (len(one) * deviation(one) * deviation(other))


@pytest.mark.parametrize("stated", ["0.8", "-0.5", "0", "1"])
def test_correlated_pairs_have_the_stated_correlation(stated: str) -> None:
    table = {"volatility": "0.001", "start": "40000.00", "pair": [{"leader": "BTCUSDT", "follower": "ETHUSDT", "correlation": stated}]}
    leader, follower = (returns(mids(table, 10_000, name, "BTCUSDT", "ETHUSDT")) for name in ("BTCUSDT", "ETHUSDT"))
    assert abs(correlation(leader, follower) - float(stated)) < 0.03


def test_a_cointegrated_pair_keeps_its_ratio_in_the_long_run() -> None:
    pair = {"leader": "BTCUSDT", "follower": "ETHUSDT", "cointegrated": True, "reversion": "0.2", "spread_volatility": "0.001"}
    table = {"volatility": "0.002", "symbol": {"BTCUSDT": {"start": "40000.00"}, "ETHUSDT": {"start": "2000.00"}}, "pair": [pair]}
    leader, follower = (mids(table, 20_000, name, "BTCUSDT", "ETHUSDT") for name in ("BTCUSDT", "ETHUSDT"))
    ratios = [theirs * 20 / ours for ours, theirs in zip(leader, follower, strict=True)]
    assert max(leader) / min(leader) > 1.1, "the leader itself wanders"
    assert max(abs(ratio - 1) for ratio in ratios) < 0.012
    assert 0.0005 < deviation(ratios) < 0.003, "but the ratio is not nailed down"


def test_a_cross_is_the_quotient_of_its_legs_so_that_no_triangle_pays_its_fees() -> None:
    best: dict[str, tuple[int, int]] = {}
    for step in steps(DEMO, 120_000, *SPECS, seed=11):
        for book in (each for each in step.commands if isinstance(each, Book)):
            best[book.symbol] = (book.bids[0][0], book.asks[0][0])
        forward = E8 * E8 // best["BTCUSDT"][1] * E8 // best["ETHBTC"][1] * best["ETHUSDT"][0] // E8
        backward = E8 * E8 // best["ETHUSDT"][1] * best["ETHBTC"][0] // E8 * best["BTCUSDT"][0] // E8
        assert max(forward, backward) < E8 * 1002 // 1000


# ------------------------------------------------------------------------------------------------------------- the venue


async def test_the_venue_takes_every_command_of_the_demo() -> None:
    it = Moved(Generated(laws(DEMO, *SPECS), 1), *SPECS)
    await it.player.start()
    await it.player.advance(for_ms=60_000)
    assert {trade.symbol for trade in it.trades} == {spec.symbol for spec in SPECS}
    assert it.desk.refused == 0
    for each in SPECS:
        _, bids, asks = it.venue.depth(each.symbol)
        assert len(bids) + len(asks) >= 2 * 20 - 2, "a crowd order takes a level or two at most"
    assert not any(it.venue.books.totals().values())
    await it.player.close()


# ------------------------------------------------------------------------------------------------------------ bad tables

SYMBOLS = "one of the listed symbols BTCUSDT, ETHUSDT"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"volatilty": "1"}, "generator: Object contains unknown field `volatilty`"),
        ({"volatility": 0.1}, "generator.volatility: Expected `str`, got `float`; fractions and amounts are strings"),
        ({"volatility": "1.5"}, "generator.symbol.BTCUSDT.volatility: expected a fraction from 0.00000000 to 1.00000000, came '1.5'"),
        ({"start": "0"}, "generator.symbol.BTCUSDT.start: expected an amount above 0"),
        ({"start": "ten"}, "generator.symbol.BTCUSDT.start: expected a plain decimal number"),
        ({"gap": "0.015"}, "generator.symbol.BTCUSDT.gap: expected a multiple of the tick 0.01000000, came '0.015'"),
        ({"levels": 0}, "levels: expected 1 to 1000 levels a side, came 0"),
        ({"spread": 0}, "spread: expected 1 to 1000 gaps, came 0"),
        ({"size": ["2", "1"]}, "size: expected least and most, multiples of 0.00001000 that LOT_SIZE of BTCUSDT lets through"),
        ({"tick_ms": 1}, "generator.tick_ms: expected 10 to 60000 milliseconds, came 1"),
        ({"trades_per_second": "-1"}, "trades_per_second: expected a decimal number from 0 to 1000, came '-1'"),
        ({"clustering": "0.99"}, "clustering: expected a fraction from 0.00000000 to 0.95000000"),
        ({"cluster_within_ms": 0}, "cluster_within_ms: expected 1 to 60000 milliseconds, came 0"),
        ({"symbol": {"XRPUSDT": {}}}, f"generator.symbol.XRPUSDT: expected {SYMBOLS}, came 'XRPUSDT'"),
        ({"symbol": {"BTCUSDT": {"strat": "1"}}}, "generator.symbol.BTCUSDT: Object contains unknown field `strat`"),
        ({"regime": [{"kind": "boom"}]}, "generator.regime[0].kind: Invalid enum value 'boom'"),
        ({"regime": [{"kind": "crash", "within": "1"}]}, "generator.regime[0].by: expected a value for this kind of regime, came None"),
        ({"regime": [{"kind": "crash", "by": "1", "within": "1"}]}, "generator.regime[0].by: expected a fraction from"),
        (
            {"regime": [{"kind": "crash", "by": "0.1", "within": "1", "recover": "1"}]},
            "recover_within: expected recover and recover_within",
        ),
        ({"regime": [{"kind": "walk"}]}, "generator.regime[0].seconds: expected a value"),
        ({"regime": [{"kind": "jump", "by": "-1"}]}, "generator.regime[0].by: expected a fraction above -1, came '-1'"),
        ({"pair": [{"leader": "X", "follower": "BTCUSDT", "correlation": "1"}]}, f"generator.pair[0].leader: expected {SYMBOLS}, came 'X'"),
        ({"pair": [{"leader": "BTCUSDT", "follower": "ETHUSDT"}]}, "pair[0].correlation: expected either a correlation or cointegrated"),
        ({"pair": [{"leader": "BTCUSDT", "follower": "ETHUSDT", "correlation": "2"}]}, "pair[0].correlation: expected a fraction from -1"),
        (
            {"pair": [{"leader": "BTCUSDT", "follower": "ETHUSDT", "correlation": "1"}] * 2},
            "pair[1].follower: expected a symbol that follows no other yet",
        ),
        (
            {
                "pair": [
                    {"leader": "BTCUSDT", "follower": "ETHUSDT", "correlation": "1"},
                    {"leader": "ETHUSDT", "follower": "BTCUSDT", "correlation": "1"},
                ]
            },
            "expected pairs and crosses without a circle; BTCUSDT follows itself",
        ),
        ({"cross": [{"symbol": "BTCUSDT", "numerator": "ETHUSDT", "denominator": "Y"}]}, f"cross[0].denominator: expected {SYMBOLS}"),
    ],
)
def test_a_wrong_key_is_named(table: dict[str, Any], message: str) -> None:
    with pytest.raises(MarketError) as error:
        laws(table, "BTCUSDT", "ETHUSDT")
    assert message in str(error.value)
    assert str(error.value).startswith("market file market.toml: ")


def test_a_symbol_that_follows_by_construction_is_not_moved_itself() -> None:
    tied = {"pair": [{"leader": "BTCUSDT", "follower": "ETHUSDT", "cointegrated": True}]}
    with pytest.raises(ValueError, match="ETHUSDT is cointegrated with BTCUSDT; move BTCUSDT"):
        Generator(laws(tied, "BTCUSDT", "ETHUSDT"), 1).impose("ETHUSDT", Regime(kind="jump", ticks=1), 0)
    with pytest.raises(ValueError, match="ETHBTC is the quotient of ETHUSDT and BTCUSDT; move one of them"):
        Generator(laws(DEMO, *SPECS), 1).impose("ETHBTC", Regime(kind="jump", ticks=1), 0)
