"""The rate budget alone: limits and reserves to the last request, windows to the millisecond, refusals obeyed (X31-X33)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.core.errors import RATE_LIMITED
from genesis.core.settings import RateSettings
from genesis.exchange import weights
from genesis.exchange.rate_budget import ORDERS, WEIGHT, Count, RateBudget, Refused, Scope, Ticket, Use
from tests.engine_exchange.rate_kit import MINUTE_MS, Clocked, NaiveVenue, orders, weight

BAN_MS, DAY_MS = 120_000, 86_400_000


# -- limits and reserves ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "most"), [(Use.ENTRY, 80), (Use.MARKET, 80), (Use.READING, 90), (Use.EXIT, 100), (Use.CANCEL, 100)], ids=str
)
def test_each_use_leaves_its_part_of_the_weight(use: Use, most: int) -> None:
    at = Clocked()
    at.spend(most - 1)
    at.take(use)  # exactly the limit
    refused = at.refuse(use)  # one above it
    assert (refused.limit, refused.most, refused.used) == ("REQUEST_WEIGHT per 60 s", most, most)


def test_a_heavy_request_is_weighed_whole() -> None:
    at = Clocked()
    at.spend(60)
    at.refuse(Use.READING, 31)
    at.take(Use.READING, 30)


def test_entries_leave_a_part_of_the_orders_to_exits() -> None:
    at = Clocked()
    at.place(8)
    refused = at.refuse(Use.ENTRY, orders=1)
    assert (refused.scope, refused.limit, refused.most, refused.used) == (Scope.ENTRIES, "ORDERS per 10 s", 8, 8)
    at.place(2, Use.EXIT)
    assert at.refuse(Use.EXIT, orders=1).scope is Scope.ORDERS


def test_cancels_pass_when_no_order_does() -> None:
    at = Clocked()
    at.place(10, Use.EXIT)
    at.refuse(Use.EXIT, orders=1)
    at.take(Use.CANCEL)


def test_cancels_pass_when_no_entry_does() -> None:
    at = Clocked()
    at.spend(99)
    at.refuse(Use.ENTRY)
    at.refuse(Use.READING)
    at.take(Use.CANCEL)
    assert at.refuse(Use.CANCEL).scope is Scope.ALL  # the venue would refuse it, and count that against us


def test_a_reserve_is_rounded_up() -> None:
    at = Clocked(RateSettings(orders_10s=4))
    at.place(3)
    at.refuse(Use.ENTRY, orders=1)


def test_without_reserves_everything_uses_everything() -> None:
    at = Clocked(RateSettings(weight_1m=2, weight_reserve=Decimal(0), order_reserve=Decimal(0)))
    at.spend(1)
    at.take(Use.MARKET)
    assert at.refuse(Use.MARKET).scope is Scope.ALL


def test_requests_are_counted_too() -> None:
    at = Clocked(RateSettings(requests_5m=10))
    at.spend(0, Use.ENTRY)
    for _ in range(7):
        at.spend(0, Use.ENTRY)
    assert at.refuse(Use.ENTRY, 0).limit == "RAW_REQUESTS per 300 s"
    at.spend(0, Use.CANCEL)


def test_the_days_orders_are_counted() -> None:
    at = Clocked(RateSettings(orders_10s=10, orders_1d=15))
    at.place(8)
    at.let(10_000)
    at.place(4)
    assert at.refuse(Use.ENTRY, orders=1).limit == "ORDERS per 86400 s"


def test_what_was_refused_is_not_counted() -> None:
    at = Clocked()
    at.spend(80)
    at.refuse(Use.ENTRY)
    assert at.limit(WEIGHT, MINUTE_MS)["used"] == 80
    assert at.budget.refusals[Use.ENTRY] == 1


# -- windows ----------------------------------------------------------------------------------------------------------


def test_a_window_ends_with_the_venues_minute() -> None:
    at = Clocked()
    at.let(12_345)
    at.spend(100)
    assert at.refuse(Use.CANCEL).wait_ms == MINUTE_MS - 12_345
    at.let(MINUTE_MS - 12_345 - 1)
    assert at.refuse(Use.CANCEL).wait_ms == 1
    at.let(1)
    at.take(Use.CANCEL, 100)


def test_orders_begin_anew_every_ten_seconds() -> None:
    at = Clocked()
    at.let(9_999)
    at.place(8)
    assert at.refuse(Use.ENTRY, orders=1).wait_ms == 1
    at.let(1)
    at.place(8)


@pytest.mark.parametrize("end", [RateBudget.answered, RateBudget.lost])
def test_what_ends_with_the_window_counts_in_the_new_one_too(end: Callable[[RateBudget, Ticket], None]) -> None:
    """Sent just before the minute's end, ended just after it, and nothing was asked in between: the venue may have counted it here."""
    at = Clocked()
    at.let(MINUTE_MS - 1)
    late = at.take(Use.CANCEL, 40)
    at.let(1)
    end(at.budget, late)
    assert at.limit(WEIGHT, MINUTE_MS)["used"] == 40
    at.refuse(Use.CANCEL, 61)


def test_what_is_under_way_counts_in_the_new_window_too() -> None:
    at = Clocked()
    at.let(MINUTE_MS - 1)
    under_way = at.take(Use.CANCEL, 40)
    at.let(1)
    assert at.refuse(Use.CANCEL, 61).used == 40
    at.budget.lost(under_way)
    at.take(Use.CANCEL, 60)


def test_a_clock_corrected_by_little_brings_no_old_window_back() -> None:
    at = Clocked()
    at.spend(70)
    at.let(MINUTE_MS)
    at.spend(90)
    at.venue_ms -= 5  # measured again, it is still the minute before
    at.refuse(Use.CANCEL, 11)
    at.venue_ms += 5
    at.refuse(Use.CANCEL, 11)


def test_a_clock_set_back_far_begins_anew() -> None:
    at = Clocked()
    at.spend(100)
    at.venue_ms -= 3_600_000
    at.take(Use.CANCEL, 100)


# -- the venue's own counts -------------------------------------------------------------------------------------------


def test_the_venue_counts_what_others_used() -> None:
    at = Clocked()
    at.budget.answered(at.take(Use.READING), [weight(79)])
    at.take(Use.ENTRY)
    at.refuse(Use.ENTRY)


def test_weight_never_falls_within_a_window() -> None:
    at = Clocked()
    at.spend(50)
    at.budget.answered(at.take(Use.CANCEL), [weight(3)])
    assert at.limit(WEIGHT, MINUTE_MS)["used"] == 51


def test_what_is_under_way_is_added_to_the_venues_count() -> None:
    at = Clocked()
    first = at.take(Use.CANCEL, 10)
    at.take(Use.CANCEL, 20)
    at.budget.answered(first, [weight(60)])
    assert at.limit(WEIGHT, MINUTE_MS)["used"] == 80


def test_orders_fall_with_every_fill() -> None:
    at = Clocked()
    at.place(7)
    at.budget.answered(at.take(Use.ENTRY, 1, 1), [orders(1)])
    at.place(7)
    at.refuse(Use.ENTRY, orders=1)


def test_a_count_of_the_window_before_is_not_believed() -> None:
    at = Clocked()
    at.let(MINUTE_MS - 1)
    late = at.take(Use.CANCEL)
    at.let(1)
    at.budget.answered(late, [weight(99)])
    at.take(Use.CANCEL, 99)


def test_the_venues_own_limits_are_learnt() -> None:
    at = Clocked()
    at.budget.learn([weight(0, 1_000), orders(0, 50), Count(kind=ORDERS, interval_ms=MINUTE_MS, most=60)])
    at.spend(1_000)
    at.let(MINUTE_MS)
    at.place(40)
    at.refuse(Use.ENTRY, orders=1)
    at.let(10_000)
    at.place(8)  # 60 a minute, 48 of them for entries
    assert at.refuse(Use.ENTRY, orders=1).limit == "ORDERS per 60 s"


@pytest.mark.parametrize("kind", ["CONNECTIONS", ""])
def test_limits_of_kinds_that_nobody_knows_are_passed_over(kind: str) -> None:
    at = Clocked()
    at.budget.learn([Count(kind=kind, interval_ms=MINUTE_MS, most=1), Count(kind=WEIGHT, interval_ms=0, most=1)])
    at.take(Use.CANCEL, 100)


def test_a_limit_of_nothing_is_not_believed() -> None:
    at = Clocked()
    at.budget.answered(at.take(Use.CANCEL), [weight(1, 0)])
    at.take(Use.CANCEL, 99)


# -- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("use", list(Use))
def test_nothing_leaves_before_retry_after(use: Use) -> None:
    """X31"""
    at = Clocked()
    refused = at.budget.refused(429, -1003, 7_000)
    assert refused is not None
    assert (refused.scope, refused.wait_ms, refused.banned) == (Scope.ALL, 7_000, False)
    at.let(6_999)
    held = at.refuse(use)
    assert (held.scope, held.wait_ms) == (Scope.ALL, 1)
    assert held.reason == f"{RATE_LIMITED} refused by the venue: no request for 1 ms"
    at.let(1)
    at.take(use)


def test_a_part_of_a_millisecond_is_waited_out() -> None:
    at = Clocked()
    at.budget.refused(429, -1003, 1_000)
    at.mono_ns += 999_999_999
    assert at.refuse(Use.CANCEL).wait_ms == 1
    at.mono_ns += 1
    at.take(Use.CANCEL)


def test_a_ban_is_waited_out_to_its_last_millisecond() -> None:
    """X32"""
    at = Clocked()
    refused = at.budget.refused(418, -1003, BAN_MS)
    assert refused is not None
    assert refused.banned
    at.let(BAN_MS - 1)
    assert at.refuse(Use.CANCEL).banned
    assert at.budget.status()["banned"]
    at.let(1)
    at.take(Use.CANCEL)
    assert not at.budget.status()["banned"]


def test_a_later_refusal_never_ends_a_ban_earlier() -> None:
    at = Clocked()
    at.budget.refused(418, -1003, BAN_MS)
    refused = at.budget.refused(429, -1003, 1_000)
    assert refused is not None
    assert (refused.banned, refused.wait_ms) == (True, BAN_MS)


def test_after_a_ban_a_refusal_is_no_ban() -> None:
    at = Clocked()
    at.budget.refused(418, -1003, BAN_MS)
    at.let(BAN_MS)
    refused = at.budget.refused(429, -1003, 1_000)
    assert refused is not None
    assert not refused.banned


def test_a_clock_of_the_venue_that_jumps_ends_no_pause() -> None:
    at = Clocked()
    at.budget.refused(418, -1003, BAN_MS)
    at.venue_ms += DAY_MS
    at.refuse(Use.CANCEL)


def test_without_retry_after_the_venues_minute_is_waited_out() -> None:
    at = Clocked()
    at.let(20_000)
    refused = at.budget.refused(429, 0, None)
    assert refused is not None
    assert refused.wait_ms == 40_000


def test_without_retry_after_a_ban_is_a_first_ban() -> None:
    at = Clocked()
    refused = at.budget.refused(418, 0, None)
    assert refused is not None
    assert refused.wait_ms == BAN_MS


def test_no_refusal_holds_longer_than_the_longest_ban() -> None:
    at = Clocked()
    refused = at.budget.refused(418, -1003, 10 * DAY_MS)
    assert refused is not None
    assert refused.wait_ms == 3 * DAY_MS


def test_too_many_orders_hold_orders_and_nothing_else() -> None:
    """X33"""
    at = Clocked()
    at.let(4_000)
    refused = at.budget.refused(429, -1015, None)
    assert refused is not None
    assert (refused.scope, refused.wait_ms) == (Scope.ORDERS, 6_000)
    at.refuse(Use.ENTRY, orders=1)
    at.refuse(Use.EXIT, orders=1)
    at.take(Use.CANCEL)
    at.take(Use.READING)
    at.let(5_999)
    at.refuse(Use.ENTRY, orders=1)
    at.let(1)
    at.take(Use.ENTRY, orders=1)


def test_the_longer_of_two_pauses_of_orders_holds() -> None:
    at = Clocked()
    at.budget.refused(429, -1015, 9_000)
    at.budget.refused(429, -1015, 1_000)
    at.let(8_999)
    at.refuse(Use.EXIT, orders=1)


@pytest.mark.parametrize(("status", "code"), [(200, 0), (400, -1003), (400, -1015), (503, -1008), (403, 0)])
def test_other_answers_hold_nothing(status: int, code: int) -> None:
    at = Clocked()
    assert at.budget.refused(status, code, 5_000) is None
    at.take(Use.ENTRY, orders=1)


@pytest.mark.parametrize(("told_ms", "held_ms"), [(30_000, 30_000), (10 * DAY_MS, 3 * DAY_MS), (0, 0), (-5, 0)])
def test_a_pause_outlives_the_process(told_ms: int, held_ms: int) -> None:
    assert Clocked(held_ms=told_ms).budget.held_ms == held_ms


# -- weights ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "params", "expected"),
    [
        ("time", {}, 1),
        ("exchangeInfo", {}, 20),
        ("depth", {}, 5),
        ("depth", {"limit": 100}, 5),
        ("depth", {"limit": 101}, 25),
        ("depth", {"limit": 1_000}, 50),
        ("depth", {"limit": 5_000}, 250),
        ("klines", {}, 2),
        ("account", {}, 20),
        ("order", {}, 4),
        ("openOrders", {"symbol": "BTCUSDT"}, 6),
        ("openOrders", {}, 80),
        ("allOrders", {}, 20),
        ("myTrades", {"symbol": "BTCUSDT"}, 20),
        ("myTrades", {"symbol": "BTCUSDT", "orderId": 7}, 5),
    ],
)
def test_questions_weigh_what_the_documentation_says(path: str, params: dict[str, object], expected: int) -> None:
    assert weights.of_question(path, params) == expected


def test_requests_weigh_what_the_documentation_says() -> None:
    methods = ("time", "ping", "order.place", "order.cancel", "userDataStream.subscribe.signature")
    assert [weights.of_request(method) for method in methods] == [1, 1, 1, 1, 2]


# -- against a naive model --------------------------------------------------------------------------------------------

STEPS = st.tuples(st.sampled_from(Use), st.integers(0, 30), st.integers(0, 1), st.integers(0, 25_000), st.booleans())


@settings(max_examples=300, deadline=None)
@given(st.lists(STEPS, max_size=60))
def test_the_same_requests_leave_as_of_a_venue_that_adds_up_anew(steps: list[tuple[Use, int, int, int, bool]]) -> None:
    """Every request answered before the next: the budget takes exactly what the sums of each window leave."""
    at, venue = Clocked(), NaiveVenue()
    for use, heavy, places, pause_ms, told in steps:
        at.let(pause_ms)
        expected = venue.would_take(use, heavy, places, at.venue_ms)
        outcome = at.budget.take(use, heavy, places)
        assert isinstance(outcome, Ticket) == expected
        if isinstance(outcome, Refused):
            continue
        venue.reached(at.venue_ms, heavy, places)
        counts = [Count(kind=kind, interval_ms=length, used=venue.used(kind, length, at.venue_ms)) for kind, length, _ in venue.LIMITS]
        at.budget.answered(outcome, counts if told else ())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(STEPS, st.integers(0, 3_000), st.integers(0, 3_000)), max_size=60))
def test_no_window_of_the_venue_ever_exceeds_its_limit(steps: list[tuple[tuple[Use, int, int, int, bool], int, int]]) -> None:
    """Requests reach the venue late, and answers come later still, in any order: it never has to refuse."""
    at, venue = Clocked(), NaiveVenue()
    under_way: list[tuple[int, int, Ticket, int, int]] = []  # when it reaches the venue, when the answer comes
    for (use, heavy, places, pause_ms, _), there_ms, back_ms in steps:
        at.let(pause_ms)
        _arrive(at, venue, under_way)
        outcome = at.budget.take(use, heavy, places)
        if isinstance(outcome, Ticket):
            under_way.append((at.venue_ms + there_ms, at.venue_ms + there_ms + back_ms, outcome, heavy, places))
    at.let(10_000)
    _arrive(at, venue, under_way)
    for moment_ms, _ in venue.seen:
        for kind, length, most in venue.LIMITS:
            assert venue.used(kind, length, moment_ms) <= most


def _arrive(at: Clocked, venue: NaiveVenue, under_way: list[tuple[int, int, Ticket, int, int]]) -> None:
    for entry in list(under_way):
        reached_ms, back_ms, ticket, heavy, places = entry
        if back_ms <= at.venue_ms:
            venue.reached(reached_ms, heavy, places)
            at.budget.answered(ticket)
            under_way.remove(entry)


def test_a_venue_that_names_ever_more_limits_is_not_followed() -> None:
    at = Clocked()
    at.budget.learn(Count(kind=WEIGHT, interval_ms=number, most=1) for number in range(1, 100_000))
    assert len(at.budget.status()["limits"]) == 16


def test_a_pause_of_orders_is_never_longer_than_the_longest_ban() -> None:
    at = Clocked()
    at.budget.refused(429, -1015, 2**63)
    assert at.budget.status()["orders_held_ms"] == 3 * DAY_MS
