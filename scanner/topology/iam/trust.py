"""Whom the trust policy of a role lets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.actions import names_action
from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.statements import ALLOW, DENY, Document, Principals, Statement
from scanner.analysis.texts import parts_of
from scanner.model import Fact, Items, Unknown
from scanner.sources.embedded import document
from scanner.topology.entity import Part, Related, fact
from scanner.topology.lookup import written

if TYPE_CHECKING:
    from scanner.topology.iam.role import Role

_REGIONAL = re.compile(r"([a-z0-9-]+)\.(?:[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}|\0)\.(?:amazonaws\.com(?:\.cn)?|\0)")
_GLOBAL = re.compile(r"([a-z0-9.-]+?)\.(?:amazonaws\.com(?:\.cn)?|\0)")
EVERYBODY = "*"
ASSUME = "sts:AssumeRole"
"""The action by which a service takes a role."""
ASSUMING = (ASSUME, "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
"""The actions by which anybody takes one; tags and identities of a session are no way in."""


class Principal(Part):
    """A principal that a statement of the trust policy lets in."""

    kind = "iam.principal"

    def __init__(self, role: Role, type: str, stated: Fact[Any], place: str, statement: Statement) -> None:
        super().__init__(role.graph, role.resource, stated, f"principal/{place}")
        self.principal_type = type
        self.statement = statement

    @property
    def label(self) -> str:
        return written(self.who())

    @fact("text")
    def type(self) -> Fact[Any]:
        """Service, AWS, Federated or CanonicalUser; ``*`` for everybody."""
        return Fact(self.principal_type, self.at)

    @fact("text")
    def who(self) -> Fact[Any]:
        """Who it is: of a service the principal without a region, ``states.amazonaws.com``; else as written."""
        if self.principal_type != "Service":
            return Fact(self.stated.value, self.at)
        usual = service_name(self.stated.value)
        return Fact(self.stated.value if usual is None else usual, self.at)


def service_name(value: Any) -> str | None:
    """The usual name of a service principal: ``states.amazonaws.com`` for ``states.eu-west-1.amazonaws.com`` and for
    ``states.${AWS::Region}.${AWS::URLSuffix}``; None if it is not known."""
    spelled = ""
    for part in parts_of(value):
        if isinstance(part, str):
            spelled += part
        elif isinstance(part[1], tuple) and part[1][:2] in (("pseudo", "AWS::Region"), ("pseudo", "AWS::URLSuffix")):
            spelled += "\0"
        else:
            return None
    found = _REGIONAL.fullmatch(spelled) or _GLOBAL.fullmatch(spelled)
    return f"{found.group(1)}.amazonaws.com" if found is not None else spelled


def trust_of(role: Role) -> Document:
    """The trust policy."""
    return read_document(document(role.property("AssumeRolePolicyDocument")), "the trust policy", trust=True)


def principals_of(role: Role) -> Related[Principal]:
    """The principals that the statements that allow let in, and why there may be others."""
    read = trust_of(role)
    found: list[Principal] = []
    rest = next(iter(read.unknown), None)
    for statement in read.statements:
        if statement.effect == DENY or statement.principals is None:
            continue
        for type, value in _named(statement, statement.principals):
            if isinstance(value, Unknown):
                rest = rest or value
                continue
            principal = Principal(role, type, value, f"{statement.index}/{len(found)}", statement)
            if any(_takes(statement, name) is not False and not _denied(read, principal, name) for name in ASSUMING):
                found.append(principal)
    return Related(tuple(found), rest, role.property("AssumeRolePolicyDocument").at)


def _named(statement: Statement, principals: Principals) -> Iterator[tuple[str, Fact[Any] | Unknown]]:
    if principals.negated:
        yield EVERYBODY, Fact(EVERYBODY, statement.at, "all others, by NotPrincipal")
        return
    for type, elements in principals.by_kind.items():
        for item in elements.items:
            yield type, item
        if elements.rest is not None:
            yield type, elements.rest


def trusted_of(role: Role) -> Items:
    """Whom it lets in to take it as a service does, as values; the rest says why there may be others."""
    read = trust_of(role)
    found = principals_of(role)
    values: list[Fact[Any]] = []
    rest = found.rest
    for principal in found:
        value, statement = principal.who(), principal.statement
        takes, denied = _takes(statement, ASSUME), _denied(read, principal, ASSUME)
        if takes is False or denied:
            continue
        said = ""
        if takes is None or isinstance(statement.effect, Unknown):
            said = f"what {statement.says} of {role.label} does is not known"
        elif denied is None:
            said = f"whether {principal.label} is denied {ASSUME} is not known"
        elif value.value == EVERYBODY:
            said = f"whether {EVERYBODY} lets in services, too, is not documented"
        if said:
            rest = rest or Unknown(("trust", role.address, said), said, value.location)
        else:
            values.append(value)
    return Items(tuple(values), rest)


def _takes(statement: Statement, action: str) -> bool | None:
    """Whether a statement is about an action; None if that is not known."""
    texts = [one.value for one in statement.actions.items]
    if any(isinstance(text, str) and names_action(text, action) for text in texts):
        return not statement.actions.negated
    if statement.actions.rest is not None or not all(isinstance(text, str) for text in texts):
        return None
    return statement.actions.negated


def _denied(read: Document, principal: Principal, action: str) -> bool | None:
    """Whether a statement denies an action to a principal; None if that is not known."""
    answers = [_denies(one, principal, action) for one in read.statements if one.effect != ALLOW]
    return True if True in answers else None if None in answers else False


def _denies(statement: Statement, principal: Principal, action: str) -> bool | None:
    about = _takes(statement, action)
    if about is False or statement.principals is None:
        return False
    named = _names(statement.principals, principal)
    sure = about is True and not statement.conditions and statement.effect == DENY
    return named if sure or named is False else None


def _names(principals: Principals, principal: Principal) -> bool | None:
    """Whether a statement names a principal; None if that is not known."""
    if principals.negated:
        return None
    who = principal.who().value
    known = True
    for kind, elements in principals.by_kind.items():
        known = known and kind != "?" and elements.rest is None
        for one in elements.items:
            usual = service_name(one.value) if kind == "Service" else one.value
            if (kind in (EVERYBODY, "AWS") and usual == EVERYBODY) or (
                kind == principal.principal_type and usual == who and not isinstance(who, Unknown)
            ):
                return True
            known = known and isinstance(usual, str)
    return False if known else None
