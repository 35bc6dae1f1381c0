from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.bounded import equal
from scanner.model import Fact, Items, Unknown
from scanner.topology.ec2.security_group import SecurityGroup, group_ids, rules_of
from scanner.topology.ecs.hosts import hosts_of
from scanner.topology.ecs.service import Service
from scanner.topology.entity import Related
from tests.topology.graphs import BRIDGE, FARGATE, find, graph, ids

HTTP = {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/8"}
SEPARATE = {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {"GroupId": {"Ref": "BalancerGroup"}, **HTTP}}
INGRESS = "BalancerGroup.Properties.SecurityGroupIngress"
EGRESS = "BalancerGroup.Properties.SecurityGroupEgress"


def group(change: dict[str, Any], *, closed: bool = False) -> SecurityGroup:
    return find(SecurityGroup, graph(BRIDGE, change, closed=closed), "BalancerGroup")


def test_inline_and_separate_rules_are_one_list() -> None:
    rule = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": {"Ref": "BalancerGroup"}, **HTTP}}
    found = group({"Extra": rule}).ingress()
    assert ids(found) == ["BalancerGroup", "Extra"]
    assert found.rest is None


def test_a_separate_rule_is_found_by_every_name_of_its_group() -> None:
    hosts = find(SecurityGroup, graph(BRIDGE), "HostGroup")
    assert ids(hosts.ingress()) == ["HostIngressLow", "HostIngressHigh"]  # by Ref, and by GetAtt GroupId


def test_a_rule_of_another_group_does_not_count() -> None:
    assert ids(group({}).ingress()) == ["BalancerGroup"]


@pytest.mark.parametrize("stated", [None, [], [{"Fn::If": ["Never", HTTP, {"Ref": "AWS::NoValue"}]}]])
def test_without_egress_rules_the_default_lets_everything_out(stated: Any) -> None:
    change: dict[str, Any] = {"Conditions.Never": {"Fn::Equals": ["a", "b"]}}
    if stated is not None:
        change[EGRESS] = stated
    [rule] = group(change).egress()
    assert rule.rule.certain
    assert {str(block) for block in rule.addresses().value.must.to_cidrs()} == {"0.0.0.0/0", "::/0"}
    assert str(rule.ports().value.must) == "all ports"


def test_an_inline_egress_rule_takes_the_default_away() -> None:
    [rule] = group({EGRESS: [HTTP]}).egress()
    assert str(rule.ports().value.must) == "80"


def test_beside_separate_egress_rules_the_default_is_in_doubt() -> None:
    separate, default = group({"Out": SEPARATE}).egress()
    assert separate.rule.certain
    assert not default.rule.certain
    assert default.rule.unknown is not None
    assert "default egress" in default.rule.unknown.reason


def test_inline_and_separate_egress_rules_leave_no_default() -> None:
    assert len(group({EGRESS: [HTTP], "Out": SEPARATE}).egress().items) == 2


@pytest.mark.parametrize("stated", [{"Ref": "Rules"}, [HTTP, {"Ref": "Rules"}], {"Fn::GetAtt": ["Listener", "Rules"]}])
def test_rules_that_cannot_be_read_leave_the_list_open(stated: Any) -> None:
    found = group({"Parameters.Rules": {"Type": "String"}, INGRESS: stated}).ingress()
    assert found.rest is not None
    assert len(found.items) == (1 if isinstance(stated, list) else 0)


def test_an_output_leaves_the_list_open_and_is_named() -> None:
    change = {"Outputs.Group": {"Value": {"Ref": "BalancerGroup"}}}
    found = group(change).ingress()
    assert found.rest is not None
    assert "output Group" in found.rest.reason
    assert group(change, closed=True).ingress().rest is None


def test_rules_keep_their_addresses_when_lines_move() -> None:
    before = [rule.address for rule in group({INGRESS: [HTTP, HTTP]}).ingress()]
    after = [rule.address for rule in group({"Vpc.Properties.Tags": [], INGRESS: [HTTP, HTTP]}).ingress()]
    assert before == after
    assert len(set(before)) == 2


def test_the_rules_of_several_groups_are_one_union() -> None:
    whole = graph(FARGATE)
    both = tuple(find(SecurityGroup, whole, id) for id in ("BalancerGroup", "TaskGroup"))
    for direction in ("ingress", "egress"):
        assert ids(rules_of(whole, Related(both), Fact(Items()), direction)) == ["BalancerGroup", "TaskGroup"]


def test_rules_that_name_a_group_out_of_sight_as_a_service_does_are_its_rules() -> None:
    own = {"Fn::ImportValue": "tasks"}
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 2, "CidrIp": "10.0.0.0/8"}
    whole = graph(
        FARGATE,
        {
            "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups": [own],
            "Same": {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": {"GroupId": own, **rule}},
            "Other": {
                "Type": "AWS::EC2::SecurityGroupIngress",
                "Properties": {"GroupId": {"Fn::ImportValue": "others"}, **rule},
            },
            "Out": {"Type": "AWS::EC2::SecurityGroupEgress", "Properties": {"GroupId": own, **rule}},
        },
    )
    [hosts] = hosts_of(find(Service, whole, "Service"))
    assert ids(hosts.ingress()) == ["Same"]
    assert ids(hosts.egress()) == ["Out"]
    assert hosts.ingress().rest is not None


def test_a_list_of_groups_that_is_a_parameter_has_no_known_member() -> None:
    whole = graph(
        BRIDGE, {"Parameters.Groups": {"Type": "List<String>"}, "Balancer.Properties.SecurityGroups": {"Ref": "Groups"}}
    )
    found = group_ids(whole, whole.resource("t.yaml#Balancer").get("SecurityGroups")).value
    assert found.items == ()
    assert found.rest is not None


@pytest.mark.parametrize(
    ("change", "inside"),
    [
        ({}, True),
        ({"Outputs.Group": {"Value": {"Fn::GetAtt": ["BalancerGroup", "GroupId"]}}}, False),
        ({"BalancerGroup.Properties.GroupName": "front"}, False),
    ],
)
@pytest.mark.parametrize("closed", [False, True])
def test_a_group_that_nobody_else_can_name_is_nothing_that_comes_from_outside(
    change: dict[str, Any], inside: bool, closed: bool
) -> None:
    whole = graph(BRIDGE, change, closed=closed)
    [found] = group_ids(whole, whole.resource("t.yaml#Balancer").get("SecurityGroups")).value.items
    assert equal(found, Fact(Unknown(("import", "shared"), "not known"))) is (False if inside else None)
