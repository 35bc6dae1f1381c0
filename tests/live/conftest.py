"""A simulated AWS on this machine, with an account in it, behind a proxy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from scanner.live import scan_accounts
from scanner.policy.load import load_rules
from scanner.sources.account.accounts import Told, read_accounts
from scanner.sources.account.calls import CLIENTS
from scanner.sources.account.clients import Clients
from scanner.sources.account.collect import APIS
from scanner.sources.account.found import time_text
from scanner.sources.account.login import Login, Refused, Target, Whose, log_in
from tests.live.fill import REGION, Filled, Filler
from tests.live.makers import Made
from tests.live.proxy import Proxy
from tests.live.replay import NOW, Recorded
from tests.live.simulated import simulated_aws
from tests.live.stacks import ILL, WELL, deploy_all

OWN = "123456789012"
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


def recorder(gateway: Proxy, account: str) -> Recorded:
    """An account whose answers are asked for once in a session."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**KEYS, "AWS_ENDPOINT_URL": gateway.url, "AWS_CONFIG_FILE": "/nowhere"}.items():
            patch.setenv(name, value)
        clients = Clients(attempts=1)
        for api in {*APIS}:  # a client takes its endpoint from the environment when it is made
            service = api.partition(":")[0]
            clients.client(CLIENTS.get(service, service), REGION)
        if account != OWN:
            found = log_in(clients, Target(account, role(account)))
            assert isinstance(found, Login)
            clients.base = found.credentials
    return Recorded(clients)


@pytest.fixture(scope="session")
def recorded(gateway: Proxy) -> Recorded:
    """The account that has one of everything."""
    return recorder(gateway, OWN)


@pytest.fixture(scope="session")
def full(recorded: Recorded) -> dict[str, Any]:
    """The account, when nothing fails."""
    return recorded.collected(OWN, REGION)


# --- what templates were deployed to

Verdicts = dict[tuple[str, str], str]
"""By rule, and address of the subject."""


def role(account: str) -> str:
    """A role that another account is read by."""
    return f"arn:aws:iam::{account}:role/Scan"


def judged(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The result document of an account that was recorded."""
    document = scan_accounts([entry], _rules(), taken_at=time_text(NOW), all_verdicts=True)
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
    """An account that templates were deployed to."""

    made: Mapping[str, Mapping[str, Made]]
    """By stack and logical id."""
    recorded: Recorded
    entry: dict[str, Any]
    """What is read of the account, when nothing fails."""
    document: dict[str, Any]
    """What it comes to."""


@pytest.fixture(scope="session")
def deployed(moto: str, gateway: Proxy) -> dict[str, Deployed]:
    """The accounts of the stacks: of those that are as they should be, and of those with faults."""
    found = {}
    for account in (WELL, ILL):
        made, recorded = deploy_all(moto, account), recorder(gateway, account)
        entry = recorded.collected(account, REGION)
        assert entry["unreadable"] == []
        found[account] = Deployed(made, recorded, entry, judged(entry))
    return found
