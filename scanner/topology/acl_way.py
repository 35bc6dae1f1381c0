"""The hops of a way at which a network ACL stands: out of one subnet and into the other, and the way back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from scanner.analysis.bounded import Bounded
from scanner.analysis.places import Source
from scanner.analysis.ports import NONE, PortSet
from scanner.model import Verdict
from scanner.topology.acl_flow import AclAnswer, acl_flow
from scanner.topology.ec2.network_acl import is_stated
from scanner.topology.ec2.network_acl_entry import NetworkAclEntry
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.entity import Related
from scanner.topology.flow import joined_over
from scanner.topology.hop import Hop, says
from scanner.topology.numbers import Ports


@dataclass(frozen=True, slots=True)
class Need:
    """A protocol on some ports, and how messages call it."""

    protocol: str
    ports: Ports
    tolerated: PortSet = NONE
    """Ports that may be closed all the same."""


ANSWERS = Need("tcp", Bounded.exactly(PortSet.of_range(1024, 65535)), PortSet.of((22, 3389)))
"""The ports that answers go to: all that load balancer nodes use, but for those that hardened accounts deny."""
ANSWERED = "answers on 1024-65535"


def acl_hops(
    name: str, subnets: Sequence[Subnet], peers: Sequence[Subnet], needs: Sequence[Need], needed: str, family: int
) -> Iterator[Hop]:
    """A hop for each subnet whose ACL is stated, over all peers in other subnets.

    ``name`` ends with the direction, ``in`` or ``out``; ``needed`` says what is needed.
    """
    outbound = name.endswith("out")
    for subnet in subnets:
        others = [peer for peer in peers if peer != subnet]
        if not others or not is_stated(subnet):
            continue
        acl = subnet.acl()
        word = "to" if outbound else "from"
        if not acl.items:
            reason = acl.rest.reason if acl.rest is not None else "not known"
            yield Hop(name, f"the ACL of {subnet.label}", Verdict.UNDECIDED, reason, acl.at[:1])
            continue
        label = f"{acl.items[0].label} of {subnet.label}"
        entries = acl.items[0].outbound() if outbound else acl.items[0].inbound()
        found: list[tuple[Subnet, AclAnswer]] = []
        for peer in others:
            source = peer.endpoint(family)
            found += [(peer, _answer(entries, source, need, outbound)) for need in needs]
        worst = min(answer.verdict for _, answer in found)
        bad = [(peer, answer) for peer, answer in found if answer.verdict is worst]
        whom = ", ".join(dict.fromkeys(peer.label for peer, _ in bad))
        missing = tuple(dict.fromkeys(text for _, answer in bad for text in answer.missing))
        unknown = bad[0][1].unknown
        at = bad[0][1].at[:1] or acl.at[:1]
        yield Hop(name, label, worst, says(worst, missing, unknown, f"{word} {whom}", needed), at)


def _answer(entries: Related[NetworkAclEntry], peer: Source, need: Need, outbound: bool) -> AclAnswer:
    tolerated = Bounded.exactly(need.tolerated)
    wanted = need.ports - tolerated if need.tolerated else need.ports
    found = acl_flow(entries, peer, need.protocol, wanted, outbound=outbound)
    return replace(found, missing=tuple(joined_over(text, need.tolerated) for text in found.missing))
