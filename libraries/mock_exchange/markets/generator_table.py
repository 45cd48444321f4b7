"""`[generator]` of a market file: defaults, overrides per symbol, regimes, pairs, crosses, checked and resolved to laws. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Literal

import msgspec

from ..core.amounts import floor_to, text8
from ..core.symbols import SymbolSpec
from ..core.venue_events import E8
from .laws import Cross, Laws, SizeLaw, SymbolLaw, Tie
from .regimes import Kind, Regime
from .tables import Table

_E4 = 10**4  # from units of 1e-8 to units of 1e-12
_MOST_LEVELS = 1_000
_WORTH = (1_000 * E8, 60_000 * E8)
"""What a level is worth where no size is given."""


class _Law(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    start: str = "100.00"
    model: Literal["walk", "range"] = "walk"
    drift: str = "0"
    volatility: str = "0.0001"
    reversion: str = "0.01"
    half_width: str = "0"
    gap: str | None = None
    spread: int = 1
    levels: int = 20
    size: tuple[str, str] | None = None
    size_law: SizeLaw = "uniform"
    depth_growth: str = "0"
    trade_size: tuple[str, str] | None = None
    trade_law: SizeLaw = "uniform"
    trades_per_second: str = "4"
    clustering: str = "0"
    cluster_within_ms: int = 500
    buy_share: str = "0.5"


class RegimeTable(msgspec.Struct, forbid_unknown_fields=True):
    """One `[[generator.regime]]`, and the body of a regime that is imposed while the market runs."""

    kind: Kind
    symbols: list[str] = msgspec.field(default_factory=list)
    seconds: str | None = None
    drift: str | None = None
    volatility: str | None = None
    reversion: str = "0.01"
    half_width: str = "0"
    by: str | None = None
    within: str | None = None
    recover: str = "0"
    recover_within: str | None = None


class _Pair(msgspec.Struct, forbid_unknown_fields=True):
    leader: str
    follower: str
    correlation: str | None = None
    cointegrated: bool = False
    reversion: str = "0.05"
    spread_volatility: str = "0.0002"


class _Cross(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str
    numerator: str
    denominator: str


class _Generator(msgspec.Struct, forbid_unknown_fields=True):
    tick_ms: int = 100
    repeat_regimes: bool = False
    defaults: dict[str, Any] = msgspec.field(default_factory=dict)
    symbol: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    regime: list[RegimeTable] = msgspec.field(default_factory=list)
    pair: list[_Pair] = msgspec.field(default_factory=list)
    cross: list[_Cross] = msgspec.field(default_factory=list)


_OF_THE_MARKET = frozenset(_Generator.__struct_fields__) - {"defaults"}


def read_generator(table: dict[str, Any], specs: dict[str, SymbolSpec], at: Table) -> Laws:
    """The laws that the table asks for. Raises MarketError naming file, table and key."""
    of_market = {key: value for key, value in table.items() if key in _OF_THE_MARKET}
    defaults = {key: value for key, value in table.items() if key not in _OF_THE_MARKET}
    settings = at.read(of_market, _Generator)
    if not 10 <= settings.tick_ms <= 60_000:
        raise at.wrong("tick_ms", "10 to 60000 milliseconds", settings.tick_ms)
    for name in settings.symbol:
        _known(at.within("symbol"), name, name, specs)
    ties, crosses = _ties(settings, specs, at), _crosses(settings, specs, at)
    at.read(defaults, _Law)
    laws = {
        name: _law(spec, defaults | settings.symbol.get(name, {}), settings, (ties.get(name), crosses.get(name)), at)
        for name, spec in specs.items()
    }
    _refuse_circles(laws, at)
    return Laws(tick_ms=settings.tick_ms, symbols=laws)


def read_regime(regime: RegimeTable, base: Regime, tick_ms: int, at: Table) -> Regime:
    """One regime of a schedule. What it does not say is as in `base`. Raises MarketError naming the key."""
    drift = base.drift if regime.drift is None else at.fraction("drift", regime.drift, signed=True) * _E4
    volatility = base.volatility if regime.volatility is None else at.fraction("volatility", regime.volatility, most=E8) * _E4
    match regime.kind:
        case "crash":
            depth = at.fraction("by", _needed(at, "by", regime.by), most=E8 * 99 // 100)
            fall = at.ticks("within", _needed(at, "within", regime.within), tick_ms)
            rise = at.ticks("recover_within", regime.recover_within, tick_ms) if regime.recover_within else 0
            recover = at.fraction("recover", regime.recover, most=E8)
            if bool(rise) != bool(recover):
                raise at.wrong("recover_within", "recover and recover_within together, or neither", regime.recover_within)
            return Regime(kind="crash", ticks=fall + rise, by=depth * _E4, fall_ticks=fall, recover=recover * _E4)
        case "jump":
            by = at.fraction("by", _needed(at, "by", regime.by), signed=True, most=100 * E8)
            if by <= -E8:
                raise at.wrong("by", "a fraction above -1", regime.by)
            return Regime(kind="jump", ticks=1, by=by * _E4)
        case "trend":
            by = at.fraction("by", _needed(at, "by", regime.by), signed=True, most=100 * E8)
            ticks = at.ticks("seconds", _needed(at, "seconds", regime.seconds), tick_ms)
            return Regime(kind="trend", ticks=ticks, by=by * _E4, volatility=volatility)
    ticks = at.ticks("seconds", _needed(at, "seconds", regime.seconds), tick_ms)
    if regime.kind == "walk":
        return Regime(kind="walk", ticks=ticks, drift=drift, volatility=volatility)
    reversion = at.fraction("reversion", regime.reversion, most=E8) * _E4
    half_width = at.fraction("half_width", regime.half_width, most=E8) * _E4
    return Regime(kind="range", ticks=ticks, volatility=volatility, reversion=reversion, half_width=half_width)


def _law(
    spec: SymbolSpec, table: dict[str, Any], settings: _Generator, follows: tuple[Tie | None, Cross | None], market: Table
) -> SymbolLaw:
    name = spec.symbol
    at = market.within("symbol", name)
    own = at.read(table, _Law)
    start = at.amount("start", own.start)
    base = Regime(
        kind=own.model,
        drift=at.fraction("drift", own.drift, signed=True) * _E4,
        volatility=at.fraction("volatility", own.volatility, most=E8) * _E4,
        reversion=at.fraction("reversion", own.reversion, most=E8) * _E4,
        half_width=at.fraction("half_width", own.half_width, most=E8) * _E4,
    )
    if not 1 <= own.levels <= _MOST_LEVELS:
        raise at.wrong("levels", f"1 to {_MOST_LEVELS} levels a side", own.levels)
    if not 1 <= own.spread <= _MOST_LEVELS:
        raise at.wrong("spread", f"1 to {_MOST_LEVELS} gaps", own.spread)
    if not 1 <= own.cluster_within_ms <= 60_000:
        raise at.wrong("cluster_within_ms", "1 to 60000 milliseconds", own.cluster_within_ms)
    size = _sizes(at, "size", own.size, spec, (_worth(spec, start, _WORTH[0]), _worth(spec, start, _WORTH[1])))
    trade_size = _sizes(at, "trade_size", own.trade_size, spec, (_worth(spec, size[0], E8 // 10), _worth(spec, size[1], E8 // 10)))
    tie, cross = follows
    return SymbolLaw(
        spec=spec,
        start=start,
        base=base,
        schedule=_schedule(settings, name, base, market),
        repeat=settings.repeat_regimes,
        tie=tie,
        cross=cross,
        levels=own.levels,
        gap=_gap(at, own.gap, spec, start),
        spread=own.spread,
        size=size,
        size_law=own.size_law,
        depth_growth=at.fraction("depth_growth", own.depth_growth, most=100 * E8),
        trade_size=trade_size,
        trade_law=own.trade_law,
        trades_per_second=at.number("trades_per_second", own.trades_per_second, least=Decimal(0), most=Decimal(1000)),
        clustering=at.fraction("clustering", own.clustering, most=E8 * 95 // 100),
        cluster_within_ms=own.cluster_within_ms,
        buy_share=at.fraction("buy_share", own.buy_share, most=E8),
    )


def _schedule(settings: _Generator, symbol: str, base: Regime, at: Table) -> tuple[Regime, ...]:
    return tuple(
        read_regime(each, base, settings.tick_ms, at.within(f"regime[{number}]"))
        for number, each in enumerate(settings.regime)
        if not each.symbols or symbol in each.symbols
    )


def _gap(at: Table, text: str | None, spec: SymbolSpec, start: int) -> int:
    """The distance of levels; where none is given a fifty-thousandth of the price, at least a tick."""
    tick = max(spec.tick_size, 1)
    if text is None:
        return max(floor_to(start // 50_000, tick), tick)
    gap = at.amount("gap", text)
    if gap % tick:
        raise at.wrong("gap", f"a multiple of the tick {text8(tick)}", text)
    return gap


def _sizes(at: Table, key: str, given: tuple[str, str] | None, spec: SymbolSpec, default: tuple[int, int]) -> tuple[int, int]:
    step, smallest = max(spec.step_size, 1), max(spec.min_qty, spec.step_size, 1)
    if given is None:
        least = min(max(floor_to(default[0], step), smallest), spec.max_qty or default[0] + smallest)
        return least, max(min(floor_to(default[1], step), spec.max_qty or default[1]), least)
    least, most = (at.amount(f"{key}[{number}]", text) for number, text in enumerate(given))
    if least > most or least % step or most % step or least < smallest or (spec.max_qty and most > spec.max_qty):
        raise at.wrong(key, f"least and most, multiples of {text8(step)} that LOT_SIZE of {spec.symbol} lets through", list(given))
    return least, most


def _worth(spec: SymbolSpec, price: int, worth: int) -> int:
    """The quantity that is worth so much; a share of a quantity where `price` is one."""
    return worth * E8 // price if worth >= E8 else price * worth // E8


def _ties(settings: _Generator, specs: dict[str, SymbolSpec], market: Table) -> dict[str, Tie]:
    ties: dict[str, Tie] = {}
    for number, pair in enumerate(settings.pair):
        at = market.within(f"pair[{number}]")
        _known(at, "leader", pair.leader, specs)
        _known(at, "follower", pair.follower, specs)
        if pair.follower in ties:
            raise at.wrong("follower", "a symbol that follows no other yet", pair.follower)
        if pair.cointegrated == (pair.correlation is not None):
            raise at.wrong("correlation", "either a correlation or cointegrated = true", pair.correlation)
        ties[pair.follower] = Tie(
            leader=pair.leader,
            cointegrated=pair.cointegrated,
            correlation=at.fraction("correlation", pair.correlation or "0", signed=True, most=E8),
            reversion=at.fraction("reversion", pair.reversion, most=E8) * _E4,
            spread_volatility=at.fraction("spread_volatility", pair.spread_volatility, most=E8) * _E4,
        )
    return ties


def _crosses(settings: _Generator, specs: dict[str, SymbolSpec], market: Table) -> dict[str, Cross]:
    crosses: dict[str, Cross] = {}
    for number, each in enumerate(settings.cross):
        at = market.within(f"cross[{number}]")
        for key, name in (("symbol", each.symbol), ("numerator", each.numerator), ("denominator", each.denominator)):
            _known(at, key, name, specs)
        crosses[each.symbol] = Cross(numerator=each.numerator, denominator=each.denominator)
    return crosses


def _refuse_circles(laws: dict[str, SymbolLaw], at: Table) -> None:
    """Whoever follows must lead to a symbol that follows nobody."""

    def leaders(law: SymbolLaw) -> list[str]:
        return [law.tie.leader] if law.tie else [law.cross.numerator, law.cross.denominator] if law.cross else []

    for name, law in laws.items():
        seen, ahead = {name}, leaders(law)
        while ahead:
            leader = ahead.pop()
            if leader == name:
                raise at.wrong("pair", f"pairs and crosses without a circle; {name} follows itself", name)
            if leader not in seen:
                seen.add(leader)
                ahead += leaders(laws[leader])


def _known(at: Table, key: str, name: str, specs: dict[str, SymbolSpec]) -> None:
    if name not in specs:
        raise at.wrong(key, f"one of the listed symbols {', '.join(specs)}", name)


def _needed(at: Table, key: str, value: str | None) -> str:
    if value is None:
        raise at.wrong(key, "a value for this kind of regime", value)
    return value
