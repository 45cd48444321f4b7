"""A short piece of work in a process of its own that need not be made ready first: a fork of this one."""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

from libraries.evidence.redaction import redact
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import Finished, bind_to_parent

_FAILED = 1
_CHUNK = 65_536


def run_in_fork(name: str, work: Callable[[], int], *, deadline: Deadline) -> Finished:
    """Do `work` in a fork of this process; its exit code is what `work` returns, or 1 after an exception, which is in `stderr`.

    Starting an interpreter and importing takes several times as long as most of such work. The fork has one thread and shares no state
    with us afterwards; `work` must take no lock that another thread of ours may hold.

    Raises:
        WorldError: it did not end in time (it is killed then).
    """
    parent, began = os.getpid(), time.monotonic()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _carry_out(work, parent, writing)
    os.close(writing)
    try:
        told = _all_of(reading, deadline)
    finally:
        os.close(reading)
        os.kill(pid, signal.SIGKILL)  # it has closed its end, or its time is over, or we are interrupted
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    if told is None:
        raise WorldError(f"{name} did not end within {deadline.seconds:g} s and was killed")
    if not told:
        return Finished(code, "", f"{name} died without a word", time.monotonic() - began)
    said = json.loads(told)
    return Finished(said["exit_code"], redact(said["stdout"]), redact(said["stderr"]), time.monotonic() - began)


def _all_of(reading: int, deadline: Deadline) -> bytes | None:
    """What comes until the other end is closed; None if it is still open when the time is over."""
    look = select.poll()
    look.register(reading, select.POLLIN)
    told = b""
    while look.poll(deadline.remaining() * 1000):
        chunk = os.read(reading, _CHUNK)
        if not chunk:
            return told
        told += chunk
    return None


def _carry_out(work: Callable[[], int], parent: int, writing: int) -> NoReturn:
    """In the fork. Nothing of ours is flushed or closed by it: it leaves without cleaning up."""
    try:
        bind_to_parent(parent)
        os.setpgid(0, 0)  # as any other child: Ctrl-C on the console is handled by robot
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        gc.disable()  # it ends soon, and a collection would copy the pages that it shares with us
        told = json.dumps(_done(work)).encode()
        while told:
            told = told[os.write(writing, told) :]
    finally:
        os._exit(0)


def _done(work: Callable[[], int]) -> dict[str, object]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code: object = work()
        except SystemExit as leaving:
            code = leaving.code
        except BaseException:  # noqa: BLE001 - whatever it was is told to the process that waits, as a traceback
            traceback.print_exc(file=sys.stderr)
            code = _FAILED
    return {"exit_code": code if isinstance(code, int) else _FAILED, "stdout": out.getvalue(), "stderr": err.getvalue()}
