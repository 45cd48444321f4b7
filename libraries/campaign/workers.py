"""Rounds on several processes at once, each with a stage of its own, until all are played or somebody interrupts."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import bind_to_parent

Plan = TypeVar("Plan")
Outcome = TypeVar("Outcome")
Stage = Callable[[int], AbstractContextManager[Callable[[Plan], Outcome]]]
"""Of a worker's number: what its rounds are played on, and how one is played."""
_LOOK_S = 0.2
_ENDS_S = 60.0


class Interrupted(BaseException):
    """SIGTERM, in a worker: its stage is taken down in order."""


class Workers(Generic[Plan, Outcome]):
    """`parts`: the rounds of each worker, which plays them in that order."""

    def __init__(self, parts: Sequence[Sequence[Plan]], stage: Stage[Plan, Outcome]) -> None:
        self.outcomes: list[Outcome] = []
        self.interrupted = False
        self._broke = ""
        context = multiprocessing.get_context("fork")
        self._told: Any = context.Queue()
        parent = os.getpid()
        self._processes = [
            context.Process(target=_work, args=(number, part, stage, self._told, parent), name=f"campaign worker {number}")
            for number, part in enumerate(parts)
            if part
        ]

    def run(self) -> None:
        """Until every round is played, or SIGINT or SIGTERM comes: then `interrupted`, and `outcomes` are those there are.

        Raises:
            WorldError: a worker broke; with how.
        """
        before = {number: signal.signal(number, self._heard) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for process in self._processes:
                process.start()
            while not self.interrupted and not self._broke and self._alive():
                self._listen(_LOOK_S)
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)
        if self._broke:
            raise WorldError(f"a worker of the campaign broke:\n{self._broke}")

    def _heard(self, _number: int, _frame: object) -> None:
        """Noted, not raised: an error that comes up in the middle of a fork is lost."""
        self.interrupted = True

    def _listen(self, seconds: float) -> bool:
        try:
            kind, said = self._told.get(timeout=seconds)
        except queue.Empty:
            return False
        if kind == "broke":
            self._broke = str(said)
        else:
            self.outcomes.append(said)
        return True

    def _alive(self) -> bool:
        return any(process.is_alive() for process in self._processes)

    def _end(self) -> None:
        """Whoever still plays takes its stage down, heard to the last word; whoever does not in time is killed, with what it started."""
        for process in self._processes:
            if process.is_alive():
                process.terminate()
        deadline = Deadline(_ENDS_S)
        while self._alive() and not deadline.expired:
            self._listen(_LOOK_S)
        while self._listen(_LOOK_S):
            pass
        for process in self._processes:
            if process.is_alive():
                process.kill()


def _work(number: int, part: Sequence[Any], stage: Stage[Any, Any], told: Any, parent: int) -> None:
    bind_to_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the console's group; the parent decides
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with stage(number) as play:
            for one in part:
                told.put(("played", play(one)))
    except Interrupted:
        return
    except Exception:  # noqa: BLE001 - whatever broke the stage is the parent's to report
        told.put(("broke", traceback.format_exc()))


def _interrupt(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted
