"""The day's loss: what trading has lost since 00:00 UTC, and the rungs it reaches (R3, R22).

Loss = the value of trading as the day began less its value now: realised and unrealised results with all fees, every asset at its
mid. Deposits, withdrawals and the revaluation of inventory targets are no result. A profit is a negative loss.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from genesis.core.commands import Alert
from genesis.core.day import DAY_MS, NO_DAY, Rung
from genesis.core.errors import RISK_LIMIT
from genesis.core.facts import DayBegan, DayLossReached
from genesis.core.halts import Halt, HaltKind
from genesis.core.money import ZERO, text, truncate8
from genesis.core.settings import DaySettings
from genesis.engine import halts, ladder
from genesis.engine.desk import Desk
from genesis.engine.state_machine import PROTECTING
from genesis.engine.valuation import equity

_STEPS = (Rung.DELEVERAGE_1, Rung.DELEVERAGE_2, Rung.DELEVERAGE_3, Rung.DELEVERAGE_4)


def value(desk: Desk) -> Decimal | None:
    """What trading has made of the account so far, USDT; None while a needed book is not fresh."""
    return desk.tally.made.total(desk.now.mono_ns)


def loss(desk: Desk) -> Decimal | None:
    """The day's loss, USDT, < 0 = a profit; None before the day was valued and while a needed book is not fresh."""
    now = value(desk)
    return None if now is None or desk.state.day.number == NO_DAY else desk.state.day.value - now


def look(desk: Desk) -> None:
    """Begin a new day if it is time, and act on every rung that the loss has reached now."""
    if desk.state.engine_state not in PROTECTING or desk.state.tier is None:
        return
    worth = equity(desk)
    now = value(desk) if worth is not None else None
    if worth is None or now is None:
        return
    number = desk.now.wall_ms // DAY_MS
    if number > desk.state.day.number:
        desk.record(DayBegan(day=number, value=now, equity=worth, at_ms=desk.now.wall_ms, correlation_id=f"day-{number}"))
    lost = desk.state.day.value - now
    if lost <= ZERO:
        return
    for rung, limit, part in rungs(desk):
        if lost >= limit and rung not in desk.state.day.reached:
            _reach(desk, rung, lost, limit, part)


def rungs(desk: Desk) -> tuple[tuple[Rung, Decimal, Decimal], ...]:
    """(rung, loss at which it is reached in USDT, part of the positions that it closes), in order of the enumeration."""
    assert desk.state.tier is not None
    return _rungs(desk.settings.day, desk.settings.risk.tiers[desk.state.tier].daily_loss, desk.state.day.equity)


@lru_cache(maxsize=64)  # the same all day, and asked before every entry
def _rungs(settings: DaySettings, limit: Decimal, began_with: Decimal) -> tuple[tuple[Rung, Decimal, Decimal], ...]:
    climbed = (
        (Rung.REDUCE, settings.reduce_at, ZERO),
        (Rung.NO_ENTRIES, settings.no_entries_at, ZERO),
        (Rung.PREPARE, settings.prepare_at, ZERO),
        (Rung.HALT, settings.halt_at, ZERO),
        *zip(_STEPS, settings.deleverage_at, settings.deleverage_part, strict=True),
    )
    of_equity = ((rung, truncate8(began_with * at), part) for rung, at, part in climbed)
    return ((Rung.WARN, limit * settings.warn_at, ZERO), (Rung.LIMIT, limit, ZERO), *of_equity)


def _reach(desk: Desk, rung: Rung, lost: Decimal, limit: Decimal, part: Decimal) -> None:
    held = _positions(desk) if part > ZERO else {}
    day = desk.state.day.number
    fact = DayLossReached(rung=rung, loss=lost, limit=limit, part=part, held=held, at_ms=desk.now.wall_ms, correlation_id=f"day-{day}")
    desk.record(fact)
    rule = "R3" if rung in (Rung.WARN, Rung.LIMIT) else "R22"
    told = f"the day's loss is {text(lost)} USDT, {rung} is at {text(limit)} ({rule})"
    desk.send(Alert(severity="warning" if rung in (Rung.WARN, Rung.REDUCE) else "critical", text=told))
    if rung is Rung.LIMIT:
        _block(desk, limit, lost)
        ladder.cancel_entries(desk, rule, rung, lost)
    else:
        ladder.act(desk, rung, limit, lost)


def _positions(desk: Desk) -> dict[str, Decimal]:
    return {f"{venue}/{symbol}": held.quantity for (venue, symbol), held in sorted(desk.state.positions.items()) if held.quantity != ZERO}


def _block(desk: Desk, limit: Decimal, lost: Decimal) -> None:
    halt = Halt(
        kind=HaltKind.DAILY_LOSS,
        rule="R3",
        code=RISK_LIMIT,
        limit=text(limit),
        value=text(lost),
        reason=f"the day's loss of {text(lost)} USDT has reached the tier's {text(limit)}",
        began_ms=desk.now.wall_ms,
        until_ms=desk.state.day.ends_ms,
    )
    halts.begin(desk, halt)
