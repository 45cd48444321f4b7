"""What a fault campaign counts, and what fails it."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.auditor.situations import SITUATIONS
from libraries.campaign.faults import sometimes
from libraries.campaign.faults.figures import count
from libraries.campaign.faults.kinds import Base, Fault, Kind
from libraries.campaign.faults.plan import Planned, Round, round_of
from libraries.campaign.faults.rounds import Outcome, missed_limit
from libraries.fault_keywords.combined import not_shown

MANY = 30


def plan_of(*faults: Fault) -> list[Round]:
    """A round for each."""
    return [
        Round(number, number, (Planned(fault, 0.5, 1),), Base.FILE, heal_s=2.0, addresses=False, cache=False)
        for number, fault in enumerate(faults, start=1)
    ]


def outcome(fault: Fault, hit: bool = True, **more: Any) -> Outcome:
    told: dict[str, Any] = {"acknowledged": 50, "unknown": 2, "heal_s": (0.5, 0.1), "situations": {"partly filled": 1}}
    told |= {"invariants": {name: {"objects": 1, "violations": []} for name in ("I14", "I15", "I08")}} | more
    return Outcome(1, f"1: {fault}", str(Kind.VENUE), injected={str(fault): hit}, **told)


def test_faults_and_what_was_told_are_counted() -> None:
    figures = count([outcome(Fault.SLOW), outcome(Fault.RESET, hit=False)], plan_of(Fault.SLOW, Fault.RESET), 7)
    assert figures.rows["faults that took effect"] == "1 of 2 planned"
    assert figures.rows["acknowledged operations"] == 100
    assert figures.rows["indeterminate"] == 4
    assert figures.rows["fault: slow network"] == "1, 1 hit"
    assert figures.rows["fault: connections reset"] == "1, 0 hit"
    assert [figures.rows[name] for name in ("lost", "phantom", "duplicate orders at the venue")] == [0, 0, 0]


def test_what_the_auditor_finds_is_counted_and_what_failed_is_told() -> None:
    violated = {name: {"objects": 3, "violations": [{"what": "an order"}]} for name in ("I14", "I15", "I08")}
    figures = count([outcome(Fault.SLOW, invariants=violated, failures=["I14 violated"])], plan_of(Fault.SLOW), 7)
    assert [figures.rows[name] for name in ("lost", "phantom", "duplicate orders at the venue")] == [1, 1, 1]
    assert figures.rows["rounds survived"] == "0 of 1 (1 planned)"
    assert figures.failures == ["round 1: slow network: I14 violated"]


def test_times_are_told_by_kind_with_and_without_waiting_for_a_processor() -> None:
    told = [outcome(Fault.SLOW, heal_s=(1.0, 0.5)), outcome(Fault.RESET, heal_s=(3.0, 0.0))]
    row = count(told, plan_of(Fault.SLOW, Fault.RESET), 7).rows["from heal: venue resync (<= 30 s)"]
    assert row == "p50 2.00 s, max 3.00 s; without waiting for a processor 1.75 s, 3.00 s (2)"


def test_what_takes_over_by_itself_is_told_from_the_fault() -> None:
    told = [outcome(Fault.ADDRESS_KILLED, from_fault={str(Fault.ADDRESS_KILLED): (1.5, 0.0)}, failovers=1)]
    rows = count(told, plan_of(Fault.ADDRESS_KILLED), 7).rows
    assert rows["from fault: venue address killed (<= 30 s)"].startswith("p50 1.50 s")
    assert rows["failovers"] == 1


def test_a_node_that_is_cut_off_has_a_time_of_its_own() -> None:
    told = [outcome(Fault.NODE_CUT, from_fault={str(Fault.NODE_CUT): (seconds, 0.0)}, failovers=1) for seconds in (21.0, 25.0)]
    rows = count(told, plan_of(Fault.NODE_CUT, Fault.NODE_CUT), 7).rows
    assert rows["from fault: primary's node cut off (<= 30 s)"].startswith("p50 23.00 s, max 25.00 s")
    assert rows["failovers"] == 2


def test_a_time_beside_other_faults_is_told_apart_from_those_that_the_limit_is_for() -> None:
    cut, both = str(Fault.NODE_CUT), {str(Fault.NODE_CUT): True, str(Fault.ERRORS): True}
    told = [outcome(Fault.NODE_CUT, from_fault={cut: (25.0, 0.0)}), outcome(Fault.NODE_CUT, from_fault={cut: (53.0, 0.0)})]
    told[1].injected = both
    row = count(told, plan_of(Fault.NODE_CUT, Fault.NODE_CUT), 7).rows["from fault: primary's node cut off (<= 30 s)"]
    limited, rest = row.split("; beside other faults, without a limit: ")
    assert limited.startswith("p50 25.00 s, max 25.00 s")
    assert rest.startswith("p50 53.00 s, max 53.00 s")


def test_what_may_not_stop_is_told_from_when_the_loss_is_noticed_and_is_no_failover() -> None:
    rows = count([outcome(Fault.ETCD_GONE, from_fault={str(Fault.ETCD_GONE): (0.25, 0.0)})], plan_of(Fault.ETCD_GONE), 7).rows
    assert rows["from 6 s after fault: etcd gone (<= 5 s)"].startswith("p50 0.25 s, max 0.25 s")
    assert rows["failovers"] == 0


def test_a_class_that_never_hit_fails_the_campaign_by_its_name() -> None:
    plan = plan_of(Fault.BAN, Fault.BAN, Fault.BAN)
    failures = count([outcome(Fault.BAN, hit=False, situations={"order refused": 1, "partly filled": 1})] * 3, plan, 7).failures
    assert failures == ["never occurred: fault: banned for a moment (3 rounds should bring it about)"]


@pytest.mark.parametrize("fault", [Fault.NODE_FROZEN, Fault.DISK_FULL, Fault.RESET])
def test_a_fault_that_was_alone_and_took_no_effect_fails_the_campaign(fault: Fault) -> None:
    failures = count([outcome(fault, hit=False)], plan_of(fault), 7).failures
    assert failures == [f"never occurred: fault: {fault} (1 rounds should bring it about)"]


def test_zeros_that_no_audit_has_looked_for_fail_the_campaign() -> None:
    blind = {"I14": {"objects": 0, "violations": []}, "I08": {"objects": 3, "violations": []}}
    failures = count([outcome(Fault.SLOW, invariants=blind)], plan_of(Fault.SLOW), 7).failures
    assert failures == [
        "lost says nothing: I14 examined no object in 1 rounds",
        "phantom says nothing: I15 examined no object in 1 rounds",
    ]


def test_a_situation_that_never_arose_fails_the_campaign_by_its_name() -> None:
    plan = plan_of(*[Fault.ENGINE_KILLED] * 3)
    all_but_one = {each.name: 1 for each in sometimes.SITUATIONS if each.name != "order adopted"}
    failures = count([outcome(Fault.ENGINE_KILLED, situations=all_but_one)] * 3, plan, 7).failures
    assert failures == ["never occurred: order adopted (3 rounds should bring it about)"]


def test_of_an_interrupted_campaign_nothing_is_demanded_that_did_not_come() -> None:
    plan = plan_of(*[Fault.ENGINE_KILLED] * 4)
    assert count([outcome(Fault.ENGINE_KILLED)] * 3, plan, 7).failures == []


def test_a_situation_is_demanded_only_where_the_schedule_makes_it_likely() -> None:
    assert "killed" not in sometimes.demanded(plan_of(*[Fault.ENGINE_KILLED] * 2))
    assert sometimes.demanded(plan_of(*[Fault.LEADER_KILLED] * 3))["killed"] == 3


def test_answers_around_a_lost_cache_may_take_250_ms_longer_and_no_more() -> None:
    fine = outcome(Fault.CACHE_KILLED, before_ms=[10.0] * MANY, at_ms=[259.0], later_ms=[10.0])
    slow = outcome(Fault.CACHE_KILLED, before_ms=[10.0] * MANY, at_ms=[20.0], later_ms=[270.0])
    assert count([fine], plan_of(Fault.CACHE_KILLED), 7).failures == []
    failures = count([slow], plan_of(Fault.CACHE_KILLED), 7).failures
    assert failures == ["with a lost cache answers take 270 ms at p99 after it, at most 260 ms are required"]


@pytest.mark.parametrize("times", [([10.0] * 19, [1.0], [1.0]), ([10.0] * MANY, [], [1.0]), ([10.0] * MANY, [1.0], [])])
def test_a_lost_cache_that_nothing_can_be_said_of_fails_the_campaign(times: tuple[list[float], list[float], list[float]]) -> None:
    before, at, later = times
    unmeasured = outcome(Fault.CACHE_KILLED, before_ms=before, at_ms=at, later_ms=later)
    assert count([unmeasured], plan_of(Fault.CACHE_KILLED), 7).failures == [
        "of 20 answers before a lost cache and of some in the first second and after it something can be said, "
        f"there were {len(before)}, {len(at)} and {len(later)}"
    ]


def test_situations_are_those_that_the_auditor_counts() -> None:
    assert {each.name for each in sometimes.SITUATIONS} <= set(SITUATIONS)


def test_a_limit_counts_the_time_in_which_the_engine_had_a_processor() -> None:
    assert missed_limit("the first order", 5.0, (6.0, 1.0), 0.0) == ""
    assert missed_limit("the first order", 5.0, (6.0, 0.5), 0.25) == (
        "the first order: at most 5 s are required, it took 6.0 s, 0.5 s of it waiting for a processor "
        "(the machine was late 25% of the time)"
    )


def shown(faults: list[Fault], told: Outcome) -> list[str]:
    return not_shown(round_of(faults, 1), told)


def test_a_round_shows_what_it_claims_where_every_fault_took_effect_and_something_took_over() -> None:
    fine = outcome(Fault.ADDRESS_KILLED, from_fault={str(Fault.ADDRESS_KILLED): (1.5, 0.0)})
    assert shown([Fault.ADDRESS_KILLED], fine) == []


def test_a_round_in_which_nothing_took_over_has_not_shown_it() -> None:
    assert shown([Fault.ADDRESS_KILLED], outcome(Fault.ADDRESS_KILLED)) == [
        "venue address killed: something else should take over before the healing, no order was filled until then"
    ]


def test_a_round_in_which_trading_stopped_with_etcd_has_not_shown_that_it_goes_on() -> None:
    assert shown([Fault.ETCD_GONE], outcome(Fault.ETCD_GONE)) == [
        "etcd gone: trading should go on before the healing, no order was filled until then"
    ]


def test_a_round_without_a_fault_that_took_effect_or_with_a_limit_that_was_not_decided_has_not_shown_it() -> None:
    assert shown([Fault.RESET, Fault.SLOW], outcome(Fault.RESET, hit=False, undecided=["the first order: late"])) == [
        "every fault should have taken effect, these did not: connections reset, slow network",
        "on a machine that is busy with other things nothing is decided: the first order: late",
    ]
