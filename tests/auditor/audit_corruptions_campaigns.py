"""Corruptions of what campaigns look at: times of recovery, leaks, secrets, situations that must occur (I30, I33, I35, I36)."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any
from urllib.parse import quote

from tests.auditor.audit_corruptions import corrupts, told_world
from tests.auditor.audit_corruptions_recovery import killed_and_restarted
from tests.auditor.audit_scenario import Scenario

SECOND = 1_000_000_000
LONG_AGO = -1_000 * SECOND
TOKEN, KEY = "token~of+the/control&api", "kXp2s5v8yBEHMbQeThWmZq4t7w9zCFJN"


def noted(world: Scenario, action: str, at_ns: int, **values: Any) -> None:
    assert world.history is not None
    world.history.append({"op": "info", "id": f"n{len(world.history)}", "action": action, "mono_ns": at_ns, **values})


# I30: time to recover


def killed_at(ago_ns: int) -> Scenario:
    """A kill so long before the new process had read the venue."""
    world = killed_and_restarted()
    assert world.history is not None
    world.history = [{**record, "mono_ns": min(record["mono_ns"], LONG_AGO)} for record in world.history if record["op"] == "invoke"] + [
        record for record in world.history if record["op"] != "invoke" and record["action"] != "kill"
    ]
    noted(world, "kill", world.commits[-1]["committed_ns"] - ago_ns)
    return world


def recovered_in_time() -> Scenario:
    return killed_at(50_000)


@corrupts("I30", says="recovery: expected within 300000 ms, got 300099 ms", of=recovered_in_time)
def a_recovery_took_longer_than_five_minutes(world: Scenario) -> None:
    assert world.history is not None
    world.history[-1]["mono_ns"] = world.commits[-1]["committed_ns"] - 300_100_000_000


@corrupts("I30", says="none after 300001 ms", of=recovered_in_time)
def an_engine_never_recovered_from_a_cut_connection(world: Scenario) -> None:
    noted(world, "disconnected", world.tick())
    noted(world, "time passed", world.now + 300_001_000_000)


@corrupts("I30", says="got 400000 ms", of=recovered_in_time)
def an_order_was_acknowledged_too_long_after_what_a_campaign_did(world: Scenario) -> None:
    assert world.history is not None
    began = world.tick()
    noted(world, "disk full", began, injected=True)
    ended = began + 400 * SECOND
    world.history += [
        {"op": "invoke", "id": "h70", "action": "signal", "mono_ns": began + 1, "signal_id": "s-1"},
        {"op": "ok", "id": "h70", "action": "signal", "mono_ns": ended, "signal_id": "s-1", "client_order_id": "gabcdef-1"},
    ]


# I33: leaks

CLEAN: dict[str, Any] = {"found": [], "descriptors": [21, 20, 21, 20], "threads": [3, 3, 3, 3], "rss_kb": [50_000, 52_000, 55_000, 54_000]}


def cycled() -> Scenario:
    world = told_world()
    noted(world, "leaks", world.tick(), **CLEAN)
    return world


def leak_record(world: Scenario) -> dict[str, Any]:
    assert world.history is not None
    return next(record for record in world.history if record["action"] == "leaks")


@corrupts("I33", says="leak: expected none, got /tmp/engine-42", of=cycled)
def a_file_is_left_behind(world: Scenario) -> None:
    leak_record(world)["found"] = ["/tmp/engine-42"]


@corrupts("I33", says="descriptors over 4 cycles: expected at most 21, got 23", of=cycled)
def descriptors_grow_with_every_cycle(world: Scenario) -> None:
    leak_record(world)["descriptors"] = [20, 21, 22, 23]


@corrupts("I33", says="rss_kb over 4 cycles", of=cycled)
def memory_grows_by_a_third(world: Scenario) -> None:
    leak_record(world)["rss_kb"] = [50_000, 52_000, 60_000, 70_000]


# I35: secrets


def with_secrets() -> Scenario:
    world = told_world()
    world.secrets = {"control token": TOKEN, "api key": KEY}
    world.log = '{"event": "started", "api_key": "***"}\n'
    return world


def detail(world: Scenario, text: str) -> None:
    """A detail of a fact that nobody compares."""
    world.event("ConditionChanged", name="binance/market")["payload"]["detail"] = text


@corrupts("I35", says="secret api key: expected written nowhere, got as it is at engine.db, byte", of=with_secrets)
def a_key_is_in_the_journal(world: Scenario) -> None:
    detail(world, f"connected with {KEY}")


@corrupts("I35", says="secret api key: expected written nowhere, got in a text at events, column payload", of=with_secrets)
def a_key_is_spread_over_two_pages(world: Scenario) -> None:
    detail(world, "x" * 3_000 + KEY * 200)


@corrupts("I35", says="base64", of=with_secrets)
def a_token_is_in_the_journal_within_something_that_is_base64(world: Scenario) -> None:
    detail(world, b64encode(f"user:{TOKEN}".encode()).decode())


@corrupts("I35", says="base64 of URLs", of=with_secrets)
def a_token_is_in_the_journal_in_the_base64_of_urls(world: Scenario) -> None:
    detail(world, urlsafe_b64encode(f"{TOKEN}, and more".encode()).decode())


@corrupts("I35", says="got hexadecimal at engine.db", of=with_secrets)
def a_token_is_in_a_table_in_hexadecimal(world: Scenario) -> None:
    world.tables["meta"].append({"key": "note", "value": TOKEN.encode().hex()})


@corrupts("I35", says="got in a URL at engine.log", of=with_secrets)
def a_token_is_in_the_log_within_a_url(world: Scenario) -> None:
    world.log += json.dumps({"event": "asked", "url": f"http://localhost/?token={quote(TOKEN, safe='')}"}) + "\n"


@corrupts("I35", says="at engine.db.anchor, byte", of=with_secrets)
def a_key_is_in_the_anchor_file(world: Scenario) -> None:
    world.anchor_reasons[1] = KEY


# I36: what must occur


def demanding() -> Scenario:
    world = killed_and_restarted()
    world.sometimes = ["killed", "filled while down", "partly filled", "reconciliation repaired", "CP-O6"]
    noted(world, "crash", world.tick(), point="CP-O6", mode="kill")
    return world


@corrupts("I36", says="situation CP-O6: expected at least once, got never", of=demanding)
def a_crash_point_was_never_reached(world: Scenario) -> None:
    assert world.history is not None
    world.history.pop()


@corrupts("I36", says="situation cancel too late", of=demanding)
def a_situation_never_occurred(world: Scenario) -> None:
    world.sometimes.append("cancel too late")


@corrupts("I36", says="situation reconciliation repaired", of=demanding)
def a_situation_did_not_occur_this_time(world: Scenario) -> None:
    world.event("Reconciled", -1)["payload"]["result"] = "clean"
