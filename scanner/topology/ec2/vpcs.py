"""Which VPC things lie in, compared symbolically.

A load balancer, the interfaces of tasks and an Auto Scaling group have subnets and security groups, and AWS takes
them only from one VPC ("All subnets and security groups must be in the same VPC"). So what each of them says of its
VPC are several names of one thing, which ``common`` uses: where a subnet is not known, another subnet or the security
group beside it tells its VPC.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from scanner.analysis.bounded import equal
from scanner.model import ABSENT, Fact, Items, Reference, ResourceGraph, Unknown
from scanner.topology.ec2.security_group import TYPE as GROUP
from scanner.topology.ec2.subnet import TYPE as SUBNET
from scanner.topology.lookup import as_unknown, elements, text

VPC = "AWS::EC2::VPC"
OWNER = "vpc of"
"""The first part of the key of a VPC that is known only by what lies in it."""

Names = tuple[Fact[Any], ...]


def vpcs_of(graph: ResourceGraph, subnets: Fact[Any], groups: Fact[Any]) -> Names:
    """What subnets say of their VPC, as values: a VPC, or the VPC of something unknown. Where they do not tell it,
    security groups do."""
    found: list[Fact[Any]] = []
    for ids, type in ((subnets, SUBNET), (groups, GROUP)):
        for element in elements(ids):
            vpc = _vpc_of(graph, element, type)
            if all(vpc.value != other.value for other in found):
                found.append(vpc)
        if any(not isinstance(vpc.value, Unknown) for vpc in found):
            break
    return tuple(found)


def vpc_named(graph: ResourceGraph, vpc: Fact[Any], whose: str) -> Fact[Any]:
    """A VPC as a property names it, in one form for all attributes that name it."""
    value = vpc.value
    if value is ABSENT:
        reason = f"{whose} names no VPC, so it is in the default one"
        return Fact(Unknown((OWNER, "default"), reason, vpc.location), vpc.at)
    if isinstance(value, Reference):
        return _followed(graph, vpc, value)
    return vpc


def common(parties: Sequence[Names]) -> tuple[Fact[Items], ...]:
    """For each party its VPC under a name that all parties use for it, if that is the same for sure.

    A party is what one thing says of its VPC. Two parties with a name in common are in one VPC, and so are those
    that a third one ties together. The known VPCs of a party are kept as they are, also where it names several.
    """
    classes = [set(_indexes(parties, party)) for party in parties]
    merged = True
    while merged:
        merged = False
        for one in classes:
            for other in classes:
                if one is not other and one & other and one != other:
                    one |= other
                    merged = True
    every = [name for party in parties for name in party]
    return tuple(
        _chosen(party, [every[index] for index in sorted(found)]) for party, found in zip(parties, classes, strict=True)
    )


def _indexes(parties: Sequence[Names], party: Names) -> Iterator[int]:
    """The places, among all names, of those that are surely a party's."""
    for index, name in enumerate(name for each in parties for name in each):
        if any(equal(name, own) for own in party):
            yield index


def _chosen(party: Names, of_class: Sequence[Fact[Any]]) -> Fact[Items]:
    at = tuple(dict.fromkeys(place for name in party for place in name.at))
    for names in (party, of_class):
        known = _distinct(name for name in names if not isinstance(name.value, Unknown))
        if known:
            return Fact(Items(tuple(Fact(name.value, at) for name in known)), at)
    for stated in (True, False):
        for name in of_class:
            if _is_stated(name) is stated:
                return Fact(Items((Fact(name.value, at),)), at)
    return Fact(Items((), Unknown((OWNER, "nothing", at[:1]), "nothing tells the VPC", at[0] if at else None)), at)


def _is_stated(name: Fact[Any]) -> bool:
    key = name.value.key if isinstance(name.value, Unknown) else ()
    return not (isinstance(key, tuple) and key[:1] == (OWNER,))


def _distinct(names: Iterable[Fact[Any]]) -> list[Fact[Any]]:
    found: list[Fact[Any]] = []
    for name in names:
        if not any(equal(name, other) for other in found):
            found.append(name)
    return found


def _vpc_of(graph: ResourceGraph, element: Fact[Any], type: str) -> Fact[Any]:
    resource = graph.named_by(element, type)
    if resource is not None:
        found = vpc_named(graph, resource.get("VpcId"), resource.id)
        return Fact(found.value, element.at).seen_at(*found.at)
    what = "subnet" if type == SUBNET else "security group"
    written = text(element)
    if written is not None:
        reason = f"{what} {written} {graph.missing(written, type)}, so its VPC is not known"
        return Fact(Unknown((OWNER, written), reason, element.location), element.at)
    unknown = as_unknown(element, f"the {what}")
    owner = (OWNER, _whole(unknown.key))
    return Fact(Unknown(owner, unknown.reason, unknown.location, unknown.supply), element.at)


def _whole(key: Any) -> Any:
    """The list that an unknown was picked from: all of a list of subnets lie in one VPC."""
    while isinstance(key, tuple) and len(key) == 3 and key[0] == "select" and isinstance(key[1], int):
        key = key[2]
    return key


def _followed(graph: ResourceGraph, vpc: Fact[Any], value: Reference) -> Fact[Any]:
    resource = graph.named_by(vpc, VPC)
    if resource is not None:
        return Fact(Reference(resource.address, text=value.text), vpc.at)
    try:
        other = graph.resource(value.address)
    except KeyError:
        return vpc
    if value.attribute == "VpcId" and other.type in (SUBNET, GROUP):
        return vpc_named(graph, other.get("VpcId"), other.id).seen_at(*vpc.at)
    return vpc
