"""What all fault keywords do: arm a rule at the venue, write it into the history, and see at the end that it was met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.notes import ArmedFault
from libraries.fault_keywords.types import ONCE, Request, Times, Via
from libraries.world.exchange import Exchange
from libraries.world.session import session

Rule = dict[str, Any]


class FaultComponent(Component):
    """Faults belong to the test that armed them: at its end the venue is healed, and one that was never met makes it red."""

    def arm(self, venue: str | None, *rules: Rule, optional: bool = False) -> str:
        """Arm rules at a venue; the id of the first.

        Raises:
            WrongArgument: the venue refuses a rule; its own words are in the message.
        """
        exchange = self.exchange(venue)
        answer = exchange.admin.request("POST", "/admin/faults", json=list(rules))
        if not answer.ok:
            raise WrongArgument(str(answer.error.get("message", answer.body)))
        ids = [str(each) for each in answer.body["ids"]]
        if not any(fault.venue == exchange.alias for fault in self.notes.faults):
            mine = self.notes.faults
            session.scope.cleanups.append(lambda: _end(exchange, mine))
        for rule_id, rule in zip(ids, rules, strict=True):
            self.notes.faults.append(ArmedFault(exchange.alias, rule_id, optional))
            self.note("fault armed", venue=exchange.alias, rule=rule_id, what=rule)
        return ids[0]


def request_rule(
    of: Request,
    point: str,
    action: Rule | list[Rule],
    *,
    times: Times | None,
    nth: int | None = None,
    symbol: str | None = None,
    order: str | None = None,
    via: Via | None = None,
) -> Rule:
    """A rule that hits requests. Keys that are not given are left out."""
    match = of.match() | given(nth=nth, symbol=symbol, client_order_id=order, api=via.value if via else None)
    return finished(match, point, action, times)


def finished(match: Rule, point: str, action: Rule | list[Rule], times: Times | None) -> Rule:
    """Without `times` it happens once."""
    return {"match": match, "point": point, "action": action} | given(times=(times if times is not None else ONCE).as_rule())


def given(**keys: Any) -> Rule:
    """The keys that have a value."""
    return {name: value for name, value in keys.items() if value is not None}


def records(exchange: Exchange) -> list[dict[str, Any]]:
    """The venue's rules: `{"id", "armed", "seen", "hits", "rule"}`."""
    return list(exchange.admin.faults()["rules"])


def unmet(exchange: Exchange, faults: list[ArmedFault]) -> list[str]:
    """Faults of that venue that did not happen, as sentences."""
    mine = {fault.rule for fault in faults if fault.venue == exchange.alias}
    return [described(row) for row in records(exchange) if row["id"] in mine and not row["hits"]]


def described(row: Mapping[str, Any]) -> str:
    rule = row["rule"]
    actions = ", ".join(str(action["type"]) for action in rule["actions"])
    what = ", ".join(f"{name}={value}" for name, value in rule.get("match", {}).items()) or "anything"
    return f"{row['id']} ({actions} at {rule['point']} for {what}; it matched {row['seen']} times and fired {row['hits']} times)"


def _end(exchange: Exchange, faults: list[ArmedFault]) -> None:
    """At the end of the test: the venue may belong to the whole suite."""
    if not exchange.alive:
        return
    missed = unmet(exchange, [fault for fault in faults if not fault.optional])
    exchange.admin.heal()
    if missed:
        raise AssertionError(
            f"every fault that was armed should happen, {len(missed)} did not: {'; '.join(missed)}. "
            "Look at: the exchange transcript of this test below (say optional=True where it need not happen)"
        )
