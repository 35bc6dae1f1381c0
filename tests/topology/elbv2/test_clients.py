from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.addresses import PUBLIC, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.topology.elbv2.listener import Listener
from tests.topology.graphs import FARGATE, find, graph

INGRESS = "BalancerGroup.Properties.SecurityGroupIngress"
INTERNAL = {"Balancer.Properties.Scheme": "internal"}
GROUPLESS = {"Type": "network", "Subnets": [{"Ref": "SubnetA"}]}


def clients(change: dict[str, Any]) -> Bounded[AddressSet]:
    found: Bounded[AddressSet] = find(Listener, graph(FARGATE, change), "Listener").clients().value
    return found


def rule(block: Any, port: Any = 443, **more: Any) -> dict[str, Any]:
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "CidrIp": block, **more}


def blocks(*texts: str) -> AddressSet:
    return AddressSet.of_cidrs(texts)


def test_a_public_load_balancer_is_for_the_public_addresses_that_its_groups_admit() -> None:
    found = clients({})
    assert found.is_known
    assert found.must == PUBLIC.of_family(4)
    assert clients({INGRESS: [rule("203.0.113.0/24"), rule("10.0.0.0/8")]}).must == blocks("203.0.113.0/24")


def test_an_internal_load_balancer_is_for_private_ones() -> None:
    found = clients({**INTERNAL, INGRESS: [rule("0.0.0.0/0"), rule("203.0.113.0/24")]})
    assert found.is_known
    assert found.must == blocks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
    own = {"Vpc.Properties.CidrBlock": "11.0.0.0/16", **INTERNAL, INGRESS: [rule("11.0.0.0/8")]}
    assert clients(own).must == blocks("11.0.0.0/16")


@pytest.mark.parametrize("more", [{"port": 80}, {"IpProtocol": "udp"}])
def test_what_is_open_elsewhere_does_not_count(more: dict[str, Any]) -> None:
    assert clients({INGRESS: [rule("0.0.0.0/0", **more)]}) == Bounded.exactly(AddressSet())


def test_a_port_that_is_not_known_but_the_same() -> None:
    change = {"Parameters.Port": {"Type": "Number"}, "Listener.Properties.Port": {"Ref": "Port"}}
    same = {"Ref": "Port"}
    assert clients({**change, INGRESS: [rule("203.0.113.0/24", same)]}).must == blocks("203.0.113.0/24")
    other = clients({**change, INGRESS: [rule("203.0.113.0/24")]})
    assert (other.must, other.may) == (AddressSet(), blocks("203.0.113.0/24"))
    assert [str(one) for one in other.unknown] == ["parameter Port has no value and no default"]


def test_clients_by_group_or_prefix_list_have_unknown_addresses() -> None:
    by_list = rule(None, SourcePrefixListId="pl-1")
    by_group = rule(None, SourceSecurityGroupId={"Ref": "TaskGroup"})
    for one in (by_list, by_group):
        del one["CidrIp"]
        found = clients({INGRESS: [one]})
        assert not found.must
        assert found.may == PUBLIC
        assert found.unknown


def test_groups_from_elsewhere_may_admit_anyone_who_is_meant() -> None:
    found = clients({"Balancer.Properties.SecurityGroups": [{"Fn::ImportValue": "x"}]})
    assert (found.must, found.may) == (AddressSet(), PUBLIC)


def test_a_network_load_balancer_without_groups() -> None:
    assert clients({"Balancer.Properties": GROUPLESS}) == Bounded.exactly(PUBLIC)
    found = clients({"Balancer.Properties": {**GROUPLESS, "Scheme": "internal"}})
    assert found.must == blocks("10.0.0.0/16")
    assert blocks("172.16.0.0/12") <= found.may
    assert "is internal and has no security group" in found.unknown[0].reason


def test_a_scheme_that_is_not_known() -> None:
    found = clients({"Parameters.S": {"Type": "String"}, "Balancer.Properties.Scheme": {"Ref": "S"}})
    assert not found.must
    assert PUBLIC.of_family(4) <= found.may


def test_a_protocol_that_is_not_known() -> None:
    found = clients({"Parameters.S": {"Type": "String"}, "Listener.Properties.Protocol": {"Ref": "S"}})
    assert not found.must
    assert PUBLIC.of_family(4) == found.may


def test_a_load_balancer_that_is_not_in_the_scan() -> None:
    found = clients({"Listener.Properties.LoadBalancerArn": "arn:1"})
    assert not found.must
    assert found.unknown
