"""I26: an engine decides the same with and without a cache. Two journals of one script are laid side by side.

What may differ between two engines is left out: ids, times, update ids, the quantities at the best prices (each engine trades on the
same book, one after the other). Facts about different symbols may come in another order; those of one kind and symbol may not.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import zip_longest
from typing import Any

from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event, Journal
from libraries.auditor.world import World

Decision = tuple[str, Event]
"""What was decided, in words that are equal for equal decisions; and the fact that says so."""
_SIGNAL = ("venue", "symbol", "side", "order_type", "time_in_force", "quantity", "price", "stop_price", "purpose", "strategy", "confidence")
_PRICES = ("bid", "ask")
_ORDER = (*_SIGNAL[:-1], "reserved_asset", "reserved")
_DENIAL = ("rule", "code", "limit")
_STOP = ("venue", "symbol", "stop_price")


def equal_decisions(world: World) -> Examination:
    """I26: with the journal of a twin that was given the same script, both saw the same best prices at the same signals and made the same
    denials, orders and stops, symbol by symbol in the same order. Objects: decisions of this engine; none without a twin.
    """
    found = Examination()
    if world.twin is None:
        return found
    ours, theirs = _decisions(world.journal), _decisions(world.twin)
    found.look(sum(len(decisions) for decisions in ours.values()))
    for kind, symbol in sorted(ours.keys() | theirs.keys()):
        for number, (mine, other) in enumerate(zip_longest(ours[kind, symbol], theirs[kind, symbol]), start=1):
            if mine is None or other is None or mine[0] != other[0]:
                where = "; ".join(f"{name} {one[1].where}" for name, one in (("engine", mine), ("twin", other)) if one is not None)
                expected, got = (one[0] if one is not None else "no such decision" for one in (other, mine))
                found.fail(f"{kind} number {number} of {symbol or 'no symbol'}, compared with the twin", expected, got, where)
                break  # what follows is only shifted
    return found


def _decisions(journal: Journal) -> dict[tuple[str, str], list[Decision]]:
    """By kind and symbol, in the order in which they were recorded."""
    made: dict[tuple[str, str], list[Decision]] = defaultdict(list)
    symbols = {signal_id: _symbol(events[0].inner("signal")) for signal_id, events in journal.signals.items()}
    for event in journal.events:
        if event.kind == "SignalReceived":
            signal = event.inner("signal")
            made[event.kind, _symbol(signal)].append((f"{_words(signal, _SIGNAL)} at {_words(event.inner('top'), _PRICES)}", event))
        elif event.kind == "OrderIntended":
            order = event.inner("order")
            made[event.kind, _symbol(order)].append((_words(order, _ORDER), event))
        elif event.kind == "RiskDenied":
            made[event.kind, symbols.get(str(event.data.get("signal_id")), "")].append((_words(event.data, _DENIAL), event))
        elif event.kind == "StopArmed":
            made[event.kind, _symbol(event.data)].append((_words(event.data, _STOP), event))
    return made


def _symbol(data: dict[str, Any]) -> str:
    return f"{data.get('venue') or ''}/{data.get('symbol') or ''}"


def _words(data: dict[str, Any], names: tuple[str, ...]) -> str:
    return ", ".join(f"{name}={data[name]}" for name in names if data.get(name) is not None)
