"""Every filter of binance-spot 1.6 one step inside its bound and one step outside, and as exchangeInfo shows it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from libraries.mock_exchange.core import filters, shown_filters
from libraries.mock_exchange.core.accounts import Account
from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.checks import check_rules
from libraries.mock_exchange.core.checks import reference_price as reference_price_of
from libraries.mock_exchange.core.counts import check_amends, check_counts, check_list_counts
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.orders import NewOrder, Order
from libraries.mock_exchange.core.symbols import (
    ORDER_TYPES,
    STP_MODES,
    ExchangeLimits,
    Lot,
    MinNotional,
    PercentPrice,
    PercentPriceBySide,
    SymbolSpec,
    TrailingDelta,
)
from libraries.mock_exchange.core.venue_state import Market

E8 = 100_000_000
FREE = SymbolSpec(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick_size=1,
    min_price=0,
    max_price=0,
    step_size=1,
    min_qty=0,
    max_qty=0,
    min_notional=0,
    max_notional=0,
    order_types=ORDER_TYPES,
    stp_modes=STP_MODES,
    reference_price=100 * E8,
)
"""A symbol that refuses nothing; its reference price is 100."""
AMOUNTS = ("quantity", "price", "quote_order_qty", "stop_price", "iceberg_qty")
LIMIT = {"type": "LIMIT", "time_in_force": "GTC", "quantity": "1", "price": "100"}
STOP = {"type": "STOP_LOSS_LIMIT", "time_in_force": "GTC", "quantity": "1", "price": "100", "stop_price": "110"}
MARKET = {"type": "MARKET", "quantity": "1"}
SELL = {"side": "SELL"}
LOT = Lot(min_qty=E8, max_qty=3 * E8, step_size=E8 // 2)
PERCENT = PercentPrice(up=parse_e8("1.3"), down=parse_e8("0.7"))
BY_SIDE = PercentPriceBySide(bid_up=parse_e8("1.2"), bid_down=parse_e8("0.2"), ask_up=5 * E8, ask_down=parse_e8("0.8"))
DELTAS = TrailingDelta(min_above=10, max_above=2_000, min_below=20, max_below=1_000)
ZERO_STEP = Lot(min_qty=0, max_qty=3 * E8, step_size=0)


def order(**fields: Any) -> NewOrder:
    typed = {name: parse_e8(value) if name in AMOUNTS else value for name, value in fields.items()}
    return NewOrder(**({"symbol": "BTCUSDT", "side": "BUY"} | typed))


CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    ("PRICE_FILTER", {"min_price": 100 * E8}, LIMIT, LIMIT | {"price": "99.99999999"}),
    ("PRICE_FILTER", {"max_price": 100 * E8}, LIMIT, LIMIT | {"price": "100.00000001"}),
    ("PRICE_FILTER", {"tick_size": E8}, LIMIT, LIMIT | {"price": "100.5"}),
    ("PRICE_FILTER", {"max_price": 110 * E8}, STOP, STOP | {"stop_price": "110.00000001"}),
    ("PRICE_FILTER", {"min_price": 100 * E8}, STOP, STOP | {"stop_price": "99.99999999"}),
    ("LOT_SIZE", {"min_qty": E8}, LIMIT, LIMIT | {"quantity": "0.99999999"}),
    ("LOT_SIZE", {"max_qty": E8}, LIMIT, LIMIT | {"quantity": "1.00000001"}),
    ("LOT_SIZE", {"step_size": E8}, LIMIT, LIMIT | {"quantity": "1.5"}),
    ("LOT_SIZE", {"min_qty": E8 // 2}, LIMIT | {"iceberg_qty": "0.5"}, LIMIT | {"iceberg_qty": "0.49999999"}),
    ("MARKET_LOT_SIZE", {"market_lot": LOT}, MARKET, MARKET | {"quantity": "0.5"}),
    ("MARKET_LOT_SIZE", {"market_lot": LOT}, MARKET | {"quantity": "3"}, MARKET | {"quantity": "3.5"}),
    ("MARKET_LOT_SIZE", {"market_lot": LOT}, MARKET | {"quantity": "1.5"}, MARKET | {"quantity": "1.25"}),
    ("MARKET_LOT_SIZE", {"market_lot": ZERO_STEP}, MARKET | {"quantity": "2.99999999"}, MARKET | {"quantity": "3.00000001"}),
    ("MIN_NOTIONAL", {"older_min_notional": MinNotional(100 * E8)}, LIMIT, LIMIT | {"price": "99.99999999"}),
    ("MIN_NOTIONAL", {"older_min_notional": MinNotional(100 * E8)}, MARKET, MARKET | {"quantity": "0.99999999"}),
    ("NOTIONAL", {"min_notional": 100 * E8}, LIMIT, LIMIT | {"price": "99.99999999"}),
    ("NOTIONAL", {"max_notional": 100 * E8}, LIMIT, LIMIT | {"price": "100.00000001"}),
    ("NOTIONAL", {"min_notional": 100 * E8}, MARKET, MARKET | {"quantity": "0.99999999"}),
    ("NOTIONAL", {"max_notional": 100 * E8, "max_notional_on_market": True}, MARKET, MARKET | {"quantity": "1.00000001"}),
    ("PERCENT_PRICE", {"percent_price": PERCENT}, LIMIT | {"price": "130"}, LIMIT | {"price": "130.00000001"}),
    ("PERCENT_PRICE", {"percent_price": PERCENT}, LIMIT | {"price": "70"}, LIMIT | {"price": "69.99999999"}),
    ("PERCENT_PRICE_BY_SIDE", {"percent_price_by_side": BY_SIDE}, LIMIT | {"price": "120"}, LIMIT | {"price": "120.00000001"}),
    ("PERCENT_PRICE_BY_SIDE", {"percent_price_by_side": BY_SIDE}, LIMIT | {"price": "20"}, LIMIT | {"price": "19.99999999"}),
    (
        "PERCENT_PRICE_BY_SIDE",
        {"percent_price_by_side": BY_SIDE},
        LIMIT | SELL | {"price": "500"},
        LIMIT | SELL | {"price": "500.00000001"},
    ),
    ("PERCENT_PRICE_BY_SIDE", {"percent_price_by_side": BY_SIDE}, LIMIT | SELL | {"price": "80"}, LIMIT | SELL | {"price": "79.99999999"}),
    ("ICEBERG_PARTS", {"iceberg_parts": 10}, LIMIT | {"iceberg_qty": "0.1"}, LIMIT | {"iceberg_qty": "0.09999999"}),
    ("TRAILING_DELTA", {"trailing_delta": DELTAS}, STOP | {"trailing_delta": 10}, STOP | {"trailing_delta": 9}),
    ("TRAILING_DELTA", {"trailing_delta": DELTAS}, STOP | {"trailing_delta": 2_000}, STOP | {"trailing_delta": 2_001}),
    ("TRAILING_DELTA", {"trailing_delta": DELTAS}, STOP | SELL | {"trailing_delta": 20}, STOP | SELL | {"trailing_delta": 19}),
    ("TRAILING_DELTA", {"trailing_delta": DELTAS}, STOP | SELL | {"trailing_delta": 1_000}, STOP | SELL | {"trailing_delta": 1_001}),
    ("MAX_POSITION", {"max_position": 6 * E8}, LIMIT, LIMIT | {"quantity": "1.00000001"}),
]
"""Name, what the symbol demands, an order at the bound, one just beyond."""


def holder() -> Account:
    """Holds 1 free and 1 locked BTC, has a BUY of 3 and an iceberg SELL open on BTCUSDT and a stop on ETHUSDT."""
    account = Account("a")
    account.free, account.locked = {"BTC": E8}, {"BTC": E8}
    for number, (symbol, side, kind, iceberg) in enumerate(
        [("BTCUSDT", "BUY", "LIMIT", 0), ("BTCUSDT", "SELL", "LIMIT", E8), ("ETHUSDT", "BUY", "STOP_LOSS", 0)], start=1
    ):
        account.open_orders[number] = _open(number, symbol=symbol, side=side, type=kind, iceberg_qty=iceberg)
    return account


def _open(number: int, **fields: Any) -> Order:
    given = {"account": "a", "client_order_id": str(number), "time_in_force": "GTC", "price": E8, "quantity": 3 * E8, "quote_order_qty": 0}
    return Order(order_id=number, received_ns=0, time_ms=0, update_ms=0, lock_asset="USDT", **(given | fields))


@pytest.mark.parametrize(("name", "rules", "at", "beyond"), CASES, ids=[f"{number}-{case[0]}" for number, case in enumerate(CASES)])
def test_an_order_at_the_bound_passes_and_one_beyond_it_is_refused_by_name(
    name: str, rules: dict[str, Any], at: dict[str, Any], beyond: dict[str, Any]
) -> None:
    market = Market(msgspec.structs.replace(FREE, **rules))
    check_rules(market, order(**at), 0, holder())
    with pytest.raises(VenueError) as refusal:
        check_rules(market, order(**beyond), 0, holder())
    assert (refusal.value.code, refusal.value.msg) == (-1013, f"Filter failure: {name}")
    check_rules(Market(FREE), order(**beyond), 0, holder())


@pytest.mark.parametrize(
    ("rules", "free"),
    [
        ({"older_min_notional": MinNotional(200 * E8, on_market=False)}, MARKET),
        ({"min_notional": 200 * E8, "min_notional_on_market": False}, MARKET),
        ({"max_notional": 50 * E8}, MARKET),
        ({"max_position": E8}, LIMIT | SELL),
    ],
)
def test_an_order_that_the_filter_does_not_bind_passes(rules: dict[str, Any], free: dict[str, Any]) -> None:
    check_rules(Market(msgspec.structs.replace(FREE, **rules)), order(**free), 0, holder())


def test_without_any_price_to_measure_with_percent_price_and_market_notional_refuse_nothing() -> None:
    market = Market(msgspec.structs.replace(FREE, reference_price=0, percent_price=PERCENT, min_notional=100 * E8))
    check_rules(market, order(**LIMIT | {"price": "1000"}), 0)
    check_rules(market, order(**MARKET | {"quantity": "0.01"}), 0)


@pytest.mark.parametrize(
    ("minutes", "reference_price", "expected"),
    [(5, 0, 150), (1, 0, 200), (0, 0, 200), (5, 70, 70)],
    ids=["average", "shorter", "last", "given"],
)
def test_the_price_to_measure_with(minutes: int, reference_price: int, expected: int) -> None:
    """One traded at 100, two minutes later one at 200."""
    market = Market(msgspec.structs.replace(FREE, average_price_minutes=minutes, reference_price=reference_price * E8))
    market.prices.add(0, 100 * E8, E8)
    market.prices.add(120_000, 200 * E8, E8)
    assert reference_price_of(market, 120_000) == expected * E8


def test_without_minutes_the_last_of_two_trades_of_one_moment_counts() -> None:
    market = Market(msgspec.structs.replace(FREE, average_price_minutes=0, reference_price=0))
    market.prices.add(0, 100 * E8, E8)
    market.prices.add(0, 200 * E8, E8)
    assert reference_price_of(market, 0) == 200 * E8


COUNTS: list[tuple[str, dict[str, int], dict[str, int], dict[str, Any], int]] = [
    ("MAX_NUM_ORDERS", {"max_num_orders": 3}, {}, LIMIT, 2),
    ("MAX_NUM_ALGO_ORDERS", {"max_num_algo_orders": 1}, {}, STOP, 0),
    ("MAX_NUM_ICEBERG_ORDERS", {"max_num_iceberg_orders": 2}, {}, LIMIT | {"iceberg_qty": "1"}, 1),
    ("EXCHANGE_MAX_NUM_ORDERS", {}, {"max_num_orders": 4}, LIMIT, 3),
    ("EXCHANGE_MAX_NUM_ALGO_ORDERS", {}, {"max_num_algo_orders": 2}, STOP, 1),
    ("EXCHANGE_MAX_NUM_ICEBERG_ORDERS", {}, {"max_num_iceberg_orders": 2}, LIMIT | {"iceberg_qty": "1"}, 1),
]
"""Name, limit of the symbol, of the exchange, an order that counts, and how many of that kind `holder` has open."""


@pytest.mark.parametrize(("name", "on_symbol", "on_exchange", "new", "open_now"), COUNTS, ids=[case[0] for case in COUNTS])
def test_the_last_allowed_open_order_passes_and_the_next_is_refused(
    name: str, on_symbol: dict[str, int], on_exchange: dict[str, int], new: dict[str, Any], open_now: int
) -> None:
    spec, limits, account = msgspec.structs.replace(FREE, **on_symbol), ExchangeLimits(**on_exchange), holder()
    limit = next(iter((on_symbol | on_exchange).values()))
    assert open_now == limit - 1
    check_counts(spec, limits, account, order(**new))
    account.open_orders[9] = _open(9, symbol="BTCUSDT", side="BUY", type=new["type"], iceberg_qty=1 if "iceberg_qty" in new else 0)
    with pytest.raises(VenueError, match=f"Filter failure: {name}$"):
        check_counts(spec, limits, account, order(**new))


def test_orders_of_one_list_count_together() -> None:
    spec = msgspec.structs.replace(FREE, max_num_orders=4)
    check_counts(spec, ExchangeLimits(), holder(), order(**LIMIT), others=1)
    with pytest.raises(VenueError, match="MAX_NUM_ORDERS"):
        check_counts(spec, ExchangeLimits(), holder(), order(**LIMIT), others=2)


def test_lists_and_amendments_have_limits_too() -> None:
    spec, limits = msgspec.structs.replace(FREE, max_num_order_lists=2, max_num_order_amends=2), ExchangeLimits(max_num_order_lists=3)
    check_list_counts(spec, limits, 1, 2)
    for on_symbol, on_exchange, name in ((2, 2, "MAX_NUM_ORDER_LISTS"), (1, 3, "EXCHANGE_MAX_NUM_ORDER_LISTS")):
        with pytest.raises(VenueError, match=f"Filter failure: {name}$"):
            check_list_counts(spec, limits, on_symbol, on_exchange)
    check_amends(spec, 1)
    with pytest.raises(VenueError) as refusal:
        check_amends(spec, 2)
    assert (refusal.value.code, refusal.value.msg) == (-2038, "Filter failure: MAX_NUM_ORDER_AMENDS")


@pytest.mark.parametrize("asset", ["BTC", "USDT"])
def test_max_asset_binds_the_quantity_of_the_base_and_the_value_in_the_quote(asset: str) -> None:
    limits = ExchangeLimits(max_asset={asset: E8 if asset == "BTC" else 100 * E8})
    check_rules(Market(FREE), order(**LIMIT), 0, holder(), limits)
    with pytest.raises(VenueError, match="Filter failure: MAX_ASSET"):
        check_rules(Market(FREE), order(**LIMIT | {"quantity": "1.00000001"}), 0, holder(), limits)
    assert shown_filters.asset_filters(limits, FREE)[0]["asset"] == asset


def test_a_quantity_for_a_quote_is_cut_to_what_both_lot_filters_allow() -> None:
    spec = msgspec.structs.replace(FREE, step_size=E8 // 10, max_qty=2 * E8, market_lot=Lot(0, E8, E8 // 4))
    assert filters.whole_market_lots(spec, parse_e8("0.83")) == parse_e8("0.75")
    assert filters.whole_market_lots(spec, 5 * E8) == E8


def test_every_filter_is_shown_with_the_documented_keys() -> None:
    spec = msgspec.structs.replace(
        FREE,
        older_min_notional=MinNotional(E8),
        market_lot=LOT,
        percent_price=PERCENT,
        percent_price_by_side=BY_SIDE,
        iceberg_parts=10,
        max_num_orders=200,
        max_num_algo_orders=5,
        max_num_iceberg_orders=6,
        max_num_order_lists=20,
        max_num_order_amends=10,
        max_position=E8,
        trailing_delta=DELTAS,
    )
    shown = {each["filterType"]: list(each)[1:] for each in shown_filters.symbol_filters(spec)}
    assert shown == {
        "PRICE_FILTER": ["minPrice", "maxPrice", "tickSize"],
        "LOT_SIZE": ["minQty", "maxQty", "stepSize"],
        "ICEBERG_PARTS": ["limit"],
        "MARKET_LOT_SIZE": ["minQty", "maxQty", "stepSize"],
        "TRAILING_DELTA": ["minTrailingAboveDelta", "maxTrailingAboveDelta", "minTrailingBelowDelta", "maxTrailingBelowDelta"],
        "PERCENT_PRICE": ["multiplierUp", "multiplierDown", "avgPriceMins"],
        "PERCENT_PRICE_BY_SIDE": ["bidMultiplierUp", "bidMultiplierDown", "askMultiplierUp", "askMultiplierDown", "avgPriceMins"],
        "MIN_NOTIONAL": ["minNotional", "applyToMarket", "avgPriceMins"],
        "NOTIONAL": ["minNotional", "applyMinToMarket", "maxNotional", "applyMaxToMarket", "avgPriceMins"],
        "MAX_NUM_ORDERS": ["maxNumOrders"],
        "MAX_NUM_ORDER_LISTS": ["maxNumOrderLists"],
        "MAX_NUM_ALGO_ORDERS": ["maxNumAlgoOrders"],
        "MAX_NUM_ICEBERG_ORDERS": ["maxNumIcebergOrders"],
        "MAX_NUM_ORDER_AMENDS": ["maxNumOrderAmends"],
        "MAX_POSITION": ["maxPosition"],
    }
    limits = ExchangeLimits(max_num_orders=1, max_num_algo_orders=2, max_num_iceberg_orders=3, max_num_order_lists=4)
    assert [list(each.values()) for each in shown_filters.exchange_filters(limits)] == [
        ["EXCHANGE_MAX_NUM_ORDERS", 1],
        ["EXCHANGE_MAX_NUM_ALGO_ORDERS", 2],
        ["EXCHANGE_MAX_NUM_ICEBERG_ORDERS", 3],
        ["EXCHANGE_MAX_NUM_ORDER_LISTS", 4],
    ]
    assert shown_filters.exchange_filters(ExchangeLimits()) == []
