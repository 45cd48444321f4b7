"""Entries while a standby of the database is missing (I28): blocked, opened by a person who says why, and whole again by itself."""

from __future__ import annotations

import pytest

from genesis.core.commands import Alert, Reply
from genesis.core.events import OperatorAction, StandbysSeen
from genesis.core.facts import HaltBegan, HaltEnded, OperatorActed
from genesis.core.halts import HaltKind
from genesis.core.models import Purpose, Side
from tests.builders import settings, signal
from tests.engine_pure.bench import Bench

WHO = "Ada: node2 burns, node3 is in repair"


@pytest.fixture
def bench() -> Bench:
    return Bench(settings(), funds={"USDT": 3000, "BTC": 1}).start("99.99", "100")


def see(on: Bench, standbys: int, required: int = 1) -> None:
    on.do(StandbysSeen(standbys=standbys, required=required))


def decide(on: Bench) -> Reply:
    on.do(OperatorAction(action="GO_ON_ALONE", reply_to=77, detail=WHO))
    reply = on.commands[-1]
    assert isinstance(reply, Reply)
    return reply


def entry(on: Bench) -> int:
    on.book("99.99", "100")
    return on.submit(signal()).status


def conditions(on: Bench) -> tuple[str | None, str | None]:
    return on.state.conditions.get("database-standbys"), on.state.conditions.get("database/goes-alone")


def test_with_enough_standbys_entries_go(bench: Bench) -> None:
    see(bench, 1)
    assert (entry(bench), conditions(bench)) == (201, ("1", None))


def test_where_none_are_asked_for_nothing_is_recorded(bench: Bench) -> None:
    before = len(bench.all_facts)
    see(bench, 0, 0)
    assert (len(bench.all_facts), entry(bench)) == (before, 201)
    assert "expected [database] standbys = 1 or more" in decide(bench).body["error"]["message"]


def test_without_a_standby_entries_are_denied_and_exits_are_not(bench: Bench) -> None:
    bench.fill_whole(bench.order(signal()), "100")
    see(bench, 0)
    bench.book("99.99", "100")
    denied = bench.submit(signal()).body["error"]
    assert (denied["rule"], denied["code"], denied["limit"], denied["value"]) == ("I28", "GENESIS-3703", "1", "0")
    assert bench.submit(signal(side=Side.SELL, quantity="0.4", purpose=Purpose.EXIT)).status == 201
    see(bench, 0)
    assert len(bench.said(HaltBegan)) == 1


def test_an_entry_that_was_decided_before_does_not_leave(bench: Bench) -> None:
    see(bench, 1)
    bench.submit(signal())
    order = bench.last_placed()
    see(bench, 0)
    assert "0 synchronous standbys, 1 required" in (bench.engine.refusal_before_send(order, bench.now) or "")


def test_a_person_goes_on_alone_and_is_on_record(bench: Bench) -> None:
    see(bench, 0)
    reply = decide(bench)
    assert (reply.status, reply.body) == (200, {"alone": WHO, "standbys": 0})
    assert [(fact.action, fact.detail) for fact in bench.said(OperatorActed)] == [("GO_ON_ALONE", WHO)]
    assert any(WHO in alert.text and "redundancy 0" in alert.text for alert in bench.asked(Alert))
    assert (entry(bench), conditions(bench)) == (201, ("0", WHO))
    again = decide(bench)
    assert (again.status, WHO in again.body["error"]["message"]) == (409, True)


def test_a_decision_is_for_a_loss_that_there_is(bench: Bench) -> None:
    see(bench, 1)
    refused = decide(bench)
    assert (refused.status, conditions(bench)) == (409, ("1", None))
    assert not bench.said(OperatorActed)


def test_it_ends_when_a_standby_is_there_again_and_the_next_loss_is_another_decision(bench: Bench) -> None:
    see(bench, 0)
    decide(bench)
    see(bench, 1)
    assert conditions(bench) == ("1", "")
    see(bench, 0)
    assert (entry(bench), HaltKind.NO_STANDBY in bench.state.halts) == (422, True)
    see(bench, 1)
    assert (entry(bench), len(bench.said(HaltEnded))) == (201, 2)


def test_both_survive_the_process(bench: Bench) -> None:
    see(bench, 0)
    blocked = bench.restart()
    assert HaltKind.NO_STANDBY in blocked.state.halts
    see(blocked, 0)
    assert decide(blocked).status == 200
    alone = blocked.restart()
    see(alone, 0)
    assert HaltKind.NO_STANDBY not in alone.state.halts
    assert conditions(alone) == ("0", WHO)
    see(alone, 0, 0)
    assert conditions(alone)[1] == ""
