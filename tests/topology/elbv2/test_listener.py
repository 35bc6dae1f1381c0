from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.ports import PortSet
from scanner.model import Unknown
from scanner.topology.elbv2.listener import Attachment, Listener
from scanner.topology.elbv2.target_group import TargetGroup
from tests.topology.graphs import BRIDGE, FARGATE, find, graph, ids

GROUP = {"TargetGroupArn": {"Ref": "TargetGroup"}}
OTHER = {"TargetGroupArn": "arn:1"}


@pytest.mark.parametrize(
    ("actions", "attached"),
    [
        ([{"Type": "forward", **GROUP}], True),
        ([{"Type": "forward", "ForwardConfig": {"TargetGroups": [OTHER, {**GROUP, "Weight": 1}]}}], True),
        ([{"Type": "authenticate-oidc", "Order": 1}, {"Type": "forward", "Order": 2, **GROUP}], True),
        ([{"Type": "forward", **OTHER}], False),
        ([{"Type": "redirect", "RedirectConfig": {"StatusCode": "HTTP_301"}}], False),
    ],
)
def test_what_a_default_action_forwards_to(actions: Any, attached: bool) -> None:
    group = find(TargetGroup, graph(BRIDGE, {"Listener.Properties.DefaultActions": actions}), "TargetGroup")
    assert ids(group.attachments()) == (["Listener"] if attached else [])
    assert group.attachments().rest is None
    assert ids(group.load_balancers()) == (["Balancer"] if attached else [])


def test_a_rule_leads_to_its_listener_and_load_balancer() -> None:
    of = graph(FARGATE)
    group = find(TargetGroup, of, "TargetGroup")
    assert ids(group.attachments()) == ["ListenerRule"]
    assert ids(group.listeners()) == ["Listener"]
    assert ids(find(Attachment, of, "ListenerRule").listener()) == ["Listener"]


def test_a_rule_of_a_listener_outside_of_the_scan() -> None:
    change = {"ListenerRule.Properties.ListenerArn": {"Fn::ImportValue": "listener"}}
    group = find(TargetGroup, graph(FARGATE, change), "TargetGroup")
    assert ids(group.attachments()) == ["ListenerRule"]
    assert group.listeners().items == ()
    assert group.load_balancers().rest is not None
    assert "import" in group.load_balancers().rest.reason or "export" in group.load_balancers().rest.reason


def test_a_condition_decides_whether_a_listener_is_there() -> None:
    change = {"Conditions.Never": {"Fn::Equals": ["a", "b"]}, "Listener.Condition": "Never"}
    group = find(TargetGroup, graph(BRIDGE, change), "TargetGroup")
    assert group.attachments().items == ()


def test_port_and_protocol() -> None:
    found = find(Listener, graph(FARGATE), "Listener")
    assert (found.port().value, found.protocol().value) == (443, "HTTPS")


@pytest.mark.parametrize(
    ("protocol", "transport"), [("HTTPS", "tcp"), ("TLS", "tcp"), ("UDP", "udp"), ("TCP_UDP", "tcp_udp")]
)
def test_the_port_and_its_transport(protocol: str, transport: str) -> None:
    listener = find(Listener, graph(BRIDGE, {"Listener.Properties.Protocol": protocol}), "Listener")
    assert listener.transport().value == transport
    assert listener.ports().value.must == PortSet.of((80,))


def test_a_transport_that_is_not_known() -> None:
    change = {"Parameters.P": {"Type": "String"}, "Listener.Properties.Protocol": {"Ref": "P"}}
    assert isinstance(find(Listener, graph(BRIDGE, change), "Listener").transport().value, Unknown)
