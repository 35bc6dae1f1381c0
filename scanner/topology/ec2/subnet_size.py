"""How many addresses a subnet has for network interfaces.

AWS keeps five addresses of every subnet, and a subnet is a /28 at the least ("Subnet CIDR blocks", Amazon VPC user
guide), so that even a subnet of which nothing is known has eleven.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from scanner.model import ABSENT, ACCOUNT, Fact, Unknown
from scanner.topology.ec2.subnet import Subnet
from scanner.topology.entity import Related
from scanner.topology.lookup import as_unknown, number, text

RESERVED = 5
SMALLEST = 28
"""The longest prefix of a subnet."""
LEAST = 2 ** (32 - SMALLEST) - RESERVED
CIDR_BITS = 8
"""The size of the blocks of ``Fn::Cidr`` where it is given none."""


def usable_addresses(subnet: Subnet) -> Fact[Any]:
    """The IPv4 addresses that a subnet can give to network interfaces."""
    stated = subnet.property("CidrBlock")
    if stated.value is ABSENT:
        length = subnet.property("Ipv4NetmaskLength")
        prefix = number(length)
        if prefix is not None:
            return _of_prefix(prefix, length)
        if length.value is ABSENT and text(subnet.property("Ipv6Native")) in ("true", "True"):
            reason = f"{subnet.label} has IPv6 addresses only, which do not run out"
            return Fact(Unknown(("ipv6", subnet.address), reason, stated.location), stated.at)
        return Fact(as_unknown(stated if length.value is ABSENT else length, f"the block of {subnet.label}"), stated.at)
    prefix = _prefix(stated)
    if prefix is None:
        return Fact(as_unknown(stated, f"the block of {subnet.label}"), stated.at)
    return _of_prefix(prefix, stated)


def free_addresses(subnet: Subnet) -> Fact[Any]:
    """The IPv4 addresses of a subnet that nothing has taken, as its account has them."""
    if text(subnet.property("Ipv6Native")) in ("true", "True"):
        return usable_addresses(subnet)  # EC2 counts none free
    stated = subnet.resource.attributes.get("AvailableIpAddressCount")
    if stated is not None and stated.value is not ABSENT:
        return stated
    reason = f"only an account tells how many addresses of {subnet.label} are free"
    if subnet.resource.source == ACCOUNT:
        reason = f"the snapshot has no AvailableIpAddressCount of {subnet.label}"
    return Fact(Unknown(("free addresses", subnet.address), reason, subnet.at[0]), subnet.at)


def all_addresses(subnets: Related[Subnet]) -> Fact[Any]:
    """The usable addresses of some subnets together."""
    total = 0
    for subnet in subnets:
        own = usable_addresses(subnet)
        if isinstance(own.value, Unknown):
            return Fact(own.value, subnets.at)
        total += own.value
    if subnets.rest is not None:
        return Fact(subnets.rest, subnets.at)
    return Fact(total, subnets.at)


def sure_addresses(subnets: Related[Subnet]) -> Fact[Any]:
    """The usable addresses that some subnets have in any case: of a block not known, what the smallest has.

    Subnets that are not known may be the ones that are, so that they count only where they are all there is.
    """
    total = LEAST if subnets.rest is not None and not subnets.items else 0
    for subnet in subnets:
        own = usable_addresses(subnet).value
        total += LEAST if isinstance(own, Unknown) else own
    return Fact(total, subnets.at, f"a subnet that is not known has {LEAST} usable addresses at the least")


def fewest_addresses(subnets: Related[Subnet]) -> Fact[Any]:
    """The usable addresses that each of some subnets has in any case."""
    counts = [usable_addresses(subnet).value for subnet in subnets]
    known = [LEAST if isinstance(count, Unknown) else int(count) for count in counts]
    return Fact(min([*known, *([LEAST] if subnets.rest is not None else [])], default=0), subnets.at)


def _of_prefix(prefix: int, stated: Fact[Any]) -> Fact[Any]:
    return Fact(max(2 ** (32 - prefix) - RESERVED, 0), stated.at, f"a /{prefix} without the {RESERVED} that AWS keeps")


def _prefix(cidr: Fact[Any]) -> int | None:
    """The length of a block's prefix, also of one that ``Fn::Cidr`` cuts from a network that is not known."""
    written = text(cidr)
    if written is not None:
        try:
            return ipaddress.IPv4Network(written.strip(), strict=False).prefixlen
        except ValueError:
            return None
    match cidr.value.key if isinstance(cidr.value, Unknown) else None:
        case ("select", int(), ("cidr", _, _)):
            return 32 - CIDR_BITS
        case ("select", int(), ("cidr", _, _, str(bits))) if bits.isdigit() and int(bits) <= 32:
            return 32 - int(bits)
        case ("text", tuple(parts)) if isinstance(parts[-1], str) and "/" in parts[-1]:
            bits = parts[-1].rpartition("/")[2]  # Sub "${Network}.1.0/24"
            return int(bits) if bits.isdigit() and int(bits) <= 32 else None
    return None
