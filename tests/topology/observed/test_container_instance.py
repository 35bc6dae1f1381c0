from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Unknown
from scanner.topology.observed.cluster import Cluster
from scanner.topology.observed.container_instance import ContainerInstance
from tests.topology.observed.live import CLUSTER, HOME, at, denied

FIRST = "arn:aws:ecs:eu-west-1:111122223333:container-instance/shop/1a2b3c4d5e6f70819203a4b5c6d7e8f9"
STATUS = "observed.instance_status.0"


def first(change: dict[str, Any] | None = None) -> ContainerInstance:
    return at(ContainerInstance, f"{HOME}#Observed::ContainerInstance/{FIRST}", change)


def test_an_instance_with_its_checks() -> None:
    host = first()
    assert host.label == "i-0a1"
    assert [one.label for one in host.cluster()] == ["shop"]
    assert (host.status().value, host.agent_connected().value) == ("ACTIVE", True)
    assert (host.state().value, host.system_status().value, host.instance_status().value) == ("running", "ok", "ok")


def test_a_check_that_fails_is_read_where_it_stands() -> None:
    host = first({f"{STATUS}.SystemStatus.Status": "impaired"})
    found = host.system_status()
    assert found.value == "impaired"
    assert found.at != host.at
    assert host.instance_status().value == "ok"


@pytest.mark.parametrize("word", ["initializing", "insufficient-data"])
def test_a_check_that_is_not_over(word: str) -> None:
    found = first({f"{STATUS}.InstanceStatus.Status": word}).instance_status().value
    assert isinstance(found, Unknown)
    assert found.reason == f"the instance status check of i-0a1 was {word} when it was asked"


def test_an_external_instance_has_no_checks() -> None:
    host = first({"observed.container_instances.0.ec2InstanceId": None})
    assert host.label == "1a2b3c4d5e6f70819203a4b5c6d7e8f9"
    assert [found.value for found in (host.state(), host.system_status(), host.instance_status())] == [ABSENT] * 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({STATUS: None}, "instance_status has no i-0a1"),
        ({"observed.instance_status": None}, "the snapshot has no instance_status"),
        ({"observed.instance_status": [], **denied("ec2:DescribeInstanceStatus")}, "ec2:DescribeInstanceStatus failed"),
    ],
)
def test_checks_that_are_not_known(change: dict[str, Any], said: str) -> None:
    for found in (first(change).state(), first(change).system_status()):
        assert isinstance(found.value, Unknown)
        assert said in found.value.reason


def test_a_check_that_the_snapshot_leaves_out_is_absent() -> None:
    assert first({f"{STATUS}.SystemStatus": None}).system_status().value is ABSENT


@pytest.mark.parametrize("api", ["ecs:ListContainerInstances", "ecs:DescribeContainerInstances"])
def test_instances_that_may_not_have_been_seen(api: str) -> None:
    found = at(Cluster, CLUSTER, denied(api)).container_instances()
    assert len(found.items) == 2
    assert found.rest is not None
    assert api in found.rest.reason
