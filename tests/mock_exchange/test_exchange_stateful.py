"""X13: random commands of three accounts, all order types, lists and modes; the ledger convinces a second matcher, and replays.

`VENUE_CAMPAIGN=1` runs as many examples as a campaign wants.
"""

from __future__ import annotations

import os
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from libraries.mock_exchange.core.errors import VenueError, no_such_order
from libraries.mock_exchange.core.orders import (
    AmendRequest,
    CancelListRequest,
    CancelReplaceRequest,
    CancelRequest,
    NewOrder,
    NewOrderList,
    Order,
)
from libraries.mock_exchange.core.venue import Venue
from tests.mock_exchange.core_kit import Core, replayed
from tests.mock_exchange.naive_venue import NaiveVenue

CAMPAIGN = bool(os.environ.get("VENUE_CAMPAIGN"))
LONGEST_S = 7_200 if CAMPAIGN else 900
"""A busy machine takes many times as long, and a counterexample is made small before it is shown: neither is a failure of the venue."""
SYMBOL = "BTCUSDT"
E8 = 10**8
ACCOUNTS = st.sampled_from("abc")
SIDES = st.sampled_from(["BUY", "SELL"])
PRICES = st.integers(9_900, 10_100).map(lambda cents: cents * 10**6)
QUANTITIES = st.integers(6, 300).map(lambda parts: parts * 10**6)
MODES = st.sampled_from([None, "NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER"])
TIMES = st.sampled_from(["GTC", "GTC", "IOC", "FOK"])
DELTAS = st.sampled_from([None, None, 10, 50, 100])
ICEBERGS = st.sampled_from([None, None, 3, 5])
CONDITIONAL = st.sampled_from(["STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"])
STOPS = st.sampled_from(["STOP_LOSS", "STOP_LOSS_LIMIT"])
PICKS = st.integers(0, 1_000)
Json = dict[str, Any]


def conditional(kind: str, side: str, quantity: int, stop: int | None, **more: Any) -> NewOrder:
    limit = kind.endswith("_LIMIT")
    price, tif = stop or 100 * E8, more.pop("tif", "GTC")
    return NewOrder(
        symbol=SYMBOL,
        side=side,  # type: ignore[arg-type]
        type=kind,  # type: ignore[arg-type]
        quantity=quantity,
        stop_price=stop,
        price=price if limit else None,
        time_in_force=tif if limit else None,
        **more,
    )


class Commands:
    """What can be asked of a venue, each with plain arguments, so that the same can be asked of another one."""

    def __init__(self) -> None:
        self.core = Core()
        self.venue = self.core.venue

    def limit(self, account: str, side: str, quantity: int, price: int, tif: str, parts: int | None, mode: str | None) -> None:
        iceberg = quantity // parts // 10**3 * 10**3 if parts and tif == "GTC" else None
        self._place(account, "LIMIT", side, quantity=quantity, price=price, time_in_force=tif, iceberg_qty=iceberg, stp_mode=mode)

    def maker(self, account: str, side: str, quantity: int, price: int) -> None:
        self._place(account, "LIMIT_MAKER", side, quantity=quantity, price=price)

    def market(self, account: str, side: str, quantity: int, mode: str | None) -> None:
        self._place(account, "MARKET", side, quantity=quantity, stp_mode=mode)

    def quote(self, account: str, side: str, quote: int, mode: str | None) -> None:
        self._place(account, "MARKET", side, quote_order_qty=quote, stp_mode=mode)

    def conditional(self, account: str, kind: str, side: str, quantity: int, stop: int, delta: int | None, **more: Any) -> None:
        untracked = more.pop("at_once") and delta is not None
        self.venue.place(account, conditional(kind, side, quantity, None if untracked else stop, trailing_delta=delta, **more), "rest")

    def oco(self, account: str, side: str, quantity: int, low: int, width: int, stop_kind: str, mode: str | None) -> None:
        self.venue.place_list(
            account, NewOrderList(kind="OCO", symbol=SYMBOL, orders=_pair(side, quantity, low, width, stop_kind, mode)), "rest"
        )

    def then(self, kind: str, account: str, working: Json, quantity: int, low: int, width: int, stop_kind: str) -> None:
        """OTO, OTOCO, OPO, OPOCO: a LIMIT order, and on its fill one or two on the other side."""
        first = NewOrder(symbol=SYMBOL, type="LIMIT", **working)
        side = "SELL" if first.side == "BUY" else "BUY"
        pair = _pair(side, quantity, low, width, stop_kind, None)
        pending = pair if kind in ("OTOCO", "OPOCO") else pair[:1]
        if kind in ("OPO", "OPOCO"):
            pending = tuple(msgspec.structs.replace(each, quantity=None) for each in pending)
        self.venue.place_list(account, NewOrderList(kind=kind, symbol=SYMBOL, orders=(first, *pending)), "rest")  # type: ignore[arg-type]

    def cancel(self, account: str, pick: int) -> None:
        order = self._pick(account, pick)
        self.venue.cancel(account, CancelRequest(symbol=SYMBOL, order_id=order.order_id), "rest")

    def cancel_list(self, account: str, pick: int) -> None:
        lists = self.venue.open_lists(account)
        if lists:
            self.venue.cancel_list(account, CancelListRequest(symbol=SYMBOL, list_id=lists[pick % len(lists)].list_id), "rest")

    def cancel_all(self, account: str) -> None:
        self.venue.cancel_all(account, CancelRequest(symbol=SYMBOL), "rest")

    def amend(self, account: str, pick: int, percent: int) -> None:
        order = self._pick(account, pick)
        quantity = order.quantity * percent // 100 // 10**3 * 10**3
        self.venue.amend(account, AmendRequest(symbol=SYMBOL, order_id=order.order_id, quantity=quantity), "rest")

    def replace(self, account: str, pick: int, side: str, quantity: int, price: int) -> None:
        new = NewOrder(symbol=SYMBOL, side=side, type="LIMIT", quantity=quantity, price=price, time_in_force="GTC")  # type: ignore[arg-type]
        cancel = CancelRequest(symbol=SYMBOL, order_id=self._pick(account, pick).order_id)
        self.venue.cancel_replace(account, CancelReplaceRequest(cancel=cancel, new=new, mode="ALLOW_FAILURE"), "rest")

    def transfer(self, account: str, asset: str, amount: int) -> None:
        self.venue.transfer(account, asset, amount)

    def book(self, bid: int, width: int) -> None:
        self.venue.set_market_book(SYMBOL, [(bid * 10**6, E8)], [((bid + width) * 10**6, E8)])

    def status(self, status: str) -> None:
        self.venue.set_status(SYMBOL, status)  # type: ignore[arg-type]
        self.core.clock.ms += 1_000

    def _place(self, account: str, kind: str, side: str, **fields: Any) -> None:
        order = NewOrder(symbol=SYMBOL, side=side, type=kind, **fields)  # type: ignore[arg-type]
        self.venue.place(account, order, "rest")

    def _pick(self, account: str, pick: int) -> Order:
        orders = self.venue.open_orders(account)
        if not orders:
            raise no_such_order()
        return orders[pick % len(orders)]


def _pair(side: str, quantity: int, low: int, width: int, stop_kind: str, mode: str | None) -> tuple[NewOrder, NewOrder]:
    """Above and below: a LIMIT_MAKER where it pays, a STOP_LOSS where it hurts."""
    high = low + width
    maker_price, stop_price = (high, low) if side == "SELL" else (low, high)
    maker = NewOrder(symbol=SYMBOL, side=side, type="LIMIT_MAKER", quantity=quantity, price=maker_price, stp_mode=mode)  # type: ignore[arg-type]
    stop = conditional(stop_kind, side, quantity, stop_price, stp_mode=mode)
    return (maker, stop) if side == "SELL" else (stop, maker)


class TradingMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.commands = Commands()
        self.asked: list[tuple[str, Json]] = []

    def _do(self, name: str, **arguments: Any) -> None:
        self.asked.append((name, dict(arguments)))
        _ask(self.commands, name, arguments)

    @rule(account=ACCOUNTS, side=SIDES, quantity=QUANTITIES, price=PRICES, tif=TIMES, parts=ICEBERGS, mode=MODES)
    def limit(self, **arguments: Any) -> None:
        self._do("limit", **arguments)

    @rule(account=ACCOUNTS, side=SIDES, quantity=QUANTITIES, price=PRICES)
    def maker(self, **arguments: Any) -> None:
        self._do("maker", **arguments)

    @rule(account=ACCOUNTS, side=SIDES, quantity=QUANTITIES, mode=MODES)
    def market(self, **arguments: Any) -> None:
        self._do("market", **arguments)

    @rule(account=ACCOUNTS, side=SIDES, quote=st.integers(5, 400).map(lambda whole: whole * E8), mode=MODES)
    def quote(self, **arguments: Any) -> None:
        self._do("quote", **arguments)

    @rule(
        account=ACCOUNTS,
        kind=CONDITIONAL,
        side=SIDES,
        quantity=QUANTITIES,
        stop=PRICES,
        delta=DELTAS,
        at_once=st.booleans(),
        tif=TIMES,
        mode=MODES,
    )
    def conditional(self, mode: str | None, **arguments: Any) -> None:
        self._do("conditional", stp_mode=mode, **arguments)

    @rule(account=ACCOUNTS, side=SIDES, quantity=QUANTITIES, low=PRICES, width=st.integers(1, 200), stop_kind=STOPS, mode=MODES)
    def oco(self, width: int, **arguments: Any) -> None:
        self._do("oco", width=width * 10**6, **arguments)

    @rule(
        kind=st.sampled_from(["OTO", "OTOCO", "OPO", "OPOCO"]),
        account=ACCOUNTS,
        side=SIDES,
        first=st.tuples(QUANTITIES, PRICES, TIMES),
        quantity=QUANTITIES,
        low=PRICES,
        width=st.integers(1, 200),
        stop_kind=STOPS,
    )
    def then(self, side: str, first: tuple[int, int, str], width: int, **arguments: Any) -> None:
        working = {"side": side, "quantity": first[0], "price": first[1], "time_in_force": first[2]}
        self._do("then", working=working, width=width * 10**6, **arguments)

    @rule(account=ACCOUNTS, pick=PICKS)
    def cancel(self, account: str, pick: int) -> None:
        self._do("cancel", account=account, pick=pick)

    @rule(account=ACCOUNTS, pick=PICKS)
    def cancel_list(self, account: str, pick: int) -> None:
        self._do("cancel_list", account=account, pick=pick)

    @rule(account=ACCOUNTS)
    def cancel_all(self, account: str) -> None:
        self._do("cancel_all", account=account)

    @rule(account=ACCOUNTS, pick=PICKS, percent=st.integers(20, 110))
    def amend(self, account: str, pick: int, percent: int) -> None:
        self._do("amend", account=account, pick=pick, percent=percent)

    @rule(account=ACCOUNTS, pick=PICKS, side=SIDES, quantity=QUANTITIES, price=PRICES)
    def replace(self, **arguments: Any) -> None:
        self._do("replace", **arguments)

    @rule(account=ACCOUNTS, asset=st.sampled_from(["BTC", "USDT"]), amount=st.integers(-5, 5).map(lambda whole: whole * E8))
    def transfer(self, **arguments: Any) -> None:
        self._do("transfer", **arguments)

    @rule(bid=st.integers(9_900, 10_050), width=st.integers(1, 100))
    def book(self, bid: int, width: int) -> None:
        self._do("book", bid=bid, width=width)

    @rule(status=st.sampled_from(["TRADING", "TRADING", "TRADING", "HALT", "CANCEL_ONLY", "BREAK", "END_OF_DAY"]))
    def status(self, status: str) -> None:
        self._do("status", status=status)
        self._do("status", status="TRADING")

    @invariant()
    def nothing_is_made_or_lost_and_what_is_locked_is_explained(self) -> None:
        books = self.commands.venue.books
        assert set(books.totals().values()) <= {0}
        for account in books.accounts.values():
            for asset, (_, locked) in account.balances().items():
                assert locked == sum(order.locked for order in account.open_orders.values() if order.lock_asset == asset)

    @invariant()
    def the_book_is_not_crossed_and_shows_what_rests(self) -> None:
        bid, ask = self.commands.venue.best(SYMBOL)
        assert bid is None or ask is None or bid[0] < ask[0]
        _, bids, asks = self.commands.venue.depth(SYMBOL)
        assert all(quantity > 0 for _, quantity in bids + asks)
        hidden = sum(level.hidden for side in _sides(self.commands.venue) for level in side.levels.values())
        resting = sum(order.remaining for order in _working(self.commands.venue))
        assert sum(quantity for _, quantity in bids + asks) + hidden == resting

    def teardown(self) -> None:
        lines = self.commands.core.journal.lines
        NaiveVenue().check(lines)
        again = Commands()
        for name, arguments in self.asked:
            _ask(again, name, arguments)
        assert again.core.journal.lines == lines
        assert_replays(self.commands.core)


def _ask(commands: Commands, name: str, arguments: Json) -> None:
    try:
        getattr(commands, name)(**arguments)
    except VenueError:
        return


def _sides(venue: Venue) -> tuple[Any, Any]:
    return venue.market(SYMBOL).book.bids, venue.market(SYMBOL).book.asks


def _working(venue: Venue) -> list[Order]:
    return [order for account in venue.books.accounts.values() for order in account.open_orders.values() if order.is_working]


def assert_replays(core: Core) -> None:
    """A venue restored from the ledger is the same venue: accounts, orders of every kind, queues, waiting orders, ids."""
    again = replayed(core)
    assert _state(again) == _state(core.venue)
    assert again.depth(SYMBOL)[0] >= core.venue.depth(SYMBOL)[0]


def _state(venue: Venue) -> Json:
    market = venue.market(SYMBOL)
    queues = {
        (level.price, side is market.book.bids): [(each.order_id, each.quantity, each.visible) for each in level.orders()]
        for side in (market.book.bids, market.book.asks)
        for level in side.levels.values()
    }
    accounts = {
        name: (
            account.balances(),
            msgspec.to_builtins(list(account.orders.values())),
            list(account.fills),
            list(account.prevented),
            msgspec.to_builtins(list(account.lists.values())),
            list(account.open_lists),
            account.key_id,
        )
        for name, account in venue.books.accounts.items()
    }
    counters = (venue.next_order_id, venue.floor.next_list_id, market.next_trade_id, market.next_match_id, market.spec.status)
    waiting = [each.order_id for each in market.triggers.orders()]
    return {"accounts": accounts, "queues": queues, "counters": counters, "waiting": waiting, "depth": venue.depth(SYMBOL)[1:]}


TradingMachine.TestCase.settings = settings(
    max_examples=3_000 if CAMPAIGN else 40,
    stateful_step_count=120 if CAMPAIGN else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
TestTrading = pytest.mark.timeout(LONGEST_S)(TradingMachine.TestCase)
