"""The VPCs of the two ends of a binding, under common names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.model import Fact, Items, Unknown
from scanner.topology.ec2.vpcs import Names, common, vpc_named, vpcs_of

if TYPE_CHECKING:
    from scanner.topology.ecs.binding import Binding


def vpcs(binding: Binding, of: str) -> Fact[Any]:
    """The VPC of a binding's ``balancer``, ``group`` or ``hosts``, under the name that all three use for it.

    There are several if it surely lies in several.
    """
    found: Fact[Any] = binding.graph.memo(("vpcs", binding.address, of), lambda: _all(binding)[of])
    return found


def _all(binding: Binding) -> dict[str, Fact[Any]]:
    group = binding.group()
    balancers = [balancer for target in group for balancer in target.load_balancers()]
    balancers_rest = group.rest or next((target.load_balancers().rest for target in group), None)
    hosts = binding.hosts()
    parties: list[tuple[str, Names]] = []
    for target in group:
        parties.append(("group", (vpc_named(binding.graph, target.property("VpcId"), target.label),)))
    for balancer in balancers:
        names = vpcs_of(binding.graph, balancer.subnet_ids(), balancer.property("SecurityGroups"))
        parties.append(("balancer", names))
    for place in hosts:
        parties.append(("hosts", vpcs_of(binding.graph, place.subnet_ids(), place.group_ids())))
    named = common([names for _, names in parties])
    rests = {"group": group.rest, "balancer": balancers_rest, "hosts": hosts.rest}
    found: dict[str, list[Fact[Any]]] = {of: [] for of in rests}
    for (of, _), fact in zip(parties, named, strict=True):
        found[of].append(fact)
    return {of: _joined(facts, rests[of]) for of, facts in found.items()}


def _joined(facts: list[Fact[Any]], rest: Unknown | None) -> Fact[Any]:
    items: list[Fact[Any]] = []
    for fact in facts:
        items += [item for item in fact.value.items if all(item.value != other.value for other in items)]
        rest = rest or fact.value.rest
    at = tuple(dict.fromkeys(place for fact in facts for place in fact.at))
    return Fact(Items(tuple(items), rest), at)
