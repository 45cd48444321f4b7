"""The watch of L9: what it counts, and that it says nothing of a time in which it has not looked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from assertionengine import AssertionOperator

from libraries.common.types import Timeout
from libraries.load_keywords import uptime
from libraries.load_keywords.results import LoadComponent
from libraries.load_keywords.uptime import UptimeKeywords, Watcher

EQUALS, LEAST = AssertionOperator["=="], AssertionOperator[">="]
ENOUGH = 25
pytestmark = pytest.mark.timeout(30)


class Asked(Watcher):
    """A watch whose questions are answered by `answer`, given their numbers from 0."""

    def __init__(self, answer: Callable[[int], bool]) -> None:
        engine: Any = None
        super().__init__(engine)
        self.enough = threading.Event()
        self._answer = answer

    def _can_trade(self) -> bool:
        if self.looks >= ENOUGH:
            self.enough.set()
        return self._answer(self.looks)


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    found = SimpleNamespace(uptime=None, loads=[])
    monkeypatch.setattr(LoadComponent, "notes", property(lambda _self: found))
    monkeypatch.setattr(LoadComponent, "measured", lambda *_, **__: None)
    monkeypatch.setattr(uptime, "_LOOK_EVERY_S", 0.002)
    yield found
    if found.uptime is not None:
        found.uptime.end()


def watched(memory: SimpleNamespace, answer: Callable[[int], bool]) -> Asked:
    memory.uptime = Asked(answer)
    memory.uptime.start()
    return memory.uptime  # type: ignore[no-any-return]


def test_outages_are_counted_and_their_time_is_taken_from_a_day(memory: SimpleNamespace) -> None:
    assert watched(memory, lambda number: number not in (3, 4, 9)).enough.wait(10)
    assert UptimeKeywords().get_outage_count(EQUALS, Decimal(2)) == 2
    assert UptimeKeywords().get_availability(LEAST, Decimal("99.9")) >= Decimal("99.9")


def test_it_is_awaited_that_the_watch_sees_the_engine_trade(memory: SimpleNamespace) -> None:
    watched(memory, lambda number: number > ENOUGH)
    UptimeKeywords().await_that_the_engine_can_trade(timeout=Timeout(seconds=10))
    assert UptimeKeywords().get_outage_count(EQUALS, Decimal(1)) == 1


def test_an_engine_that_cannot_trade_is_not_awaited_for_ever(memory: SimpleNamespace) -> None:
    watched(memory, lambda _: False)
    with pytest.raises(AssertionError, match=r"should be able to trade within 0.3 s, it was not after \d+ looks; outages"):
        UptimeKeywords().await_that_the_engine_can_trade(timeout=Timeout(seconds=0.3))


def test_it_is_awaited_that_the_watch_sees_that_the_engine_cannot_trade(memory: SimpleNamespace) -> None:
    """Until then nothing is healed: an outage between two looks was none."""
    watched(memory, lambda number: number < ENOUGH)
    UptimeKeywords().await_that_the_engine_cannot_trade(timeout=Timeout(seconds=10))
    assert UptimeKeywords().get_outage_count(EQUALS, Decimal(1)) == 1


def test_an_engine_that_trades_on_is_not_awaited_for_ever(memory: SimpleNamespace) -> None:
    watched(memory, lambda _: True)
    with pytest.raises(AssertionError, match=r"should be unable to trade within 0.3 s, it was not after \d+ looks; outages.*none"):
        UptimeKeywords().await_that_the_engine_cannot_trade(timeout=Timeout(seconds=0.3))


def test_a_watch_that_never_looked_says_nothing(memory: SimpleNamespace) -> None:
    memory.uptime = Asked(lambda _: True)
    for asked in (UptimeKeywords().get_outage_count, UptimeKeywords().get_availability):
        memory.uptime = memory.uptime or Asked(lambda _: True)
        with pytest.raises(AssertionError, match=r"asked 20 times or more and at least every 2 s, it was asked 0 times"):
            asked()


def test_a_watch_that_broke_off_says_nothing(memory: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "MOST_GAP_S", 0.05)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    watch = watched(memory, lambda number: 1 // (ENOUGH - number) >= 0)  # breaks when there were enough
    assert watch.enough.wait(10)
    watch._thread.join()
    threading.Event().wait(0.1)
    with pytest.raises(AssertionError, match="what happened meanwhile nobody knows"):
        UptimeKeywords().get_availability()


def test_a_watch_with_a_gap_says_nothing(memory: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uptime, "MOST_GAP_S", 0.2)

    def slow_once(number: int) -> bool:
        if number == 2:
            threading.Event().wait(0.3)
        return True

    assert watched(memory, slow_once).enough.wait(10)
    with pytest.raises(AssertionError, match=r"with 0\.\d s between two"):
        UptimeKeywords().get_outage_count()


@pytest.mark.parametrize(
    ("body", "able"),
    [
        ({"state": "RUNNING", "database": {"ok": True}}, True),
        ({"state": "RUNNING", "database": {"ok": False}}, False),
        ({"state": "HALTED", "database": {"ok": True}}, False),
        ({"state": "RUNNING"}, False),
    ],
)
def test_an_engine_that_does_not_say_that_its_database_answers_cannot_trade(
    body: dict[str, Any], able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = SimpleNamespace(request=lambda *_, **__: SimpleNamespace(ok=True, body=body))
    monkeypatch.setattr(Watcher, "_own_client", lambda _: client)
    engine: Any = None
    assert Watcher(engine)._can_trade() is able
