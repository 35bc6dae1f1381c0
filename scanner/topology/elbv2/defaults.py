"""Defaults of target groups, by protocol.

From CreateTargetGroup (Elastic Load Balancing API Reference, version 2015-12-01) and "Health checks for
your target groups" in the guides of Application and Network Load Balancers. Where the two disagree the
table holds both, and a verdict that hangs on it is undecided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class HealthDefaults:
    """Seconds, and codes as a matcher writes them."""

    interval: int
    timeouts: tuple[int, ...]
    codes: str
    valid: str
    """The codes that the API takes."""


HTTP = HealthDefaults(30, (6, 5), "200", "200-499")
HTTPS = HealthDefaults(30, (10, 5), "200", "200-499")
GRPC = HealthDefaults(30, (6, 5), "12", "0-99")
LAMBDA = HealthDefaults(35, (30,), "200", "200-499")
NETWORK_HTTP = HealthDefaults(30, (6, 10), "200-399", "200-599")
NETWORK_TCP = HealthDefaults(30, (10,), "", "")
GATEWAY = HealthDefaults(10, (5,), "200-399", "200-599")

NETWORK_PROTOCOLS = frozenset({"TCP", "TLS", "UDP", "TCP_UDP", "QUIC", "TCP_QUIC"})
WEB_PROTOCOLS = frozenset({"HTTP", "HTTPS"})

TRANSPORT = {"UDP": "udp", "TCP_UDP": "tcp_udp", "QUIC": "udp", "TCP_QUIC": "tcp_udp"}
"""The transport protocol of a target group's protocol; tcp for any other."""


def health_defaults(protocol: str, health_protocol: str, version: str, target_type: str) -> HealthDefaults:
    """What holds for a target group of a protocol (``HTTP`` ... ``GENEVE``) that is checked by another."""
    if target_type == "lambda":
        return LAMBDA
    if protocol == "GENEVE":
        return GATEWAY
    if protocol in NETWORK_PROTOCOLS:
        return NETWORK_HTTP if health_protocol in WEB_PROTOCOLS else NETWORK_TCP
    if version == "GRPC":
        return GRPC
    if health_protocol == "TCP":  # refused by the API; a matcher is then no default
        return replace(HTTP, codes="")
    return HTTPS if health_protocol == "HTTPS" else HTTP
