from __future__ import annotations

from typing import Any

from scanner.analysis.addresses import AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.places import Source
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import Unknown, Verdict
from scanner.topology.acl_flow import AclAnswer, acl_flow
from scanner.topology.ec2.network_acl import NetworkAcl
from scanner.topology.entity import Related
from tests.topology.graphs import find, graph

TARGETS = Source(addresses=AddressSet.of_cidr("10.0.10.0/23"))
PORT = Unknown(("parameter", "t.yaml", "P"), "parameter P has no value")
SYMBOL = Bounded(NONE, ALL, (PORT,))


def ask(
    change: dict[str, Any], need: str | Bounded[PortSet], protocol: str = "tcp", outbound: bool = False
) -> AclAnswer:
    acl = find(NetworkAcl, graph("acl-service", {"Parameters.P": {"Type": "Number"}, **change}), "PublicAcl")
    entries = acl.outbound() if outbound else acl.inbound()
    wanted = Bounded.exactly(PortSet.parse(need)) if isinstance(need, str) else need
    return acl_flow(entries, TARGETS, protocol, wanted, outbound=outbound)


def test_says_what_is_missing_and_where_to_change_it() -> None:
    change = {"PublicInReturn.Properties.PortRange.From": 32768}
    answer = ask(change, "1024-65535")
    assert (answer.verdict, answer.missing) == (Verdict.FAIL, ("1024-32767",))
    assert answer.at[0] == _place("PublicInReturn", "PortRange.From", change)


def test_outbound_traffic_goes_to_addresses() -> None:
    answer = ask({"PublicOutTargets.Properties.CidrBlock": "10.0.10.0/24"}, "8080", outbound=True)
    assert answer.verdict is Verdict.PASS
    shut = {"PublicOutTargets.Properties.CidrBlock": "10.0.10.0/24", "PublicOutClients": None}
    assert ask(shut, "8080", outbound=True).missing == ("8080 to 10.0.11.0/24",)


def test_two_protocols_are_both_needed() -> None:
    assert ask({}, "8080", "tcp_udp").verdict is Verdict.FAIL
    assert ask({"PublicInReturn.Properties.Protocol": -1}, "8080", "tcp_udp").verdict is Verdict.PASS


def test_an_acl_without_entries_points_at_itself() -> None:
    acl = find(NetworkAcl, graph("acl-service", {"PublicInReturn": None, "PublicInClients": None}), "PublicAcl")
    answer = acl_flow(acl.inbound(), TARGETS, "tcp", Bounded.exactly(PortSet.parse("8080")))
    assert answer == AclAnswer(Verdict.FAIL, ("8080",), (), acl.at)


def test_a_port_that_is_not_known_passes_where_all_ports_do_or_the_same_is_open() -> None:
    assert ask({"PublicInReturn.Properties.Protocol": -1}, SYMBOL).verdict is Verdict.PASS
    undecided = ask({}, SYMBOL)
    assert undecided.verdict is Verdict.UNDECIDED
    assert undecided.missing == ("its port (parameter P has no value)",)
    assert undecided.unknown
    same = {f"PublicInReturn.Properties.PortRange.{end}": {"Ref": "P"} for end in ("From", "To")}
    acl = find(NetworkAcl, graph("acl-service", {"Parameters.P": {"Type": "Number"}, **same}), "PublicAcl")
    [port] = [entry.entry.ports for entry in acl.inbound() if entry.resource.id == "PublicInReturn"]
    assert acl_flow(acl.inbound(), TARGETS, "tcp", port).verdict is Verdict.PASS


def test_entries_of_several_acls_are_judged_apart() -> None:
    whole = graph("acl-service")
    public, private = (find(NetworkAcl, whole, id).inbound() for id in ("PublicAcl", "PrivateAcl"))
    need = Bounded.exactly(PortSet.parse("1024-65535"))
    assert acl_flow(public, TARGETS, "tcp", need).verdict is Verdict.PASS
    both = Related((*public.items, *private.items), None, public.at)
    assert acl_flow(both, TARGETS, "tcp", need).verdict is Verdict.FAIL


def _place(id: str, name: str, change: dict[str, Any]) -> Any:
    acl = find(NetworkAcl, graph("acl-service", {"Parameters.P": {"Type": "Number"}, **change}), "PublicAcl")
    [entry] = [one for one in acl.inbound() if one.resource.id == id]
    return entry.place_of(name)[0]
