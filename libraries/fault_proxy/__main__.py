"""`python -m libraries.fault_proxy --to HOST:PORT`: says in one JSON line where it listens, and runs until SIGTERM.

The line: {"instance", "pid", "port", "control_url", "token"}. Exit codes: 0 ended by a signal, 2 command line.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys

from .proxy import Proxy

INSTANCE = "FAULT_PROXY_INSTANCE"


def main(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m libraries.fault_proxy", allow_abbrev=False)
    parser.add_argument("--to", required=True, help="address of the server, HOST:PORT; loopback only")
    host, _, port = parser.parse_args(words).to.rpartition(":")
    if host not in ("127.0.0.1", "localhost") or not port.isdecimal() or not 0 < int(port) < 65_536:
        parser.error("--to: expected 127.0.0.1:PORT")
    asyncio.run(_run(host, int(port)))
    return 0


async def _run(host: str, port: int) -> None:
    os.environ.setdefault("SSL_CERT_FILE", os.devnull)  # the server library would load the system's authorities: a proxy needs none
    from .control import Control  # noqa: PLC0415

    proxy = Proxy(host, port)
    control = Control(proxy)
    await proxy.listen()
    ready = {"instance": os.environ.get(INSTANCE, ""), "pid": os.getpid(), "port": proxy.port}
    print(json.dumps({**ready, "control_url": await control.listen(), "token": control.token}), flush=True)
    over = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, over.set)
    await over.wait()
    proxy.reset()
    await control.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
