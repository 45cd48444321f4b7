"""The watchdog: it ends a process whose strategy does not end, leaves word of it, and leaves everybody else in peace."""

from __future__ import annotations

import threading
import time
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


def test_a_cycle_that_does_not_end_is_put_on_record_before_the_process_ends(tmp_path: Path) -> None:
    path, bitten = tmp_path / "engine.db.stuck", Bitten()
    dog = Watchdog(path, 50, bitten)
    dog.start()
    dog.begin("endless")
    while not bitten.bit.is_set():
        burn(10)
    assert bitten.codes == [EXIT_STRATEGY]
    assert stuck_before(path) == ("endless",)
    forget(path)
    forget(path)
    assert stuck_before(path) == ()
    dog.stop()


def test_short_cycles_and_idle_time_do_not_add_up(tmp_path: Path) -> None:
    bitten = Bitten()
    dog = Watchdog(tmp_path / "stuck", 200, bitten)
    dog.start()
    for _ in range(30):
        dog.begin("busy")
        burn(10)
        dog.end()
    burn(300)
    dog.stop()
    assert not bitten.codes


def test_a_process_that_gets_no_processor_is_no_endless_loop(tmp_path: Path) -> None:
    bitten = Bitten()
    dog = Watchdog(tmp_path / "stuck", 50, bitten)
    dog.start()
    dog.begin("starved")
    time.sleep(0.4)
    spent_ns = dog.end()
    dog.stop()
    assert not bitten.codes
    assert spent_ns < 50_000_000


@pytest.mark.parametrize("content", [b"", b'{"strategy":"a', b"[1]", b"\xff", b'{"strategy":"\xff","spent_ms":1}'])
def test_a_torn_file_names_nobody(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "stuck"
    path.write_bytes(content)
    assert stuck_before(path) == ()
