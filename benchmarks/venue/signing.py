"""Signed order requests, written the cheapest way that the venue accepts: the client must not be what is measured."""

from __future__ import annotations

import hashlib
import hmac
import time

import msgspec

KEYS, SECRETS = ("A" * 64, "B" * 64), ("a" * 64, "b" * 64)


class Account(msgspec.Struct, frozen=True):
    api_key: str
    secret: str


ACCOUNTS = tuple(Account(key, secret) for key, secret in zip(KEYS, SECRETS, strict=True))


class Signer:
    """HMAC-SHA256 with the key's state prepared once. Every other order takes what the one before it left in the book."""

    def __init__(self, accounts: tuple[Account, ...]) -> None:
        self._accounts = accounts
        self._keys = [hmac.new(each.secret.encode(), digestmod=hashlib.sha256) for each in accounts]
        self._sides = ("SELL", "BUY")

    def ws_place(self, number: int) -> bytes:
        """An `order.place` of 0.001 BTCUSDT at 100,000; its id is `number`."""
        turn = number & 1
        key, side, stamp = self._accounts[turn].api_key, self._sides[turn], time.time_ns() // 1_000_000
        payload = (
            f"apiKey={key}&newClientOrderId=b{number}&newOrderRespType=ACK&price=100000.00&quantity=0.001&side={side}"
            f"&symbol=BTCUSDT&timeInForce=GTC&timestamp={stamp}&type=LIMIT"
        )
        return (
            f'{{"id":{number},"method":"order.place","params":{{"symbol":"BTCUSDT","side":"{side}","type":"LIMIT","timeInForce":"GTC",'
            f'"quantity":"0.001","price":"100000.00","newClientOrderId":"b{number}","newOrderRespType":"ACK","apiKey":"{key}",'
            f'"timestamp":{stamp},"signature":"{self._sign(turn, payload)}"}}}}'
        ).encode()

    def rest_place(self, number: int) -> bytes:
        """The same as an HTTP request."""
        turn = number & 1
        stamp = time.time_ns() // 1_000_000
        payload = (
            f"symbol=BTCUSDT&side={self._sides[turn]}&type=LIMIT&timeInForce=GTC&quantity=0.001&price=100000.00"
            f"&newClientOrderId=b{number}&newOrderRespType=ACK&timestamp={stamp}"
        )
        return (
            f"POST /api/v3/order?{payload}&signature={self._sign(turn, payload)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"X-MBX-APIKEY: {self._accounts[turn].api_key}\r\nContent-Length: 0\r\n\r\n"
        ).encode()

    def _sign(self, turn: int, payload: str) -> str:
        digest = self._keys[turn].copy()
        digest.update(payload.encode())
        return digest.hexdigest()
