"""A feed of bars says when there is nothing to do, and is right: it is asked at every public trade."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.core.events import MarketTrade, Now
from genesis.core.money import ONE
from genesis.engine.bars import BarFeed
from tests.builders import SYMBOL, VENUE

SECOND = 1_000
START = 10 * SECOND
KINDS = ("trade", "gap", "time", "connected", "disconnected", "failed", "fetched")
steps = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 1_500)), max_size=40)


def trade(at_ms: int, number: int) -> MarketTrade:
    return MarketTrade(venue=VENUE, symbol=SYMBOL, price=ONE, quantity=ONE, venue_time_ms=at_ms, trade_id=number)


def whole() -> BarFeed:
    """It has asked for the bars before `START` and got them; its market has been up since."""
    feed = BarFeed(VENUE, SYMBOL, SECOND, keep=2)
    feed.connected(START - 1)
    feed.wanted(START, Now(START, 1))
    feed.fetched((), START)
    feed.take(trade(START + 10, 1))
    return feed


@pytest.mark.parametrize(("at_ms", "quiet", "closed"), [(START + 999, True, 0), (START + 1_000, False, 1), (START + 1_001, False, 1)])
def test_it_is_quiet_until_the_bar_that_runs_is_over(at_ms: int, quiet: bool, closed: int) -> None:
    feed = whole()
    assert (feed.quiet_until_ms > at_ms) is quiet
    assert len(feed.close(at_ms)) == closed


def test_it_is_quiet_while_it_waits_for_an_answer() -> None:
    feed = BarFeed(VENUE, SYMBOL, SECOND, keep=2)
    assert feed.quiet_until_ms <= START
    assert feed.wanted(START, Now(START, 1)) is not None
    assert feed.quiet_until_ms > START + 5 * SECOND
    feed.failed(0)
    assert feed.quiet_until_ms <= START + 5 * SECOND


@settings(deadline=None)
@given(steps=steps)
def test_a_quiet_one_has_nothing_to_close_and_nothing_to_ask_for(steps: list[tuple[str, int]]) -> None:
    feed, at_ms, number = whole(), START, 1
    for what, later_ms in steps:
        at_ms += later_ms
        if what in {"trade", "gap"}:
            number += 1 if what == "trade" else 2
            feed.take(trade(at_ms, number))
        elif what in {"connected", "fetched"}:
            feed.connected(at_ms) if what == "connected" else feed.fetched((), at_ms - at_ms % SECOND)
        elif what != "time":
            feed.disconnected() if what == "disconnected" else feed.failed(0)
        if feed.quiet_until_ms > at_ms:
            unasked = copy.deepcopy(feed)
            assert (unasked.close(at_ms), unasked.wanted(at_ms, Now(at_ms, 1))) == ([], None)
        else:
            feed.close(at_ms)
            feed.wanted(at_ms, Now(at_ms, 1))
