"""Answers of a simulated AWS, asked for once: an account is collected again from them, with one of its calls denied."""

from __future__ import annotations

import copy
import datetime
from typing import Any

from botocore.exceptions import ClientError

from scanner.sources.account import calls
from scanner.sources.account.clients import Clients, using
from scanner.sources.account.collect import Place, collect, collecting

NOW = datetime.datetime(2026, 1, 31, 3, 2, tzinfo=datetime.timezone.utc)
"""When each collection takes place: what is asked for must not change with the clock."""
PREFIXES = {client: prefix for prefix, client in calls.CLIENTS.items()}


class Recorded:
    """Clients that ask the simulated AWS what was not asked before. ``denied`` is an API whose calls all fail."""

    def __init__(self, clients: Clients) -> None:
        self.denied = ""
        self._clients = clients
        self._answers: dict[tuple[str, str, str, str], dict[str, Any] | ClientError] = {}

    def client(self, service: str, region: str) -> Any:
        return _Client(self, service, region)

    def collected(self, account: str, region: str, denied: str = "") -> dict[str, Any]:
        """The account, as a snapshot has it."""
        self.denied = denied
        with using(self._clients.base), collecting(self) as shared:
            shared.now = NOW
            return collect(shared, Place(account, region))

    def made(self, service: str, region: str) -> Any:
        return self._clients.client(service, region)

    def answer(self, service: str, region: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        client = self.made(service, region)
        action = client.meta.method_to_api_mapping[method]
        if f"{PREFIXES.get(service, service)}:{action}" == self.denied:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, action)
        key = service, region, method, repr(sorted(parameters.items()))
        if key not in self._answers:
            try:
                self._answers[key] = getattr(client, method)(**parameters)
            except ClientError as error:
                self._answers[key] = error
        known = self._answers[key]
        if isinstance(known, ClientError):
            raise known
        return copy.deepcopy(known)


class _Client:
    def __init__(self, recorded: Recorded, service: str, region: str) -> None:
        self._recorded = recorded
        self._service = service
        self._region = region

    @property
    def meta(self) -> Any:
        return self._recorded.made(self._service, self._region).meta

    def __getattr__(self, method: str) -> Any:
        return lambda **parameters: self._recorded.answer(self._service, self._region, method, parameters)
