"""Signatures against the venue's published vectors (binance-spot 1.3) and the standard library."""

from __future__ import annotations

import hashlib
import hmac

from hypothesis import example, given
from hypothesis import strategies as st

from genesis.core.secret import Secret
from genesis.exchange.signing import Params, Signer, canonical, query_string

SECRET = Secret("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
KEY = "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A"


def test_rest_vector() -> None:
    params: Params = {
        "symbol": "LTCBTC",
        "side": "BUY",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": 1,
        "price": "0.1",
        "recvWindow": 5000,
        "timestamp": 1499827319559,
    }
    assert Signer(SECRET).signed_query(params).endswith("&signature=c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71")


def test_ws_api_vector_sorts_and_includes_the_key() -> None:
    params: Params = {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "LIMIT",
        "timeInForce": "GTC",
        "quantity": "0.01000000",
        "price": "52000.00",
        "recvWindow": 100,
        "timestamp": 1645423376532,
        "apiKey": KEY,
    }
    assert canonical(params).startswith(f"apiKey={KEY}&price=52000.00&quantity=0.01000000&recvWindow=100&side=SELL")
    assert Signer(SECRET).signed_params(params)["signature"] == "aa1b5712c094bc4e57c05a1a5c1fd8d88dcd628338ea863fec7b88e59fe2db24"


def test_rest_values_are_percent_encoded_before_signing() -> None:
    assert query_string({"symbols": '["A"]'}) == "symbols=%5B%22A%22%5D"
    signed = Signer(SECRET).signed_query({"symbols": '["A"]'})
    payload, _, signature = signed.partition("&signature=")
    assert signature == hmac.new(SECRET.reveal().encode(), payload.encode(), hashlib.sha256).hexdigest()


@example("k" * 64, b"payload")
@example("k" * 65, b"payload")
@given(st.text(min_size=1, max_size=200), st.binary(max_size=300))
def test_equals_the_standard_hmac_for_any_secret(secret: str, payload: bytes) -> None:
    signer = Signer(Secret(secret))
    for _ in range(2):  # the copied states are not used up
        assert signer.sign(payload) == hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
