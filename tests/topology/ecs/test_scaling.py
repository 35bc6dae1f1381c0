from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.ecs.scaling import desired_count, policies, scaled_count, targets
from tests.topology.graphs import FARGATE, graph, service

DESIRED = "Service.Properties.DesiredCount"
UNKNOWN = {"Parameters.P": {"Type": "String"}}


def target(**properties: Any) -> dict[str, Any]:
    stated = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": "ecs:service:DesiredCount",
        "ResourceId": {"Fn::Sub": "service/${Cluster}/${Service.Name}"},
        "MinCapacity": 2,
        "MaxCapacity": 8,
        **properties,
    }
    return {"Scaling": {"Type": "AWS::ApplicationAutoScaling::ScalableTarget", "Properties": stated}}


@pytest.mark.parametrize(
    ("change", "least", "most"),
    [
        ({}, 1, 1),
        ({DESIRED: "3"}, "3", "3"),
        (target(), 2, 8),
        ({DESIRED: 4, **target()}, 4, 8),
        ({DESIRED: 9, **target()}, 9, 9),
        (target(ResourceId="service/other/web"), 1, 1),
        (target(ScalableDimension="dynamodb:table:ReadCapacityUnits"), 1, 1),
        (target(MaxCapacity={"Ref": "P"}), 2, None),
        (target(ResourceId={"Ref": "P"}), None, None),
        (target(ResourceId={"Ref": "P"}, MinCapacity=1, MaxCapacity=1), 1, 1),
        ({DESIRED: {"Ref": "P"}}, None, None),
        ({DESIRED: {"Ref": "P"}, **target()}, None, None),
        ({"Service.Properties.SchedulingStrategy": "DAEMON"}, None, None),
    ],
)
def test_how_many_tasks_there_are(change: dict[str, Any], least: Any, most: Any) -> None:
    of = service(graph(FARGATE, {**UNKNOWN, **change}))
    for bound, expected in (("MinCapacity", least), ("MaxCapacity", most)):
        found = scaled_count(of, bound).value
        assert isinstance(found, Unknown) if expected is None else found == expected


def test_the_default_says_that_it_is_one() -> None:
    assert desired_count(service(graph(FARGATE))).note == "default desired count of ECS"


def test_a_target_that_is_not_created_scales_nothing() -> None:
    change = {**target(), "Conditions.Never": {"Fn::Equals": ["a", "b"]}, "Scaling.Condition": "Never"}
    assert list(targets(service(graph(FARGATE, change)))) == []


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"ScalingTargetId": {"Ref": "Scaling"}}, [True]),
        ({"ResourceId": {"Fn::Sub": "service/${Cluster}/${Service.Name}"}}, [True]),
        ({"ResourceId": {"Fn::Sub": "service/${Cluster}/other"}}, []),
        ({"ScalingTargetId": {"Ref": "P"}}, [False]),
        ({}, [False]),
    ],
)
def test_policies(properties: dict[str, Any], expected: list[bool]) -> None:
    policy = {"Policy": {"Type": "AWS::ApplicationAutoScaling::ScalingPolicy", "Properties": properties}}
    found = policies(service(graph(FARGATE, {**UNKNOWN, **target(), **policy})))
    assert [certain for _, certain in found] == expected


def test_a_policy_of_a_target_of_another_service() -> None:
    policy = {
        "Type": "AWS::ApplicationAutoScaling::ScalingPolicy",
        "Properties": {"ScalingTargetId": {"Ref": "Scaling"}},
    }
    for resource_id, expected in (("service/other/web", []), ({"Ref": "P"}, [False])):
        found = policies(service(graph(FARGATE, {**UNKNOWN, **target(ResourceId=resource_id), "Policy": policy})))
        assert [certain for _, certain in found] == expected
