"""Corruptions of who wrote, and of the schema: I27 and I34."""

from __future__ import annotations

from tests.auditor.audit_corruptions import corrupts
from tests.auditor.audit_scenario import Scenario, consistent_world, restarted, with_history

# I27: one writer


def two_processes() -> Scenario:
    return with_history(restarted(consistent_world()))


@corrupts("I27", says="first fact of a process")
def a_process_started_without_saying_so(world: Scenario) -> None:
    world.epoch = 2
    world.fact("EngineStateChanged", before="RUNNING", after="RUNNING", reason="")
    world.row("meta", key="epoch")["value"] = "2"


@corrupts("I27", says="at least 2")
def an_older_process_writes_again(world: Scenario) -> None:
    world.events[0]["epoch"] = world.events[0]["payload"]["epoch"] = 2


@corrupts("I27", says="at least 2", of=two_processes)
def an_older_process_writes_after_the_first_fact_of_a_newer_one(world: Scenario) -> None:
    world.events[-1]["epoch"] = 1
    world.row("meta", key="epoch")["value"] = "1"


@corrupts("I27", says="EngineStarted facts of epoch 1", of=two_processes)
def a_second_process_takes_the_epoch_of_the_first(world: Scenario) -> None:
    """What a lock that does not hold would let happen: both write, as one."""
    for event in world.events:
        event["epoch"] = 1
    world.event("EngineStarted", 1)["payload"]["epoch"] = 1
    world.row("meta", key="epoch")["value"] = "1"


@corrupts("I27", says="epoch that the start names", of=two_processes)
def a_process_names_another_epoch(world: Scenario) -> None:
    world.event("EngineStarted", 1)["payload"]["epoch"] = 3


@corrupts("I27 I21", says="of the fact that changed it last")
def a_row_of_an_order_names_another_process(world: Scenario) -> None:
    world.row("orders", client_order_id="gabcdef-2")["epoch"] = 2


@corrupts("I27", says="epoch in meta")
def the_epoch_in_meta_is_old(world: Scenario) -> None:
    world.row("meta", key="epoch")["value"] = "0"


@corrupts("I27", says="start of epoch 2 after the last commit of epoch 1", of=two_processes)
def a_process_begins_while_the_one_before_still_commits(world: Scenario) -> None:
    start = world.event("EngineStarted", 1)
    last_of_the_old = next(commit for commit in reversed(world.commits) if commit["last_seq"] < start["seq"])
    last_of_the_old["committed_ns"] = start["mono_ns"] + 1


@corrupts("I27", says="trigger against an event of an older epoch")
def the_database_would_take_an_event_of_an_older_process(world: Scenario) -> None:
    world.guards = world.guards.replace("NEW.epoch >=", "0 <=")


# I34: the schema


@corrupts("I34", says="one of 0001, 0002, 0003, 0004")
def the_schema_names_no_revision(world: Scenario) -> None:
    world.tables["alembic_version"] = []


@corrupts("I34", says="got 0004, 0001")
def the_schema_names_two_revisions(world: Scenario) -> None:
    world.tables["alembic_version"].append({"version_num": "0001"})


@corrupts("I34", says="one of 0001, 0002, 0003, 0004")
def the_schema_is_of_a_version_that_nobody_knows(world: Scenario) -> None:
    world.tables["alembic_version"] = [{"version_num": "0099"}]


@corrupts("I34", says="columns of orders in revision 0001")
def the_number_of_the_revision_is_older_than_its_tables(world: Scenario) -> None:
    """A migration that added its column and died before it said so: not possible in one transaction."""
    world.tables["alembic_version"] = [{"version_num": "0001"}]


@corrupts("I34", says="columns of orders in revision 0004")
def the_number_of_the_revision_is_newer_than_its_tables(world: Scenario) -> None:
    world.create["orders"] = world.create["orders"].replace(", stop_price TEXT", "")
    for row in world.tables["orders"]:
        del row["stop_price"]


@corrupts("I34", says="got orders_new")
def a_migration_left_a_table_behind(world: Scenario) -> None:
    world.create["orders_new"] = "CREATE TABLE orders_new (client_order_id TEXT) STRICT"


@corrupts("I34", says="expected index fills_by_order")
def an_index_was_dropped(world: Scenario) -> None:
    world.indexes = world.indexes.replace("CREATE INDEX fills_by_order ON fills (client_order_id);", "")


@corrupts("I34", says="column reason of orders")
def a_column_may_be_null_that_may_not(world: Scenario) -> None:
    world.create["orders"] = world.create["orders"].replace("reason TEXT NOT NULL", "reason TEXT")
