from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.addresses import EVERYWHERE_V4, AddressSet
from scanner.analysis.ports import ALL, PortSet
from scanner.model import Unknown
from scanner.topology.ec2.network_acl import NetworkAcl
from scanner.topology.ec2.network_acl_entry import NetworkAclEntry
from tests.topology.graphs import find, graph

PARAMETER = {"Parameters.P": {"Type": "String"}}


def entry(change: dict[str, Any] | None = None) -> NetworkAclEntry:
    """PublicInReturn of the fixture, with some properties changed."""
    changed = {f"PublicInReturn.Properties.{name}": value for name, value in (change or {}).items()}
    acl = find(NetworkAcl, graph("acl-service", {**PARAMETER, **changed}), "PublicAcl")
    [found] = [one for one in acl.inbound() if one.resource.id == "PublicInReturn"]
    return found


def test_what_an_entry_states() -> None:
    found = entry()
    assert (found.number().value, found.action().value, found.protocol().value) == (110, "allow", "tcp")
    assert found.ports().value.must == PortSet.of_range(1024, 65535)
    assert not found.ports(protocol="udp").value.may
    assert found.addresses().value.must == AddressSet.of_cidr("10.0.0.0/16")
    assert found.label == "PublicInReturn"
    assert found.address == "t.yaml#PublicInReturn"
    assert (found.entry.number, found.entry.allow, found.entry.doubt) == (110, True, None)


@pytest.mark.parametrize(("written", "protocol"), [(6, "tcp"), ("6", "tcp"), (17, "udp"), ("-1", "-1"), (-1, "-1")])
def test_protocols(written: Any, protocol: str) -> None:
    assert entry({"Protocol": written}).protocol().value == protocol


def test_protocol_minus_one_matches_every_port() -> None:
    found = entry({"Protocol": -1, "PortRange": {"From": 80, "To": 80}})
    assert found.ports().value.must == found.ports(protocol="udp").value.must == ALL


def test_a_block_of_the_vpc_by_reference() -> None:
    assert entry({"CidrBlock": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}).entry.block == AddressSet.of_cidr("10.0.0.0/16")


def test_a_block_of_ipv6() -> None:
    found = entry({"CidrBlock": None, "Ipv6CidrBlock": "::/0"})
    assert isinstance(found.entry.block, AddressSet)
    assert not found.entry.block & EVERYWHERE_V4
    assert found.place_of("CidrBlock") == found.property("Ipv6CidrBlock").at[:1]


@pytest.mark.parametrize(
    ("name", "field"),
    [("RuleNumber", "number"), ("RuleAction", "allow"), ("Protocol", "protocol"), ("CidrBlock", "block")],
)
def test_what_is_not_known(name: str, field: str) -> None:
    value = getattr(entry({name: {"Ref": "P"}}).entry, field)
    assert isinstance(value, Unknown)
    assert value.reason == "parameter P has no value and no default"


def test_ports_that_are_not_known() -> None:
    ports = entry({"PortRange.From": {"Ref": "P"}}).entry.ports
    assert (ports.must, ports.may) == (PortSet(), ALL)
    ports = entry({"PortRange": None}).entry.ports
    assert not ports.must
    assert ports.may


@pytest.mark.parametrize("action", ["Allow", "refuse"])
def test_actions(action: str) -> None:
    allow = entry({"RuleAction": action}).entry.allow
    assert allow is True if action == "Allow" else isinstance(allow, Unknown)


def test_places_to_change() -> None:
    found = entry()
    lines = [found.place_of(name)[0].line for name in ("RuleAction", "CidrBlock", "PortRange.From", "PortRange.To")]
    assert lines == sorted(set(lines))
    assert found.place_of("Ipv6") == ()
    assert set(found.at) < set(found.places)
