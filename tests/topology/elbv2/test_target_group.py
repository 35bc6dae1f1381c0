from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ABSENT, Unknown
from scanner.topology.elbv2.defaults import health_defaults
from scanner.topology.elbv2.target_group import EVERYWHERE, TargetGroup
from tests.topology.graphs import BRIDGE, FARGATE, find, graph, ids

PARAMETERS = {"Parameters.P": {"Type": "String"}}
P = {"Ref": "P"}
NLB = {"Balancer.Properties": {"Type": "network", "Subnets": [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]}}


def group(change: dict[str, Any], base: str = BRIDGE) -> TargetGroup:
    return find(TargetGroup, graph(base, {**PARAMETERS, **change}), "TargetGroup")


def stated(**properties: Any) -> TargetGroup:
    return group({"TargetGroup.Properties": properties})


@pytest.mark.parametrize(
    ("protocol", "transport", "balancer", "health"),
    [
        ("HTTP", "tcp", "application", "HTTP"),
        ("HTTPS", "tcp", "application", "HTTP"),
        ("TCP", "tcp", "network", "TCP"),
        ("TLS", "tcp", "network", "TCP"),
        ("UDP", "udp", "network", "TCP"),
        ("TCP_UDP", "tcp_udp", "network", "TCP"),
        ("GENEVE", "tcp", "gateway", "TCP"),
    ],
)
def test_what_follows_from_the_protocol(protocol: str, transport: str, balancer: str, health: str) -> None:
    found = stated(Protocol=protocol)
    assert found.transport().value == transport
    assert found.balancer_type().value == balancer
    assert found.health_protocol().value == health


def test_what_follows_from_an_unknown_protocol_is_unknown() -> None:
    found = stated(Protocol=P)
    for fact in (found.transport(), found.balancer_type(), found.health_protocol(), found.timeout(), found.matcher()):
        assert isinstance(fact.value, Unknown)
    assert isinstance(found.preserves_client_ip().value, Unknown)


@pytest.mark.parametrize(
    ("properties", "interval", "timeouts", "codes"),
    [
        ({"Protocol": "HTTP"}, 30, (5, 6), "200"),
        ({"Protocol": "HTTPS", "HealthCheckProtocol": "HTTPS"}, 30, (5, 10), "200"),
        ({"Protocol": "HTTP", "ProtocolVersion": "GRPC"}, 30, (5, 6), "12"),
        ({"Protocol": "TCP"}, 30, (10,), ABSENT),
        ({"Protocol": "TCP", "HealthCheckProtocol": "HTTP"}, 30, (6, 10), "200-399"),
        ({"TargetType": "lambda"}, 35, (30,), "200"),
    ],
)
def test_defaults_of_the_health_check(properties: Any, interval: int, timeouts: tuple[int, ...], codes: Any) -> None:
    found = stated(**properties)
    assert found.interval().value == interval
    assert found.matcher().value == codes
    timeout = found.timeout().value
    if len(timeouts) == 1:
        assert timeout == timeouts[0]
    else:
        assert sorted(timeout.split.options) == list(timeouts)
        assert not timeout.split.apart


def test_what_is_stated_goes_before_the_default() -> None:
    found = stated(
        Protocol="HTTP", HealthCheckTimeoutSeconds=3, HealthCheckIntervalSeconds=P, Matcher={"HttpCode": "204"}
    )
    assert found.timeout().value == 3
    assert isinstance(found.interval().value, Unknown)
    assert found.matcher().value == "204"


@pytest.mark.parametrize(
    ("matcher", "codes"), [("200", "200"), ("200-299,301", "200-299, 301"), ("2xx", "no ports"), (204, "204")]
)
def test_codes_of_a_matcher(matcher: Any, codes: str) -> None:
    found = stated(Protocol="HTTP", Matcher={"HttpCode": matcher}).matcher_codes().value
    assert found.is_known
    assert str(found.must) == codes


def test_codes_that_are_not_known_may_be_any() -> None:
    found = stated(Protocol="HTTP", Matcher={"HttpCode": P}).matcher_codes().value
    assert not found.must
    assert 599 in found.may


@pytest.mark.parametrize(
    ("properties", "valid"),
    [
        ({"Protocol": "HTTP"}, "200-499"),
        ({"Protocol": "HTTP", "ProtocolVersion": "GRPC"}, "0-99"),
        ({"Protocol": "TCP", "HealthCheckProtocol": "HTTP"}, "200-599"),
        ({"Protocol": "TCP"}, "no ports"),
    ],
)
def test_codes_that_are_taken(properties: Any, valid: str) -> None:
    assert str(stated(**properties).valid_codes().value.must) == valid


@pytest.mark.parametrize(
    ("protocol", "kind", "keeps"),
    [
        ("HTTP", "instance", False),
        ("TCP", "instance", True),
        ("TCP", "ip", False),
        ("TLS", "ip", False),
        ("UDP", "ip", True),
        ("TCP_UDP", "instance", True),
    ],
)
def test_client_ip_preservation_by_default(protocol: str, kind: str, keeps: bool) -> None:
    assert stated(Protocol=protocol, TargetType=kind).preserves_client_ip().value is keeps


def test_client_ip_preservation_as_stated() -> None:
    attributes = [
        {"Key": "stickiness.enabled", "Value": "false"},
        {"Key": "preserve_client_ip.enabled", "Value": "true"},
    ]
    assert stated(Protocol="TCP", TargetType="ip", TargetGroupAttributes=attributes).preserves_client_ip().value is True
    attributes[1]["Value"] = P
    found = stated(Protocol="TCP", TargetType="ip", TargetGroupAttributes=attributes).preserves_client_ip().value
    assert isinstance(found, Unknown)


def test_traffic_comes_from_the_load_balancer() -> None:
    assert group({}).sources().value.must.to_cidrs() == ("10.0.0.0/23",)


def test_traffic_of_a_network_load_balancer_can_come_from_anywhere() -> None:
    assert group({**NLB, "TargetGroup.Properties.Protocol": "TCP"}).sources().value.must == EVERYWHERE
    off = {"TargetGroup.Properties.TargetGroupAttributes": [{"Key": "preserve_client_ip.enabled", "Value": "false"}]}
    assert group({**NLB, **off, "TargetGroup.Properties.Protocol": "TCP"}).sources().value.must.to_cidrs() == (
        "10.0.0.0/23",
    )


def test_of_a_load_balancer_outside_of_the_scan_an_application_one_is_never_everywhere() -> None:
    elsewhere = {"Listener.Properties.LoadBalancerArn": {"Fn::ImportValue": "balancer"}}
    assert not group(elsewhere).sources().value.may >= EVERYWHERE
    assert group({**elsewhere, "TargetGroup.Properties.Protocol": "TCP"}).sources().value.may == EVERYWHERE


def test_the_bindings_of_a_group() -> None:
    assert [one.label for one in group({}).bindings()] == ["Service/web:8080"]
    assert group({}).bindings().rest is None
    left = group({"Outputs.Group": {"Value": {"Ref": "TargetGroup"}}}).bindings()
    assert left.rest is not None
    assert "output Group" in left.rest.reason


def test_a_group_without_listener() -> None:
    bare = group({"Listener": None, "Service.DependsOn": None})
    assert (ids(bare.listeners()), bare.listeners().rest) == ([], None)
    assert (ids(bare.load_balancers()), bare.load_balancers().rest) == ([], None)


def test_address_family() -> None:
    assert (stated(Protocol="HTTP").family, stated(Protocol="HTTP", IpAddressType="ipv6").family) == (4, 6)
    assert group({}, FARGATE).target_type().value == "ip"


def test_the_table_of_defaults_knows_every_protocol() -> None:
    for protocol in ("HTTP", "HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE", ""):
        found = health_defaults(protocol, "HTTP", "HTTP1", "ip")
        assert found.interval > 0
        assert all(timeout > 0 for timeout in found.timeouts)
