"""Whether some statements grant no more, or no less, than others: a proof, a request that shows the contrary, or why
neither can be told.

How statements are evaluated: "Policy evaluation logic" (IAM User Guide): a request is granted if a statement allows it
and none denies it. Permission boundaries, policies of the organisation and session policies are not read: where there
are any, ``Grants.less`` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from scanner.analysis.iam.actions import Action, action, expand, names_action, service
from scanner.analysis.iam.boxes import Box, Request, Search
from scanner.analysis.iam.context import Question, unknowns_of
from scanner.analysis.iam.glob import Pattern, Symbol
from scanner.analysis.iam.patterns import PLAIN, Names, resource_pattern, symbol_of, symbols_in, variables_in
from scanner.analysis.iam.results import ACTION, CONDITION, RESOURCE, Comparison, Difference, Grants, Need
from scanner.analysis.iam.sides import Side, takes_in
from scanner.analysis.iam.statements import ALLOW, DENY, Elements, Statement
from scanner.analysis.iam.words import TooLarge
from scanner.model import Fact, Location, Reference, Unknown, Verdict


def grants_at_most(granted: Grants, needed: Sequence[Need], names: Names = PLAIN) -> Comparison:
    """Whether policies grant nothing but what is needed; ``differences`` are what is in excess."""
    right = Grants(tuple(need.statement() for need in needed))
    return grants_within(granted, right, names)


def grants_at_least(granted: Grants, needed: Sequence[Need], names: Names = PLAIN) -> Comparison:
    """Whether policies grant all that is needed; ``differences`` are what is missing.

    Of a condition key that a need does not name it is not known what the request bears, unless the catalogue says that
    such a request bears none.
    """
    found = _Comparing(Grants(tuple(need.statement() for need in needed)), granted, names, free=False)
    by_statement = {id(statement): need for statement, need in zip(found.left.statements, needed, strict=True)}
    comparison = found.compare()
    differences = tuple(replace(one, need=by_statement[id(one.statement)]) for one in comparison.differences)
    return replace(comparison, differences=differences)


def grants_within(left: Grants, right: Grants, names: Names = PLAIN) -> Comparison:
    """Whether one set of policies grants nothing that another does not."""
    return _Comparing(left, right, names, free=True).compare()


LARGER = "a resource that a larger search would find"
OTHER = "AnyOther"
"""Stands for an action that the catalogue does not have, and that may not be there."""


class _Comparing:
    """One comparison."""

    def __init__(self, left: Grants, right: Grants, names: Names, *, free: bool) -> None:
        self.left, self.right = left, right
        self._names = names
        self._free = free
        self._ours, self._theirs = Side(left.statements, names), Side(right.statements, names)
        self._mentioned = self._named()
        self._plain: dict[tuple[int, int], Difference] = {}
        self._known: dict[tuple[object, ...], tuple[Verdict, Request | None]] = {}

    def compare(self) -> Comparison:
        differences: list[Difference] = []
        for place, statement in enumerate(self.left.statements):
            if statement.effect != DENY:
                differences += self._statement(place, statement)
        doubts: list[Unknown] = []
        if self.left.less or self.right.more:
            why = (*self.left.less, *self.right.more)
            differences = [replace(one, verdict=Verdict.UNDECIDED, unknown=(*one.unknown, *why)) for one in differences]
        verdict = min((one.verdict for one in differences), default=Verdict.PASS)
        if verdict is Verdict.PASS and (self.left.more or self.right.less):
            verdict = Verdict.UNDECIDED
            doubts += [*self.left.more, *self.right.less]
        doubts += [unknown for one in differences for unknown in one.unknown]
        differences.sort(key=lambda one: one.verdict)
        unknown = tuple(dict.fromkeys(doubts)) if verdict is Verdict.UNDECIDED else ()
        return Comparison(verdict, tuple(differences), unknown)

    def _statement(self, place: int, statement: Statement) -> Iterable[Difference]:
        groups: dict[tuple[object, ...], tuple[Difference, list[str]]] = {}
        for name in self._actions(statement):
            for one in self._action(place, statement, name):
                key = (one.verdict, one.kind, id(one.element))
                _, actions = groups.setdefault(key, (one, []))
                if actions[-1:] != [name]:
                    actions.append(name)
        return [replace(one, actions=tuple(actions)) for one, actions in groups.values()]

    def _actions(self, statement: Statement) -> Iterable[str]:
        """The actions of the catalogue that a statement may name, and those of either side that it does not have."""
        elements = statement.actions
        texts = [item.value for item in elements.items if isinstance(item.value, str)]
        known = ["*"] if elements.negated else texts
        found = dict.fromkeys(name for pattern in known for name in expand(pattern))
        for name in self._mentioned:
            if action(name) is None:
                found[name] = None
        for pattern in known:
            prefix, colon, rest = pattern.partition(":")
            if colon and rest.strip("*?") != rest and service(prefix) is None:
                found[pattern.replace("*", OTHER).replace("?", "x")] = None
        if not elements.negated and (elements.rest is not None or len(texts) < len(elements.items)):
            found |= dict.fromkeys([*self._mentioned, f"any-service:{OTHER}"])
        return [name for name in found if takes_in(elements, name) is not False]

    def _named(self) -> list[str]:
        """The actions that either side names in full."""
        values = [item.value for one in (*self.left.statements, *self.right.statements) for item in one.actions.items]
        texts = [value for value in values if isinstance(value, str) and ":" in value]
        return list({text.lower(): text for text in texts if "*" not in text and "?" not in text}.values())

    def _action(self, place: int, statement: Statement, name: str) -> Iterable[Difference]:
        resources = statement.resources
        if resources is None:
            return
        allowing = self._theirs.naming(name, ALLOW, surely=False)
        blamed = next(
            (
                item
                for item in statement.actions.items
                if isinstance(item.value, str) and names_action(item.value, name)
            ),
            statement.actions.items[0] if statement.actions.items else Fact(None, statement.at),
        )
        box = self._ours.box(place)
        plain = box.everywhere and not box.clauses and not allowing and not self._ours.naming(name, DENY, surely=False)
        if plain and (place, id(blamed)) in self._plain:
            # What is allowed on everything and is never needed needs no search of its own: there are thousands.
            yield self._plain[place, id(blamed)]
            return
        if not box.negated and not resources.items and resources.rest is not None:
            # A Resource that is not known as a whole holds one text at least: IAM takes no empty list.
            box = replace(box, resources=((symbol_of(resources.rest.key, self._names),),))
        pieces: list[tuple[Fact[Any], Box]] = []
        if box.negated or box.everywhere:
            first = resources.items[0] if resources.items else Fact(None, statement.at)
            item = next((one for one in resources.items if box.everywhere and one.value == "*"), first)
            pieces.append((item, box))
        else:
            facts = [*resources.items, *([Fact(resources.rest, statement.at)] if resources.rest is not None else [])]
            pieces += [
                (fact, replace(box, resources=(pattern,))) for fact, pattern in zip(facts, box.resources, strict=True)
            ]
        known = action(name)
        for fact, piece in pieces:
            if known is not None and _of_other_services(piece, known):
                continue
            verdict, example = self._decided(place, name, piece, drop_conditions=False)
            if verdict is Verdict.PASS or example is None:
                continue
            if name.endswith(OTHER):
                verdict = Verdict.UNDECIDED
            kind, element = ACTION, blamed
            if allowing:
                wider, _ = self._decided(place, name, piece, drop_conditions=True)
                conditioned = wider is Verdict.PASS or wider > verdict
                kind, element = (CONDITION, Fact(None, statement.at)) if conditioned else (RESOURCE, fact)
            near = tuple(self.right.statements[n] for n in allowing)
            difference = Difference(verdict, kind, (name,), example, statement, element, near)
            if verdict is Verdict.UNDECIDED:
                difference = replace(difference, unknown=self._doubts(difference, fact))
            if plain:
                self._plain[place, id(blamed)] = difference
            yield difference
            if kind == ACTION:
                return

    def _decided(self, place: int, name: str, box: Box, *, drop_conditions: bool) -> tuple[Verdict, Request | None]:
        """Whether the other side takes in all requests of a box, and a request that shows it does not, or may not."""
        known_action = action(name)
        ours, theirs = self._ours, self._theirs
        sides = {
            proven: (
                tuple(ours.naming(name, DENY, surely=not proven)),
                tuple(theirs.naming(name, ALLOW, surely=not proven)),
                tuple(theirs.naming(name, DENY, surely=proven)),
            )
            for proven in (False, True)
        }
        certain = place in ours.naming(name, ALLOW, surely=True)
        key = (place, box.resources, drop_conditions, certain, _kind(known_action, name), tuple(sides.items()))
        if key in self._known:
            verdict, example = self._known[key]
            return verdict, replace(example, action=name) if example is not None else None
        example = None
        try:
            example = self._request(name, known_action, box, sides[False], drop_conditions, proven=False)
            if example is None:
                verdict = Verdict.PASS
            else:
                verdict = Verdict.UNDECIDED
                proof = None
                if certain:
                    proof = self._request(name, known_action, box, sides[True], drop_conditions, proven=True)
                if proof is not None:
                    verdict, example = Verdict.FAIL, proof
        except TooLarge:
            verdict = Verdict.UNDECIDED
            example = example or Request(name, LARGER)
        self._known[key] = (verdict, example)
        return verdict, example

    def _request(
        self,
        name: str,
        known: Action | None,
        box: Box,
        sides: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]],
        drop_conditions: bool,
        *,
        proven: bool,
    ) -> Request | None:
        denied, allowed, refused = sides
        given = frozenset(clause.key.lower() for clause in box.clauses)
        search = Search(known, name, Question(self._names, proven), self._free, given)
        ours = [self._ours.box(n) for n in denied]
        theirs = [self._theirs.box(n) for n in allowed]
        if drop_conditions:
            theirs = [replace(one, clauses=()) for one in theirs]
        found = search.request([box], [*ours, *theirs])
        for n in refused if not drop_conditions else ():
            found = found or search.request([box, self._theirs.box(n)], ours)
        return found

    def _doubts(self, one: Difference, fact: Fact[Any]) -> tuple[Unknown, ...]:
        """What is not known of the statements that bear on a difference; ``fact`` is the resource at hand."""
        found: list[Unknown | Symbol] = []
        name, own = one.actions[0], {clause.key.lower() for clause in one.statement.conditions}
        known = action(name)
        for statement in (one.statement, *one.near):
            first = statement is one.statement
            resources = statement.resources or Elements()
            values = [statement.effect, statement.actions.rest, *(item.value for item in statement.actions.items)]
            if one.kind != CONDITION:
                values += [fact.value] if first else [resources.rest, *(item.value for item in resources.items)]
                patterns = [resource_pattern(v, self._names, variables=statement.variables) for v in values[2:]]
                found += [symbol for pattern in patterns for symbol in variables_in(pattern)]
            for value in values:
                if isinstance(value, (Unknown, Reference)):
                    found += self._parts(value, statement)
            for clause in statement.conditions:
                found += unknowns_of(clause, self._names)
                if not self._free and clause.key.lower() not in own and (known is None or known.bears(clause.key)):
                    reason = f"what {clause.key} is when {name} is requested"
                    found.append(Unknown(("condition key", clause.key.lower()), reason, _first(clause.at)))
        if name.endswith(OTHER):
            reason = f"the catalogue of actions has no service {name.partition(':')[0]}"
            found.append(Unknown(("service", name), reason, one.statement.location))
        if one.example.resource == LARGER or not found:
            reason = f"the patterns of {name} are too many to compare"
            found.append(Unknown(("search", name), reason, one.statement.location))
        return tuple(dict.fromkeys(_as_unknown(each) for each in found))

    def _parts(self, value: Unknown | Reference, statement: Statement) -> Iterable[Unknown | Symbol]:
        """What is not known of a text, or of a reference: parts of its ARN, if its form is known, else all of it."""
        if isinstance(value, Unknown) and not (isinstance(value.key, tuple) and value.key[:1] == ("text",)):
            return [value]
        symbols = symbols_in(resource_pattern(value, self._names, variables=statement.variables))
        if isinstance(value, Unknown):
            # Its reason is that of its first part alone, which may be known here: the partition.
            return [replace(_as_unknown(one), location=value.location) for one in symbols]
        whole = ("attribute", value.address, value.attribute)
        return symbols if symbols and all(symbol.key != whole for symbol in symbols) else [_after(value)]


def _of_other_services(box: Box, known: Action) -> bool:
    """Whether a box surely holds no resource of an action: its ARNs are of services that the action's are not of."""
    if box.negated or box.everywhere:
        return False
    services = {template.split(":", 3)[2] for template in known.resources if template.count(":") > 2}
    if any(template.count(":") <= 2 or "$" in template.split(":", 3)[2] for template in known.resources):
        return False
    return all((prefix := _service_in(pattern)) and prefix not in services for pattern in box.resources)


@lru_cache(maxsize=1024)
def _service_in(pattern: Pattern) -> str:
    """The service that the ARNs of a pattern name in literal characters; empty if it is not told."""
    written = ""
    for token in pattern:
        if not isinstance(token, str):
            break
        written += token
    cut = written.split(":", 3)
    return cut[2] if len(cut) > 3 and cut[0] == "arn" else ""


def _after(value: Reference) -> Unknown:
    name = value.address.rpartition("#")[2]
    key = ("attribute", value.address, value.attribute)
    return Unknown(key, f"{name}.{value.attribute} is known after deployment")


def _as_unknown(found: Unknown | Symbol) -> Unknown:
    if isinstance(found, Unknown):
        return found
    return Unknown(found.key, f"the value of {found.says or 'a part'} is not known here")


def _first(at: Sequence[Location]) -> Location | None:
    return at[0] if at else None


def _kind(known: Action | None, name: str) -> object:
    """What of an action bears on an answer."""
    return name if known is None else (known.resources, known.keys)
