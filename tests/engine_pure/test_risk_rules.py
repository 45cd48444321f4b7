"""Each number of the risk engine just below, at, and just above (R1, R2, R4, R5, R7, R8, R10, tiers, filters)."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.errors import INVALID_PARAMETERS, RISK_LIMIT, TIER_VIOLATION
from genesis.core.models import SIGNAL_TYPES, OrderType, Purpose, Side, Tier, TimeInForce
from genesis.core.settings import DEFAULT_TIERS, RiskSettings
from genesis.engine.companions import Companion
from genesis.engine.risk_engine import (
    ENTRY_RULES,
    EXIT_RULES,
    RiskView,
    capital_of_tier,
    inventory,
    judge,
    largest_order,
    least_notional,
    malformed,
    never_reverse,
    order_type_of_tier,
    r1_largest,
    r2_smallest,
    r4_positions,
    r5_exposure,
    r7_cash,
    r8_confidence,
    r10_correlation,
)
from genesis.engine.valuation import tier_for
from tests.builders import d, limit_signal, rules, signal


def view(**changes: Any) -> RiskView:
    values: dict[str, Any] = {
        "side": Side.BUY,
        "order_type": OrderType.MARKET,
        "quantity": d("0.5"),
        "price": d(100),
        "confidence": d("0.9"),
        "rules": rules(),
        "settings": RiskSettings(),
        "tier": Tier.SNIPER,
        "equity": d(1500),
        "free_base": d(10),
        "free_quote": d(1000),
        "reducible": d(10),
    }
    return RiskView(**(values | changes))


def denied(rule: Any, **changes: Any) -> tuple[str, str, str, str] | None:
    denial = rule(view(**changes))
    return None if denial is None else (denial.rule, denial.code, denial.limit, denial.value)


def test_a_good_entry_and_a_good_exit_pass() -> None:
    assert judge(view(), ENTRY_RULES) is None
    assert judge(view(), EXIT_RULES) is None


@pytest.mark.parametrize(("confidence", "ok"), [("0.5999", False), ("0.6", True), ("0.6001", True)])
def test_r8(confidence: str, ok: bool) -> None:
    assert denied(r8_confidence, confidence=d(confidence)) == (None if ok else ("R8", RISK_LIMIT, "0.6", confidence))


@pytest.mark.parametrize(("quantity", "ok"), [("0.09999", False), ("0.1", True), ("0.10001", True)])
def test_r2(quantity: str, ok: bool) -> None:
    value = d(quantity) * 100
    assert denied(r2_smallest, quantity=d(quantity)) == (None if ok else ("R2", RISK_LIMIT, "10", f"{value.normalize():f}"))


@pytest.mark.parametrize(
    ("tier", "equity", "quantity", "limit"),
    [
        (Tier.SNIPER, 1500, "0.74999", None),  # 5 % = 75
        (Tier.SNIPER, 1500, "0.75", None),
        (Tier.SNIPER, 1500, "0.75001", "75"),
        (Tier.SNIPER, 2500, "1", None),  # 5 % = 125, at most 100
        (Tier.SNIPER, 2500, "1.00001", "100"),
        (Tier.HUNTER, 4000, "2", None),
        (Tier.HUNTER, 4000, "2.00001", "200"),
    ],
)
def test_r1(tier: Tier, equity: int, quantity: str, limit: str | None) -> None:
    value = f"{(d(quantity) * 100).normalize():f}"
    expected = None if limit is None else ("R1", RISK_LIMIT, limit, value)
    assert denied(r1_largest, tier=tier, equity=d(equity), quantity=d(quantity)) == expected


def test_r1_own_cap_applies_within() -> None:
    assert denied(r1_largest, own_cap=d(50)) is None
    assert denied(r1_largest, own_cap=d("49.99")) == ("R1", RISK_LIMIT, "49.99", "50")
    assert denied(r1_largest, own_cap=d(1000), quantity=d("0.76")) == ("R1", RISK_LIMIT, "75", "76")
    assert largest_order(RiskSettings(), Tier.SNIPER, d("1000.00000001")) == d("50")


def test_notionals_are_in_usdt() -> None:
    assert view(price=d("0.05"), quantity=d(10), rate=d(2000)).notional == d(1000)


@pytest.mark.parametrize(("tier", "most"), [(Tier.SNIPER, 1), (Tier.HUNTER, 3), (Tier.STRATEGIST, 5), (Tier.ARCHITECT, 10)])
def test_r4(tier: Tier, most: int) -> None:
    assert denied(r4_positions, tier=tier, open_positions=most - 1) is None
    assert denied(r4_positions, tier=tier, open_positions=most) == ("R4", RISK_LIMIT, str(most), str(most + 1))
    assert denied(r4_positions, tier=tier, open_positions=most, is_new_position=False) is None


@pytest.mark.parametrize(
    ("exposure", "opens", "value"),
    [
        ("1299.99999999", None, None),  # 90 % of 1,500 = 1,350; this order is 50
        ("1300", None, None),
        ("1300.00000001", None, "1350.00000001"),
        ("1325", "0.25", None),  # half of it closes something
        ("1325.00000001", "0.25", "1350.00000001"),
        ("9000", "0", None),
    ],
)
def test_r5(exposure: str, opens: str | None, value: str | None) -> None:
    outcome = denied(r5_exposure, exposure=d(exposure), opens=d(opens) if opens is not None else None)
    assert outcome == (None if value is None else ("R5", RISK_LIMIT, "1350", value))


@pytest.mark.parametrize(("correlation", "ok"), [("0.69999999", True), ("0.7", True), ("0.70000001", False), ("-1", True)])
def test_r10(correlation: str, ok: bool) -> None:
    companion = Companion("ETHUSDT", d(correlation))
    assert denied(r10_correlation, companion=companion) == (None if ok else ("R10", RISK_LIMIT, "0.7", correlation))
    assert denied(r10_correlation, companion=companion, is_new_position=False) is None
    assert denied(r10_correlation, companion=None) is None


@pytest.mark.parametrize(
    ("changes", "limit", "value"),
    [
        ({"free_quote": d("50.5")}, None, None),  # MARKET BUY: 50 x 1.01
        ({"free_quote": d("50.49999999")}, "50.49999999", "50.5"),
        ({"order_type": OrderType.LIMIT, "free_quote": d(50)}, None, None),
        ({"order_type": OrderType.LIMIT, "free_quote": d("49.99999999")}, "49.99999999", "50"),
        ({"free_quote": d(100), "committed_quote": d("49.5")}, None, None),
        ({"free_quote": d(100), "committed_quote": d("49.6")}, "50.4", "50.5"),
        ({"side": Side.SELL, "free_base": d("0.5")}, None, None),
        ({"side": Side.SELL, "free_base": d("0.49999")}, "0.49999", "0.5"),
        ({"side": Side.SELL, "short_cash": d("2"), "free_quote": d("2")}, None, None),
        ({"side": Side.SELL, "short_cash": d("2.00000001"), "free_quote": d("2")}, "2", "2.00000001"),
    ],
)
def test_r7(changes: dict[str, Any], limit: str | None, value: str | None) -> None:
    assert denied(r7_cash, **changes) == (None if limit is None else ("R7", RISK_LIMIT, limit, value))


@pytest.mark.parametrize("kind", SIGNAL_TYPES)
@pytest.mark.parametrize("tier", list(Tier))
def test_order_types_of_tiers(tier: Tier, kind: OrderType) -> None:
    expected = kind is OrderType.MARKET or tier is not Tier.SNIPER
    outcome = denied(order_type_of_tier, tier=tier, order_type=kind)
    assert outcome == (None if expected else ("TIER", TIER_VIOLATION, "MARKET", kind))


@pytest.mark.parametrize(("equity", "ok"), [("499.99999999", False), ("500", True), ("500.00000001", True)])
def test_under_500_only_exits(equity: str, ok: bool) -> None:
    assert denied(capital_of_tier, equity=d(equity)) == (None if ok else ("TIER", TIER_VIOLATION, "500", equity))


@pytest.mark.parametrize(
    ("equity", "tier"),
    [
        ("0", Tier.SNIPER),
        ("1999.99999999", Tier.SNIPER),
        ("2000", Tier.HUNTER),
        ("9999.99", Tier.HUNTER),
        ("10000", Tier.STRATEGIST),
        ("49999.99", Tier.STRATEGIST),
        ("50000", Tier.ARCHITECT),
    ],
)
def test_tier_bounds_are_inclusive_below(equity: str, tier: Tier) -> None:
    assert tier_for(d(equity), DEFAULT_TIERS) is tier


def test_the_order_of_the_rules() -> None:
    """Tier, R8, R2, R1, R4, R5, R7, R10: each is named although all later ones fail too."""
    broken: dict[str, Any] = {
        "order_type": OrderType.LIMIT,
        "equity": d(499),
        "confidence": d("0.1"),
        "quantity": d("0.0001"),
        "open_positions": 9,
        "exposure": d("1300.01"),
        "free_quote": d(0),
        "companion": Companion("ETHUSDT", d("0.71")),
    }
    fixes = [
        ("TIER", {"order_type": OrderType.MARKET}),
        ("TIER", {"equity": d(1500)}),
        ("R8", {"confidence": d("0.6")}),
        ("R2", {"quantity": d("5")}),
        ("R1", {"quantity": d("0.5")}),
        ("R4", {"open_positions": 0}),
        ("R5", {"exposure": d(1300)}),
        ("R7", {"free_quote": d(1000)}),
        ("R10", {"companion": None}),
    ]
    for rule, fix in fixes:
        denial = judge(view(**broken), ENTRY_RULES)
        assert denial is not None
        assert denial.rule == rule
        broken |= fix
    assert judge(view(**broken), ENTRY_RULES) is None


@pytest.mark.parametrize(("quantity", "ok"), [("0.04999", False), ("0.05", True)])
def test_the_venues_least_notional(quantity: str, ok: bool) -> None:
    outcome = denied(least_notional, quantity=d(quantity))
    assert outcome == (None if ok else ("NOTIONAL", INVALID_PARAMETERS, "5", "4.999"))


def test_an_exit_never_reverses_and_obeys_the_inventory() -> None:
    assert denied(never_reverse, reducible=d("0.5")) is None
    assert denied(never_reverse, reducible=d("0.49999")) == ("EXIT", RISK_LIMIT, "0.49999", "0.5")
    assert denied(inventory, side=Side.SELL, free_base=d("0.5")) is None
    assert denied(inventory, side=Side.SELL, free_base=d("0.4")) == ("R7", RISK_LIMIT, "0.4", "0.5")
    assert denied(inventory, free_quote=d(50)) is None
    assert denied(inventory, free_quote=d("49.99")) == ("R7", RISK_LIMIT, "49.99", "50")


def test_exits_ignore_the_rules_of_entries() -> None:
    changes = {"confidence": d(0), "equity": d(0), "open_positions": 99, "order_type": OrderType.LIMIT, "quantity": d(9)}
    assert judge(view(**changes), EXIT_RULES) is None


@pytest.mark.parametrize(
    ("made", "rule"),
    [
        (signal(), None),
        (limit_signal(), None),
        (limit_signal(time_in_force=None), None),
        (limit_signal(order_type=OrderType.LIMIT_MAKER, time_in_force=None), None),
        (signal(quantity="0"), "QUANTITY"),
        (signal(quantity="-1"), "QUANTITY"),
        (signal(quantity="0.000001"), "LOT_SIZE"),
        (signal(quantity="0.000011"), "LOT_SIZE"),
        (signal(quantity="0.00001"), None),
        (signal(quantity="9000"), None),
        (signal(quantity="9000.00001"), "LOT_SIZE"),
        (signal(confidence=d("1.01")), "CONFIDENCE"),
        (signal(confidence=d("-0.01")), "CONFIDENCE"),
        (signal(price=d(100)), "PRICE"),
        (signal(order_type=OrderType.LIMIT), "PRICE"),
        (signal(time_in_force=TimeInForce.IOC), "TIME_IN_FORCE"),
        (limit_signal(order_type=OrderType.LIMIT_MAKER), "TIME_IN_FORCE"),
        (limit_signal(price=d("100.001")), "PRICE_FILTER"),
        (limit_signal(price=d("0")), "PRICE_FILTER"),
        (limit_signal(price=d("1000000")), None),
        (limit_signal(price=d("1000000.01")), "PRICE_FILTER"),
        (signal(purpose=Purpose.STOP), "PURPOSE"),
    ],
)
def test_malformed(made: Any, rule: str | None) -> None:
    denial = malformed(made, rules())
    assert (None if denial is None else (denial.rule, denial.code)) == (None if rule is None else (rule, INVALID_PARAMETERS))


def test_an_unknown_symbol_is_malformed() -> None:
    denial = malformed(signal(), None)
    assert denial is not None
    assert denial.rule == "SYMBOL"
    assert malformed(limit_signal(price=d("7.77"), quantity="0.123456"), rules(tick_size=0, step_size=0, max_qty=0, max_price=0)) is None
