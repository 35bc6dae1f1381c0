"""Whom the trust policy of a role lets in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.statements import DENY, Document, Principals, Statement
from scanner.analysis.texts import parts_of
from scanner.model import Fact, Unknown
from scanner.sources.embedded import document
from scanner.topology.entity import Part, Related, fact
from scanner.topology.lookup import as_unknown, written

if TYPE_CHECKING:
    from scanner.topology.iam.role import Role

_REGIONAL = re.compile(r"([a-z0-9-]+)\.(?:[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}|\0)\.(?:amazonaws\.com(?:\.cn)?|\0)")
_GLOBAL = re.compile(r"([a-z0-9.-]+?)\.(?:amazonaws\.com(?:\.cn)?|\0)")
EVERYBODY = "*"


class Principal(Part):
    """A principal that a statement of the trust policy lets in."""

    kind = "iam.principal"

    def __init__(self, role: Role, type: str, stated: Fact[Any], place: str) -> None:
        super().__init__(role.graph, role.resource, stated, f"principal/{place}")
        self.principal_type = type

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
            else:
                found.append(Principal(role, type, value, f"{statement.index}/{len(found)}"))
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


def refused(role: Role) -> Unknown | None:
    """Why somebody that a statement lets in may be refused all the same: a statement that denies."""
    for statement in trust_of(role).statements:
        if statement.effect == DENY:
            place = statement.location
            return Unknown(("refused", role.address), f"{statement.says} of {role.label} denies", place)
        if isinstance(statement.effect, Unknown):
            return as_unknown(Fact(statement.effect, statement.at), "the effect")
    return None
