"""What was tried on request: a health check's request to a target, and a network interface in a subnet."""

from __future__ import annotations

from typing import Any

from scanner.analysis.bounded import Bounded
from scanner.analysis.matcher import parse_matcher
from scanner.analysis.ports import NONE, PortSet
from scanner.model import ABSENT, Fact, Unknown
from scanner.topology.entity import Entity, fact
from scanner.topology.lookup import number, text

ELSEWHERE = frozenset({"unconnected", "unreachable", "unresolved"})
"""Faults that lie on the way from where the probe ran, which is not that of the load balancer."""
CREATED, UNAUTHORIZED = "created", "unauthorized"
MOST_CODE = 999


class HttpProbe(Entity):
    """A GET of the health-check path of a target, as ``clearway probe http`` makes it."""

    kind = "probe.http"

    @property
    def label(self) -> str:
        target = text(self.property("Target"))
        url = text(self.url()) or self.resource.id
        return f"{target} ({url})" if target else url

    @fact("text")
    def url(self) -> Fact[Any]:
        """What was asked for."""
        return self.property("Url")

    @fact("number")
    def code(self) -> Fact[Any]:
        """The code of the answer; absent if there was none."""
        return self.property("Code")

    @fact("number")
    def seconds(self) -> Fact[Any]:
        """How long it took."""
        return self.property("Seconds")

    @fact("text")
    def matcher(self) -> Fact[Any]:
        """The codes that count as healthy, as written."""
        return self.property("Matcher")

    @fact("ports")
    def codes(self) -> Fact[Bounded[PortSet]]:
        """The code of the answer as a set; none if there was no answer."""
        code = number(self.code())
        known = code is not None and 0 < code <= MOST_CODE
        return Fact(Bounded.exactly(PortSet.of_range(code, code) if known and code else NONE), self.code().at)

    @fact("ports")
    def accepted(self) -> Fact[Bounded[PortSet]]:
        """The codes of the matcher as a set; none if it is malformed."""
        matcher = self.matcher()
        try:
            return Fact(Bounded.exactly(PortSet.of(parse_matcher(text(matcher) or ""))), matcher.at)
        except ValueError:
            return Fact(Bounded.exactly(NONE), matcher.at)

    @fact("boolean")
    def answered(self) -> Fact[Any]:
        """Whether there was an answer; unknown where the way from where the probe ran may be closed alone."""
        stated = self.property("Fault")
        if text(stated) not in ELSEWHERE:
            return Fact(stated.value is ABSENT, stated.at)
        reason = f"{self.label} cannot be reached from where the probe ran: {text(self.said()) or text(stated)}"
        supply = "a probe from a machine that the target's security groups let in, as they let in the load balancer"
        return Fact(Unknown(("probe", self.address), reason, stated.location, supply), stated.at)

    @fact("text")
    def said(self) -> Fact[Any]:
        """Why there was no answer, for people."""
        return self.property("Said")


class InterfaceProbe(Entity):
    """An attempt to create a network interface, as ``clearway probe interface`` makes it."""

    kind = "probe.interface"

    @property
    def label(self) -> str:
        return text(self.property("SubnetId")) or self.resource.id

    @fact("boolean")
    def succeeded(self) -> Fact[Any]:
        """Whether one was, or would be, created; unknown if whoever asked may not."""
        outcome = self.property("Outcome")
        if text(outcome) != UNAUTHORIZED:
            return Fact(text(outcome) == CREATED, outcome.at)
        said = text(self.error()) or "no error is told"
        reason = f"whoever asked may not create a network interface in {self.label}: {said}"
        supply = "a probe as somebody who is allowed ec2:CreateNetworkInterface"
        return Fact(Unknown(("probe", self.address), reason, outcome.location, supply), outcome.at)

    @fact("text")
    def error(self) -> Fact[Any]:
        """The error code of EC2; absent if one was, or would be, created."""
        return self.property("Error")

    @fact("text")
    def said(self) -> Fact[Any]:
        """What EC2 said."""
        return self.property("Said")
