"""The life of an order as tables: (state, event) -> state, and what stays `pending` (domain "States", I11).

Terminal states absorb. An event that is merely late (a repeated NEW, a NEW after a fill) leads back to the same state;
an event that cannot be (a refusal of an order that was filled, a fill of an order proven absent) is not in the table:
`step` gives None, and the caller records an error instead of moving. The executed quantity is not kept here: it is the
sum of the booked fills, so that it can never go back.
"""

from __future__ import annotations

from enum import StrEnum

from genesis.core.models import Knowledge, Order, OrderState, PendingAction


class OrderEvent(StrEnum):
    """What can happen to an order, whatever the channel that told us."""

    SENT = "SENT"  # the bytes left
    NOT_SENT = "NOT_SENT"  # refused between commit and send; no byte left
    ACCEPTED = "ACCEPTED"  # alive at the venue, nothing executed that we do not know
    PARTLY_FILLED = "PARTLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"  # the venue's definite refusal
    ABSENT = "ABSENT"  # proven never to have reached the venue (binance-spot section 5)


VENUE_EVENTS: dict[str, OrderEvent] = {
    "NEW": OrderEvent.ACCEPTED,
    "PENDING_NEW": OrderEvent.ACCEPTED,
    "PENDING_CANCEL": OrderEvent.ACCEPTED,
    "PARTIALLY_FILLED": OrderEvent.PARTLY_FILLED,
    "FILLED": OrderEvent.FILLED,
    "CANCELED": OrderEvent.CANCELLED,
    "EXPIRED": OrderEvent.EXPIRED,
    "EXPIRED_IN_MATCH": OrderEvent.EXPIRED,
    "REJECTED": OrderEvent.REJECTED,
}
"""The venue's own word -> ours."""

RELIABILITY_NAMES: dict[str, tuple[PendingAction, Knowledge]] = {
    "PENDING_NEW": (PendingAction.NEW, Knowledge.KNOWN),
    "PENDING_CANCEL": (PendingAction.CANCEL, Knowledge.KNOWN),
    "UNKNOWN": (PendingAction.NEW, Knowledge.UNKNOWN),
}
"""Names that reliability.md uses for limbo -> what stands beside the state here (I12: none of them after recovery)."""

_OUTCOMES = {
    OrderEvent.ACCEPTED: OrderState.OPEN,
    OrderEvent.PARTLY_FILLED: OrderState.PARTIALLY_FILLED,
    OrderEvent.FILLED: OrderState.FILLED,
    OrderEvent.CANCELLED: OrderState.CANCELLED,
    OrderEvent.EXPIRED: OrderState.EXPIRED,
}


def _done(state: OrderState, event: OrderEvent) -> dict[OrderEvent, OrderState]:
    """A state in which the venue's order ended: late news of its life is absorbed, another end is illegal."""
    return dict.fromkeys((OrderEvent.SENT, OrderEvent.ACCEPTED, OrderEvent.PARTLY_FILLED, event), state)


TABLE: dict[OrderState, dict[OrderEvent, OrderState]] = {
    OrderState.PENDING: {
        **_OUTCOMES,
        OrderEvent.SENT: OrderState.SUBMITTED,
        OrderEvent.NOT_SENT: OrderState.NOT_SENT,
        OrderEvent.REJECTED: OrderState.REJECTED,
        OrderEvent.ABSENT: OrderState.FAILED,
    },
    OrderState.SUBMITTED: {
        **_OUTCOMES,
        OrderEvent.SENT: OrderState.SUBMITTED,
        OrderEvent.REJECTED: OrderState.REJECTED,
        OrderEvent.ABSENT: OrderState.FAILED,
    },
    OrderState.OPEN: {**_OUTCOMES, OrderEvent.SENT: OrderState.OPEN},
    OrderState.PARTIALLY_FILLED: {
        **_OUTCOMES,
        OrderEvent.SENT: OrderState.PARTIALLY_FILLED,
        OrderEvent.ACCEPTED: OrderState.PARTIALLY_FILLED,
    },
    OrderState.FILLED: _done(OrderState.FILLED, OrderEvent.FILLED),
    OrderState.CANCELLED: _done(OrderState.CANCELLED, OrderEvent.CANCELLED),
    OrderState.EXPIRED: _done(OrderState.EXPIRED, OrderEvent.EXPIRED),
    OrderState.REJECTED: {OrderEvent.SENT: OrderState.REJECTED, OrderEvent.REJECTED: OrderState.REJECTED},
    OrderState.FAILED: {OrderEvent.SENT: OrderState.FAILED, OrderEvent.ABSENT: OrderState.FAILED},
    OrderState.NOT_SENT: {OrderEvent.NOT_SENT: OrderState.NOT_SENT},
}


def step(state: OrderState, event: OrderEvent) -> OrderState | None:
    """The state after `event`; the same state for late news; None if the event is illegal there."""
    return TABLE[state].get(event)


class PendingEvent(StrEnum):
    """What can happen to the request that we have no final answer to."""

    ALIVE = "ALIVE"  # the venue shows the order open: a NEW has arrived; a CANCEL is still undecided
    ENDED = "ENDED"  # the order is terminal
    LOST = "LOST"  # the answer is lost: the outcome is unknown
    CANCEL_ASKED = "CANCEL_ASKED"
    DECIDED = "DECIDED"  # proven: the request changed nothing any more
    ASKED_AGAIN = "ASKED_AGAIN"  # proven absent and sent once more
    HELD = "HELD"  # proven absent; a stop rests in the way of sending it once more
    RELEASED = "RELEASED"  # nothing is in its way any more: it leaves


_Beside = tuple[PendingAction, Knowledge]
_NONE: _Beside = (PendingAction.NONE, Knowledge.KNOWN)
_CANCEL: _Beside = (PendingAction.CANCEL, Knowledge.KNOWN)


def _lose(action: PendingAction) -> _Beside:
    return (action, Knowledge.UNKNOWN)


PENDING_TABLE: dict[PendingAction, dict[PendingEvent, _Beside]] = {
    PendingAction.NONE: {
        PendingEvent.ALIVE: _NONE,
        PendingEvent.ENDED: _NONE,
        PendingEvent.LOST: _lose(PendingAction.NONE),
        PendingEvent.DECIDED: _NONE,
        PendingEvent.CANCEL_ASKED: _CANCEL,
    },
    PendingAction.HOLD: {
        PendingEvent.ENDED: _NONE,
        PendingEvent.RELEASED: (PendingAction.NEW, Knowledge.KNOWN),
    },
    PendingAction.NEW: {
        PendingEvent.ALIVE: _NONE,
        PendingEvent.ENDED: _NONE,
        PendingEvent.LOST: _lose(PendingAction.NEW),
        PendingEvent.DECIDED: _NONE,
        PendingEvent.ASKED_AGAIN: (PendingAction.NEW, Knowledge.KNOWN),
        PendingEvent.HELD: (PendingAction.HOLD, Knowledge.KNOWN),
    },
    PendingAction.CANCEL: {
        PendingEvent.ENDED: _NONE,
        PendingEvent.LOST: _lose(PendingAction.CANCEL),
        PendingEvent.DECIDED: _NONE,
        PendingEvent.CANCEL_ASKED: _CANCEL,
    },
    PendingAction.REPLACE: {
        PendingEvent.ENDED: _NONE,
        PendingEvent.LOST: _lose(PendingAction.REPLACE),
        PendingEvent.DECIDED: _NONE,
    },
}
"""What stands beside the state after an event; a missing entry leaves it as it is (an unknown cancel keeps its fills)."""


def pending_after(order: Order, event: PendingEvent) -> tuple[PendingAction, Knowledge]:
    """(pending, knowledge) of `order` after `event`."""
    return PENDING_TABLE[order.pending].get(event, (order.pending, order.knowledge))
