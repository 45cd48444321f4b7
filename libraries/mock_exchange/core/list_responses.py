"""Answers about order lists (binance-spot 1.4, 1.5): the list, its orders, and a report of each where it was placed or cancelled."""

from __future__ import annotations

from .accounts import Account
from .orders import Amendment, Cancellation, ListCancellation, ListPlacement, OrderList
from .parsing import ResponseType
from .responses import Json, amended, cancelled, placed

Cancelled = Cancellation | ListCancellation


def listed(order_list: OrderList, holder: Account) -> Json:
    """The answer to a question about a list of `holder`; its orders in the order of the request."""
    orders = [holder.orders[order_id] for order_id in order_list.order_ids if order_id in holder.orders]
    return {
        "orderListId": order_list.list_id,
        "contingencyType": order_list.contingency,
        "listStatusType": order_list.status,
        "listOrderStatus": order_list.order_status,
        "listClientOrderId": order_list.list_client_order_id,
        "transactionTime": order_list.time_ms,
        "symbol": order_list.symbol,
        "orders": [{"symbol": each.symbol, "orderId": each.order_id, "clientOrderId": each.client_order_id} for each in orders],
    }


def placed_list(placement: ListPlacement, kind: ResponseType, holder: Account) -> Json:
    answer = listed(placement.order_list, holder)
    answer["orderReports"] = [placed(each, kind) for each in placement.placements]
    return answer


def cancelled_list(cancellation: ListCancellation, holder: Account) -> Json:
    """A list that was cancelled whole, with a report of every order that was open."""
    answer = listed(cancellation.order_list, holder)
    answer["transactionTime"] = max((each.order.update_ms for each in cancellation.cancellations), default=cancellation.order_list.time_ms)
    answer["orderReports"] = [cancelled(each) for each in cancellation.cancellations]
    return answer


def any_cancelled(what: Cancelled, holder: Account) -> Json:
    """A cancelled order, or the list that was cancelled with it."""
    return cancelled(what) if isinstance(what, Cancellation) else cancelled_list(what, holder)


def amended_in_list(amendment: Amendment, order_list: OrderList, holder: Account) -> Json:
    """An amended order of a list, with the list's status."""
    status = listed(order_list, holder)
    del status["listStatusType"], status["transactionTime"]
    return amended(amendment) | {"listStatus": status}
