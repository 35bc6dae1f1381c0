from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.bounded import Bounded
from scanner.analysis.ports import NONE, PortSet
from scanner.model import Unknown, Verdict
from scanner.topology.flow import STAND_IN, flow, joined_over, meets, named_port, single_symbol, stand_in
from scanner.topology.numbers import Ports, unknown_ports
from tests.topology.graphs import FARGATE, binding, graph, hosts

PORT = Unknown(("parameter", "t.yaml", "Port"), "parameter Port has no value and no default")
OTHER = Unknown(("parameter", "t.yaml", "Other"), "parameter Other has no value and no default")
RULE = "TaskGroup.Properties.SecurityGroupIngress.0"
PARAMETERS = {"Parameters.Port": {"Type": "Number"}, "Parameters.Other": {"Type": "Number"}}


def known(text: str) -> Ports:
    return Bounded.exactly(PortSet.parse(text))


def admission(change: dict[str, Any], need: Ports, protocol: str = "tcp") -> Any:
    of = graph(FARGATE, {**PARAMETERS, **change})
    [balancer] = binding(of).group().items[0].load_balancers()
    return flow(hosts(of).ingress(), balancer.endpoint(), protocol, need)


def opened(low: Any, high: Any, **more: Any) -> dict[str, Any]:
    return {
        RULE: {
            "IpProtocol": "tcp",
            "FromPort": low,
            "ToPort": high,
            "SourceSecurityGroupId": {"Ref": "BalancerGroup"},
            **more,
        }
    }


REF, REF_OTHER = {"Ref": "Port"}, {"Ref": "Other"}


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (REF, REF, "pass"),
        (0, 65535, "pass"),
        (1, 65535, "pass"),
        (80, 90, "undecided"),
        (REF_OTHER, REF_OTHER, "undecided"),
    ],
)
def test_a_port_that_is_known_by_its_symbol(low: Any, high: Any, verdict: str) -> None:
    assert admission(opened(low, high), unknown_ports(PORT)).verdict.word == verdict


def test_a_port_that_is_known_by_its_symbol_for_which_nothing_is_open() -> None:
    found = admission(
        {RULE: {"IpProtocol": "udp", "FromPort": 0, "ToPort": 65535, "CidrIp": "0.0.0.0/0"}}, unknown_ports(PORT)
    )
    assert found.verdict is Verdict.FAIL
    assert found.missing == ("its port (parameter Port has no value and no default)",)


def test_both_protocols_are_needed() -> None:
    assert admission(opened(53, 53), known("53"), "tcp").verdict is Verdict.PASS
    assert admission(opened(53, 53), known("53"), "tcp_udp").verdict is Verdict.FAIL
    assert admission(opened(53, 53, IpProtocol="-1"), known("53"), "tcp_udp").verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("low", "high", "line"),
    [(80, 85, "ToPort"), (85, 90, "FromPort"), (10, 20, "ToPort")],
)
def test_the_place_to_change_is_the_end_that_stops_short(low: int, high: int, line: str) -> None:
    of = graph(FARGATE, opened(low, high))
    [balancer] = binding(of).group().items[0].load_balancers()
    [rule] = hosts(of).ingress()
    found = flow(hosts(of).ingress(), balancer.endpoint(), "tcp", known("80-90"))
    assert found.verdict is Verdict.FAIL
    assert found.deciding[0].at[0] == rule.place_of(line)[0]


def test_the_place_to_change_is_the_peer_where_the_ports_are_right() -> None:
    of = graph(FARGATE, {RULE: {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/24"}})
    [balancer] = binding(of).group().items[0].load_balancers()
    [rule] = hosts(of).ingress()
    found = flow(hosts(of).ingress(), balancer.endpoint(), "tcp", known("80"))
    assert found.missing == ("80 from 10.0.1.0/24",)
    assert found.deciding[0].at[0] == rule.place_of("peer")[0]


def test_which_sets_are_one_unknown_port() -> None:
    assert single_symbol(unknown_ports(PORT)) == PORT.key
    assert single_symbol(Bounded(NONE, PortSet.parse("1-65535"), (PORT,))) == PORT.key
    assert single_symbol(Bounded(NONE, PortSet.parse("80-65535"), (PORT,))) is None
    assert single_symbol(unknown_ports(PORT, OTHER)) is None
    assert single_symbol(known("80")) is None


@pytest.mark.parametrize(
    ("left", "right", "verdict"),
    [
        (known("80-90"), known("90"), "pass"),
        (known("80"), known("90"), "fail"),
        (unknown_ports(PORT), unknown_ports(PORT), "pass"),
        (unknown_ports(PORT), unknown_ports(OTHER), "undecided"),
        (unknown_ports(PORT), known("0-65535"), "pass"),
        (known("1-65535"), unknown_ports(PORT), "pass"),
        (unknown_ports(PORT), known("80"), "undecided"),
        (unknown_ports(PORT), Bounded.exactly(NONE), "fail"),
    ],
)
def test_whether_sets_meet(left: Ports, right: Ports, verdict: str) -> None:
    assert meets(left, right).word == verdict
    assert meets(right, left).word == verdict


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ("1024-3388, 3390-65535", "1024-65535"),
        ("1024-3388, 3390-65535 from 10.0.0.0/24", "1024-65535 from 10.0.0.0/24"),
        ("3390-65535 to 10.0.0.0/24", "3390-65535 to 10.0.0.0/24"),
        ("80", "80"),
    ],
)
def test_tolerated_ports_do_not_cut_what_is_missing(missing: str, said: str) -> None:
    assert joined_over(missing, PortSet.of((22, 3389))) == said
    assert joined_over(missing, NONE) == missing


def test_an_unknown_port_has_a_stand_in() -> None:
    assert stand_in(unknown_ports(PORT), PORT.key) == Bounded.exactly(STAND_IN)
    assert stand_in(known("0-65535"), PORT.key) == Bounded.exactly(STAND_IN)
    assert stand_in(known("80"), PORT.key) == Bounded(NONE, STAND_IN)
    assert not stand_in(Bounded.exactly(NONE), PORT.key).may
    said = "its port (parameter Port has no value and no default) from 10.1.0.0/16"
    assert named_port("1 from 10.1.0.0/16", unknown_ports(PORT)) == said


def test_one_address_of_the_peer_is_enough_for_some() -> None:
    of = graph(FARGATE, {RULE: {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "CidrIp": "10.0.0.0/24"}})
    rules = hosts(of).ingress()
    [balancer] = binding(of).group().items[0].load_balancers()
    assert flow(rules, balancer.endpoint(), "tcp", known("80")).verdict is Verdict.FAIL
    assert flow(rules, balancer.endpoint(), "tcp", known("80"), some=True).verdict is Verdict.PASS
    assert flow(rules, balancer.endpoint(), "tcp", known("80-81"), some=True).missing == ("81",)
