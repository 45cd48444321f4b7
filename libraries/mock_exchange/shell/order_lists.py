"""Order lists: place, cancel and query them. The handlers behind REST and WebSocket API."""

from __future__ import annotations

from typing import Any

from ..core import list_parsing, list_responses, parsing
from ..core.errors import bad_combination
from ..core.orders import CancelListRequest, NewOrderList
from ..core.parsing import Params, ResponseType, Symbols
from .api import Call, Endpoint, Exchange
from .entry import Parse, asked
from .history import cut, times_of, within

_CANCEL = frozenset({"symbol", "orderListId", "listClientOrderId", "newClientOrderId"})


def cancel_list(exchange: Exchange, call: Call) -> Any:
    request = asked(exchange, call, _cancel_request)
    cancellation = exchange.venue.cancel_list(call.account, request, call.via)
    return list_responses.cancelled_list(cancellation, exchange.venue.account(call.account))


def query_list(exchange: Exchange, call: Call) -> Any:
    list_id, client_id = parsing.reference_of(call.params, "orderListId", "origClientOrderId")
    return list_responses.listed(exchange.venue.find_list(call.account, list_id, client_id), exchange.venue.account(call.account))


def open_lists(exchange: Exchange, call: Call) -> Any:
    holder = exchange.venue.account(call.account)
    return [list_responses.listed(each, holder) for each in exchange.venue.open_lists(call.account)]


def all_lists(exchange: Exchange, call: Call) -> Any:
    from_id = parsing.integer_of(call.params, "fromId")
    start, end = times_of(call)
    if from_id is not None and (start is not None or end is not None):
        raise bad_combination()
    limit = parsing.limit_of(call.params, 500, 1_000)
    lists, holder = exchange.venue.all_lists(call.account), exchange.venue.account(call.account)
    chosen = [each for each in lists if within(each.time_ms, start, end) and (from_id is None or each.list_id >= from_id)]
    return [list_responses.listed(each, holder) for each in cut(chosen, limit, from_start=start is not None or from_id is not None)]


def _cancel_request(params: Params, _known: Symbols, received_ns: int) -> CancelListRequest:
    return parsing.cancel_list_request(params, received_ns)


def _endpoint(parse: Parse[NewOrderList], names: frozenset[str], orders: int) -> Endpoint:
    """`newOrderRespType` of a list: RESULT unless asked for (the examples of the documentation show it)."""

    def both(params: Params, known: Symbols, received_ns: int) -> tuple[NewOrderList, ResponseType]:
        return parse(params, known, received_ns), parsing.response_type(params, "RESULT")

    def place(exchange: Exchange, call: Call) -> Any:
        order_list, kind = asked(exchange, call, both)
        return list_responses.placed_list(
            exchange.venue.place_list(call.account, order_list, call.via), kind, exchange.venue.account(call.account)
        )

    return Endpoint(place, "TRADE", 1, names, entry="place_list", orders=orders)


OLDER_OCO = _endpoint(list_parsing.older_oco, list_parsing.OLDER_OCO_PARAMS, 2)
OCO = _endpoint(list_parsing.oco, list_parsing.OCO_PARAMS, 2)
OTO = _endpoint(list_parsing.oto, list_parsing.OTO_PARAMS, 2)
OTOCO = _endpoint(list_parsing.otoco, list_parsing.OTOCO_PARAMS, 3)
OPO = _endpoint(list_parsing.opo, list_parsing.OTO_PARAMS, 2)
OPOCO = _endpoint(list_parsing.opoco, list_parsing.OTOCO_PARAMS, 3)
CANCEL = Endpoint(cancel_list, "TRADE", 1, _CANCEL, entry="cancel_list")
QUERY = Endpoint(query_list, "USER_DATA", 4, frozenset({"orderListId", "origClientOrderId"}))
OPEN = Endpoint(open_lists, "USER_DATA", 6)
ALL = Endpoint(all_lists, "USER_DATA", 20, frozenset({"fromId", "startTime", "endTime", "limit"}))
