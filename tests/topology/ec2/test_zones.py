from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.bounded import Members, subset
from scanner.model import Fact, Unknown, Verdict
from scanner.topology.ec2.zones import stated_zone, zones_of_subnets
from scanner.topology.elbv2.load_balancer import LoadBalancer
from tests.topology.graphs import BRIDGE, FARGATE, find, graph, hosts

SUBNETS = "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets"
GROUP = "Instances.Properties"


def subnet(**properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::EC2::Subnet",
        "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.9.0/24", **properties},
    }


def within(change: dict[str, Any], base: str = FARGATE) -> Verdict:
    """Whether the zones of the tasks are zones of the load balancer."""
    of = graph(base, change)
    one, other = hosts(of).zones().value, find(LoadBalancer, of, "Balancer").zones().value
    return subset(Members(one.items, one.rest), Members(other.items, other.rest))


def pick(index: Any, of: Any) -> dict[str, Any]:
    return {"Fn::Select": [index, of]}


AZS = {"Fn::GetAZs": ""}


@pytest.mark.parametrize(
    ("zone", "verdict"),
    [
        (pick(1, AZS), Verdict.PASS),
        (pick("1", {"Fn::GetAZs": {"Ref": "AWS::Region"}}), Verdict.PASS),
        (pick(2, AZS), Verdict.FAIL),
        (pick(2, {"Fn::GetAZs": "eu-west-1"}), Verdict.UNDECIDED),
        ("eu-west-1a", Verdict.UNDECIDED),
        ({"Fn::GetAtt": ["SubnetB", "AvailabilityZone"]}, Verdict.PASS),
        ({"Ref": "Zone"}, Verdict.UNDECIDED),
    ],
)
def test_a_zone_is_compared_by_its_place_in_the_list_of_zones(zone: Any, verdict: Verdict) -> None:
    change = {
        "Parameters.Zone": {"Type": "String"},
        "Other": subnet(AvailabilityZone=zone),
        SUBNETS: [{"Ref": "Other"}],
    }
    assert within(change) is verdict


def test_by_its_name() -> None:
    names = {"SubnetA.Properties.AvailabilityZone": "eu-west-1a", "SubnetB.Properties.AvailabilityZone": "eu-west-1b"}
    for letter, verdict in (("b", Verdict.PASS), ("c", Verdict.FAIL)):
        other = subnet(AvailabilityZone=f"eu-west-1{letter}")
        assert within({**names, "Other": other, SUBNETS: [{"Ref": "Other"}]}) is verdict


def test_the_same_subnet_is_in_the_same_zone_whatever_it_is() -> None:
    bare = {"SubnetA.Properties.AvailabilityZone": None, "SubnetB.Properties.AvailabilityZone": None}
    assert within(bare) is Verdict.PASS
    other = {**bare, "Other": subnet(), SUBNETS: [{"Ref": "Other"}]}
    assert within(other) is Verdict.UNDECIDED


def test_an_id_of_a_zone_is_no_name_of_one() -> None:
    by_id = subnet(AvailabilityZoneId="euw1-az1")
    change = {"Balancer.Properties.Subnets": [{"Ref": "Other"}], "Other": by_id, "Third": by_id}
    assert within({**change, SUBNETS: [{"Ref": "Third"}]}) is Verdict.PASS
    assert within({**change, SUBNETS: [{"Ref": "SubnetA"}]}) is Verdict.UNDECIDED


def test_zones_that_name_each_other_end() -> None:
    of = graph(FARGATE, {"SubnetA.Properties.AvailabilityZone": {"Fn::GetAtt": ["SubnetA", "AvailabilityZone"]}})
    assert stated_zone(of, of.resource("t.yaml#SubnetA")).value.attribute == "AvailabilityZone"


def test_zones_are_seen_at_the_list_and_its_elements() -> None:
    of = graph(FARGATE)
    balancer = find(LoadBalancer, of, "Balancer")
    stated = balancer.property("Subnets")
    zones = balancer.zones()
    assert zones.at[0] == stated.at[0]
    assert [zone.at[0] for zone in zones.value.items] == [item.at[0] for item in stated.value.items]
    assert [zone.note for zone in zones.value.items] == ["the zone of SubnetA", "the zone of SubnetB"]


def test_without_a_list_the_zones_are_not_known() -> None:
    of = graph(FARGATE)
    found = zones_of_subnets(of, of.resource("t.yaml#Vpc").get("Subnets"), "Web").value
    assert found.items == ()
    assert "the subnets of Web are not stated" in found.rest.reason


def test_an_auto_scaling_group_has_subnets_or_names_zones() -> None:
    of = graph(BRIDGE, {f"{GROUP}.VPCZoneIdentifier": None, f"{GROUP}.AvailabilityZones": ["eu-west-1a", "eu-west-1b"]})
    assert [zone.value for zone in hosts(of).zones().value.items] == ["eu-west-1a", "eu-west-1b"]
    of = graph(BRIDGE, {f"{GROUP}.VPCZoneIdentifier": None, f"{GROUP}.AvailabilityZones": AZS})
    assert hosts(of).zones().value.rest.key[0] == "azs"
    both = graph(BRIDGE, {f"{GROUP}.AvailabilityZones": ["eu-west-1c"]})
    assert len(hosts(both).zones().value.items) == 2
    assert within({f"{GROUP}.VPCZoneIdentifier": None}, BRIDGE) is Verdict.UNDECIDED


def test_the_zones_of_the_region_hold_each_of_them() -> None:
    change = {f"{GROUP}.VPCZoneIdentifier": None, f"{GROUP}.AvailabilityZones": [pick(0, AZS)]}
    assert within(change, BRIDGE) is Verdict.PASS


def test_an_instance_has_a_subnet_or_a_zone() -> None:
    data = {"Fn::Base64": {"Fn::Sub": "ECS_CLUSTER=${Cluster}"}}
    machine = {"Type": "AWS::EC2::Instance", "Properties": {"UserData": data, "AvailabilityZone": "eu-west-1a"}}
    of = graph(BRIDGE, {"Instances": None, "Machine": machine})
    assert [zone.value for zone in hosts(of).zones().value.items] == ["eu-west-1a"]
    of = graph(BRIDGE, {"Instances": None, "Machine": machine, "Machine.Properties.SubnetId": {"Ref": "SubnetB"}})
    [zone] = hosts(of).zones().value.items
    assert zone.value == Unknown(("select", 1, ("azs", ("pseudo", "AWS::Region"))), "")


def test_a_subnet_by_its_id_is_a_zone_of_its_own() -> None:
    one = {"Balancer.Properties.Subnets": ["subnet-1", "subnet-2"], SUBNETS: ["subnet-2"]}
    assert within(one) is Verdict.PASS
    assert within({**one, SUBNETS: ["subnet-3"]}) is Verdict.UNDECIDED
    assert Fact("subnet-2").value in (item.note.split()[-1] for item in zones_at(one))


def zones_at(change: dict[str, Any]) -> tuple[Fact[Any], ...]:
    items: tuple[Fact[Any], ...] = find(LoadBalancer, graph(FARGATE, change), "Balancer").zones().value.items
    return items
