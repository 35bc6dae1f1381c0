"""A verdict on network ACLs that is given while a value is unknown holds for every value that it can have."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from scanner.data import data_folder
from scanner.policy.changes import changed
from scanner.policy.examples import long_form
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import judge_text
from scanner.syntax import load

PORTS = (0, 443, 1024, 8080, 8081, 32767, 32768, 65535)
BLOCKS = ("0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/24", "10.0.1.0/24", "10.0.10.0/23", "10.0.10.0/25", "203.0.113.0/24")
NUMBERS = (1, 90, 99, 105, 120, 200)
SUBNETS = tuple({"Ref": name} for name in ("PublicA", "PublicB", "PrivateA", "PrivateB"))
ACLS = ({"Ref": "PublicAcl"}, {"Ref": "PrivateAcl"})
DENY: dict[str, Any] = {"NetworkAclId": {"Ref": "PublicAcl"}, "RuleNumber": 95, "Protocol": 6, "RuleAction": "deny"}
DENY |= {"CidrBlock": "203.0.113.0/24", "PortRange": {"From": 0, "To": 65535}, "Egress": False}
ENTRIES = (
    *("PublicInClients", "PublicInReturn", "PublicOutTargets", "PublicOutClients"),
    *("PrivateInA", "PrivateInB", "PrivateOutLow", "PrivateOutHigh", "Deny"),
)

SITES: dict[str, tuple[Any, ...]] = {
    **{f"{entry}.Properties.RuleNumber": NUMBERS for entry in ENTRIES},
    **{f"{entry}.Properties.RuleAction": ("allow", "deny") for entry in ENTRIES},
    **{f"{entry}.Properties.Protocol": (6, "17", "-1") for entry in ENTRIES},
    **{f"{entry}.Properties.CidrBlock": BLOCKS for entry in ENTRIES},
    **{f"{entry}.Properties.PortRange.From": PORTS for entry in ENTRIES},
    **{f"{entry}.Properties.PortRange.To": PORTS for entry in ENTRIES},
    "Deny.Properties.Egress": (True, False),
    "Deny.Properties.NetworkAclId": ACLS,
    "PublicAclA.Properties.NetworkAclId": ACLS,
    "PrivateAclB.Properties.NetworkAclId": ACLS,
    "Balancer.Properties.Subnets.0": SUBNETS,
    "Service.Properties.NetworkConfiguration.AwsvpcConfiguration.Subnets.0": SUBNETS,
    "PublicA.Properties.CidrBlock": ("10.0.0.0/24", "10.0.4.0/24"),
    "PrivateA.Properties.CidrBlock": ("10.0.10.0/24", "10.0.12.0/24"),
    "Vpc.Properties.CidrBlock": ("10.0.0.0/16", "10.0.0.0/20"),
    "Balancer.Properties.Scheme": ("internal", "internet-facing"),
    "BalancerGroup.Properties.SecurityGroupIngress.0.CidrIp": BLOCKS,
    "Listener.Properties.Port": (443, 8080),
    "TargetGroup.Properties.HealthCheckPort": ("traffic-port", "8080", "9000"),
    "Service.Properties.LoadBalancers.0.ContainerPort": (8080, 80),
}
SETTLED_ONLY = frozenset(site for site, values in SITES.items() if isinstance(values[0], dict))
"""Sites of references: a parameter cannot be one, but an id from elsewhere."""


@lru_cache
def _template() -> Any:
    text = (data_folder("rules") / "fixtures" / "acl-service.yaml").read_text(encoding="utf-8")
    deny = {"Deny": {"Type": "AWS::EC2::NetworkAclEntry", "Properties": DENY}}
    return changed(long_form(load(text, "acl-service.yaml")), deny)


@lru_cache
def _rules() -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules().rules if rule.id in ("NET005", "NET006", "NET007", "NET008"))


def _verdicts(change: dict[str, Any]) -> dict[str, str]:
    text = yaml.dump(changed(_template(), change), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper))
    document = judge_text(text, "t.yaml", _rules(), parameters={}, closed=False)
    assert not document["errors"]
    return {
        rule: next((word for word in ("fail", "undecided", "pass") if counts[word]), "not_applicable")
        for rule, counts in document["summary"]["rules"].items()
    }


@st.composite
def _variations(draw: st.DrawFn) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Values to set for good, and sites that become parameters."""
    settled = draw(st.lists(st.sampled_from(sorted(SITES)), max_size=4, unique=True))
    fixed = {site: draw(st.sampled_from(SITES[site])) for site in settled}
    free = sorted(set(SITES) - set(fixed) - SETTLED_ONLY)
    return fixed, tuple(draw(st.lists(st.sampled_from(free), min_size=1, max_size=2, unique=True)))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_variations(), st.data())
def test_a_verdict_never_flips(variation: tuple[dict[str, Any], tuple[str, ...]], data: st.DataObject) -> None:
    fixed, opened = variation
    parameters = {f"Parameters.P{n}": {"Type": "String"} for n in range(len(opened))}
    before = _verdicts({**parameters, **fixed, **{site: {"Ref": f"P{n}"} for n, site in enumerate(opened)}})
    for _ in range(3):
        values = {site: data.draw(st.sampled_from(SITES[site])) for site in opened}
        after = _verdicts({**fixed, **values})
        note(f"{values}: {before} -> {after}")
        for rule, verdict in before.items():
            if verdict in ("pass", "fail"):
                assert after[rule] == verdict, rule


def test_the_sites_matter() -> None:
    base = _verdicts({})
    assert set(base.values()) == {"pass"}
    moved = {site for site, values in SITES.items() if any(_verdicts({site: value}) != base for value in values)}
    assert len(moved) > len(SITES) / 2, sorted(set(SITES) - moved)
