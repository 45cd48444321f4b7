"""What became of signals: lost and invented ones are found, whatever the engine said."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.common.types import Symbol
from libraries.engine_keywords import signal_source
from libraries.engine_keywords.outgoing import Wish
from libraries.engine_keywords.signal_source import SignalSources
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.http import Answer

OUTCOMES = {"1": 201, "2": 422, "3": 504, "4": None, "5": 201}
"""Number of a signal -> the status that comes; None = no answer."""


class Client:
    def close(self) -> None:
        """There is nothing."""


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> SignalSources:
    """One source whose sixth signal nobody answers any more."""

    def send(_engine: Any, document: dict[str, Any], _client: Any) -> Answer:
        status = OUTCOMES.get(document["signal_id"].rpartition("-")[2])
        if status is None:
            raise WorldError("no answer")
        return Answer("POST", "/signals", status, {})

    monkeypatch.setattr(signal_source, "own_client", lambda _engine: Client())
    monkeypatch.setattr(signal_source, "send", send)
    made = SignalSources(None, "venue", (Symbol("BTCUSDT"),), 0.001)  # type: ignore[arg-type]
    made.wait_for(2, Deadline(10))
    made.stop()
    return made


def names(sources: SignalSources, *numbers: int) -> list[str]:
    return [f"{sources._prefix}BTCUSDT-{number}" for number in numbers]


def test_what_is_there_is_neither_lost_nor_invented(sources: SignalSources) -> None:
    sent = sources.end([*names(sources, 1, 2, 3, 5), "sig-1"], [*names(sources, 1, 3, 5), "sig-1"])
    assert (sent.acknowledged, sent.refused, sent.lost, sent.phantom) == (2, 1, [], [])
    assert sent.unknown >= 2


def test_an_acknowledged_signal_without_a_fact_or_an_order_is_lost(sources: SignalSources) -> None:
    assert sources.end(names(sources, 5), names(sources, 5)).lost == names(sources, 1)
    assert sources.end(names(sources, 1, 5), names(sources, 1)).lost == names(sources, 5)


@pytest.mark.parametrize(
    ("journaled", "ordered", "invented"), [((1, 5, 99), (1, 5), 99), ((1, 5, 2), (1, 5, 2), 2), ((1, 1, 5), (1, 5), 1)]
)
def test_what_nobody_sent_was_refused_or_is_there_twice_is_a_phantom(
    sources: SignalSources, journaled: tuple[int, ...], ordered: tuple[int, ...], invented: int
) -> None:
    assert sources.end(names(sources, *journaled), names(sources, *ordered)).phantom == names(sources, invented)


def test_orders_that_were_asked_for_before_do_not_count(sources: SignalSources) -> None:
    sources.counted_from += 1_000
    with pytest.raises(AssertionError, match=r"1 orders should be acknowledged within 0.01 s, 0 were; 1 were refused \(for example 4"):
        sources.wait_for(1, Deadline(0.01))


def test_sides_alternate(sources: SignalSources) -> None:
    wishes: list[Wish] = [sources._sources[0]._wish(number) for number in (1, 2)]
    assert [wish.side.value for wish in wishes] == ["BUY", "SELL"]
