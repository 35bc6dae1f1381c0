from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Items
from scanner.topology.elbv2.load_balancer import NODES, LoadBalancer
from tests.topology.graphs import BRIDGE, find, graph, ids

PARAMETERS = {"Parameters.P": {"Type": "String"}}
SUBNETS = [{"Ref": "SubnetA"}, {"Ref": "SubnetB"}]


def balancer(change: dict[str, Any]) -> LoadBalancer:
    return find(LoadBalancer, graph(BRIDGE, {**PARAMETERS, **change}), "Balancer")


def test_what_it_is_by_default() -> None:
    found = balancer({})
    assert (found.type().value, found.scheme().value) == ("application", "internet-facing")
    assert ids(found.security_groups()) == ["BalancerGroup"]
    assert ids(found.listeners()) == ["Listener"]


@pytest.mark.parametrize("stated", [None, []])
def test_an_application_load_balancer_without_group_has_the_default_one(stated: Any) -> None:
    found = balancer({"Balancer.Properties.SecurityGroups": stated}).group_ids().value
    assert found.items == ()
    assert "default group" in found.rest.reason


def test_a_network_load_balancer_without_group_is_held_back_by_nothing() -> None:
    found = balancer({"Balancer.Properties": {"Type": "network", "Subnets": SUBNETS}})
    assert found.group_ids().value == Items()
    [rule] = found.egress()
    assert rule.outbound
    assert set(rule.addresses().value.must.to_cidrs()) == {"0.0.0.0/0", "::/0"}


def test_a_network_load_balancer_with_groups_is_held_by_their_rules() -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}
    change = {"Balancer.Properties.Type": "network", "BalancerGroup.Properties.SecurityGroupEgress": [rule]}
    [found] = balancer(change).egress()
    assert str(found.ports().value.must) == "80"


def test_of_an_unknown_type_without_group_nothing_is_known() -> None:
    found = balancer({"Balancer.Properties": {"Type": {"Ref": "P"}, "Subnets": SUBNETS}}).group_ids().value
    assert found.rest.reason == "parameter P has no value and no default"


def test_subnets_by_mappings() -> None:
    mappings = [{"SubnetId": subnet, "AllocationId": "eipalloc-1"} for subnet in SUBNETS]
    found = balancer({"Balancer.Properties": {"Type": "network", "SubnetMappings": mappings}})
    assert ids(found.subnets()) == ["SubnetA", "SubnetB"]


def test_its_addresses_are_those_of_its_subnets() -> None:
    found = balancer({}).addresses().value
    assert found.is_known
    assert found.must.to_cidrs() == ("10.0.0.0/23",)


def test_unknown_subnets_lie_in_the_vpc_or_where_a_node_can_be() -> None:
    within = balancer({"Balancer.Properties.Subnets": {"Ref": "P"}}).addresses().value
    assert within.may.to_cidrs() == ("10.0.0.0/16",)
    change = {"Balancer.Properties.Subnets": {"Ref": "P"}, "BalancerGroup.Properties.VpcId": {"Ref": "P"}}
    anywhere = balancer(change).addresses().value
    assert anywhere.may == NODES
    assert not anywhere.must


def test_a_subnet_is_never_the_whole_world() -> None:
    from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6

    assert not EVERYWHERE_V4 <= NODES
    assert not EVERYWHERE_V6 <= NODES
