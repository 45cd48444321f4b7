"""Accounts: balances that change by postings only; orders, lists, fills and prevented matches of an account, within bounds."""

from __future__ import annotations

from collections import deque

from .amounts import canonical
from .ledger_lines import EXTERNAL, FEES, Posting, PostingText
from .orders import Fill, Order, OrderList, PreventedMatch

MARKET = "market"
CROWD = "crowd"
SCRIPTED = (MARKET, CROWD)
"""Accounts that trade for the venue's script: without limits of funds, without keys, with a bounded memory."""
INTERNAL = (*SCRIPTED, EXTERNAL, FEES)
"""Accounts of the venue itself; nobody listens to their events, nobody may create or use them."""
SCRIPTED_HISTORY = 5_000
HISTORY = 20_000
"""How many closed orders, closed lists, fills and prevented matches an account keeps in memory, each; the ledger keeps them all."""


class Account:
    """Balances in units of 1e-8; `orders` holds open and closed ones in order of acceptance. Open orders and lists never leave."""

    def __init__(self, name: str, history: int = HISTORY) -> None:
        self.name = name
        self.key_id = ""
        self.is_scripted = name in SCRIPTED
        self.is_internal = name in INTERNAL
        self.history = min(history, SCRIPTED_HISTORY) if self.is_scripted else history
        self.updated_ms = 0  # when a balance changed last
        self.free: dict[str, int] = {}
        self.locked: dict[str, int] = {}
        self.orders: dict[int, Order] = {}
        self.open_orders: dict[int, Order] = {}
        self.by_client_id: dict[str, Order] = {}
        self.lists: dict[int, OrderList] = {}
        self.open_lists: dict[int, OrderList] = {}
        self.fills: deque[Fill] = deque(maxlen=self.history)
        self.prevented: deque[PreventedMatch] = deque(maxlen=self.history)
        self._closed: deque[Order] = deque()
        self._closed_lists: deque[int] = deque()

    def accept(self, order: Order) -> None:
        """A client order id may be used again once its order is closed: the newest order answers to it (named decision)."""
        self.orders[order.order_id] = order
        self.open_orders[order.order_id] = order
        self.by_client_id[order.client_order_id] = order

    def rename(self, order: Order, client_order_id: str) -> None:
        """An open order answers to another client order id."""
        if self.by_client_id.get(order.client_order_id) is order:
            del self.by_client_id[order.client_order_id]
        order.client_order_id = client_order_id
        self.by_client_id[client_order_id] = order

    def closed(self, order: Order) -> None:
        del self.open_orders[order.order_id]
        self._closed.append(order)
        if len(self._closed) > self.history:
            self._forget(self._closed.popleft())

    def accept_list(self, order_list: OrderList) -> None:
        self.lists[order_list.list_id] = order_list
        self.open_lists[order_list.list_id] = order_list

    def closed_list(self, order_list: OrderList) -> None:
        del self.open_lists[order_list.list_id]
        self._closed_lists.append(order_list.list_id)
        if len(self._closed_lists) > self.history:
            del self.lists[self._closed_lists.popleft()]

    def _forget(self, order: Order) -> None:
        del self.orders[order.order_id]
        if self.by_client_id.get(order.client_order_id) is order:
            del self.by_client_id[order.client_order_id]

    def open_order_of(self, client_order_id: str) -> Order | None:
        order = self.by_client_id.get(client_order_id)
        return order if order is not None and order.is_open else None

    def find_list(self, list_id: int | None, list_client_order_id: str | None) -> OrderList | None:
        """By id if there is one, else the newest that bears the client id."""
        if list_id is not None:
            return self.lists.get(list_id)
        return next((each for each in reversed(self.lists.values()) if each.list_client_order_id == list_client_order_id), None)

    def balances(self) -> dict[str, tuple[int, int]]:
        """(free, locked) of every asset that the account ever held."""
        return {asset: (self.free.get(asset, 0), self.locked.get(asset, 0)) for asset in sorted(self.free.keys() | self.locked.keys())}


class Books:
    """All accounts, the double entry over them: nothing changes a balance but `post`."""

    def __init__(self, history: int = HISTORY) -> None:
        self.accounts: dict[str, Account] = {}
        self._history = history

    def open(self, name: str) -> Account:
        account = self.accounts[name] = Account(name, self._history)
        return account

    def post(self, postings: list[Posting], now_ms: int) -> list[PostingText]:
        """Apply a line's postings, at `now_ms`; they are returned as the ledger shows them, without those of zero.

        Raises:
            AssertionError: a balance other than that of `external` would be negative: a defect of the venue (or of the ledger read).
        """
        accounts = self.accounts
        shown: list[PostingText] = []
        for name, asset, bucket, amount in postings:
            if not amount:
                continue
            account = accounts[name]
            held = account.free if bucket == "free" else account.locked
            after = held[asset] + amount if asset in held else amount
            assert after >= 0 or name == EXTERNAL, f"{name} would hold {after} e-8 {asset} {bucket}"
            held[asset] = after
            account.updated_ms = now_ms
            shown.append((name, asset, bucket, canonical(amount)))
        return shown

    def totals(self) -> dict[str, int]:
        """Per asset, the sum over all accounts; always zero."""
        totals: dict[str, int] = {}
        for account in self.accounts.values():
            for asset, (free, locked) in account.balances().items():
                totals[asset] = totals.get(asset, 0) + free + locked
        return totals
