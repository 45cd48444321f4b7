"""Alerts find a sink in order, none is lost or held up by a sink that fails, and the file keeps what nobody else took."""

from __future__ import annotations

import asyncio
import json
import ssl
import stat
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp import web

from genesis.alerts_config import alerts
from genesis.clock import MovableClock
from genesis.core.events import Now
from genesis.core.facts import AlertRaised
from genesis.core.secret import Secret
from genesis.core.strict import Table
from genesis.engine.alerting import raised
from genesis.monitoring.alerts import AlertSender
from genesis.monitoring.components import Components, Health, rated
from genesis.monitoring.settings import AlertSettings, Webhook
from genesis.monitoring.sinks import Lines, Post, SinkFailed


class Scripted:
    """A sink that fails as long as it is told to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.fails = False
        self.tries = 0
        self.taken: list[str] = []

    async def take(self, alert_id: str, body: bytes) -> None:
        self.tries += 1
        if self.fails:
            raise SinkFailed("as it was told")
        self.taken.append(alert_id)

    async def close(self) -> None:
        """Nothing is open."""


class Stage:
    """A sender on scripted sinks, with a clock that a test moves."""

    def __init__(self, tmp_path: Path) -> None:
        self.first, self.second, self.last = Scripted("webhook-1"), Scripted("webhook-2"), Scripted("file")
        self.clock = MovableClock()
        self.components = Components()
        settings = AlertSettings(file=tmp_path / "alerts", retry_ms=60_000, cooldown_ms=3_600_000)
        self.sender = AlertSender(settings, [self.first, self.second, self.last], self.clock, self.components, "instance")
        self.delivered: list[tuple[str, str]] = []
        self.sender.start(lambda alert, sink: self.delivered.append((alert.text, sink)))

    async def say(self, text: str) -> AlertRaised:
        """Send it and wait until it is delivered."""
        alert = raised("warning", text, Now(1, 1))
        self.sender.send(alert)
        await self.until(lambda: any(said == text for said, _ in self.delivered))
        return alert

    async def until(self, done: Any) -> None:
        async with asyncio.timeout(5):
            while not done():  # noqa: ASYNC110 - what it waits for is in many places
                await asyncio.sleep(0)


async def test_each_alert_goes_to_the_first_sink_that_takes_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    await stage.say("one")
    stage.first.fails = True
    await stage.say("two")
    stage.second.fails = True
    await stage.say("three")
    assert stage.delivered == [("one", "webhook-1"), ("two", "webhook-2"), ("three", "file")]
    await stage.sender.close()


async def test_a_sink_that_failed_is_left_alone_and_then_is_the_first_again(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.first.fails = True
    missed = await stage.say("one")
    await stage.say("two")
    assert stage.first.tries == 1
    assert stage.components.status()["alerts/webhook-1"]["health"] == "DEGRADED"
    stage.first.fails = False
    await stage.until(lambda: stage.sender._task is not None)
    await asyncio.sleep(0.01)  # it waits on the clock now
    stage.clock.advance(60_000)
    await stage.until(lambda: stage.first.taken == [missed.alert_id])
    assert stage.components.status()["alerts/webhook-1"]["health"] == "OK"
    await stage.say("three")
    assert stage.delivered[-1] == ("three", "webhook-1")
    await stage.sender.close()


async def test_an_alert_that_nobody_takes_waits(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for sink in (stage.first, stage.second, stage.last):
        sink.fails = True
    stage.sender.send(raised("critical", "one", Now(1, 1)))
    await stage.until(lambda: stage.last.tries == 1)
    assert stage.delivered == []
    stage.last.fails = False
    await asyncio.sleep(0.01)
    stage.clock.advance(60_000)
    await stage.until(lambda: bool(stage.delivered))
    await stage.sender.close()


async def test_the_sender_ends_although_no_sink_takes_anything(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for sink in (stage.first, stage.second, stage.last):
        sink.fails = True
    stage.sender.send(raised("critical", "one", Now(1, 1)))
    async with asyncio.timeout(3):
        await stage.sender.close()
    assert stage.delivered == []


async def test_the_file_is_its_owners_alone_and_a_torn_line_stays_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "alerts"
    path.write_bytes(b'{"torn":')
    path.chmod(0o666)
    sink = Lines(path, 5)
    await sink.take("1", b'{"alert_id":"1"}')
    await sink.take("2", b'{"alert_id":"2"}')
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_bytes() == b'{"torn":\n{"alert_id":"1"}\n{"alert_id":"2"}\n'


@pytest.mark.parametrize("place", ["a directory", "a link"])
async def test_a_file_that_cannot_be_written_fails_with_the_reason(tmp_path: Path, place: str) -> None:
    path = tmp_path / "alerts"
    if place == "a directory":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SinkFailed, match="alerts"):
        await Lines(path, 5).take("1", b"{}")


@pytest.mark.parametrize(("status", "taken"), [(200, True), (204, True), (302, False), (400, False), (500, False)])
async def test_a_webhook_has_an_alert_only_if_it_says_so(status: int, taken: bool) -> None:
    seen: list[tuple[str, bytes]] = []

    async def receive(request: web.Request) -> web.Response:
        seen.append((request.headers["X-Genesis-Signature"], await request.read()))
        return web.Response(status=status, headers={"Location": "/other"} if status == 302 else {})

    application = web.Application()
    application.router.add_post("/hook", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    post = Post("webhook-1", Webhook(url=url, secret=Secret("key")), 5)
    try:
        if taken:
            await post.take("1", b"body")
        else:
            with pytest.raises(SinkFailed, match=f"got {status}"):
                await post.take("1", b"body")
    finally:
        await post.close()
        await runner.cleanup()
    assert seen == [("sha256=515aae133b435d4000956731f68ae5cf5eb85d4f0dc6a546d2bfcd3595ec1ae1", b"body")]


async def test_a_webhook_must_be_who_it_says_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, known = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(known))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    seen: list[bytes] = []

    async def receive(request: web.Request) -> web.Response:
        seen.append(await request.read())
        return web.Response()

    application = web.Application()
    application.router.add_post("/hook", receive)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    hook = Webhook(url=f"https://127.0.0.1:{runner.addresses[0][1]}/hook")
    stranger, friend = Post("webhook-1", hook, 5), Post("webhook-2", hook, 5)
    try:
        with pytest.raises(SinkFailed, match="Certificate"):
            await stranger.take("1", b"told to a stranger")
        monkeypatch.setenv("SSL_CERT_FILE", str(known))  # where the system keeps its authorities
        await friend.take("2", b"told to a friend")
    finally:
        await stranger.close()
        await friend.close()
        await runner.cleanup()
    assert seen == [b"told to a friend"]


@pytest.mark.parametrize(
    ("failures", "health"),
    [(0, "OK"), (1, "DEGRADED"), (2, "DEGRADED"), (3, "CRITICAL"), (4, "CRITICAL"), (5, "FAILED"), (50, "FAILED")],
)
def test_one_three_and_five_failures_in_a_row(failures: int, health: str) -> None:
    assert rated(failures) == health


def test_one_good_look_makes_a_component_whole_and_touches_no_other() -> None:
    components, told = Components(), []
    components.changed = lambda name, before, after, _seen: told.append((name, before.value, after.value))
    components.good("cache")
    for _ in range(3):
        components.bad("database", "no answer")
    components.good("database")
    assert told == [("database", "OK", "DEGRADED"), ("database", "DEGRADED", "CRITICAL"), ("database", "CRITICAL", "OK")]
    assert {name: seen["health"] for name, seen in components.status().items()} == {"cache": Health.OK, "database": Health.OK}


def test_an_alert_bears_the_code_of_its_error_and_an_id_of_its_own() -> None:
    one, two = raised("critical", "GENESIS-2901: open", Now(7, 1)), raised("warning", "limits changed", Now(7, 1))
    assert (one.code, two.code, one.at_ms) == ("GENESIS-2901", "", 7)
    assert one.alert_id != two.alert_id


def read(said: dict[str, Any], directory: Path, environment: dict[str, str] | None = None) -> tuple[AlertSettings, list[str]]:
    errors: list[str] = []
    return alerts(Table(said, "alerts", errors), environment or {}, directory / "alerts"), errors


def test_nothing_said_is_the_file_alone(tmp_path: Path) -> None:
    assert read({}, tmp_path) == (AlertSettings(file=tmp_path / "alerts"), [])


def test_webhooks_and_heartbeat_with_their_secrets(tmp_path: Path) -> None:
    said = {
        "webhooks": [{"url": "https://one.example/hook", "secret_env": "ALERT_SECRET"}, {"url": "http://127.0.0.1:1/hook"}],
        "heartbeat": {"url": "https://monitor.example/beat"},
    }
    settings, errors = read(said, tmp_path, {"ALERT_SECRET": "quiet"})
    assert errors == []
    assert [webhook.url for webhook in settings.webhooks] == ["https://one.example/hook", "http://127.0.0.1:1/hook"]
    assert [secret.reveal() for secret in settings.secrets] == ["quiet"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"webhooks": [{"url": "http://one.example/hook"}]}, "webhooks[0].url: expected https:// for host one.example"),
        ({"webhooks": [{"url": "ftp://one.example"}]}, "webhooks[0].url"),
        ({"webhooks": [{}]}, "webhooks[0].url: expected an address"),
        ({"webhooks": "https://one.example"}, "webhooks: expected a list"),
        ({"webhooks": [{"url": "https://a.example"}, {"url": "https://a.example"}]}, "webhooks[1]: expected each address once"),
        ({"webhooks": [{"url": "https://a.example", "secret_env": "NOT_THERE"}]}, "webhooks[0].secret_env"),
        ({"heartbeat": {"url": "http://monitor.example"}}, "heartbeat.url"),
        ({"file": "relative"}, "file: expected an absolute path"),
        ({"file": "/does/not/exist/alerts"}, "file: expected a file in an existing directory"),
        ({"timeout_ms": 0}, "timeout_ms"),
        ({"retry_ms": 40_000}, "retry_ms: expected at most cooldown_ms"),
        ({"heartbeat_ms": 1}, "heartbeat_ms"),
        ({"webhook": []}, "webhook: expected a known key"),
    ],
)
def test_a_wrong_value_is_named_by_its_key(tmp_path: Path, said: dict[str, Any], message: str) -> None:
    _, errors = read(said, tmp_path)
    assert any(message in error for error in errors), json.dumps(errors)
