from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.ec2.security_group import SecurityGroup
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from tests.topology.graphs import BRIDGE, find, graph

PARAMETERS = {"Parameters.P": {"Type": "String"}}


def rule(**stated: Any) -> SecurityGroupRule:
    change = {**PARAMETERS, "BalancerGroup.Properties.SecurityGroupIngress": [stated]}
    [found] = find(SecurityGroup, graph(BRIDGE, change), "BalancerGroup").ingress()
    return found


@pytest.mark.parametrize(
    ("stated", "opened"),
    [
        ({"IpProtocol": "tcp", "FromPort": 80, "ToPort": 90}, "80-90"),
        ({"IpProtocol": "TCP", "FromPort": "80", "ToPort": "80"}, "80"),
        ({"IpProtocol": 6, "FromPort": 80, "ToPort": 80}, "80"),
        ({"IpProtocol": "-1"}, "all ports"),
        ({"IpProtocol": -1, "FromPort": 80, "ToPort": 80}, "all ports"),
        ({"IpProtocol": "udp", "FromPort": 80, "ToPort": 80}, "no ports"),
        ({"IpProtocol": "17", "FromPort": 80, "ToPort": 80}, "no ports"),
        ({"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1}, "no ports"),
        ({"IpProtocol": "tcp", "FromPort": 90, "ToPort": 80}, "no ports"),
        ({"IpProtocol": 50}, "no ports"),
    ],
)
def test_the_tcp_ports_of_a_rule(stated: dict[str, Any], opened: str) -> None:
    found = rule(CidrIp="10.0.0.0/8", **stated).ports().value
    assert found.is_known
    assert str(found.must) == opened


def test_tcp_udp_is_both() -> None:
    assert str(rule(IpProtocol="udp", FromPort=53, ToPort=53).ports(protocol="tcp_udp").value.must) == "53"


@pytest.mark.parametrize("stated", [{"IpProtocol": {"Ref": "P"}, "FromPort": 80, "ToPort": 80}, {"IpProtocol": "tcp"}])
def test_ports_that_are_not_known(stated: dict[str, Any]) -> None:
    found = rule(CidrIp="10.0.0.0/8", **stated).ports().value
    assert not found.must
    assert found.may
    assert found.unknown


def test_an_open_end_bounds_the_range() -> None:
    found = rule(IpProtocol="tcp", FromPort={"Ref": "P"}, ToPort=100).ports().value
    assert (str(found.must), str(found.may)) == ("no ports", "0-100")


@pytest.mark.parametrize(
    ("stated", "blocks"),
    [
        ({"CidrIp": "10.0.0.0/8"}, {"10.0.0.0/8"}),
        ({"CidrIp": "192.168.1.0/0"}, {"0.0.0.0/0"}),
        ({"CidrIpv6": "::/0"}, {"::/0"}),
        ({"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}, {"10.0.0.0/16"}),
        ({"SourceSecurityGroupId": {"Ref": "HostGroup"}}, set()),
    ],
)
def test_the_addresses_of_a_rule(stated: dict[str, Any], blocks: set[str]) -> None:
    found = rule(IpProtocol="-1", **stated).addresses().value
    assert found.is_known
    assert set(found.must.to_cidrs()) == blocks


@pytest.mark.parametrize(
    "stated",
    [{"CidrIp": {"Ref": "P"}}, {"CidrIp": "ten"}, {"SourcePrefixListId": "pl-1"}, {"SourcePrefixListId": {"Ref": "P"}}],
)
def test_addresses_that_are_not_known_may_be_any(stated: dict[str, Any]) -> None:
    found = rule(IpProtocol="-1", **stated).addresses().value
    assert not found.must
    assert "0.0.0.0/0" in found.may.to_cidrs()
    assert len(found.unknown) == 1


def test_the_places_to_change() -> None:
    found = rule(IpProtocol="tcp", FromPort=80, ToPort=90, CidrIp="10.0.0.0/8")
    places = [found.place_of(what)[0] for what in ("FromPort", "ToPort", "peer")]
    assert len(set(places)) == 3
    assert set(places) <= set(found.places)
    assert rule(IpProtocol="-1", CidrIp="10.0.0.0/8").place_of("ToPort") == ()


def test_a_rule_that_is_no_mapping_is_no_rule() -> None:
    change = {**PARAMETERS, "BalancerGroup.Properties.SecurityGroupIngress": [{"Ref": "P"}]}
    found = find(SecurityGroup, graph(BRIDGE, change), "BalancerGroup").ingress()
    assert found.items == ()
    assert isinstance(found.rest, Unknown)
