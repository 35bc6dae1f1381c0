"""The policies that reach a role: inline, attached, of AWS; and why there may be others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scanner.analysis.bounded import as_text
from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.managed import is_managed, managed_policy, policy_unknown
from scanner.analysis.iam.results import Grants
from scanner.analysis.iam.statements import Document, Statement
from scanner.analysis.texts import parts_of
from scanner.model import ABSENT, ACCOUNT, Fact, Location, Reference, Resource, ResourceGraph, Unknown, get
from scanner.sources.embedded import document
from scanner.topology.iam.named import role_named
from scanner.topology.lookup import elements, text

POLICY, ROLE_POLICY, MANAGED = "AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"
_DENYING = ("Deny", "Quarantine")
"""What the names of those of AWS's policies hold that deny."""


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of a role."""

    name: str
    """For people."""
    document: Document
    resource: Resource
    """Where it is defined: the role, or the policy of its own."""
    at: tuple[Location, ...] = ()
    """Where the role has it from, if it is defined elsewhere."""


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of a role."""

    known: tuple[Policy, ...] = ()
    more: tuple[Unknown, ...] = ()
    """Why they may allow more."""
    less: tuple[Unknown, ...] = ()
    """Why they may allow less."""
    unread: tuple[Unknown, ...] = ()
    """Why a policy of the scan may say more than is known of it."""

    @property
    def statements(self) -> tuple[tuple[Policy, Statement], ...]:
        return tuple((policy, statement) for policy in self.known for statement in policy.document.statements)

    @property
    def grants(self) -> Grants:
        return Grants(tuple(statement for _, statement in self.statements), self.more, self.less)


def policies_of(graph: ResourceGraph, role: Resource) -> Policies:
    """The policies that the scan shows of a role. May raise Fork."""
    reader = _Reader(graph, role)
    reader.inline()
    reader.attached()
    reader.elsewhere()
    reader.bounded()
    more, less, unread = (tuple(dict.fromkeys(why)) for why in (reader.more, reader.less, reader.unread))
    return Policies(tuple(reader.known), more, less, unread)


class _Reader:
    def __init__(self, graph: ResourceGraph, role: Resource) -> None:
        self.graph, self.role = graph, role
        self.known: list[Policy] = []
        self.more: list[Unknown] = []
        self.less: list[Unknown] = []
        self.unread: list[Unknown] = []

    def inline(self) -> None:
        for element in elements(self.role.get("Policies")):
            if isinstance(element.value, Unknown):
                self._unknown(element.value)
                self.unread.append(element.value)
                continue
            name = text(get(element, "PolicyName"))
            self._add(get(element, "PolicyDocument"), f"policy {name}" if name else "an inline policy", self.role)

    def attached(self) -> None:
        found: set[str] = set()
        for element in elements(self.role.get("ManagedPolicyArns")):
            resource = self.graph.named_by(element, MANAGED) or self._named(element)
            if resource is not None:
                found.add(resource.address)
                self._add(resource.get("PolicyDocument"), f"policy {resource.id}", resource, element.at)
            else:
                self._of_arn(element)
        for resource in self._naming(MANAGED, "Roles"):
            if resource.address not in found:
                self._add(resource.get("PolicyDocument"), f"policy {resource.id}", resource)

    def elsewhere(self) -> None:
        for resource in (*self._naming(POLICY, "Roles"), *self._naming(ROLE_POLICY, "RoleName")):
            self._add(resource.get("PolicyDocument"), f"policy {resource.id}", resource)

    def bounded(self) -> None:
        boundary = self.role.get("PermissionsBoundary")
        if boundary.value is not ABSENT:
            reason = f"{self.role.id} has a permissions boundary, which is not read"
            self.less.append(Unknown(("boundary", self.role.address), reason, boundary.location))

    # ---

    def _add(self, fact: Fact[Any], name: str, owner: Resource, at: tuple[Location, ...] = ()) -> None:
        read = read_document(document(fact), name)
        self.known.append(Policy(name, read, owner, at))
        for unknown in read.unknown:
            self._unknown(unknown)
            self.unread.append(unknown)

    def _unknown(self, why: Unknown) -> None:
        self.more.append(why)
        self.less.append(why)

    def _of_arn(self, element: Fact[Any]) -> None:
        """A policy that no resource of the scan defines."""
        arn = _arn(element)
        policy = managed_policy(arn) if arn is not None else None
        if policy is not None:
            self.known.append(Policy(policy.document.statements[0].policy, policy.document, self.role, element.at))
        elif arn is not None and is_managed(arn) and not any(word in arn for word in _DENYING):
            self.more.append(_placed(policy_unknown(arn), element))
        elif isinstance(element.value, Unknown):
            self._unknown(_placed(element.value, element))
        else:
            self._unknown(_placed(policy_unknown(arn or _said(element)), element))

    def _named(self, element: Fact[Any]) -> Resource | None:
        """The policy of the scan with a fixed name that an ARN names."""
        pieces = parts_of(element.value)
        last = pieces[-1] if pieces else ""
        if not isinstance(last, str) or ":policy/" not in "".join(part for part in pieces if isinstance(part, str)):
            return None
        name = last.rpartition("/")[2]
        alike = [one for one in self.graph.declared(MANAGED) if name and text(one.get("ManagedPolicyName")) == name]
        return alike[0] if len(alike) == 1 else None

    def _naming(self, type: str, name: str) -> Iterator[Resource]:
        """The policies of a type that are attached to the role by a property of theirs."""
        # A role with a fixed name can be named by that alone; what an account has is joined by names already.
        fixed = self.role.source != ACCOUNT and self.role.get("RoleName").value is not ABSENT
        for resource in self.graph.declared(type, naming=None if fixed else self.role):
            stated = resource.get(name)
            if any(self._is_role(element) for element in elements(stated)) and resource.exists():
                yield resource

    def _is_role(self, element: Fact[Any]) -> bool:
        named = role_named(self.graph, element)
        return named is not None and named.address == self.role.address


def _arn(element: Fact[Any]) -> str | None:
    """The ARN that a value is, its partition taken for the usual one where it is not known."""
    value = element.value
    if isinstance(value, Reference):
        return value.text or None
    made = []
    for part in parts_of(value):
        if isinstance(part, str):
            made.append(part)
        elif isinstance(part[1], tuple) and part[1][:2] == ("pseudo", "AWS::Partition"):
            made.append("aws")
        else:
            return None
    return "".join(made)


def _said(element: Fact[Any]) -> str:
    value = element.value
    return value.address.rpartition("#")[2] if isinstance(value, Reference) else as_text(value) or "a policy"


def _placed(why: Unknown, element: Fact[Any]) -> Unknown:
    return Unknown(why.key, why.reason, why.location or element.location, why.supply, why.split)
