"""Orders that a journal took in after they were made: it was restored from a backup, or had lost its end. What it says of them is later
than what the venue did, and must be: an order that the venue had not seen before cannot be adopted."""

from __future__ import annotations

from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event, Journal
from libraries.auditor.witnesses.ledger import VenueRequest

PREFIX = "adopted-"


def is_adopted(client_order_id: str, correlation_id: str) -> bool:
    """Whether an order's correlation id says that it was taken in."""
    return correlation_id == f"{PREFIX}{client_order_id}"


def adopted_intent(journal: Journal, client_order_id: str) -> Event | None:
    """The intent of an adopted order; None of one that was intended before it was sent."""
    intents = journal.intents.get(client_order_id, [])
    return intents[0] if intents and is_adopted(client_order_id, intents[0].correlation_id) else None


def reasons(journal: Journal, client_order_id: str) -> list[Event]:
    """The readings of a venue that named the order as one that was not in the journal."""
    return [event for event in journal.by_kind["Reconciled"] if f"order {client_order_id} " in str(event.data.get("differences"))]


def examine(found: Examination, journal: Journal, request: VenueRequest, intent: Event, where: str) -> None:
    """The venue had read the request before the order was adopted, and the engine mints under another instance since then."""
    name = str(request.client_order_id)
    before = request.received_ns < intent.mono_ns
    found.require(before, f"adoption of {name} after the venue had it", f"mono_ns > {request.received_ns}", intent.mono_ns, where)
    instance = name.rpartition("-")[0]
    again = [
        client_order_id
        for client_order_id, events in journal.intents.items()
        if client_order_id.rpartition("-")[0] == instance
        and not is_adopted(client_order_id, events[0].correlation_id)
        and events[0].seq > intent.seq
    ]
    found.require(not again, f"orders minted after the adoption of {name}", "another instance than its own", ", ".join(again), where)
