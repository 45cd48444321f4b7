"""API keys: three kinds of signatures with published vectors, permissions, addresses, revocation (binance-spot 1.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as elliptic_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from libraries.mock_exchange.shell.params import ws_payload
from libraries.mock_exchange.shell.signatures import HmacSecret, fresh_pair, public_key
from tests.mock_exchange.signing_kit import PairClient, pair_account, sign
from tests.mock_exchange.venue_client import Client, Process

LIMIT = {"symbol": "BTCUSDT", "type": "LIMIT", "timeInForce": "GTC", "side": "BUY", "quantity": "1", "price": "50"}
INVALID_KEY = {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}
WRONG_SIGNATURE = {"code": -1022, "msg": "Signature for this request is not valid."}

DOCUMENTED_SECRET = HmacSecret(b"NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")
FULL_WIDTH = "\uff11\uff12\uff13\uff14\uff15\uff16"
REST_ENCODED = (
    f"symbol={quote(FULL_WIDTH)}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
)
REST_ENCODED_SIGNATURE = "e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3"
WS_FULL_WIDTH = {
    "symbol": FULL_WIDTH,
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": "1.00000000",
    "price": "0.10000000",
    "recvWindow": "5000",
    "timestamp": "1645423376532",
    "apiKey": "vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A",
}
WS_FULL_WIDTH_SIGNATURE = "b33892ae8e687c939f4468c6268ddd4c40ac1af18ad19a064864c47bae0752cd"

ED25519_PRIVATE = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u
-----END PRIVATE KEY-----
"""
ED25519_PAYLOAD = b"A\x01EXAMPLE\x01SPOT\x011\x0120240627-11:17:25.223"
"""The venue's documentation publishes one Ed25519 key with a signature: that of its FIX logon."""
ED25519_SIGNATURE = "4MHXelVVcpkdwuLbl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA=="

RSA_PUBLIC = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAoOu06oKTj7VksXPQdsiX
S81WldXsa0YTOVJeR2YLrVyAs/3rLGqdjfEDQ4lHmB9QpAfRa/0KS0YhequAeOd5
vzMJpkVaoRfY9kylwUM0Ly+jhBKB2DXB6iDflRjf51rbcaNlIZ9cLQ5Yhgh1yc/C
70YRl8Ca6BOTvWKWEhSdwtqn0AZ2GRg+Q6PmXQWY/KEBDeXVef0zQSaCbb08WhJD
Y8VoKbcuT9wcz+lpBtBKMzZnWkv7MRZ1WJPxaLf+z/y6d7axPscxJEtaCerdUthB
NWzqILax67GUQz2sppwXWQ/Ey3uMXn51dU7qD64tfuPqNDNqw3AIM+EYtWaoTzIt
uQIDAQAB
-----END PUBLIC KEY-----
"""
RSA_PAYLOAD = b"symbol=BTCUSDT&side=SELL&type=LIMIT&timeInForce=GTC&quantity=1&price=0.2&timestamp=1668481559918&recvWindow=5000"
"""The documented payload; the documentation keeps its RSA key to itself, so this signature was made with OpenSSL's command line."""
RSA_SIGNATURE = (
    "hgrtkLmNAK4xZGSsPFo3EEUi1P+o2ntaUpPfD9qG7EoUO5Vnx+k3YAG6Yif8Ma+LfzfYbHpsL2o0mo0N1tIxtU8fUOolUwG4xN14sy+5du8RgCB1KeyZN78l"
    "/eE4Yq/sstunUgZnHxHuiVGMBcdhDfwSxjkGniBspjZ2MBY6WJHYNObQY1M2tVBHIqnAVxY0//Nolvj2wUzzbRYc41IPBYLFY3ELBnbVbEmUvpf6xN0yQp7h"
    "NiE2WA1e6El8jwspir3g+lyL7wt0Hxv95d7ku/tsbBW0fp9jYvyyzZ3GVHJOowpOintIoVFrKDvHr8WppfKQOf7liftD+1RBVhDoug=="
)


def ed25519_public() -> str:
    key = load_pem_private_key(ED25519_PRIVATE.encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


# -- signatures --------------------------------------------------------------------------------------------------------


def test_the_documented_hmac_vectors_with_a_symbol_that_is_not_ascii() -> None:
    assert DOCUMENTED_SECRET.verify(REST_ENCODED.encode(), REST_ENCODED_SIGNATURE)
    assert DOCUMENTED_SECRET.verify(ws_payload(WS_FULL_WIDTH), WS_FULL_WIDTH_SIGNATURE)


@pytest.mark.parametrize("length", [1, 63, 64, 65, 200])
def test_hmac_secrets_of_any_length(length: int) -> None:
    secret = b"s" * length
    right = hmac.new(secret, b"payload", hashlib.sha256).hexdigest()
    assert HmacSecret(secret).verify(b"payload", right)
    assert HmacSecret(secret).verify(b"payload", right.upper())
    assert not HmacSecret(secret).verify(b"payload ", right)


def test_the_documented_ed25519_vector() -> None:
    verifier = public_key(ed25519_public())
    assert verifier.kind == "ED25519"
    assert verifier.verify(ED25519_PAYLOAD, ED25519_SIGNATURE)
    assert sign(ED25519_PRIVATE, ED25519_PAYLOAD) == ED25519_SIGNATURE


def test_an_rsa_signature_made_by_openssl() -> None:
    verifier = public_key(RSA_PUBLIC)
    assert verifier.kind == "RSA"
    assert verifier.verify(RSA_PAYLOAD, RSA_SIGNATURE)


@pytest.mark.parametrize(("key", "payload", "signature"), [("ed", ED25519_PAYLOAD, ED25519_SIGNATURE), ("rsa", RSA_PAYLOAD, RSA_SIGNATURE)])
def test_base64_signatures_are_case_sensitive_and_over_every_byte(key: str, payload: bytes, signature: str) -> None:
    verifier = public_key(ed25519_public() if key == "ed" else RSA_PUBLIC)
    assert not verifier.verify(payload, signature.lower())
    assert not verifier.verify(payload + b" ", signature)
    assert not verifier.verify(payload, base64.b64decode(signature).hex())
    assert not verifier.verify(payload, "no base64 \u00e9")
    assert not verifier.verify(payload, "")


def test_public_keys_of_other_kinds_and_sizes_are_refused() -> None:
    curve = elliptic_key(SECP256R1()).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    small = rsa_key(65_537, 1_024).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for pem in (curve, small, "", "-----BEGIN PUBLIC KEY-----", fresh_pair("ED25519")[0]):
        with pytest.raises(ValueError, match="expected a public key in PEM"):
            public_key(pem)


@pytest.mark.parametrize("kind", ["ED25519", "RSA"])
def test_orders_signed_with_a_private_key_on_both_apis(exchange: Process, kind: str) -> None:
    client = pair_account(exchange, kind, USDT="1000")
    assert client.rest("POST", "order", **LIMIT).json()["status"] == "NEW"
    with client.ws() as ws:
        assert ws.signed("order.place", **LIMIT)["result"]["status"] == "NEW"
        wrong = client.signed_ws(**LIMIT) | {"quantity": "2"}
        assert ws.ask("order.place", wrong)["error"] == WRONG_SIGNATURE
        assert ws.subscribe()["result"] == {"subscriptionId": 0}


def test_a_base64_signature_that_is_not_percent_encoded_is_refused(exchange: Process) -> None:
    """A `+` in a query is a space."""
    client = pair_account(exchange, "RSA", USDT="1000")
    clock = exchange.admin("GET", "clock").json()["server_ms"]
    query, signature = next(
        (query, client.sign(query)) for query in (f"timestamp={clock - back}" for back in range(1_000)) if "+" in client.sign(query)
    )
    assert client.raw("GET", "account", f"{query}&signature={quote(signature, safe='')}").status_code == 200
    assert client.raw("GET", "account", f"{query}&signature={signature}").json() == WRONG_SIGNATURE


def raw_utf8(client: Client, query: str) -> str:
    """As bytes on the wire, which `requests` would encode."""
    host, _, port = client.process.ready["rest_url"].removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.request("POST", "/api/v3/order", body=query.encode(), headers={"X-MBX-APIKEY": client.key})
    answer = connection.getresponse()
    body = answer.read().decode()
    connection.close()
    return body


def test_what_is_not_ascii_is_percent_encoded_before_it_is_signed(exchange: Process) -> None:
    client = exchange.account(USDT="1000")
    clock = exchange.admin("GET", "clock").json()["server_ms"]
    for symbol, refusal in ((quote(FULL_WIDTH), "-1121"), (FULL_WIDTH, "-1022")):
        query = f"symbol={symbol}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50&timestamp={clock}"
        assert refusal in raw_utf8(client, f"{query}&signature={client.sign(query)}")


def test_what_is_not_ascii_may_be_sent_as_it_is_to_a_venue_that_is_lenient_about_it() -> None:
    process = Process("--lenient", "unencoded_payload")
    client = process.account(USDT="1000")
    clock = process.admin("GET", "clock").json()["server_ms"]
    query = f"symbol={FULL_WIDTH}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=50&timestamp={clock}"
    assert "-1121" in raw_utf8(client, f"{query}&signature={client.sign(query)}")
    process.terminate()


# -- permissions, addresses, revocation --------------------------------------------------------------------------------


@pytest.fixture
def client(exchange: Process) -> Client:
    return exchange.account(USDT="1000")


def change(client: Client, **values: Any) -> list[dict[str, Any]]:
    answer = client.process.admin("PUT", f"accounts/{client.name}/keys", values)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_key_that_may_only_read(client: Client) -> None:
    change(client, permissions=["USER_DATA"])
    assert client.rest("GET", "account").status_code == 200
    for method, path, params in (("POST", "order", LIMIT), ("DELETE", "openOrders", {"symbol": "BTCUSDT"})):
        answer = client.rest(method, path, **params)
        assert (answer.status_code, answer.json()) == (401, INVALID_KEY)
    with client.ws() as ws:
        assert ws.signed("account.status")["status"] == 200
        refused = ws.signed("order.place", **LIMIT)
        assert (refused["status"], refused["error"]) == (401, INVALID_KEY)
        assert ws.subscribe()["error"] == INVALID_KEY
    change(client, permissions=["USER_DATA", "TRADE", "USER_STREAM"])
    assert client.order(**LIMIT).status_code == 200


def test_a_key_that_may_not_read(client: Client) -> None:
    change(client, permissions=["TRADE"])
    assert client.rest("GET", "account").json() == INVALID_KEY
    assert client.order(**LIMIT).status_code == 200


def test_a_key_counts_from_its_addresses_only(client: Client) -> None:
    change(client, addresses=["127.0.0.9"])
    assert client.rest("GET", "account").json() == INVALID_KEY
    with client.ws() as ws:
        assert ws.signed("account.status")["error"] == INVALID_KEY
    change(client, addresses=["127.0.0.9", "127.0.0.1"])
    assert client.rest("GET", "account").status_code == 200


def test_a_revoked_key_is_refused_until_it_is_restored(client: Client) -> None:
    assert client.order(**LIMIT).status_code == 200
    assert change(client, revoked=True)[0]["revoked"] is True
    answer = client.order(**LIMIT)
    assert (answer.status_code, answer.json()) == (401, INVALID_KEY)
    with client.ws() as ws:
        refused = ws.signed("order.place", **LIMIT)
        assert (refused["status"], refused["error"]) == (401, INVALID_KEY)
    change(client, revoked=False)
    assert client.order(**LIMIT).status_code == 200


def test_a_second_key_of_an_account_is_changed_alone(client: Client) -> None:
    second = client.process.admin("POST", f"accounts/{client.name}/keys", {"permissions": ["USER_DATA"]}).json()
    reader = Client(client.process, client.name, second["api_key"], second["api_secret"])
    assert reader.rest("GET", "account").status_code == 200
    client.process.admin("PUT", f"accounts/{client.name}/keys/{second['key_id']}", {"revoked": True})
    assert reader.rest("GET", "account").json() == INVALID_KEY
    assert client.rest("GET", "account").status_code == 200
    shown = client.process.admin("GET", f"accounts/{client.name}/keys").json()
    assert [(key["kind"], key["revoked"], key["permissions"]) for key in shown] == [
        ("HMAC", False, ["TRADE", "USER_DATA", "USER_STREAM"]),
        ("HMAC", True, ["USER_DATA"]),
    ]
    assert client.secret not in str(shown)


def test_an_account_barred_from_trading(client: Client) -> None:
    placed = client.order(**LIMIT).json()
    client.process.admin("PUT", f"accounts/{client.name}/trading", {"enabled": False})
    text = "This account may not place or cancel orders."
    assert client.order(**LIMIT).json() == {"code": -2010, "msg": text}
    assert client.rest("DELETE", "order", symbol="BTCUSDT", orderId=placed["orderId"]).json() == {"code": -2011, "msg": text}
    assert client.rest("GET", "account").json()["canTrade"] is False
    client.process.admin("PUT", f"accounts/{client.name}/trading", {"enabled": True})
    assert client.rest("GET", "account").json()["canTrade"] is True
    assert client.order(**LIMIT).status_code == 200


def test_the_refusal_of_a_barred_account_is_on_record(exchange: Process, client: Client) -> None:
    exchange.admin("PUT", f"accounts/{client.name}/trading", {"enabled": False})
    client.order(**LIMIT)
    ledger = Path(exchange.admin("GET", "ledger").json()["path"]).read_text()
    assert f'"account":"{client.name}","action":"place"' in ledger.splitlines()[-1]
    assert '"code":-2010' in ledger.splitlines()[-1]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"kind": "DSA"}, "Invalid enum value"),
        ({"kind": "HMAC", "public_key": "x"}, "public_key: expected none with kind HMAC"),
        ({"kind": "RSA", "public_key": ed25519_public()}, "expected a key of kind RSA, got ED25519"),
        ({"kind": "ED25519", "public_key": "x"}, "expected a public key in PEM"),
        ({"permissions": ["EVERYTHING"]}, "expected some of TRADE, USER_DATA, USER_STREAM"),
    ],
)
def test_wrong_keys_say_what_to_do(exchange: Process, client: Client, body: dict[str, Any], text: str) -> None:
    answer = exchange.admin("POST", f"accounts/{client.name}/keys", body)
    assert (answer.status_code, text in answer.json()["error"]) == (400, True), answer.text


def test_keys_of_accounts_and_key_ids_that_do_not_exist(exchange: Process, client: Client) -> None:
    assert exchange.admin("PUT", "accounts/nobody/keys", {"revoked": True}).status_code == 404
    answer = exchange.admin("PUT", f"accounts/{client.name}/keys/nothing", {"revoked": True})
    assert (answer.status_code, "no such key" in answer.text) == (404, True)


# -- the accounts file -------------------------------------------------------------------------------------------------


@pytest.fixture
def accounts(tmp_path: Path) -> Path:
    private, public = fresh_pair("ED25519")
    (tmp_path / "bob.pem").write_text(public)
    (tmp_path / "bob.private.pem").write_text(private)
    path = tmp_path / "accounts.toml"
    path.write_text(
        f'[[account]]\nname = "alice"\napi_key = "alice0"\nrsa_public_key = """{RSA_PUBLIC}"""\n'
        '[[account]]\nname = "bob"\napi_key = "bob0"\ned25519_public_key = "bob.pem"\npermissions = ["USER_DATA"]\n'
        'balances = { USDT = "7" }\n'
    )
    return path


def test_an_accounts_file_with_public_keys_as_pem_and_as_path(accounts: Path) -> None:
    process = Process("--accounts", accounts)
    bob = PairClient(process, "bob", "bob0", (accounts.parent / "bob.private.pem").read_text())
    assert {"asset": "USDT", "free": "7.00000000", "locked": "0.00000000"} in bob.rest("GET", "account").json()["balances"]
    assert bob.rest("POST", "order", **LIMIT).json() == INVALID_KEY
    assert process.admin("GET", "accounts/alice/keys").json()[0]["kind"] == "RSA"
    process.terminate()
