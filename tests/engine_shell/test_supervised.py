"""Calls that may hang, and what they are in: bounded for who waits, and freed once, by whoever is the last there."""

from __future__ import annotations

import threading

import pytest

from genesis.data.postgres.supervised import Occupied, Overdue, within


class Gate:
    """A call that returns when it may, and what was freed."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.cuts = 0
        self.freed: list[str] = []
        self.occupied = Occupied(lambda: self.freed.append(threading.current_thread().name))

    def cut(self) -> None:
        self.cuts += 1

    def hang(self) -> None:
        with pytest.raises(Overdue, match=r"no answer within 0\.05 s"):
            self.occupied.within(0.05, lambda: self.opened.wait(50), self.cut)

    def came_back(self) -> None:
        self.opened.set()
        for each in threading.enumerate():
            if each.name == "database":
                each.join(50)


def test_a_call_in_time_gives_its_result_or_its_error() -> None:
    def wrong() -> None:
        raise ValueError("its own")

    assert within(50, lambda: 7, lambda: None) == 7
    with pytest.raises(ValueError, match="its own"):
        within(50, wrong, lambda: None)


def test_what_is_idle_is_freed_at_once_and_once() -> None:
    gate = Gate()
    assert gate.occupied.within(50, lambda: 7, gate.cut) == 7
    assert (gate.freed, gate.cuts) == ([], 0)
    gate.occupied.close()
    gate.occupied.close()
    assert gate.freed == [threading.current_thread().name]


def test_what_a_call_was_left_behind_in_is_freed_by_its_thread_and_once() -> None:
    gate = Gate()
    gate.hang()
    gate.hang()
    gate.occupied.close()
    assert (gate.freed, gate.cuts) == ([], 2), "both are still in it"
    gate.came_back()
    assert gate.freed == ["database"]
    gate.occupied.close()
    assert gate.occupied.within(50, lambda: 7, gate.cut) == 7
    assert gate.freed == ["database"]


def test_what_a_call_that_fails_leaves_is_free_again() -> None:
    gate = Gate()

    def wrong() -> None:
        raise ValueError("its own")

    with pytest.raises(ValueError, match="its own"):
        gate.occupied.within(50, wrong, gate.cut)
    gate.occupied.close()
    assert len(gate.freed) == 1


def test_a_call_that_came_back_late_is_freed_with_the_rest() -> None:
    gate = Gate()
    gate.hang()
    gate.came_back()
    assert gate.freed == []
    gate.occupied.close()
    assert len(gate.freed) == 1
