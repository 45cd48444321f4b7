"""Any rule at all, healing, and what was hit."""

from __future__ import annotations

from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask
from libraries.common.errors import WrongArgument, refuse_unknown
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.fault_keywords.arming import FaultComponent, records, unmet

_LOOK = "GET /admin/faults of the venue, and the fault lines of its ledger.jsonl"


class RuleKeywords(FaultComponent):
    """The general keyword takes what docs/mock-exchange.md, Faults, describes; every other fault keyword is a sentence for one."""

    @keyword
    def arm_the_fault(self, rule: dict[str, Any] | list[Any] | str, *, optional: bool = False, venue: str = NOT_GIVEN) -> str:
        """Arm a fault rule (or a list of them): what it hits, where, and what happens then.

        Args:
            rule: The rule as a dictionary, or as YAML or JSON text; keys `match`, `point`, `action`, `times`, `seed`, `id`.
            optional: True: it need not happen; else the test is red if it never does.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The id of the (first) rule, for `Get Fault Hits`.

        Raises:
            WrongArgument: no rule, or one that the venue refuses: key, what was expected, what came.

        Example:
            ```robotframework
            Arm The Fault    {match: {operation: order.place}, point: after_match, action: drop, times: 1}
            ```
        """
        rules = _read(rule) if isinstance(rule, str) else rule
        listed = rules if isinstance(rules, list) else [rules]
        if not listed or not all(isinstance(each, dict) for each in listed):
            raise WrongArgument(f"a fault rule is a dictionary with point and action, got {rule!r}")
        return self.arm(venue, *listed, optional=optional)

    @keyword
    def heal_the_venue(self, *, venue: str = NOT_GIVEN) -> None:
        """Disarm all faults: what is held back leaves now, hidden orders are seen, half-open connections are reset.

        What has changed stays changed: a clock that is off, a key that was revoked, a balance that moved.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Heal The Venue
            ```
        """
        exchange = self.exchange(venue)
        exchange.admin.heal()
        self.note("venue healed", venue=exchange.alias)

    @keyword
    def get_fault_hits(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: int = NOT_GIVEN,
        *,
        fault: str = NOT_GIVEN,
        venue: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> int:
        """How often faults of this test happened.

        Args:
            operator: A comparison; left out, the number is only returned.
            expected: The number to compare with.
            fault: The id that an arming keyword returned; default: all faults of this test together.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The number.

        Raises:
            WrongArgument: this test armed no such fault.

        Example:
            ```robotframework
            ${lost} =    Lose The Answer    of=order placement
            Get Fault Hits    ==    0    fault=${lost}
            ```
        """
        exchange = self.exchange(venue)
        mine = [each.rule for each in self.notes.faults if each.venue == exchange.alias]
        if fault is not None and fault not in mine:
            raise refuse_unknown("fault", fault, mine)
        wanted = mine if fault is None else [fault]
        question = Question(
            lambda: sum(int(row["hits"]) for row in records(exchange) if row["id"] in wanted),
            f"number of hits of {fault or 'all faults of this test'}",
            _LOOK,
        )
        return ask(question, operator, expected, timeout)

    @keyword
    def every_fault_was_met(self, *, venue: str = NOT_GIVEN) -> int:
        """Every fault that this test armed has happened at least once. The end of each test checks this too (but for optional ones).

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            How many faults the test has armed.

        Raises:
            WrongArgument: none was armed.
            AssertionError: one never happened; with what it waited for.

        Example:
            ```robotframework
            Every Fault Was Met
            ```
        """
        exchange = self.exchange(venue)
        mine = [each for each in self.notes.faults if each.venue == exchange.alias]
        if not mine:
            raise WrongArgument("this test armed no fault yet; arm one first (keyword: Arm The Fault)")
        missed = unmet(exchange, mine)
        if missed:
            raise AssertionError(f"every fault that was armed should happen, {len(missed)} did not: {'; '.join(missed)}. Look at: {_LOOK}")
        return len(mine)

    @keyword
    def get_fault_records(self, *, venue: str = NOT_GIVEN) -> list[dict[str, Any]]:
        """What the faults of this test hit, oldest first.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Rows with `rule`, `number`, `t` (venue ms), `mono_ns`, `point`, `actions`, `subject` (what was hit).

        Example:
            ```robotframework
            ${hits} =    Get Fault Records
            ```
        """
        exchange = self.exchange(venue)
        mine = {each.rule for each in self.notes.faults if each.venue == exchange.alias}
        return [row for row in exchange.admin.faults()["hits"] if row["rule"] in mine]


def _read(text: str) -> Any:
    import yaml  # noqa: PLC0415 - only this keyword reads text

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as wrong:
        raise WrongArgument(f"a fault rule must be YAML or JSON such as {{point: event, action: drop}}, got {text!r} ({wrong})") from None
