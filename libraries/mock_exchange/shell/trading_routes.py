"""Where order entry and the questions about orders and accounts are found: REST paths and WebSocket API methods."""

from __future__ import annotations

from . import account_data, history, trading
from .api import Endpoint

REST: dict[str, dict[str, Endpoint]] = {
    "/api/v3/order": {"POST": trading.PLACE, "GET": history.ORDER, "DELETE": trading.CANCEL},
    "/api/v3/openOrders": {"GET": history.OPEN_ORDERS, "DELETE": trading.CANCEL_ALL},
    "/api/v3/allOrders": {"GET": history.ALL_ORDERS},
    "/api/v3/myTrades": {"GET": history.MY_TRADES},
    "/api/v3/account": {"GET": account_data.ACCOUNT},
    "/api/v3/account/commission": {"GET": account_data.COMMISSION},
    "/api/v3/rateLimit/order": {"GET": account_data.ORDER_COUNTS},
    "/api/v3/myFilters": {"GET": account_data.MY_FILTERS},
}
WS_API: dict[str, Endpoint] = {
    "order.place": trading.PLACE,
    "order.status": history.ORDER,
    "order.cancel": trading.CANCEL,
    "openOrders.status": history.OPEN_ORDERS,
    "openOrders.cancelAll": trading.CANCEL_ALL,
    "allOrders": history.ALL_ORDERS,
    "myTrades": history.MY_TRADES,
    "account.status": account_data.ACCOUNT,
    "account.commission": account_data.COMMISSION,
    "account.rateLimits.orders": account_data.ORDER_COUNTS,
    "myFilters": account_data.MY_FILTERS,
}
