"""The interpreter looks for garbage in all that lives only while nothing is decided, or when it cannot be put off any longer."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import Iterator

import pytest

from genesis import garbage
from genesis.garbage import Garbage


class Knot:
    """Refers to itself: counting references does not free it."""

    def __init__(self) -> None:
        self.self = self


@pytest.fixture(autouse=True)
def undisturbed() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


async def gone(left: weakref.ref[Knot]) -> None:
    ended = asyncio.get_running_loop().create_future()
    knot = left()
    if knot is not None:
        weakref.finalize(knot, ended.set_result, None)
        del knot
        await ended


def grown_old() -> weakref.ref[Knot]:
    """Garbage that has survived the looks at the young."""
    knot = Knot()
    gc.collect(1)
    found = weakref.ref(knot)
    del knot
    for _ in range(garbage.WORTH):
        gc.collect(1)
    return found


async def test_nothing_old_is_looked_at_while_facts_are_recorded() -> None:
    facts = iter(range(1_000))
    kept = Garbage(lambda: next(facts))
    kept.begin()
    left = grown_old()
    assert not any(kept.look() for _ in range(3 * garbage.QUIET_LOOKS))
    assert left() is not None
    kept.stop()


async def test_garbage_goes_when_it_is_quiet_and_what_lives_is_not_looked_at_again() -> None:
    kept = Garbage(lambda: 7)
    kept.begin()
    left, lives = grown_old(), Knot()
    looks = [kept.look() for _ in range(garbage.QUIET_LOOKS + 1)]
    assert looks == [False] * garbage.QUIET_LOOKS + [True]
    assert left() is None
    assert not any(one is lives for one in gc.get_objects())
    kept.stop()


async def test_it_is_not_put_off_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "MOST", garbage.WORTH)
    facts = iter(range(1_000))
    kept = Garbage(lambda: next(facts))
    kept.begin()
    left = grown_old()
    assert kept.look()
    assert left() is None
    kept.stop()


async def test_the_interpreter_does_not_look_by_itself_meanwhile() -> None:
    kept = Garbage(lambda: 7)
    kept.begin()
    assert gc.get_threshold()[2] > garbage.MOST
    kept.stop()
    assert gc.get_threshold()[2] < garbage.WORTH


async def test_it_looks_by_its_own_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(garbage, "LOOK_S", 0.001)
    kept = Garbage(lambda: 7)
    kept.begin()
    left = grown_old()
    await asyncio.wait_for(gone(left), 20)
    kept.stop()
