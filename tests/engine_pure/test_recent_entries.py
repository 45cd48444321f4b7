"""R9, R36: what is found by searches is what a walk over all signals finds, by a clock that may go back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from genesis.core.models import Side, Signal
from genesis.core.recent_entries import RecentEntries
from tests.builders import signal

WINDOW_MS = 100

said = st.tuples(
    st.sampled_from(["one", "two", "three"]),
    st.sampled_from(list(Side)),
    st.sampled_from(["BTCUSDT", "ETHUSDT"]),
    st.sampled_from(["", "", "p1", "p2"]),
    st.integers(-60, 60),  # ms since the one before
    st.booleans(),  # taken back at once
    st.booleans(),  # searched
)


def walked_number(kept: list[Signal], strategy: str, since_ms: int, but: str) -> int:
    names = {one.pair or one.signal_id for one in kept if one.strategy == strategy and one.received_ms > since_ms}
    return len(names - {but})


def walked_against(kept: list[Signal], asked: Signal, since_ms: int) -> list[Signal]:
    found = [one for one in kept if one.strategy != asked.strategy and one.symbol == asked.symbol and one.side is not asked.side]
    return sorted((one for one in found if one.received_ms >= since_ms), key=lambda one: one.received_ms)


@given(st.lists(said, max_size=40))
def test_a_search_finds_what_a_walk_finds(lives: list[tuple[str, Side, str, str, int, bool, bool]]) -> None:
    entries, kept, now_ms = RecentEntries(WINDOW_MS), list[Signal](), 1_000
    for strategy, side, symbol, pair, passed_ms, back, searched in lives:
        now_ms += passed_ms
        last = signal(side, strategy=strategy, symbol=symbol, pair=pair, received_ms=now_ms)
        entries.add(last)
        kept.append(last)
        while kept[0].received_ms < now_ms - WINDOW_MS:
            kept.pop(0)
        for since_ms in (now_ms - 50, now_ms, now_ms + 50) if searched else ():
            assert entries.number(strategy, since_ms, last.pair or last.signal_id) == walked_number(
                kept, strategy, since_ms, last.pair or last.signal_id
            )
            assert entries.against(last, since_ms) == walked_against(kept, last, since_ms)
        if back:
            entries.take_back(last.signal_id)
            kept.pop()
        assert list(entries) == kept
        assert len(entries) == len(kept)


def test_only_the_newest_is_taken_back() -> None:
    entries = RecentEntries(WINDOW_MS)
    first, second = signal(strategy="one", received_ms=1), signal(strategy="one", received_ms=2)
    entries.add(first)
    entries.add(second)
    entries.take_back(first.signal_id)
    assert list(entries) == [first, second]
    entries.take_back(second.signal_id)
    assert list(entries) == [first]
