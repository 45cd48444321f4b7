"""Builders and doubles of the shell's tests: facts of an order's life, a journal on a real file, an engine that does as told."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from genesis.core.commands import CancelOrder, Command, FetchBars, FetchRules, QueryOrder, Reconcile
from genesis.core.day import DAY_MS
from genesis.core.events import Event, Now
from genesis.core.facts import AlertRaised, BalanceOpened, EngineStarted, Fact, OrderChanged, OrderFilled, OrderIntended, RulesLoaded
from genesis.core.models import Fill, Order, OrderType, Purpose, Side, SymbolRules
from genesis.core.settings import EngineSettings, VenueTerms
from genesis.core.state import State
from genesis.data.journal import SqliteJournal
from genesis.data.recovery import Recovered, recover
from genesis.data.storage import StorageSettings
from genesis.engine.engine import Decision
from genesis.engine.ports import Committed
from libraries.world.deadlines import Deadline, poll

VENUE = "binance"
SYMBOL = "BTCUSDT"
RULES = SymbolRules(
    venue=VENUE,
    symbol=SYMBOL,
    base="BTC",
    quote="USDT",
    status="TRADING",
    tick_size=Decimal("0.01"),
    min_price=Decimal("0.01"),
    max_price=Decimal(1_000_000),
    step_size=Decimal("0.00001"),
    min_qty=Decimal("0.00001"),
    max_qty=Decimal(9_000),
    min_notional=Decimal(5),
)


def opening_facts(epoch: int = 1) -> list[Fact]:
    """What a new journal begins with."""
    return [
        EngineStarted(epoch=epoch, version="test", config_digest="0" * 64, test_hooks=False),
        BalanceOpened(venue=VENUE, asset="USDT", amount=Decimal("1000.00"), target=Decimal(0)),
        BalanceOpened(venue=VENUE, asset="BTC", amount=Decimal("1.50"), target=Decimal("1.5")),
        RulesLoaded(venue=VENUE, rules=(RULES,)),
    ]


def an_order(number: int) -> Order:
    return Order(
        client_order_id=f"gtestcase-{number}",
        venue=VENUE,
        symbol=SYMBOL,
        side=Side.BUY,
        order_type=OrderType.MARKET,
        quantity=Decimal("0.10"),
        purpose=Purpose.ENTRY,
        strategy="external",
        correlation_id=f"signal-{number}",
        created_ms=1_700_000_000_000 + number,
        updated_ms=1_700_000_000_000 + number,
        reserved_asset="USDT",
        reserved=Decimal("10.1"),
    )


def changed(order: Order, before: str, after: str, **more: Any) -> OrderChanged:
    fields: dict[str, Any] = {
        "pending": "NONE",
        "knowledge": "KNOWN",
        "venue_order_id": None,
        "executed": Decimal(0),
        "cum_quote": Decimal(0),
        "reserved": order.reserved,
        "reason": "",
        "source": "stream",
        "changed_ms": order.created_ms + 1,
    }
    return OrderChanged(
        correlation_id=order.correlation_id, client_order_id=order.client_order_id, before=before, after=after, **{**fields, **more}
    )


def life_of_an_order(number: int) -> list[Fact]:
    """Intent, sent, filled whole: four facts that touch order, fill, position and balances."""
    order = an_order(number)
    fill = Fill(
        venue=VENUE,
        symbol=SYMBOL,
        trade_id=number,
        client_order_id=order.client_order_id,
        side=Side.BUY,
        price=Decimal("100.00"),
        quantity=Decimal("0.1"),
        quote_quantity=Decimal("10"),
        fee=Decimal("0.0001"),
        fee_asset="BTC",
        maker=False,
        venue_time_ms=order.created_ms,
    )
    return [
        OrderIntended(correlation_id=order.correlation_id, order=order),
        changed(order, "PENDING", "SUBMITTED", pending="NEW", source="send"),
        OrderFilled(correlation_id=order.correlation_id, fill=fill),
        changed(
            order,
            "SUBMITTED",
            "FILLED",
            venue_order_id=number,
            executed=Decimal("0.1"),
            cum_quote=Decimal(10),
            reserved=Decimal(0),
        ),
    ]


class Book:
    """A journal on real files with the state that its facts fold to; `write` commits and waits."""

    def __init__(self, directory: Path, storage: StorageSettings | None = None) -> None:
        self.path = directory / "engine.db"
        self.anchor = directory / "engine.db.anchor"
        self.recovered: Recovered = recover(self.path, self.anchor)
        self.state: State = self.recovered.state
        self.journal = SqliteJournal(
            path=self.path,
            anchor_path=self.anchor,
            recovered=self.recovered,
            post=asyncio.get_running_loop().call_soon_threadsafe,
            storage=storage or StorageSettings(),
        )
        self.ticks = 0
        self.day = 0

    def record(self, facts: list[Fact]) -> None:
        self.ticks += 1
        for fact in facts:
            self.state.apply(fact)
        self.journal.record(facts, Now(1_700_000_000_000 + self.day * DAY_MS + self.ticks, self.ticks))

    async def commit(self, *, snapshot: bool = False) -> Committed:
        done: asyncio.Future[Committed] = asyncio.get_running_loop().create_future()
        self.journal.commit(self.state, snapshot=snapshot, done=done.set_result)
        return await done

    async def write(self, facts: list[Fact], *, snapshot: bool = False) -> Committed:
        self.record(facts)
        return await self.commit(snapshot=snapshot)

    async def close(self, *, clean: bool = True) -> None:
        await self.journal.close(clean=clean)


Answer = Callable[[Event, Now], tuple[list[Fact], list[Command]]]


class ObedientEngine:
    """A pure engine whose decisions a test dictates; facts are folded as the real one does."""

    def __init__(self, state: State, answer: Answer, symbols: tuple[str, ...] = (SYMBOL,)) -> None:
        self.settings = EngineSettings(venues=(VenueTerms(name=VENUE, symbols=symbols),))
        self.state = state
        self.refusal: str | None = None
        self._answer = answer

    def handle(self, event: Event, now: Now) -> Decision:
        facts, commands = self._answer(event, now)
        for fact in facts:
            self.state.apply(fact)
        return Decision(facts=facts, commands=commands)

    def refusal_before_send(self, order: Order, now: Now) -> str | None:
        return self.refusal


class NotedGateway:
    """A gateway that notes what was asked of it, and how far the journal on disk was at that moment."""

    def __init__(self, durable_seq: Callable[[], int]) -> None:
        self.name = VENUE
        self.calls: list[tuple[str, str, int]] = []
        self.reached = True
        self._durable_seq = durable_seq

    async def start(self) -> None:
        """Nothing to connect to."""

    def _note(self, what: str, client_order_id: str) -> None:
        self.calls.append((what, client_order_id, self._durable_seq()))

    def place(self, order: Order) -> None:
        self._note("place", order.client_order_id)

    def cancel(self, command: CancelOrder) -> None:
        self._note("cancel", command.client_order_id)

    def query(self, command: QueryOrder) -> None:
        self._note("query", command.client_order_id)

    def fetch_bars(self, command: FetchBars) -> None:
        """This venue has no klines."""

    def try_key(self) -> None:
        self._note("try key", "")

    def fetch_rules(self, command: FetchRules) -> None:
        self._note("rules", "")

    def address_status(self) -> dict[str, Any]:
        return {"name": "noted", "number": 1, "of": 1, "changes": 0}

    def market_status(self) -> dict[str, Any]:
        return {"connections": [], "rejected": {}, "counters": {"late_answers": 2}}

    def rate_status(self) -> dict[str, Any]:
        return {
            "limits": [
                {"kind": "REQUEST_WEIGHT", "interval_ms": 60_000, "limit": 6_000, "for_entries": 4_800, "used": 7, "ends_in_ms": 30_000}
            ],
            "held_ms": 250,
            "banned": False,
            "orders_held_ms": 0,
            "kept_back": {"ENTRY": 3},
        }

    def reconcile(self, command: Reconcile) -> None:
        self._note("reconcile", "")

    def depth(self, symbol: str) -> tuple[int, list[tuple[str, str]], list[tuple[str, str]]] | None:
        return (7, [("99", "1")], [("101", "2.5")]) if symbol == SYMBOL else None

    async def barrier(self, timeout_s: float) -> bool:
        return self.reached

    async def close(self) -> None:
        """Nothing to close."""


def rows(path: Path, question: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(question).fetchall()
    finally:
        connection.close()


def tamper(path: Path, *statements: str) -> None:
    """Change the file behind the engine's back: triggers dropped first, as somebody does who knows of them."""
    connection = sqlite3.connect(path)
    for trigger in ("events_no_update", "events_no_delete", "events_chain"):
        connection.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def zeros(path: Path, table: str) -> None:
    """The first page of a table is nothing but zeros."""
    (page,), (size,) = rows(path, f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")[0], rows(path, "PRAGMA page_size")[0]
    with path.open("r+b") as file:
        file.seek((int(str(page)) - 1) * int(str(size)))
        file.write(bytes(int(str(size))))


class NotedAlerts:
    """Notes the alerts; says that one is delivered when it is told to."""

    def __init__(self) -> None:
        self.sent: list[AlertRaised] = []
        self.deliver = False
        self.closed = False
        self._delivered: Callable[[AlertRaised, str], None] | None = None

    def start(self, delivered: Callable[[AlertRaised, str], None]) -> None:
        self._delivered = delivered

    def send(self, alert: AlertRaised) -> None:
        self.sent.append(alert)
        if self.deliver and self._delivered is not None:
            self._delivered(alert, "noted")

    async def close(self) -> None:
        self.closed = True


IN_TIME_S = 30


def until(met: Callable[[], object]) -> None:
    """Wait for something that another thread or process brings about."""
    assert poll(lambda: True if met() else None, Deadline(IN_TIME_S), time.sleep), "it did not come to that"
