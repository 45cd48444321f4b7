"""A second matcher, obvious and not fast. It shares no code with the venue.

It reads a ledger. What came from outside (orders, cancels, amends, deposits) it does itself; everything that must follow from that
(trades, prevented trades, triggers, placed pending orders, ends of orders, balances) it predicts, and compares with the ledger's lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal, localcontext
from typing import Any

from tests.mock_exchange.naive_model import NaiveList, NaiveMarket, NaiveOrder, number
from tests.mock_exchange.naive_rules import Event, NaiveRules

OUTSIDE = ("CLIENT_CANCEL", "BOOK_REPLACED")


class Disagreement(AssertionError):
    """The ledger says something else than what must follow."""


class NaiveVenue(NaiveRules):
    def __init__(self) -> None:
        super().__init__()
        self.said: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)  # what the ledger's postings add up to
        self.seen = 0

    # -- reading -----------------------------------------------------------------------------------------------------

    def check(self, lines: Iterable[dict[str, Any]]) -> None:
        """Raises Disagreement, naming the line."""
        with localcontext(prec=60):
            for line in lines:
                self._line(line)
            self._nothing_left(None)

    def _line(self, line: dict[str, Any]) -> None:
        kind = line["type"]
        outside = kind in ("venue", "account", "transfer", "status", "rules", "request", "list", "order", "amended", "fault")
        if kind == "closed" and line["reason"] in OUTSIDE:
            outside = True
        if outside:
            self._nothing_left(line)
        else:
            self._compare(line)
        for account, asset, bucket, amount in line.get("postings", ()):
            self.said[account, asset, bucket] += Decimal(amount)
        if outside:
            getattr(self, f"_on_{kind}", lambda _line: None)(line)

    def _compare(self, line: dict[str, Any]) -> None:
        told = _told(line)
        if not self.expected or self.expected[0] != told:
            raise Disagreement(f"line {line['seq']}: expected {self.expected[:1] or 'nothing more'}, got {told}")
        self.expected.pop(0)
        self.seen += 1

    def _nothing_left(self, line: dict[str, Any] | None) -> None:
        if self.expected:
            raise Disagreement(f"before line {line['seq'] if line else 'end'}: expected {self.expected[0]}, it did not come")
        if line is None or line["type"] in ("request", "transfer"):
            self._compare_balances(line)

    def _compare_balances(self, line: dict[str, Any] | None) -> None:
        locked: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for order in self.orders.values():
            if order.state in ("waiting", "resting") and order.pays:
                market = self.markets[order.symbol]
                locked[order.account, market.quote if order.side == "BUY" else market.base] += self._held(order)
        for (account, asset), total in self.totals.items():
            said = (self.said[account, asset, "free"], self.said[account, asset, "locked"])
            mine = (total - locked[account, asset], locked[account, asset])
            if said != mine:
                raise Disagreement(f"at line {line['seq'] if line else 'end'}: {account} {asset}: expected {mine}, got {said}")

    # -- what comes from outside -------------------------------------------------------------------------------------

    def _on_venue(self, line: dict[str, Any]) -> None:
        self.maker_rate, self.taker_rate = Decimal(line["maker"]), Decimal(line["taker"])
        for spec in line["symbols"]:
            step, least = Decimal(spec["step_size"]), Decimal(spec["min_qty"])
            self.markets[spec["symbol"]] = NaiveMarket(spec["base"], spec["quote"], step, least)

    def _on_transfer(self, line: dict[str, Any]) -> None:
        self.totals[line["account"], line["asset"]] += Decimal(line["amount"])
        self.totals["external", line["asset"]] -= Decimal(line["amount"])

    def _on_list(self, line: dict[str, Any]) -> None:
        self.lists[line["list_id"]] = NaiveList(line["kind"], line["order_ids"])

    def _on_order(self, line: dict[str, Any]) -> None:
        order = NaiveOrder(
            id=line["order_id"],
            account=line["account"],
            symbol=line["symbol"],
            side=line["side"],
            type=line["order_type"],
            tif=line["time_in_force"],
            price=number(line["price"]),
            quantity=number(line["quantity"]),
            stop=number(line.get("stop_price")),
            delta=line.get("trailing_delta", 0),
            peak=number(line.get("iceberg_qty")),
            mode=line.get("stp_mode", "NONE"),
            list_id=line.get("list_id", -1),
        )
        self.orders[order.id] = order
        order.state = "pending" if line.get("pending") else "new"
        ids = self._ids(order)
        if order.id != ids[-1]:
            return
        market = self.markets[order.symbol]
        working = [self.orders[each] for each in ids if self.orders[each].state == "new"]
        self._fund(working)
        for each in working:
            self._begin(market, each)
        self._settle(market)

    def _on_closed(self, line: dict[str, Any]) -> None:
        order = self.orders[line["order_id"]]
        if order.state == "closed" or (line["status"], number(line["executed"])) != ("CANCELED", order.executed):
            raise Disagreement(f"line {line['seq']}: a cancel of order {order.id}, which is {order.state} with {order.executed} done")
        self._leave(order)

    def _on_amended(self, line: dict[str, Any]) -> None:
        order = self.orders[line["order_id"]]
        quantity = number(line["quantity"])
        if not order.executed + order.prevented < quantity < order.quantity:
            raise Disagreement(f"line {line['seq']}: order {order.id} of {order.quantity} cannot become one of {quantity}")
        if order.state != "pending":
            order.most = min(order.most, self._held(order))
        if order.market_like and not order.stop:
            order.estimate = self._estimate(order)
        order.quantity = quantity
        order.shown = min(order.shown, order.left)


def _told(line: dict[str, Any]) -> Event:
    match line["type"]:
        case "trade":
            maker, taker = line["maker"], line["taker"]
            fees = (Decimal(maker["fee"]), Decimal(taker["fee"]))
            amounts = (Decimal(line["price"]), Decimal(line["quantity"]), Decimal(line["quote_quantity"]))
            return ("trade", maker["order_id"], taker["order_id"], *amounts, *fees)
        case "prevented":
            maker, taker = line["maker"], line["taker"]
            return (
                *("prevented", maker["order_id"], taker["order_id"], Decimal(line["price"])),
                *(Decimal(maker["quantity"]), Decimal(taker["quantity"])),
            )
        case "closed":
            amounts = (Decimal(line["executed"]), Decimal(line["cum_quote"]))
            return ("closed", line["order_id"], line["status"], *amounts, line["reason"])
        case "activated":
            return ("activated", line["order_id"], Decimal(line["quantity"]))
        case kind:
            return (kind, line["order_id"])
