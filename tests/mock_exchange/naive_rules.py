"""What must follow from an order, a cancel or an amend: the rules of matching, triggers, lists and funds, written a second time.

Obvious and not fast: every search goes through all there is. What it expects the ledger to say next stands in `expected`.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from tests.mock_exchange.naive_model import UNIT, NaiveList, NaiveMarket, NaiveOrder, cut

Event = tuple[Any, ...]


class NaiveRules:
    def __init__(self) -> None:
        self.maker_rate = self.taker_rate = Decimal(0)
        self.markets: dict[str, NaiveMarket] = {}
        self.orders: dict[int, NaiveOrder] = {}
        self.lists: dict[int, NaiveList] = {}
        self.totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        self.expected: list[Event] = []
        self.ready: list[NaiveList] = []

    # -- matching ----------------------------------------------------------------------------------------------------

    def _fund(self, working: list[NaiveOrder]) -> None:
        """Who holds the funds: the first of a pair for both."""
        for each in working:
            if each.market_like and each.conditional:
                each.estimate = self._estimate(each)
        working[0].pays = True
        if len(working) == 1:
            return
        working[1].pays = False

    def _estimate(self, order: NaiveOrder) -> Decimal:
        """Where an order that waits without a price is expected to trade."""
        market = self.markets[order.symbol]
        offers = self._against(market, order)
        return order.stop or _trailing_stop(order, market.last or (offers[0].price if offers else Decimal(0)))

    def _held(self, order: NaiveOrder) -> Decimal:
        """What the ledger should show as locked for the order: for itself, and for its partner."""
        partner = self._partner(order)
        if partner is None or partner.state == "closed":
            return min(order.need(), order.most)
        return min(max(order.need(), partner.need()), order.most)

    def _begin(self, market: NaiveMarket, order: NaiveOrder) -> None:
        if not order.conditional:
            self._work(market, order)
            return
        order.state = "waiting"
        if order.delta and not order.stop:
            order.extreme = market.last or None
            market.tracking.append(order)

    def _work(self, market: NaiveMarket, order: NaiveOrder) -> None:
        order.state = "working"
        if order.tif == "FOK" and not self._fillable(market, order):
            self._close(order, "EXPIRED", "UNFILLED_FOK_ORDER_EXPIRED")
            return
        while order.left and order.state == "working":
            offers = self._against(market, order)
            if not offers:
                break
            if order.mode != "NONE" and offers[0].account == order.account:
                self._prevent(market, order, offers[0])
            else:
                self._trade(market, order, offers[0])
        if order.state == "closed":
            return
        if not order.left:
            self._close(order, "FILLED")
        elif order.market_like:
            self._close(order, "EXPIRED", "INSUFFICIENT_LIQUIDITY")
        elif order.tif == "IOC":
            self._close(order, "EXPIRED", "UNFILLED_IOC_QUANTITY_EXPIRED")
        else:
            order.state, order.shown = "resting", min(order.peak or order.left, order.left)
            market.resting.append(order)

    def _against(self, market: NaiveMarket, taker: NaiveOrder) -> list[NaiveOrder]:
        """Everything that the taker reaches, best price first, older before younger."""
        buys = taker.side == "BUY"
        within = [each for each in market.resting if each.side != taker.side]
        if not taker.market_like:
            within = [each for each in within if (each.price <= taker.price if buys else each.price >= taker.price)]
        return sorted(within, key=lambda each: each.price if buys else -each.price)

    def _fillable(self, market: NaiveMarket, order: NaiveOrder) -> bool:
        found = Decimal(0)
        for offer, part in self._parts(market, order):
            own = order.mode != "NONE" and offer.account == order.account
            if own and order.mode != "EXPIRE_MAKER":
                break
            found += Decimal(0) if own else part
        return found >= order.left

    def _parts(self, market: NaiveMarket, taker: NaiveOrder) -> list[tuple[NaiveOrder, Decimal]]:
        """What the taker would meet, part by part: of an iceberg what it shows, and the next part behind all others of its price."""
        left = [(offer, offer.shown, offer.left) for offer in self._against(market, taker)]
        parts: list[tuple[NaiveOrder, Decimal]] = []
        while left:
            offer, shown, rest = left.pop(0)
            parts.append((offer, shown))
            rest -= shown
            if rest:
                behind = sum(1 for each, _, _ in left if each.price == offer.price)
                left.insert(behind, (offer, min(offer.peak, rest), rest))
        return parts

    def _trade(self, market: NaiveMarket, taker: NaiveOrder, maker: NaiveOrder) -> None:
        self._first_execution(maker)
        quantity = min(taker.left, maker.shown)
        quote = cut(maker.price * quantity)
        fees: list[Decimal] = []
        for order, rate in ((maker, self.maker_rate), (taker, self.taker_rate)):
            buys = order.side == "BUY"
            fee = cut((quantity if buys else quote) * rate)
            self.totals[order.account, market.base] += quantity - fee if buys else -quantity
            self.totals[order.account, market.quote] += -quote if buys else quote - fee
            self.totals["fees", market.base if buys else market.quote] += fee
            order.executed += quantity
            order.cum_quote += quote
            order.fees += fee
            fees.append(fee)
        self.expected.append(("trade", maker.id, taker.id, maker.price, quantity, quote, *fees))
        self._used(market, maker, quantity)
        self._observe(market, maker.price)
        if not maker.left:
            self._close(maker, "FILLED")

    def _used(self, market: NaiveMarket, maker: NaiveOrder, quantity: Decimal) -> None:
        maker.shown -= quantity
        if maker.shown == 0:
            market.resting.remove(maker)
            if maker.left:
                maker.shown = min(maker.peak, maker.left)
                market.resting.append(maker)

    def _prevent(self, market: NaiveMarket, taker: NaiveOrder, maker: NaiveOrder) -> None:
        if taker.mode in ("DECREMENT", "TRANSFER"):
            of_taker = of_maker = min(taker.left, maker.shown)
        else:
            of_taker = taker.left if taker.mode != "EXPIRE_MAKER" else Decimal(0)
            of_maker = maker.left if taker.mode != "EXPIRE_TAKER" else Decimal(0)
        if of_maker:
            self._first_execution(maker)
        maker.prevented += of_maker
        taker.prevented += of_taker
        self.expected.append(("prevented", maker.id, taker.id, maker.price, of_maker, of_taker))
        if of_maker and not maker.left:
            market.resting.remove(maker)
            self._close(maker, "EXPIRED_IN_MATCH")
        elif of_maker:
            self._used(market, maker, of_maker)
        if of_taker and not taker.left:
            self._close(taker, "EXPIRED_IN_MATCH")

    def _observe(self, market: NaiveMarket, price: Decimal) -> None:
        market.last = price
        tracking = list(market.tracking)
        waiting = [each for each in self.orders.values() if each.state == "waiting" and each.stop and each not in market.tracking]
        waiting = [each for each in waiting if self.markets[each.symbol] is market and each not in market.due]
        rising = sorted((each for each in waiting if each.rises and each.stop <= price), key=lambda each: (each.stop, each.id))
        falling = sorted((each for each in waiting if not each.rises and each.stop >= price), key=lambda each: (-each.stop, each.id))
        for order in rising + falling:
            if order.delta:
                order.extreme = price
                market.tracking.append(order)
            else:
                market.due.append(order)
        for order in tracking:
            self._follow(market, order, price)

    def _follow(self, market: NaiveMarket, order: NaiveOrder, price: Decimal) -> None:
        if order.extreme is None:
            order.extreme = price
            return
        stop = order.extreme * (10_000 + order.delta if order.side == "BUY" else 10_000 - order.delta) / 10_000
        if (price >= stop) if order.side == "BUY" else (price <= stop):
            market.tracking.remove(order)
            market.due.append(order)
        else:
            order.extreme = min(order.extreme, price) if order.side == "BUY" else max(order.extreme, price)

    def _settle(self, market: NaiveMarket) -> None:
        while self.ready or market.due:
            if self.ready:
                self._place_pending(market, self.ready.pop(0))
            else:
                self._go_off(market, market.due.pop(0))

    def _go_off(self, market: NaiveMarket, order: NaiveOrder) -> None:
        partner = self._partner(order)
        if partner is not None and partner.state != "closed":
            self._close(partner, "EXPIRED", "OCO_TRIGGER")
        order.pays = True
        if order.side == "BUY" and order.market_like:
            free = self._free(order, but=order)
            if self._cost(market, order) > free:
                self._close(order, "EXPIRED", "REJECTED")
                return
        self.expected.append(("triggered", order.id))
        self._work(market, order)

    def _cost(self, market: NaiveMarket, order: NaiveOrder) -> Decimal:
        left, cost = order.left, Decimal(0)
        for offer, part in self._parts(market, order):
            taken = min(left, part)
            if order.mode == "NONE" or offer.account != order.account:
                cost += cut(offer.price * taken)
            elif order.mode == "EXPIRE_MAKER":
                continue
            elif order.mode not in ("DECREMENT", "TRANSFER"):
                break
            left -= taken
        return cost

    def _free(self, order: NaiveOrder, but: NaiveOrder | None = None) -> Decimal:
        """What the account has of what the order spends, less what its other orders hold."""
        market = self.markets[order.symbol]
        asset = market.quote if order.side == "BUY" else market.base
        held = Decimal(0)
        for each in self.orders.values():
            if each is but or each.account != order.account or each.state not in ("waiting", "resting", "working") or not each.pays:
                continue
            theirs = self.markets[each.symbol]
            if (theirs.quote if each.side == "BUY" else theirs.base) == asset:
                held += self._held(each)
        return self.totals[order.account, asset] - held

    def _place_pending(self, market: NaiveMarket, order_list: NaiveList) -> None:
        working, *pending = (self.orders[each] for each in order_list.ids)
        before = [each.quantity for each in pending]
        if order_list.kind in ("OPO", "OPOCO"):
            for each in pending:
                each.quantity = self._paid(market, working, each)
        for each in pending:
            each.state = "new"
        self._fund(pending)
        if any(self._cannot_be_placed(market, each) for each in pending) or self._free(pending[0]) < max(each.need() for each in pending):
            for each, quantity in zip(pending, before, strict=True):
                each.quantity = quantity
                self._close(each, "REJECTED", "REJECTED")
            return
        for each in pending:
            self.expected.append(("activated", each.id, each.quantity))
        for each in pending:
            self._begin(market, each)

    def _paid(self, market: NaiveMarket, working: NaiveOrder, pending: NaiveOrder) -> Decimal:
        if working.side == "BUY":
            brought = working.executed - working.fees
        else:
            offers = self._against(market, pending)
            price = pending.price or pending.stop or (offers[0].price if offers else market.last)
            brought = ((working.cum_quote - working.fees) / price).quantize(UNIT, rounding=ROUND_FLOOR) if price else Decimal(0)
        return brought // market.step * market.step

    def _cannot_be_placed(self, market: NaiveMarket, order: NaiveOrder) -> bool:
        if order.quantity < market.min_qty:
            return True
        if order.type == "LIMIT_MAKER":
            return bool(self._against(market, order))
        reached = market.last >= order.stop if order.rises else market.last <= order.stop
        return order.conditional and bool(order.stop and market.last) and reached

    # -- lists -------------------------------------------------------------------------------------------------------

    def _ids(self, order: NaiveOrder) -> list[int]:
        return self.lists[order.list_id].ids if order.list_id != -1 else [order.id]

    def _partner(self, order: NaiveOrder) -> NaiveOrder | None:
        if order.list_id == -1 or self.lists[order.list_id].kind in ("OTO", "OPO"):
            return None
        pair = self._ids(order)[-2:]
        return self.orders.get(next(each for each in pair if each != order.id)) if order.id in pair else None

    def _first_execution(self, order: NaiveOrder) -> None:
        partner = self._partner(order)
        if order.executed or partner is None or partner.state == "closed":
            return
        self._close(partner, "EXPIRED", "OCO_TRIGGER")
        if not order.pays:
            order.pays = True
            self.expected.append(("locked", order.id))

    def _close(self, order: NaiveOrder, status: str, reason: str | None = None) -> None:
        self._leave(order)
        self.expected.append(("closed", order.id, status, order.executed, order.cum_quote, reason))
        order_list = self.lists.get(order.list_id)
        if order_list is None or order_list.kind == "OCO" or order.id != order_list.ids[0]:
            return
        if status == "FILLED":
            self.ready.append(order_list)
            return
        for each in order_list.ids[1:]:
            self._close(self.orders[each], "EXPIRED", "OTO_PHASE_ONE_EXPIRED")

    def _leave(self, order: NaiveOrder) -> None:
        market = self.markets[order.symbol]
        for where in (market.resting, market.tracking, market.due):
            if order in where:
                where.remove(order)
        order.state = "closed"


def _trailing_stop(order: NaiveOrder, reference: Decimal) -> Decimal:
    """As an estimate of funds it is rounded so that they suffice."""
    return (reference * (10_000 + order.delta) / 10_000).quantize(UNIT, rounding="ROUND_UP")
