"""Answers about order lists (binance-spot 1.4, 1.5): the list, its orders, and a report of each where it was placed or cancelled."""

from __future__ import annotations

from msgspec import structs

from .accounts import Account
from .orders import NO_MATCH, Amendment, Cancellation, ListCancellation, ListPlacement, Order, OrderList, Placement
from .parsing import ResponseType
from .responses import Json, amended, cancelled, placed

Cancelled = Cancellation | ListCancellation


def listed(order_list: OrderList, holder: Account) -> Json:
    """The answer to a question about a list of `holder`; its orders as they are numbered (of a pair the stop loss first)."""
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
    """The answer to a placement: where the working order was filled at once, the pending ones are still shown as pending."""
    order_list, placements = placement.order_list, placement.placements
    if order_list.kind != "OCO" and placements[0].order.status == "FILLED":
        order_list = structs.replace(order_list, status="EXEC_STARTED", order_status="EXECUTING")
        placements = [placements[0], *(_still_pending(order_list, each.order) for each in placements[1:])]
    answer = listed(order_list, holder)
    answer["orderReports"] = [placed(each, kind) for each in placements]
    return answer


def _still_pending(order_list: OrderList, order: Order) -> Placement:
    """A pending order as it was before its working order was filled; that of an OPO has no quantity before."""
    quantity = 0 if order_list.kind in ("OPO", "OPOCO") else order.quantity
    before = structs.replace(order, status="PENDING_NEW", quantity=quantity, executed=0, cum_quote=0, working_ms=-1, trailing_time_ms=None)
    before.update_ms, before.prevented, before.prevented_match_id = order_list.time_ms, 0, NO_MATCH
    return Placement(before, [])


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
