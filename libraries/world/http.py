"""A small JSON client for the control API of the engine, the admin API of the exchange and its public answers."""

from __future__ import annotations

import json as text_of_json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from libraries.world.errors import WorldError
from libraries.world.http_line import HttpLine

Json = dict[str, Any]
ANSWER_S = 5.0
_KEPT = "!#$%&'()*+,/:;=?@[]~"
"""Characters of a path that mean something, or are escapes already."""


@dataclass(frozen=True)
class Answer:
    """An HTTP answer as it came: nothing is raised for an error status."""

    method: str
    path: str
    status: int
    body: Any
    """Parsed JSON, or the text if it is not JSON. Amounts stay text."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def error(self) -> Json:
        """The `error` object of a control API answer; a plain text becomes {"message": text}; {} if there is none."""
        if not isinstance(self.body, dict) or "error" not in self.body:
            return {"message": str(self.body)} if not self.ok else {}
        error = self.body["error"]
        return error if isinstance(error, dict) else {"message": str(error)}


class JsonClient:
    """One kept-open connection to one server with one bearer token; for one thread.

    Raises (every request):
        WorldError: the server cannot be reached or does not answer in time.
    """

    def __init__(self, owner: str, base_url: str, token: str = "", ca_file: Path | None = None) -> None:
        self.owner = owner
        self.base_url = base_url
        self.token = token
        self._line = HttpLine(base_url, ca_file)

    def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        params: Json | None = None,
        token: str | None = None,
        timeout: float = ANSWER_S,
    ) -> Answer:
        """Any request. `token`: None = the right one, "" = none at all, else that one (to test refusals)."""
        used = self.token if token is None else token
        headers = {"Authorization": f"Bearer {used}"} if used else {}
        body = b""
        if json is not None:
            headers["Content-Type"] = "application/json"
            body = text_of_json.dumps(json, allow_nan=False).encode()
        target = quote(path, safe=_KEPT) + (f"?{urlencode(params)}" if params else "")
        try:
            status, data = self._line.ask(method, target, headers, body, timeout)
        except (OSError, ValueError) as error:
            raise WorldError(f"{self.owner} did not answer {method} {path} within {timeout:g} s: {type(error).__name__}: {error}") from None
        return Answer(method, path, status, _parsed(data))

    def expect(self, method: str, path: str, **options: Any) -> Any:
        """The body of a 2xx answer.

        Raises:
            WorldError: any other status; the server's own text is in the message.
        """
        answer = self.request(method, path, **options)
        if not answer.ok:
            raise WorldError(
                f"{self.owner} refused {method} {path} with status {answer.status}: {answer.error.get('message', answer.body)}"
            )
        return answer.body

    def close(self) -> None:
        self._line.close()


def _parsed(data: bytes) -> Any:
    """JSON, or else the text."""
    try:
        return text_of_json.loads(data)
    except ValueError:
        return data.decode("utf-8", "replace")
