from __future__ import annotations

from typing import Any

from scanner.topology.ecs.binding import DYNAMIC_PORTS
from scanner.topology.hop import Hop
from tests.topology.graphs import BRIDGE, binding, graph

ONE_PAIR = {
    "Balancer.Properties.Subnets": [{"Ref": "PublicA"}],
    "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets": [{"Ref": "PrivateA"}],
}


def way(change: dict[str, Any], base: str = "acl-service") -> list[Hop]:
    return list(binding(graph(base, change)).way(dynamic_ports=DYNAMIC_PORTS))


def acls(change: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(hop.name, hop.label, hop.verdict.word, hop.says) for hop in way(change) if " ACL " in hop.name]


def test_the_hops_stand_in_their_order() -> None:
    assert [(hop.name, hop.verdict.word) for hop in way(ONE_PAIR)] == [
        ("listener", "pass"),
        ("load balancer egress", "pass"),
        ("load balancer subnet ACL out", "pass"),
        ("target subnet ACL in", "pass"),
        ("target ingress", "pass"),
        ("task port", "pass"),
        ("target subnet ACL out", "pass"),
        ("load balancer subnet ACL in", "pass"),
    ]


def test_a_hop_for_each_subnet() -> None:
    labels = [(name.rpartition(" ")[2], label) for name, label, _, _ in acls({})]
    assert labels == [
        ("out", "PublicAcl of PublicA"),
        ("out", "PublicAcl of PublicB"),
        ("in", "PrivateAcl of PrivateA"),
        ("in", "PrivateAcl of PrivateB"),
        ("out", "PrivateAcl of PrivateA"),
        ("out", "PrivateAcl of PrivateB"),
        ("in", "PublicAcl of PublicA"),
        ("in", "PublicAcl of PublicB"),
    ]
    assert acls({})[0][3] == "open for 8080 to PrivateA, PrivateB"


def test_no_hop_where_no_acl_is_stated() -> None:
    assert not [hop for hop in way({}, BRIDGE) if " ACL " in hop.name]
    assert len(acls({**ONE_PAIR, "PublicAclA": None})) == 2


def test_no_hop_within_a_subnet() -> None:
    same = {
        **ONE_PAIR,
        "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets": [{"Ref": "PublicA"}],
    }
    assert acls(same) == []


def test_every_block_is_shown() -> None:
    change = {**ONE_PAIR, "PublicOutTargets": None, "PublicOutClients": None, "PrivateInA": None, "PrivateOutLow": None}
    assert [(verdict, says) for _, _, verdict, says in acls(change)] == [
        ("fail", "closed for 8080 to PrivateA"),
        ("fail", "closed for 8080 from PublicA"),
        ("fail", "closed for 1024-32767 to PublicA"),
        ("pass", "open for answers on 1024-65535 from PrivateA"),
    ]


def test_hops_name_the_peer_that_is_shut_out_and_the_place() -> None:
    hops = [hop for hop in way({"PrivateInB": None}) if hop.name == "target subnet ACL in"]
    assert {(hop.verdict.word, hop.says) for hop in hops} == {("fail", "closed for 8080 from PublicB")}
    assert all(hop.at for hop in hops)


def test_an_acl_from_elsewhere() -> None:
    found = acls({**ONE_PAIR, "PublicAclA.Properties.NetworkAclId": "acl-1"})
    said = ("the ACL of PublicA", "undecided", "network ACL acl-1 is not defined in the scan")
    assert [hop[1:] for hop in found if "load balancer" in hop[0]] == [said, said]


def test_the_health_check_needs_its_own_port() -> None:
    found = acls({**ONE_PAIR, "TargetGroup.Properties.HealthCheckPort": "9000"})
    assert found[1][3] == "closed for 9000 from PublicA"


def test_remote_desktop_may_be_shut_for_answers() -> None:
    deny = {"NetworkAclId": {"Ref": "PrivateAcl"}, "Egress": True, "RuleNumber": 1, "Protocol": 6, "RuleAction": "deny"}
    entry = {**deny, "CidrBlock": "0.0.0.0/0", "PortRange": {"From": 3389, "To": 3389}}
    found = acls({**ONE_PAIR, "Deny": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": entry}})
    assert {verdict for _, _, verdict, _ in found} == {"pass"}


def test_where_targets_see_the_clients_only_health_checks_come_from_the_load_balancer() -> None:
    group = {"VpcId": {"Ref": "Vpc"}, "Port": 8080, "Protocol": "TCP", "TargetType": "ip", "HealthCheckPort": "9000"}
    keeps = [{"Key": "preserve_client_ip.enabled", "Value": "true"}]
    found = acls({**ONE_PAIR, "TargetGroup.Properties": {**group, "TargetGroupAttributes": keeps}})
    assert found[1][3] == "closed for 9000 from PublicA"
