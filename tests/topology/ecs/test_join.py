from __future__ import annotations

from typing import Any

import pytest

from scanner.topology.ecs.join import joins
from tests.topology.graphs import BRIDGE, graph

DATA = "LaunchTemplate.Properties.LaunchTemplateData.UserData"
PARAMETERS = {"Parameters.P": {"Type": "String"}, "Parameters.Q": {"Type": "String"}}
P, CLUSTER = {"Ref": "P"}, {"Ref": "Cluster"}


def joined(data: Any, cluster: Any = CLUSTER, **more: Any) -> bool:
    change = {**PARAMETERS, DATA: data, "Service.Properties.Cluster": cluster, **more}
    of = graph(BRIDGE, change)
    return joins(of, of.resource("t.yaml#LaunchTemplate"), of.resource("t.yaml#Service").get("Cluster"))


@pytest.mark.parametrize(
    "data",
    [
        {"Fn::Base64": {"Fn::Sub": "echo ECS_CLUSTER=${Cluster} >> /etc/ecs/ecs.config"}},
        {"Fn::Base64": {"Fn::Sub": 'echo "ECS_CLUSTER=${Cluster}" >> /etc/ecs/ecs.config'}},
        {"Fn::Base64": {"Fn::Sub": "ECS_CLUSTER='${Cluster.Arn}'\n"}},
        {"Fn::Base64": {"Fn::Join": ["", ["x\necho ECS_CLUSTER=", CLUSTER, "\n"]]}},
        {"Fn::Base64": {"Fn::Join": ["\n", ["#!/bin/sh", {"Fn::Sub": "echo ECS_CLUSTER=${Cluster}"}]]}},
        {"Fn::Base64": {"Fn::Sub": ["ECS_CLUSTER=${Name}", {"Name": CLUSTER}]}},
        {"Fn::Sub": '[settings.host]\na = 1\n[settings.ecs]\n  cluster = "${Cluster}"\n'},
        {"Fn::Sub": "<powershell>Initialize-ECSAgent -EnableTaskIAMRole -Cluster ${Cluster}</powershell>"},
    ],
)
def test_user_data_that_joins(data: Any) -> None:
    assert joined(data)


@pytest.mark.parametrize(
    "data",
    [
        None,
        "ECS_CLUSTER=other",
        {"Fn::Sub": "ECS_CLUSTER=${P}"},
        {"Fn::Sub": "ECS_CLUSTER=${Cluster}-blue"},
        {"Fn::Sub": "ECS_CLUSTERS=${Cluster}"},
        {"Fn::Sub": "NAME=${Cluster}\nECS_CLUSTER=other"},
        {"Fn::Sub": '[settings.ecs]\nx = 1\n[settings.host]\ncluster = "${Cluster}"\n'},
        P,
    ],
)
def test_user_data_that_does_not(data: Any) -> None:
    assert not joined(data)


def test_a_cluster_by_name() -> None:
    assert joined("ECS_CLUSTER=prod", "prod")
    assert not joined("ECS_CLUSTER=production", "prod")
    assert joined("ECS_CLUSTER=default", None)
    assert joined("ECS_CLUSTER=prod", **{"Cluster.Properties": {"ClusterName": "prod"}})


def test_a_cluster_by_a_parameter() -> None:
    assert joined({"Fn::Sub": "ECS_CLUSTER=${P}"}, P)
    assert not joined({"Fn::Sub": "ECS_CLUSTER=${Q}"}, P)
    named = {"Cluster.Properties": {"ClusterName": {"Fn::Sub": "${P}-apps"}}}
    assert joined({"Fn::Sub": "ECS_CLUSTER=${P}-apps"}, **named)
    assert not joined({"Fn::Sub": "ECS_CLUSTER=${Q}-apps"}, **named)


@pytest.mark.parametrize(
    "config",
    [
        {"commands": {"01": {"command": {"Fn::Sub": "echo ECS_CLUSTER=${Cluster} > /etc/ecs/ecs.config"}}}},
        {"files": {"/etc/ecs/ecs.config": {"content": {"Fn::Sub": "ECS_CLUSTER=${Cluster}\n"}}}},
        {"files": {"/etc/ecs/ecs.config": {"content": {"Fn::Join": ["", ["ECS_CLUSTER=", CLUSTER]]}}}},
    ],
)
def test_cfn_init_metadata_that_joins(config: Any) -> None:
    assert joined(None, **{"LaunchTemplate.Metadata": {"AWS::CloudFormation::Init": {"config": config}}})


def test_cfn_init_metadata_that_does_not() -> None:
    config = {"commands": {"01": {"command": {"Fn::Sub": "echo CLUSTER=${Cluster}"}}}}
    assert not joined(None, **{"LaunchTemplate.Metadata": {"AWS::CloudFormation::Init": {"config": config}}})
    assert not joined(
        None, **{"LaunchTemplate.Metadata": {"Other": "ECS_CLUSTER=default"}, "Service.Properties.Cluster": None}
    )
