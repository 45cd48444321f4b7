"""The armed faults of a running venue: which rules fire for what passes, what they hit, and their record.

Nothing here changes bytes: passages (`fault_passage.py`), taps (`fault_events.py`) and the door (`door.py`) do what the rules say.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from ..core.ledger_lines import FaultLine
from ..core.venue import Venue
from ..faults.actions import Action, VenueAction, name_of
from ..faults.matching import ArmedRule, Armory, Subject
from ..faults.rules import Point, Rule
from .clock import VenueClock
from .hidden_orders import HiddenOrders

KEEP_HITS = 10_000
MAX_RULES = 1_000


class Hit(msgspec.Struct):
    """One time that a rule fired: `number` counts the rule's hits from 1; `t` is the venue's clock, `mono_ns` the machine's."""

    rule: str
    number: int
    t: int
    mono_ns: int
    point: str
    actions: list[str]
    subject: Subject


class Faults:
    """`armed` is what hot paths look at: False = nothing to do, now."""

    def __init__(self, venue: Venue, clock: VenueClock) -> None:
        self.armed = False
        self.pending = 0
        """Answers and messages that are held back right now: the audit cut waits for them."""
        self.unanswered = 0
        """REST requests that will never be answered: nobody waits for them."""
        self.hidden = HiddenOrders(self._refresh)
        self.perform: Callable[[VenueAction], None] = _nobody
        """Does what a rule asks of the venue itself; set by the application."""
        self.changed: list[Callable[[], None]] = []
        """Called when rules come or go, or the last held message left."""
        self.healing: list[Callable[[], None]] = []
        """Called when the venue is healed: what is held back leaves now."""
        self._venue = venue
        self._clock = clock
        self._armory = Armory()
        self._hits: deque[Hit] = deque(maxlen=KEEP_HITS)
        self._healed = asyncio.Event()
        self._unwritten: list[Hit] = []
        self._dead: list[Callable[[], None]] = []

    # -- rules -------------------------------------------------------------------------------------------------------

    def arm(self, rules: list[Rule]) -> list[ArmedRule]:
        """All or none; those of point `now` happen at once. Raises ValueError: an id that is taken, or too many rules."""
        self._check_room(rules)
        armed = [self._armory.arm(rule) for rule in rules]
        self._refresh()
        for each in armed:
            if each.rule.point == "now":
                self.fire("now", Subject())
        return armed

    def disarm(self, rule_id: str) -> bool:
        """False: no rule of that id is armed."""
        found = self._armory.disarm(rule_id)
        self._refresh()
        return found

    def heal(self) -> None:
        """No rule is armed any more, what is held back leaves now, what is hidden is seen, dead connections are reset."""
        for armed in list(self._armory.rules.values()):
            self._armory.disarm(armed.id)
        self.hidden.forget()
        healed, self._healed = self._healed, asyncio.Event()
        healed.set()
        dead, self._dead = self._dead, []
        for act in [*self.healing, *dead]:
            act()
        self._refresh()

    def is_waiting_at(self, *points: Point) -> bool:
        return self.armed and self._armory.is_waiting_at(*points)

    def shown(self, since: int = 0) -> dict[str, Any]:
        """What GET /admin/faults answers: every rule of this process with its hits, and the newest hits."""
        return {
            "rules": [
                {
                    "id": armed.id,
                    "armed": self._armory.is_active(armed),
                    "seen": armed.seen,
                    "hits": armed.hits,
                    "rule": _without_defaults(armed.rule),
                }
                for armed in self._armory.rules.values()
            ],
            "hits": [each for each in self._hits if each.mono_ns >= since],
        }

    # -- firing ------------------------------------------------------------------------------------------------------

    def fire(self, point: Point, subject: Subject, *, in_command: bool = False) -> list[tuple[ArmedRule, Action]]:
        """The actions of all rules that hit this, in order; each hit is on record. Venue actions are done here and left out.

        `in_command`: a command of the venue is running, so the ledger takes the record when it is over.
        """
        if not self.armed:
            return []
        fired = self._armory.take(point, subject, self._clock.now_ms())
        for armed in fired:
            self._record(armed, point, subject)
        if fired:
            self._refresh()
            if in_command:
                asyncio.get_running_loop().call_soon(self._write)
            else:
                self._write()
        actions = [(armed, action) for armed in fired for action in armed.rule.actions]
        for _, action in actions:
            if isinstance(action, VenueAction) and in_command:
                asyncio.get_running_loop().call_soon(self.perform, action)
            elif isinstance(action, VenueAction):
                self.perform(action)
        return [(armed, action) for armed, action in actions if not isinstance(action, VenueAction)]

    async def pause(self, milliseconds: int) -> None:
        """Hold something back that long, or until the venue is healed."""
        with self.held():
            await self.let_pass(milliseconds)

    async def let_pass(self, milliseconds: int) -> None:
        """That much time, or until the venue is healed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(milliseconds / 1000):
                await self._healed.wait()

    def bury(self, cut: Callable[[], None]) -> None:
        """A connection is half-open now; healing the venue cuts it."""
        self._dead.append(cut)

    async def until_healed(self) -> None:
        await self._healed.wait()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Something is held back while this lasts."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def hold(self) -> None:
        """Something is held back from now on, until `release`."""
        self.pending += 1
        if self.pending == 1:
            self._refresh()

    def release(self) -> None:
        self.pending -= 1
        if not self.pending:
            self._refresh()

    def tell(self) -> None:
        for tell in self.changed:
            tell()

    def _check_room(self, rules: list[Rule]) -> None:
        ids = [rule.id for rule in rules if rule.id]
        known = self._armory.rules
        taken = [each for each in ids if (each in known and self._armory.is_active(known[each])) or ids.count(each) > 1]
        if taken:
            raise ValueError(f"id: expected ids that no armed rule bears, each once, got {', '.join(sorted(set(taken)))}")
        self._armory.forget_oldest(MAX_RULES - len(rules))
        if len(self._armory.rules) + len(rules) > MAX_RULES:
            raise ValueError(f"rules: expected at most {MAX_RULES} armed at once, got {len(self._armory.rules) + len(rules)}; disarm some")

    def _refresh(self) -> None:
        self.armed = not self._armory.is_empty or bool(self.hidden) or self.pending > 0
        self.tell()

    def _record(self, armed: ArmedRule, point: Point, subject: Subject) -> None:
        names = [name_of(action) for action in armed.rule.actions]
        copy = msgspec.structs.replace(subject)
        hit = Hit(armed.id, armed.hits, self._clock.now_ms(), self._clock.monotonic_ns(), point, names, copy)
        self._hits.append(hit)
        self._unwritten.append(hit)

    def _write(self) -> None:
        """Put what was hit into the ledger, with the time at which it was."""
        hits, self._unwritten = self._unwritten, []
        if not hits:
            return
        self._venue.transaction.begin()
        for hit in hits:
            self._venue.transaction.line(_line(hit))
        self._venue.transaction.commit()


def _line(hit: Hit) -> FaultLine:
    subject = hit.subject
    return FaultLine(
        rule=hit.rule,
        number=hit.number,
        point=hit.point,
        actions=hit.actions,
        hit_ms=hit.t,
        hit_ns=hit.mono_ns,
        account=subject.account,
        api=subject.api,
        connection=subject.connection or subject.peer,
        request=f"{subject.method} {subject.path}".strip(),
        stream=subject.stream,
        event=subject.event,
        symbol=subject.symbol,
        client_order_id=subject.client_order_id,
        order_id=subject.order_id,
    )


def _without_defaults(rule: Rule) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(rule)
    plain["match"] = {name: value for name, value in plain["match"].items() if value is not None}
    return {name: value for name, value in plain.items() if name != "id" and value not in (None, {})}


def _nobody(action: VenueAction) -> None:
    raise AssertionError(f"the application did not say who does {name_of(action)}")
