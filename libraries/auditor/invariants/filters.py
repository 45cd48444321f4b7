"""I13: the venue's filters, as its ledger states them when a request is read, against every request it received."""

from __future__ import annotations

from decimal import Decimal

from libraries.auditor.amounts import is_multiple
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.ledger import SymbolSpec, VenueRequest
from libraries.auditor.world import World


def filters_respected(world: World) -> Examination:
    """I13: every order that the account asked the venue for respects tick, price band, step, quantity bounds and, for orders
    with a price, the least notional. Refused requests count too: the engine must not even ask. Requests by the exchange's
    admin interface are not the engine's. Objects: requests to place an order.
    """
    found = Examination()
    for venue in world.venues.values():
        for request in venue.whole.requests:
            if request.action != "place" or request.via == "admin":
                continue
            found.look()
            if request.outcome == "rejected":
                world.notes["requests_rejected"] = world.notes.get("requests_rejected", 0) + 1
            where = f"ledger {venue.name} line {request.line} ({request.client_order_id})"
            spec = request.spec
            if spec is None:
                found.fail("symbol of the request", "one that the venue trades", str(request.symbol), where)
                continue
            _price(found, request, spec, where)
            _quantity(found, request, spec, where)
    return found


def _price(found: Examination, request: VenueRequest, spec: SymbolSpec, where: str) -> None:
    price = request.price
    if price is None or not _is_number(found, "price", price, where):
        return
    found.require(is_multiple(price, spec.tick_size), "price", f"a multiple of the tick {spec.tick_size}", price, where)
    _within(found, "price", price, (spec.min_price, spec.max_price), where)
    if request.quantity is not None and request.quantity.is_finite():
        value = price * request.quantity
        found.require(value >= spec.min_notional, "notional", f"at least {spec.min_notional}", value, where)


def _quantity(found: Examination, request: VenueRequest, spec: SymbolSpec, where: str) -> None:
    quantity = request.quantity
    if quantity is None or not _is_number(found, "quantity", quantity, where):
        return
    found.require(is_multiple(quantity, spec.step_size), "quantity", f"a multiple of the step {spec.step_size}", quantity, where)
    _within(found, "quantity", quantity, (spec.min_qty, spec.max_qty), where)


def _is_number(found: Examination, what: str, value: Decimal, where: str) -> bool:
    return found.require(value.is_finite(), what, "a plain decimal number", "something else", where)


def _within(found: Examination, what: str, value: Decimal, bounds: tuple[Decimal, Decimal], where: str) -> None:
    """Bounds of 0 are switched off."""
    low, high = bounds
    found.require(low == 0 or value >= low, what, f"at least {low}", value, where)
    found.require(high == 0 or value <= high, what, f"at most {high}", value, where)
