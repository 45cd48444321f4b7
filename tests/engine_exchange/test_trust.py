"""The engine's connections check certificates, always: a venue over TLS works, each wrong certificate has a name, nothing is plain."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from genesis.clock import SystemClock
from genesis.core.events import CertificateRefused, ConnectionChanged, Event
from genesis.core.secret import Secret
from genesis.core.settings import TimingSettings
from genesis.exchange.errors import VenueUnreachable
from genesis.exchange.gateway import BinanceGateway
from genesis.exchange.settings import VenueSettings
from genesis.exchange.trust import Trust
from libraries.mock_exchange.command_line import Certificate
from tests.mock_exchange.venue_client import Process

WITHIN_S = 30.0


class Told:
    """What the gateway told the engine."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._changed = asyncio.Condition()

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        asyncio.get_running_loop().create_task(self._tell())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def wait(self, kind: type[Event], count: int) -> list[Event]:
        async with asyncio.timeout(WITHIN_S), self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind)) >= count)
        return self.of(kind)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def gateway(venue: Process, told: Told, ca_file: Path | None) -> BinanceGateway:
    account = venue.account(USDT="1000")
    settings = VenueSettings(
        name="binance",
        rest_url=venue.ready["rest_url"],
        stream_url=venue.ready["stream_url"],
        ws_api_url=venue.ready["ws_api_url"],
        api_key=Secret(account.key),
        api_secret=Secret(account.secret),
        symbols=("BTCUSDT",),
        ca_file=ca_file,
    )
    return BinanceGateway(settings, TimingSettings(), told, SystemClock())


async def test_all_channels_and_questions_work_over_tls(tmp_path: Path) -> None:
    venue = Process("--tls", tmp_path)
    told = Told()
    used = gateway(venue, told, tmp_path / "ca.pem")
    await used.start()
    try:
        assert all(event.connected for event in await told.wait(ConnectionChanged, 2))  # type: ignore[attr-defined]
        assert (await used._rest.depth("BTCUSDT")).last_update_id >= 0
    finally:
        await used.close()
        venue.kill()
    assert told.of(CertificateRefused) == []


async def test_another_address_is_tried_with_the_same_trust(tmp_path: Path) -> None:
    """Else nobody would go back to an address over TLS, or everybody to a stranger's."""
    venue = Process("--tls", tmp_path)
    rest_url, ws_api_url = venue.ready["rest_url"], venue.ready["ws_api_url"]
    friend, stranger = gateway(venue, Told(), tmp_path / "ca.pem"), gateway(venue, Told(), None)
    try:
        assert (await friend._rest.answers(rest_url), await friend._rest.opens(ws_api_url)) == (True, True)
        assert (await stranger._rest.answers(rest_url), await stranger._rest.opens(ws_api_url)) == (False, False)
    finally:
        await friend.close()
        await stranger.close()
        venue.kill()


@pytest.mark.parametrize(
    ("kind", "code", "parts"),
    [
        ("wrong-host", "GENESIS-2902", ("expected a certificate for 127.0.0.1", "IP address mismatch", "correct the address")),
        ("expired", "GENESIS-2903", ("valid now", "certificate has expired", "have it renewed")),
        ("unknown-authority", "GENESIS-2904", ("that a known authority has signed", "unable to get local issuer certificate", "ca_file")),
    ],
)
async def test_each_wrong_certificate_has_a_name_on_every_channel(tmp_path: Path, kind: Certificate, code: str, parts: tuple[str]) -> None:
    venue = Process("--tls", tmp_path, "--certificate", kind)
    told = Told()
    used = gateway(venue, told, tmp_path / "ca.pem")
    await used.start()
    try:
        refused = await told.wait(CertificateRefused, 2)  # orders and market
        before = len(refused)
        with pytest.raises(VenueUnreachable, match="expected a certificate"):
            await used._rest.server_time_ms()
        refused = told.of(CertificateRefused)
        assert len(refused) > before  # the questions over REST as well
        assert {event.code for event in refused} == {code}  # type: ignore[attr-defined]
        for event in refused:
            assert all(part in event.reason for part in parts), event  # type: ignore[attr-defined]
        assert not any(event.connected for event in told.of(ConnectionChanged))  # type: ignore[attr-defined]
        assert venue.admin("GET", "requests?account=all").json() == []
    finally:
        await used.close()
        venue.kill()


async def test_without_ca_file_the_systems_authorities_count(tmp_path: Path) -> None:
    venue = Process("--tls", tmp_path)
    told = Told()
    used = gateway(venue, told, None)
    await used.start()
    try:
        (refused, *_) = await told.wait(CertificateRefused, 1)
    finally:
        await used.close()
        venue.kill()
    assert (refused.code, "name its authority with ca_file" in refused.reason) == ("GENESIS-2904", True)  # type: ignore[attr-defined]


async def test_a_plain_port_at_a_tls_address_is_no_venue(tmp_path: Path) -> None:
    """Never back to plain text: the port is there, the venue is not reached."""
    authority = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(authority))
    venue = Process()
    venue.ready |= {name: venue.ready[name].replace("://", "s://") for name in ("rest_url", "stream_url", "ws_api_url")}
    told = Told()
    used = gateway(venue, told, authority)
    await used.start()
    try:
        assert not any(event.connected for event in await told.wait(ConnectionChanged, 2))  # type: ignore[attr-defined]
        assert told.of(CertificateRefused) == []
    finally:
        await used.close()
        venue.kill()


def test_checks_are_on_in_every_context(tmp_path: Path) -> None:
    context = Trust("binance", None, lambda _event: None).context
    assert (context.check_hostname, context.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
