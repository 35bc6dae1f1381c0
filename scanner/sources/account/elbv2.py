"""Elastic Load Balancing: load balancers, listeners, rules and target groups."""

from __future__ import annotations

from typing import Any

from scanner.sources.account import shapes
from scanner.sources.account.calls import Calls
from scanner.sources.account.found import Found

_ELB = "AWS::ElasticLoadBalancingV2::"
BALANCER, GROUP = f"{_ELB}LoadBalancer", f"{_ELB}TargetGroup"
LISTENER, RULE = f"{_ELB}Listener", f"{_ELB}ListenerRule"
_API = "elasticloadbalancing:"

APIS: dict[str, tuple[str, ...]] = {
    f"{_API}DescribeListeners": (LISTENER, RULE),
    f"{_API}DescribeLoadBalancerAttributes": (BALANCER,),
    f"{_API}DescribeLoadBalancers": (BALANCER, LISTENER, RULE),
    f"{_API}DescribeRules": (RULE,),
    f"{_API}DescribeTags": (),
    f"{_API}DescribeTargetGroupAttributes": (GROUP,),
    f"{_API}DescribeTargetGroups": (GROUP, "Observed::TargetHealth"),
}
"""The calls, and the types of the resources that they tell of, also by what they are asked for; tags alone none."""

TAGS_A_CALL = 20
"""The most resources that DescribeTags takes (Elastic Load Balancing API Reference)."""


def load_balancing(calls: Calls, found: Found) -> None:
    """Load balancers with their listeners and rules; target groups."""
    listed = calls.items(f"{_API}DescribeLoadBalancers", "LoadBalancers")
    balancers = [found.add(BALANCER, _whole(balancer)) for balancer in listed]
    groups = [found.add(GROUP, group) for group in calls.items(f"{_API}DescribeTargetGroups", "TargetGroups")]

    def listeners(balancer: dict[str, Any]) -> list[dict[str, Any]]:
        items = calls.items(f"{_API}DescribeListeners", "Listeners", LoadBalancerArn=balancer["id"])
        return [found.add(LISTENER, item) for item in items]

    def rules(listener: dict[str, Any]) -> list[dict[str, Any]]:
        items = calls.items(f"{_API}DescribeRules", "Rules", ListenerArn=listener["id"])
        return [
            found.add(RULE, {**item, "ListenerArn": listener["id"], "Priority": _priority(item.get("Priority"))})
            for item in items
            if not item.get("IsDefault")
        ]

    calls.each(lambda one: _attributes(calls, one, "LoadBalancer"), balancers)
    calls.each(lambda one: _attributes(calls, one, "TargetGroup"), groups)
    made_listeners = [one for made in calls.each(listeners, balancers) for one in made]
    made_rules = [one for made in calls.each(rules, made_listeners) for one in made]
    every = [*balancers, *groups, *made_listeners, *made_rules]
    calls.each(lambda batch: _tags(calls, list(batch)), calls.batches(every, TAGS_A_CALL))


def _whole(balancer: dict[str, Any]) -> dict[str, Any]:
    """A load balancer with what the API leaves out where it is empty or can be told."""
    full = str(balancer.get("LoadBalancerArn", "")).partition(":loadbalancer/")[2]
    return {"SecurityGroups": [], "LoadBalancerFullName": full, **balancer}


def _attributes(calls: Calls, made: dict[str, Any], kind: str) -> None:
    """Gives a load balancer or a target group its attributes."""
    answer = calls.one(f"{_API}Describe{kind}Attributes", **{f"{kind}Arn": made["id"]})
    if answer:
        listed = sorted(answer.get("Attributes", ()), key=lambda one: str(one.get("Key")))
        made["properties"][f"{kind}Attributes"] = [{"Key": one["Key"], "Value": one.get("Value", "")} for one in listed]


def _tags(calls: Calls, batch: list[dict[str, Any]]) -> None:
    by_arn = {one["id"]: one for one in batch}
    answer = calls.one(f"{_API}DescribeTags", ResourceArns=list(by_arn))
    if answer == {} and len(batch) > 1:  # one of them is gone by now, and took the answer for all with it
        for one in batch:
            _tags(calls, [one])
    for described in (answer or {}).get("TagDescriptions", ()):
        found = shapes.tags(described.get("Tags"))
        if found and described.get("ResourceArn") in by_arn:
            by_arn[described["ResourceArn"]]["tags"] = found


def _priority(value: Any) -> Any:
    return int(value) if str(value).isdigit() else value
