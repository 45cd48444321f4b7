"""The venue's rules change while we run (X36): read again, taken over, obeyed."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.commands import CancelOrder, FetchRules
from genesis.core.errors import INVALID_PARAMETERS, RISK_LIMIT
from genesis.core.events import OrderRefused, RulesFailed, RulesFetched
from genesis.core.facts import RiskDenied, RulesLoaded
from genesis.core.models import OrderState, Purpose, Side
from genesis.core.settings import RateSettings
from tests.builders import VENUE, d, limit_signal, rules, settings, signal
from tests.engine_pure.bench import Bench, refold

EVERY_MS, RETRY_MS = 60_000, 1_000


def bench() -> Bench:
    """A position of 0.5 at 100; the first reading of the rules is answered."""
    rate = RateSettings(rules_every_ms=EVERY_MS, rules_retry_ms=RETRY_MS)
    on = Bench(settings(rate=rate), funds={"USDT": 3_000, "BTC": 1}).start("99.99", "100")
    on.fill(on.order(signal(quantity="0.5")), "0.5", "100")
    on.let(100)  # the first look: the reading is a period away
    on.forget()
    return on


def fetched(on: Bench, **changes: Any) -> None:
    on.do(RulesFetched(venue=VENUE, rules=(rules(**changes),)))


def quiet(on: Bench, milliseconds: int) -> None:
    """Time passes, with a fresh book at its end."""
    on.let(milliseconds)
    on.book("99.99", "100")


def test_the_rules_are_read_again_and_again() -> None:
    on = bench()
    quiet(on, EVERY_MS - 100)
    assert not on.asked(FetchRules)
    quiet(on, 200)
    assert on.asked(FetchRules) == [FetchRules(venue=VENUE)]
    fetched(on)
    on.forget()
    quiet(on, EVERY_MS - 100)
    assert not on.asked(FetchRules)
    quiet(on, 100)
    assert len(on.asked(FetchRules)) == 1


def test_only_what_changed_is_on_record() -> None:
    on = bench()
    fetched(on)
    assert not on.said(RulesLoaded)
    fetched(on, tick_size=d("0.5"))
    (fact,) = on.said(RulesLoaded)
    assert fact.rules[0].tick_size == d("0.5")
    assert refold(on.all_facts).rules == on.state.rules


def test_rules_of_symbols_that_are_not_ours_are_passed_over() -> None:
    on = bench()
    on.do(RulesFetched(venue=VENUE, rules=(rules("ETHUSDT", "ETH", tick_size=d("0.5")),)))
    assert not on.said(RulesLoaded)


def test_a_reading_that_fails_is_repeated_after_pauses_that_double() -> None:
    on = bench()
    quiet(on, EVERY_MS + 100)
    for pause_ms in (RETRY_MS, 2 * RETRY_MS, 4 * RETRY_MS):
        on.do(RulesFailed(venue=VENUE, reason="no answer"))
        on.forget()
        quiet(on, pause_ms - 100)
        assert not on.asked(FetchRules)
        quiet(on, 100)
        assert len(on.asked(FetchRules)) == 1


def test_a_reading_without_an_answer_is_repeated() -> None:
    on = bench()
    quiet(on, EVERY_MS + 100)
    on.forget()
    quiet(on, 5 * on.settings.timing.answer_timeout_ms)
    assert len(on.asked(FetchRules)) == 1


@pytest.mark.parametrize("code", [-1013, -1111, -1121, -2010])
def test_a_refusal_by_a_rule_has_the_rules_read_at_once(code: int) -> None:
    on = bench()
    refuse(on, code)
    assert on.asked(FetchRules) == [FetchRules(venue=VENUE)]
    refuse(on, code)  # one reading at a time
    assert len(on.asked(FetchRules)) == 1
    fetched(on)
    refuse(on, code)
    assert len(on.asked(FetchRules)) == 2


@pytest.mark.parametrize("code", [-1015, -1003, -2015])
def test_other_refusals_do_not(code: int) -> None:
    on = bench()
    refuse(on, code)
    assert not on.asked(FetchRules)


def refuse(on: Bench, code: int) -> None:
    on.submit(signal(quantity="0.2"))
    order = on.last_placed()
    on.send(order)
    on.do(OrderRefused(client_order_id=order.client_order_id, code=code, message="as the venue says"))
    assert on.state.orders[order.client_order_id].state is OrderState.REJECTED


@pytest.mark.parametrize("status", ["HALT", "BREAK", "CANCEL_ONLY", "END_OF_DAY"])
def test_a_symbol_that_is_not_traded_takes_no_order_and_lets_cancels_pass(status: str) -> None:
    on = bench()
    resting = on.order(limit_signal(Side.BUY, "0.2", "99"))
    fetched(on, status=status)
    for purpose, side in ((Purpose.ENTRY, Side.BUY), (Purpose.EXIT, Side.SELL)):
        assert on.submit(signal(side, "0.2", purpose=purpose)).status == 422
    assert [(fact.rule, fact.code, fact.limit, fact.value) for fact in on.said(RiskDenied)] == [
        ("STATUS", RISK_LIMIT, "TRADING", status)
    ] * 2
    on.operate("CANCEL_ORDER", resting.client_order_id)
    assert len(on.asked(CancelOrder)) == 1
    fetched(on)
    assert on.submit(signal(quantity="0.2")).status == 201


def test_an_entry_on_its_way_into_a_halt_is_not_sent() -> None:
    on = bench()
    on.submit(signal(quantity="0.2"))
    order = on.last_placed()
    fetched(on, status="HALT")
    assert on.engine.refusal_before_send(order, on.now) == f"{RISK_LIMIT} BTCUSDT is HALT at {VENUE}"


@pytest.mark.parametrize(
    ("change", "bad", "good", "rule"),
    [
        ({"tick_size": d("0.5")}, ("0.2", "99.25"), ("0.2", "99.5"), "PRICE_FILTER"),
        ({"step_size": d("0.1")}, ("0.25", "99"), ("0.3", "99"), "LOT_SIZE"),
        ({"min_notional": d(20)}, ("0.2", "99"), ("0.21", "99"), "NOTIONAL"),
        ({"min_qty": d("0.3")}, ("0.2", "99"), ("0.3", "99"), "LOT_SIZE"),
    ],
)
def test_new_filters_are_obeyed(change: dict[str, Any], bad: tuple[str, str], good: tuple[str, str], rule: str) -> None:
    on = bench()
    fetched(on, **change)
    reply = on.submit(limit_signal(Side.BUY, *bad))
    assert (reply.status, reply.body["error"]["rule"], reply.body["error"]["code"]) == (400, rule, INVALID_PARAMETERS)
    assert on.submit(limit_signal(Side.BUY, *good)).status == 201
