"""Witness X: the exchange's ledger file, read from disk up to the offset of the cut (docs/mock-exchange.md, Ledger)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from libraries.auditor.amounts import ZERO, amount, optional
from libraries.auditor.witnesses import files
from libraries.auditor.witnesses.errors import WitnessError


class Posting(NamedTuple):
    account: str
    asset: str
    bucket: str
    amount: Decimal


@dataclass(frozen=True)
class LedgerLine:
    number: int  # from 1, the line of the file
    seq: int
    mono: int
    kind: str
    data: dict[str, Any]

    @cached_property
    def postings(self) -> list[Posting]:
        """Several invariants look at them."""
        return [Posting(str(row[0]), str(row[1]), str(row[2]), amount(row[3])) for row in self.data.get("postings") or ()]


@dataclass(frozen=True)
class SymbolSpec:
    """A symbol's rules as the venue's first line states them. 0 switches a bound off."""

    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal
    step_size: Decimal
    min_qty: Decimal
    max_qty: Decimal
    min_notional: Decimal


@dataclass(frozen=True)
class Running:
    """What a line says an order had executed by then, beside what its trades add up to."""

    line: int
    executed: Decimal
    cum_quote: Decimal
    traded: Decimal
    traded_quote: Decimal


@dataclass
class VenueOrder:
    """An order that the venue accepted, as the ledger leaves it at the cut. `status` is the venue's own word."""

    client_order_id: str
    order_id: int
    symbol: str
    side: str
    order_type: str
    time_in_force: str | None
    quantity: Decimal | None
    price: Decimal | None
    line: int
    status: str = "NEW"
    listed: bool = False
    prevented: Decimal = ZERO  # what self-trade prevention took of the quantity
    locked: Decimal = ZERO  # what its own lines locked and have not released
    executed: Decimal = ZERO
    cum_quote: Decimal = ZERO
    said: list[Running] = field(default_factory=list)
    ended_ns: int | None = None  # monotonic time of the line that closed it

    def hear(self, line: int, data: dict[str, Any]) -> None:
        self.said.append(Running(line, amount(data["executed"]), amount(data["cum_quote"]), self.executed, self.cum_quote))

    @property
    def open(self) -> bool:
        return self.status in ("NEW", "PENDING_NEW", "PARTIALLY_FILLED")

    @property
    def conditional(self) -> bool:
        return self.order_type.startswith(("STOP_LOSS", "TAKE_PROFIT"))


@dataclass(frozen=True)
class VenueFill:
    symbol: str
    trade_id: int
    client_order_id: str
    side: str
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    maker: int
    venue_time_ms: int
    line: int
    traded_ns: int


@dataclass(frozen=True)
class VenueRequest:
    """One order-entry request that passed authentication, whatever its outcome."""

    action: str
    via: str
    client_order_id: str | None
    symbol: str | None
    side: str | None
    order_type: str | None
    time_in_force: str | None
    quantity: Decimal | None
    price: Decimal | None
    outcome: str
    received_ns: int
    line: int
    spec: SymbolSpec | None  # the symbol's rules when the request was read


@dataclass
class AccountView:
    """Everything the ledger says about one account."""

    account: str
    symbols: dict[str, SymbolSpec] = field(default_factory=dict)
    free: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    locked: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    orders: dict[str, list[VenueOrder]] = field(default_factory=dict)
    fills: list[VenueFill] = field(default_factory=list)
    requests: list[VenueRequest] = field(default_factory=list)
    known: bool = False

    @property
    def every_order(self) -> list[VenueOrder]:
        return [order for orders in self.orders.values() for order in orders]


def read_ledger(path: Path, offset: int | None) -> list[LedgerLine]:
    """The lines of the first `offset` bytes (None = all).

    Raises:
        WitnessError: missing, too short, cut inside a line or a command, not JSON, or not a venue's ledger.
    """
    return parse_lines(read_bytes(path, offset), path)


def read_bytes(path: Path, offset: int | None) -> bytes:
    """The first `offset` bytes of a ledger (None = all), for `parse_lines`. Raises WitnessError: missing or too short."""
    return files.read(path, _WITNESS, offset)


def parse_lines(body: bytes, path: Path, first: int = 1, *, timed: bool = True) -> list[LedgerLine]:
    """The lines of a piece of the ledger `path` that begins with line `first`.

    `timed` False: lines may lack their monotonic time, as those of a venue whose clock is its market's do.

    Raises:
        WitnessError: cut inside a line or a command, not JSON, or not a venue's ledger.
    """
    raw = files.whole_lines(body, path, _WITNESS)
    lines = [_line(number, text, path, timed) for number, text in enumerate(raw, start=first)]
    if first == 1 and (not lines or lines[0].kind != "venue"):
        came = lines[0].kind if lines else "no line"
        raise WitnessError(f"ledger {path}: expected a first line of type venue, got {came}")
    if lines and lines[-1].data.get("more"):
        raise WitnessError(f"ledger {path}: ends inside a command: line {lines[-1].number} says that more lines follow")
    return lines


_WITNESS = "ledger"


def _line(number: int, text: bytes, path: Path, timed: bool) -> LedgerLine:
    try:
        data = files.decode(text)
        mono = data["mono"] if timed else data.get("mono", 0)
        return LedgerLine(number, int(data["seq"]), int(mono), str(data["type"]), data)
    except (ValueError, KeyError, TypeError) as error:
        raise WitnessError(f"ledger {path}: line {number}: expected a ledger entry, got {text[:80]!r} ({error})") from error


def symbol_specs(lines: Iterable[LedgerLine]) -> dict[str, SymbolSpec]:
    specs: dict[str, SymbolSpec] = {}
    for line in lines:
        if line.kind == "venue":
            specs.update((str(raw["symbol"]), _spec(raw)) for raw in line.data["symbols"])
    return specs


def _spec(raw: dict[str, Any]) -> SymbolSpec:
    bounds = ("tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "min_notional")
    return SymbolSpec(str(raw["symbol"]), str(raw["base"]), str(raw["quote"]), *(amount(raw[name]) for name in bounds))


def view_of(lines: Iterable[LedgerLine], account: str) -> AccountView:
    """Fold the ledger for one account.

    Raises:
        WitnessError: an entry lacks a field.
    """
    lines = list(lines)
    view = AccountView(account, symbol_specs(lines))
    for line in lines:
        try:
            _fold(view, line)
        except (KeyError, TypeError, IndexError, AttributeError) as error:
            raise WitnessError(
                f"ledger line {line.number} ({line.kind}): expected the fields of docs/mock-exchange.md, Ledger, got {error!r}"
            ) from error
    return view


def _fold(view: AccountView, line: LedgerLine) -> None:
    for posting in line.postings:
        if posting.account == view.account:
            bucket = view.locked if posting.bucket == "locked" else view.free
            bucket[posting.asset] += posting.amount
    if line.kind == "rules":
        view.symbols[str(line.data["rules"]["symbol"])] = _spec(line.data["rules"])
    step = _STEPS.get(line.kind)
    if step is not None and (line.kind == "trade" or line.data.get("account") == view.account):
        step(view, line)


def _fold_account(view: AccountView, _line: LedgerLine) -> None:
    view.known = True


def _fold_request(view: AccountView, line: LedgerLine) -> None:
    view.requests.append(_request(line, view.symbols))


def _fold_order(view: AccountView, line: LedgerLine) -> None:
    order = _order(line)
    view.orders.setdefault(order.client_order_id, []).append(order)
    _lock(view, order, line)


def _fold_begin(view: AccountView, line: LedgerLine) -> None:
    """A pending order is placed, a conditional one works, one of a pair holds the funds."""
    order = _find(view, line.data)
    if line.kind == "activated":
        order.status, order.quantity = "NEW", optional(line.data["quantity"])
    _lock(view, order, line)


def _fold_amended(view: AccountView, line: LedgerLine) -> None:
    """An order became smaller, and may have got another client id."""
    data = line.data
    order = _find(view, data | {"client_order_id": data["previous_client_order_id"]})
    view.orders[order.client_order_id].remove(order)
    order.client_order_id, order.quantity = data["client_order_id"], optional(data["quantity"])
    view.orders.setdefault(order.client_order_id, []).append(order)
    _lock(view, order, line)


def _fold_prevented(view: AccountView, line: LedgerLine) -> None:
    for role in ("maker", "taker"):
        order = _find(view, line.data[role])
        order.prevented = amount(line.data[role]["prevented"])
        _lock(view, order, line)


def _fold_closed(view: AccountView, line: LedgerLine) -> None:
    order = _find(view, line.data)
    order.status = str(line.data["status"])
    order.ended_ns = line.mono
    _lock(view, order, line)
    order.hear(line.number, line.data)


def _request(line: LedgerLine, symbols: dict[str, SymbolSpec]) -> VenueRequest:
    data = line.data
    return VenueRequest(
        action=data["action"],
        via=data["via"],
        client_order_id=data["client_order_id"],
        symbol=data["symbol"],
        side=data["side"],
        order_type=data["order_type"],
        time_in_force=data["time_in_force"],
        quantity=optional(data["quantity"]),
        price=optional(data["price"]),
        outcome=data["outcome"],
        received_ns=int(data["received_ns"]),
        line=line.number,
        spec=symbols.get(str(data["symbol"])),
    )


def _order(line: LedgerLine) -> VenueOrder:
    data = line.data
    return VenueOrder(
        client_order_id=data["client_order_id"],
        order_id=data["order_id"],
        symbol=data["symbol"],
        side=data["side"],
        order_type=data["order_type"],
        time_in_force=data["time_in_force"],
        quantity=optional(data["quantity"]),
        price=optional(data["price"]),
        line=line.number,
        status="PENDING_NEW" if data.get("pending") else "NEW",
        listed="list_id" in data,
    )


def _lock(view: AccountView, order: VenueOrder, line: LedgerLine) -> None:
    spec = view.symbols[order.symbol]
    asset = spec.quote if order.side == "BUY" else spec.base
    for posting in line.postings:
        if (posting.account, posting.asset, posting.bucket) == (view.account, asset, "locked"):
            order.locked += posting.amount


def _find(view: AccountView, data: dict[str, Any]) -> VenueOrder:
    for order in view.orders.get(data["client_order_id"], ()):
        if order.order_id == data["order_id"] and order.symbol == data.get("symbol", order.symbol):
            return order
    raise KeyError(f"order {data['order_id']} ({data['client_order_id']}) was never accepted")


def _fold_trade(view: AccountView, line: LedgerLine) -> None:
    data = line.data
    for role in ("maker", "taker"):
        side = data[role]
        if side["account"] != view.account:
            continue
        taker_buys = data["taker_side"] == "BUY"
        fill = VenueFill(
            symbol=data["symbol"],
            trade_id=data["trade_id"],
            client_order_id=side["client_order_id"],
            side="BUY" if taker_buys == (role == "taker") else "SELL",
            price=amount(data["price"]),
            quantity=amount(data["quantity"]),
            quote_quantity=amount(data["quote_quantity"]),
            fee=amount(side["fee"]),
            fee_asset=side["fee_asset"],
            maker=int(role == "maker"),
            venue_time_ms=data["t"],
            line=line.number,
            traded_ns=line.mono,
        )
        view.fills.append(fill)
        order = _find(view, side)
        order.status = "PARTIALLY_FILLED"
        order.executed += fill.quantity
        order.cum_quote += fill.quote_quantity
        order.hear(line.number, side)
        _lock(view, order, line)


KINDS = frozenset({"venue", "account", "transfer", "request", "status", "rules", "list", "order", "activated", "triggered", "locked"})
KINDS |= {"amended", "prevented", "trade", "closed", "fault"}
"""Every kind of line (docs/mock-exchange.md, Ledger)."""

_STEPS: dict[str, Callable[[AccountView, LedgerLine], None]] = {
    "account": _fold_account,
    "request": _fold_request,
    "order": _fold_order,
    "activated": _fold_begin,
    "triggered": _fold_begin,
    "locked": _fold_begin,
    "amended": _fold_amended,
    "prevented": _fold_prevented,
    "trade": _fold_trade,
    "closed": _fold_closed,
}
"""Kind of line -> what it does to the view; all but trades name the one account that they are about."""
