"""Each order of a ledger from its acceptance to its end: which line may follow which (I11), and that quantities add up (I10)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from libraries.auditor.amounts import ZERO, amount, optional
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.ledger import LedgerLine

PENDING, WAITING, WORKING, CLOSED = "pending", "waiting", "working", "closed"
_CONDITIONAL = ("STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_ENDS = {
    "FILLED": (WORKING,),
    "EXPIRED_IN_MATCH": (WORKING,),
    "REJECTED": (PENDING,),
    "CANCELED": (PENDING, WAITING, WORKING),
    "EXPIRED": (PENDING, WAITING, WORKING),
}
"""Status of a `closed` line -> where the order may have been."""


@dataclass
class Life:
    """An order as the lines so far leave it."""

    order_id: int
    account: str
    symbol: str
    side: str
    order_type: str
    price: Decimal
    quantity: Decimal
    listed: bool
    state: str
    line: int
    executed: Decimal = ZERO
    cum_quote: Decimal = ZERO
    prevented: Decimal = ZERO
    locked: Decimal = ZERO

    @property
    def remaining(self) -> Decimal:
        return self.quantity - self.executed - self.prevented

    @property
    def open(self) -> bool:
        return self.state != CLOSED

    @property
    def holds_alone(self) -> bool:
        """Whether what it locks follows from the order itself."""
        return not self.listed and (self.side == "SELL" or self.price > 0)


class Lives:
    """`legal` is I11, `quantities` I10; `balances` is what the postings add up to, by account, asset and bucket; `assets` (base, quote)."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.orders: dict[int, Life] = {}
        self.legal = Examination()
        self.quantities = Examination()
        self.balances: dict[tuple[str, str, str], Decimal] = defaultdict(lambda: ZERO)
        self.assets: dict[str, tuple[str, str]] = {}
        self._trades: dict[str, set[int]] = defaultdict(set)
        self._steps = {
            "venue": self._opened,
            "order": self._accepted,
            "activated": self._activated,
            "triggered": self._triggered,
            "locked": self._locked,
            "amended": self._amended,
            "prevented": self._prevented,
            "trade": self._traded,
            "closed": self._closed,
        }

    def follow(self, line: LedgerLine) -> None:
        for posting in line.postings:
            self.balances[posting.account, posting.asset, posting.bucket] += posting.amount
        step = self._steps.get(line.kind)
        if step is not None:
            self.legal.look()
            step(line, f"ledger {self._name} line {line.number}")

    def _opened(self, line: LedgerLine, _where: str) -> None:
        self.assets = {str(raw["symbol"]): (str(raw["base"]), str(raw["quote"])) for raw in line.data["symbols"]}

    def _accepted(self, line: LedgerLine, where: str) -> None:
        data = line.data
        order_id = int(data["order_id"])
        self.legal.require(order_id not in self.orders, "id of an accepted order", "a new one", order_id, where)
        waits = PENDING if data.get("pending") else WAITING if data["order_type"] in _CONDITIONAL else WORKING
        self.orders[order_id] = life = Life(
            order_id=order_id,
            account=data["account"],
            symbol=data["symbol"],
            side=data["side"],
            order_type=data["order_type"],
            price=optional(data["price"]) or ZERO,
            quantity=amount(data["quantity"]),
            listed="list_id" in data,
            state=waits,
            line=line.number,
        )
        self._lock(life, line)

    def _activated(self, line: LedgerLine, where: str) -> None:
        life = self._in(line, (PENDING,), where)
        life.state = WAITING if life.order_type in _CONDITIONAL else WORKING
        life.quantity = amount(line.data["quantity"])
        self._lock(life, line)

    def _triggered(self, line: LedgerLine, where: str) -> None:
        life = self._in(line, (WAITING,), where)
        life.state = WORKING
        self._lock(life, line)

    def _locked(self, line: LedgerLine, where: str) -> None:
        life = self._in(line, (WORKING,), where)
        self.legal.require(life.listed, "order that takes over the funds of another", "one of a list", f"order {life.order_id}", where)
        self._lock(life, line)

    def _amended(self, line: LedgerLine, where: str) -> None:
        life = self._in(line, (PENDING, WAITING, WORKING), where)
        quantity = amount(line.data["quantity"])
        least = life.executed + life.prevented
        self.legal.require(least < quantity < life.quantity, "amended quantity", f"between {least} and {life.quantity}", quantity, where)
        life.quantity = quantity
        self._lock(life, line)

    def _prevented(self, line: LedgerLine, where: str) -> None:
        sides = {role: self._side(line, role, line.data["account"], where) for role in ("maker", "taker")}
        for role, life in sides.items():
            said = line.data[role]
            life.prevented += amount(said["quantity"])
            self.quantities.look()
            self.quantities.equal(f"prevented of order {life.order_id}", life.prevented, amount(said["prevented"]), where)
            self._bounded(life, where)
            self._lock(life, line)

    def _traded(self, line: LedgerLine, where: str) -> None:
        data = line.data
        trade_id = int(data["trade_id"])
        self.legal.require(trade_id not in self._trades[data["symbol"]], "trade id", "a new one", trade_id, where)
        self._trades[data["symbol"]].add(trade_id)
        price = amount(data["price"])
        for role in ("maker", "taker"):
            said = data[role]
            life = self._side(line, role, said["account"], where)
            self._within_limit(life, price, where)
            life.executed += amount(data["quantity"])
            life.cum_quote += amount(data["quote_quantity"])
            self._said(life, said, where)
            self._bounded(life, where)
            self._lock(life, line)
        maker = self.orders[data["maker"]["order_id"]]
        self.legal.equal("price of a trade = the maker's", maker.price, price, where)

    def _closed(self, line: LedgerLine, where: str) -> None:
        status = str(line.data["status"])
        life = self._in(line, _ENDS[status], where)
        self._said(life, line.data, where)
        nothing_left = status in ("FILLED", "EXPIRED_IN_MATCH")
        if nothing_left:
            self.quantities.equal(f"remaining of the order {life.order_id} that is {status}", ZERO, life.remaining, where)
        elif status != "REJECTED" and life.quantity:
            self.quantities.require(life.remaining > 0, f"remaining of an order that is {status}", "above 0", life.remaining, where)
        life.state = CLOSED
        self._lock(life, line)

    def _in(self, line: LedgerLine, states: tuple[str, ...], where: str) -> Life:
        life = self.orders[int(line.data["order_id"])]
        self.legal.require(life.state in states, f"order {life.order_id} before a {line.kind} line", " or ".join(states), life.state, where)
        self.legal.equal(f"account of order {life.order_id}", life.account, line.data["account"], where)
        return life

    def _side(self, line: LedgerLine, role: str, account: str, where: str) -> Life:
        data = line.data
        life = self.orders[int(data[role]["order_id"])]
        buys = (data["taker_side"] == "BUY") == (role == "taker")
        self.legal.equal(f"state of the {role}", WORKING, life.state, where)
        told = (account, data["symbol"], "BUY" if buys else "SELL")
        self.legal.equal(f"account, symbol and side of the {role}", (life.account, life.symbol, life.side), told, where)
        return life

    def _within_limit(self, life: Life, price: Decimal, where: str) -> None:
        if not life.price:
            return
        within = price <= life.price if life.side == "BUY" else price >= life.price
        self.legal.require(within, f"price of a trade of order {life.order_id}", f"{life.price} or better", price, where)

    def _said(self, life: Life, said: dict[str, Any], where: str) -> None:
        self.quantities.look()
        self.quantities.equal(f"executed of order {life.order_id} = sum of its trades", life.executed, amount(said["executed"]), where)
        self.quantities.equal(f"cum_quote of order {life.order_id} = sum of its trades", life.cum_quote, amount(said["cum_quote"]), where)

    def _bounded(self, life: Life, where: str) -> None:
        self.quantities.require(life.remaining >= 0, f"remaining of order {life.order_id}", "at least 0", life.remaining, where)

    def _lock(self, life: Life, line: LedgerLine) -> None:
        """The two sides of a trade lock different assets, so a locked posting of the account on the order's own asset is the order's."""
        for posting in line.postings:
            if posting.bucket == "locked" and posting.account == life.account and self._spends(life, posting.asset):
                life.locked += posting.amount

    def _spends(self, life: Life, asset: str) -> bool:
        return asset == self.assets[life.symbol][life.side == "BUY"]
