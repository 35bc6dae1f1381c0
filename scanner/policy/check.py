"""The types of expressions: what a path leads to, and what fits a predicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from scanner.policy.expressions import suggest
from scanner.policy.parameters import (
    aspect_fault,
    family_fault,
    peers_fault,
    ports_fault,
    protocol_fault,
    quantity_fault,
    regex_fault,
)
from scanner.policy.predicates import Argument
from scanner.policy.rule import Aggregate, Arithmetic, Expression, Literal, Parameter, Path, RuleParameter, Step

if TYPE_CHECKING:
    from scanner.topology.entity import Entity, Member

    Kinds = Mapping[str, type[Entity]]

VALUES = frozenset({"number", "text", "boolean", "list", "ports", "peers"})
SINGLE = VALUES - {"list"}
"""Value types that a join cannot go through."""
RESOURCE = "resource"
"""The type of what ``->`` leads to where no CloudFormation type is written."""

_FAULTS: dict[str, Callable[[str], str]] = {
    "regex": regex_fault,
    "ports": ports_fault,
    "protocol": protocol_fault,
    "family": family_fault,
    "peers": peers_fault,
    "quantity": quantity_fault,
    "aspect": aspect_fault,
}
_WORDS = {
    "number": "a number",
    "text": "text",
    "boolean": "true or false",
    "list": "a list",
    "ports": "ports",
    "peers": "address blocks",
    "entity": "an entity",
    "any": "a value",
}


class Shape(NamedTuple):
    """What an expression holds: a value type, a kind of entity or a CloudFormation type, or ``any``."""

    type: str
    several: bool = False
    """Whether it may hold more than one: a path through a list or a to-many relation."""

    @property
    def is_entity(self) -> bool:
        return self.type not in VALUES and self.type != "any"

    @property
    def words(self) -> str:
        if not self.is_entity:
            return f"several values ({_WORDS[self.type]} each)" if self.several else _WORDS[self.type]
        return f"entities {self.type}" if self.several else f"an entity {self.type}"


ANY = Shape("any")


class Fault(NamedTuple):
    """What is wrong with an expression, and the word in its text that is to blame."""

    message: str
    word: str = ""


class Types:
    """The types of expressions, in a scope.

    ``kinds`` maps the names of kinds to their classes; where it is empty, entities are not checked.
    Problems are reported as Fault to ``report``; what is wrong has the shape ``any``, so that one mistake is
    reported once.
    """

    def __init__(self, kinds: Kinds, parameters: Mapping[str, RuleParameter], report: Callable[[Fault], None]) -> None:
        self.kinds = kinds
        self.parameters = parameters
        self.report = report

    def shape(self, expression: Expression, scope: Mapping[str, Shape]) -> Shape:
        """The shape of an expression; its variables must be in scope."""
        if isinstance(expression, Literal):
            return _shape_of_literal(expression.value)
        if isinstance(expression, Parameter):
            found = self.parameters.get(expression.name)
            return Shape(found.type) if found else ANY
        if isinstance(expression, Arithmetic):
            for side in (expression.left, expression.right):
                self.number(side, scope, f"the {expression.operator} of numbers")
            return Shape("number")
        if isinstance(expression, Aggregate):
            self.number(expression.of, scope, f"{expression.function}(...)", several=True)
            return Shape("number")
        return self.path(expression, scope)

    def number(self, expression: Expression, scope: Mapping[str, Shape], what: str, several: bool = False) -> None:
        found = self.shape(expression, scope)
        if found.type not in ("number", "any"):
            self.report(Fault(f"{what} takes numbers, and this is {found.words}"))
        elif found.several and not several and found.type != "any":
            self.report(Fault(f"{what} takes one number, and this path gives several: use min(...) or max(...)"))

    def path(self, path: Path, scope: Mapping[str, Shape]) -> Shape:
        here = scope.get(path.root, ANY)
        for step in path.steps:
            here = self.step(here, step, scope)
        return here

    def step(self, here: Shape, step: Step, scope: Mapping[str, Shape]) -> Shape:
        if step.follow:
            return Shape(step.type or RESOURCE, here.several)
        if step.name == "[]":
            if here.type not in ("any", "list"):
                return self.fault(f"[] takes the elements of a list, and this is {here.words}", "[]")
            return Shape("any", True)
        members = self.members(here)
        member = members.get(step.name)
        if member is not None:
            self.arguments(member, step, scope)
            return Shape(member.type, here.several or member.many)
        if step.arguments and here.type != "any":
            return self.fault(f"only facts take arguments{suggest(step.name, members)}", step.name)
        if here.is_entity:
            if step.name[:1].isupper() or self.untyped(here):
                return Shape("any", here.several)
            hint = suggest(step.name, members)
            if not hint and 0 < len(members) <= 12:
                hint = f"; it has {', '.join(sorted(members))}"
            return self.fault(f'{here.type} has no fact or relation "{step.name}"{hint}', step.name)
        if here.type == "list":
            return Shape("any", here.several or not step.name.isdigit())
        if here.type != "any":
            return self.fault(f'there is no "{step.name}" in {here.words}', step.name)
        return here

    def arguments(self, member: Member, step: Step, scope: Mapping[str, Shape]) -> None:
        wanted = dict(member.parameters)
        given = {name for name, _ in step.arguments}
        for name in member.required:
            if name not in given:
                self.fault(f'"{member.name}" needs its argument "{name}", as in {member.name}({name}=...)', member.name)
        for name, expression in step.arguments:
            if name not in wanted:
                self.fault(f'"{member.name}" takes no argument "{name}"{suggest(name, wanted)}', name)
                continue
            found = self.shape(expression, scope)
            types = frozenset({wanted[name]}) if wanted[name] in VALUES else frozenset({"any"})
            form = "ports" if wanted[name] == "ports" else ""
            self.fits(Argument(name, types, True, "", literal=form), expression, found)

    def fits(self, argument: Argument, expression: Expression, found: Shape) -> None:
        """Reports an expression whose shape does not fit an argument."""
        if isinstance(expression, Literal) and self.literal(argument, expression.value):
            return
        type = "entity" if found.is_entity else found.type
        if isinstance(expression, Literal) and "ports" in argument.types and not ports_fault(str(expression.value)):
            return
        if found.several and not argument.several:
            self.fault(f'"{argument.name}" takes one value, and this path gives several: use some, every, min or max')
        elif found.type == "any" or argument.types == {"any"}:
            return
        elif type not in argument.types and not (found.several and "list" in argument.types):
            wanted = " or ".join(_WORDS[name] for name in sorted(argument.types - {"any"}))
            self.fault(f'"{argument.name}" takes {wanted}, and this is {found.words}')

    def literal(self, argument: Argument, value: object) -> bool:
        """Whether a literal is settled here: it has the form that its place asks for, or has been reported."""
        if not argument.literal or isinstance(value, bool):
            return False
        if isinstance(value, tuple) and "list" not in argument.types:
            return False
        for one in value if isinstance(value, tuple) else (value,):
            self.say(_FAULTS[argument.literal](str(one)))
        return True

    def comparable(self, left: tuple[Expression, Shape], right: tuple[Expression, Shape]) -> None:
        """Reports two operands of ``equals`` that can never be equal."""
        for (expression, one), (_, other) in ((left, right), (right, left)):
            if one.type == "any" or other.type == "any":
                return
            if not isinstance(expression, Literal) or isinstance(expression.value, tuple):
                continue
            if other.is_entity:
                self.fault(f"{other.words} never equals {_WORDS[one.type]}; compare one of its facts")
            elif other.type == "boolean" and one.type != "boolean":
                self.fault(f"true or false is compared with {_WORDS[one.type]} {expression.value!r}")
            elif other.type == "number" and not _numeric(expression.value):
                self.fault(f"a number is compared with {_WORDS[one.type]} {expression.value!r}")
            elif other.type == "ports":
                self.say(ports_fault(str(expression.value)))
            elif other.type == "list" and not other.several:
                self.fault(f"a list is compared with {_WORDS[one.type]}; use one_of, subset, or a list")
            return
        one, other = left[1], right[1]
        if one.is_entity != other.is_entity:
            self.fault(f"{one.words} never equals {other.words}")
        elif one.is_entity and one.type != other.type and RESOURCE not in (one.type, other.type):
            if "::" not in one.type + other.type:
                self.fault(f"{one.words} never equals {other.words}")
        elif {one.type, other.type} == {"boolean", "number"}:
            self.fault("true or false is compared with a number")

    def members(self, shape: Shape) -> Mapping[str, Member]:
        kind = self.kinds.get(shape.type)
        return kind.members if kind else {}

    def untyped(self, shape: Shape) -> bool:
        """Whether nothing is known of an entity's facts."""
        return not self.kinds and "::" not in shape.type

    def say(self, fault: str) -> None:
        if fault:
            self.report(Fault(fault))

    def fault(self, message: str, word: str = "") -> Shape:
        self.report(Fault(message, word))
        return ANY


def _shape_of_literal(value: object) -> Shape:
    if isinstance(value, bool):
        return Shape("boolean")
    if isinstance(value, (int, float)):
        return Shape("number")
    if isinstance(value, tuple):
        return Shape("list")
    return Shape("text")


def _numeric(value: object) -> bool:
    if isinstance(value, bool):
        return False
    try:
        float(str(value))
    except ValueError:
        return False
    return True
