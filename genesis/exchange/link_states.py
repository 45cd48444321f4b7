"""The life of one market data connection as a table: what is not in it is a defect and stops the program."""

from __future__ import annotations

from enum import StrEnum


class LinkState(StrEnum):
    CONNECTING = "CONNECTING"
    SUBSCRIBING = "SUBSCRIBING"  # open; the venue has not confirmed every stream yet
    LIVE = "LIVE"  # every stream is confirmed
    RETIRING = "RETIRING"  # still read, while another one takes over
    WAITING = "WAITING"  # lost; the pause before the next try (R25)
    CLOSED = "CLOSED"


class LinkEvent(StrEnum):
    OPENED = "OPENED"
    SUBSCRIBED = "SUBSCRIBED"
    RETIRE = "RETIRE"
    LOST = "LOST"
    RETRY = "RETRY"
    CLOSE = "CLOSE"


TABLE: dict[tuple[LinkState, LinkEvent], LinkState] = {
    (LinkState.CONNECTING, LinkEvent.OPENED): LinkState.SUBSCRIBING,
    (LinkState.CONNECTING, LinkEvent.LOST): LinkState.WAITING,
    (LinkState.SUBSCRIBING, LinkEvent.SUBSCRIBED): LinkState.LIVE,
    (LinkState.SUBSCRIBING, LinkEvent.LOST): LinkState.WAITING,
    (LinkState.LIVE, LinkEvent.RETIRE): LinkState.RETIRING,
    (LinkState.LIVE, LinkEvent.LOST): LinkState.WAITING,
    (LinkState.RETIRING, LinkEvent.LOST): LinkState.CLOSED,
    (LinkState.WAITING, LinkEvent.RETRY): LinkState.CONNECTING,
    **{(state, LinkEvent.CLOSE): LinkState.CLOSED for state in LinkState},
}
READ = frozenset({LinkState.LIVE, LinkState.RETIRING})
"""The states in which a connection carries all its streams."""


def after(state: LinkState, event: LinkEvent) -> LinkState:
    """The next state.

    Raises:
        AssertionError: `event` cannot happen in `state`.
    """
    assert (state, event) in TABLE, f"{event} in state {state}"
    return TABLE[(state, event)]
