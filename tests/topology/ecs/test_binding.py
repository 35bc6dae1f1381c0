from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.ports import PortSet
from scanner.topology.ecs.binding import Binding
from tests.topology.graphs import BRIDGE, FARGATE, binding, graph, ids, service

MAPPING = "TaskDefinition.Properties.ContainerDefinitions.0.PortMappings.0"
MODE = "TaskDefinition.Properties.NetworkMode"
ENTRY = "Service.Properties.LoadBalancers.0"
DYNAMIC = PortSet.parse("32768-65535")
PARAMETERS = {"Parameters.P": {"Type": "Number"}, "Parameters.Q": {"Type": "String"}}
P, Q = {"Ref": "P"}, {"Ref": "Q"}


def bound(change: dict[str, Any], base: str = BRIDGE) -> Binding:
    return binding(graph(base, {**PARAMETERS, **change}))


@pytest.mark.parametrize(
    ("change", "kind", "ports"),
    [
        ({}, "dynamic", "32768-65535"),
        ({MODE: None}, "dynamic", "32768-65535"),
        ({f"{MAPPING}.HostPort": 0}, "dynamic", "32768-65535"),
        ({f"{MAPPING}.HostPort": "0"}, "dynamic", "32768-65535"),
        ({f"{MAPPING}.HostPort": 80}, "static", "80"),
        ({MAPPING: {"ContainerPortRange": "8000-8100"}}, "dynamic", "32768-65535"),
        ({MODE: "host"}, "own", "8080"),
        ({MODE: "awsvpc"}, "own", "8080"),
        ({MODE: "host", f"{MAPPING}.HostPort": 8080}, "own", "8080"),
    ],
)
def test_the_ports_that_a_task_registers(change: dict[str, Any], kind: str, ports: str) -> None:
    found = bound(change)
    assert found.port_kind().value == kind
    assert found.ports(dynamic_ports=DYNAMIC).value.is_known
    assert str(found.ports(dynamic_ports=DYNAMIC).value.must) == ports


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({MODE: Q}, "parameter Q"),
        ({f"{MAPPING}.HostPort": P}, "parameter P"),
        ({MODE: "host", f"{ENTRY}.ContainerPort": P}, "parameter P"),
        ({MODE: "host", f"{ENTRY}.ContainerPort": None}, "container port is not set"),
        ({f"{ENTRY}.ContainerPort": 9}, "no port mapping of web has container port 9"),
        ({MAPPING: {"ContainerPort": P}}, "parameter P"),
    ],
)
def test_ports_that_are_not_known_may_be_any_and_say_why(change: dict[str, Any], reason: str) -> None:
    found = bound(change).ports(dynamic_ports=DYNAMIC).value
    assert not found.must
    assert PortSet.parse("1-65535") <= found.may
    assert reason in found.unknown[0].reason


def test_a_host_port_without_value_is_not_the_port_of_a_rule_that_names_it() -> None:
    """It may be 0, and then stands for the whole dynamic range."""
    found = bound({f"{MAPPING}.HostPort": P}).ports(dynamic_ports=DYNAMIC).value
    own = bound({MODE: "host", f"{ENTRY}.ContainerPort": P}).ports(dynamic_ports=DYNAMIC).value
    assert found.unknown[0].key != own.unknown[0].key


@pytest.mark.parametrize(
    ("change", "known", "ports"),
    [
        ({}, True, "32768-65535"),
        ({"TargetGroup.Properties.HealthCheckPort": "traffic-port"}, True, "32768-65535"),
        ({"TargetGroup.Properties.HealthCheckPort": "9000"}, True, "9000"),
        ({"TargetGroup.Properties.HealthCheckPort": P}, False, "no ports"),
        ({f"{ENTRY}.TargetGroupArn": Q}, False, "no ports"),
    ],
)
def test_the_ports_of_the_health_check(change: dict[str, Any], known: bool, ports: str) -> None:
    found = bound(change).health_ports(dynamic_ports=DYNAMIC).value
    assert found.is_known is known
    assert str(found.must) == ports


@pytest.mark.parametrize(
    ("change", "ports"),
    [
        ({f"{MAPPING}.HostPort": 80}, "80"),
        ({MODE: "awsvpc"}, "8080"),
        ({MODE: "awsvpc", MAPPING: {"ContainerPortRange": "8000-8100"}}, "8000-8100"),
    ],
)
def test_the_fixed_ports_of_a_task(change: dict[str, Any], ports: str) -> None:
    assert str(bound(change).mapped_ports().value.must) == ports


@pytest.mark.parametrize("change", [{MODE: Q}, {"Service.Properties.TaskDefinition": Q}, {MAPPING: Q}])
def test_fixed_ports_that_are_not_known(change: dict[str, Any]) -> None:
    found = bound(change).mapped_ports().value
    assert not found.is_known
    assert found.unknown


def test_the_container_and_mapping_it_names() -> None:
    found = bound({})
    assert [one.name for one in found.container()] == ["web"]
    assert [one.name for one in found.mapping()] == ["web:8080"]


@pytest.mark.parametrize("name", ["app", Q])
def test_one_container_alone_is_the_one_whatever_it_is_called(name: Any) -> None:
    assert [one.name for one in bound({f"{ENTRY}.ContainerName": name}).container()] == ["web"]


def test_of_several_containers_only_the_name_tells() -> None:
    second = {"TaskDefinition.Properties.ContainerDefinitions.1": {"Name": "side", "Image": "x"}}
    assert [one.name for one in bound(second).container()] == ["web"]
    missing = bound({**second, f"{ENTRY}.ContainerName": "app"}).container()
    assert (missing.items, missing.rest) == ((), None)
    unknown = bound({**second, f"{ENTRY}.ContainerName": Q}).container()
    assert unknown.items == ()
    assert unknown.rest is not None


def test_the_same_parameter_is_the_same_port() -> None:
    found = bound({f"{ENTRY}.ContainerPort": P, MAPPING: {"ContainerPort": P}})
    assert len(found.mapping().items) == 1
    other = bound(
        {"Parameters.R": {"Type": "Number"}, f"{ENTRY}.ContainerPort": P, MAPPING: {"ContainerPort": {"Ref": "R"}}}
    )
    assert other.mapping().items == ()
    assert other.mapping().rest is not None


def test_labels_show_parameters_by_name() -> None:
    found = bound({f"{ENTRY}.ContainerPort": P, f"{ENTRY}.ContainerName": {"Fn::Sub": "${Q}-web"}})
    assert found.label == "Service/${Q}-web:${P}"


def test_blue_green_makes_two_bindings() -> None:
    green = {"Type": "AWS::ElasticLoadBalancingV2::TargetGroup", "Properties": {"Port": 80, "Protocol": "HTTP"}}
    of = graph(
        FARGATE, {"Green": green, f"{ENTRY}.AdvancedConfiguration": {"AlternateTargetGroupArn": {"Ref": "Green"}}}
    )
    first, second = service(of).bindings()
    assert [ids(one.group()) for one in (first, second)] == [["TargetGroup"], ["Green"]]
    assert second.label == "Service/web:8080 (alternate)"
    assert first != second
    assert len({first.address, second.address}) == 2


def test_bindings_with_groups_that_are_not_known_are_not_one() -> None:
    entry = {"ContainerName": "web", "ContainerPort": 8080}
    change = {
        "Service.Properties.LoadBalancers": [{**entry, "TargetGroupArn": Q}, {**entry, "TargetGroupArn": "arn:2"}]
    }
    first, second = service(graph(BRIDGE, {**PARAMETERS, **change})).bindings()
    assert first != second
    assert first.group().rest is not None
