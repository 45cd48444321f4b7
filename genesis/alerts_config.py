"""The `[alerts]` table of the configuration file. Whatever is wrong is named by its key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from genesis.core.strict import Table, shown
from genesis.exchange.addresses import checked
from genesis.exchange.errors import AddressError
from genesis.monitoring.settings import AlertSettings, Webhook

_DAY_MS: Final = 86_400_000
_MOST_WEBHOOKS: Final = 8
_URL: Final = re.compile(r"[^\x00-\x20]{1,2048}")
_PATH: Final = re.compile(r"/[^\x00]+")


def alerts(table: Table, environment: Mapping[str, str], default_file: Path) -> AlertSettings:
    """Sinks and heartbeat. Plain http is for loopback only; secrets come by environment variable."""
    base = AlertSettings(file=default_file)
    file = Path(table.text("file", _PATH, "an absolute path", str(default_file)))
    if file.is_dir() or not file.parent.is_dir():
        table.wrong("file", "a file in an existing directory", f"{file}; create {file.parent}, or name a file in it")
    settings = AlertSettings(
        file=file,
        webhooks=_webhooks(table, environment),
        timeout_ms=table.integer("timeout_ms", base.timeout_ms, low=1, high=60_000),
        retry_ms=table.integer("retry_ms", base.retry_ms, low=1, high=_DAY_MS),
        cooldown_ms=table.integer("cooldown_ms", base.cooldown_ms, low=1, high=_DAY_MS),
        heartbeat=_heartbeat(table, environment),
        heartbeat_ms=table.integer("heartbeat_ms", base.heartbeat_ms, low=10, high=_DAY_MS),
        check_ms=table.integer("check_ms", base.check_ms, low=10, high=60_000),
    )
    if settings.retry_ms > settings.cooldown_ms:
        table.wrong("retry_ms", f"at most cooldown_ms ({settings.cooldown_ms})", str(settings.retry_ms))
    table.close()
    return settings


def _webhooks(table: Table, environment: Mapping[str, str]) -> tuple[Webhook, ...]:
    entries = table.raw("webhooks")
    if entries is None:
        return ()
    if not isinstance(entries, list) or len(entries) > _MOST_WEBHOOKS:
        table.wrong("webhooks", f"a list of at most {_MOST_WEBHOOKS} tables with url and secret_env", shown(entries))
        return ()
    found = [_webhook(Table(entry, table.name(f"webhooks[{index}]"), table.errors), environment) for index, entry in enumerate(entries)]
    urls = [webhook.url for webhook in found]
    for index, url in enumerate(urls):
        if url and url in urls[:index]:
            table.wrong(f"webhooks[{index}]", "each address once", "one of those before it again; remove it")
    return tuple(found)


def _heartbeat(table: Table, environment: Mapping[str, str]) -> Webhook | None:
    entry = table.raw("heartbeat")
    return None if entry is None else _webhook(Table(entry, table.name("heartbeat"), table.errors), environment)


def _webhook(table: Table, environment: Mapping[str, str]) -> Webhook:
    url = table.text("url", _URL, "an address such as https://host/... (http:// for loopback)")
    if url:
        try:
            checked(url, "http")
        except (AddressError, ValueError) as error:
            table.errors.append(f"{table.name('url')}: {error}")
    secret = table.secret("secret_env", environment, "GENESIS_ALERT_SECRET") if "secret_env" in table else None
    table.close()
    return Webhook(url=url, secret=secret)
