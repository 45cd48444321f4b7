"""The small pure rules: backoff (R25), outcomes of requests, addresses, the venue's clock."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest

from genesis.exchange import outcomes
from genesis.exchange.addresses import checked
from genesis.exchange.backoff import Backoff
from genesis.exchange.errors import AddressError
from genesis.exchange.outcomes import Outcome
from genesis.exchange.venue_clock import VenueClock


def test_backoff_doubles_up_to_thirty_seconds() -> None:
    backoff = Backoff(lambda: 1.0, base_s=1.0, cap_s=30.0)
    assert [backoff.next_delay_s() for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]


def test_backoff_jitter_stays_between_half_and_whole() -> None:
    low, middle = (Backoff(lambda given=given: given, base_s=1.0, cap_s=30.0) for given in (0.0, 0.5))
    assert [low.next_delay_s() for _ in range(3)] == [0.5, 1, 2]
    assert [middle.next_delay_s() for _ in range(3)] == [0.75, 1.5, 3]


def test_backoff_starts_over_only_after_staying_up_longer_than_the_last_delay() -> None:
    backoff = Backoff(lambda: 1.0, base_s=1.0, cap_s=30.0)
    assert [backoff.next_delay_s() for _ in range(3)] == [1, 2, 4]
    assert backoff.next_delay_s(was_up_s=3.9) == 8  # accepted, and dropped at once: not forgiven
    assert backoff.next_delay_s(was_up_s=8.1) == 1


def test_backoff_survives_any_number_of_failures() -> None:
    backoff = Backoff(lambda: 1.0, base_s=1.0, cap_s=30.0)
    delays = [backoff.next_delay_s() for _ in range(3_000)]
    assert all(before <= after <= 30 for before, after in pairwise(delays))


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, 0, Outcome.DONE),
        (400, -2010, Outcome.REFUSED),
        (400, -1013, Outcome.REFUSED),
        (400, -1021, Outcome.REFUSED),
        (400, -1022, Outcome.REFUSED),
        (401, -2015, Outcome.REFUSED),
        (429, -1015, Outcome.REFUSED),
        (400, -1006, Outcome.UNKNOWN),
        (400, -1007, Outcome.UNKNOWN),
        (400, -1000, Outcome.UNKNOWN),
        (500, -1001, Outcome.UNKNOWN),
        (503, -1008, Outcome.UNKNOWN),
        (504, -1007, Outcome.UNKNOWN),
        (0, 0, Outcome.UNKNOWN),
        (302, 0, Outcome.UNKNOWN),
    ],
)
def test_outcome_of_an_answer(status: int, code: int, expected: Outcome) -> None:
    assert outcomes.of_request(status, code) is expected


def test_a_duplicate_of_ourselves_is_not_a_refusal() -> None:
    assert outcomes.of_new_order(400, -2010, "Duplicate order sent.") is Outcome.UNKNOWN
    assert outcomes.of_new_order(400, -2010, "Account has insufficient balance for requested action.") is Outcome.REFUSED


@pytest.mark.parametrize("url", ["ws://127.0.0.1:1/x", "ws://localhost:9", "ws://[::1]:9/", "wss://stream.example.com/ws-api/v3"])
def test_fit_addresses(url: str) -> None:
    assert checked(url, "ws") == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ws://stream.example.com/", "expected wss:// for host stream.example.com"),
        ("ws://10.0.0.1/", "loopback addresses only"),
        ("ws://127.0.0.1.example.com/", "loopback addresses only"),
        ("http://127.0.0.1/", "expected an address wss://"),
        ("wss://", "expected an address wss://"),
        ("wss://me:pass@host/", "without user and password"),
    ],
)
def test_unfit_addresses(url: str, said: str) -> None:
    with pytest.raises(AddressError) as error:
        checked(url, "ws")
    assert said in str(error.value)
    assert "pass@" not in str(error.value)


class StepClock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.wall = 1_000_000
        self.mono = 5_000_000_000

    def wall_ms(self) -> int:
        return self.wall

    def mono_ns(self) -> int:
        return self.mono

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def test_venue_clock_follows_the_venue_whatever_our_wall_clock_does() -> None:
    clock = StepClock()
    venue_clock = VenueClock(clock)
    assert venue_clock.now_ms() == 1_000_000
    venue_clock.observe(server_ms=1_002_000, sent_ns=5_000_000_000, received_ns=5_020_000_000)
    clock.mono = 5_010_000_000
    assert venue_clock.now_ms() == 1_002_000
    clock.wall += 3_600_000
    clock.mono += 1_000_000_000
    assert venue_clock.now_ms() == 1_003_000
