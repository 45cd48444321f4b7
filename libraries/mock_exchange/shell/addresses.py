"""The admin API's view of the addresses: which there are, and one started again."""

from __future__ import annotations

from typing import Any

from ..endpoints.entrances import Entrances
from ..errors import PortError
from .admin import Answer, Query
from .admin_bodies import AdminError


def routes(entrances: Entrances, port: int) -> dict[tuple[str, str], Answer]:
    """`GET addresses`, `POST addresses/{name}/restart`; `port` is the direct one."""

    async def show(_names: list[str], _query: Query, _body: bytes) -> Any:
        return entrances.shown(port)

    async def restart(names: list[str], _query: Query, _body: bytes) -> Any:
        try:
            return await entrances.addresses.restart(names[0])
        except KeyError:
            known = ", ".join(entrances.addresses.names) or "none; start the venue with --addresses"
            raise AdminError(f"no address process {names[0]!r}; there are: {known}", 404) from None
        except (ValueError, PortError) as error:
            raise AdminError(str(error), 409) from None

    return {("GET", "addresses"): show, ("POST", "addresses/{}/restart"): restart}
