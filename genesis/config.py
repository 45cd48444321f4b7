"""The configuration file: TOML, strict. Anything unknown, mistyped or out of bounds is named, and nothing starts (exit 3).

Amounts are decimal texts, never TOML floats (I06). Secrets come by environment variable only; the file names the variables.
"""

from __future__ import annotations

import hashlib
import os
import re
import ssl
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from genesis import (
    alerts_config,
    breaker_config,
    cache_config,
    day_config,
    failover_config,
    history_config,
    market_config,
    rate_config,
    standby_config,
    strategy_config,
    tilt_config,
)
from genesis.core.codec import to_plain
from genesis.core.errors import ConfigError
from genesis.core.models import SIGNAL_TYPES, OrderType, Tier
from genesis.core.money import ONE, ZERO
from genesis.core.secret import Secret
from genesis.core.settings import (
    INTERVALS_MS,
    ArbitrageSettings,
    EmergencySettings,
    EngineSettings,
    PositionsOnShutdown,
    ProtectionSettings,
    RiskSettings,
    TierLimits,
    TimingSettings,
    VenueTerms,
)
from genesis.core.strict import SECRET, Table, shown
from genesis.data.cache_settings import CacheSettings
from genesis.data.postgres.settings import LOOPBACK, PostgresSettings, StandbySettings, from_url
from genesis.data.storage import StorageSettings
from genesis.exchange.addresses import checked, is_loopback, is_secure
from genesis.exchange.errors import AddressError
from genesis.exchange.settings import VenueSettings, Way
from genesis.monitoring.listening import Ports
from genesis.monitoring.settings import AlertSettings

MOST_BYTES: Final = 1_048_576
HOOKS_VARIABLE: Final = "GENESIS_TEST_HOOKS"
TOKEN_VARIABLE: Final = "GENESIS_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
SHORTEST_TOKEN: Final = 16
_DAY_MS: Final = 86_400_000
_HIGHEST_FEE: Final = Decimal("0.1")
_TERMS: Final = VenueTerms(name="", symbols=())
_VENUE: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_SYMBOL: Final = re.compile(r"[A-Z0-9]{5,20}")
_ASSET: Final = re.compile(r"[A-Z0-9]{2,10}")
_ANY_TEXT: Final = re.compile(r"[^\x00-\x20]{1,2048}")
_FILE: Final = re.compile(r"/[^\x00]+")
_DATABASE: Final = re.compile(r"sqlite:///(?P<path>/[^\x00?#]+)")


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """A valid configuration. `digest` is sha256 (hex) over what the engine decides by and its venues, no secrets and no cache in it.
    `token` is None = make one up, `cache` None = there is none, `standby` None = no other engine waits for this one's end."""

    database: Path | PostgresSettings
    anchor: Path
    storage: StorageSettings
    ports: Ports
    venues: tuple[VenueSettings, ...]
    engine: EngineSettings
    cache: CacheSettings | None
    standby: StandbySettings | None
    alerts: AlertSettings
    digest: str
    token: Secret | None
    test_hooks: bool


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read and check the file.

    Raises:
        ConfigError: with one line per mistake, each naming the key, what was expected and what came.
    """
    errors: list[str] = []
    root = Table(parse(path), "", errors)
    database, anchor, storage = _database(root.table("database"), environment)
    control = root.table("control")
    ports = Ports(control.integer("port", 0, low=0, high=65_535), control.integer("metrics_port", 0, low=0, high=65_535))
    if ports.control and ports.control == ports.scrapes:
        control.wrong("metrics_port", "another port than control.port", f"{ports.scrapes} for both; use 0 or another")
    control.close()
    alerts = alerts_config.alerts(root.table("alerts"), environment, anchor.with_name(f"{anchor.stem}.alerts"))
    venues, terms = _venues(root, environment)
    hooks = _test_hooks(environment, venues, errors)
    settings = engine_settings(root, terms, test_hooks=hooks)
    cache = cache_config.cache(root.table("cache"), environment) if "cache" in root else None
    shared = isinstance(database, PostgresSettings)
    standby = standby_config.standby(root.table("standby"), settings.timing, shared=shared) if "standby" in root else None
    root.ignore("backtest")  # the backtester's own
    token = _token(environment, errors)
    root.close()
    if errors:
        raise ConfigError("\n".join(errors))
    return Config(
        database=database,
        anchor=anchor,
        storage=storage,
        ports=ports,
        venues=venues,
        engine=settings,
        cache=cache,
        standby=standby,
        alerts=alerts,
        digest=_digest(settings, venues),
        token=token,
        test_hooks=hooks,
    )


def engine_settings(root: Table, terms: tuple[VenueTerms, ...], *, test_hooks: bool = False) -> EngineSettings:
    """What the pure engine decides by; mistakes are added to the table's errors."""
    options = root.table("engine")
    settings = EngineSettings(
        venues=terms,
        risk=_risk(root.table("risk")),
        arbitrage=_arbitrage(root.table("arbitrage")),
        tilt=tilt_config.tilt(root.table("tilt")),
        day=day_config.day(root.table("day")),
        protection=_protection(root.table("protection")),
        emergency=_emergency(root.table("emergency")),
        timing=_timing(root.table("timing")),
        market=market_config.market(root.table("market")),
        history=history_config.history(root.table("history")),
        rate=rate_config.rate(root.table("rate")),
        breaker=breaker_config.breaker(root.table("breaker")),
        failover=failover_config.failover(root.table("failover")),
        strategies=strategy_config.strategies(root, terms),
        runtime=strategy_config.runtime(root.table("runtime")),
        execution=strategy_config.execution(root.table("execution")),
        market_states=strategy_config.market_states(root.table("market_states")),
        kelly=strategy_config.kelly(root.table("kelly")),
        test_hooks=test_hooks,
        cancel_orders_on_shutdown=options.boolean("cancel_orders_on_shutdown", True),
        positions_on_shutdown=PositionsOnShutdown(_word(options, "positions_on_shutdown", tuple(PositionsOnShutdown))),
    )
    options.close()
    failover_config.check_reserves(settings, root.errors)
    if not root.errors:
        strategy_config.check_kinds(settings, root.errors)
    return settings


def parse(path: Path) -> dict[str, Any]:
    """The file as TOML.

    Raises:
        ConfigError: it cannot be read, or is no TOML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfigError(f"{path}: expected a readable TOML file, got: {reason}; give its path with --config") from error
    if len(content) > MOST_BYTES:
        raise ConfigError(f"{path}: expected at most {MOST_BYTES} bytes, got more; this is no configuration")
    if not content.strip():
        raise ConfigError(f"{path}: expected tables such as [database] and [[venue]], got an empty file")
    if content.startswith(b"\xef\xbb\xbf"):
        raise ConfigError(f"{path}: expected UTF-8 without a byte order mark, got one; save the file without BOM")
    try:
        return tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: expected UTF-8, got the byte 0x{content[error.start]:02x} at position {error.start}") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(f"{path}: expected TOML, got: {error}") from error


def _database(table: Table, environment: Mapping[str, str]) -> tuple[Path | PostgresSettings, Path, StorageSettings]:
    """Where the database is, its anchor file, and what keeps a file small."""
    server = from_url(str(table.raw("url")))
    found = _server(table, server, environment) if server is not None else _file(table)
    table.close()
    return found


def _file(table: Table) -> tuple[Path, Path, StorageSettings]:
    expected = 'a URL such as "sqlite:////var/lib/genesis/engine.db" with an absolute path, or "postgresql://user@host:5432/name"'
    url = table.text("url", _DATABASE, expected)
    match = _DATABASE.fullmatch(url)
    database = Path(match["path"]) if match else Path("/")
    anchor = Path(table.text("anchor", _FILE, "an absolute path", f"{database}.anchor"))
    if match:
        _check_file(table, "url", database)
        _check_file(table, "anchor", anchor)
    if match and anchor == database:
        table.wrong("anchor", "another file than the database", "the same")
    return database, anchor, _storage(table)


def _server(table: Table, server: PostgresSettings, environment: Mapping[str, str]) -> tuple[PostgresSettings, Path, StorageSettings]:
    anchor = Path(table.text("anchor", _FILE, "the absolute path of a file of this machine that ends in .anchor"))
    if anchor.suffix != ".anchor":
        table.wrong("anchor", "a name that ends in .anchor", shown(str(anchor)))
    else:
        _check_file(table, "anchor", anchor)
    if any(not 0 < port < 65_536 for _, port in server.hosts):
        table.wrong("url", "ports from 1 to 65535", shown(server.url))
    for key in ("wal_checkpoint_mb", "wal_alarm_mb", "days"):
        if table.raw(key) is not None:
            table.wrong(key, "this key with a sqlite:// url only", "a postgresql:// one, which keeps its log itself; leave it out")
    far = [host for host, _ in server.hosts if host not in LOOPBACK]
    if "ca_file" in table and not far:
        table.wrong("ca_file", "a host other than loopback in url", "none; leave ca_file out")
    settings = msgspec.structs.replace(
        server,
        password=table.secret("password_env", environment, "GENESIS_DATABASE_PASSWORD") if "password_env" in table else Secret(""),
        ca_file=_authority(table),
        commit_timeout_ms=table.integer("commit_timeout_ms", server.commit_timeout_ms, low=100, high=60_000),
        connect_timeout_s=table.integer("connect_timeout_s", server.connect_timeout_s, low=2, high=60),
        standbys=table.integer("standbys", server.standbys, low=0, high=8),
    )
    return settings, anchor, StorageSettings()


def _storage(table: Table) -> StorageSettings:
    base = StorageSettings()
    checkpoint = table.integer("wal_checkpoint_mb", base.wal_checkpoint_mb, low=1, high=10_000)
    alarm = table.integer("wal_alarm_mb", base.wal_alarm_mb, low=1, high=100_000)
    if alarm < 2 * checkpoint:
        table.wrong("wal_alarm_mb", f"at least twice wal_checkpoint_mb ({checkpoint})", str(alarm))
    days = table.integer("days", base.days, low=1, high=36_500)
    return StorageSettings(wal_checkpoint_mb=checkpoint, wal_alarm_mb=alarm, days=days)


def _check_file(table: Table, key: str, path: Path) -> None:
    if ".." in path.parts:
        table.wrong(key, "a path without '..'", shown(str(path)))
    elif path.is_dir():
        table.wrong(key, "a file", f"the directory {path}")
    elif not path.parent.is_dir():
        table.wrong(key, "a file in an existing directory", f"{path}; create {path.parent}")
    elif not os.access(path.parent, os.W_OK | os.X_OK):
        table.wrong(key, "a file in a directory that this user may write", f"{path}; change the permissions of {path.parent}")
    elif path.exists() and not os.access(path, os.R_OK | os.W_OK):
        table.wrong(key, "a file that this user may write", f"{path}; change its permissions")


def _venues(root: Table, environment: Mapping[str, str]) -> tuple[tuple[VenueSettings, ...], tuple[VenueTerms, ...]]:
    pairs = [_venue(table, environment) for table in venue_tables(root)]
    return tuple(settings for settings, _ in pairs), tuple(terms for _, terms in pairs)


def venue_tables(root: Table) -> list[Table]:
    """The [[venue]] tables; at least one, each name once."""
    entries = root.raw("venue")
    if not isinstance(entries, list) or not entries:
        root.wrong("venue", "at least one [[venue]]", "nothing; add one" if entries is None else shown(entries))
        return []
    names = [entry.get("name") if isinstance(entry, dict) else None for entry in entries]
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            root.wrong(f"venue[{index}].name", "each venue once", f"{name!r} again; rename or remove it")
    return [Table(entry, f"venue[{index}]", root.errors) for index, entry in enumerate(entries)]


def venue_terms(table: Table) -> VenueTerms:
    """What the pure engine needs to know of one [[venue]]."""
    return VenueTerms(
        name=table.text("name", _VENUE, 'a name in lower case such as "binance"'),
        symbols=table.texts("symbols", _SYMBOL, 'symbol in upper case such as "BTCUSDT"'),
        maker_fee=table.amount("maker_fee", _TERMS.maker_fee, low=ZERO, high=_HIGHEST_FEE),
        taker_fee=table.amount("taker_fee", _TERMS.taker_fee, low=ZERO, high=_HIGHEST_FEE),
        targets=_targets(table),
        reserve_for=table.text("reserve_for", _VENUE, "the name of another [[venue]]", ""),
    )


def _venue(table: Table, environment: Mapping[str, str]) -> tuple[VenueSettings, VenueTerms]:
    terms = venue_terms(table)
    settings = VenueSettings(
        name=terms.name,
        rest_url=_url(table, "rest_url", "http").rstrip("/"),
        stream_url=_url(table, "stream_url", "ws").rstrip("/"),
        ws_api_url=_url(table, "ws_api_url", "ws"),
        api_key=table.secret("api_key_env", environment, "GENESIS_API_KEY"),
        api_secret=table.secret("api_secret_env", environment, "GENESIS_API_SECRET"),
        symbols=terms.symbols,
        ca_file=_authority(table),
        combined=_word(table, "stream_format", ("combined", "raw")) == "combined",
        microseconds=_word(table, "time_unit", ("ms", "us")) == "us",
        aggregated=_word(table, "trade_stream", ("trade", "aggTrade")) == "aggTrade",
        fallback=_fallback(table),
    )
    names = [way.urls for way in settings.ways]
    for index, urls in enumerate(names):
        if urls in names[:index]:
            table.wrong("fallback", "each address once", f"{urls[0]} again; remove it")
    if settings.ca_file is not None and not all(is_secure(url) for url in settings.urls if url):
        table.wrong("ca_file", "https:// and wss:// addresses beside it", "a plain one; correct the addresses, or leave ca_file out")
    table.close()
    return settings, terms


def _fallback(table: Table) -> tuple[Way, ...]:
    """Further addresses of the venue, in the order in which they take over."""
    entries = table.raw("fallback")
    if entries is None:
        return ()
    if not isinstance(entries, list):
        table.wrong("fallback", "a list of tables with rest_url, stream_url and ws_api_url", shown(entries))
        return ()
    ways = []
    for index, entry in enumerate(entries):
        inner = Table(entry, table.name(f"fallback[{index}]"), table.errors)
        ways.append(_way(inner))
        inner.close()
    return tuple(ways)


def _way(table: Table) -> Way:
    return Way(
        rest_url=_url(table, "rest_url", "http").rstrip("/"),
        stream_url=_url(table, "stream_url", "ws").rstrip("/"),
        ws_api_url=_url(table, "ws_api_url", "ws"),
    )


def _url(table: Table, key: str, scheme: str) -> str:
    url = table.text(key, _ANY_TEXT, f"an address such as {scheme}s://host/... ({scheme}:// for loopback)")
    if url:
        try:
            return checked(url, scheme)
        except (AddressError, ValueError) as error:
            table.errors.append(f"{table.name(key)}: {error}")
    return ""


def _word(table: Table, key: str, words: tuple[str, ...]) -> str:
    """One of `words`; the first where the key is left out."""
    return table.text(key, re.compile("|".join(words)), f"one of {', '.join(words)}", words[0])


def _authority(table: Table) -> Path | None:
    """The file of the authorities that may sign the venue's certificate; None = the system's."""
    path = table.text("ca_file", re.compile(r"/[^\x00]+"), "the absolute path of a PEM file", "")
    if not path:
        return None
    try:
        ssl.create_default_context(cafile=path)
    except OSError as error:  # ssl.SSLError is one
        table.wrong("ca_file", "a PEM file with the certificates of authorities", f"{path}: {error.strerror or error}; correct the path")
    return Path(path)


def _targets(table: Table) -> dict[str, Decimal]:
    targets = table.table("targets")
    given = table.raw("targets")
    amounts = {}
    for asset in given if isinstance(given, dict) else ():
        if not _ASSET.fullmatch(asset):
            targets.wrong(asset[:20], "an asset in upper case such as BTC", shown(asset))
        amounts[asset] = targets.amount(asset, ONE, low=ZERO)
    targets.close()
    return amounts


def _risk(table: Table) -> RiskSettings:
    base = RiskSettings()
    settings = RiskSettings(
        max_order_fraction=table.amount("max_order_fraction", base.max_order_fraction, low=ZERO, high=ONE, above=True),
        trades_a_day=table.integer("trades_a_day", base.trades_a_day, low=1, high=10**9),
        sniper_max_order=table.amount("sniper_max_order", base.sniper_max_order, low=ZERO, above=True),
        min_order_notional=table.amount("min_order_notional", base.min_order_notional, low=ZERO, above=True),
        stop_fraction=table.amount("stop_fraction", base.stop_fraction, low=ZERO, high=Decimal("0.99"), above=True),
        min_confidence=table.amount("min_confidence", base.min_confidence, low=ZERO, high=ONE),
        market_order_collar=table.amount("market_order_collar", base.market_order_collar, low=ZERO, high=ONE),
        arbitrage_order_fraction=table.amount("arbitrage_order_fraction", base.arbitrage_order_fraction, low=ZERO, high=ONE, above=True),
        max_exposure=table.amount("max_exposure", base.max_exposure, low=ZERO, high=ONE, above=True),
        symbol_warning=table.amount("symbol_warning", base.symbol_warning, low=ZERO, high=ONE, above=True),
        max_correlation=table.amount("max_correlation", base.max_correlation, low=ZERO, high=ONE),
        correlation_interval_ms=_bar_length(table, "correlation_interval_ms", base.correlation_interval_ms),
        slippage_alert=table.amount("slippage_alert", base.slippage_alert, low=ZERO, high=ONE, above=True),
        tier_grace_ms=table.integer("tier_grace_ms", base.tier_grace_ms, low=0, high=366 * _DAY_MS),
        tiers=_tiers(table.table("tiers"), base.tiers),
    )
    if settings.min_order_notional > settings.sniper_max_order:
        table.wrong("min_order_notional", f"at most sniper_max_order ({settings.sniper_max_order})", str(settings.min_order_notional))
    table.close()
    return settings


def _bar_length(table: Table, key: str, default: int) -> int:
    length = table.integer(key, default, low=1, high=_DAY_MS)
    if length not in INTERVALS_MS.values():
        table.wrong(key, f"a length of bars that venues have: {', '.join(map(str, INTERVALS_MS.values()))}", str(length))
    return length


def _tiers(table: Table, defaults: dict[Tier, TierLimits]) -> dict[Tier, TierLimits]:
    tiers = {tier: _tier(table.table(tier.value), limits) if tier.value in table else limits for tier, limits in defaults.items()}
    floors = [limits.capital_from for limits in tiers.values()]
    if floors != sorted(set(floors)):
        table.wrong("capital_from", "values that rise from tier to tier", ", ".join(map(str, floors)))
    for tier in Tier:
        table.raw(tier.value)
    table.close()
    return tiers


def _tier(table: Table, base: TierLimits) -> TierLimits:
    names = [kind.value for kind in SIGNAL_TYPES]
    types = base.order_types
    if "order_types" in table:
        given = table.texts("order_types", re.compile("|".join(names)), f"order type of {', '.join(names)}")
        types = tuple(OrderType(name) for name in given if name in names)
    limits = TierLimits(
        capital_from=table.amount("capital_from", base.capital_from, low=ZERO),
        open_positions=table.integer("open_positions", base.open_positions, low=1, high=1_000),
        order_types=types,
        daily_loss=table.amount("daily_loss", base.daily_loss, low=ZERO, above=True),
    )
    table.close()
    return limits


def _protection(table: Table) -> ProtectionSettings:
    base = ProtectionSettings()
    settings = ProtectionSettings(
        rest_at_venue=table.boolean("rest_at_venue", base.rest_at_venue),
        limit_collar=table.amount("limit_collar", base.limit_collar, low=ZERO, high=Decimal("0.99")),
    )
    table.close()
    return settings


def _emergency(table: Table) -> EmergencySettings:
    base = EmergencySettings()
    settings = EmergencySettings(
        close_collar=table.amount("close_collar", base.close_collar, low=ZERO, high=Decimal("0.99"), above=True),
        close_limit_ms=table.integer("close_limit_ms", base.close_limit_ms, low=1, high=_DAY_MS),
        close_retry_ms=table.integer("close_retry_ms", base.close_retry_ms, low=1, high=_DAY_MS),
        cancel_limit_ms=table.integer("cancel_limit_ms", base.cancel_limit_ms, low=1, high=_DAY_MS),
    )
    table.close()
    return settings


def _arbitrage(table: Table) -> ArbitrageSettings:
    base = ArbitrageSettings()
    settings = ArbitrageSettings(
        enabled=table.boolean("enabled", base.enabled),
        min_net=table.amount("min_net", base.min_net, low=ZERO, high=ONE),
        max_hops=table.integer("max_hops", base.max_hops, low=2, high=4),
        lifetime_ms=table.integer("lifetime_ms", base.lifetime_ms, low=1, high=_DAY_MS),
        legging_limit_ms=table.integer("legging_limit_ms", base.legging_limit_ms, low=1, high=_DAY_MS),
        exit_loss=table.amount("exit_loss", base.exit_loss, low=ZERO, high=ONE, above=True),
        exit_gain=table.amount("exit_gain", base.exit_gain, low=ZERO, high=ONE, above=True),
        exit_after_ms=table.integer("exit_after_ms", base.exit_after_ms, low=1, high=_DAY_MS),
        start_asset=table.text("start_asset", _ASSET, "an asset in upper case such as USDT", base.start_asset),
    )
    table.close()
    return settings


def _timing(table: Table) -> TimingSettings:
    base = TimingSettings()
    may_be_zero = ("transit_ms", "read_lag_ms")
    highest = {"snapshot_every_facts": 10**9, "recv_window_ms": 60_000}
    values = {
        field: table.integer(field, getattr(base, field), low=0 if field in may_be_zero else 1, high=highest.get(field, _DAY_MS))
        for field in TimingSettings.__struct_fields__
    }
    table.close()
    return TimingSettings(**values)


def _token(environment: Mapping[str, str], errors: list[str]) -> Secret | None:
    value = environment.get(TOKEN_VARIABLE, "")
    if not value:
        return None
    if not SECRET.fullmatch(value) or len(value) < SHORTEST_TOKEN:
        errors.append(f"{TOKEN_VARIABLE}: expected at least {SHORTEST_TOKEN} printable characters without blanks, got another text")
    return Secret(value)


def _test_hooks(environment: Mapping[str, str], venues: tuple[VenueSettings, ...], errors: list[str]) -> bool:
    """Whether tests may reach into this process; never where a venue is not this machine."""
    value = environment.get(HOOKS_VARIABLE, "0")
    if value not in ("0", "1"):
        errors.append(f"{HOOKS_VARIABLE}: expected 0 or 1, got {shown(value)}")
    elif value == "1":
        hosts = {urlsplit(url).hostname or "" for venue in venues for url in venue.urls if url}
        foreign = sorted(host for host in hosts if not is_loopback(host))
        if foreign:
            errors.append(f"{HOOKS_VARIABLE}: expected venues on loopback addresses only, got {', '.join(foreign)}; unset the variable")
    return value == "1"


def _digest(settings: EngineSettings, venues: tuple[VenueSettings, ...]) -> str:
    addresses = [
        [venue.name, *venue.urls, str(venue.ca_file or ""), venue.combined, venue.microseconds, venue.aggregated] for venue in venues
    ]
    return hashlib.sha256(msgspec.json.encode([to_plain(settings), addresses])).hexdigest()
