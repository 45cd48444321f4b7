"""Load from many processes and machines: `locust --headless --processes 2`; docs/many-machines.md says how machines join.

Two kinds of users. `VenueTrader` sends signed orders to the mock exchange's REST API, `EngineOperator` sends signals to the engine's
control API and asks it questions. Both need addresses and keys, as options or as environment variables; a kind without an address has no
users. Whatever is not answered as it must be counts as a failure, and Locust ends with exit code 1.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import time
import uuid
from argparse import ArgumentParser
from typing import Any
from urllib.parse import urlencode

from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment
from locust.exception import StopUser

SIDES = ("BUY", "SELL")
RECV_WINDOW_MS = 10_000
_numbers = itertools.count()


@events.init_command_line_parser.add_listener
def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--venue-url", env_var="VENUE_URL", default="", help="the base before /api/v3; empty: no orders")
    parser.add_argument("--venue-key", env_var="VENUE_API_KEY", default="", help="API key of an account with funds")
    parser.add_argument("--venue-secret", env_var="VENUE_API_SECRET", default="", is_secret=True, help="its secret (HMAC)")
    parser.add_argument(
        "--engine-url", env_var="ENGINE_URL", default="", help="control API, as the engine's ready line says; empty: no signals"
    )
    parser.add_argument("--engine-token", env_var="ENGINE_TOKEN", default="", is_secret=True, help="its bearer token")
    parser.add_argument("--symbol", env_var="LOAD_SYMBOL", default="BTCUSDT")
    parser.add_argument("--quantity", env_var="LOAD_QUANTITY", default="0.001", help="base of one order or signal")
    parser.add_argument("--per-user", env_var="LOAD_PER_USER", type=float, default=10.0, help="requests a second of each user")


@events.init.add_listener
def _check(environment: Environment, **_others: Any) -> None:
    """Raises SystemExit: what is missing, before anybody is spawned."""
    given = environment.parsed_options
    if given is None:
        return
    needed = {"venue": ("venue_key", "venue_secret"), "engine": ("engine_token",)}
    targets = [target for target in needed if getattr(given, f"{target}_url")]
    missing = [name for target in targets for name in needed[target] if not getattr(given, name)]
    if not targets:
        raise SystemExit(
            "locustfile: expected --venue-url (VENUE_URL), --engine-url (ENGINE_URL) or both, got none; name what is to be loaded"
        )
    if missing:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in missing)
        raise SystemExit(
            f"locustfile: expected {names} beside the address, got none; give it as an option or by its variable (docs/many-machines.md)"
        )
    VenueTrader.weight, EngineOperator.weight = int("venue" in targets), int("engine" in targets)


@events.quitting.add_listener
def _judge(environment: Environment, **_others: Any) -> None:
    """A load in which nobody asked anything is none."""
    if environment.stats.total.num_requests == 0 and not environment.process_exit_code:
        environment.process_exit_code = 1


class _Paced(FastHttpUser):  # type: ignore[misc]
    """So many requests a second, however long an answer takes."""

    abstract = True
    host = "http://127.0.0.1"  # Locust wants one; requests name their own

    def wait_time(self) -> float:
        return float(constant_throughput(self.environment.parsed_options.per_user)(self))

    @property
    def given(self) -> Any:
        return self.environment.parsed_options


class VenueTrader(_Paced):
    """Buys and sells in turn at the market."""

    def on_start(self) -> None:
        """Another worker may be told late: a kind without an address has nothing to do."""
        if not self.given.venue_url:
            raise StopUser

    @task
    def order(self) -> None:
        query = {
            "symbol": self.given.symbol,
            "side": SIDES[next(_numbers) % 2],
            "type": "MARKET",
            "quantity": self.given.quantity,
            "recvWindow": RECV_WINDOW_MS,
            "timestamp": time.time_ns() // 1_000_000,
        }
        text = urlencode(query)
        signature = hmac.new(self.given.venue_secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        url = f"{self.given.venue_url}/api/v3/order?{text}&signature={signature}"
        with self.client.post(
            url, name="POST /api/v3/order", headers={"X-MBX-APIKEY": self.given.venue_key}, catch_response=True
        ) as answer:
            status = answer.json().get("status") if answer.status_code == 200 else None
            if status != "FILLED":
                answer.failure(f"expected 200 and FILLED, got {answer.status_code} {status}: {answer.text[:200]}")


class EngineOperator(_Paced):
    """Mostly signals, some questions."""

    def on_start(self) -> None:
        if not self.given.engine_url:
            raise StopUser

    @task(4)
    def signal(self) -> None:
        number = next(_numbers)
        body = {
            "signal_id": f"locust-{uuid.uuid4()}",
            "symbol": self.given.symbol,
            "side": SIDES[number % 2],
            "quantity": self.given.quantity,
            "confidence": "1",
        }
        url = f"{self.given.engine_url}/signals"
        with self.client.post(url, json=body, name="POST /signals", headers=self._authorized, catch_response=True) as answer:
            if answer.status_code != 201:
                answer.failure(f"expected 201, got {answer.status_code}: {answer.text[:200]}")

    @task(1)
    def state(self) -> None:
        self.client.get(f"{self.given.engine_url}/state", name="GET /state", headers=self._authorized)

    @task(1)
    def health(self) -> None:
        with self.client.get(
            f"{self.given.engine_url}/health", name="GET /health", headers=self._authorized, catch_response=True
        ) as answer:
            state = answer.json().get("state") if answer.status_code == 200 else None
            if state != "RUNNING":
                answer.failure(f"expected RUNNING, got {answer.status_code} {state}")

    @property
    def _authorized(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.given.engine_token}"}
