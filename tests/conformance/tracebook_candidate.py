"""The venue as a candidate of tracebook-conformance: its commands, outcomes, trades and queues in that project's words.

Everything is decided by the venue itself, through the commands that its APIs use: which id is taken, what is still active, who trades
with whom, and in which order makers stand. Translated is only what differs in form:

- tracebook names orders by numbers of its own per symbol; they are the client order ids here.
- tracebook snaps a price to the tick; the venue refuses one that is off it, so it is snapped before.
- "reduce" takes an amount off (order amend keep priority); all of it is a cancel. "replace" is cancelReplace. "clear" cancels all.
- Owners only label orders here (both profiles allow self-trades), so one account with mode NONE places them all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

from tracebook.conformance import (
    BookSnapshot,
    BookState,
    ConformanceConfig,
    EngineMetadata,
    Observation,
    Outcome,
    RestingOrder,
    TradeFill,
    canonical_decimal,
)
from tracebook.core.order import OrderType
from tracebook.events import MarketEvent

from libraries.mock_exchange.core.amounts import canonical, parse_e8
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.ledger_lines import Line, TradeLine
from libraries.mock_exchange.core.orders import AmendRequest, CancelReplaceRequest, CancelRequest, NewOrder, Order
from libraries.mock_exchange.core.symbols import SymbolSpec
from libraries.mock_exchange.core.venue import Venue
from tests.mock_exchange.core_kit import ManualClock

SYMBOLS = ("ALPHA", "BETA", "TEST", "FIFO-PRIORITY-PROBE", "FIFO-PARTIAL-FILL-PROBE")
ACCOUNT = "candidate"
_PLENTY = 10**17
_REASONS = {-2010: "DUPLICATE_ORDER_ID", -2011: "ORDER_NOT_ACTIVE", -2038: "INVALID_ORDER"}
_IN_FORCE = {OrderType.LIMIT: "GTC", OrderType.IOC: "IOC", OrderType.FOK: "FOK", OrderType.MARKET: None}


class Refused(Exception):
    """An event that the venue would not carry out, with tracebook's code for the reason."""


class VenueCandidate:
    """One venue per trace, with all symbols of the profiles."""

    metadata = EngineMetadata("mock-exchange", "1", "Python")

    def __init__(self, config: ConformanceConfig) -> None:
        self._tick = Decimal(str(config.tick_size))
        self._trades: list[TradeLine] = []
        self._owners: dict[int, int] = {}
        self._seen: set[str] = set()
        specs = [spec(symbol, self._tick) for symbol in SYMBOLS]
        self._venue = Venue(specs, ManualClock(), journal=self)
        self._venue.start()
        self._venue.create_account(ACCOUNT, "key", {asset: _PLENTY for each in specs for asset in (each.base, each.quote)})

    # -- the journal of the venue ----------------------------------------------------------------------------------------

    def append(self, lines: Sequence[Line]) -> None:
        """The ledger's trades are the trades that are compared."""
        self._trades += [line for line in lines if isinstance(line, TradeLine)]

    # -- tracebook's adapter -----------------------------------------------------------------------------------------------

    def apply(self, event: MarketEvent, index: int) -> Observation:
        self._trades.clear()
        commands: dict[str, Callable[[MarketEvent], None]] = {
            "new": self._new,
            "cancel": self._cancel,
            "reduce": self._reduce,
            "replace": self._replace,
            "clear": self._clear,
        }
        if event.op in ("new", "clear"):
            self._seen.add(event.symbol)
        try:
            commands[event.op](event)
            outcome = Outcome("applied")
        except Refused as refused:
            outcome = Outcome("rejected", str(refused))
        state = self.snapshot()
        return Observation(index, outcome, tuple(map(self._shown_trade, self._trades)), state.digest(), state.order_count)

    def snapshot(self) -> BookState:
        return BookState(tuple(self._book(symbol) for symbol in sorted(self._seen)))

    def close(self) -> None:
        """Nothing is held."""

    # -- commands ------------------------------------------------------------------------------------------------------------

    def _new(self, event: MarketEvent) -> None:
        assert event.side is not None
        assert event.order_id is not None
        self._place(event.symbol, self._order(event, name(event), event.side.name, event.price, event.quantity), event.owner)

    def _place(self, symbol: str, order: NewOrder, owner: int) -> None:
        try:
            placed = self._venue.place(ACCOUNT, order, "rest")
        except VenueError as error:
            raise Refused(_REASONS.get(error.code, "INVALID_ORDER")) from error
        self._owners[placed.order.order_id] = owner

    def _cancel(self, event: MarketEvent) -> None:
        try:
            self._venue.cancel(ACCOUNT, CancelRequest(symbol=event.symbol, client_order_id=name(event)), "rest")
        except VenueError as error:
            raise Refused(_REASONS.get(error.code, "INVALID_CANCEL")) from error

    def _reduce(self, event: MarketEvent) -> None:
        order = self._active(event)
        quantity = order.quantity - units(event.quantity)
        if quantity == order.executed:
            self._cancel(event)
            return
        request = AmendRequest(symbol=event.symbol, order_id=order.order_id, quantity=quantity, new_client_order_id=order.client_order_id)
        try:
            self._venue.amend(ACCOUNT, request, "rest")
        except VenueError as error:
            raise Refused("INVALID_ORDER") from error

    def _replace(self, event: MarketEvent) -> None:
        order = self._active(event)
        price = canonical(order.price) if event.price is None else event.price
        quantity = canonical(order.remaining) if event.quantity is None else event.quantity
        new = self._order(event, order.client_order_id, order.side, price, quantity, OrderType.LIMIT)
        cancel = CancelRequest(symbol=event.symbol, order_id=order.order_id)
        try:
            done = self._venue.cancel_replace(ACCOUNT, CancelReplaceRequest(cancel=cancel, new=new, mode="STOP_ON_FAILURE"), "rest")
        except VenueError as error:
            raise Refused("INVALID_REPLACEMENT") from error
        if isinstance(done.placed, Exception) or done.placed is None:
            raise Refused("INVALID_REPLACEMENT")
        self._owners[done.placed.order.order_id] = self._owners[order.order_id]

    def _clear(self, event: MarketEvent) -> None:
        if self._venue.open_orders(ACCOUNT, event.symbol):
            self._venue.cancel_all(ACCOUNT, CancelRequest(symbol=event.symbol), "rest")

    def _active(self, event: MarketEvent) -> Order:
        try:
            order = self._venue.find_order(ACCOUNT, event.symbol, None, name(event))
        except VenueError:
            raise Refused("ORDER_NOT_ACTIVE") from None
        if not order.is_open:
            raise Refused("ORDER_NOT_ACTIVE")
        return order

    def _order(
        self,
        event: MarketEvent,
        client_order_id: str,
        side: str,
        price: float | str | None,
        quantity: float | str | None,
        kind: OrderType | None = None,
    ) -> NewOrder:
        kind = event.order_type if kind is None else kind
        return NewOrder(
            symbol=event.symbol,
            side=side,  # type: ignore[arg-type]
            type="MARKET" if kind is OrderType.MARKET else "LIMIT",
            time_in_force=_IN_FORCE[kind],  # type: ignore[arg-type]
            quantity=units(quantity),
            price=None if kind is OrderType.MARKET else self._snapped(price),
            client_order_id=client_order_id,
            stp_mode="NONE",
        )

    def _snapped(self, price: float | str | None) -> int:
        ticks = round(Decimal(str(price)) / self._tick)
        return parse_e8(canonical_decimal(ticks * self._tick))

    # -- what is compared --------------------------------------------------------------------------------------------------

    def _shown_trade(self, line: TradeLine) -> TradeFill:
        buyer, seller = (line.taker, line.maker) if line.taker_side == "BUY" else (line.maker, line.taker)
        return TradeFill(line.symbol, source(buyer.client_order_id), source(seller.client_order_id), line.price, line.quantity)

    def _book(self, symbol: str) -> BookSnapshot:
        book = self._venue.market(symbol).book
        bids, asks = (
            tuple(self._resting(each.order_id) for level in side.walk() for each in level.orders()) for side in (book.bids, book.asks)
        )
        return BookSnapshot(symbol, bids, asks)

    def _resting(self, order_id: int) -> RestingOrder:
        order = self._venue.account(ACCOUNT).orders[order_id]
        return RestingOrder(source(order.client_order_id), canonical(order.price), canonical(order.remaining), self._owners[order_id])


def spec(symbol: str, tick: Decimal) -> SymbolSpec:
    """A symbol without filters but the tick and, so that no order is worth nothing, a least price of one tick."""
    tick_units = parse_e8(canonical_decimal(tick))
    return SymbolSpec(
        symbol=symbol,
        base=f"{symbol}-BASE",
        quote=f"{symbol}-QUOTE",
        tick_size=tick_units,
        min_price=tick_units,
        max_price=0,
        step_size=1,
        min_qty=1,
        max_qty=0,
        min_notional=0,
    )


def name(event: MarketEvent) -> str:
    """The order's client order id: tracebook numbers the orders of each symbol anew."""
    return f"{SYMBOLS.index(event.symbol)}-{event.order_id}"


def source(client_order_id: str) -> int:
    """tracebook's number of an order."""
    return int(client_order_id.partition("-")[2])


def units(quantity: float | str | None) -> int:
    """A quantity in units of 1e-8; what is no positive number becomes 0, which the venue refuses."""
    return parse_e8(canonical_decimal(quantity, 8)) if quantity is not None and float(quantity) > 0 else 0
