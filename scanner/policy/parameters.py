"""Values of rule parameters, and the literals that have a form of their own."""

from __future__ import annotations

import ipaddress
import re
from typing import Any

PARAMETER_TYPES = ("number", "text", "boolean", "ports", "list", "peers")
PROTOCOLS = frozenset({"tcp", "udp", "icmp", "icmpv6", "all", "-1"})

_PORTS = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")


def ports_fault(text: str) -> str:
    """What is wrong with a set of ports written as text (``80,443,8000-8100``), or nothing."""
    for part in text.split(","):
        found = _PORTS.fullmatch(part.strip())
        if not found:
            return f'"{text}" is not a set of ports; write them as 80,443,8000-8100'
        low, high = int(found.group(1)), int(found.group(2) or found.group(1))
        if high > 65535:
            return f"port {high} is above 65535"
        if low > high:
            return f"the range {low}-{high} runs backwards"
    return ""


def regex_fault(text: str) -> str:
    """What is wrong with a regular expression, or nothing."""
    try:
        re.compile(text)
    except re.error as error:
        return f'"{text}" is not a regular expression: {error}'
    return ""


def protocol_fault(text: str) -> str:
    """What is wrong with a protocol's name or number, or nothing."""
    if text in PROTOCOLS or (text.isdigit() and int(text) <= 255):
        return ""
    return f'"{text}" is not a protocol; use tcp, udp, icmp, icmpv6, all, or a number to 255'


def family_fault(text: str) -> str:
    """What is wrong with an address family, or nothing."""
    return "" if text in ("ipv4", "ipv6") else f'"{text}" is not an address family: ipv4 or ipv6'


def quantity_fault(text: str) -> str:
    """What is wrong with a word for how many, or nothing."""
    return "" if text in ("every", "some") else f'"{text}" is neither every nor some'


def aspect_fault(text: str) -> str:
    if text in ("actions", "resources", "limits") or re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z][\w/.-]*", text):
        return ""
    return f'"{text}" is none of actions, resources, limits, and no condition key such as ecs:cluster'


def peers_fault(text: str) -> str:
    """What is wrong with an address block written as text, or nothing."""
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return f'"{text}" is not an address block such as 10.0.0.0/16'
    return ""


def convert(type: str, value: Any) -> Any:
    """The value of a parameter of one of PARAMETER_TYPES; lists become tuples.

    Raises ValueError saying what is wanted.
    """
    if type == "number" and isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if type == "boolean" and isinstance(value, bool):
        return value
    if type == "text" and isinstance(value, str):
        return value
    if type == "list" and isinstance(value, (list, tuple)):
        return tuple(value)
    if type == "ports" and isinstance(value, (int, str)) and not isinstance(value, bool):
        _raise(ports_fault(str(value)))
        return str(value)
    if type == "peers" and isinstance(value, (str, list, tuple)):
        blocks = (value,) if isinstance(value, str) else tuple(value)
        for block in blocks:
            _raise(peers_fault(str(block)))
        return blocks
    wanted = {
        "number": "a number",
        "text": "text",
        "boolean": "true or false",
        "list": "a list",
        "ports": "a set of ports such as 80,443,8000-8100",
        "peers": "an address block or a list of them",
    }
    raise ValueError(f"{wanted[type]} is wanted")


def from_text(type: str, text: str) -> Any:
    """A parameter's value as it is written on a command line: lists between commas. Raises ValueError."""
    if type == "number":
        try:
            return convert(type, int(text))
        except ValueError:
            return convert(type, text)
    if type == "boolean":
        return convert(type, {"true": True, "false": False}.get(text.lower(), text))
    if type in ("list", "peers"):
        return convert(type, [piece.strip() for piece in text.split(",") if piece.strip()])
    return convert(type, text)


def _raise(fault: str) -> None:
    if fault:
        raise ValueError(fault)
