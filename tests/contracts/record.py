"""`python -m tests.contracts.record [DIRECTORY]` (`inv record-cassettes`): writes every cassette anew.

`venue/`: this venue's answers to the gateway. `documented/`: the example answers of Binance's documentation.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from unittest import mock

from genesis.exchange import account_reader
from tests.contracts.conversations import RECORDED
from tests.contracts.documented import DOCUMENTED, write_cassette
from tests.contracts.gateway import CASSETTES, opened, recorded
from tests.contracts.recorded_venue import venue_with_a_history


def record(target: Path) -> list[Path]:
    """Write all cassettes below `target`; their paths. Recorded twice, they are the same bytes."""
    for folder in ("venue", "documented"):
        (target / folder).mkdir(parents=True, exist_ok=True)
    written = asyncio.run(_record_the_venue(target / "venue"))
    for example in DOCUMENTED:
        path = target / "documented" / f"{example.name}.yaml"
        write_cassette(path, example)
        written.append(path)
    return written


async def _record_the_venue(folder: Path) -> list[Path]:
    written = []
    for conversation in RECORDED:
        path = folder / f"{conversation.name}.yaml"
        with tempfile.TemporaryDirectory() as directory, mock.patch.object(account_reader, "_AT_ONCE", 1):  # one by one: in one order
            async with venue_with_a_history(Path(directory)) as address, opened(conversation.desk(address)) as desk:
                with recorded(path):
                    await conversation.ask(desk)
        written.append(path)
    return written


if __name__ == "__main__":
    for path in record(Path(sys.argv[1]) if len(sys.argv) > 1 else CASSETTES):
        print(path)
