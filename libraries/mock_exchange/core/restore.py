"""A venue goes on from its ledger: the lines are the state (balances, orders of every kind, lists, fills, ids)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, get_args

from .amounts import parse_e8
from .ledger_lines import (
    AccountLine,
    ActivatedLine,
    AmendedLine,
    ClosedLine,
    FaultLine,
    Line,
    ListLine,
    LockedLine,
    OrderLine,
    PreventedLine,
    RequestLine,
    RulesLine,
    StatusLine,
    TradeLine,
    TransferLine,
    TriggeredLine,
    VenueLine,
    venue_line,
)
from .order_book import Resting
from .orders import OrderList
from .replay import OrderReplay, Postings, ReplayError
from .symbols import RuleName
from .venue import Venue

__all__ = ["ReplayError", "restore"]


def restore(venue: Venue, lines: Iterable[Line]) -> None:
    """Replay a whole ledger into a new, not started venue.

    Raises:
        ReplayError: naming the line (from 1), what was expected and what came.
    """
    replay = _Replay(venue)
    number = 0
    for number, line in enumerate(lines, start=1):
        if line.seq != number:
            raise ReplayError(f"line {number}: expected seq {number}, got {line.seq}")
        try:
            replay.apply(line)
        except ReplayError as error:
            raise ReplayError(f"line {number}: {error}") from error
        except KeyError as error:
            raise ReplayError(f"line {number}: nothing before it explains {error}") from error
        except (AssertionError, ValueError) as error:
            raise ReplayError(f"line {number}: {error}") from error
    replay.finish(number)


class _Replay:
    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._postings = Postings(venue.books)
        orders = OrderReplay(venue.floor, self._postings)
        self._apply: dict[type[Line], Callable[[Any], None]] = {
            VenueLine: self._check_venue,
            AccountLine: self._account,
            TransferLine: self._transfer,
            StatusLine: lambda line: venue.floor.set_status(line.symbol, line.status),
            RulesLine: self._rules,
            RequestLine: _nothing,
            FaultLine: _nothing,
            ListLine: self._list,
            OrderLine: orders.accepted,
            ActivatedLine: orders.activated,
            TriggeredLine: orders.triggered,
            LockedLine: orders.locked,
            AmendedLine: orders.amended,
            PreventedLine: orders.prevented,
            TradeLine: orders.traded,
            ClosedLine: orders.closed,
        }

    def apply(self, line: Line) -> None:
        self._apply[type(line)](line)

    def finish(self, last_seq: int) -> None:
        """Working orders rest again, in the order in which they took their places. Counters go on, never back."""
        venue = self._venue
        venue.transaction.seq = last_seq
        venue.transaction.execution_id = 2 * last_seq
        orders = [order for account in venue.books.accounts.values() for order in account.open_orders.values() if order.is_working]
        for order in sorted(orders, key=lambda each: each.priority):
            shown = order.remaining
            if order.iceberg_qty:
                shown = order.visible or min(order.iceberg_qty, order.remaining)
            resting = Resting(order.order_id, order.side, order.price, order.remaining, shown, order.iceberg_qty, order.account, order)
            venue.market(order.symbol).book.add(resting)

    def _check_venue(self, line: VenueLine) -> None:
        ours = venue_line(list(self._venue.symbols.values()), self._venue.fees, line.seed)
        if line.seq != 1:
            raise ReplayError("expected the venue line only at the start")
        if (line.version, line.maker, line.taker, line.symbols) != (ours.version, ours.maker, ours.taker, ours.symbols):
            raise ReplayError("it was written for another market; start with the market file it was written with, or with a new ledger")

    def _rules(self, line: RulesLine) -> None:
        rules: dict[RuleName, int] = {name: parse_e8(getattr(line.rules, name)) for name in get_args(RuleName)}
        self._venue.floor.change_rules(line.rules.symbol, rules)

    def _transfer(self, line: TransferLine) -> None:
        self._postings.apply(line.postings, line.t)

    def _account(self, line: AccountLine) -> None:
        if line.account not in self._venue.books.accounts:
            self._venue.books.open(line.account)
        self._venue.account(line.account).key_id = line.key_id

    def _list(self, line: ListLine) -> None:
        order_list = OrderList(
            list_id=line.list_id,
            account=line.account,
            symbol=line.symbol,
            kind=line.kind,
            contingency="OCO" if line.kind == "OCO" else "OTO",
            list_client_order_id=line.list_client_order_id,
            order_ids=tuple(line.order_ids),
            time_ms=line.t,
        )
        self._venue.account(line.account).accept_list(order_list)
        self._venue.floor.next_list_id = max(self._venue.floor.next_list_id, line.list_id + 1)


def _nothing(_line: Line) -> None:
    """The line tells what was asked or done, and changes nothing."""
