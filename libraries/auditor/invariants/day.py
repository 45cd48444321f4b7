"""A part of I20: the day's loss, its rungs, overrides and tiers (R3, R22, R35), explained by what was recorded."""

from __future__ import annotations

from libraries.auditor.amounts import amount
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.recount import facts_agree
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

OVERRIDABLE = frozenset({"EMERGENCY_HALT", "LADDER", "DAILY_LOSS"})
"""Kinds of halts that an override lifts (R35)."""
_DAY_MS, _OVERRIDE_MS, _A_DAY = 86_400_000, 300_000, 2
_TIERS = ("SNIPER", "HUNTER", "STRATEGIST", "ARCHITECT")
_BLOCKS = {"LIMIT": "DAILY_LOSS", "NO_ENTRIES": "LADDER", "HALT": "EMERGENCY_HALT"}
"""Rung -> the halt that follows from it."""


def day_explained(found: Examination, world: World) -> None:
    """A day begins once and in order; a rung is reached once a day, at no less than its limit, and what it blocks is blocked; overrides are
    few and short; a tier moves one step, never within its grace; what is told of a loss is what the fills give. Objects: days, rungs,
    overrides, changes of tier, and losses that can be counted again."""
    day, reached, overrides = -1, set[str](), 0
    began = [(event.seq, str(event.inner("halt").get("kind"))) for event in world.journal.by_kind["HaltBegan"]]
    for event in world.journal.events:
        if event.kind == "DayBegan":
            found.look()
            found.require(int(event.data["day"]) > day, "day", f"later than {day}", event.data["day"], event.where)
            found.equal("day of its time", int(event.data["at_ms"]) // _DAY_MS, int(event.data["day"]), event.where)
            day, reached, overrides = int(event.data["day"]), set(), 0
        elif event.kind == "DayLossReached":
            found.look()
            _rung(found, event, reached, began)
        elif event.kind == "OverrideBegan":
            found.look()
            overrides += 1
            _override(found, event, overrides)
    _tiers(found, world)
    facts_agree(found, world)


def _rung(found: Examination, event: Event, reached: set[str], began: list[tuple[int, str]]) -> None:
    rung, lost, limit = str(event.data["rung"]), amount(event.data["loss"]), amount(event.data["limit"])
    found.require(lost >= limit, f"loss at {rung}", f"at least {limit}", lost, event.where)
    found.require(rung not in reached, f"rung {rung}", "once a day", "again", event.where)
    reached.add(rung)
    if rung in _BLOCKS:
        kinds = [kind for seq, kind in began if seq > event.seq]
        found.require(_BLOCKS[rung] in kinds, f"what follows from {rung}", f"a halt {_BLOCKS[rung]}", "none", event.where)


def _override(found: Examination, event: Event, number: int) -> None:
    lasts = int(event.data["until_ms"]) - int(event.data["at_ms"])
    found.require(lasts <= _OVERRIDE_MS, "length of an override, ms", f"at most {_OVERRIDE_MS}", lasts, event.where)
    found.equal("number of an override of its day", number, int(event.data["number"]), event.where)
    found.require(number <= _A_DAY, "overrides of a day", f"at most {_A_DAY}", number, event.where)


def _tiers(found: Examination, world: World) -> None:
    tier, grace_until = "", 0
    for event in world.journal.by_kind["TierAssigned"]:
        found.look()
        before, after, at_ms = str(event.data["before"]), str(event.data["after"]), int(event.data.get("at_ms") or 0)
        found.equal("tier before", tier, before, event.where)
        if tier:
            steps = abs(_TIERS.index(after) - _TIERS.index(tier))
            found.equal("steps of a change of tier", 1, steps, event.where)
            found.require(at_ms >= grace_until, "change of tier", f"not before {grace_until}", at_ms, event.where)
        tier, grace_until = after, int(event.data.get("grace_until_ms") or 0)
