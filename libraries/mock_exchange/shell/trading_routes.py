"""Where order entry and the questions about orders and accounts are found: REST paths and WebSocket API methods."""

from __future__ import annotations

from . import account_data, cancel_replace, history, order_lists, trading
from .api import Endpoint

REST: dict[str, dict[str, Endpoint]] = {
    "/api/v3/order": {"POST": trading.PLACE, "GET": history.ORDER, "DELETE": trading.CANCEL},
    "/api/v3/order/test": {"POST": trading.TEST},
    "/api/v3/order/cancelReplace": {"POST": cancel_replace.CANCEL_REPLACE},
    "/api/v3/order/amend/keepPriority": {"PUT": trading.AMEND},
    "/api/v3/order/oco": {"POST": order_lists.OLDER_OCO},
    "/api/v3/orderList": {"GET": order_lists.QUERY, "DELETE": order_lists.CANCEL},
    "/api/v3/orderList/oco": {"POST": order_lists.OCO},
    "/api/v3/orderList/oto": {"POST": order_lists.OTO},
    "/api/v3/orderList/otoco": {"POST": order_lists.OTOCO},
    "/api/v3/orderList/opo": {"POST": order_lists.OPO},
    "/api/v3/orderList/opoco": {"POST": order_lists.OPOCO},
    "/api/v3/openOrderList": {"GET": order_lists.OPEN},
    "/api/v3/allOrderList": {"GET": order_lists.ALL},
    "/api/v3/openOrders": {"GET": history.OPEN_ORDERS, "DELETE": trading.CANCEL_ALL},
    "/api/v3/allOrders": {"GET": history.ALL_ORDERS},
    "/api/v3/myTrades": {"GET": history.MY_TRADES},
    "/api/v3/myPreventedMatches": {"GET": history.PREVENTED_MATCHES},
    "/api/v3/account": {"GET": account_data.ACCOUNT},
    "/api/v3/account/commission": {"GET": account_data.COMMISSION},
    "/api/v3/rateLimit/order": {"GET": account_data.ORDER_COUNTS},
    "/api/v3/myFilters": {"GET": account_data.MY_FILTERS},
}
WS_API: dict[str, Endpoint] = {
    "order.place": trading.PLACE,
    "order.status": history.ORDER,
    "order.test": trading.TEST,
    "order.cancel": trading.CANCEL,
    "order.cancelReplace": cancel_replace.CANCEL_REPLACE,
    "order.amend.keepPriority": trading.AMEND,
    "orderList.place": order_lists.OLDER_OCO,
    "orderList.place.oco": order_lists.OCO,
    "orderList.place.oto": order_lists.OTO,
    "orderList.place.otoco": order_lists.OTOCO,
    "orderList.place.opo": order_lists.OPO,
    "orderList.place.opoco": order_lists.OPOCO,
    "orderList.status": order_lists.QUERY,
    "orderList.cancel": order_lists.CANCEL,
    "openOrderLists.status": order_lists.OPEN,
    "allOrderLists": order_lists.ALL,
    "openOrders.status": history.OPEN_ORDERS,
    "openOrders.cancelAll": trading.CANCEL_ALL,
    "allOrders": history.ALL_ORDERS,
    "myTrades": history.MY_TRADES,
    "myPreventedMatches": history.PREVENTED_MATCHES,
    "account.status": account_data.ACCOUNT,
    "account.commission": account_data.COMMISSION,
    "account.rateLimits.orders": account_data.ORDER_COUNTS,
    "myFilters": account_data.MY_FILTERS,
}
