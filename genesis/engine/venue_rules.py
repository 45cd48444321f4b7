"""The venue's rules for its symbols change while we run: read again from time to time, and at once when it refuses by a rule (X36)."""

from __future__ import annotations

from genesis.core.commands import FetchRules
from genesis.core.events import RulesFailed, RulesFetched
from genesis.core.facts import RulesLoaded
from genesis.core.models import SymbolRules
from genesis.engine.desk import Desk, Reading

_BY_A_RULE = frozenset({-1013, -1111, -1121, -2010})
"""Refusals of an order that say that we know other rules than the venue: a filter, a closed market, too many digits, an unlisted
symbol; -2010 also tells of types that a symbol does not take."""
_ANSWER_TIMES = 5
"""A reading that is not answered within this many answer timeouts is asked again."""


def load(desk: Desk, venue: str, read: tuple[SymbolRules, ...]) -> None:
    """Take over what changed of the rules of our symbols."""
    wanted = desk.terms[venue].symbols
    changed = tuple(rules for rules in read if rules.symbol in wanted and desk.state.rules.get((venue, rules.symbol)) != rules)
    if changed:
        desk.record(RulesLoaded(venue=venue, rules=changed, correlation_id=venue))


def on_fetched(desk: Desk, event: RulesFetched) -> None:
    """The rules as they are now."""
    load(desk, event.venue, event.rules)
    desk.memory.rules_readings[event.venue] = Reading(due_ns=desk.after_ms(desk.settings.rate.rules_every_ms))


def on_failed(desk: Desk, event: RulesFailed) -> None:
    """They could not be read: again after a pause that doubles."""
    rate, reading = desk.settings.rate, _reading(desk, event.venue)
    pause_ms = min(rate.rules_retry_ms << min(reading.failures, 16), rate.rules_every_ms)
    desk.memory.rules_readings[event.venue] = Reading(due_ns=desk.after_ms(pause_ms), failures=reading.failures + 1)


def on_refused(desk: Desk, venue: str, code: int) -> None:
    """An order was refused: if by a rule, ours may be old."""
    reading = _reading(desk, venue)
    if code in _BY_A_RULE and not reading.asked:
        _ask(desk, venue, reading)


def ask_due(desk: Desk) -> None:
    """Read the rules of every venue whose time has come; those of one that is not there are read when it is reconciled."""
    for venue in desk.terms:
        reading = _reading(desk, venue)
        if reading.due_ns <= desk.now.mono_ns and desk.venue_ready(venue):
            _ask(desk, venue, reading)


def _ask(desk: Desk, venue: str, reading: Reading) -> None:
    patience_ms = _ANSWER_TIMES * desk.settings.timing.answer_timeout_ms
    desk.memory.rules_readings[venue] = Reading(due_ns=desk.after_ms(patience_ms), failures=reading.failures, asked=True)
    desk.send(FetchRules(venue=venue))


def _reading(desk: Desk, venue: str) -> Reading:
    """Where the reading of a venue's rules stands; the first is a period away: reconciliation has just read them."""
    known = desk.memory.rules_readings.get(venue)
    if known is None:
        known = desk.memory.rules_readings[venue] = Reading(due_ns=desk.after_ms(desk.settings.rate.rules_every_ms))
    return known
