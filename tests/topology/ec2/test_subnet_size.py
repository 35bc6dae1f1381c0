from __future__ import annotations

from typing import Any

import pytest

from scanner.model import Unknown
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.ec2.subnet_size import LEAST, all_addresses, fewest_addresses, sure_addresses, usable_addresses
from tests.topology.graphs import FARGATE, find, graph, service
from tests.topology.observed.live import HOME, at

CIDR = "SubnetA.Properties.CidrBlock"
UNKNOWN = {"Parameters.P": {"Type": "String"}}
SUBNETS = "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets"


def usable(change: dict[str, Any]) -> Any:
    return usable_addresses(find(Subnet, graph(FARGATE, {**UNKNOWN, **change}), "SubnetA")).value


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, 251),
        ({CIDR: "10.0.0.0/28"}, 11),
        ({CIDR: "10.0.0.7/28"}, 11),
        ({CIDR: "10.0.0.0/16"}, 65531),
        ({CIDR: "10.0.0.0/32"}, 0),
        ({CIDR: None, "SubnetA.Properties.Ipv4NetmaskLength": 26}, 59),
        ({CIDR: {"Fn::Select": [0, {"Fn::Cidr": [{"Ref": "P"}, 4, 4]}]}}, 11),
        ({CIDR: {"Fn::Select": [0, {"Fn::Cidr": [{"Ref": "P"}, 4]}]}}, 251),
        ({CIDR: {"Fn::Select": [0, {"Fn::Cidr": [{"Fn::GetAtt": ["Vpc", "CidrBlock"]}, 4, "6"]}]}}, 59),
        ({CIDR: {"Fn::Sub": "10.${P}.1.0/24"}}, 251),
    ],
)
def test_all_but_five_of_the_block(change: dict[str, Any], expected: int) -> None:
    assert usable(change) == expected


@pytest.mark.parametrize(
    "change",
    [
        {CIDR: {"Ref": "P"}},
        {CIDR: "everything"},
        {CIDR: None},
        {CIDR: None, "SubnetA.Properties.Ipv6Native": True},
        {CIDR: None, "SubnetA.Properties.Ipv4NetmaskLength": {"Ref": "P"}},
        {CIDR: {"Fn::Sub": "${P}/${P}"}},
        {CIDR: {"Fn::Select": [0, {"Fn::Cidr": ["10.0.0.0/16", 4, {"Ref": "P"}]}]}},
    ],
)
def test_a_block_that_is_not_known(change: dict[str, Any]) -> None:
    assert isinstance(usable(change), Unknown)


@pytest.mark.parametrize(
    ("change", "known", "sure", "fewest"),
    [
        ({}, 502, 502, 251),
        ({CIDR: "10.0.0.0/28"}, 262, 262, 11),
        ({CIDR: {"Ref": "P"}}, None, 251 + LEAST, LEAST),
        ({SUBNETS: [{"Ref": "SubnetA"}, {"Ref": "P"}]}, None, 251, LEAST),
        ({SUBNETS: {"Ref": "P"}}, None, LEAST, LEAST),
    ],
)
def test_of_several_subnets(change: dict[str, Any], known: int | None, sure: int, fewest: int) -> None:
    subnets = service(graph(FARGATE, {**UNKNOWN, **change})).subnets()
    found = all_addresses(subnets).value
    assert found == known if known is not None else isinstance(found, Unknown)
    assert sure_addresses(subnets).value == sure
    assert fewest_addresses(subnets).value == fewest


# --- free addresses


def test_free_addresses_are_what_an_account_tells() -> None:
    def free(change: dict[str, Any] | None = None) -> Any:
        return at(Subnet, f"{HOME}#subnet-0a1", change).free_addresses().value

    assert free() == 231
    assert free({"subnet-0a1.attributes.AvailableIpAddressCount": 0}) == 0
    unasked = free({"subnet-0a1.attributes.AvailableIpAddressCount": None})
    assert isinstance(unasked, Unknown)
    assert unasked.reason == "the snapshot has no AvailableIpAddressCount of subnet-0a1"


def test_free_addresses_of_a_subnet_with_ipv6_alone_do_not_run_out() -> None:
    change = {
        "subnet-0a1.properties": {"VpcId": "vpc-0a", "Ipv6Native": True},
        "subnet-0a1.attributes.AvailableIpAddressCount": 0,
    }
    value = at(Subnet, f"{HOME}#subnet-0a1", change).free_addresses().value
    assert isinstance(value, Unknown)
    assert "IPv6 addresses only" in value.reason


def test_a_template_tells_no_free_addresses() -> None:
    value = find(Subnet, graph(FARGATE), "SubnetA").free_addresses().value
    assert isinstance(value, Unknown)
    assert "only an account tells" in value.reason
