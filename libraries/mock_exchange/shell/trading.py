"""Order entry: place, test, cancel, amend. The handlers behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any

from ..core import list_responses, order_parsing, parsing, responses
from ..core.errors import VenueError
from ..core.orders import CancelRequest
from ..core.parsing import Params, Symbols
from .api import Call, Endpoint, Exchange, ParameterRefusal, before_matching
from .entry import asked

_CANCEL = frozenset({"symbol", "orderId", "origClientOrderId", "newClientOrderId", "cancelRestrictions"})


def place_order(exchange: Exchange, call: Call) -> Any:
    try:
        order = order_parsing.new_order(call.params, exchange.venue.symbols, call.received_ns)
        kind = order_parsing.order_response_type(call.params, order.type)
        before_matching(exchange, call)
    except VenueError as error:
        raise ParameterRefusal(error) from None
    return responses.placed(exchange.venue.place(call.account, order, call.via), kind)


def cancel_order(exchange: Exchange, call: Call) -> Any:
    request = asked(exchange, call, _cancel_request)
    return list_responses.any_cancelled(exchange.venue.cancel(call.account, request, call.via), exchange.venue.account(call.account))


def cancel_open_orders(exchange: Exchange, call: Call) -> Any:
    request = asked(exchange, call, _cancel_all_request)
    holder = exchange.venue.account(call.account)
    return [list_responses.any_cancelled(each, holder) for each in exchange.venue.cancel_all(call.account, request, call.via)]


def _cancel_request(params: Params, _known: Symbols, received_ns: int) -> CancelRequest:
    return parsing.cancel_request(params, received_ns)


def _cancel_all_request(params: Params, _known: Symbols, received_ns: int) -> CancelRequest:
    return CancelRequest(symbol=parsing.required(params, "symbol"), received_ns=received_ns)


PLACE = Endpoint(place_order, "TRADE", 1, order_parsing.PLACE_PARAMS, entry="place", orders=1)
CANCEL = Endpoint(cancel_order, "TRADE", 1, _CANCEL, entry="cancel")
CANCEL_ALL = Endpoint(cancel_open_orders, "TRADE", 1, frozenset({"symbol"}), entry="cancel")
