from __future__ import annotations

from typing import Any

import pytest

from scanner.topology.ecs.binding import DYNAMIC_PORTS
from tests.topology.graphs import BRIDGE, binding, graph


def hops(change: dict[str, Any]) -> list[tuple[str, str]]:
    return [(hop.name, hop.verdict.word) for hop in binding(graph(BRIDGE, change)).way(dynamic_ports=DYNAMIC_PORTS)]


OPEN = [("listener", "pass"), ("load balancer egress", "pass"), ("target ingress", "pass"), ("task port", "pass")]
BLOCKED = {
    "BalancerGroup.Properties.SecurityGroupEgress": [
        {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/16"}
    ]
}


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        ({}, ["pass", "pass", "pass", "pass"]),
        ({"HostIngressHigh": None}, ["pass", "pass", "fail", "pass"]),
        ({"HostIngressHigh": None, **BLOCKED}, ["pass", "fail", "fail", "pass"]),
        ({"TargetGroup.Properties.HealthCheckPort": 9000}, ["pass", "pass", "fail", "pass"]),
        (
            {"Balancer.Properties.SecurityGroups": [{"Fn::ImportValue": "x"}]},
            ["pass", "undecided", "undecided", "pass"],
        ),
    ],
)
def test_every_block_on_the_way_is_shown(change: dict[str, Any], verdicts: list[str]) -> None:
    assert hops(change) == list(zip([name for name, _ in OPEN], verdicts, strict=True))


def test_a_way_without_listener_instances_or_port() -> None:
    assert hops({"Listener": None, "Service.DependsOn": None})[0] == ("listener", "fail")
    assert ("target ingress", "undecided") in hops({"Instances": None})
    assert hops({"Service.Properties.LoadBalancers.0.ContainerPort": 1})[-1] == ("task port", "fail")
    assert hops({"Service.Properties.LoadBalancers.0.TargetGroupArn": "arn:1"}) == [("target group", "undecided")]


def test_hops_say_what_is_closed_and_where() -> None:
    way = binding(graph(BRIDGE, {"HostIngressHigh": None})).way(dynamic_ports=DYNAMIC_PORTS)
    ingress = next(hop for hop in way if hop.name == "target ingress")
    assert ingress.says == "closed for 50001-65535 from Balancer"
    assert ingress.at
    assert way[0].says == "forwards to TargetGroup"
    assert way[0].label == "Listener (HTTP 80)"
