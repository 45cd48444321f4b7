"""What became of a signal: a word of the engine that is none of ours is told, not raised as a KeyError."""

from __future__ import annotations

import pytest

from libraries.common.errors import NotYet
from libraries.common.types import SignalStatus
from libraries.engine_keywords.order_getters import signal_status


def test_a_decided_signal_has_its_word() -> None:
    assert signal_status({"status": "accepted"}) is SignalStatus.ACCEPTED


def test_a_signal_that_was_only_received_is_not_decided_yet() -> None:
    with pytest.raises(NotYet, match="RECEIVED, neither accepted nor denied"):
        signal_status({"status": "received"})
