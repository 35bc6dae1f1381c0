"""Policy documents as they are written, with the places of their parts.

The grammar is that of "Grammar of the IAM JSON policy language" (IAM User Guide). What is malformed gives a problem
with its place, and what IAM would refuse whole grants nothing; what is not known stays unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from scanner import syntax
from scanner.analysis.bounded import as_text
from scanner.analysis.iam.conditions import Clause, read_conditions
from scanner.analysis.iam.statements import ALLOW, DENY, Document, Elements, Principals, Problem, Statement
from scanner.model import ABSENT, Fact, Items, Location, Reference, Unknown

_PARTS = frozenset({"Version", "Id", "Statement"})
_MEMBERS = frozenset(
    {
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    }
)
VERSIONS = ("2012-10-17", "2008-10-17")


def read_document(fact: Fact[Any], policy: str = "", *, trust: bool = False, of_resource: bool = False) -> Document:
    """The document that a property holds: a mapping, or a text that is JSON, whose parts then stand where it stands.

    (A source reads such a text with true places, and with unknown parts; what it gives is a mapping too.)
    ``policy`` names it for people; ``trust`` says that it is a trust policy, which has principals and no resources,
    ``of_resource`` that it is the policy of a resource, which has both, or none where it can only be about that one.
    """
    if isinstance(fact.value, str):
        fact = _parsed(fact)
    value = fact.value
    if isinstance(value, Unknown):
        if isinstance(value.key, tuple) and value.key[:1] == ("no document",):
            return Document(problems=(Problem(f"the policy is no JSON: {value.reason}", value.location),))
        return Document(unknown=(value,))
    if isinstance(value, Reference) or value is ABSENT:
        return Document(unknown=(_unknown(fact, "the policy document"),))
    if not isinstance(value, Mapping):
        return Document(problems=(Problem("a policy document is an object with Version and Statement", _place(fact)),))
    return _Reader(policy, trust, of_resource).read(fact)


def _parsed(fact: Fact[str]) -> Fact[Any]:
    """The value of a JSON text, as a source would give it."""
    file = fact.location.file if fact.location else ""
    try:
        return _facts(syntax.load_json(fact.value, file), fact.at)
    except syntax.SyntaxProblem as problem:
        reason = f"line {problem.line}, column {problem.column}: {problem.message}"
        return Fact(Unknown(("no document", fact.value), reason, fact.location), fact.at)


def _facts(node: syntax.Node, at: tuple[Location, ...]) -> Fact[Any]:
    if isinstance(node, syntax.Mapping):
        return Fact({key: _facts(value, at) for key, value in node.entries.items()}, at)
    if isinstance(node, syntax.Sequence):
        return Fact(Items(tuple(_facts(item, at) for item in node.items)), at)
    assert isinstance(node, syntax.Scalar)
    return Fact(node.value, at)


class _Reader:
    def __init__(self, policy: str, trust: bool, of_resource: bool) -> None:
        self._policy, self._trust, self._of_resource = policy, trust, of_resource
        self._problems: list[Problem] = []
        self._unknown: list[Unknown] = []
        self._variables = False

    def read(self, fact: Fact[Any]) -> Document:
        document = fact.value
        self._others(document, _PARTS, "a policy document")
        version = document.get("Version")
        written = as_text(version.value) if version is not None else None
        if version is not None and not isinstance(version.value, (Unknown, Reference)) and written not in VERSIONS:
            self._problem(f"Version is {written or 'no text'}; there are {' and '.join(VERSIONS)}", version)
        # An unknown version is most likely the current one, in which ``${...}`` is a variable.
        self._variables = version is not None and written != VERSIONS[1]
        given = document.get("Statement")
        if given is None or given.value is ABSENT:
            self._problem("the policy has no Statement", fact)
            return Document(problems=tuple(self._problems))
        found = [self._statement(one, n) for n, one in enumerate(self._each(given, "a statement"))]
        sids: set[str] = set()
        for statement in found:
            if statement is not None and statement.sid in sids:
                self._problems.append(Problem(f"Sid {statement.sid} stands twice", statement.location))
            if statement is not None and statement.sid:
                sids.add(statement.sid)
        return Document(tuple(one for one in found if one is not None), tuple(self._unknown), tuple(self._problems))

    def _each(self, fact: Fact[Any], what: str) -> Iterator[Fact[Any]]:
        value = fact.value
        if not isinstance(value, Items):
            yield fact
            return
        yield from value.items
        if value.rest is not None:
            self._unknown.append(value.rest)

    def _statement(self, fact: Fact[Any], index: int) -> Statement | None:
        members = fact.value
        if isinstance(members, (Unknown, Reference)):
            self._unknown.append(_unknown(fact, "a statement"))
            return None
        if not isinstance(members, Mapping):
            if members is not ABSENT:
                self._problem("a statement is an object", fact)
            return None
        members = {name: member for name, member in members.items() if member.value is not ABSENT}
        known = len(self._problems)
        self._others(members, _MEMBERS, "a statement")
        effect = self._effect(members.get("Effect"), fact)
        actions = self._one_of(members, "Action", fact)
        if self._of_resource and "Resource" not in members and "NotResource" not in members:
            resources: Elements | None = Elements((Fact("*", fact.at),))
        else:
            resources = None if self._trust else self._one_of(members, "Resource", fact)
        principals = self._principals(members, fact) if self._trust or self._of_resource else None
        if not self._trust and not self._of_resource and ("Principal" in members or "NotPrincipal" in members):
            name = "Principal" if "Principal" in members else "NotPrincipal"
            self._problem(f"a policy of an identity has no {name}", members[name])
        conditions: tuple[Clause, ...] = ()
        if "Condition" in members:
            conditions, wrong = read_conditions(members["Condition"], variables=self._variables)
            self._problems += [Problem(message, place) for message, place in wrong]
        if effect is None or actions is None or (len(self._problems) > known and self._fatal(known)):
            return None
        sid = as_text(members["Sid"].value) if "Sid" in members else ""
        return Statement(
            effect, actions, resources, conditions, principals, sid or "", fact.at, self._variables, self._policy, index
        )

    def _fatal(self, known: int) -> bool:
        """Whether what is wrong leaves nothing to judge."""
        return any(problem.message.startswith("the statement has") for problem in self._problems[known:])

    def _effect(self, fact: Fact[Any] | None, owner: Fact[Any]) -> str | Unknown | None:
        if fact is None:
            self._problem("the statement has no Effect", owner)
            return None
        if isinstance(fact.value, (Unknown, Reference)):
            return _unknown(fact, "the effect")
        if fact.value not in (ALLOW, DENY):
            self._problem(f"Effect is {as_text(fact.value) or 'no text'}; it is Allow or Deny", fact)
            return None
        return str(fact.value)

    def _one_of(self, members: Mapping[str, Fact[Any]], name: str, owner: Fact[Any]) -> Elements | None:
        plain, negated = members.get(name), members.get(f"Not{name}")
        if plain is not None and negated is not None:
            self._problem(f"the statement has {name} and Not{name}", negated)
            return None
        found = plain if plain is not None else negated
        if found is None:
            self._problem(f"the statement has neither {name} nor Not{name}", owner)
            return None
        elements = self._elements(found, name, negated is not None)
        for item in elements.items:
            text = item.value
            if not isinstance(text, str):
                continue
            if name == "Action" and text.strip("*") and ":" not in text:
                self._problem(f"{text} is no action: an action is written service:name", item)
        return elements

    def _elements(self, fact: Fact[Any], name: str, negated: bool = False) -> Elements:
        value = fact.value
        if isinstance(value, Unknown) and not _is_text(value) and not fact_is_one(value):
            return Elements((), value, negated)
        if not isinstance(value, Items):
            value = Items((fact,))
        items = []
        for item in value.items:
            if item.value is ABSENT:
                continue
            if isinstance(item.value, (Mapping, Items)) or (as_text(item.value) is None and not _open(item.value)):
                self._problem(f"{name} is a text or a list of texts", item)
                continue
            items.append(item)
        if not items and value.rest is None:
            self._problem(f"{name} is empty", fact)
        return Elements(tuple(items), value.rest, negated)

    def _principals(self, members: Mapping[str, Fact[Any]], owner: Fact[Any]) -> Principals | None:
        negated = "Principal" not in members
        found = members.get("NotPrincipal" if negated else "Principal")
        if found is None:
            self._problem("the statement has no Principal", owner)
            return None
        value = found.value
        if isinstance(value, Mapping):
            return Principals({kind: self._elements(who, f"Principal {kind}") for kind, who in value.items()}, negated)
        if value == "*":
            return Principals({"*": Elements((found,))}, negated)
        if isinstance(value, (Unknown, Reference)):
            return Principals({"?": Elements((), _unknown(found, "the principal"))}, negated)
        self._problem("Principal is * or an object", found)
        return None

    def _others(self, members: Mapping[str, Fact[Any]], known: Iterable[str], owner: str) -> None:
        for name, fact in members.items():
            if name in known or name.startswith("Fn::"):
                continue
            meant = next((other for other in known if other.lower() == name.lower()), None)
            hint = f"; {meant} is meant" if meant else ""
            self._problem(f"{name} is no part of {owner}{hint}", fact)

    def _problem(self, message: str, fact: Fact[Any]) -> None:
        self._problems.append(Problem(message, _place(fact)))


def fact_is_one(value: Unknown) -> bool:
    """Whether an unknown is surely one text and no list: a pseudo parameter, or the attribute of a resource."""
    return isinstance(value.key, tuple) and value.key[:1] in (("pseudo",), ("attribute",))


def _is_text(value: Unknown) -> bool:
    return isinstance(value.key, tuple) and value.key[:1] == ("text",)


def _open(value: Any) -> bool:
    return isinstance(value, (Unknown, Reference))


def _unknown(fact: Fact[Any], what: str) -> Unknown:
    value = fact.value
    if isinstance(value, Unknown):
        return value
    key = ("attribute", value.address, value.attribute) if isinstance(value, Reference) else (what, fact.at)
    return Unknown(key, f"{what} is known after deployment", _place(fact))


def _place(fact: Fact[Any]) -> Location | None:
    return fact.location
