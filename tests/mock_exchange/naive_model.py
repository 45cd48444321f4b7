"""What the second matcher knows of orders, lists and markets: Decimals and plain lists. It shares no code with the venue."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

UNIT = Decimal("0.00000001")


def cut(amount: Decimal) -> Decimal:
    return amount.quantize(UNIT, rounding=ROUND_DOWN)


def number(text: str | None) -> Decimal:
    return Decimal(text or "0")


@dataclass(eq=False)
class NaiveOrder:
    id: int
    account: str
    symbol: str
    side: str
    type: str
    tif: str
    price: Decimal
    quantity: Decimal
    stop: Decimal
    delta: int
    peak: Decimal
    mode: str
    list_id: int
    state: str = "new"  # new, pending, waiting, resting, closed
    shown: Decimal = Decimal(0)
    executed: Decimal = Decimal(0)
    cum_quote: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    prevented: Decimal = Decimal(0)
    extreme: Decimal | None = None
    estimate: Decimal = Decimal(0)  # where a waiting buy without a price is expected to trade
    most: Decimal = Decimal("Infinity")  # an amended order never holds more than before
    pays: bool = False  # its funds are what it holds, not what its partner holds for both

    @property
    def left(self) -> Decimal:
        return self.quantity - self.executed - self.prevented

    @property
    def market_like(self) -> bool:
        return self.type in ("MARKET", "STOP_LOSS", "TAKE_PROFIT")

    @property
    def conditional(self) -> bool:
        return self.type.startswith(("STOP_LOSS", "TAKE_PROFIT"))

    @property
    def rises(self) -> bool:
        return self.type.startswith("STOP_LOSS") == (self.side == "BUY")

    def need(self) -> Decimal:
        if self.side == "SELL":
            return self.left
        return cut((self.estimate if self.market_like else self.price) * self.left)


@dataclass
class NaiveList:
    kind: str
    ids: list[int]


@dataclass
class NaiveMarket:
    base: str
    quote: str
    step: Decimal
    min_qty: Decimal
    resting: list[NaiveOrder] = field(default_factory=list)  # in the order in which they took their places
    tracking: list[NaiveOrder] = field(default_factory=list)
    due: list[NaiveOrder] = field(default_factory=list)
    last: Decimal = Decimal(0)
    matches: int = 0
