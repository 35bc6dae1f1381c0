"""What runs, what has stopped, and which targets nobody runs."""

from __future__ import annotations

from typing import Any

import pytest

from scanner.sources.account.found import Found
from scanner.sources.account.tasks import observed
from tests.sources.account.answers import Answers

CLUSTER = "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/web/1"
OTHER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/old/2"
TARGETS = (("10.0.0.1", 80), ("10.0.0.2", 80), ("i-1", 32768), ("i-1", 40000), ("i-2", 80))
RUNNING = {
    "taskArn": "t1",
    "clusterArn": CLUSTER,
    "lastStatus": "RUNNING",
    "attachments": [{"details": [{"name": "privateIPv4Address", "value": "10.0.0.1"}]}],
    "containers": [],
}
BRIDGED = {
    "taskArn": "t2",
    "clusterArn": CLUSTER,
    "lastStatus": "RUNNING",
    "containerInstanceArn": "ci1",
    "containers": [{"networkBindings": [{"hostPort": 32768, "containerPort": 80}]}],
}
STOPPED = {
    "taskArn": "t3",
    "clusterArn": CLUSTER,
    "lastStatus": "STOPPED",
    "stopCode": "EssentialContainerExited",
    "stoppedReason": "",
    "overrides": {"containerOverrides": [{"environment": [{"name": "A", "value": "secret"}]}]},
    "containers": [{"name": "web", "exitCode": 0, "networkInterfaces": [{"privateIpv4Address": "10.0.0.2"}]}],
    "attachments": [{"type": "eni", "id": "x", "status": "DELETED", "details": [{"name": "n", "value": "v"}]}],
}


def found() -> Found:
    made = Found()
    for arn in (GROUP, OTHER):
        made.make("AWS::ElasticLoadBalancingV2::TargetGroup", arn, {})
    made.make("AWS::ECS::Cluster", "shop", {}, arn=CLUSTER)
    made.make("AWS::ECS::Service", "web", {"LoadBalancers": [{"TargetGroupArn": GROUP}]})
    return made


def target(id: str, port: int, state: str = "healthy") -> dict[str, Any]:
    return {"Target": {"Id": id, "Port": port}, "HealthCheckPort": "80", "TargetHealth": {"State": state}}


def answers(*targets: dict[str, Any]) -> Answers:
    health = {"TargetHealthDescriptions": list(targets or (target(*one) for one in TARGETS))}
    instance = {"containerInstanceArn": "ci1", "ec2InstanceId": "i-1", "status": "ACTIVE", "agentConnected": False}
    made = Answers().of("elasticloadbalancing:DescribeTargetHealth", health)
    made.of("ecs:ListContainerInstances", ["ci1"])
    made.of("ecs:DescribeContainerInstances", {"containerInstances": [instance], "failures": []})
    made.of("ecs:ListTasks", ["t1"]).of("ecs:ListTasks STOPPED", ["t3"])
    return made.of("ecs:DescribeTasks", {"tasks": [RUNNING, BRIDGED, STOPPED], "failures": []})


def listed(made: Found, arn: str) -> Any:
    (group,) = [one for one in made.resources() if one["id"] == arn]
    return group["properties"].get("Targets")


def test_targets_that_no_task_accounts_for() -> None:
    made = found()
    observed(answers(), made)
    assert listed(made, GROUP) == [{"Id": "i-1", "Port": 40000}, {"Id": "i-2", "Port": 80}]


def test_target_that_is_leaving_is_nobodys_fault() -> None:
    made = found()
    observed(answers(target("10.0.0.9", 80, "draining"), target("10.0.0.8", 80, "unhealthy")), made)
    assert listed(made, GROUP) == [{"Id": "10.0.0.8", "Port": 80}]


@pytest.mark.parametrize("api", ["ecs:ListTasks", "ecs:DescribeTasks", "ecs:DescribeContainerInstances"])
def test_without_the_tasks_it_is_not_known_which_targets_are_by_hand(api: str) -> None:
    made, told = found(), answers().of(api, Exception("AccessDenied"))
    observed(told, made)
    assert listed(made, GROUP) is None
    assert listed(made, OTHER) is not None  # no service registers anything there
    assert told.failures() == [{"api": api, "error": "AccessDenied"}]


def test_targets_are_not_known_without_their_health() -> None:
    made = found()
    observed(answers().of("elasticloadbalancing:DescribeTargetHealth", Exception("Throttling")), made)
    assert (listed(made, GROUP), made.observed()["target_health"]) == (None, [])


def test_targets_are_asked_for_before_tasks() -> None:
    told = answers()
    observed(told, found())
    asked = [api for api, _ in told.asked]
    last = max(index for index, api in enumerate(asked) if api.endswith("TargetHealth"))
    assert last < asked.index("ecs:ListTasks")


def test_stopped_task_without_its_overrides() -> None:
    made = found()
    observed(answers(), made)
    assert made.observed()["stopped_tasks"] == [
        {
            "taskArn": "t3",
            "clusterArn": CLUSTER,
            "stopCode": "EssentialContainerExited",
            "containers": [{"name": "web", "exitCode": 0}],
            "attachments": [{"type": "eni", "status": "DELETED", "details": [{"name": "n", "value": "v"}]}],
        }
    ]


def test_container_instance() -> None:
    made = found()
    observed(answers(), made)
    (instance,) = made.observed()["container_instances"]
    assert (instance["clusterArn"], instance["ec2InstanceId"], instance["agentConnected"]) == (CLUSTER, "i-1", False)


def test_what_could_not_be_described_is_noted_unless_it_is_gone() -> None:
    told = answers().of("ecs:DescribeTasks", {"tasks": [], "failures": [{"arn": "t1", "reason": "MISSING"}]})
    observed(told, found())
    assert told.failures() == []
    told.of("ecs:DescribeTasks", {"tasks": [], "failures": [{"arn": "t1", "reason": "UNKNOWN"}]})
    observed(told, found())
    assert told.failures() == [{"api": "ecs:DescribeTasks", "error": "UNKNOWN"}]
