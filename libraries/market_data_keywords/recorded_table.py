"""Expected fills, fees and P&L of a scripted source on a recorded market, computed from the CSV files alone.

The arithmetic is written here a second time on purpose: it is the witness of the engine's (R31). It knows only the public
rules: a MARKET order takes the best level of the quote that is in force, a buy pays its fee in base, a sell in quote, fees
and quote amounts are cut to 8 places, cost is the average-cost method.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal, localcontext

from libraries.common.amounts import plain
from libraries.common.errors import WrongArgument
from libraries.common.types import Side
from libraries.market_data_keywords.data_files import RecordedQuote, RecordedTrade

_EIGHT = Decimal("0.00000001")


def cut8(amount: Decimal) -> Decimal:
    """Cut towards zero to 8 places."""
    with localcontext() as context:
        context.prec = 50
        return amount.quantize(_EIGHT, rounding=ROUND_DOWN)


def cut_to(amount: Decimal, step: Decimal) -> Decimal:
    """The largest multiple of `step` that is not above `amount`; at least one step."""
    with localcontext() as context:
        context.prec = 50
        return max((amount // step) * step, step)


@dataclass(frozen=True)
class ExpectedFill:
    """One execution that the files demand: amounts in base and quote, the fee in `fee_asset`."""

    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str


@dataclass
class RecordedTable:
    """The market of one symbol as the files tell it, and what our source must have got from it."""

    symbol: str
    base: str
    quote: str
    trades: list[RecordedTrade]
    quotes: list[RecordedQuote]
    step: Decimal
    fee_rate: Decimal
    fills: list[ExpectedFill] = field(default_factory=list)
    position: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    realised: Decimal = Decimal(0)

    def level_after(self, trade_id: int, side: Side) -> tuple[Decimal, Decimal]:
        """Price and size of the level that a MARKET order of `side` meets after the recorded trade `trade_id`.

        Only moments at which the files leave no doubt are answered: every trade since the quote hit the other side.

        Raises:
            WrongArgument: no such trade, no quote before it, or the level was touched since its quote.
        """
        position = next((i for i, trade in enumerate(self.trades) if trade.trade_id == trade_id), None)
        if position is None:
            first, last = self.trades[0].trade_id, self.trades[-1].trade_id
            raise WrongArgument(f"trade {trade_id} is not in the recording; its trades are {first} to {last}")
        now = self.trades[position].time_ms
        earlier = [quote for quote in self.quotes if quote.time_ms <= now]
        if not earlier:
            raise WrongArgument(f"no quote is in force before trade {trade_id}; choose a later trade")
        quote = earlier[-1]
        since = [trade for trade in self.trades[: position + 1] if trade.time_ms >= quote.time_ms]
        if not self._untouched(quote, since, now, side):
            raise WrongArgument(
                f"after trade {trade_id} the level a {side.value} would meet was already touched since its quote, so the files "
                f"do not say what is left of it; the next trade that leaves no doubt is {self._next_clear(position, side)}"
            )
        price, size = (quote.ask, quote.ask_size) if side is Side.BUY else (quote.bid, quote.bid_size)
        return price, cut_to(size, self.step)

    def expect(self, trade_id: int, side: Side, quantity: Decimal) -> ExpectedFill:
        """Add the execution of a MARKET order of `quantity` right after `trade_id` to the table."""
        price, size = self.level_after(trade_id, side)
        filled = min(quantity, size)
        quote_quantity = cut8(price * filled)
        received, asset = (filled, self.base) if side is Side.BUY else (quote_quantity, self.quote)
        fill = ExpectedFill(side, price, filled, quote_quantity, cut8(received * self.fee_rate), asset)
        self.fills.append(fill)
        self._book(fill)
        return fill

    def fee_total(self, asset: str) -> Decimal:
        """All fees of the table that are paid in `asset`."""
        return sum((fill.fee for fill in self.fills if fill.fee_asset == asset), Decimal(0))

    def _book(self, fill: ExpectedFill) -> None:
        """Average cost; the scripted source buys first and never sells more than it holds."""
        if fill.side is Side.BUY:
            self.position += fill.quantity - fill.fee
            self.cost += fill.quote_quantity
            return
        if fill.quantity > self.position:
            raise WrongArgument(f"the table covers positions that are long: cannot sell {plain(fill.quantity)} of {plain(self.position)}")
        with localcontext() as context:
            context.prec = 50
            whole = fill.quantity == self.position
            removed = self.cost if whole else cut8(self.cost * fill.quantity / self.position)
        self.realised += fill.quote_quantity - fill.fee - removed
        self.cost -= removed
        self.position -= fill.quantity

    def _untouched(self, quote: RecordedQuote, since: list[RecordedTrade], now: int, side: Side) -> bool:
        if any(other is not quote and other.time_ms in (quote.time_ms, now) for other in self.quotes):
            return False
        if any(trade.time_ms == quote.time_ms for trade in since):
            return False
        if side is Side.BUY:
            return all(trade.buyer_is_maker and trade.price < quote.ask for trade in since)
        return all(not trade.buyer_is_maker and trade.price > quote.bid for trade in since)

    def _next_clear(self, position: int, side: Side) -> str:
        for trade in self.trades[position + 1 :]:
            earlier = [quote for quote in self.quotes if quote.time_ms <= trade.time_ms]
            since = [t for t in self.trades if earlier and earlier[-1].time_ms <= t.time_ms and t.trade_id <= trade.trade_id]
            if earlier and self._untouched(earlier[-1], since, trade.time_ms, side):
                return str(trade.trade_id)
        return "none in this recording"
