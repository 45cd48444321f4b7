"""Counting actions by time: as if each was looked at, also where the clock goes back and the oldest are let go."""

from __future__ import annotations

from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from genesis.core.acted import Acted

KEPT = 20
STEPS = st.lists(st.tuples(st.integers(-30, 30), st.sampled_from(("ENTRY", "CANCEL"))), max_size=80)


@given(steps=STEPS, back=st.integers(-5, 100))
def test_the_number_is_that_of_looking_at_each(steps: list[tuple[int, str]], back: int) -> None:
    actions: list[tuple[int, str]] = []
    acted, now_ms = Acted(()), 1_000
    for step, what in steps:
        now_ms += step
        actions.append((now_ms, what))
        acted.note(now_ms, what)
        if len(actions) > KEPT:
            actions.pop(0)
            acted.forget_oldest()
    since_ms = now_ms - back
    recent = list(takewhile(lambda action: action[0] > since_ms, reversed(actions)))
    for what in ("ENTRY", "CANCEL", "PAUSE"):
        assert acted.number(since_ms, what) == sum(1 for _, kind in recent if kind == what)
        assert Acted(actions).number(since_ms, what) == acted.number(since_ms, what)
