"""Ledger lines of order-entry requests: what was asked, and whether the venue took it."""

from __future__ import annotations

from collections.abc import Mapping

from .amounts import canonical
from .errors import VenueError
from .ledger_lines import RequestAction, RequestLine, optional
from .orders import CONDITIONAL, AmendRequest, CancelListRequest, CancelRequest, NewOrder, Via


def placed(account: str, order: NewOrder, client_order_id: str | None, via: Via, error: VenueError | None = None) -> RequestLine:
    """An order that was asked for; fields that few orders have are set only where they are."""
    line = RequestLine(
        account=account,
        action="place",
        via=via,
        client_order_id=client_order_id,
        symbol=order.symbol,
        side=order.side,
        order_type=order.type,
        time_in_force=order.time_in_force,
        quantity=optional(order.quantity),
        price=optional(order.price),
        quote_order_qty=optional(order.quote_order_qty),
        outcome="rejected" if error else "accepted",
        code=error.code if error else None,
        msg=error.msg if error else None,
        received_ns=order.received_ns,
    )
    if order.type in CONDITIONAL:
        line.stop_price, line.trailing_delta = optional(order.stop_price), order.trailing_delta
    if order.iceberg_qty is not None:
        line.iceberg_qty = canonical(order.iceberg_qty)
    if order.stp_mode is not None:
        line.stp_mode = order.stp_mode
    return line


def amended(account: str, request: AmendRequest, client_order_id: str | None, via: Via, error: VenueError | None = None) -> RequestLine:
    fields = {"origClientOrderId": client_order_id, "symbol": request.symbol, "quantity": optional(request.quantity)}
    return unparsed(account, "amend", fields, via, error=error, received_ns=request.received_ns)


def list_cancelled(
    account: str, request: CancelListRequest, list_client_order_id: str | None, via: Via, error: VenueError | None = None
) -> RequestLine:
    fields = {"origClientOrderId": list_client_order_id, "symbol": request.symbol}
    return unparsed(account, "cancel_list", fields, via, error=error, received_ns=request.received_ns)


def cancelled(account: str, request: CancelRequest, client_order_id: str | None, via: Via, error: VenueError | None = None) -> RequestLine:
    fields = {"origClientOrderId": client_order_id, "symbol": request.symbol}
    line = unparsed(account, "cancel", fields, via, error=error, received_ns=request.received_ns)
    line.restriction = request.restriction
    return line


def unparsed(
    account: str,
    action: RequestAction,
    fields: Mapping[str, str | None],
    via: Via,
    *,
    error: VenueError | None,
    received_ns: int,
) -> RequestLine:
    """A request by its raw parameters, as the venue's API names them: also one that did not get as far as the matching engine."""
    return RequestLine(
        account=account,
        action=action,
        via=via,
        client_order_id=fields.get("newClientOrderId" if action in ("place", "place_list") else "origClientOrderId"),
        symbol=fields.get("symbol"),
        side=fields.get("side"),
        order_type=fields.get("type"),
        time_in_force=fields.get("timeInForce"),
        quantity=fields.get("quantity"),
        price=fields.get("price"),
        quote_order_qty=fields.get("quoteOrderQty"),
        outcome="rejected" if error else "accepted",
        code=error.code if error else None,
        msg=error.msg if error else None,
        received_ns=received_ns,
    )
