from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Fact, Items, Reference, ResourceGraph, Unknown
from scanner.topology.ecs.run import definition_named, launched_on
from scanner.topology.entity import Related
from tests.topology.graphs import RUN_TASK, graph, ids

CLUSTER = Fact(Reference("t.yaml#Cluster"))
NOTHING: Related[Any] = Related()
FARGATE_SPOT = [{"CapacityProvider": "FARGATE_SPOT", "Weight": 1}]


def of(change: dict[str, Any] | None = None) -> ResourceGraph:
    return graph(RUN_TASK, change)


@pytest.mark.parametrize(
    "value",
    [
        Reference("t.yaml#TaskDefinition"),
        "nightly-report",
        "nightly-report:7",
        "arn:aws:ecs:eu-west-1:123456789012:task-definition/nightly-report:7",
    ],
)
def test_a_task_definition_is_named_by_reference_arn_or_family(value: object) -> None:
    assert ids(definition_named(of(), Fact(value))) == ["TaskDefinition"]


@pytest.mark.parametrize("value", ["nightly", Unknown("u", "not known"), ABSENT])
def test_another_task_definition_is_not_known(value: object) -> None:
    found = definition_named(of(), Fact(value))
    assert found.items == ()
    assert found.rest is not None


def launched(
    launch: object = ABSENT,
    strategy: object = ABSENT,
    cluster: Fact[Any] = CLUSTER,
    change: dict[str, Any] | None = None,
) -> object:
    return launched_on(of(change), Fact(launch), Fact(strategy), cluster, NOTHING).value


def providers(*names: object) -> Items:
    return Items(tuple(Fact({"CapacityProvider": Fact(name)}) for name in names))


def test_where_a_task_is_launched() -> None:
    assert launched("FARGATE") == "fargate"
    assert launched("EXTERNAL") == "external"
    assert launched(strategy=providers("FARGATE", "FARGATE_SPOT")) == "fargate"
    assert launched(strategy=providers("own")) == "ec2"
    assert launched() == "ec2"
    assert launched(change={"Cluster.Properties": {"DefaultCapacityProviderStrategy": FARGATE_SPOT}}) == "fargate"


def test_the_default_of_a_cluster_may_be_stated_apart() -> None:
    properties = {"Cluster": {"Ref": "Cluster"}, "DefaultCapacityProviderStrategy": FARGATE_SPOT}
    change = {"Default": {"Type": "AWS::ECS::ClusterCapacityProviderAssociations", "Properties": properties}}
    assert launched(change=change) == "fargate"


def test_what_is_not_known() -> None:
    unknown = Unknown("u", "not known")
    assert launched(unknown) == unknown
    assert launched(strategy=unknown) == unknown
    assert launched(strategy=providers(unknown)) == unknown
    assert isinstance(launched(cluster=Fact("elsewhere")), Unknown)


def test_a_task_definition_for_fargate_alone_runs_there() -> None:
    found = definition_named(of(), Fact("nightly-report"))
    assert launched_on(of(), Fact(ABSENT), Fact(ABSENT), Fact("elsewhere"), found).value == "fargate"
