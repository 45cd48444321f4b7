"""What holds for every test."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager

import psutil
import pytest
from hypothesis import settings

from libraries.world.errors import NoServer
from tests.auditor.corruption_count import CorruptionCount

# An example may take as long as a shared machine makes it take: how fast something is is measured by benchmarks.
settings.register_profile("genesis", deadline=None)
settings.load_profile("genesis")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CorruptionCount(config.rootpath / "results"))


@contextmanager
def _servers_or_skip() -> Iterator[None]:
    """A server that this machine cannot start skips the test, unless GENESIS_REQUIRE_SERVERS=1."""
    try:
        yield
    except NoServer as error:
        if error.ROBOT_SKIP_EXECUTION:
            pytest.skip(str(error))
        raise


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None]:
    with _servers_or_skip():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    with _servers_or_skip():
        return (yield)


@pytest.fixture
def leaves_no_process() -> Iterator[None]:
    """Whatever processes a test starts have ended with it. Those that were here before are of other tests: some pools keep one."""
    before = set(psutil.Process().children())
    yield
    assert not set(psutil.Process().children()) - before
