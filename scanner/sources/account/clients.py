"""boto3's clients, made once for each service and region and used for all accounts.

To make a client costs a tenth of a second, to call it a hundredth of that; so the credentials are what changes from
account to account: those of the context (``using``) sign each request.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialResolver, Credentials
from botocore.exceptions import IncompleteReadError

ATTEMPTS = 8
"""How often a call is tried: adaptive retries wait longer each time, and slow down all calls of a throttled client."""
CONNECTIONS = 64
"""Kept for each client: the requests of several accounts at a time share them."""
CONNECT_SECONDS, READ_SECONDS = 10, 60
HOME = "us-east-1"
"""Where AWS is asked that has no region, if nothing says otherwise."""
GLOBAL_REGIONS = {"health": "us-east-1"}
"""Services that answer in one region only ("Endpoints and quotas", AWS Health User Guide)."""

_current: ContextVar[Any] = ContextVar("credentials")


class Clients:
    """Clients by service and region. Safe to use from several threads."""

    def __init__(self, profile: str = "", *, threads: int = CONNECTIONS, attempts: int = ATTEMPTS) -> None:
        """Raises botocore's ProfileNotFound if there is no such profile."""
        own = botocore.session.Session(profile=profile or None)
        self.base = own.get_credentials()
        """The credentials of the environment or the profile; None if there are none."""
        # What ECS and Lambda set is AWS_REGION, which botocore does not read.
        self.home = str(own.get_config_variable("region") or os.environ.get("AWS_REGION") or HOME)
        self._session = botocore.session.Session(profile=profile or None)
        self._session.register_component("credential_provider", CredentialResolver([_Current()]))
        self._session.register("response-received", _check_length)
        self._config = Config(
            retries={"mode": "adaptive", "total_max_attempts": attempts},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            max_pool_connections=threads,
            user_agent_extra="clearway",
        )
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = Lock()

    def client(self, service: str, region: str) -> Any:
        """The client of a service in a region."""
        key = service, GLOBAL_REGIONS.get(service, region)
        with self._lock:
            found = self._clients.get(key)
            if found is None:
                found = self._session.create_client(service, region_name=key[1], config=self._config)
                self._clients[key] = found
            return found

    def regions(self, partition: str) -> list[str]:
        """The regions of a partition that this version of botocore knows, be they enabled or not."""
        found: list[str] = self._session.get_available_regions("ec2", partition)
        return found


@contextmanager
def using(credentials: Any) -> Iterator[None]:
    """Signs the requests of this context, and of threads that run in copies of it, with some credentials."""
    token = _current.set(credentials)
    try:
        yield
    finally:
        _current.reset(token)


def _check_length(response_dict: dict[str, Any] | None = None, **_: Any) -> None:
    """Raises IncompleteReadError for an answer that was cut off: botocore does not look at its length, and takes one in
    JSON for an answer that holds nothing."""
    if response_dict is None or not isinstance(response_dict.get("body"), bytes):
        return
    stated, held = str(response_dict["headers"].get("Content-Length", "")), len(response_dict["body"])
    if stated.isdigit() and held < int(stated):
        raise IncompleteReadError(actual_bytes=held, expected_bytes=int(stated))


class _Borrowed(Credentials):  # type: ignore[misc]
    """The credentials of the context that a request is made in."""

    def __init__(self) -> None:
        super().__init__("", "", method="clearway")

    def get_frozen_credentials(self) -> Any:
        return _current.get().get_frozen_credentials()


class _Current:
    METHOD = "clearway"
    CANONICAL_NAME = None

    def load(self) -> _Borrowed:
        return _Borrowed()
