"""The fault campaign's schedule: the same seed gives the same one, every class comes, and what cannot come together does not."""

from __future__ import annotations

from collections import Counter

import pytest

from libraries.campaign.faults.kinds import CACHES, ENGINE, LIMITS, NATURES, Base, Fault, Kind
from libraries.campaign.faults.network import RULES, WEATHER
from libraries.campaign.faults.plan import Planned, Round, digest, round_of, schedule, shared_out

ENOUGH = 100


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert schedule(ENOUGH, 7) == schedule(ENOUGH, 7)
    assert digest(schedule(ENOUGH, 7)) == digest(schedule(ENOUGH, 7))
    assert digest(schedule(ENOUGH, 7)) != digest(schedule(ENOUGH, 8))


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("faults", [1, 2, len(Fault), ENOUGH])
def test_so_many_faults_are_planned_one_to_three_in_a_round(seed: int, faults: int) -> None:
    rounds = schedule(faults, seed)
    assert sum(len(one.faults) for one in rounds) == faults
    assert {len(one.faults) for one in rounds} <= {1, 2, 3}
    assert [one.number for one in rounds] == list(range(1, len(rounds) + 1))


@pytest.mark.parametrize("seed", range(20))
def test_every_class_comes_once_before_any_comes_much_more_often(seed: int) -> None:
    counted = Counter(planned.fault for one in schedule(ENOUGH, seed) for planned in one.faults)
    assert set(counted) == set(Fault)
    assert max(counted.values()) - min(counted.values()) <= 2


@pytest.mark.parametrize("seed", range(20))
def test_what_comes_together_can_be_had_together(seed: int) -> None:
    for one in schedule(ENOUGH, seed):
        assert len(one.classes) == len(one.faults), f"a class twice in {one.name}"
        bases = {NATURES[fault].base for fault in one.classes} - {None}
        assert bases <= {one.base}
        groups = [NATURES[fault].group for fault in one.classes if NATURES[fault].group]
        assert len(groups) == len(set(groups)), f"two of a group in {one.name}"


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_of_recovery_is_measured(seed: int) -> None:
    rounds = schedule(ENOUGH, seed)
    assert {one.kind for one in rounds} == set(Kind)
    assert any(one.twin for one in rounds)


def test_faults_overlap_all_are_there_when_they_are_healed() -> None:
    for one in schedule(ENOUGH, 3):
        assert all(planned.at_s < one.heal_s for planned in one.faults)


def test_what_silences_the_engine_comes_last() -> None:
    for one in schedule(ENOUGH, 3):
        last = [planned.fault for planned in one.faults if NATURES[planned.fault].group == ENGINE]
        assert [planned.fault for planned in one.faults][len(one.faults) - len(last) :] == last


def test_numbers_are_within_their_bounds_and_clocks_go_both_ways() -> None:
    found = [each for seed in range(10) for one in schedule(ENOUGH, seed) for each in one.faults]
    for each in found:
        assert NATURES[each.fault].least <= abs(each.number) <= NATURES[each.fault].most
    assert {each.number > 0 for each in found if each.fault is Fault.CLOCK} == {True, False}


def planned(*faults: Fault) -> Round:
    at_once = tuple(Planned(fault, 0.5, 1) for fault in faults)
    return Round(number=1, seed=1, faults=at_once, base=Base.FILE, heal_s=2.0, addresses=False, cache=True)


@pytest.mark.parametrize(
    ("faults", "kind"),
    [
        ([Fault.ENGINE_KILLED], Kind.PROCESS),
        ([Fault.CACHE_KILLED, Fault.RECEIVER_GONE], Kind.MONITORING),
        ([Fault.ENGINE_KILLED, Fault.HALF_OPEN], Kind.VENUE),
        ([Fault.NODE_KILLED, Fault.HALF_OPEN], Kind.DATABASE_NODE),
        ([Fault.NODE_CUT, Fault.CACHE_KILLED], Kind.DATABASE_NODE),
        ([Fault.ETCD_GONE, Fault.CACHE_KILLED], Kind.DATABASE),
    ],
)
def test_the_fault_that_may_take_longest_decides_the_limit(faults: list[Fault], kind: Kind) -> None:
    one = planned(*faults)
    assert one.kind is kind
    assert LIMITS[kind] == max(LIMITS[NATURES[fault].kind] for fault in faults)


def test_decisions_are_compared_where_only_caches_are_broken() -> None:
    assert planned(*CACHES).twin
    assert not planned(Fault.CACHE_KILLED, Fault.SLOW).twin


def test_rounds_on_three_nodes_are_one_workers() -> None:
    rounds = schedule(ENOUGH, 7)
    parts = shared_out(rounds, 3)
    assert sorted(one.number for part in parts for one in part) == [one.number for one in rounds]
    assert [part for part in parts if any(one.base is Base.CLUSTER for one in part)] == [parts[0]]
    assert all(parts), "a worker has nothing to do"


def test_every_fault_of_the_venue_and_its_network_is_known_as_one() -> None:
    assert {NATURES[fault].kind for fault in {**RULES, **WEATHER}} == {Kind.VENUE}


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([], "expected at least one fault"),
        ([Fault.SLOW, Fault.SLOW], "got slow network and slow network"),
        ([Fault.ENGINE_KILLED, Fault.ENGINE_FROZEN], "got engine killed and engine frozen"),
        ([Fault.DISK_FULL, Fault.SLOW, Fault.NODE_KILLED], "got disk full and primary's node killed"),
        ([Fault.NODE_CUT, Fault.ETCD_GONE], "got primary's node cut off and etcd gone"),
    ],
)
def test_what_cannot_come_together_is_refused_by_name(faults: list[Fault], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        round_of(faults, 1)


def test_a_chosen_round_has_what_its_faults_need() -> None:
    one = round_of([Fault.LEADER_KILLED, Fault.ADDRESS_KILLED, Fault.CACHE_KILLED], 1)
    assert (one.base, one.standby, one.addresses, one.cache) == (Base.SERVER, True, True, True)
