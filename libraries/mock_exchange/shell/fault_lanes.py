"""The order in which messages leave one connection, when faults hold some of them back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

from ..faults.actions import Action, Delay, Duplicate, Reorder, SwapId
from ..faults.mangling import id_of, with_id
from .faults import Faults


class _Held:
    """A message that comes after `left` others of its stream."""

    def __init__(self, message: bytes, left: int, stream: str = "") -> None:
        self.message = message
        self.left = left
        self.stream = stream
        self.timer: asyncio.TimerHandle | None = None


class Lane:
    """Messages in order. What is held back counts as pending at `faults`; healing lets everything go, in order."""

    def __init__(self, faults: Faults, send: Callable[[bytes], object]) -> None:
        self._faults = faults
        self._send = send
        self._queue: deque[tuple[float, bytes, str]] = deque()
        self._pump_timer: asyncio.TimerHandle | None = None
        self._held: list[_Held] = []
        self._swapping: _Held | None = None

    @property
    def is_idle(self) -> bool:
        return not (self._queue or self._held or self._swapping)

    def leave(self, message: bytes, actions: list[Action], stream: str = "") -> None:
        """Send a message as `delay`, `duplicate`, `reorder` and `swap_id` say, in this order of time: behind a delay, then held back.

        One connection may carry several streams ("" = it carries one): a reordered message waits for others of its own.
        """
        copies = 1
        wait_s = 0.0
        for action in actions:
            match action:
                case Duplicate():
                    copies += action.copies
                case Delay(overtaken=True):
                    self._later(message, action.ms, stream)
                    return
                case Delay():
                    wait_s += action.ms / 1000
                case Reorder():
                    self._hold(message, action, stream)
                    return
                case SwapId():
                    self._swap(message, action)
                    return
                case _:
                    raise AssertionError(f"{action} does not change the order of messages")
        for _ in range(copies):
            self._enqueue(message, wait_s, stream)

    def let_go(self) -> None:
        """Everything that is held back leaves now, in order."""
        while self._queue:
            _, message, stream = self._queue.popleft()
            self._emit(message, stream, held=True)
        for held in list(self._held):
            self._free(held)
        if self._swapping is not None:
            self._unswapped(self._swapping)

    def _enqueue(self, message: bytes, wait_s: float, stream: str) -> None:
        if not self._queue and not wait_s:
            self._emit(message, stream)
            return
        due = asyncio.get_running_loop().time() + wait_s
        self._faults.hold()
        self._queue.append((due, message, stream))
        if self._pump_timer is None:
            self._pump()

    def _pump(self) -> None:
        self._pump_timer = None
        loop = asyncio.get_running_loop()
        while self._queue:
            due, message, stream = self._queue[0]
            if due > loop.time():
                self._pump_timer = loop.call_at(due, self._pump)
                return
            self._queue.popleft()
            self._emit(message, stream, held=True)

    def _later(self, message: bytes, milliseconds: int, stream: str) -> None:
        held = _Held(message, 0, stream)
        held.timer = asyncio.get_running_loop().call_later(milliseconds / 1000, self._free, held)
        self._faults.hold()
        self._held.append(held)

    def _hold(self, message: bytes, action: Reorder, stream: str) -> None:
        self._later(message, action.within_ms, stream)
        self._held[-1].left = action.by

    def _free(self, held: _Held) -> None:
        if held not in self._held:
            return
        self._held.remove(held)
        if held.timer is not None:
            held.timer.cancel()
        self._emit(held.message, held.stream, held=True)

    def _swap(self, message: bytes, action: SwapId) -> None:
        held = _Held(message, 1)
        held.timer = asyncio.get_running_loop().call_later(action.within_ms / 1000, self._unswapped, held)
        self._faults.hold()
        if self._swapping is not None:
            self._unswapped(self._swapping)
        self._swapping = held

    def _unswapped(self, held: _Held) -> None:
        if self._swapping is held:
            self._swapping = None
            self._emit(held.message, held.stream, held=True)

    def _emit(self, message: bytes, stream: str, *, held: bool = False) -> None:
        if self._swapping is not None and not held:
            self._send_swapped(self._swapping, message)
        else:
            self._send(message)
        if held:
            self._faults.release()
        self._overtaken(stream)

    def _send_swapped(self, held: _Held, message: bytes) -> None:
        self._swapping = None
        if held.timer is not None:
            held.timer.cancel()
        self._send(with_id(held.message, id_of(message)))
        self._send(with_id(message, id_of(held.message)))
        self._faults.release()

    def _overtaken(self, stream: str) -> None:
        """One more message of a stream left: those that waited for it come now."""
        for held in [each for each in self._held if each.stream == stream]:
            held.left -= 1
            if held.left == 0:
                self._free(held)
