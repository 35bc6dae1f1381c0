from __future__ import annotations

from typing import Any

import pytest

from scanner.model import ResourceGraph
from scanner.topology.ec2.network_acl import NetworkAcl, is_stated
from scanner.topology.ec2.subnet import Subnet
from tests.topology.graphs import BRIDGE, find, graph, ids

ACL = "acl-service"
DEFAULT = {"Fn::GetAtt": ["Vpc", "DefaultNetworkAcl"]}


def acl(change: dict[str, Any] | None = None, base: str = ACL, subnet: str = "PublicA", **more: Any) -> Any:
    return find(Subnet, graph(base, change, **more), subnet).acl()


def numbers(acl: NetworkAcl, outbound: bool = False) -> list[Any]:
    entries = acl.outbound() if outbound else acl.inbound()
    assert all(entry.outbound is outbound for entry in entries)
    return [entry.number().value for entry in entries]


def entry(number: int, acl: Any, **more: Any) -> dict[str, Any]:
    properties = {"NetworkAclId": acl, "RuleNumber": number, "Protocol": 6, "RuleAction": "deny"}
    return {"Type": "AWS::EC2::NetworkAclEntry", "Properties": {**properties, "CidrBlock": "0.0.0.0/0", **more}}


def test_a_subnet_has_the_acl_that_it_is_associated_with() -> None:
    found = acl()
    assert ids(found) == ["PublicAcl"]
    assert found.rest is None
    assert found.items[0].label == "PublicAcl"


def test_entries_stand_by_rule_number_and_direction() -> None:
    [public] = acl({"First": entry(50, {"Ref": "PublicAcl"}), "Other": entry(40, {"Ref": "PrivateAcl"})})
    assert numbers(public) == [50, 100, 110]
    assert numbers(public, outbound=True) == [100, 110]
    assert ids(public.inbound()) == ["First", "PublicInClients", "PublicInReturn"]
    assert public.inbound().rest is None
    assert public.inbound().at == public.at


def test_an_entry_of_unknown_number_stands_last_and_of_unknown_direction_on_both_sides() -> None:
    change = {
        "Parameters.P": {"Type": "String"},
        "First": entry(50, {"Ref": "PublicAcl"}, RuleNumber={"Ref": "P"}, Egress={"Ref": "P"}),
    }
    [public] = acl(change)
    for related in (public.inbound(), public.outbound()):
        last = related.items[-1]
        assert last.resource.id == "First"
        assert last.entry.doubt is not None
        assert last.entry.doubt.reason == "parameter P has no value and no default"


def test_without_association_the_default_acl_lets_everything_through() -> None:
    found = acl(base=BRIDGE, subnet="SubnetA")
    [default] = found
    assert found.rest is None
    assert default.is_default
    assert default.label == "the default ACL of Vpc"
    assert default.address.endswith("#Vpc/DefaultNetworkAcl")
    assert numbers(default) == numbers(default, outbound=True) == [100, 101]
    assert next(one.label for one in default.inbound()) == "entry 100 of the default ACL of Vpc"


@pytest.mark.parametrize("associated", [True, False])
def test_entries_of_the_default_acl(associated: bool) -> None:
    change: dict[str, Any] = {"Deny": entry(50, DEFAULT)}
    if associated:
        change["PublicAclA.Properties.NetworkAclId"] = DEFAULT
    else:
        change["PublicAclA"] = None
    [default] = acl(change)
    assert numbers(default) == [50, 100, 101]
    assert ids(default.inbound())[0] == "Deny"


def test_a_subnet_that_leaves_the_scan_may_be_associated_elsewhere() -> None:
    change = {"Outputs.Subnet": {"Value": {"Ref": "SubnetA"}}}
    found = acl(change, BRIDGE, "SubnetA")
    assert found.items == ()
    assert "output Subnet" in found.rest.reason
    assert ids(acl(change, BRIDGE, "SubnetA", closed=True)) == ["Vpc"]
    assert acl({"Outputs.Subnet": {"Value": {"Ref": "PublicA"}}}).rest is None


def test_the_default_acl_of_a_vpc_outside_of_the_scan_is_not_known() -> None:
    found = acl({"SubnetA.Properties.VpcId": "vpc-1"}, BRIDGE, "SubnetA")
    assert found.items == ()
    assert found.rest.reason == "SubnetA has the default network ACL of a VPC that is not in the scan"


def test_an_acl_outside_of_the_scan() -> None:
    found = acl({"PublicAclA.Properties.NetworkAclId": "acl-1"})
    assert found.items == ()
    assert found.rest.reason == "network ACL acl-1 is not defined in the scan"


def test_two_associations_are_one_too_many() -> None:
    second = {"NetworkAclId": {"Ref": "PrivateAcl"}, "SubnetId": {"Ref": "PublicA"}}
    change = {"Second": {"Type": "AWS::EC2::SubnetNetworkAclAssociation", "Properties": second}}
    assert acl(change).rest.reason == "PublicA is associated with several network ACLs"


def test_more_entries_of_an_acl_that_leaves_the_scan() -> None:
    change = {"Outputs.Acl": {"Value": {"Ref": "PublicAcl"}}}
    [public] = acl(change)
    assert "output Acl" in public.inbound().rest.reason
    [closed] = acl(change, closed=True)
    assert closed.inbound().rest is None


def test_every_place_of_an_acl_that_may_be_to_change() -> None:
    [public] = acl()
    places = {(place.line, place.column) for place in public.places}
    [entry] = [one for one in public.inbound() if one.resource.id == "PublicInReturn"]
    assert {(place.line, place.column) for place in entry.place_of("PortRange.From")} < places
    assert (public.at[0].line, public.at[0].column) in places


def stated(of: ResourceGraph, subnet: str) -> bool:
    return is_stated(find(Subnet, of, subnet))


def test_whether_something_is_said_of_an_acl() -> None:
    assert stated(graph(ACL), "PublicA")
    assert stated(graph(ACL, {"PublicAclA.Properties.NetworkAclId": "acl-1"}), "PublicA")
    assert stated(graph(BRIDGE, {"Deny": entry(50, DEFAULT)}), "SubnetA")
    assert not stated(graph(BRIDGE), "SubnetA")
    assert not stated(graph(BRIDGE, {"Outputs.Subnet": {"Value": {"Ref": "SubnetA"}}}), "SubnetA")
