"""Time that passes for a whole world: the venues' clocks and the engines' go ahead together, in steps, and nobody waits for it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import plain
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, Timeout, milliseconds
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine, VenueLink
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange
from libraries.world.session import session

STEP = Duration(seconds=55)
IDLE = Timeout(seconds=20)
LOOK_S = 0.003
"""Between two looks at an engine that is not idle yet: a day has over a thousand steps, and each of them ends with one."""
USDT = "USDT"
_PAUSE = threading.Event()
"""Never set: waiting for it is a pause between two looks."""


class PassingTimeKeywords(Component):
    """The venues go first; an engine follows once it has seen and answered everything (docs/backtesting.md, A day at the venue)."""

    @keyword
    def let_time_pass(self, duration: Duration, *, step: Duration = STEP, timeout: Timeout = NOT_GIVEN) -> dict[str, Any]:
        """Let time pass for every venue and every engine of the test, market and all, as fast as they can.

        In each step the venues' markets and virtual clocks go ahead, then, once every engine has seen the last trade and nothing
        of it is in flight, the engines' clocks. In between the venue is ahead by a step: `timing.recv_window_ms` must be
        larger than `step`, `timing.book_stale_ms` too, and bars wait for it with `runtime.bar_grace_ms`.

        Args:
            duration: Such as `24 hours`.
            step: How far at once; default 55 seconds.
            timeout: How long an engine may take to become idle in one step; default 20 seconds.

        Returns:
            `steps`, and `seconds` of real time that it took.

        Raises:
            WrongArgument: a duration that is not above 0, or an engine without `movable_clock=True`.
            WorldError: an engine did not become idle; names what it still waits for.

        Example:
            ```robotframework
            Start A Fresh Engine    movable_clock=True    timing.recv_window_ms=60000    timing.book_stale_ms=120000
            Let Time Pass    10 minutes
            ```
        """
        left_ms, step_ms = milliseconds(duration), milliseconds(step)
        if left_ms < 1 or step_ms < 1:
            raise WrongArgument(f"time passes forward: duration and step must be above 0, got {duration} and {step}")
        began, steps, behind_ms, seen = time.monotonic(), 0, 0, time.monotonic()
        known: dict[str, dict[tuple[str, str], int]] = {}
        while left_ms > 0:
            part_ms = min(step_ms, left_ms)
            for exchange in session.exchanges():
                exchange.admin.run_market(part_ms + behind_ms)
            for engine in session.engines():
                _wait_until_idle(engine, known.setdefault(engine.alias, {}), Deadline(timeout or IDLE))
                _move(engine, part_ms)
            now = time.monotonic()
            behind_ms, seen = round((now - seen) * 1000), now  # a virtual clock stood still meanwhile, the engine's did not
            left_ms -= part_ms
            steps += 1
        self.note("time passed", duration=str(duration), steps=steps)
        return {"steps": steps, "seconds": round(time.monotonic() - began, 1)}

    @keyword
    def the_ledger_is_the_start_plus_what_trading_brought(self, *, engine: str = NOT_GIVEN) -> dict[str, str]:
        """The account at the venue is worth its opening plus the P&L of every fill less every fee: exactly, to the last digit.

        The left side is the venue's: its account now less what it was opened with, at the last prices there. The right side is the
        engine's: of each fill its quantity at those prices against what it paid or brought, less its fee. P&L so counted is
        realised and unrealised together, and inventory that was there from the start cancels out.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            `gained`, `gross`, `fees` in USDT, and the number of `fills`.

        Raises:
            AssertionError: the sums differ; both are in the message.

        Example:
            ```robotframework
            The Ledger Is The Start Plus What Trading Brought
            ```
        """
        used = self.engine(engine)
        fills = used.control.fills()
        gained = gross = fees = Decimal(0)
        for link in used.links:
            assets = {symbol: _assets(link.exchange, symbol) for symbol in link.symbols}
            worth = _worth(link, assets)
            gained += _gained(link, used, worth)
            for fill in (fill for fill in fills if fill["venue"] == link.name):
                base, quote = assets[fill["symbol"]]
                sign = 1 if fill["side"] == "BUY" else -1
                gross += sign * (Decimal(fill["quantity"]) * worth[base] - Decimal(fill["quote_quantity"]) * worth[quote])
                fees += Decimal(fill["fee"]) * worth[fill["fee_asset"]]
        if gained != gross - fees:
            raise AssertionError(
                f"the venue's account gained {plain(gained)} USDT, the engine's {len(fills)} fills tell of {plain(gross)} less "
                f"{plain(fees)} of fees = {plain(gross - fees)}. Look at: ledger.jsonl and the fills of the engine"
            )
        return {"gained": plain(gained), "gross": plain(gross), "fees": plain(fees), "fills": str(len(fills))}


def _last_trades(exchange: Exchange, symbols: Iterable[str]) -> dict[str, tuple[int, Decimal]]:
    """Symbol -> (id, price) of its last public trade; the id is -1 before the first."""
    listed = json.dumps(list(symbols), separators=(",", ":"))
    rows = exchange.public.expect("GET", "/api/v3/ticker/24hr", params={"symbols": listed, "type": "MINI"})
    return {str(row["symbol"]): (int(row["lastId"]), Decimal(row["lastPrice"])) for row in rows}


def _assets(exchange: Exchange, symbol: str) -> tuple[str, str]:
    """(base, quote) of a symbol."""
    row = exchange.public.expect("GET", "/api/v3/exchangeInfo", params={"symbol": symbol})["symbols"][0]
    return str(row["baseAsset"]), str(row["quoteAsset"])


def _move(engine: Engine, by_ms: int) -> None:
    try:
        engine.move_clock(by_ms)
    except WorldError as error:
        raise WrongArgument(f"the engine's clock cannot be moved: {error}; start it with movable_clock=True") from None


def _wait_until_idle(engine: Engine, known: dict[tuple[str, str], int], deadline: Deadline) -> None:
    """Until the engine has seen the last public trade of each of its symbols, and nothing that it asked is without an answer.

    `known` = what it has seen before, kept up to date here.
    """
    last = {
        (link.name, symbol): trade_id
        for link in engine.links
        for symbol, (trade_id, _) in _last_trades(link.exchange, link.symbols).items()
        if trade_id > known.get((link.name, symbol), -1)
    }
    waiting = ""

    def idle() -> bool | None:
        nonlocal waiting
        for (venue, symbol), trade_id in last.items():
            seen = engine.control.tick(venue, symbol)
            if seen is None or seen["trade_id"] < trade_id:
                waiting = f"trade {trade_id} of {symbol}, its last one is {seen['trade_id'] if seen else 'none'}"
                return None
        health = engine.control.health()
        waiting = f"{health['in_flight']} orders in flight, state {health['state']}"
        return True if not health["in_flight"] else None

    if poll(idle, deadline, _PAUSE.wait, LOOK_S) is None:
        raise WorldError(f"engine {engine.alias} did not become idle within {deadline.seconds:g} s; it waits for {waiting}")
    known.update(last)


def _worth(link: VenueLink, assets: dict[str, tuple[str, str]]) -> dict[str, Decimal]:
    """Each asset's last price in USDT."""
    last = _last_trades(link.exchange, assets)
    return {USDT: Decimal(1)} | {base: last[symbol][1] for symbol, (base, quote) in assets.items() if quote == USDT}


def _gained(link: VenueLink, engine: Engine, worth: dict[str, Decimal]) -> Decimal:
    """What the account at the venue is worth now, less its opening at the same prices."""
    opening = {row["asset"]: Decimal(row["opening"]) for row in engine.control.state()["balances"] if row["venue"] == link.name}
    held = link.exchange.admin.account(link.account.name)["balances"]
    now = {asset: Decimal(amounts["free"]) + Decimal(amounts["locked"]) for asset, amounts in held.items()}
    changes = {asset: now.get(asset, Decimal(0)) - opening.get(asset, Decimal(0)) for asset in {*opening, *now}}
    return sum((change * worth[asset] for asset, change in changes.items() if change), Decimal(0))
