"""The history of orders and trades, the engine's beside the venue's, row by row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from robot.api.deco import keyword

from libraries.common.assertions import Question, settle
from libraries.common.errors import NotYet
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.ledger_keywords.database import DatabaseReader, Row
from libraries.ledger_keywords.rows import LOOK

_STATES = {
    "NEW": {"OPEN", "SUBMITTED"},
    "PARTIALLY_FILLED": {"PARTIALLY_FILLED"},
    "FILLED": {"FILLED"},
    "CANCELED": {"CANCELLED"},
    "EXPIRED": {"EXPIRED"},
    "EXPIRED_IN_MATCH": {"EXPIRED"},
}
"""The venue's word -> what the engine may call it."""
_NEVER_THERE = {"NOT_SENT", "FAILED", "REJECTED"}
_ORDER = ("symbol", "side", "quantity", "executed", "cum_quote")
_TRADE = ("symbol", "client_order_id", "price", "quantity")


class OrderHistoryKeywords(DatabaseReader):
    """Two books of the same past."""

    @keyword
    def the_order_history_is_the_venues(self, *, timeout: Timeout = NOT_GIVEN, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN) -> int:
        """Every order and every trade of the account is in the engine's tables as the venue has it, and nothing else is there.

        Compared are symbol, side, quantity, executed quantity, quote and state of orders; symbol, order, price and quantity of
        trades. Orders that the engine says never rested (not sent, refused) must be unknown at the venue.

        Args:
            timeout: How long to look again, for what is under way; default 5 seconds.
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine.

        Returns:
            How many orders and trades were compared.

        Raises:
            AssertionError: the books differ; names the rows, both sides.

        Example:
            ```robotframework
            The Engine Places    BUY    BTCUSDT    qty=0.5
            The Order History Is The Venues
            ```
        """
        account = self.account(venue).name
        exchange = self.exchange(venue)
        admin, of_venue = exchange.admin, {"venue": exchange.alias}

        def read() -> int:
            orders, fills = self.rows(engine, "orders", of_venue), self.rows(engine, "fills", of_venue)
            there, trades = admin.orders(account), admin.trades(account)
            found = [*differing_orders(orders, there), *differing_trades(fills, trades)]
            if found:
                raise NotYet("; ".join(found[:3]) + (f"; and {len(found) - 3} more" if found[3:] else ""))
            return len(orders) + len(fills)

        return settle(Question(read, "order history", LOOK), "be the venue's", lambda _: True, timeout)


def differing_orders(ours: list[Row], theirs: list[dict[str, Any]]) -> list[str]:
    """What differs between the table of orders and the venue's list, in words."""
    there = {str(row["client_order_id"]): row for row in theirs}
    known = {str(row["client_order_id"]): row for row in ours}
    found = [f"order {name} is at the venue and not in the engine's table" for name in sorted(there.keys() - known.keys())]
    for name, row in known.items():
        seen = there.get(name)
        if seen is None:
            if row["state"] not in _NEVER_THERE:
                found.append(f"order {name} is {row['state']} in the engine's table and unknown at the venue")
            continue
        if row["state"] not in _STATES.get(seen["status"], {seen["status"]}):
            found.append(f"order {name}: the venue says {seen['status']}, the engine {row['state']}")
        found += [f"order {name}: {field}: {difference}" for field, difference in _differences(_ORDER, row, seen)]
    return found


def differing_trades(ours: list[Row], theirs: list[dict[str, Any]]) -> list[str]:
    """What differs between the table of fills and the venue's trades, in words."""
    there = {(str(row["symbol"]), int(row["trade_id"])): row for row in theirs}
    known = {(str(row["symbol"]), int(row["trade_id"])): row for row in ours}
    found = [f"trade {symbol} {number} is in the venue's book only" for symbol, number in sorted(there.keys() - known.keys())]
    found += [f"trade {symbol} {number} is in the engine's book only" for symbol, number in sorted(known.keys() - there.keys())]
    for key in known.keys() & there.keys():
        found += [f"trade {key[0]} {key[1]}: {field}: {text}" for field, text in _differences(_TRADE, known[key], there[key])]
    return found


def _differences(fields: tuple[str, ...], ours: Row, theirs: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (field, f"the venue says {theirs[field]}, the engine {ours[field]}")
        for field in fields
        if _value(ours[field]) != _value(theirs[field])
    ]


def _value(text: Any) -> Any:
    """Amounts by their value, whatever their zeros."""
    try:
        return Decimal(str(text))
    except ArithmeticError:
        return text
