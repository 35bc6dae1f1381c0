"""Port sets from property values, also where a port is known only by its symbol."""

from __future__ import annotations

from typing import Any

from scanner.analysis.bounded import Bounded
from scanner.analysis.ports import ALL, NONE, PortSet
from scanner.model import ABSENT, Fact, Unknown
from scanner.topology.lookup import as_unknown, number, text

Ports = Bounded[PortSet]


def unknown_ports(*unknown: Unknown) -> Ports:
    """Any ports, for the reasons given."""
    return Bounded(NONE, ALL, unknown)


def one_port(fact: Fact[Any], what: str) -> Ports:
    """The set of one port; no port where the value is absent."""
    value = number(fact)
    if value is not None and 0 <= value <= 65535:
        return Bounded.exactly(PortSet.of_range(value, value))
    if fact.value is ABSENT:
        return Bounded.exactly(NONE)
    return unknown_ports(as_unknown(fact, what))


def port_range(low: Fact[Any], high: Fact[Any], what: str) -> Ports:
    """All ports from one value to another. The same unknown as both ends is that one port, whatever it is."""
    first, last = number(low), number(high)
    if first is not None and last is not None:
        if not 0 <= first <= last <= 65535:
            return Bounded.exactly(NONE)
        return Bounded.exactly(PortSet.of_range(first, last))
    if isinstance(low.value, Unknown) and low.value == high.value:
        return unknown_ports(low.value)
    unknown = tuple(as_unknown(fact, what) for fact in (low, high) if number(fact) is None)
    may = PortSet.of_range(max(first or 0, 0), min(last if last is not None else 65535, 65535))
    return Bounded(NONE, may, unknown)


def written_ports(fact: Fact[Any], what: str) -> Ports:
    """Ports as text, ``8000-8100``."""
    written = text(fact)
    if written is None:
        return unknown_ports(as_unknown(fact, what))
    try:
        return Bounded.exactly(PortSet.parse(written))
    except ValueError:
        return unknown_ports(Unknown(("malformed", written), f"{what} {written} is no range of ports", fact.location))
