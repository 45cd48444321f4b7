"""The order tables: complete, absorbing, and the venue's own words (I11)."""

from __future__ import annotations

import pytest

from genesis.core.models import Knowledge, OrderState, PendingAction
from genesis.core.order_state_machine import (
    PENDING_TABLE,
    RELIABILITY_NAMES,
    TABLE,
    VENUE_EVENTS,
    OrderEvent,
    PendingEvent,
    pending_after,
    step,
)
from tests.builders import order

TERMINAL = [state for state in OrderState if state.terminal]
RANK = {OrderState.PENDING: 0, OrderState.SUBMITTED: 1, OrderState.OPEN: 2, OrderState.PARTIALLY_FILLED: 3}


def test_every_state_has_a_row_and_every_pending_a_row() -> None:
    assert set(TABLE) == set(OrderState)
    assert set(PENDING_TABLE) == set(PendingAction)


def test_terminal_states_absorb() -> None:
    assert len(TERMINAL) == 6
    for state in TERMINAL:
        assert set(TABLE[state].values()) <= {state}


def test_no_transition_goes_back() -> None:
    for state, rank in RANK.items():
        for after in TABLE[state].values():
            assert after.terminal or RANK[after] >= rank, (state, after)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("NEW", OrderState.OPEN),
        ("PENDING_NEW", OrderState.OPEN),
        ("PENDING_CANCEL", OrderState.OPEN),
        ("PARTIALLY_FILLED", OrderState.PARTIALLY_FILLED),
        ("FILLED", OrderState.FILLED),
        ("CANCELED", OrderState.CANCELLED),
        ("EXPIRED", OrderState.EXPIRED),
        ("EXPIRED_IN_MATCH", OrderState.EXPIRED),
        ("REJECTED", OrderState.REJECTED),
    ],
)
def test_the_venues_words(word: str, expected: OrderState) -> None:
    assert step(OrderState.SUBMITTED, VENUE_EVENTS[word]) is expected
    assert len(VENUE_EVENTS) == 9


@pytest.mark.parametrize(
    ("state", "event"),
    [
        (OrderState.FILLED, OrderEvent.CANCELLED),
        (OrderState.CANCELLED, OrderEvent.FILLED),
        (OrderState.OPEN, OrderEvent.REJECTED),
        (OrderState.OPEN, OrderEvent.ABSENT),
        (OrderState.SUBMITTED, OrderEvent.NOT_SENT),
        (OrderState.PARTIALLY_FILLED, OrderEvent.NOT_SENT),
        (OrderState.FAILED, OrderEvent.ACCEPTED),
        (OrderState.NOT_SENT, OrderEvent.SENT),
        (OrderState.REJECTED, OrderEvent.PARTLY_FILLED),
    ],
)
def test_what_cannot_be_is_not_in_the_table(state: OrderState, event: OrderEvent) -> None:
    assert step(state, event) is None


@pytest.mark.parametrize(
    ("pending", "knowledge", "event", "expected"),
    [
        ("NEW", "KNOWN", PendingEvent.ALIVE, ("NONE", "KNOWN")),
        ("NEW", "UNKNOWN", PendingEvent.ALIVE, ("NONE", "KNOWN")),
        ("NEW", "KNOWN", PendingEvent.LOST, ("NEW", "UNKNOWN")),
        ("NEW", "UNKNOWN", PendingEvent.ASKED_AGAIN, ("NEW", "KNOWN")),
        ("CANCEL", "UNKNOWN", PendingEvent.ALIVE, ("CANCEL", "UNKNOWN")),
        ("CANCEL", "KNOWN", PendingEvent.LOST, ("CANCEL", "UNKNOWN")),
        ("CANCEL", "UNKNOWN", PendingEvent.CANCEL_ASKED, ("CANCEL", "KNOWN")),
        ("CANCEL", "UNKNOWN", PendingEvent.ENDED, ("NONE", "KNOWN")),
        ("NONE", "KNOWN", PendingEvent.LOST, ("NONE", "UNKNOWN")),
        ("NONE", "UNKNOWN", PendingEvent.DECIDED, ("NONE", "KNOWN")),
        ("REPLACE", "KNOWN", PendingEvent.LOST, ("REPLACE", "UNKNOWN")),
        ("REPLACE", "UNKNOWN", PendingEvent.ENDED, ("NONE", "KNOWN")),
    ],
)
def test_what_stands_beside(pending: str, knowledge: str, event: PendingEvent, expected: tuple[str, str]) -> None:
    made = order(pending=PendingAction(pending), knowledge=Knowledge(knowledge))
    assert pending_after(made, event) == expected


def test_reliabilitys_names_map_to_limbo() -> None:
    assert RELIABILITY_NAMES["UNKNOWN"] == (PendingAction.NEW, Knowledge.UNKNOWN)
    assert set(RELIABILITY_NAMES) == {"PENDING_NEW", "PENDING_CANCEL", "UNKNOWN"}
