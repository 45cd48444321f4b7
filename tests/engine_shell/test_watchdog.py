"""The watchdog: it ends a process whose strategy does not end, leaves word of it, and leaves everybody else in peace."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from genesis.core.errors import EXIT_STRATEGY
from genesis.engine.watchdog import Watchdog, forget, stuck_before


class Bitten:
    """Instead of ending the process."""

    def __init__(self) -> None:
        self.codes: list[int] = []
        self.bit = threading.Event()

    def __call__(self, code: int) -> None:
        self.codes.append(code)
        self.bit.set()


def burn(milliseconds: int) -> None:
    until = time.thread_time_ns() + milliseconds * 1_000_000
    while time.thread_time_ns() < until:
        pass


BUDGET_NS = 60_000_000_000


@pytest.fixture
def bitten() -> Bitten:
    return Bitten()


@pytest.fixture
def dog_of(tmp_path: Path, bitten: Bitten) -> Iterator[Callable[[int], Watchdog]]:
    """A watchdog with this limit, in ms; its word is left in `stuck`."""
    started: list[Watchdog] = []

    def start(limit_ms: int) -> Watchdog:
        dog = Watchdog(tmp_path / "stuck", limit_ms, bitten)
        dog.start()
        started.append(dog)
        return dog

    yield start
    for dog in started:
        dog.stop()


def test_a_cycle_that_swallows_its_interruption_is_put_on_record_before_the_process_ends(
    tmp_path: Path, bitten: Bitten, dog_of: Callable[[int], Watchdog]
) -> None:
    def endless() -> None:
        while not bitten.bit.is_set():
            with contextlib.suppress(BaseException):
                burn(10)

    dog_of(50).watch("endless", 20_000_000, endless)
    path = tmp_path / "stuck"
    assert bitten.codes == [EXIT_STRATEGY]
    assert stuck_before(path) == ("endless",)
    forget(path)
    forget(path)
    assert stuck_before(path) == ()


def test_a_cycle_that_lets_itself_be_interrupted_is_no_endless_one(bitten: Bitten, dog_of: Callable[[int], Watchdog]) -> None:
    spent_ns = dog_of(2_000).watch("slow", 20_000_000, lambda: burn(60_000))
    burn(300)
    assert not bitten.codes
    assert 20_000_000 < spent_ns < 1_000_000_000


def test_short_cycles_and_idle_time_do_not_add_up(bitten: Bitten, dog_of: Callable[[int], Watchdog]) -> None:
    dog = dog_of(200)
    for _ in range(30):
        dog.watch("busy", BUDGET_NS, lambda: burn(10))
    burn(300)
    assert not bitten.codes


def test_a_process_that_gets_no_processor_is_no_endless_loop(bitten: Bitten, dog_of: Callable[[int], Watchdog]) -> None:
    spent_ns = dog_of(50).watch("starved", BUDGET_NS, lambda: time.sleep(0.4))
    assert not bitten.codes
    assert spent_ns < 50_000_000


@pytest.mark.parametrize("content", [b"", b'{"strategy":"a', b"[1]", b"\xff", b'{"strategy":"\xff","spent_ms":1}'])
def test_a_torn_file_names_nobody(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stuck"
    path.write_bytes(content)
    assert stuck_before(path) == ()
