"""Security groups with their rules, inline and separate."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from scanner.analysis.bounded import equal
from scanner.model import ACCOUNT, Fact, Items, Location, Reference, Resource, ResourceGraph, Unknown
from scanner.topology.ec2.security_group_rule import SecurityGroupRule
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.lookup import as_unknown, elements, naming, related

TYPE = "AWS::EC2::SecurityGroup"
INGRESS = "AWS::EC2::SecurityGroupIngress"
EGRESS = "AWS::EC2::SecurityGroupEgress"


class SecurityGroup(Entity):
    """A security group of a VPC."""

    kind = "ec2.security_group"

    @many("ec2.security_group_rule")
    def ingress(self) -> Related[SecurityGroupRule]:
        """The rules that let traffic in: inline ones and resources of their own."""
        stated = self.property("SecurityGroupIngress")
        rules = [*self._inline(stated, False), *self._separate(INGRESS, ("GroupId", "GroupName"))]
        rest = _unknown(stated) or self.graph.open_world(self.resource, "an ingress rule", INGRESS)
        at = tuple(place for rule in rules for place in rule.rule.at[:1]) or stated.at
        return Related(tuple(rules), rest, at)

    @many("ec2.security_group_rule")
    def egress(self) -> Related[SecurityGroupRule]:
        """The rules that let traffic out.

        A group that states none, or an empty list, keeps EC2's default, which lets everything out; whether
        separate rules take the default away is reported differently, so it is then in doubt.
        """
        stated = self.property("SecurityGroupEgress")
        separate = list(self._separate(EGRESS, ("GroupId",)))
        rules = [*self._inline(stated, True), *separate]
        if next(elements(stated), None) is None and self.resource.source != ACCOUNT:
            rules.append(self._default_egress(stated, bool(separate)))
        rest = _unknown(stated) or self.graph.open_world(self.resource, "an egress rule", EGRESS)
        at = tuple(place for rule in rules for place in rule.rule.at[:1]) or stated.at
        return Related(tuple(rules), rest, at)

    @fact("any")
    def vpc(self) -> Fact[Any]:
        """The VPC it belongs to."""
        return self.property("VpcId")

    def _inline(self, stated: Fact[Any], outbound: bool) -> Iterable[SecurityGroupRule]:
        direction = "egress" if outbound else "ingress"
        for index, element in enumerate(elements(stated)):
            if isinstance(element.value, Mapping):
                name = f"{direction}/{index}"
                yield SecurityGroupRule(self.graph, self.resource, element, outbound=outbound, name=name)

    def _separate(self, type: str, names: tuple[str, ...]) -> Iterable[SecurityGroupRule]:
        def groups(resource: Resource) -> Iterable[Fact[Any]]:
            return (resource.get(name) for name in names if name in resource.properties)

        for resource, _ in naming(self.graph, self.resource, (type,), groups):
            stated = Fact(resource.properties, (resource.location,))
            yield SecurityGroupRule(self.graph, resource, stated, outbound=type == EGRESS)

    def _default_egress(self, stated: Fact[Any], doubted: bool) -> SecurityGroupRule:
        everything = {
            "IpProtocol": Fact("-1", stated.at, "default egress of EC2"),
            "CidrIp": Fact("0.0.0.0/0", stated.at),
            "CidrIpv6": Fact("::/0", stated.at),
        }
        doubt = Unknown(
            ("default egress", self.address),
            f"whether {self.label} keeps its default egress beside separate egress rules depends on the deployment",
            stated.location,
            "state SecurityGroupEgress in the group",
        )
        default = Fact(everything, stated.at, "default egress of EC2")
        return SecurityGroupRule(
            self.graph, self.resource, default, outbound=True, doubt=doubt if doubted else None, name="egress/default"
        )


def _unknown(stated: Fact[Any]) -> Unknown | None:
    """Why a list of inline rules is not fully known."""
    opaque = (element for element in elements(stated) if not isinstance(element.value, Mapping))
    return next((as_unknown(element, "a rule of the group") for element in opaque), None)


def rules_of(
    graph: ResourceGraph, groups: Related[SecurityGroup], ids: Fact[Any], direction: str
) -> Related[SecurityGroupRule]:
    """The union of the rules of some groups, as it holds for an interface that has them all.

    Of a group that is not in the scan, those rules are known that the scan adds to it.
    """
    rules: list[SecurityGroupRule] = list(_added(graph, ids, direction)) if groups.rest is not None else []
    rest = groups.rest
    at: list[Location] = []
    for group in groups:
        found = group.ingress() if direction == "ingress" else group.egress()
        rules += found.items
        rest = rest or found.rest
        at += found.at
    return Related(tuple(rules), rest, tuple(at) or groups.at)


def _added(graph: ResourceGraph, ids: Fact[Any], direction: str) -> Iterator[SecurityGroupRule]:
    """The rules of their own that name a group as the ids do that lead to no group of the scan: by the same import,
    the same parameter or the same id."""
    opaque = [one for one in elements(ids) if graph.named_by(one, TYPE) is None]
    for resource in graph.declared(INGRESS if direction == "ingress" else EGRESS) if opaque else ():
        if any(equal(resource.get("GroupId"), one) for one in opaque) and resource.exists():
            stated = Fact(resource.properties, (resource.location,))
            yield SecurityGroupRule(graph, resource, stated, outbound=direction == "egress")


def groups_named(graph: ResourceGraph, value: Fact[Any]) -> Related[SecurityGroup]:
    """The groups that a list of ids names."""
    return related(graph, value, SecurityGroup, (TYPE,), "security group")


def group_ids(graph: ResourceGraph, value: Fact[Any]) -> Fact[Items]:
    """A list of group ids as symbolic members, each once in the order of the list.

    A group that nobody outside of its stack can name is told apart from all that comes from there.
    """
    known, rest = [], None
    for element in elements(value):
        if isinstance(element.value, Unknown) and element.value == value.value:
            rest = element.value
        else:
            group = graph.named_by(element, TYPE)
            if group is not None and isinstance(element.value, Reference) and graph.stays(group):
                element = replace(element, value=replace(element.value, inside=True))
            known.append(element)
    return Fact(Items(tuple(known), rest), value.at)
