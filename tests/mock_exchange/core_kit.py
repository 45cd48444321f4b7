"""A venue core without a process: a clock that tests move, a journal that keeps the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from libraries.mock_exchange.core.accounts import HISTORY
from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.ledger_lines import Line
from libraries.mock_exchange.core.orders import CancelRequest, ListPlacement, NewOrder, NewOrderList, Placement
from libraries.mock_exchange.core.restore import restore
from libraries.mock_exchange.core.symbols import SymbolSpec
from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.core.venue_events import AccountEvent, VenueEvent
from libraries.mock_exchange.settings import built_in_market


class ManualClock:
    def __init__(self) -> None:
        self.ms = 1_700_000_000_000
        self.step_per_look_ms = 0

    def now_ms(self) -> int:
        self.ms += self.step_per_look_ms
        return self.ms

    def now_us(self) -> int:
        return self.now_ms() * 1_000

    def monotonic_ns(self) -> int:
        return self.ms * 1_000_000


class KeptJournal:
    def __init__(self) -> None:
        self.commands: list[list[dict[str, Any]]] = []

    def append(self, lines: Sequence[Line]) -> None:
        self.commands.append([msgspec.to_builtins(line) for line in lines])

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [line for command in self.commands for line in command]


def everything_allowed(spec: SymbolSpec, **rules: Any) -> SymbolSpec:
    """The symbol with its amounts and these rules, and without any other restriction."""
    amounts = ("tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "min_notional")
    kept = {name: getattr(spec, name) for name in ("symbol", "base", "quote", *amounts)}
    return SymbolSpec(**(kept | rules))


def new_order(side: str, quantity: str | None, price: str | None = None, **more: Any) -> NewOrder:
    """LIMIT with a price, else MARKET, unless `type` says otherwise; amounts (also stop, iceberg, quote) as text."""
    kind = more.pop("type", "LIMIT" if price else "MARKET")
    names = {"stop": "stop_price", "iceberg": "iceberg_qty", "quote": "quote_order_qty"}
    amounts = {field: parse_e8(more.pop(name)) for name, field in names.items() if name in more}
    return NewOrder(
        symbol=more.pop("symbol", "BTCUSDT"),
        side=side,  # type: ignore[arg-type]
        type=kind,
        quantity=parse_e8(quantity) if quantity else None,
        price=parse_e8(price) if price else None,
        time_in_force=more.pop("tif", "GTC" if kind.endswith("LIMIT") else None),
        client_order_id=more.pop("client_id", None),
        **amounts,
        **more,
    )


def replayed(core: Core) -> Venue:
    """A venue that goes on from the ledger of that one."""
    venue = Venue(list(core.venue.symbols.values()), core.clock, core.venue.fees)
    restore(venue, [msgspec.convert(line, Line) for line in core.journal.lines])
    return venue


class Core:
    """A started venue with accounts a, b, c that hold 1000 USDT and 10 BTC each."""

    def __init__(self, names: str = "abc", history: int = HISTORY, **rules: Any) -> None:
        """`rules` are fields of every symbol."""
        self.clock = ManualClock()
        self.journal = KeptJournal()
        self.events: list[VenueEvent] = []
        market = built_in_market()
        self.venue = Venue(
            [everything_allowed(spec, **rules) for spec in market.specs], self.clock, market.fees, 0, self.journal, history=history
        )
        self.venue.start()
        for name in names:
            self.venue.create_account(name, f"key-{name}", {"USDT": parse_e8("1000"), "BTC": parse_e8("10")})
        self.venue.listen(self.events.append)

    def place(self, account: str, side: str, quantity: str | None, price: str | None = None, **more: Any) -> Placement:
        """As `new_order`, placed."""
        return self.venue.place(account, new_order(side, quantity, price, **more), "rest")

    def place_list(self, account: str, kind: str, *orders: NewOrder, **more: Any) -> ListPlacement:
        return self.venue.place_list(account, NewOrderList(kind=kind, symbol="BTCUSDT", orders=orders, **more), "rest")  # type: ignore[arg-type]

    def trade(self, price: str, quantity: str = "0.1") -> None:
        """Somebody else trades at that price, and leaves nothing behind."""
        self.venue.place_as_market(new_order("SELL", quantity, price))
        self.venue.place_as_market(new_order("BUY", quantity, price), "crowd")

    def payloads(self, account: str, event: str = "executionReport") -> list[dict[str, Any]]:
        """The account's events of one kind so far."""
        told = [each.payload for each in self.events if isinstance(each, AccountEvent) and each.account == account]
        return [each for each in told if each["e"] == event]

    def last_lines(self, count: int) -> list[tuple[Any, ...]]:
        """(type, order id, status or None) of the newest lines."""
        return [(line["type"], line.get("order_id"), line.get("status")) for line in self.journal.lines[-count:]]

    def cancel(self, account: str, placement: Placement) -> None:
        self.venue.cancel(account, CancelRequest(symbol=placement.order.symbol, order_id=placement.order.order_id), "rest")

    def reports(self, account: str) -> list[tuple[object, object]]:
        """(x, X) of the account's execution reports so far."""
        payloads = [each.payload for each in self.events if isinstance(each, AccountEvent) and each.account == account]
        return [(each["x"], each["X"]) for each in payloads if each["e"] == "executionReport"]

    def balances(self, account: str) -> dict[str, tuple[int, int]]:
        return self.venue.account(account).balances()
