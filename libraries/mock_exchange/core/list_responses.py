"""Answers about order lists (binance-spot 1.4, 1.5): the list, its orders, and a report of each where it was placed or cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from .orders import Amendment, ListCancellation, ListPlacement, Order, OrderList
from .parsing import ResponseType
from .responses import Json, amended, cancelled, placed


def listed(order_list: OrderList, orders: Sequence[Order]) -> Json:
    """The answer to a question about a list; `orders` are its own, in its order."""
    return {
        "orderListId": order_list.list_id,
        "contingencyType": order_list.contingency,
        "listStatusType": order_list.status,
        "listOrderStatus": order_list.order_status,
        "listClientOrderId": order_list.list_client_order_id,
        "transactionTime": order_list.time_ms,
        "symbol": order_list.symbol,
        "orders": [_named(order) for order in orders],
    }


def placed_list(placement: ListPlacement, kind: ResponseType) -> Json:
    orders = [each.order for each in placement.placements]
    return listed(placement.order_list, orders) | {"orderReports": [placed(each, kind) for each in placement.placements]}


def cancelled_list(cancellation: ListCancellation, orders: Sequence[Order]) -> Json:
    """A list that was cancelled whole; `orders` are all of it, also those that were closed before."""
    answer = listed(cancellation.order_list, orders)
    answer["transactionTime"] = max((each.order.update_ms for each in cancellation.cancellations), default=cancellation.order_list.time_ms)
    answer["orderReports"] = [cancelled(each) for each in cancellation.cancellations]
    return answer


def amended_in_list(amendment: Amendment, order_list: OrderList, orders: Sequence[Order]) -> Json:
    """An amended order of a list, with the list's status."""
    status = listed(order_list, orders)
    del status["listStatusType"], status["transactionTime"]
    return amended(amendment) | {"listStatus": status}


def _named(order: Order) -> Json:
    return {"symbol": order.symbol, "orderId": order.order_id, "clientOrderId": order.client_order_id}
