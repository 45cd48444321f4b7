"""The first line between an address process and the matching process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libraries.mock_exchange.endpoints.announcement import LONGEST_LINE, Announcement, read, written

TOKEN = "0123456789abcdef"
SAID = Announcement("api2", ("127.0.0.9", 40_001), ("127.0.0.1", 40_002))


def test_what_is_written_is_read() -> None:
    line = written(SAID, TOKEN)
    assert line == b"ADDRESS 0123456789abcdef api2 127.0.0.9 40001 127.0.0.1 40002\r\n"
    assert len(line) < LONGEST_LINE
    assert read(line.removesuffix(b"\r\n"), TOKEN) == SAID


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"GET / HTTP/1.1",
        b"ADDRESS",
        b"ADDRESS 0123456789abcdef",
        b"ADDRESS 0123456789abcdeX api2 127.0.0.9 40001 127.0.0.1 40002",
        b"ADDRESS  api2 127.0.0.9 40001 127.0.0.1 40002",
        b"ADDRESS 0123456789abcdef api2 127.0.0.9 40001 127.0.0.1",
        b"ADDRESS 0123456789abcdef api2 127.0.0.9 x 127.0.0.1 40002",
        b"ADDRESS 0123456789abcdef api2 127.0.0.9 40001 127.0.0.1 40002 more",
    ],
)
def test_anything_else_is_refused_without_an_echo(line: bytes) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        read(line, TOKEN)
    assert TOKEN not in str(refused.value)


@given(st.binary(max_size=100))
def test_no_bytes_pass_without_the_token(line: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        read(line, TOKEN)
