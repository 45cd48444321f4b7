"""Books and other participants: what the market looks like and who else trades in it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Price, Quantity, plain, positive
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, OrderType, Side, Symbol, TimeInForce
from libraries.exchange_keywords.levels import Level, ladder
from libraries.exchange_keywords.markets import LISTINGS

DEFAULT_SIZE = Quantity("10")
DEEP = Quantity("100")
_STANDARD = 5
_DEEPEST = 1_000


class BookKeywords(Component):
    """Scripted liquidity belongs to the venue's account "market"."""

    @keyword
    def set_the_book(
        self,
        symbol: Symbol,
        *,
        bid: Price = NOT_GIVEN,
        ask: Price = NOT_GIVEN,
        depth: int = 5,
        size: Quantity = NOT_GIVEN,
        spacing: Price = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> dict[str, Any]:
        """Replace all scripted liquidity of a symbol by an even ladder on both sides.

        Orders of other accounts stay; levels that cross them trade with them.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            bid: Best bid, in quote per base. Left out: no bids at all.
            ask: Best ask, in quote per base. Left out: no asks at all.
            depth: Levels a side.
            size: Quantity of each level, in base. Default 10.
            spacing: Distance between levels, in quote. Default: one tick of the symbol.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The whole book that results: `update_id`, `bids`, `asks`.

        Raises:
            WrongArgument: a depth below 1 or above 1,000, a crossed book, or a level at or below zero.

        Example:
            ```robotframework
            Set The Book    BTCUSDT    bid=99.00    ask=101.00    depth=1    size=5
            ```
        """
        if not 1 <= depth <= _DEEPEST:
            raise WrongArgument(f"depth must be 1 to {_DEEPEST} levels, got {depth}")
        if bid is not None and ask is not None and bid >= ask:
            raise WrongArgument(f"bid must be below ask, got bid={plain(bid)} ask={plain(ask)}")
        quantity = positive(size or DEFAULT_SIZE, "size") if size is not None else DEFAULT_SIZE
        away = Decimal(positive(spacing, "spacing")) if spacing is not None else _tick(symbol)
        bids, asks = ladder(bid, -away, depth, quantity), ladder(ask, away, depth, quantity)
        return self._put(symbol, bids, asks, venue)

    @keyword
    def set_the_book_levels(self, symbol: Symbol, *levels: Level, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Replace all scripted liquidity of a symbol by exactly these levels; none at all empties the book.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            levels: Each `bid PRICE x QUANTITY` or `ask PRICE x QUANTITY`, in any order.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The whole book that results: `update_id`, `bids`, `asks`.

        Example:
            ```robotframework
            Set The Book Levels    BTCUSDT    bid 99.00 x 1.0    ask 101.00 x 0.4    ask 102.00 x 3
            ```
        """
        bids = [level.row for level in levels if level.is_bid]
        asks = [level.row for level in levels if not level.is_bid]
        return self._put(symbol, bids, asks, venue)

    @keyword
    def the_market_stands_at(
        self,
        symbol: Symbol,
        price: Price,
        *,
        side: Side = Side.BUY,
        size: Quantity = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> dict[str, Any]:
        """Move the market: an order of `side` now trades at exactly this price; the other side stands one tick away.

        Five levels a side, one tick apart, deep enough for any test.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            price: In quote per base: the best ask for `side=BUY`, the best bid for `side=SELL`.
            side: The side of whoever is to trade at `price`: `BUY` (default) or `SELL`.
            size: Quantity of each level, in base. Default 100.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The whole book that results: `update_id`, `bids`, `asks`.

        Example:
            ```robotframework
            The Market Stands At    BTCUSDT    100.00
            The Market Stands At    BTCUSDT    98.10    side=SELL
            ```
        """
        tick = _tick(symbol)
        bid, ask = (price - tick, price) if side is Side.BUY else (price, price + tick)
        quantity = positive(size, "size") if size is not None else DEEP
        bids, asks = ladder(Price(bid), -tick, _STANDARD, quantity), ladder(Price(ask), tick, _STANDARD, quantity)
        return self._put(symbol, bids, asks, venue)

    @keyword
    def someone_buys(
        self,
        symbol: Symbol,
        *,
        qty: Quantity,
        price: Price = NOT_GIVEN,
        tif: TimeInForce = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> dict[str, Any]:
        """Another participant buys: a LIMIT order with a price, a MARKET order without.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            qty: Quantity in base, above 0.
            price: Limit in quote per base. A remainder rests in the book (unless `tif` says otherwise).
            tif: GTC (default), IOC or FOK; only with a price.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The venue's answer to the order (`status`, `executedQty`, ...).

        Raises:
            WrongArgument: a quantity or price that is not above 0, or `tif` without a price.
            WorldError: the venue refused the order; its own code and text are in the message.

        Example:
            ```robotframework
            Someone Buys    BTCUSDT    qty=0.4    price=101.00
            ```
        """
        return self._trade(Side.BUY, symbol, qty, price=price, tif=tif, venue=venue)

    @keyword
    def someone_sells(
        self,
        symbol: Symbol,
        *,
        qty: Quantity,
        price: Price = NOT_GIVEN,
        tif: TimeInForce = NOT_GIVEN,
        venue: str = NOT_GIVEN,
    ) -> dict[str, Any]:
        """Another participant sells: a LIMIT order with a price, a MARKET order without.

        Args:
            symbol: The symbol, such as `BTCUSDT`.
            qty: Quantity in base, above 0.
            price: Limit in quote per base. A remainder rests in the book (unless `tif` says otherwise).
            tif: GTC (default), IOC or FOK; only with a price.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The venue's answer to the order (`status`, `executedQty`, ...).

        Raises:
            WrongArgument: a quantity or price that is not above 0, or `tif` without a price.
            WorldError: the venue refused the order; its own code and text are in the message.

        Example:
            ```robotframework
            Someone Sells    BTCUSDT    qty=0.4    price=100.00
            ```
        """
        return self._trade(Side.SELL, symbol, qty, price=price, tif=tif, venue=venue)

    def _put(self, symbol: Symbol, bids: list[tuple[str, str]], asks: list[tuple[str, str]], venue: str) -> dict[str, Any]:
        book = self.exchange(venue).admin.set_book(symbol, bids, asks)
        self.note("book", venue=venue, symbol=symbol, bids=bids, asks=asks, update_id=book.get("update_id"))
        return book

    def _trade(
        self, side: Side, symbol: Symbol, qty: Quantity, *, price: Price | None, tif: TimeInForce | None, venue: str | None
    ) -> dict[str, Any]:
        positive(qty, "qty")
        if price is None and tif is not None:
            raise WrongArgument(f"tif={tif.value} needs a price; a MARKET order has no time in force")
        order_type = OrderType.MARKET if price is None else OrderType.LIMIT
        lives = (tif or TimeInForce.GTC).value if price is not None else None
        answer = self.exchange(venue).admin.place_order(
            symbol=symbol,
            side=side.value,
            order_type=order_type.value,
            quantity=plain(qty),
            price=plain(positive(price, "price")) if price is not None else None,
            time_in_force=lives,
        )
        self.note("someone", venue=venue, side=side.value, symbol=symbol, qty=plain(qty), answer=answer)
        return answer


def _tick(symbol: str) -> Decimal:
    known = LISTINGS.get(symbol)
    return Decimal(known.tick_size) if known else Decimal("0.01")
