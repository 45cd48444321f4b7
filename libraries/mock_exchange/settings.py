"""Market and accounts files (TOML), and the market that is built in. Errors name file and key (exit code 3)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .access_files import LimitsSection, account_key, lenient
from .core.symbols import NO_LIMITS, ExchangeLimits, Fees, SymbolSpec
from .core.venue_events import E8
from .errors import MarketError
from .shell.keys import PERMISSIONS, ApiKey, checked_permissions
from .symbol_settings import ExchangeSettings, SymbolSettings, amount, exchange_limits, symbol_spec

Levels = list[tuple[int, int]]
Struct = TypeVar("Struct", bound=msgspec.Struct)


class _Commission(msgspec.Struct, forbid_unknown_fields=True):
    maker: str = "0.001"
    taker: str = "0.001"


class _MarketFile(msgspec.Struct, forbid_unknown_fields=True):
    symbol: list[SymbolSettings]
    commission: _Commission = msgspec.field(default_factory=_Commission)
    exchange: ExchangeSettings = msgspec.field(default_factory=ExchangeSettings)
    generator: dict[str, Any] | None = None
    script: dict[str, Any] | None = None
    recorded: dict[str, Any] | list[dict[str, Any]] | None = None
    playing: dict[str, Any] | None = None
    clock: dict[str, Any] | None = None
    limits: LimitsSection = msgspec.field(default_factory=LimitsSection)
    lenient: list[str] = msgspec.field(default_factory=list)


class _Account(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    api_key: str
    api_secret: str | None = None
    ed25519_public_key: str | None = None
    rsa_public_key: str | None = None
    permissions: list[str] = msgspec.field(default_factory=lambda: sorted(PERMISSIONS))
    addresses: list[str] = msgspec.field(default_factory=list)
    balances: dict[str, str] = msgspec.field(default_factory=dict)


class _AccountsFile(msgspec.Struct, forbid_unknown_fields=True):
    account: list[_Account] = msgspec.field(default_factory=list)


class MarketSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the venue trades; `books` = opening (bids, asks) of account "market" by symbol. Amounts in units of 1e-8."""

    specs: list[SymbolSpec]
    fees: Fees
    books: dict[str, tuple[Levels, Levels]]
    movement: dict[str, Any] = {}
    """The tables that say how the market moves (markets.prepare reads them)."""
    limits: LimitsSection = msgspec.field(default_factory=LimitsSection)
    lenient: frozenset[str] = frozenset()
    exchange: ExchangeLimits = NO_LIMITS


class AccountSettings(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    key: ApiKey
    balances: dict[str, int]


def built_in_market() -> MarketSettings:
    """BTCUSDT, ETHUSDT, ETHBTC, BNBUSDT with empty books."""
    rows = (
        ("BTCUSDT", "BTC", "USDT", "0.01", "0.00001", "5"),
        ("ETHUSDT", "ETH", "USDT", "0.01", "0.0001", "5"),
        ("ETHBTC", "ETH", "BTC", "0.00001", "0.0001", "0.0001"),
        ("BNBUSDT", "BNB", "USDT", "0.01", "0.001", "5"),
    )
    settings = [
        SymbolSettings(symbol=symbol, base=base, quote=quote, tick_size=tick, step_size=step, min_notional=notional)
        for symbol, base, quote, tick, step, notional in rows
    ]
    specs = [symbol_spec(Path("built-in market"), each) for each in settings]
    return MarketSettings(specs=specs, fees=Fees(), books={})


def load_market(path: Path) -> MarketSettings:
    """Raises MarketError."""
    content = _read(path, _MarketFile, "market")
    if not content.symbol:
        raise MarketError(f"market file {path}: expected at least one [[symbol]], got none; add one")
    names = [each.symbol for each in content.symbol]
    for name in names:
        if names.count(name) > 1:
            raise MarketError(f"market file {path}: expected each symbol once, got {name} twice; remove one")
    specs = [symbol_spec(path, each) for each in content.symbol]
    books = {each.symbol: (_levels(path, each, "bids"), _levels(path, each, "asks")) for each in content.symbol if each.bids or each.asks}
    return MarketSettings(
        specs=specs,
        fees=_fees(path, content.commission),
        books=books,
        movement=_movement(content),
        limits=content.limits,
        lenient=lenient(content.lenient, f"market file {path}: lenient"),
        exchange=exchange_limits(path, content.exchange),
    )


def load_accounts(path: Path) -> list[AccountSettings]:
    """Raises MarketError."""
    content = _read(path, _AccountsFile, "accounts")
    for kind, values in (("name", [a.name for a in content.account]), ("api_key", [a.api_key for a in content.account])):
        if len(set(values)) != len(values):
            raise MarketError(f"accounts file {path}: expected each {kind} once, got one twice; make them different")
    return [
        AccountSettings(
            name=each.name,
            key=_key(path, each),
            balances={asset: amount(path, f"account {each.name}: balances.{asset}", text) for asset, text in each.balances.items()},
        )
        for each in content.account
    ]


def _key(path: Path, account: _Account) -> ApiKey:
    key = account_key(
        path,
        account.name,
        account.api_key,
        api_secret=account.api_secret,
        ed25519_public_key=account.ed25519_public_key,
        rsa_public_key=account.rsa_public_key,
    )
    try:
        key.permissions = checked_permissions(account.permissions)
    except ValueError as error:
        raise MarketError(f"accounts file {path}: account {account.name}: {error}") from None
    key.addresses = frozenset(account.addresses)
    return key


def _read(path: Path, kind: type[Struct], what: str) -> Struct:
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MarketError(f"{what} file {path}: expected a readable file, got: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MarketError(f"{what} file {path}: expected TOML, got: {error}") from None
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        raise MarketError(f'{what} file {path}: {error}; amounts are strings such as "0.01"') from None


def _levels(path: Path, each: SymbolSettings, side: str) -> Levels:
    pairs = each.bids if side == "bids" else each.asks
    key = f"symbol {each.symbol}: {side}"
    return [(amount(path, f"{key} price", price), amount(path, f"{key} quantity", quantity)) for price, quantity in pairs]


def _fees(path: Path, commission: _Commission) -> Fees:
    fees = Fees(amount(path, "commission.maker", commission.maker), amount(path, "commission.taker", commission.taker))
    if fees.maker >= E8 or fees.taker >= E8:
        raise MarketError(
            f"market file {path}: commission: expected fractions below 1 such as 0.001, got {commission.maker}, {commission.taker}"
        )
    return fees


def _movement(content: _MarketFile) -> dict[str, Any]:
    tables = {name: getattr(content, name) for name in ("generator", "script", "recorded", "playing", "clock")}
    return {name: table for name, table in tables.items() if table is not None}
