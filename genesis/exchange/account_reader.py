"""The account as REST tells it: one order with its trades, or everything at one instant (R26, R30, binance-spot section 5)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from functools import partial
from typing import Protocol, TypeVar

from genesis.core.commands import FetchBars, QueryOrder, Reconcile
from genesis.core.events import AssetBalance, Event, OrderNotFound, PlacedOrder, VenueOrder, VenueSnapshot
from genesis.core.models import Bar, Fill, SymbolRules
from genesis.core.money import ZERO
from genesis.exchange import translate, wire
from genesis.exchange.errors import MalformedMessage, VenueUnreachable
from genesis.exchange.rest_client import PAGE, RestClient

_READINGS = 5  # of an account that keeps changing, before we say so
_AT_ONCE = 8  # questions in flight
T = TypeVar("T")


class OrdersStream(Protocol):
    """What a consistent reading needs to know of the orders channel."""

    @property
    def up(self) -> bool: ...

    @property
    def position(self) -> int: ...

    async def barrier(self, timeout_s: float) -> bool: ...


class AccountReader:
    """Every method raises VenueRefused, VenueUnreachable or MalformedMessage; the caller decides when to ask again."""

    def __init__(self, venue: str, symbols: tuple[str, ...], rest: RestClient, stream: OrdersStream, barrier_s: float) -> None:
        self._venue = venue
        self._symbols = symbols
        self._rest = rest
        self._stream = stream
        self._barrier_s = barrier_s

    async def order(self, command: QueryOrder) -> Event:
        """What became of one order, with all its trades; OrderNotFound when the venue shows nothing of it anywhere.

        The venue's time in OrderNotFound was read *before* the questions: absence was observed then or later, never earlier.
        """
        asked_ms = await self._rest.server_time_ms()
        found = await self._rest.order(command.symbol, command.client_order_id)
        if found is None:
            found = await self._overlooked(command)
        if found is None:
            return OrderNotFound(client_order_id=command.client_order_id, venue_time_ms=asked_ms)
        for _ in range(_READINGS):
            order = translate.venue_order(found)
            fills = await self._fills_of(order)
            if sum((fill.quantity for fill in fills), ZERO) == order.executed:
                return order.reported(self._venue, "query", fills)
            found = await self._rest.order(command.symbol, command.client_order_id) or found  # it was filled in between
        raise VenueUnreachable(
            f"order {command.client_order_id}: its trades did not add up to its executed quantity in {_READINGS} readings"
        )

    async def bars(self, command: FetchBars) -> tuple[Bar, ...]:
        """Closed bars as the venue's klines have them, oldest first."""
        rows = await self._rest.klines(command.symbol, command.interval_ms, command.from_ms, command.until_ms - 1)
        bars = [translate.bar(self._venue, command.symbol, row) for row in rows]
        return tuple(bar for bar in bars if command.from_ms <= bar.open_ms and bar.close_ms < command.until_ms)

    async def _overlooked(self, command: QueryOrder) -> wire.RestOrder | None:
        """The order by every other way the venue can show it, after a query by its id said that it does not exist."""
        openly = await self._rest.open_orders(command.symbol)
        recent = await self._rest.recent_orders(command.symbol)
        trades = await self._rest.recent_trades(command.symbol)
        for order in (*openly, *recent):
            if order.client_order_id == command.client_order_id:
                return order
        listed = {order.order_id for order in (*openly, *recent)}
        oldest = min((order.order_id for order in recent), default=0) if len(recent) == PAGE else 0
        stray = [trade.order_id for trade in trades if trade.order_id >= oldest and trade.order_id not in listed]
        if stray:
            raise VenueUnreachable(
                f"order {command.client_order_id}: trades of order {stray[0]}, which the venue does not list, may be its own"
            )
        return None

    async def _fills_of(self, order: VenueOrder) -> tuple[Fill, ...]:
        if order.executed == ZERO:
            return ()
        trades = await self._rest.trades_of_order(order.symbol, order.venue_order_id)
        return tuple(translate.rest_fill(self._venue, trade, order.client_order_id) for trade in trades)

    # -- everything at one instant ------------------------------------------------------------------------------------

    async def everything(self, command: Reconcile) -> VenueSnapshot:
        """The venue's state at one instant, exactly between two events of the user data stream.

        REST has no transaction over several questions. So: account, then orders and trades, then the account again, with barriers on
        the stream around them; taken only if the account is the same and the stream stood still meanwhile, else read again. A fill
        between two questions therefore never makes a false mismatch, and every event before the snapshot has reached the sink before it.
        """
        rules = await self.rules()
        for _ in range(_READINGS):
            snapshot = await self._reading(command, rules)
            if snapshot is not None:
                return snapshot
        raise VenueUnreachable(f"the account kept changing during {_READINGS} readings")

    async def _reading(self, command: Reconcile, rules: tuple[SymbolRules, ...]) -> VenueSnapshot | None:
        await self._pass_barrier()
        position = self._stream.position
        before = await self._rest.account()
        asked_ms = await self._rest.server_time_ms()
        open_orders = [translate.venue_order(order) for order in await self._rest.open_orders()]
        queried, missing = await self._unresolved(command.unresolved, open_orders)
        fills = await self._fills(command.trades_after, (*open_orders, *queried), queried)
        placed = await _gathered([partial(self._placed, symbol, number) for symbol, number in command.orders_after.items()])
        after = await self._rest.account()
        await self._pass_barrier()
        if before != after or self._stream.position != position:
            return None
        return VenueSnapshot(
            venue=self._venue,
            rules=rules,
            balances=self._balances(after, rules),
            open_orders=tuple(open_orders),
            queried_orders=queried,
            missing_orders=missing,
            fills=fills,
            venue_time_ms=asked_ms,
            placed_orders=tuple(order for page in placed for order in page),
        )

    async def _placed(self, symbol: str, number: int) -> list[PlacedOrder]:
        """Every order of a symbol after the venue's `number`, whatever became of it."""
        found: list[PlacedOrder] = []
        while True:
            page = await self._rest.orders_from(symbol, number + 1)
            found += [translate.placed_order(order) for order in page]
            if len(page) < PAGE:
                return found
            number = page[-1].order_id

    async def _pass_barrier(self) -> None:
        if not await self._stream.barrier(self._barrier_s):
            raise VenueUnreachable("the orders channel is down: what it would tell meanwhile would be missed")

    async def rules(self) -> tuple[SymbolRules, ...]:
        """The venue's trading rules of our symbols, as they are now."""
        infos = {info.symbol: info for info in (await self._rest.exchange_info(self._symbols)).symbols}
        return tuple(translate.symbol_rules(self._venue, infos[symbol]) for symbol in self._symbols)

    def _balances(self, account: wire.AccountInfo, rules: Iterable[SymbolRules]) -> tuple[AssetBalance, ...]:
        """What the account holds, and the assets we trade even if they are 0; a real account lists hundreds of other zeros."""
        traded = {asset for rule in rules for asset in (rule.base, rule.quote)}
        balances = (translate.asset_balance(entry.asset, entry.free, entry.locked) for entry in account.balances)
        return tuple(entry for entry in balances if entry.asset in traded or entry.free != ZERO or entry.locked != ZERO)

    async def _unresolved(
        self, unresolved: Iterable[tuple[str, str]], open_orders: Iterable[VenueOrder]
    ) -> tuple[tuple[VenueOrder, ...], tuple[str, ...]]:
        """Our non-terminal orders as the venue states them, and the ids it does not know (-2013)."""
        open_by_id = {order.client_order_id: order for order in open_orders}

        async def ask(symbol: str, client_order_id: str) -> VenueOrder | str:
            if client_order_id in open_by_id:
                return open_by_id[client_order_id]
            found = await self._rest.order(symbol, client_order_id)
            return client_order_id if found is None else translate.venue_order(found)

        answers = await _gathered([partial(ask, symbol, client_order_id) for symbol, client_order_id in unresolved])
        return (
            tuple(answer for answer in answers if isinstance(answer, VenueOrder)),
            tuple(answer for answer in answers if isinstance(answer, str)),
        )

    async def _fills(self, trades_after: dict[str, int], known: Iterable[VenueOrder], unresolved: Iterable[VenueOrder]) -> tuple[Fill, ...]:
        """Trades of every symbol after the last known one, and all trades of our unresolved orders whatever their ids."""
        traded = [order for order in unresolved if order.executed != ZERO]
        pages = await _gathered(
            [
                *(partial(self._rest.trades_from, symbol, trades_after.get(symbol, -1) + 1) for symbol in self._symbols),
                *(partial(self._rest.trades_of_order, order.symbol, order.venue_order_id) for order in traded),
            ]
        )
        trades = {(trade.symbol, trade.id): trade for page in pages for trade in page}
        ids = await self._client_order_ids(trades.values(), known)
        ordered = sorted(trades.values(), key=lambda trade: (trade.time, trade.symbol, trade.id))
        return tuple(translate.rest_fill(self._venue, trade, ids[trade.symbol, trade.order_id]) for trade in ordered)

    async def _client_order_ids(self, trades: Iterable[wire.RestTrade], known: Iterable[VenueOrder]) -> dict[tuple[str, int], str]:
        """Client order ids by (symbol, venue order id): trades carry only the latter."""
        ids = {(order.symbol, order.venue_order_id): order.client_order_id for order in known}
        wanted = {(trade.symbol, trade.order_id) for trade in trades} - ids.keys()
        while wanted:
            symbol, oldest = min(wanted)
            page = await self._rest.orders_from(symbol, oldest)
            ids.update({(order.symbol, order.order_id): order.client_order_id for order in page})
            if (symbol, oldest) not in ids:
                raise MalformedMessage(f"allOrders of {symbol}: expected order {oldest}, which has a trade, got {len(page)} others")
            wanted -= ids.keys()
        return ids


async def _gathered(questions: list[Callable[[], Coroutine[object, object, T]]]) -> list[T]:
    """Ask a few at a time; the answers in order. The first failure ends the others and is raised."""
    answers: list[T | None] = [None] * len(questions)
    waiting = iter(enumerate(questions))

    async def ask() -> None:
        for index, question in waiting:
            answers[index] = await question()

    workers = [asyncio.ensure_future(ask()) for _ in range(min(_AT_ONCE, len(questions)))]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
    return [answer for answer in answers if answer is not None]
