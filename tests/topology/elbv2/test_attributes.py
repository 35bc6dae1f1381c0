from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Unknown
from scanner.topology.elbv2.attributes import attribute, cross_zone, target_zones
from scanner.topology.elbv2.target_group import TargetGroup
from tests.topology.graphs import FARGATE, find, graph

KEY = "load_balancing.cross_zone.enabled"
NETWORK = {"Balancer.Properties.Type": "network", "TargetGroup.Properties.Protocol": "TCP"}
UNKNOWN = {"Parameters.P": {"Type": "String"}}


def attributes(value: Any, key: Any = KEY) -> list[dict[str, Any]]:
    return [{"Key": "stickiness.enabled", "Value": "true"}, {"Key": key, "Value": value}]


def in_effect(of_group: Any, of_balancer: Any, change: dict[str, Any]) -> Any:
    stated = {
        "TargetGroup.Properties.TargetGroupAttributes": of_group,
        "Balancer.Properties.LoadBalancerAttributes": of_balancer,
    }
    given = {path: value for path, value in stated.items() if value is not None}
    return cross_zone(find(TargetGroup, graph(FARGATE, {**UNKNOWN, **change, **given}), "TargetGroup")).value


@pytest.mark.parametrize(
    ("of_group", "of_balancer", "network", "application"),
    [
        (None, None, False, True),
        (attributes("true"), None, True, True),
        (attributes("false"), None, False, False),
        (attributes("FALSE"), attributes("true"), False, False),
        (attributes(True), attributes("false"), True, True),
        (attributes("use_load_balancer_configuration"), None, False, True),
        (attributes("use_load_balancer_configuration"), attributes("true"), True, True),
        (None, attributes("true"), True, True),
        (attributes({"Ref": "P"}), None, None, None),
        (None, attributes({"Ref": "P"}), None, True),
        (attributes("maybe"), None, None, None),
        (attributes("true", {"Ref": "P"}), None, None, None),
    ],
)
def test_cross_zone_load_balancing(of_group: Any, of_balancer: Any, network: Any, application: Any) -> None:
    for change, expected in ((NETWORK, network), ({}, application)):
        found = in_effect(of_group, of_balancer, change)
        assert isinstance(found, Unknown) if expected is None else found is expected


def test_a_load_balancer_of_unknown_type() -> None:
    change = {"Balancer.Properties.Type": {"Ref": "P"}, "TargetGroup.Properties.Protocol": "TCP"}
    assert isinstance(in_effect(None, None, change), Unknown)


def test_a_target_group_whose_load_balancer_is_elsewhere() -> None:
    unattached = {**NETWORK, "ListenerRule": None, "Service.DependsOn": None}
    assert isinstance(in_effect(None, None, {**unattached, "Outputs.G": {"Value": {"Ref": "TargetGroup"}}}), Unknown)
    assert in_effect(None, None, unattached) is ABSENT


def test_an_attribute_of_a_list() -> None:
    group = find(
        TargetGroup, graph(FARGATE, {"TargetGroup.Properties.TargetGroupAttributes": attributes("x")}), "TargetGroup"
    )
    stated = group.property("TargetGroupAttributes")
    assert attribute(stated, KEY).value == "x"
    assert attribute(stated, "other").value is ABSENT


def test_the_zones_of_targets_are_those_of_the_tasks() -> None:
    found = target_zones(find(TargetGroup, graph(FARGATE), "TargetGroup")).value
    assert [zone.note for zone in found.items] == ["the zone of SubnetA", "the zone of SubnetB"]
    assert found.rest is None


@pytest.mark.parametrize(
    "change",
    [
        {"TargetGroup.Properties.Targets": [{"Id": "10.0.0.9"}]},
        {"Outputs.G": {"Value": {"Ref": "TargetGroup"}}},
        {"TaskDefinition.Properties.NetworkMode": "bridge", "Service.Properties.LaunchType": "EC2"},
        {"Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets": {"Ref": "P"}},
    ],
)
def test_targets_that_may_be_anywhere(change: dict[str, Any]) -> None:
    assert target_zones(find(TargetGroup, graph(FARGATE, {**UNKNOWN, **change}), "TargetGroup")).value.rest is not None
