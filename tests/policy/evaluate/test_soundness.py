"""A verdict that is given while a value is unknown holds for every value that it can have.

Fixtures of the rules are varied at random; one to three of their values become parameters without value. A rule
that passes, or fails, must do so for all values that are put in.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import yaml
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from scanner.data import data_folder
from scanner.policy.changes import changed
from scanner.policy.examples import long_form
from scanner.policy.load import load_rules
from scanner.policy.rule import Rule
from scanner.scan import judge_text
from scanner.syntax import load

Site = tuple[str, tuple[Any, ...]]
"""A dotted path, and values that are valid there."""

PORTS = (0, 80, 8080, 32768, 40000, 50000, 50001, 61000, 65535)
BLOCKS = ("0.0.0.0/0", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/23", "192.168.1.0/0", "172.16.0.0/12")
SUBNETS = ("10.0.0.0/24", "10.0.1.0/24", "10.0.8.0/22")
GROUPS = ({"Ref": "BalancerGroup"}, {"Ref": "OwnGroup"}, {"Fn::GetAtt": ["BalancerGroup", "GroupId"]}, "sg-0a1b2c3d")
PROTOCOLS = ("tcp", "udp", "-1", 6, "17", "icmp")

BALANCER: tuple[Site, ...] = (
    ("Vpc.Properties.CidrBlock", ("10.0.0.0/16", "10.0.0.0/20")),
    ("SubnetA.Properties.CidrBlock", SUBNETS),
    ("SubnetB.Properties.CidrBlock", SUBNETS),
    ("Balancer.Properties.SecurityGroups.0", GROUPS),
    ("Balancer.Properties.Type", ("application", "network")),
    ("Balancer.Properties.Subnets.0", ({"Ref": "SubnetA"}, {"Ref": "SubnetB"}, "subnet-0a1b2c3d")),
    ("BalancerGroup.Properties.SecurityGroupEgress.0.FromPort", PORTS),
    ("BalancerGroup.Properties.SecurityGroupEgress.0.ToPort", PORTS),
    ("BalancerGroup.Properties.SecurityGroupEgress.0.CidrIp", BLOCKS),
    ("BalancerGroup.Properties.SecurityGroupEgress.0.IpProtocol", PROTOCOLS),
    ("TargetGroup.Properties.Protocol", ("HTTP", "HTTPS", "TCP", "UDP", "TCP_UDP")),
    ("TargetGroup.Properties.TargetType", ("instance", "ip")),
    ("TargetGroup.Properties.HealthCheckPort", ("traffic-port", "8080", 80, 40000, 9000)),
    ("TargetGroup.Properties.HealthCheckProtocol", ("HTTP", "TCP", "HTTPS")),
    ("TargetGroup.Properties.HealthCheckPath", ("/", "health", "/healthy")),
    ("TargetGroup.Properties.HealthCheckTimeoutSeconds", (1, 2, 5, 6, 10, 30)),
    ("TargetGroup.Properties.HealthCheckIntervalSeconds", (5, 6, 10, 30)),
    ("TargetGroup.Properties.Matcher.HttpCode", ("200", "200-299", "200,404", "404", "100-200", "2xx", "200-599")),
)
SERVICE: tuple[Site, ...] = (
    ("TaskDefinition.Properties.NetworkMode", ("bridge", "host", "awsvpc")),
    ("TaskDefinition.Properties.ContainerDefinitions.0.Name", ("web", "app")),
    ("TaskDefinition.Properties.ContainerDefinitions.0.PortMappings.0.ContainerPort", (8080, 80)),
    ("TaskDefinition.Properties.ContainerDefinitions.0.PortMappings.0.HostPort", (0, 80, 8080, 40000)),
    ("TaskDefinition.Properties.ContainerDefinitions.0.LogConfiguration.LogDriver", ("awslogs", "json-file")),
    ("Service.Properties.LoadBalancers.0.ContainerName", ("web", "app")),
    ("Service.Properties.LoadBalancers.0.ContainerPort", (8080, 80, 9000)),
    ("Service.Properties.HealthCheckGracePeriodSeconds", (0, 1, 30, 60, 90)),
    ("Service.Properties.LaunchType", ("EC2", "FARGATE")),
)


def _rule_sites(resource: str, below: str = "Properties") -> tuple[Site, ...]:
    return (
        (f"{resource}.{below}.FromPort", PORTS),
        (f"{resource}.{below}.ToPort", PORTS),
        (f"{resource}.{below}.IpProtocol", PROTOCOLS),
        (f"{resource}.{below}.SourceSecurityGroupId", GROUPS),
        (f"{resource}.{below}.CidrIp", BLOCKS),
    )


FIXTURES: dict[str, tuple[Site, ...]] = {
    "bridge-service.yaml": (
        *BALANCER,
        *SERVICE,
        *_rule_sites("HostIngressLow"),
        *_rule_sites("HostIngressHigh"),
        ("LaunchTemplate.Properties.LaunchTemplateData.SecurityGroupIds.0", GROUPS),
    ),
    "fargate-service.yaml": (
        *BALANCER,
        *SERVICE,
        *_rule_sites("TaskGroup", "Properties.SecurityGroupIngress.0"),
        ("Service.Properties.NetworkConfiguration.AwsvpcConfiguration.SecurityGroups.0", GROUPS),
    ),
}
OWN_GROUP = {"bridge-service.yaml": "HostGroup", "fargate-service.yaml": "TaskGroup"}
EGRESS = {"BalancerGroup.Properties.SecurityGroupEgress": [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]}


@lru_cache
def _template(name: str) -> Any:
    text = (data_folder("rules") / "fixtures" / name).read_text(encoding="utf-8")
    return long_form(load(text, name))


@lru_cache
def _rules() -> tuple[Rule, ...]:
    return tuple(load_rules().rules)


def _verdicts(template: Any, **values: str) -> dict[str, str]:
    """The verdict of each rule: its worst, or not_applicable."""
    text = yaml.dump(template, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False)
    document = judge_text(text, "template.yaml", _rules(), parameters=values, closed=False)
    assert not document["errors"]
    found: dict[str, str] = {}
    for rule, counts in document["summary"]["rules"].items():
        found[rule] = next((word for word in ("fail", "undecided", "pass") if counts[word]), "not_applicable")
    return found


def _put(template: Any, name: str, site: str, value: Any) -> Any:
    if value == {"Ref": "OwnGroup"}:
        value = {"Ref": OWN_GROUP[name]}
    return changed(template, {site: value})


def _flips(before: str, after: str) -> bool:
    """Whether a verdict that was given is taken back. Where a rule did not apply, it must not fail."""
    if before == "not_applicable":
        return after == "fail"
    if before == "pass":
        return after not in ("pass", "not_applicable")
    return before == "fail" and after != "fail"


@st.composite
def _variations(draw: st.DrawFn) -> tuple[str, dict[str, Any], dict[str, int], list[list[Any]]]:
    """A fixture; values to set for good; sites and the parameter that each gets; some values of the parameters."""
    name = draw(st.sampled_from(sorted(FIXTURES)))
    sites = dict(FIXTURES[name])
    settled = draw(st.lists(st.sampled_from(sorted(sites)), max_size=3))
    fixed = {site: draw(st.sampled_from(sites[site])) for site in settled}
    first = draw(st.sampled_from(sorted(set(sites) - set(fixed))))
    opened = {first: 0}
    alike = [site for site in sites if sites[site] is sites[first] and site not in fixed]
    if draw(st.booleans()):  # the same parameter at another place: symbolic equality
        opened[draw(st.sampled_from(alike))] = 0
    if draw(st.booleans()):
        opened.setdefault(draw(st.sampled_from(sorted(set(sites) - set(fixed)))), 1)
    options = [next((sites[site] for site, number in opened.items() if number == one), (0,)) for one in (0, 1)]
    tried = draw(st.lists(st.tuples(*map(st.sampled_from, options)), min_size=2, max_size=4, unique_by=repr))
    return name, fixed, opened, [list(values) for values in tried]


Variation = tuple[str, dict[str, Any], dict[str, int], list[list[Any]]]

INGRESS = "HostIngressLow.Properties."
MAPPING = "TaskDefinition.Properties.ContainerDefinitions.0.PortMappings.0."


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(variation=_variations())
@example(
    variation=(
        "bridge-service.yaml",
        {INGRESS + "CidrIp": "0.0.0.0/0"},
        {MAPPING + "HostPort": 0, INGRESS + "FromPort": 0, INGRESS + "ToPort": 0},
        [[0, 0], [8080, 0]],
    )
)
@example(
    variation=(
        "bridge-service.yaml",
        {MAPPING + "HostPort": 80, "TargetGroup.Properties.HealthCheckPort": "80"},
        {"TaskDefinition.Properties.NetworkMode": 0},
        [["bridge", 0], ["awsvpc", 0], ["host", 0]],
    )
)
@example(
    variation=(
        "fargate-service.yaml",
        {},
        {"TargetGroup.Properties.Protocol": 0, "TaskGroup.Properties.SecurityGroupIngress.0.CidrIp": 1},
        [["HTTP", "0.0.0.0/0"], ["UDP", "10.0.0.0/24"]],
    )
)
@example(
    variation=(
        "fargate-service.yaml",
        {},
        {"Service.Properties.LoadBalancers.0.ContainerName": 0},
        [["web", 0], ["app", 0]],
    )
)
def test_no_verdict_is_taken_back_when_a_value_becomes_known(variation: Variation) -> None:
    name, fixed, opened, tried = variation
    template = changed(_template(name), EGRESS)
    for site, value in fixed.items():
        template = _put(template, name, site, value)
    unknown = template
    for site, number in opened.items():
        unknown = _put(unknown, name, site, {"Ref": f"P{number}"})
    unknown = changed(unknown, {f"Parameters.P{number}": {"Type": "String"} for number in (0, 1)})
    before = _verdicts(unknown)
    for values in tried:
        known = template
        for site, number in opened.items():
            known = _put(known, name, site, values[number])
        after = _verdicts(known)
        flipped = {rule: (before[rule], after[rule]) for rule in before if _flips(before[rule], after[rule])}
        note(f"{name} {fixed} with {opened} = {values}")
        assert not flipped


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(variation=_variations())
def test_a_parameter_with_a_value_is_that_value(variation: Variation) -> None:
    name, fixed, opened, tried = variation
    template = changed(_template(name), EGRESS)
    for site, value in fixed.items():
        template = _put(template, name, site, value)
    values = tried[0]
    if any(isinstance(value, dict) for value in values):
        return
    referring, direct = template, template
    for site, number in opened.items():
        referring = _put(referring, name, site, {"Ref": f"P{number}"})
        direct = _put(direct, name, site, values[number])
    referring = changed(referring, {f"Parameters.P{number}": {"Type": "String"} for number in (0, 1)})
    assert _verdicts(referring, P0=str(values[0]), P1=str(values[1])) == _verdicts(direct)
