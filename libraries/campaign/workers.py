"""Rounds on several processes at once, each with a stage of its own, until all are played or somebody interrupts."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection, wait
from typing import Any, Generic, TypeVar

from libraries.world.deadlines import Deadline
from libraries.world.processes import bind_to_parent, exit_words

Plan = TypeVar("Plan")
Outcome = TypeVar("Outcome")
Stage = Callable[[int], AbstractContextManager[Callable[[Plan], Outcome]]]
"""Of a worker's number: what its rounds are played on, and how one is played."""
_LOOK_S = 0.2
_ENDS_S = 60.0


class Interrupted(BaseException):
    """SIGTERM, in a worker: its stage is taken down in order."""


class _Worker:
    """One process, and the pipe by which it tells: its end is the end of the pipe, so that no death of it is silent."""

    def __init__(self, number: int, part: Sequence[Any], stage: Stage[Any, Any]) -> None:
        self.name = f"worker {number}"
        self.rounds = len(part)
        self.told = 0
        self._number, self._part, self._stage = number, part, stage

    def start(self) -> None:
        context = multiprocessing.get_context("fork")
        self.pipe, far_end = context.Pipe(duplex=False)
        arguments = (self._number, self._part, self._stage, far_end, os.getpid())
        self.process = context.Process(target=_work, args=arguments, name=f"campaign {self.name}")
        self.process.start()
        far_end.close()  # here and before the next one is forked: only the worker itself holds it

    def missing(self) -> str:
        """ "", or that it ended before all its rounds were played, or not in good order after them."""
        self.process.join()
        if self.told == self.rounds and self.process.exitcode == 0:
            return ""
        return f"{self.name} ended ({exit_words(self.process.exitcode)}) after {self.told} of its {self.rounds} rounds"


class Workers(Generic[Plan, Outcome]):
    """`parts`: the rounds of each worker, which plays them in that order."""

    def __init__(self, parts: Sequence[Sequence[Plan]], stage: Stage[Plan, Outcome]) -> None:
        self.outcomes: list[Outcome] = []
        self.interrupted = False
        self.broke: list[str] = []
        """How workers broke, as sentences: the campaign has failed, whatever its rounds say."""
        self._ending = False
        self._workers = [_Worker(number, part, stage) for number, part in enumerate(parts) if part]
        self._talking: dict[Connection, _Worker] = {}

    def run(self) -> None:
        """Until every round is played, a worker breaks (`broke`), or SIGINT or SIGTERM comes (`interrupted`): then `outcomes` are those
        there are."""
        before = {number: signal.signal(number, self._heard) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            for worker in self._workers:
                worker.start()
                self._talking[worker.pipe] = worker
            while self._talking and not self.interrupted and not self.broke:
                self._listen(_LOOK_S)
        finally:
            self._end()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, _number: int, _frame: object) -> None:
        """Noted, not raised: an error that comes up in the middle of a fork is lost."""
        self.interrupted = True

    def _listen(self, seconds: float) -> None:
        speaking = wait(list(self._talking), seconds)
        for pipe, worker in list(self._talking.items()):
            if pipe in speaking:
                self._hear(pipe, worker)
            elif not worker.process.is_alive() and not pipe.poll():  # something that it forked still holds the pipe
                self._gone(pipe, worker)

    def _hear(self, pipe: Connection, worker: _Worker) -> None:
        try:
            kind, said = pipe.recv()
        except (EOFError, OSError):  # its end, maybe in the middle of a word
            self._gone(pipe, worker)
            return
        if kind == "broke":
            self.broke.append(f"{worker.name} broke:\n{said}")
            worker.told = worker.rounds  # said once
        else:
            worker.told += 1
            self.outcomes.append(said)

    def _gone(self, pipe: Connection, worker: _Worker) -> None:
        """It says no more. One that was told to end (`_end`) owes nothing."""
        del self._talking[pipe]
        pipe.close()
        missing = worker.missing()
        if missing and not self._ending:
            self.broke.append(missing)

    def _end(self) -> None:
        """Whoever still plays takes its stage down, heard to the last word; whoever does not in time is killed, with what it started."""
        self._ending = True
        for worker in self._talking.values():
            worker.process.terminate()
        deadline = Deadline(_ENDS_S)
        while self._talking and not deadline.expired:
            self._listen(_LOOK_S)
        for worker in self._talking.values():
            worker.process.kill()


def _work(number: int, part: Sequence[Any], stage: Stage[Any, Any], told: Connection, parent: int) -> None:
    bind_to_parent(parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the console's group; the parent decides
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        with stage(number) as play:
            for one in part:
                told.send(("played", play(one)))
    except Interrupted:
        return
    except Exception:  # noqa: BLE001 - whatever broke the stage is the parent's to report
        told.send(("broke", traceback.format_exc()))


def _interrupt(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Interrupted
