"""Twenty accounts of a simulated AWS, each with a workflow that runs a task and is not in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.live.conftest import KEYS, moto
from tests.live.fill import REGION, Filler
from tests.live.proxy import Proxy

__all__ = ["moto"]

ACCOUNTS = tuple(f"5000000000{number:02}" for number in range(20))
DEFINITION = {
    "StartAt": "Run",
    "States": {
        "Run": {
            "Type": "Task",
            "Resource": "arn:aws:states:::ecs:runTask.sync",
            "Parameters": {"Cluster": "jobs", "TaskDefinition": "job", "LaunchType": "FARGATE"},
            "End": True,
        }
    },
}


def role(account: str) -> str:
    return f"arn:aws:iam::{account}:role/Scan"


def fill(endpoint: str, account: str) -> None:
    sts = Filler(endpoint).client("sts")
    got = sts.assume_role(RoleArn=role(account), RoleSessionName="test")["Credentials"]
    made = Filler(endpoint, key=got["AccessKeyId"], token=got["SessionToken"])
    made.client("ecs").register_task_definition(
        family="job", networkMode="awsvpc", containerDefinitions=[{"name": "job", "image": "job", "memory": 512}]
    )
    made.client("stepfunctions").create_state_machine(
        name="nightly", definition=json.dumps(DEFINITION), roleArn=f"arn:aws:iam::{account}:role/Run"
    )


@pytest.fixture(scope="session")
def filled(moto: str) -> Iterator[Proxy]:
    """The accounts are there, behind a proxy."""
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda account: fill(moto, account), ACCOUNTS))
    made = Proxy(moto)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def accounts(filled: Proxy) -> Iterator[Proxy]:
    """The accounts, and an environment that names their proxy as AWS: also that of workers that are started."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_SHARED_CREDENTIALS_FILE"):
            patch.delenv(name, raising=False)
        told = {"AWS_ENDPOINT_URL": filled.url, "AWS_CONFIG_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true"}
        for name, value in {**KEYS, **told, "AWS_DEFAULT_REGION": REGION}.items():
            patch.setenv(name, value)
        yield filled


@pytest.fixture
def proxy(accounts: Proxy) -> Iterator[Proxy]:
    accounts.reset()
    yield accounts
    accounts.reset()
