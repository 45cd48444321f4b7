"""Order entry: place, test, cancel, amend. The handlers behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any

from ..core import list_responses, order_parsing, parsing, responses
from ..core.errors import VenueError
from ..core.orders import NO_LIST, CancelRequest
from ..core.parsing import Params, Symbols
from .api import Call, Endpoint, Exchange, ParameterRefusal, before_matching
from .entry import asked

_CANCEL = frozenset({"symbol", "orderId", "origClientOrderId", "newClientOrderId", "cancelRestrictions"})
_AMEND = frozenset({"symbol", "orderId", "origClientOrderId", "newClientOrderId", "newQty"})


def place_order(exchange: Exchange, call: Call) -> Any:
    try:
        order = order_parsing.new_order(call.params, exchange.venue.symbols, call.received_ns)
        kind = order_parsing.order_response_type(call.params, order.type)
        before_matching(exchange, call)
    except VenueError as error:
        raise ParameterRefusal(error) from None
    return responses.placed(exchange.venue.place(call.account, order, call.via), kind)


def test_order(exchange: Exchange, call: Call) -> Any:
    """All checks of an order, and nothing happens. With `computeCommissionRates` the standard rates: the venue has no others."""
    order = order_parsing.new_order(call.params, exchange.venue.symbols, call.received_ns)
    order_parsing.order_response_type(call.params, order.type)
    show_rates = parsing.boolean_of(call.params, "computeCommissionRates", default=False)
    before_matching(exchange, call)
    exchange.venue.test(call.account, order)
    return responses.commission_for_order(exchange.venue.fees) if show_rates else {}


def cancel_order(exchange: Exchange, call: Call) -> Any:
    request = asked(exchange, call, _cancel_request)
    return list_responses.any_cancelled(exchange.venue.cancel(call.account, request, call.via), exchange.venue.account(call.account))


def cancel_open_orders(exchange: Exchange, call: Call) -> Any:
    request = asked(exchange, call, _cancel_all_request)
    holder = exchange.venue.account(call.account)
    return [list_responses.any_cancelled(each, holder) for each in exchange.venue.cancel_all(call.account, request, call.via)]


def amend_order(exchange: Exchange, call: Call) -> Any:
    request = asked(exchange, call, parsing.amend_request)
    amendment = exchange.venue.amend(call.account, request, call.via)
    if amendment.order.list_id == NO_LIST:
        return responses.amended(amendment)
    order_list = exchange.venue.find_list(call.account, amendment.order.list_id, None)
    return list_responses.amended_in_list(amendment, order_list, exchange.venue.account(call.account))


def _cancel_request(params: Params, _known: Symbols, received_ns: int) -> CancelRequest:
    return parsing.cancel_request(params, received_ns)


def _cancel_all_request(params: Params, _known: Symbols, received_ns: int) -> CancelRequest:
    return CancelRequest(symbol=parsing.required(params, "symbol"), received_ns=received_ns)


def _weight_of_test(params: dict[str, str]) -> int:
    return 20 if params.get("computeCommissionRates", "").lower() == "true" else 1


PLACE = Endpoint(place_order, "TRADE", 1, order_parsing.PLACE_PARAMS, entry="place", orders=1)
TEST = Endpoint(test_order, "TRADE", _weight_of_test, order_parsing.PLACE_PARAMS | {"computeCommissionRates"})
CANCEL = Endpoint(cancel_order, "TRADE", 1, _CANCEL, entry="cancel")
CANCEL_ALL = Endpoint(cancel_open_orders, "TRADE", 1, frozenset({"symbol"}), entry="cancel")
AMEND = Endpoint(amend_order, "TRADE", 4, _AMEND, entry="amend")
