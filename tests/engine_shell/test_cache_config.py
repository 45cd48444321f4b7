"""`[cache]`: what is read, what is refused by its key, and that no password is in any message."""

from __future__ import annotations

import pathlib
from typing import Any

import msgspec
import pytest

from genesis.cache_config import cache
from genesis.core.secret import Secret
from genesis.core.strict import Table
from genesis.data.cache import CacheSettings

ENVIRONMENT = {"GENESIS_CACHE_PASSWORD": "canary-of-the-cache", "EMPTY": "", "BLANK": "two words"}
PROFILE = pathlib.Path(__file__).resolve().parents[2] / "profiles" / "default.toml"


def read(**values: Any) -> tuple[CacheSettings, str]:
    errors: list[str] = []
    return cache(Table(values, "cache", errors), ENVIRONMENT), "\n".join(errors)


def test_an_address_is_enough() -> None:
    assert read(url="redis://127.0.0.1:6379/0") == (CacheSettings(url="redis://127.0.0.1:6379/0"), "")


def test_the_password_is_in_the_environment() -> None:
    settings, errors = read(url="rediss://cache.example:6380", password_env="GENESIS_CACHE_PASSWORD")
    assert (settings.password, errors) == (Secret("canary-of-the-cache"), "")
    assert "canary" not in repr(settings)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "cache.url: expected an address such as rediss://host:6380/0 (redis:// for loopback), got nothing"),
        ({"url": "redis://cache.example:6379"}, "cache.url: expected rediss:// for host cache.example, got redis://"),
        ({"url": "redis://10.0.0.1"}, "cache.url: expected rediss:// for host 10.0.0.1"),
        ({"url": "http://127.0.0.1"}, "cache.url: expected an address such as rediss://"),
        ({"url": "unix:///tmp/cache.sock"}, "cache.url: expected an address such as rediss://"),
        ({"url": "redis://127.0.0.1:99999"}, "got one that is no address"),
        ({"url": "redis://user:canary@127.0.0.1"}, "cache.url: expected an address without user and password"),
        ({"url": "redis://127.0.0.1/0?ssl_cert_reqs=none"}, "cache.url: expected at most the number of a database"),
        ({"url": "redis://127.0.0.1/main"}, "cache.url: expected at most the number of a database"),
        ({"url": "redis://127.0.0.1", "password_env": "EMPTY"}, "cache.password_env: expected a secret in the environment variable EMPTY"),
        ({"url": "redis://127.0.0.1", "password_env": "BLANK"}, "one with blanks"),
        ({"url": "redis://127.0.0.1", "password_env": "canary"}, "cache.password_env: expected the name of an environment variable"),
        ({"url": "redis://127.0.0.1", "timeout_ms": 0}, "cache.timeout_ms: expected an integer from 1 to 5000"),
        ({"url": "redis://127.0.0.1", "ttl_ms": 1}, "cache.ttl_ms: expected an integer from 5000"),
        ({"url": "redis://127.0.0.1", "most_keys": "many"}, "cache.most_keys: expected an integer"),
        ({"url": "redis://127.0.0.1", "timeout": 5}, "timeout"),
    ],
)
def test_what_is_wrong_is_named_by_its_key(values: dict[str, Any], sentence: str) -> None:
    _, errors = read(**values)
    assert sentence in errors
    assert "canary@" not in errors


def test_the_default_profile_shows_every_key_with_its_default() -> None:
    shown = PROFILE.read_text(encoding="utf-8").partition("# [cache]")[2].partition("\n\n")[0]
    for name in CacheSettings.__struct_fields__:
        key = "password_env" if name == "password" else name
        assert f"\n# {key} = " in shown, key
    for name, value in msgspec.structs.asdict(CacheSettings(url="")).items():
        if isinstance(value, int):
            assert f"\n# {name} = {value:_} " in shown, name
