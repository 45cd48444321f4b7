"""A small JSON client over `requests` for the control API of the engine and the admin API of the exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import requests

from libraries.world.errors import WorldError

Json = dict[str, Any]
ANSWER_S = 5.0


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
    """One keep-alive session to one server with one bearer token.

    Raises (every request):
        WorldError: the server cannot be reached or does not answer in time.
    """

    def __init__(self, owner: str, base_url: str, token: str) -> None:
        self.owner = owner
        self.base_url = base_url
        self.token = token
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no netrc: loopback only

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
        try:
            response = self._session.request(method, self.base_url + path, json=json, params=params, headers=headers, timeout=timeout)
        except requests.RequestException as error:
            raise WorldError(f"{self.owner} did not answer {method} {path} within {timeout:g} s: {_reason(error)}") from None
        try:
            body = response.json()
        except ValueError:
            body = response.text
        return Answer(method, path, response.status_code, body)

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
        self._session.close()


def _reason(error: requests.RequestException) -> str:
    """The innermost cause, without urllib3's nesting."""
    cause: BaseException = error
    while cause.__cause__ is not None or cause.__context__ is not None:
        inner = cause.__cause__ or cause.__context__
        assert inner is not None
        cause = inner
    return f"{type(cause).__name__}: {cause}"
