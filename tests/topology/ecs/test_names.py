from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.texts import parts_of
from scanner.topology.ecs.names import both, names_cluster, names_service, scales
from tests.topology.graphs import FARGATE, graph, service

PROBE = "TaskDefinition.Properties.Family"
"""Any property that takes text: what is asked about stands here."""
UNKNOWN = {"Parameters.P": {"Type": "String"}, "Parameters.Q": {"Type": "String"}}


def ask(question: Any, text: Any, change: dict[str, Any]) -> Any:
    of = graph(FARGATE, {**UNKNOWN, **change, PROBE: text})
    return question(service(of), parts_of(of.resource("t.yaml#TaskDefinition").get("Family").value))


NAMED: dict[str, Any] = {"Service.Properties.ServiceName": "web"}
BY_PARAMETER: dict[str, Any] = {"Service.Properties.ServiceName": {"Ref": "P"}}


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ({"Fn::GetAtt": ["Service", "Name"]}, {}, True),
        ({"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "Service"}]}]}, {}, True),
        ({"Ref": "Service"}, {}, False),
        ({"Fn::GetAtt": ["Cluster", "Arn"]}, {}, None),
        ("web", {}, False),
        ({"Ref": "P"}, {}, None),
        ("web", NAMED, True),
        ("api", NAMED, False),
        ({"Ref": "P"}, NAMED, None),
        ({"Ref": "P"}, BY_PARAMETER, True),
        ({"Ref": "Q"}, BY_PARAMETER, None),
        ({"Fn::Sub": "${P}-web"}, {"Service.Properties.ServiceName": {"Fn::Join": ["-", [{"Ref": "P"}, "web"]]}}, True),
        ({"Fn::Sub": "${P}-api"}, {"Service.Properties.ServiceName": {"Fn::Sub": "${P}-web"}}, False),
    ],
)
def test_the_name_of_a_service(text: Any, change: dict[str, Any], expected: bool | None) -> None:
    assert ask(names_service, text, change) is expected


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ({"Ref": "Cluster"}, {}, True),
        ({"Fn::GetAtt": ["Cluster", "Arn"]}, {}, False),
        ("shop", {"Cluster.Properties.ClusterName": "shop"}, True),
        ("shop", {}, False),
        ("shop", {"Service.Properties.Cluster": "shop"}, True),
        ("shop", {"Service.Properties.Cluster": "arn:aws:ecs:eu-west-1:111122223333:cluster/shop"}, True),
        ("other", {"Service.Properties.Cluster": "shop"}, False),
        ("default", {"Service.Properties.Cluster": None}, True),
        ({"Ref": "P"}, {"Service.Properties.Cluster": {"Ref": "P"}}, True),
        ({"Ref": "Q"}, {"Service.Properties.Cluster": {"Ref": "P"}}, None),
        ({"Fn::ImportValue": "c"}, {"Service.Properties.Cluster": {"Fn::ImportValue": "c"}}, True),
    ],
)
def test_the_name_of_its_cluster(text: Any, change: dict[str, Any], expected: bool | None) -> None:
    assert ask(names_cluster, text, change) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ({"Fn::Sub": "service/${Cluster}/${Service.Name}"}, True),
        ({"Fn::Join": ["/", ["service", {"Ref": "Cluster"}, {"Fn::GetAtt": ["Service", "Name"]}]]}, True),
        ({"Fn::Sub": "service/${Cluster}/other"}, False),
        ({"Fn::Sub": "service/other/${Service.Name}"}, False),
        ({"Fn::Sub": "service/${P}/${Service.Name}"}, None),
        ({"Fn::Sub": "service/${P}"}, None),
        ({"Ref": "P"}, None),
        ("table/web", False),
    ],
)
def test_what_a_resource_id_scales(text: Any, expected: bool | None) -> None:
    of = graph(FARGATE, {**UNKNOWN, PROBE: text})
    assert scales(service(of), of.resource("t.yaml#TaskDefinition").get("Family")) is expected


def test_no_resource_id_scales_nothing() -> None:
    of = graph(FARGATE)
    assert scales(service(of), of.resource("t.yaml#Cluster").get("ResourceId")) is False


def test_both() -> None:
    assert [both(one, other) for one in (True, None, False) for other in (True, None, False)] == [
        True, None, False, None, None, False, False, False, False,
    ]  # fmt: skip
