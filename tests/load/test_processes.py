"""What a process uses is seen from outside: one that leaks descriptors or memory, one that burns processor time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from libraries.load.processes import Watch

LEAKY = """
import os, sys
kept, files = [], []
for line in sys.stdin:
    kept.append(bytearray(8 << 20)); files.append(open(os.devnull)); sum(range(2_000_000))
    print(flush=True)
"""


@contextmanager
def child(code: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def test_a_leak_of_memory_and_of_descriptors_is_seen(tmp_path: Path) -> None:
    grown = tmp_path / "log"
    with child(LEAKY) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        watch = Watch({"leaky": process.pid}, {"leaky": grown})
        for number in range(4):
            grown.write_bytes(b"x" * number * 100)
            process.stdin.write("\n")
            process.stdin.flush()
            process.stdout.readline()
            watch.look()
    samples = watch.samples["leaky"][1:]
    assert samples[-1].descriptors - samples[0].descriptors == 3
    assert samples[-1].rss - samples[0].rss > 3 * 7 << 20
    assert [sample.file_bytes for sample in samples] == [0, 100, 200, 300]
    assert watch.cpu_share("leaky") > 0
    assert len(watch.series("leaky", lambda sample: sample.rss)) == 5


def test_a_process_that_is_gone_is_refused() -> None:
    with child("") as process:
        process.wait()
    with pytest.raises(ValueError, match="does not run"):
        Watch({"gone": process.pid})


def test_a_process_that_ends_keeps_its_samples() -> None:
    with child("input()") as process:
        watch = Watch({"short": process.pid})
    watch.look()
    assert len(watch.samples["short"]) == 1
