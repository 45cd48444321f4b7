"""The lines of the ledger file (docs/mock-exchange.md, Ledger): append-only double entry, canonical decimal strings, one struct per type.

`postings` = [(account, asset, bucket, signed amount), ...]; per asset they sum to zero in every line.
"""

from __future__ import annotations

from typing import Literal, get_args

import msgspec

from .amounts import canonical, parse_e8
from .orders import (
    NO_LIST,
    ListKind,
    OrderType,
    RejectReason,
    Restriction,
    Side,
    StpMode,
    TimeInForce,
    TradingStatus,
    Via,
)
from .symbols import Fees, RuleName, SymbolSpec

VERSION = 1
Bucket = Literal["free", "locked"]
Posting = tuple[str, str, Bucket, int]
"""Account, asset, bucket, signed amount in units of 1e-8."""
PostingText = tuple[str, str, Bucket, str]

EXTERNAL = "external"
"""The account deposits come from; the only one that may go negative."""
FEES = "fees"


class _Line(msgspec.Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True, omit_defaults=True):
    """Fields with a default are left out where they have it."""

    seq: int = 0
    t: int = 0
    mono: int = 0
    more: bool | msgspec.UnsetType = msgspec.UNSET
    """On every line of a command but its last: a file that ends with such a line lost the rest of that command."""


class SymbolText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    symbol: str
    base: str
    quote: str
    tick_size: str
    min_price: str
    max_price: str
    step_size: str
    min_qty: str
    max_qty: str
    min_notional: str


RequestAction = Literal["place", "cancel", "amend", "place_list", "cancel_list"]


class VenueLine(_Line, kw_only=True, tag="venue"):
    """First line of the file: what the venue trades and charges."""

    version: int
    seed: int
    maker: str
    taker: str
    symbols: list[SymbolText]


class AccountLine(_Line, kw_only=True, tag="account"):
    """An account exists, or has a new key: `key_id` = sha256(api key)[:16], "" for accounts without a key."""

    account: str
    key_id: str


class TransferLine(_Line, kw_only=True, tag="transfer"):
    account: str
    asset: str
    amount: str
    postings: list[PostingText]


class RequestLine(_Line, kw_only=True, tag="request"):
    """An order-entry request that passed authentication, and its outcome. An order list has one line per order of it."""

    account: str
    action: RequestAction
    via: Via
    client_order_id: str | None
    symbol: str | None
    side: str | None
    order_type: str | None
    time_in_force: str | None
    quantity: str | None
    price: str | None
    quote_order_qty: str | None
    outcome: Literal["accepted", "rejected"]
    code: int | None
    msg: str | None
    received_ns: int
    stop_price: str | None = None
    trailing_delta: int | None = None
    iceberg_qty: str | None = None
    stp_mode: StpMode | None = None
    list_kind: ListKind | None = None
    restriction: Restriction | None = None


class StatusLine(_Line, kw_only=True, tag="status"):
    """A symbol trades, or stops to; TRADING until the first such line."""

    symbol: str
    status: TradingStatus


class RulesLine(_Line, kw_only=True, tag="rules"):
    """A symbol's rules from now on; until the first such line they are those of the venue line."""

    rules: SymbolText


class ListLine(_Line, kw_only=True, tag="list"):
    """An accepted order list; its orders follow, in this order, in the same command."""

    account: str
    list_id: int
    list_client_order_id: str
    symbol: str
    kind: ListKind
    order_ids: list[int]
    received_ns: int


class OrderLine(_Line, kw_only=True, tag="order"):
    """An accepted order, before it trades; its postings lock what it may spend. `pending`: it waits for its list's working order."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: str
    price: str | None
    quote_order_qty: str | None
    received_ns: int
    postings: list[PostingText]
    stop_price: str | None = None
    trailing_delta: int = 0
    iceberg_qty: str | None = None
    stp_mode: StpMode = "NONE"
    strategy_id: int | None = None
    strategy_type: int | None = None
    list_id: int = NO_LIST
    pending: bool = False


class ActivatedLine(_Line, kw_only=True, tag="activated"):
    """A pending order is placed, because the working order of its list was filled; the postings lock what it may spend."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    quantity: str
    postings: list[PostingText]


class TriggeredLine(_Line, kw_only=True, tag="triggered"):
    """A conditional order begins to work; its postings change the lock to what it may spend now."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    postings: list[PostingText]


class LockedLine(_Line, kw_only=True, tag="locked"):
    """An order of a pair takes over the funds that the other one locked for both."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    postings: list[PostingText]


class AmendedLine(_Line, kw_only=True, tag="amended"):
    """An order became smaller and kept its place in the queue; the postings unlock the difference."""

    account: str
    order_id: int
    client_order_id: str
    previous_client_order_id: str
    symbol: str
    quantity: str
    postings: list[PostingText]


class PreventedSide(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One side of a trade that was prevented: what this took of its quantity, and all that was ever taken of it."""

    order_id: int
    client_order_id: str
    quantity: str
    prevented: str


class PreventedLine(_Line, kw_only=True, tag="prevented"):
    """Self-trade prevention in place of a trade at `price`; the postings unlock what can no longer be spent."""

    match_id: int
    account: str
    symbol: str
    mode: StpMode
    price: str
    taker_side: Side
    maker: PreventedSide
    taker: PreventedSide
    postings: list[PostingText]


class TradeSide(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One side of a trade; `executed` and `cum_quote` are the order's after it."""

    account: str
    order_id: int
    client_order_id: str
    fee: str
    fee_asset: str
    executed: str
    cum_quote: str


class TradeLine(_Line, kw_only=True, tag="trade"):
    trade_id: int
    symbol: str
    price: str
    quantity: str
    quote_quantity: str
    taker_side: Side
    maker: TradeSide
    taker: TradeSide
    postings: list[PostingText]


ClosedStatus = Literal["FILLED", "CANCELED", "REJECTED", "EXPIRED", "EXPIRED_IN_MATCH"]


class ClosedLine(_Line, kw_only=True, tag="closed"):
    """The end of an order; its postings unlock the rest."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    status: ClosedStatus
    executed: str
    cum_quote: str
    reason: str | None
    cancel_id: str | None
    postings: list[PostingText]
    reject_reason: RejectReason = "NONE"


class FaultLine(_Line, kw_only=True, tag="fault"):
    """A fault that a rule injected, at `hit_ms` of the venue's clock and `hit_ns` monotonic, and what it hit ("" and 0 = not known)."""

    rule: str
    number: int
    point: str
    actions: list[str]
    hit_ms: int
    hit_ns: int
    account: str
    api: str
    connection: str
    request: str
    stream: str
    event: str
    symbol: str
    client_order_id: str
    order_id: int


PostedLine = TransferLine | OrderLine | ActivatedLine | TriggeredLine | LockedLine | AmendedLine | PreventedLine | TradeLine | ClosedLine
"""Lines that move money; `postings` are filled in when they are applied (`Transaction.posted`)."""
Line = (
    VenueLine
    | AccountLine
    | TransferLine
    | StatusLine
    | RulesLine
    | RequestLine
    | ListLine
    | OrderLine
    | ActivatedLine
    | TriggeredLine
    | LockedLine
    | AmendedLine
    | PreventedLine
    | TradeLine
    | ClosedLine
    | FaultLine
)


def optional(amount: int | None) -> str | None:
    return None if amount is None else canonical(amount)


def unlock(account: str, asset: str, amount: int) -> list[Posting]:
    """Move `amount` from locked to free (negative: from free to locked)."""
    return [(account, asset, "locked", -amount), (account, asset, "free", amount)]


def deposit(account: str, asset: str, amount: int) -> list[Posting]:
    """Move `amount` from outside to the account (negative: withdraw)."""
    return [(EXTERNAL, asset, "free", -amount), (account, asset, "free", amount)]


def symbol_text(spec: SymbolSpec) -> SymbolText:
    numbers = {name: canonical(getattr(spec, name)) for name in get_args(RuleName)}
    return SymbolText(spec.symbol, spec.base, spec.quote, **numbers)


def venue_line(specs: list[SymbolSpec], fees: Fees, seed: int) -> VenueLine:
    symbols = [symbol_text(spec) for spec in specs]
    return VenueLine(version=VERSION, seed=seed, maker=canonical(fees.maker), taker=canonical(fees.taker), symbols=symbols)


def amount_of(text: str | None) -> int:
    return 0 if text is None else parse_e8(text)
