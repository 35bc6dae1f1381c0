"""Target groups, with the health check that decides over their targets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.addresses import EVERYWHERE_V4, EVERYWHERE_V6, AddressSet
from scanner.analysis.bounded import Bounded
from scanner.analysis.matcher import parse_matcher
from scanner.analysis.ports import NONE, PortSet
from scanner.model import ABSENT, Fact, Items, Resource, Split, Unknown, get
from scanner.topology.elbv2 import defaults
from scanner.topology.elbv2.attributes import cross_zone, target_zones
from scanner.topology.elbv2.defaults import HealthDefaults
from scanner.topology.elbv2.listener import RULE, Attachment, Listener, forwarded
from scanner.topology.elbv2.load_balancer import LISTENER, NODES, LoadBalancer
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.lookup import as_unknown, elements, entity, naming, quantity, text

if TYPE_CHECKING:
    from scanner.topology.ecs.binding import Binding
    from scanner.topology.observed.target import Target

TYPE = "AWS::ElasticLoadBalancingV2::TargetGroup"
SERVICE = "AWS::ECS::Service"
EVERYWHERE = EVERYWHERE_V4 | EVERYWHERE_V6


class TargetGroup(Entity):
    """A target group."""

    kind = "elbv2.target_group"

    # --- relations

    @many("elbv2.attachment")
    def attachments(self) -> Related[Attachment]:
        """The listeners (by their default action) and listener rules that forward to it."""
        found = naming(self.graph, self.resource, (LISTENER, RULE), forwarded)
        attachments = tuple(entity(Attachment, self.graph, resource) for resource, _ in found)
        return Related(attachments, self.graph.open_world(self.resource, "a listener", LISTENER, RULE), self.at)

    @many("elbv2.listener")
    def listeners(self) -> Related[Listener]:
        """The listeners that forward to it, by themselves or by a rule."""
        found: dict[str, Listener] = {}
        rest = None
        for attachment in self.attachments():
            listeners = attachment.listener()
            rest = rest or listeners.rest
            found.update((listener.address, listener) for listener in listeners)
        if not found:
            rest = rest or self.attachments().rest
        return Related(tuple(found.values()), rest, self.at)

    @many("elbv2.load_balancer")
    def load_balancers(self) -> Related[LoadBalancer]:
        """The load balancer that sends to it. Elastic Load Balancing allows one for each target group."""
        found: dict[str, LoadBalancer] = {}
        listeners = self.listeners()
        rest = listeners.rest
        for listener in listeners:
            balancers = listener.load_balancer()
            rest = rest or balancers.rest
            found.update((balancer.address, balancer) for balancer in balancers)
        return Related(tuple(found.values()), None if found else rest, listeners.at)

    @many("ecs.binding")
    def bindings(self) -> Related[Binding]:
        """The bindings of ECS services that register targets with it."""
        from scanner.topology.ecs.service import Service, target_groups_of

        found = []
        for resource, _ in naming(self.graph, self.resource, (SERVICE,), target_groups_of(self.graph), own=False):
            service = entity(Service, self.graph, resource)
            found += [binding for binding in service.bindings() if self in binding.group()]
        return Related(tuple(found), self.graph.open_world(self.resource, "a service", SERVICE), self.at)

    @many("elbv2.target")
    def targets(self) -> Related[Target]:
        """The targets that are registered with it, with their health; only an account tells them."""
        from scanner.topology.observed.target import targets_of

        return targets_of(self)

    # --- what it is

    @fact("text")
    def protocol(self) -> Fact[Any]:
        """The protocol to its targets."""
        return self.property("Protocol")

    @fact("text")
    def protocol_version(self) -> Fact[Any]:
        """HTTP1 (the default), HTTP2 or GRPC."""
        return self.property("ProtocolVersion", "HTTP1", "default protocol version")

    @fact("text")
    def transport(self) -> Fact[Any]:
        """``tcp``, ``udp`` or ``tcp_udp``: what carries the protocol."""
        protocol = self.protocol()
        known = text(protocol)
        if known is None and protocol.value is not ABSENT:
            return Fact(as_unknown(protocol, "the protocol"), protocol.at)
        return Fact(defaults.TRANSPORT.get(known or "", "tcp"), protocol.at)

    @fact("text")
    def balancer_type(self) -> Fact[Any]:
        """``application``, ``network`` or ``gateway``: the type of load balancer that can forward to it, by its
        protocol (CreateTargetGroup, Elastic Load Balancing API Reference)."""
        protocol = self.protocol()
        known = text(protocol)
        if known is None and protocol.value is not ABSENT:
            return Fact(as_unknown(protocol, "the protocol"), protocol.at)
        if known in defaults.NETWORK_PROTOCOLS:
            return Fact("network", protocol.at)
        return Fact("gateway" if known == "GENEVE" else "application", protocol.at)

    @fact("text")
    def target_type(self) -> Fact[Any]:
        """``instance`` (the default), ``ip``, ``lambda`` or ``alb``."""
        return self.property("TargetType", "instance", "default target type")

    @fact("text")
    def address_type(self) -> Fact[Any]:
        """``ipv4`` (the default) or ``ipv6``."""
        return self.property("IpAddressType", "ipv4", "default address type")

    @fact("boolean")
    def preserves_client_ip(self) -> Fact[Any]:
        """Whether targets see the clients' addresses (Network Load Balancers): by default not for ip targets over
        TCP or TLS ("Client IP preservation", Network Load Balancer guide)."""
        for attribute in elements(self.property("TargetGroupAttributes")):
            if isinstance(attribute.value, Unknown):
                return attribute
            if text(get(attribute, "Key")) == "preserve_client_ip.enabled":
                value = get(attribute, "Value")
                known = text(value)
                return Fact(as_unknown(value, "Value") if known is None else known.lower() == "true", value.at)
        kind, protocol = text(self.target_type()), text(self.protocol())
        if kind is None or protocol is None:
            return Fact(as_unknown(self.target_type() if kind is None else self.protocol(), "the target type"), self.at)
        preserves = protocol in defaults.NETWORK_PROTOCOLS and not (kind == "ip" and protocol in ("TCP", "TLS"))
        return Fact(preserves, self.at, "default of client IP preservation")

    @fact("boolean")
    def cross_zone(self) -> Fact[Any]:
        """Whether cross-zone load balancing is in effect: as the group has it, else its load balancer."""
        return cross_zone(self)

    @fact("list")
    def target_zones(self) -> Fact[Any]:
        """The Availability Zones that its targets can be in."""
        return target_zones(self)

    @fact("list")
    def manual_targets(self) -> Fact[Any]:
        """The targets that are registered by hand: those that the group itself lists."""
        stated = self.property("Targets")
        if isinstance(stated.value, Unknown):
            return Fact(Items((), stated.value), stated.at)
        return stated if isinstance(stated.value, Items) else Fact(Items(tuple(elements(stated))), stated.at)

    @fact("peers")
    def sources(self) -> Fact[Bounded[AddressSet]]:
        """The addresses that its traffic comes from: the subnets of its load balancer, or any where a Network Load
        Balancer without security groups keeps the clients' addresses."""
        found: Bounded[AddressSet] = Bounded.exactly(AddressSet())
        for balancer in self.load_balancers():
            found |= balancer.addresses().value
            if balancer.group_ids().value == Items() and balancer.type().value == "network":
                preserves = self.preserves_client_ip().value
                if preserves is True:
                    found |= Bounded.exactly(EVERYWHERE)
                elif isinstance(preserves, Unknown):
                    found |= Bounded(AddressSet(), EVERYWHERE, (preserves,))
        rest = self.load_balancers().rest
        if rest is not None:
            clients = NODES if self.balancer_type().value == "application" else EVERYWHERE
            found |= Bounded(AddressSet(), clients, (rest,))
        return Fact(found, self.at)

    @property
    def family(self) -> int:
        return 6 if self.address_type().value == "ipv6" else 4

    # --- the health check

    @fact("text")
    def health_protocol(self) -> Fact[Any]:
        """The protocol of the health check: TCP by default for a network protocol, else HTTP."""
        stated = self.property("HealthCheckProtocol")
        if stated.value is not ABSENT:
            return stated
        protocol = self.protocol()
        known = text(protocol)
        if known is None and protocol.value is not ABSENT:
            return Fact(as_unknown(protocol, "the protocol"), protocol.at)
        network = known in defaults.NETWORK_PROTOCOLS or known == "GENEVE"
        return Fact("TCP" if network else "HTTP", stated.at, "default health-check protocol")

    @fact("text")
    def health_port(self) -> Fact[Any]:
        """``traffic-port`` (the default) or a number."""
        return self.property("HealthCheckPort", "traffic-port", "default health-check port")

    @fact("text")
    def health_path(self) -> Fact[Any]:
        """The path that an HTTP(S) health check asks for; absent where it is left to the default."""
        return self.property("HealthCheckPath")

    @fact("number")
    def interval(self) -> Fact[Any]:
        """Seconds between health checks."""
        stated = self.property("HealthCheckIntervalSeconds")
        known = self._defaults()
        if stated.value is not ABSENT or isinstance(known, Unknown):
            return stated if stated.value is not ABSENT else Fact(known, stated.at)
        return Fact(known.interval, stated.at, "default health-check interval")

    @fact("number")
    def timeout(self) -> Fact[Any]:
        """Seconds in which a response must come."""
        stated = self.property("HealthCheckTimeoutSeconds")
        known = self._defaults()
        if stated.value is not ABSENT or isinstance(known, Unknown):
            return stated if stated.value is not ABSENT else Fact(known, stated.at)
        if len(known.timeouts) == 1:
            return Fact(known.timeouts[0], stated.at, "default health-check timeout")
        said = " or ".join(str(seconds) for seconds in sorted(known.timeouts))
        reason = f"AWS documents {said} seconds as the default timeout"
        key, supply = ("default timeout", self.address), "state HealthCheckTimeoutSeconds"
        split = Split(key, known.timeouts, apart=False)
        return Fact(Unknown(key, reason, stated.location, supply, split), stated.at)

    @fact("boolean", hours="number")
    def answers_in_time(self, hours: float) -> Fact[Any]:
        """Whether every response of its targets took less than the timeout of the health check, in so many hours before
        the account was read: TargetResponseTime of AWS/ApplicationELB. Absent where it is not measured: of a target
        group of a Network Load Balancer."""
        from scanner.topology.observed.metrics import exceeds

        values, limit = self._response_time(), quantity(self.timeout())
        if values is None:
            return Fact(ABSENT, self.at)
        if limit is None:
            return Fact(as_unknown(self.timeout(), "the timeout"), self.at)
        found = exceeds(self.graph, values, hours, limit, reached=True)
        return found if isinstance(found.value, Unknown) else Fact(not found.value, found.at)

    @fact("number")
    def slowest_response(self) -> Fact[Any]:
        """The longest TargetResponseTime, in seconds, that the account was read with."""
        from scanner.topology.observed.metrics import highest

        values = self._response_time()
        return highest(values) if values is not None else Fact(ABSENT, self.at)

    def _response_time(self) -> Resource | Unknown | None:
        from scanner.topology.observed.metrics import metric

        if self.balancer_type().value != "application":
            return None
        own = {"TargetGroup": self.resource.address.rpartition(":")[2]}
        return metric(self.graph, self.resource, "AWS/ApplicationELB", "TargetResponseTime", "Maximum", own)

    @fact("text")
    def matcher(self) -> Fact[Any]:
        """The codes that count as healthy, as written, or their default; absent for a TCP check."""
        for name in ("Matcher.HttpCode", "Matcher.GrpcCode"):
            stated = self.property(name)
            if stated.value is not ABSENT:
                return stated
        known = self._defaults()
        if isinstance(known, Unknown):
            return Fact(known, self.at)
        return Fact(known.codes or ABSENT, self.property("Matcher").at, "default matcher")

    @fact("ports")
    def matcher_codes(self) -> Fact[Bounded[PortSet]]:
        """The codes of the matcher as a set of numbers; none if the matcher is malformed."""
        return _codes(self.matcher())

    @fact("ports")
    def valid_codes(self) -> Fact[Bounded[PortSet]]:
        """The codes that Elastic Load Balancing takes for this protocol."""
        known = self._defaults()
        if isinstance(known, Unknown):
            return Fact(Bounded(NONE, PortSet.parse("0-599"), (known,)), self.at)
        codes = PortSet.parse(known.valid) if known.valid else NONE
        return Fact(Bounded.exactly(codes), self.protocol().at)

    def _defaults(self) -> HealthDefaults | Unknown:
        values = []
        for value in (self.protocol(), self.health_protocol(), self.protocol_version(), self.target_type()):
            known = text(value)
            if known is None and value.value is not ABSENT:
                return as_unknown(value, "the protocol")
            values.append((known or "").strip())
        return defaults.health_defaults(*values)


def _codes(matcher: Fact[Any]) -> Fact[Bounded[PortSet]]:
    written = text(matcher)
    if matcher.value is ABSENT:
        return Fact(Bounded.exactly(NONE), matcher.at)
    if written is None:
        unknown = as_unknown(matcher, "the matcher")
        return Fact(Bounded(NONE, PortSet.parse("0-599"), (unknown,)), matcher.at)
    try:
        return Fact(Bounded.exactly(PortSet.of(parse_matcher(written))), matcher.at, matcher.note)
    except ValueError:
        return Fact(Bounded.exactly(NONE), matcher.at)
