"""The VPC endpoints that a subnet's traffic can use instead of a way to the internet."""

from __future__ import annotations

from collections.abc import Iterator
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
        if not _same_vpc(subnet, endpoint):
            continue
        service = _service(endpoint.get("ServiceName"))
        if service is not None and _serves(subnet, endpoint):
            found.append(Fact(service, (endpoint.location,)))
    vpc = subnet.graph.named_by(subnet.vpc(), VPC)
    if vpc is not None:
        rest = subnet.graph.open_world(vpc, "a VPC endpoint", ENDPOINT)
    else:
        reason = f"the VPC of {subnet.label} may have endpoints that the scan does not hold"
        rest = Unknown(("endpoints", subnet.address), reason, subnet.at[0])
    return Fact(Items(tuple(found), rest), subnet.at)


def _same_vpc(subnet: Subnet, endpoint: Resource) -> bool:
    stated = endpoint.get("VpcId")
    return stated.value is not ABSENT and equal(stated, subnet.vpc()) is True


def _serves(subnet: Subnet, endpoint: Resource) -> bool:
    kind = endpoint.get("VpcEndpointType").value
    if kind == "Interface":
        return str(endpoint.get("PrivateDnsEnabled").value).lower() == "true"
    table = route_table(subnet)
    if not isinstance(table, Resource):
        return False
    tables: Iterator[Resource | None] = (
        subnet.graph.named_by(one, TABLE) for one in elements(endpoint.get("RouteTableIds"))
    )
    return any(one is not None and one.address == table.address for one in tables)


def _service(name: Fact[Any]) -> str | None:
    """``logs`` of ``com.amazonaws.REGION.logs``, whatever the region."""
    last = parts_of(name.value)[-1:]
    if not last or not isinstance(last[0], str):
        return None
    labels = last[0].split(".")
    tail = ".".join(labels[-2:])
    return tail if tail in SEVERAL else labels[-1]
