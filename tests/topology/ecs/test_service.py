from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from tests.topology.graphs import BRIDGE, FARGATE, binding, graph, ids, service

PARAMETERS = {"Parameters.P": {"Type": "String"}}
P = {"Ref": "P"}
GREEN = {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"Name": "green", "Protocol": "HTTP"}}


def deployment(service_name: Any, *groups: Any) -> dict[str, Any]:
    pairs = [{"TargetGroups": [{"Name": group} for group in groups]}]
    return {
        "Type": "AWS::CodeDeploy::DeploymentGroup",
        "Properties": {
            "ECSServices": [{"ServiceName": service_name, "ClusterName": {"Ref": "Cluster"}}],
            "LoadBalancerInfo": {"TargetGroupPairInfoList": pairs},
        },
    }


def test_the_task_definition_it_runs() -> None:
    assert ids(service(graph(BRIDGE)).task_definition()) == ["TaskDefinition"]


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        (P, "parameter P has no value"),
        ("arn:aws:ecs:eu-west-1:123456789012:task-definition/web:3", "task definition arn:aws:ecs"),
        (None, "names no task definition"),
    ],
)
def test_a_task_definition_outside_of_the_scan(stated: Any, reason: str) -> None:
    found = service(graph(BRIDGE, {**PARAMETERS, "Service.Properties.TaskDefinition": stated})).task_definition()
    assert found.items == ()
    assert found.rest is not None
    assert reason in found.rest.reason


@pytest.mark.parametrize(
    ("change", "mode"),
    [
        ({}, "awsvpc"),
        ({"Service.Properties.TaskDefinition": P}, "awsvpc"),
        ({"Service.Properties.TaskDefinition": P, "Service.Properties.LaunchType": "EC2"}, "awsvpc"),
        ({"Service.Properties.TaskDefinition": P, "Service.Properties.NetworkConfiguration": None}, "awsvpc"),
        ({"TaskDefinition.Properties.NetworkMode": None}, "awsvpc"),
        ({"TaskDefinition.Properties.NetworkMode": None, "Service.Properties.LaunchType": "EC2"}, "bridge"),
        ({"TaskDefinition.Properties.NetworkMode": "host", "Service.Properties.LaunchType": "EC2"}, "host"),
    ],
)
def test_the_network_mode(change: dict[str, Any], mode: str) -> None:
    assert service(graph(FARGATE, {**PARAMETERS, **change})).network_mode().value == mode


@pytest.mark.parametrize(
    "change",
    [
        {"Service.Properties.NetworkConfiguration": None, "Service.Properties.LaunchType": "EC2"},
        {"Service.Properties.NetworkConfiguration": P, "Service.Properties.LaunchType": "EC2"},
    ],
)
def test_the_network_mode_of_tasks_that_are_defined_elsewhere(change: dict[str, Any]) -> None:
    of = graph(FARGATE, {**PARAMETERS, "Service.Properties.TaskDefinition": P, **change})
    assert isinstance(service(of).network_mode().value, Unknown)


@pytest.mark.parametrize(
    ("strategy", "kind"),
    [
        ([{"CapacityProvider": "FARGATE"}, {"CapacityProvider": "FARGATE_SPOT"}], "FARGATE"),
        ([{"CapacityProvider": "own"}], "EC2"),
        ([{"CapacityProvider": "FARGATE"}, {"CapacityProvider": "own"}], "EC2"),
        ([{"CapacityProvider": P}], None),
    ],
)
def test_the_launch_type_by_capacity_providers(strategy: Any, kind: str | None) -> None:
    change = {**PARAMETERS, "Service.Properties.CapacityProviderStrategy": strategy}
    found = service(graph(BRIDGE, change)).launch_type().value
    assert isinstance(found, Unknown) if kind is None else found == kind


def test_the_grace_period_is_0_by_default() -> None:
    found = service(graph(BRIDGE, {"Service.Properties.HealthCheckGracePeriodSeconds": None})).grace_period()
    assert (found.value, found.note) == (0, "default grace period of ECS")


def test_load_balancers_that_are_not_known_leave_the_bindings_open() -> None:
    found = service(graph(BRIDGE, {**PARAMETERS, "Service.Properties.LoadBalancers": P})).bindings()
    assert found.items == ()
    assert found.rest is not None
    none = service(graph(BRIDGE, {"Service.Properties.LoadBalancers": None})).bindings()
    assert (none.items, none.rest) == ((), None)


@pytest.mark.parametrize("green", [{"Fn::GetAtt": ["Green", "TargetGroupName"]}, "green"])
@pytest.mark.parametrize("name", [{"Fn::GetAtt": ["Service", "Name"]}, "web"])
def test_codedeploy_gives_the_other_target_group(name: Any, green: Any) -> None:
    blue = {"Fn::GetAtt": ["TargetGroup", "TargetGroupName"]}
    change = {"Green": GREEN, "Deploy": deployment(name, blue, green), "Service.Properties.ServiceName": "web"}
    first, second = service(graph(FARGATE, change)).bindings()
    assert [ids(one.group()) for one in (first, second)] == [["TargetGroup"], ["Green"]]


def test_codedeploy_of_another_service_does_not_count() -> None:
    of = graph(
        FARGATE, {"Green": GREEN, "Deploy": deployment("other", "green"), "Service.Properties.ServiceName": "web"}
    )
    assert ids(binding(of).group()) == ["TargetGroup"]


def test_what_it_is_created_after() -> None:
    after = {fact.value.address for fact in service(graph(BRIDGE)).deploys_after().value.items}
    assert {"t.yaml#Listener", "t.yaml#Balancer", "t.yaml#TaskDefinition", "t.yaml#Vpc"} <= after
    assert "t.yaml#Instances" not in after
    without = service(graph(BRIDGE, {"Service.DependsOn": None})).deploys_after().value.items
    assert "t.yaml#Listener" not in {fact.value.address for fact in without}
