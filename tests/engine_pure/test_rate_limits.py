"""What the venue's limits leave of the engine (X31-X33): conditions on record, denials with a code, and an end by itself."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.core.commands import Alert, CancelOrder, PlaceOrder
from genesis.core.errors import RATE_LIMITED
from genesis.core.events import RequestsHeld, SendRefused
from genesis.core.facts import ConditionChanged, ErrorRecorded, RiskDenied
from genesis.core.models import OrderState, Purpose, Side
from genesis.engine import rate_limits
from tests.builders import START_MS, VENUE, limit_signal, signal
from tests.engine_pure.bench import Bench, refold

REQUESTS, HELD_UNTIL = f"{VENUE}/requests", f"{VENUE}/held-until"


def held(scope: str, wait_ms: int = 5_000, **changes: Any) -> RequestsHeld:
    values: dict[str, Any] = {"banned": False, "limit": "ORDERS per 10 s", "most": 8, "used": 8}
    return RequestsHeld(venue=VENUE, scope=scope, wait_ms=wait_ms, **(values | changes))


def bench() -> Bench:
    """A position of 0.5 at 100 and a quiet book."""
    on = hunter()
    on.fill(on.order(signal(quantity="0.5")), "0.5", "100")
    on.forget()
    return on


def hunter() -> Bench:
    return Bench(funds={"USDT": 3_000, "BTC": 1}).start("99.99", "100")


def denied(on: Bench, purpose: Purpose) -> str | None:
    """The rule that denies an order of 0.2 for that purpose."""
    side = Side.SELL if purpose is Purpose.EXIT else Side.BUY
    reply = on.submit(signal(side, "0.2", purpose=purpose))
    return None if reply.status == 201 else str(reply.body["error"]["rule"])


@pytest.mark.parametrize(("scope", "entry", "leaving"), [("ENTRIES", "RATE", None), ("ORDERS", "RATE", "RATE"), ("ALL", "RATE", "RATE")])
def test_what_waits_is_denied(scope: str, entry: str, leaving: str | None) -> None:
    on = bench()
    on.do(held(scope))
    assert denied(on, Purpose.ENTRY) == entry
    assert denied(on, Purpose.EXIT) == leaving


def test_a_denial_names_code_limit_and_value_and_the_signal() -> None:
    on = bench()
    on.do(held("ENTRIES", 4_200))
    asked = signal(quantity="0.2")
    reply = on.submit(asked)
    (fact,) = on.said(RiskDenied)
    assert reply.status == 422
    assert (fact.correlation_id, fact.rule, fact.code, fact.limit, fact.value) == (asked.signal_id, "RATE", RATE_LIMITED, "8", "8")
    assert fact.message == "what is left of the limit is kept for cancels and exits (ORDERS per 10 s); again in 4200 ms"


@pytest.mark.parametrize("scope", ["ENTRIES", "ORDERS", "ALL"])
def test_it_goes_on_by_itself_to_the_millisecond(scope: str) -> None:
    on = bench()
    on.do(held(scope, 1_000))
    on.wall_ms, on.mono_ns = on.wall_ms + 999, on.mono_ns + 999_999_999
    assert denied(on, Purpose.ENTRY) == "RATE"
    on.mono_ns += 1
    assert denied(on, Purpose.ENTRY) is None


@pytest.mark.parametrize(
    ("scope", "banned", "word"),
    [("ENTRIES", False, "ENTRIES_HELD"), ("ORDERS", False, "ORDERS_HELD"), ("ALL", False, "HELD"), ("ALL", True, "BANNED")],
)
def test_a_pause_and_its_end_are_on_record(scope: str, banned: bool, word: str) -> None:
    on = bench()
    on.do(held(scope, 5_000, banned=banned))
    assert on.state.conditions[REQUESTS] == word
    assert RATE_LIMITED in next(fact.detail for fact in on.said(ConditionChanged) if fact.name == REQUESTS)
    on.let(4_900)
    assert on.state.conditions[REQUESTS] == word
    on.let(100)
    assert on.state.conditions[REQUESTS] == "FREE"


def test_a_ban_is_alarmed_and_a_refusal_is_told() -> None:
    on = bench()
    on.do(held("ALL", 1_000))
    assert [alert.severity for alert in on.asked(Alert)] == ["warning"]
    on.forget()
    on.do(held("ALL", 120_000, banned=True))
    assert [alert.severity for alert in on.asked(Alert)] == ["critical"]
    assert [(fact.code, fact.correlation_id) for fact in on.said(ErrorRecorded)] == [(RATE_LIMITED, VENUE)]


def test_the_gravest_of_several_is_shown_and_each_ends_at_its_own_time() -> None:
    on = bench()
    on.do(held("ENTRIES", 10_000))
    on.do(held("ALL", 2_000, banned=True))
    assert on.state.conditions[REQUESTS] == "BANNED"
    on.let(2_000)
    assert on.state.conditions[REQUESTS] == "ENTRIES_HELD"
    assert denied(on, Purpose.EXIT) is None
    on.let(8_000)
    assert on.state.conditions[REQUESTS] == "FREE"


def test_a_shorter_word_ends_no_pause_earlier() -> None:
    on = bench()
    on.do(held("ALL", 10_000))
    on.do(held("ALL", 1_000))
    on.let(9_900)
    assert denied(on, Purpose.EXIT) == "RATE"


def test_cancels_are_asked_for_all_the_same() -> None:
    on = hunter()
    order = on.order(limit_signal(Side.BUY, "0.2", "99"))
    on.do(held("ORDERS"))
    on.operate("CANCEL_ORDER", order.client_order_id)
    assert [command.client_order_id for command in on.asked(CancelOrder)] == [order.client_order_id]


def test_an_entry_on_its_way_is_looked_at_once_more() -> None:
    on = bench()
    on.submit(signal(quantity="0.2"))
    (command,) = on.asked(PlaceOrder)
    on.do(held("ENTRIES"))
    refusal = on.engine.refusal_before_send(command.order, on.now)
    assert refusal is not None
    assert refusal.startswith(RATE_LIMITED)


def test_an_order_that_the_budget_keeps_back_is_not_sent_and_says_why() -> None:
    on = bench()
    on.submit(signal(quantity="0.2"))
    (command,) = on.asked(PlaceOrder)
    on.do(SendRefused(client_order_id=command.order.client_order_id, reason=f"{RATE_LIMITED} ORDERS per 10 s"))
    order = on.state.orders[command.order.client_order_id]
    assert (order.state, order.reserved) == (OrderState.NOT_SENT, 0)
    assert order.reason.startswith(RATE_LIMITED)


# -- across a restart -------------------------------------------------------------------------------------------------


def test_a_pause_of_everything_outlives_the_process() -> None:
    on = bench()
    on.do(held("ALL", 120_000, banned=True))
    until_ms = on.wall_ms + 120_000
    state = refold(on.all_facts)
    assert state.conditions[HELD_UNTIL] == str(until_ms)
    assert rate_limits.held_ms(state, VENUE, until_ms - 1) == 1
    assert rate_limits.held_ms(state, VENUE, until_ms) == 0
    later = Bench(on.settings, state)
    later.wall_ms = until_ms - 50_000
    later.boot()
    assert later.state.conditions[REQUESTS] == "HELD"
    later.let(49_900)
    assert later.state.conditions[REQUESTS] == "HELD"
    later.let(100)
    assert (later.state.conditions[REQUESTS], later.state.conditions[HELD_UNTIL]) == ("FREE", "0")


def test_what_only_orders_had_to_wait_for_is_learnt_anew() -> None:
    on = bench()
    on.do(held("ORDERS"))
    state = refold(on.all_facts)
    later = Bench(on.settings, state)
    later.boot()
    assert REQUESTS not in later.state.conditions
    assert rate_limits.held_ms(later.state, VENUE, START_MS) == 0
