"""The matching process and its address processes: started by it, ended with it, killed and started again without it.

Each port stays reserved as long as the venue lives: bound by the venue without listening, so that clients are refused while the address is
down and nobody else can take the port meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

import msgspec
import structlog

from ..errors import PortError
from .announcement import DIRECT
from .assignment import Assignment

HOST = "127.0.0.1"
START_WITHIN_S = 30.0
"""Generous: other worlds may share the processor."""
END_WITHIN_S = 1.0
_SOURCE = Path(__file__).resolve().parents[3]
_MODULE = "libraries.mock_exchange.endpoints"
_log = structlog.get_logger("mock_exchange.endpoints")


class Urls(msgspec.Struct, frozen=True, kw_only=True):
    """The three interfaces behind one port."""

    rest_url: str
    stream_url: str
    ws_api_url: str


def urls(port: int, *, tls: bool) -> Urls:
    secure = "s" if tls else ""
    return Urls(
        rest_url=f"http{secure}://{HOST}:{port}",
        stream_url=f"ws{secure}://{HOST}:{port}",
        ws_api_url=f"ws{secure}://{HOST}:{port}/ws-api/v3",
    )


class Address:
    """One address: its name, its reserved port, and the process that listens there, if one does."""

    def __init__(self, name: str, port: int) -> None:
        """Raises PortError: the port is in use."""
        self.name = name
        self._reserved = _reserved(name, port)
        self.port = int(self._reserved.getsockname()[1])
        self.process: Process | None = None
        self.watch: asyncio.Task[None] | None = None
        self.changing = asyncio.Lock()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.returncode is None

    def release(self) -> None:
        self._reserved.close()


class Addresses:
    """All addresses of a venue; `names` in their order."""

    def __init__(self, ports: list[int], token: str, *, tls: Path | None) -> None:
        """Names are api1, api2, ... in the order of `ports`; 0 = chosen by the system. `token` proves to the private port who speaks.

        Raises:
            PortError: a port is in use.
        """
        self._token = token
        self._tls = tls
        self._venue_port = 0
        self._closing = False
        self._all: dict[str, Address] = {}
        try:
            for number, port in enumerate(ports, start=1):
                self._all[f"api{number}"] = Address(f"api{number}", port)
        except PortError:
            self._release()
            raise

    @property
    def names(self) -> list[str]:
        return list(self._all)

    async def start(self, venue_port: int) -> None:
        """Start every address; `venue_port` is the private port. Raises PortError."""
        self._venue_port = venue_port
        started = [asyncio.ensure_future(self._spawn(address)) for address in self._all.values()]
        try:
            await asyncio.gather(*started)
        finally:
            await asyncio.gather(*started, return_exceptions=True)

    async def restart(self, name: str) -> dict[str, object]:
        """Start an address that has ended, on its port.

        Raises:
            KeyError: no such address.
            ValueError: it is running.
            PortError: it did not start.
        """
        address = self._all[name]
        async with address.changing:
            if address.alive:
                raise ValueError(f"address {name} is running; end its process first, it can be started again then")
            await self._spawn(address)
        return self._shown(address)

    def shown(self) -> list[dict[str, object]]:
        """Every address with `alive`, for the ready line and the admin API; without the direct one."""
        return [self._shown(address) for address in self._all.values()]

    async def close(self) -> None:
        """End every address process and release the ports."""
        self._closing = True
        for address in self._all.values():
            if address.process is not None and address.alive:
                with contextlib.suppress(ProcessLookupError):
                    address.process.terminate()
        watches = [address.watch for address in self._all.values() if address.watch is not None]
        if watches:
            await asyncio.wait(watches, timeout=END_WITHIN_S)
        for address in self._all.values():
            if address.process is not None and address.alive:
                with contextlib.suppress(ProcessLookupError):
                    address.process.kill()
        await asyncio.gather(*watches)
        self._release()

    def _shown(self, address: Address) -> dict[str, object]:
        pid = address.process.pid if address.process is not None else None
        entry = {"name": address.name, "pid": pid, "alive": address.alive}
        return entry | msgspec.structs.asdict(urls(address.port, tls=self._tls is not None))

    async def _spawn(self, address: Address) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", _MODULE, stdin=PIPE, stdout=PIPE, env=os.environ | {"PYTHONPATH": str(_SOURCE)}
        )
        address.process = process
        address.watch = asyncio.get_running_loop().create_task(self._watched(address, process))
        assignment = Assignment(
            name=address.name,
            port=address.port,
            venue_port=self._venue_port,
            venue_pid=os.getpid(),
            token=self._token,
            tls=str(self._tls.absolute()) if self._tls is not None else "",
        )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(msgspec.json.encode(assignment) + b"\n")
        try:
            ready = await asyncio.wait_for(process.stdout.readline(), START_WITHIN_S)
        except TimeoutError:
            process.kill()
            raise PortError(f"address {address.name}: expected it to listen within {START_WITHIN_S:g} s, it did not; try again") from None
        if not ready:
            code = await process.wait()
            raise PortError(f"address {address.name}: expected it to listen on port {address.port}, it ended with exit code {code}")

    async def _watched(self, address: Address, process: Process) -> None:
        """The end of an address is news, not the end of the venue."""
        code = await process.wait()
        if not self._closing:
            _log.warning("address process ended", address=address.name, pid=process.pid, exit_code=code)

    def _release(self) -> None:
        for address in self._all.values():
            address.release()


def direct(port: int, *, tls: bool) -> dict[str, object]:
    """The matching process's own port, as an entry beside the addresses."""
    return {"name": DIRECT, "pid": os.getpid(), "alive": True} | msgspec.structs.asdict(urls(port, tls=tls))


def _reserved(name: str, port: int) -> socket.socket:
    reserved = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        reserved.bind((HOST, port))
    except OSError as error:
        reserved.close()
        raise PortError(f"address {name}: expected a free port on {HOST}, got {port}: {error.strerror}; choose another, or 0") from None
    return reserved
