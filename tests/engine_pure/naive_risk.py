"""The rules of risk a second time, from the written rules and by adding everything up anew: what the risk engine is compared with.

Nothing of the engine is imported. One venue, markets against USDT, no inventory: long positions and their exits. Plain loops, no
indexes; amounts are decimals because the venue's are.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

D = Decimal
TIERS = {"SNIPER": (D(500), 1), "HUNTER": (D(2_000), 3), "STRATEGIST": (D(10_000), 5), "ARCHITECT": (D(50_000), 10)}
LEAST_OF_VENUE = D(5)
DAY_MS = 86_400_000


def cut(amount: Decimal) -> Decimal:
    """To 8 places, towards zero."""
    return amount.quantize(D("0.00000001"), rounding=ROUND_DOWN)


@dataclass
class Wish:
    side: str
    symbol: str
    quantity: Decimal
    price: Decimal | None  # None = MARKET
    confidence: Decimal
    exit: bool


@dataclass
class Resting:
    wish: Wish
    locked: Decimal
    left: Decimal


@dataclass
class Account:
    cash: Decimal
    trades_a_day: int
    order_fraction: Decimal
    holds: dict[str, Decimal] = field(default_factory=dict)  # base, by symbol
    positions: dict[str, Decimal] = field(default_factory=dict)  # without dust
    books: dict[str, tuple[Decimal, Decimal] | None] = field(default_factory=dict)  # (bid, ask); None = lost
    last_fill: dict[str, Decimal] = field(default_factory=dict)
    orders: dict[str, Resting] = field(default_factory=dict)
    entries: list[int] = field(default_factory=list)  # days of the accepted ones
    lost_middle: dict[str, Decimal] = field(default_factory=dict)  # of each book, as it was last
    tier: str = ""
    grace_until_ms: int = 0

    def middle(self, symbol: str) -> Decimal:
        book = self.books[symbol]
        assert book is not None, symbol
        return (book[0] + book[1]) / 2

    def balance(self) -> Decimal:
        return cut(self.cash + sum((amount * self.middle(symbol) for symbol, amount in self.holds.items() if amount), D(0)))

    def free_cash(self) -> Decimal:
        return self.cash - sum((order.locked for order in self.orders.values() if order.wish.side == "BUY"), D(0))

    def free_base(self, symbol: str) -> Decimal:
        sells = [order for order in self.orders.values() if order.wish.side == "SELL" and order.wish.symbol == symbol]
        return self.holds.get(symbol, D(0)) - sum((order.left for order in sells), D(0))

    def begin(self) -> None:
        """The tier is that of the first balance."""
        self.tier = self._reached()

    def follow(self, at_ms: int) -> None:
        """Later it moves a step towards that of the balance, and then stays for two days."""
        names = list(TIERS)
        here, there = names.index(self.tier), names.index(self._reached())
        if here != there and at_ms >= self.grace_until_ms:
            self.tier = names[here + (1 if there > here else -1)]
            self.grace_until_ms = at_ms + 2 * DAY_MS

    def _reached(self) -> str:
        reached = [name for name, (least, _) in TIERS.items() if self.balance() >= least]
        return reached[-1] if reached else "SNIPER"

    # -- the rules

    def refusal(self, wish: Wish, at_ms: int) -> str | None:
        """The rule that refuses first; None = accepted."""
        return self._exit_refusal(wish) if wish.exit else self._entry_refusal(wish, at_ms)

    def _entry_refusal(self, wish: Wish, at_ms: int) -> str | None:
        book = self.books[wish.symbol]
        if book is None:
            return "R25"
        if self.entries.count(at_ms // DAY_MS) >= self.trades_a_day:
            return "R9"
        if any(amount and self.books[symbol] is None for symbol, amount in self.holds.items()):
            return "R25"
        self.follow(at_ms)
        price = wish.price or (book[1] if wish.side == "BUY" else book[0])
        balance, notional = self.balance(), cut(price * wish.quantity)
        most = min(cut(balance * self.order_fraction), D(100)) if self.tier == "SNIPER" else cut(balance * self.order_fraction)
        own = min(self.positions.get(wish.symbol, D(0)), wish.quantity) if wish.side == "SELL" else D(0)
        added = cut(price * (wish.quantity - own))
        others = {symbol for symbol, amount in self.positions.items() if amount}
        others |= {order.wish.symbol for order in self.orders.values() if not order.wish.exit}
        need = cut(price * wish.quantity * (D("1.01") if wish.price is None else 1))
        broken = {
            "TIER": (wish.price is not None and self.tier == "SNIPER") or balance < D(500),
            "R8": wish.confidence < D("0.6"),
            "R2": notional < D(10),
            "R1": notional > most,
            "R4": wish.symbol not in others and len(others) + 1 > TIERS[self.tier][1],
            "R5": added > 0 and self.exposure() + added > cut(balance * D("0.9")),
            "R7": need > self.free_cash() if wish.side == "BUY" else wish.quantity > self.free_base(wish.symbol),
            "NOTIONAL": price * wish.quantity < LEAST_OF_VENUE,
        }
        return next((rule for rule, is_broken in broken.items() if is_broken), None)

    def exposure(self) -> Decimal:
        """Positions and MARKET entries at the middle of the book, LIMIT entries at their price."""
        total = sum((amount * self._any_middle(symbol) for symbol, amount in self.positions.items() if amount), D(0))
        for order in self.orders.values():
            if not order.wish.exit:
                total += order.left * (order.wish.price or self._any_middle(order.wish.symbol))
        return cut(total)

    def _any_middle(self, symbol: str) -> Decimal:
        return self.middle(symbol) if self.books[symbol] is not None else self.lost_middle[symbol]

    def _exit_refusal(self, wish: Wish) -> str | None:
        position = self.positions.get(wish.symbol, D(0))
        exits = [order for order in self.orders.values() if order.wish.exit and order.wish.symbol == wish.symbol]
        leaving = sum((order.left for order in exits), D(0))
        if wish.side == "BUY" or wish.quantity > position - leaving:
            book = self.books[wish.symbol]
            return "EXIT" if book is not None or wish.price is not None or wish.symbol in self.last_fill else "R25"
        if wish.quantity > self.free_base(wish.symbol):
            return "R7"
        book = self.books[wish.symbol]
        price = wish.price or (book[0] if book is not None else self.last_fill[wish.symbol])
        return "NOTIONAL" if price * wish.quantity < LEAST_OF_VENUE else None

    # -- what happens

    def accepted(self, name: str, wish: Wish, at_ms: int) -> None:
        book = self.books[wish.symbol]
        price = wish.price or (book[1] if book is not None else D(0))
        locked = cut(price * wish.quantity * (D("1.01") if wish.price is None else 1)) if wish.side == "BUY" else wish.quantity
        self.orders[name] = Resting(wish, locked, wish.quantity)
        if not wish.exit:
            self.entries.append(at_ms // DAY_MS)

    def filled(self, name: str, quantity: Decimal, price: Decimal) -> None:
        order = self.orders[name]
        symbol = order.wish.symbol
        quote = cut(quantity * price)
        if order.wish.side == "BUY":
            bought = quantity - cut(quantity * D("0.001"))
            self.holds[symbol] = self.holds.get(symbol, D(0)) + bought
            self.positions[symbol] = self.positions.get(symbol, D(0)) + bought
            self.cash -= quote
        else:
            self.holds[symbol] -= quantity
            self.positions[symbol] = self.positions.get(symbol, D(0)) - quantity
            self.cash += quote - cut(quote * D("0.001"))
        order.left -= quantity
        self.last_fill[symbol] = price
        if order.left == 0:
            del self.orders[name]
        elif order.wish.side == "BUY" and order.wish.price is not None:
            order.locked = cut(order.wish.price * order.left)
        self._dust(symbol)

    def ended(self, name: str) -> None:
        symbol = self.orders.pop(name).wish.symbol
        self._dust(symbol)

    def _dust(self, symbol: str) -> None:
        """What cannot be traded any more is no position, once nothing of the symbol is open."""
        if any(order.wish.symbol == symbol for order in self.orders.values()):
            return
        if self.positions.get(symbol, D(0)) * self.last_fill.get(symbol, D(0)) < LEAST_OF_VENUE:
            self.positions[symbol] = D(0)
