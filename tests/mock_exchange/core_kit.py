"""A venue core without a process: a clock that tests move, a journal that keeps the lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.ledger_lines import Line
from libraries.mock_exchange.core.orders import CancelRequest, NewOrder, Placement
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


def everything_allowed(spec: SymbolSpec) -> SymbolSpec:
    """The symbol with its amounts, and without any other restriction."""
    amounts = ("tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "min_notional")
    kept = {name: getattr(spec, name) for name in ("symbol", "base", "quote", *amounts)}
    return SymbolSpec(**kept)


class Core:
    """A started venue with accounts a, b, c that hold 1000 USDT and 10 BTC each."""

    def __init__(self, names: str = "abc") -> None:
        self.clock = ManualClock()
        self.journal = KeptJournal()
        self.events: list[VenueEvent] = []
        market = built_in_market()
        self.venue = Venue([everything_allowed(spec) for spec in market.specs], self.clock, market.fees, 0, self.journal)
        self.venue.start()
        for name in names:
            self.venue.create_account(name, f"key-{name}", {"USDT": parse_e8("1000"), "BTC": parse_e8("10")})
        self.venue.listen(self.events.append)

    def place(self, account: str, side: str, quantity: str | None, price: str | None = None, **more: Any) -> Placement:
        kind = more.pop("type", "LIMIT" if price else "MARKET")
        order = NewOrder(
            symbol=more.pop("symbol", "BTCUSDT"),
            side=side,  # type: ignore[arg-type]
            type=kind,
            quantity=parse_e8(quantity) if quantity else None,
            price=parse_e8(price) if price else None,
            quote_order_qty=parse_e8(more["quote"]) if "quote" in more else None,
            time_in_force=more.get("tif", "GTC" if kind == "LIMIT" else None),
            client_order_id=more.get("client_id"),
        )
        return self.venue.place(account, order, "rest")

    def cancel(self, account: str, placement: Placement) -> None:
        self.venue.cancel(account, CancelRequest(symbol=placement.order.symbol, order_id=placement.order.order_id), "rest")

    def reports(self, account: str) -> list[tuple[object, object]]:
        """(x, X) of the account's execution reports so far."""
        payloads = [each.payload for each in self.events if isinstance(each, AccountEvent) and each.account == account]
        return [(each["x"], each["X"]) for each in payloads if each["e"] == "executionReport"]

    def balances(self, account: str) -> dict[str, tuple[int, int]]:
        return self.venue.account(account).balances()
