"""A cache that others read (AC8.3): latest books, orders, positions, balances and a heartbeat in a Redis-protocol server, never the truth.

Nothing that the engine decides comes from here: with, without, with a dead, slow, full, emptied or lying cache its decisions are equal
(I26). Whatever is put is already durable. A thread of its own speaks to the server, so that the loop never waits for it; what cannot be
written is kept by key, the newest of each, and the oldest key is dropped when there are too many.

Every value carries a version and a checksum over key and content, so that a damaged, misplaced or older one is named, counted and ignored.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, Final

import msgspec
import redis
import structlog
from redis.backoff import NoBackoff
from redis.retry import Retry

from genesis.core.errors import INTERNAL
from genesis.core.models import CircuitState
from genesis.data.cache_settings import CacheSettings

PREFIX: Final = "genesis"
FORMAT: Final = b"1"
HEARTBEAT: Final = "heartbeat"
WAIT_S: Final = 0.25
"""How long the thread sleeps when there is nothing to write: it looks after breaker and heartbeat then."""
MOST_IN_ONE_GO: Final = 256
MOST_QUESTIONS: Final = 64
READ_BACK_S: Final = 1.0
"""How often what is in the server is compared with what was put there."""
CLOSE_S: Final = 1.0
MEMORY: Final = "memory"
CACHE: Final = "cache"


class Answer(msgspec.Struct, frozen=True):
    """A value and where it came from: `cache`, or `memory` where the cache has none that can be believed; `why` says why not."""

    source: str
    version: tuple[int, int]
    value: Any
    why: str = ""


class NotBelieved(ValueError):
    """A value that the engine did not write so: damaged, of another key, of another form."""


Version = tuple[int, int]
"""Epoch of the process that wrote it, and a number that grows in it."""


def packed(key: str, version: Version, document: bytes) -> bytes:
    """A value as it lies in the server: one line with format, version and checksum, then the JSON."""
    head = b"%s %d %d" % (FORMAT, *version)
    return b"%s %s\n%s" % (head, _checksum(key, head, document), document)


def unpacked(key: str, value: bytes) -> tuple[Version, bytes]:
    """The inverse.

    Raises:
        NotBelieved: says what is wrong with it.
    """
    line, newline, document = value.partition(b"\n")
    words = line.split(b" ")
    if not newline or len(words) != 4 or words[0] != FORMAT or not (words[1].isdigit() and words[2].isdigit()):
        raise NotBelieved("it is of another form")
    if _checksum(key, b" ".join(words[:3]), document) != words[3]:
        raise NotBelieved("its checksum is another")
    return (int(words[1]), int(words[2])), document


def _checksum(key: str, head: bytes, document: bytes) -> bytes:
    return hashlib.sha256(b"%s\n%s\n%s" % (key.encode(), head, document)).hexdigest().encode()


class Breaker:
    """Used in the cache's thread only. So many failures in a row open it; after the cooldown one call is let through."""

    def __init__(self, failures: int, cooldown_s: float) -> None:
        self.state = CircuitState.CLOSED
        self.opened = 0
        """How often it opened."""
        self._most = failures
        self._cooldown_s = cooldown_s
        self._failures = 0
        self._until = 0.0

    def allows(self, now: float) -> bool:
        if self.state is CircuitState.OPEN and now >= self._until:
            self.state = CircuitState.HALF_OPEN
        return self.state is not CircuitState.OPEN

    def failed(self, now: float) -> bool:
        """Whether this failure opened it."""
        self._failures += 1
        if self.state is CircuitState.CLOSED and self._failures < self._most:
            return False
        first = self.state is CircuitState.CLOSED
        self.opened += first
        self.state, self._until = CircuitState.OPEN, now + self._cooldown_s
        return first

    def answered(self) -> bool:
        """Whether this answer closed it."""
        closed = self.state is not CircuitState.CLOSED
        self.state, self._failures = CircuitState.CLOSED, 0
        return closed


class Counts(msgspec.Struct):
    """What the metrics show. Written in the cache's thread, but for `dropped`."""

    hits: int = 0
    misses: int = 0
    errors: int = 0
    corrupt: int = 0
    stale: int = 0
    written: int = 0
    dropped: int = 0
    rewritten: int = 0  # how often everything was written again
    lag_s: float = 0.0  # from `put` to the server's answer, of the last batch


class _Entry(msgspec.Struct, frozen=True):
    value: bytes
    version: Version
    put_s: float


class Cache:
    """`put` and `status` may be called in the loop: they never wait. Only this object's thread speaks to the server."""

    def __init__(self, settings: CacheSettings, instance: str, epoch: int, client: Callable[[], redis.Redis] | None = None) -> None:
        """`instance`: of the database, so that engines that share a server never read each other's values."""
        self.counts = Counts()
        self.breaker = Breaker(settings.failures, settings.cooldown_ms / 1_000)
        self.detail = ""
        """Why the server is of no use at present, "" = it is."""
        self._settings = settings
        self._prefix = f"{PREFIX}:{instance}:"
        self._epoch = epoch
        self._number = 0
        self._log = structlog.get_logger("cache")
        self._wake = threading.Condition()
        self._known: OrderedDict[str, _Entry] = OrderedDict()  # the newest value of each key that is kept
        self._due: OrderedDict[str, _Entry] = OrderedDict()  # not yet written, oldest first
        self._questions: list[tuple[str, Future[Answer | None]]] = []
        self._closing = False
        self._read_back_s = 0.0
        self._client = (client or self._connect)()
        self._thread = threading.Thread(target=self._run, name="cache", daemon=True)

    def _connect(self) -> redis.Redis:
        limit = self._settings.timeout_ms / 1_000
        password = self._settings.password
        return redis.Redis.from_url(
            self._settings.url,
            password=password.reveal() if password is not None else None,
            socket_timeout=limit,
            socket_connect_timeout=limit,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )

    def start(self) -> None:
        self._thread.start()

    # -- in the loop's thread ---------------------------------------------------------------------------------------

    def put(self, key: str, document: Any, *, keep: bool = True) -> None:
        """Write this as the newest value of `key`, soon. `keep` = write it again whenever the server has lost it."""
        self._number += 1
        version = (self._epoch, self._number)
        entry = _Entry(packed(self._prefix + key, version, msgspec.json.encode(document)), version, time.monotonic())
        with self._wake:
            self._due.pop(key, None)  # the newest goes last
            self._due[key] = entry
            self._known.pop(key, None)
            if keep:
                self._known[key] = entry
            for kept in (self._due, self._known):
                if len(kept) > self._settings.most_keys:
                    kept.popitem(last=False)
                    self.counts.dropped += 1
            self._wake.notify()

    def ask(self, key: str) -> Future[Answer | None]:
        """What `key` holds and where that came from; None = nothing is known of it. Answered within the time limit of one call."""
        answer: Future[Answer | None] = Future()
        with self._wake:
            if self._closing or len(self._questions) >= MOST_QUESTIONS:
                answer.set_result(self._from_memory(key, "too many questions at a time"))
            else:
                self._questions.append((key, answer))
                self._wake.notify()
        return answer

    def status(self) -> dict[str, Any]:
        """For health and metrics."""
        counts: dict[str, Any] = msgspec.to_builtins(self.counts)
        with self._wake:
            waiting = len(self._due)
        state = self.breaker.state
        shown = {"ok": state is CircuitState.CLOSED, "breaker": state.value, "opened": self.breaker.opened, "detail": self.detail}
        return shown | {"waiting": waiting} | counts

    def close(self) -> None:
        """End the thread; what was not written yet is not. Waits for one call at most."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        if self._thread.is_alive():
            self._thread.join(timeout=CLOSE_S)

    # -- in the cache's thread --------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._serve()
        except Exception as error:  # noqa: BLE001 - told below; a mistake here must cost the cache, never the engine
            self._log.critical("the cache's thread failed: trading goes on without a cache", code=INTERNAL, exc_info=error)
            self.detail, self.breaker.state = f"internal failure: {type(error).__name__}", CircuitState.OPEN
        with self._wake:
            self._closing = True
        self._end()

    def _serve(self) -> None:
        while True:
            with self._wake:
                if not self._due and not self._questions and not self._closing:
                    self._wake.wait(WAIT_S)
                if self._closing:
                    return
                questions, self._questions = self._questions, []
            self._step(questions)
            self._rest()

    def _rest(self) -> None:
        """While the breaker is open nothing but a question is worth a turn."""
        with self._wake:
            if self.breaker.state is CircuitState.OPEN and not self._questions and not self._closing:
                self._wake.wait(min(WAIT_S, self._settings.cooldown_ms / 1_000))

    def _step(self, questions: Sequence[tuple[str, Future[Answer | None]]]) -> None:
        for key, answer in questions:
            answer.set_result(self._answer(key))
        if not self.breaker.allows(time.monotonic()):
            return
        self._tried(self._write)
        if self.breaker.state is CircuitState.CLOSED and time.monotonic() >= self._read_back_s:
            self._read_back_s = time.monotonic() + READ_BACK_S
            self._tried(self._read_back)

    def _tried(self, step: Callable[[], None]) -> None:
        """Any failure of the server is counted and told once; it never leaves this thread."""
        try:
            step()
        except (redis.RedisError, OSError) as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.counts.errors += 1
        self.detail = f"{type(error).__name__}: {error}"[:200]
        if self.breaker.failed(time.monotonic()):
            self._log.warning("the cache is of no use: trading goes on without it", reason=self.detail)

    def _write(self) -> None:
        probing = self.breaker.state is CircuitState.HALF_OPEN
        if probing:
            self._probe()
        with self._wake:
            batch = [self._due.popitem(last=False) for _ in range(min(MOST_IN_ONE_GO, len(self._due)))]
        if not batch:
            return
        try:
            self._send(batch)
        except (redis.RedisError, OSError):
            self._put_back(batch)
            raise
        self.counts.written += len(batch)
        self.counts.lag_s = time.monotonic() - batch[0][1].put_s
        self._works()

    def _probe(self) -> None:
        """The server is asked for a write, which a full one refuses; then it gets everything, since nobody knows what it kept."""
        self._client.set(f"{self._prefix}probe", b"probe", px=self._settings.ttl_ms)
        self._works()

    def _works(self) -> None:
        self.detail = ""
        if self.breaker.answered():
            self._log.info("the cache is of use again: everything is written anew")
            self._write_all_again()

    def _write_all_again(self) -> None:
        self.counts.rewritten += 1
        with self._wake:
            self._due = OrderedDict([*self._known.items(), *((key, entry) for key, entry in self._due.items() if key not in self._known)])

    def _send(self, batch: Sequence[tuple[str, _Entry]]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for key, entry in batch:
            pipeline.set(self._prefix + key, entry.value, px=self._settings.ttl_ms)
        pipeline.execute()

    def _put_back(self, batch: Sequence[tuple[str, _Entry]]) -> None:
        """What has a newer value meanwhile is not worth it."""
        with self._wake:
            older = OrderedDict((key, entry) for key, entry in batch if key not in self._due)
            self._due = OrderedDict([*older.items(), *self._due.items()])

    def _read_back(self) -> None:
        """Look whether the server still holds what was put there: emptied, restarted or spoiled, it is written again."""
        with self._wake:
            known = [(key, entry) for key, entry in self._known.items() if key not in self._due]
        for start in range(0, len(known), MOST_IN_ONE_GO):
            part = known[start : start + MOST_IN_ONE_GO]
            pipeline = self._client.pipeline(transaction=False)
            for key, _ in part:
                pipeline.getex(self._prefix + key, px=self._settings.ttl_ms)  # what is still known lives on
            found = pipeline.execute(raise_on_error=False)
            self._again([key for (key, entry), value in zip(part, found, strict=True) if not self._holds(key, entry, value)])

    def _holds(self, key: str, entry: _Entry, value: bytes | Exception | None) -> bool:
        found, _ = self._believed(key, value)
        if found is not None and found[0] != entry.version:
            self.counts.stale += 1
        elif found is not None:
            self.counts.hits += 1
        return found is not None and found[0] == entry.version

    def _believed(self, key: str, value: bytes | Exception | None) -> tuple[tuple[Version, bytes] | None, str]:
        """What the server said, if the engine wrote it so; else why not, counted."""
        if value is None:
            self.counts.misses += 1
            return None, "the cache does not have it"
        if isinstance(value, Exception) and not str(value).startswith("WRONGTYPE"):
            raise value
        try:
            if isinstance(value, Exception):
                raise NotBelieved("it is of another type")
            return unpacked(self._prefix + key, value), ""
        except NotBelieved as error:
            self.counts.corrupt += 1
            self._log.warning("a value in the cache is not believed", key=key, reason=str(error))
            return None, str(error)

    def _again(self, keys: Sequence[str]) -> None:
        with self._wake:
            for key in keys:
                if key in self._known and key not in self._due:
                    self._due[key] = self._known[key]

    def _answer(self, key: str) -> Answer | None:
        if not self.breaker.allows(time.monotonic()):
            return self._from_memory(key, f"the cache is of no use: {self.detail}")
        try:
            pipeline = self._client.pipeline(transaction=False)
            pipeline.get(self._prefix + key)
            (value,) = pipeline.execute(raise_on_error=False)
            found, why = self._believed(key, value)
        except (redis.RedisError, OSError) as error:
            self._failed(error)
            return self._from_memory(key, self.detail)
        if found is None:
            return self._from_memory(key, why)
        version, document = found
        with self._wake:
            newest = self._known.get(key) or self._due.get(key)
        if newest is not None and version < newest.version:
            self.counts.stale += 1
            return self._from_memory(key, "the cache has an older one")
        self.counts.hits += 1
        return Answer(CACHE, version, msgspec.json.decode(document))

    def _from_memory(self, key: str, why: str) -> Answer | None:
        with self._wake:
            entry = self._known.get(key) or self._due.get(key)
        if entry is None:
            return None
        return Answer(MEMORY, entry.version, msgspec.json.decode(entry.value.partition(b"\n")[2]), why)

    def _end(self) -> None:
        with self._wake:
            questions, self._questions = self._questions, []
        for key, answer in questions:
            answer.set_result(self._from_memory(key, "the engine ends"))
        self._client.close()
