"""The day's loss counted again from balances and fills (R3, R22; docs/risk.md, The day's loss): what trading has made of the account is
every asset's distance from its inventory target, less what was there or came in beside it, at the middle of its book.

Books are not on record but beside signals. A count is exact where everything but the quote asset is flat, or where the one book that is
needed stands beside the signal. Where a fact is told with one asset open, it must be the count at a middle that the venue's book had by
then, by the orders of its ledger. With more assets open nothing is judged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount, text, truncate8
from libraries.auditor.examination import Examination
from libraries.auditor.fold import Fold
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

QUOTE = "USDT"
DAY_MS = 86_400_000
_OF_EQUITY = {"REDUCE": "reduce_at", "NO_ENTRIES": "no_entries_at", "PREPARE": "prepare_at", "HALT": "halt_at"}
"""Rung -> the key of `[day]` that says at which part of the equity it is reached."""
BLOCKING = ("LIMIT", "NO_ENTRIES", "HALT")
"""Rungs from which on no entry may go."""

Symbol = tuple[str, str]


@dataclass
class Recount:
    """What the facts so far say of the day; `known` are the tables that they give, folded by somebody else."""

    known: Fold
    limits: dict[str, str] = field(default_factory=dict)
    tier: str = ""
    day: int = -1
    value: Decimal = ZERO
    equity: Decimal = ZERO
    overridden_until_ms: int = 0
    deposited: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def apply(self, event: Event) -> None:
        step = _STEPS.get(event.kind)
        if step is not None:
            step(self, event)

    def open_symbols(self) -> set[Symbol]:
        """The symbols whose books are needed for a count."""
        needed = set()
        for (venue, asset), balance in self.known.balances.items():
            if asset != QUOTE and balance.total - balance.target != self.deposited.get((venue, asset), ZERO):
                needed |= {(venue, symbol) for (at, symbol), pair in self.known.assets.items() if at == venue and pair == (asset, QUOTE)}
        return needed

    def made(self, books: Mapping[Symbol, Decimal]) -> Decimal | None:
        """What trading has made of the account, in the quote asset, cut to 8 places; None where a book that is needed is not known."""
        total = ZERO
        for (venue, asset), balance in self.known.balances.items():
            made = balance.total - balance.target - self.deposited.get((venue, asset), ZERO)
            if made == ZERO:
                continue
            symbols = [(venue, symbol) for (at, symbol), pair in self.known.assets.items() if at == venue and pair == (asset, QUOTE)]
            if asset == QUOTE:
                total += made
            elif any(symbol in books for symbol in symbols):
                total += made * next(books[symbol] for symbol in symbols if symbol in books)
            elif symbols:
                return None  # one that no symbol values counts nothing
        return truncate8(total)

    def loss(self, books: Mapping[Symbol, Decimal]) -> Decimal | None:
        """The loss of the day that has begun, < 0 = a profit."""
        made = self.made(books)
        return None if made is None or self.day < 0 else self.value - made

    def limit(self, rung: str) -> Decimal | None:
        """At which loss a rung is reached; None where the configuration is not on record."""
        daily = self.limits.get(f"risk.tiers.{self.tier}.daily_loss")
        if rung in ("WARN", "LIMIT"):
            part = "1" if rung == "LIMIT" else self.limits.get("day.warn_at")
            return None if daily is None or part is None else amount(daily) * amount(part)
        if rung.startswith("DELEVERAGE_"):
            steps = self.limits.get("day.deleverage_at", "").split(", ")
            number = int(rung.rpartition("_")[2])
            at = steps[number - 1] if number <= len(steps) and steps[0] else None
        else:
            at = self.limits.get(f"day.{_OF_EQUITY[rung]}")
        return None if at is None else truncate8(self.equity * amount(at))


def _limits(count: Recount, event: Event) -> None:
    count.limits |= {str(change.get("key")): str(change.get("after")) for change in event.data.get("changes") or ()}


def _tier(count: Recount, event: Event) -> None:
    count.tier = str(event.data["after"])


def _began(count: Recount, event: Event) -> None:
    count.day, count.value, count.equity = int(event.data["day"]), amount(event.data["value"]), amount(event.data["equity"])


def _overridden(count: Recount, event: Event) -> None:
    count.overridden_until_ms = int(event.data["until_ms"])


def _opened(count: Recount, event: Event) -> None:
    count.deposited[str(event.data["venue"]), str(event.data["asset"])] += amount(event.data["amount"]) - amount(event.data["target"])


def _moved(count: Recount, event: Event) -> None:
    if not event.data["to_target"]:
        count.deposited[str(event.data["venue"]), str(event.data["asset"])] += amount(event.data["amount"])


_STEPS = {
    "LimitsChanged": _limits,
    "TierAssigned": _tier,
    "DayBegan": _began,
    "OverrideBegan": _overridden,
    "BalanceOpened": _opened,
    "BalanceTransferred": _moved,
}


def facts_agree(found: Examination, world: World) -> None:
    """A part of I20: the value that a day began with and the loss at which a rung was reached are what the balances give; and a rung's
    limit is that of the configuration. Objects: such facts that can be counted again."""
    if not any(world.journal.by_kind.get(kind) for kind in ("DayBegan", "DayLossReached")):
        return
    known = Fold()
    count = Recount(known)
    for event in world.journal.events:
        if event.kind == "DayBegan":
            made = _counts(world, count, event, ZERO)
            _one_of(found, "value of trading as the day began, counted again", made, amount(event.data["value"]), event)
        elif event.kind == "DayLossReached":
            rung = str(event.data["rung"])
            limit = count.limit(rung)
            if limit is not None:
                found.look()
                found.equal(f"limit of {rung}, by the configuration", limit, amount(event.data["limit"]), event.where)
            lost = {-made for made in _counts(world, count, event, count.value)}
            _one_of(found, f"loss of the day at {rung}, counted again from the fills", lost, amount(event.data["loss"]), event)
        known.apply(event)
        count.apply(event)


def _counts(world: World, count: Recount, event: Event, less: Decimal) -> set[Decimal]:
    """What trading may have made of the account when this fact was told, less that much; empty = it cannot be told."""
    flat = count.made({})
    if flat is not None:
        return {flat - less}
    needed = count.open_symbols()
    if len(needed) != 1:
        return set()
    (symbol,) = needed
    counts = (count.made({symbol: middle}) for middle in world.middles(*symbol, event.mono_ns))
    return {made - less for made in counts if made is not None}


def _one_of(found: Examination, what: str, counted: set[Decimal], told: Decimal, event: Event) -> None:
    if counted:
        found.look()
        expected = ", ".join(text(one) for one in sorted(counted)[:3]) + (", ..." if len(counted) > 3 else "")
        found.require(told in counted, what, expected, told, event.where)


def entry_allowed(found: Examination, count: Recount, intent: Event, books: Mapping[Symbol, Decimal], where: str) -> None:
    """A part of I23: an entry was accepted before the day's loss, counted again at the book beside its signal, reached a rung that
    blocks entries. Objects: entries whose day and books are known."""
    at_ms = int(intent.inner("order").get("created_ms") or intent.wall_ms)
    lost = count.loss(books) if at_ms // DAY_MS == count.day and at_ms >= count.overridden_until_ms else None
    if lost is None:
        return
    found.look()
    for rung in BLOCKING:
        limit = count.limit(rung)
        if limit is not None and limit > ZERO:
            what = f"the day's loss as entry {intent.inner('order').get('client_order_id')} was accepted"
            found.require(lost < limit, what, f"less than {text(limit)} ({rung}, R3 and R22)", lost, where)
