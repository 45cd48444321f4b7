"""No secret passes: shapes of any client, values that the world registered, literal arguments."""

from __future__ import annotations

import pytest
from robot.api.types import Secret

from libraries.evidence.redaction import redact, refuse_literal_secret, register_secret, register_told
from libraries.world.errors import WorldError

VALUE = "Zx81kQ9pLm3vTr7w"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {VALUE}",
        f"{{'Authorization': 'Bearer {VALUE}', 'Accept': '*/*'}}",
        f"headers={{'X-MBX-APIKEY': '{VALUE}'}}",
        f"x-mbx-apikey: {VALUE}",
        f"{{'X-API-KEY': b'{VALUE}'}}",
        f"POST /api/v3/order?symbol=BTCUSDT&timestamp=1&signature={VALUE}",
        f"symbol=BTCUSDT&signature={VALUE}&recvWindow=5000",
        f'{{"api_secret": "{VALUE}", "name": "x"}}',
        f"Account(name='x', api_key='{VALUE}', api_secret='{VALUE}')",
        f"apiKey={VALUE}",
        f"admin_token = '{VALUE}'",
        f"Authorization: Basic {VALUE}",
    ],
)
def test_shapes_that_carry_secrets(text: str) -> None:
    assert VALUE not in redact(text)
    assert "***" in redact(text)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    "text",
    [
        "symbol=BTCUSDT&price=100.25&quantity=1",
        "the order signature does not matter here",
        '{"client_order_id": "gabc123-7", "head_hash": "9f86d081884c7d65"}',
        "a bearer of news",
        "token of this world and pid 17",
    ],
)
def test_harmless_text_stays(text: str) -> None:
    assert redact(text) == text


def test_registered_values_vanish_in_every_form() -> None:
    secret = register_secret("s3cr+t/with=signs&more")
    for form in (secret, "s3cr%2Bt%2Fwith%3Dsigns%26more", "czNjcit0L3dpdGg9c2lnbnMmbW9yZQ=="):
        assert redact(f"got {form}!") == "got ***!"
    assert str(WorldError(f"expected 1, got {secret}")) == "expected 1, got ***"


def test_short_values_are_not_blanked_everywhere() -> None:
    register_secret("BUY")
    assert redact("BUY 1 BTC") == "BUY 1 BTC"


def test_a_literal_secret_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="must be a Secret, got a literal str") as caught:
        refuse_literal_secret("api_key", "literal-key-123456")
    assert "literal-key" not in str(caught.value)
    assert refuse_literal_secret("api_key", Secret("from-environment")) == "from-environment"
    assert redact("got from-environment") == "got ***", "it is registered from now on"


def test_a_key_that_a_venue_has_told_is_a_secret_wherever_it_stands() -> None:
    told = {"listenKey": "0123456789abcdef0123"}
    assert redact(f"${{key}} = {told['listenKey']}") == "${key} = 0123456789abcdef0123"
    assert register_told(told) is told
    assert redact(f"${{key}} = {told['listenKey']}") == "${key} = ***"
    assert register_told([1]) == [1]
    assert register_told({"listenKey": 7}) == {"listenKey": 7}
