from __future__ import annotations

from typing import Any

import pytest

from tests.topology.graphs import BRIDGE, binding, graph, ids

PROVIDER = {
    "Type": "AWS::ECS::CapacityProvider",
    "Properties": {"Name": "own", "AutoScalingGroupProvider": {"AutoScalingGroupArn": {"Ref": "Instances"}}},
}
SILENT = {"LaunchTemplate.Properties.LaunchTemplateData.UserData": None, "Provider": PROVIDER}
PARAMETERS = {"Parameters.P": {"Type": "String"}}


def association(*names: Any, default: Any = ()) -> dict[str, Any]:
    properties = {
        "Cluster": {"Ref": "Cluster"},
        "CapacityProviders": list(names),
        "DefaultCapacityProviderStrategy": default,
    }
    return {"Type": "AWS::ECS::ClusterCapacityProviderAssociations", "Properties": properties}


@pytest.mark.parametrize(
    "change",
    [
        {"Service.Properties.CapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Provider"}}]},
        {"Service.Properties.CapacityProviderStrategy": [{"CapacityProvider": "own"}]},
        {"Cluster.Properties": {"DefaultCapacityProviderStrategy": [{"CapacityProvider": {"Ref": "Provider"}}]}},
        {"Associated": association("own", default=[{"CapacityProvider": "own"}])},
        {"Associated": association({"Ref": "Provider"})},
        {"Cluster.Properties": {"CapacityProviders": [{"Ref": "Provider"}]}, "Service.Properties.LaunchType": "EC2"},
    ],
)
def test_instances_of_a_capacity_provider(change: dict[str, Any]) -> None:
    assert ids(binding(graph(BRIDGE, {**SILENT, **change})).hosts()) == ["Instances"]


def test_a_provider_that_nothing_names_does_not_count() -> None:
    found = binding(graph(BRIDGE, SILENT)).hosts()
    assert found.items == ()
    assert found.rest is not None


@pytest.mark.parametrize(
    ("provider", "reason"),
    [
        ({"Ref": "P"}, "parameter P"),
        ("elsewhere", "capacity provider elsewhere is not defined in the scan"),
        ({"Ref": "Managed"}, "managed instances"),
        ({"Ref": "Foreign"}, "Auto Scaling group arn:1 is not defined"),
    ],
)
def test_a_provider_that_leads_nowhere_says_why(provider: Any, reason: str) -> None:
    foreign = {"AutoScalingGroupProvider": {"AutoScalingGroupArn": "arn:1"}}
    change = {
        **PARAMETERS,
        "Managed": {"Type": "AWS::ECS::CapacityProvider", "Properties": {"ManagedInstancesProvider": {"A": 1}}},
        "Foreign": {"Type": "AWS::ECS::CapacityProvider", "Properties": foreign},
        "Service.Properties.CapacityProviderStrategy": [{"CapacityProvider": provider}],
    }
    found = binding(graph(BRIDGE, change)).hosts()
    assert found.items == ()
    assert found.rest is not None
    assert reason in found.rest.reason
