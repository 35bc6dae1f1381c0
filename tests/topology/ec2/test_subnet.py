from __future__ import annotations

from scanner.analysis.addresses import EVERYWHERE_V4, AddressSet
from scanner.analysis.places import Source
from scanner.model import Fact, Unknown
from scanner.topology.ec2.subnet import Subnet, block, blocks, vpc_block
from scanner.topology.entity import Related
from tests.topology.graphs import BRIDGE, find, graph


def test_a_block_and_what_is_none() -> None:
    assert block(Fact(" 10.0.0.0/24 "), "it") == AddressSet.of_cidr("10.0.0.0/24")
    assert isinstance(block(Fact("10.0.0"), "it"), Unknown)
    unknown = Unknown("key", "why")
    assert block(Fact(unknown), "it") is unknown


def test_the_blocks_of_a_vpc_are_all_that_are_associated_with_it() -> None:
    extra = {"Type": "AWS::EC2::VPCCidrBlock", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.1.0.0/16"}}
    other = {"Type": "AWS::EC2::VPCCidrBlock", "Properties": {"VpcId": "vpc-1", "CidrBlock": "10.9.0.0/16"}}
    whole = graph(BRIDGE, {"Extra": extra, "Other": other})
    found = vpc_block(whole, find(Subnet, whole, "SubnetA").vpc())
    assert found == AddressSet.of_cidr("10.0.0.0/15")


def test_a_vpc_outside_of_the_scan_has_no_block() -> None:
    assert vpc_block(graph(BRIDGE), Fact("vpc-1")) is None


def test_known_and_unknown_blocks() -> None:
    whole = graph(BRIDGE, {"Parameters.Block": {"Type": "String"}, "SubnetB.Properties.CidrBlock": {"Ref": "Block"}})
    rest = Unknown("rest", "more subnets")
    known, unknown = blocks(Related(tuple(find(Subnet, whole, id) for id in ("SubnetA", "SubnetB")), rest))
    assert known == AddressSet.of_cidr("10.0.0.0/24")
    assert [one.reason for one in unknown] == ["parameter Block has no value and no default", "more subnets"]


def test_a_subnet_is_one_end_of_a_flow() -> None:
    six = {"SubnetA.Properties.Ipv6CidrBlock": "2001:db8::/64"}
    subnet = find(Subnet, graph(BRIDGE, six), "SubnetA")
    network = AddressSet.of_cidr("10.0.0.0/16")
    assert subnet.endpoint() == Source(addresses=AddressSet.of_cidr("10.0.0.0/24"), within=network)
    assert subnet.endpoint(6) == Source(addresses=AddressSet.of_cidr("2001:db8::/64"), family=6)
    assert subnet.addresses().value.must == AddressSet.of_cidrs(("10.0.0.0/24", "2001:db8::/64"))


def test_a_subnet_with_a_block_that_is_not_known() -> None:
    change = {"Parameters.Block": {"Type": "String"}, "SubnetA.Properties.CidrBlock": {"Ref": "Block"}}
    subnet = find(Subnet, graph(BRIDGE, change), "SubnetA")
    [where] = subnet.endpoint().where
    assert where.reason == "parameter Block has no value and no default"
    assert not subnet.addresses().value.must
    assert subnet.addresses().value.may == EVERYWHERE_V4
    [none] = subnet.endpoint(6).where
    assert none.reason == "SubnetA states no IPv6 block"
