"""A simulated AWS on this machine, with an account in it, behind a proxy."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from scanner.live import scan_accounts
from scanner.policy.load import load_rules
from scanner.sources.account.accounts import Told, read_accounts
from scanner.sources.account.clients import Clients
from scanner.sources.account.login import Refused, Whose
from scanner.sources.account.found import time_text
from tests.live.deployer import Made
from tests.live.fill import REGION, Filled, Filler
from tests.live.proxy import Proxy
from tests.live.simulated import simulated_aws
from tests.live.stacks import ILL, WELL, deploy_all

KEYS = {"AWS_ACCESS_KEY_ID": "own", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": REGION}


@pytest.fixture(scope="session")
def moto() -> Iterator[str]:
    """The endpoint of a simulated AWS."""
    with simulated_aws() as endpoint:
        yield endpoint


@pytest.fixture(scope="session")
def filled(moto: str) -> Filled:
    """The account 123456789012 in eu-west-1, with one of everything."""
    return Filler(moto).everything()


@pytest.fixture(scope="session")
def gateway(moto: str, filled: Filled) -> Iterator[Proxy]:
    made = Proxy(moto)
    yield made
    made.stop()


@pytest.fixture
def proxy(gateway: Proxy, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """The proxy, as the endpoint of all clients, with credentials that are taken."""
    for name, value in {**KEYS, "AWS_ENDPOINT_URL": gateway.url, "AWS_CONFIG_FILE": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("CLEARWAY_DEBUG", "1")
    gateway.reset()
    yield gateway
    gateway.reset()


def read(
    whose: Whose = Whose(),  # noqa: B008
    regions: tuple[str, ...] = (REGION,),
    *,
    clients: Clients | None = None,
    attempts: int = 1,
) -> tuple[list[dict[str, Any]], list[Refused]]:
    """What is read of accounts, and what is refused."""
    refused: list[Refused] = []
    found = read_accounts(clients or Clients(attempts=attempts), whose, regions, Told(refused.append))
    return list(found), refused


@pytest.fixture(scope="session")
def full(gateway: Proxy) -> dict[str, Any]:
    """The account, when nothing fails."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": gateway.url}.items():
            patch.setenv(name, value)
        (entry,), refused = read()
    assert refused == []
    return entry


# --- what templates were deployed to

Verdicts = dict[tuple[str, str], str]
"""By rule, and address of the subject."""


def role(account: str) -> str:
    """A role that another account is read by."""
    return f"arn:aws:iam::{account}:role/Scan"


def judged(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The result document of an account that was read just now."""
    now = time_text(datetime.datetime.now(datetime.timezone.utc))
    document = scan_accounts([entry], _rules(), taken_at=now, all_verdicts=True)
    assert [one["message"] for one in document["errors"] if "fault of this program" in one["message"]] == []
    return document


@cache
def _rules() -> Any:
    return load_rules(()).rules


def verdicts(document: Mapping[str, Any]) -> Verdicts:
    """The worst verdict on each subject by a rule."""
    found: Verdicts = {}
    for one in document["results"]:
        key = one["rule"], one["subject"]["address"]
        found[key] = min(one["verdict"], found.get(key, "pass"), key=("fail", "undecided", "pass").index)
    return found


@dataclass(frozen=True, slots=True)
class Deployed:
    """The accounts that templates were deployed to."""

    made: Mapping[str, Mapping[str, Mapping[str, Made]]]
    """By account, stack and logical id."""
    entries: Mapping[str, dict[str, Any]]
    """What is read of each account, when nothing fails."""
    documents: Mapping[str, dict[str, Any]]
    """What each comes to."""


@pytest.fixture(scope="session")
def deployed(moto: str, gateway: Proxy) -> Deployed:
    made = {account: deploy_all(moto, account) for account in (WELL, ILL)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": gateway.url}.items():
            patch.setenv(name, value)
        found, refused = read(Whose(roles=tuple(role(account) for account in made)))
    assert refused == []
    entries = {one["account"]: one for one in found}
    assert [one["unreadable"] for one in entries.values()] == [[], []]
    return Deployed(made, entries, {account: judged(entry) for account, entry in entries.items()})
