"""The VPC endpoints that a subnet's traffic can use instead of a way to the internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.bounded import equal
from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, Fact, Items, Resource, Unknown
from scanner.topology.ec2.routes import TABLE, route_table
from scanner.topology.lookup import elements

if TYPE_CHECKING:
    from scanner.topology.ec2.subnet import Subnet

ENDPOINT = "AWS::EC2::VPCEndpoint"
VPC = "AWS::EC2::VPC"
SEVERAL = ("ecr.api", "ecr.dkr")
"""Services whose names hold a dot."""


def endpoints(subnet: Subnet) -> Fact[Any]:
    """The services that have an endpoint for a subnet: ``ecr.api``, ``s3``.

    An interface endpoint serves its whole VPC by its private names, a gateway endpoint the route tables it lists.
    """
    found: list[Fact[Any]] = []
    rest: Unknown | None = None
    for endpoint in subnet.graph.of_type(ENDPOINT):
        service = _service(endpoint.get("ServiceName"))
        answers = (_same_vpc(subnet, endpoint), _serves(subnet, endpoint), None if service is None else True)
        if all(answers) and service is not None:
            found.append(Fact(service, (endpoint.location,)))
        elif False not in answers:
            reason = f"whether {endpoint.id} serves {subnet.label} is not known"
            rest = rest or Unknown(("endpoint", endpoint.address, subnet.address), reason, endpoint.location)
    return Fact(Items(tuple(found), rest or _others(subnet)), subnet.at)


def _others(subnet: Subnet) -> Unknown | None:
    """Why the VPC may have endpoints that the scan does not hold."""
    vpc = subnet.graph.named_by(subnet.vpc(), VPC)
    if vpc is not None:
        return subnet.graph.open_world(vpc, "a VPC endpoint", ENDPOINT)
    reason = f"the VPC of {subnet.label} may have endpoints that the scan does not hold"
    return Unknown(("endpoints", subnet.address), reason, subnet.at[0])


def _same_vpc(subnet: Subnet, endpoint: Resource) -> bool | None:
    stated = endpoint.get("VpcId")
    return False if stated.value is ABSENT else equal(stated, subnet.vpc())


def _serves(subnet: Subnet, endpoint: Resource) -> bool | None:
    kind = endpoint.get("VpcEndpointType")
    if isinstance(kind.value, Unknown):
        return None
    if kind.value == "Interface":
        private = endpoint.get("PrivateDnsEnabled").value
        return None if isinstance(private, Unknown) else str(private).lower() == "true"
    if kind.value not in (ABSENT, "Gateway"):
        return False
    table = route_table(subnet)
    answers = [_is_table(subnet, one, table) for one in elements(endpoint.get("RouteTableIds"))]
    return True if True in answers else None if None in answers else False


def _is_table(subnet: Subnet, stated: Fact[Any], table: Resource | Unknown | None) -> bool | None:
    """Whether a value names the route table of a subnet; None if that cannot be told."""
    named = subnet.graph.named_by(stated, TABLE)
    if isinstance(table, Unknown):
        return True if isinstance(stated.value, Unknown) and stated.value.key == table.key else None
    if named is None and isinstance(stated.value, Unknown):
        return None
    return named is not None and table is not None and named.address == table.address


def _service(name: Fact[Any]) -> str | None:
    """``logs`` of ``com.amazonaws.REGION.logs``, whatever the region."""
    last = parts_of(name.value)[-1:]
    if not last or not isinstance(last[0], str):
        return None
    labels = last[0].split(".")
    tail = ".".join(labels[-2:])
    return tail if tail in SEVERAL else labels[-1]
