"""From the nodes of a template to facts, in one world."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from scanner import syntax
from scanner.model import ABSENT, Fact, Items, Location, Reference, Resource, Split, Unknown, World
from scanner.sources import embedded
from scanner.sources.cloudformation import conditions, functions, sam_nodes
from scanner.sources.cloudformation.calls import function_of, is_include
from scanner.sources.cloudformation.dynamic import SSM, pieces, resolved
from scanner.sources.cloudformation.parameters import Parameter, read_later
from scanner.sources.cloudformation.properties import Properties
from scanner.sources.cloudformation.text import concatenate, symbol

if TYPE_CHECKING:
    from scanner.sources.cloudformation.template import Template

MOST_DEPTH = 60
"""How deep functions and conditions may refer to each other."""

GIVEN_BACK = {"AWS::EC2::VPC": frozenset({"CidrBlock"}), "AWS::EC2::Subnet": frozenset({"CidrBlock"})}
"""Attributes that give what the property of their name states ("Return values", AWS CloudFormation Reference)."""

STACK_PSEUDO = frozenset({"AWS::StackName", "AWS::StackId", "AWS::NotificationARNs"})
PSEUDO = STACK_PSEUDO | {"AWS::AccountId", "AWS::Region", "AWS::Partition", "AWS::URLSuffix"}


class Evaluator:
    """Reads one template in one world."""

    def __init__(self, template: Template, world: World) -> None:
        self.template = template
        self.world = world
        self.resources: dict[str, Resource] = {}
        """Those that have been asked for, by logical id."""
        self._conditions: dict[str, conditions.Truth] = {}
        self._judging: set[str] = set()
        self._depth = 0

    # --- places

    def location(self, node: syntax.Node) -> Location:
        return Location(self.template.file, *node.span)

    def entry_location(self, key: syntax.Span, value: syntax.Node) -> Location:
        """Of a property: its name and value if they share a line, else its name."""
        return Location(self.template.file, *syntax.entry_span(key, value))

    # --- values

    def fact(self, node: syntax.Node, place: Location | None = None) -> Fact[Any]:
        """The value of a node, seen at ``place`` (by default the node itself).

        Functions are carried out where their arguments are known and give an Unknown that says why where
        they are not. Raises Fork where the value hangs on a condition that this world leaves open.
        """
        place = place or self.location(node)
        called = function_of(node)
        if called is not None:
            return self._call(called[0], called[1], place)
        if isinstance(node, syntax.Mapping):
            if "Fn::Transform" in node.entries and not is_include(node.entries["Fn::Transform"]):
                return functions.transform(self, node.entries["Fn::Transform"], place)
            return Fact(Properties(self, node), (place,))
        if isinstance(node, syntax.Sequence):
            facts = (self.fact(item) for item in node.items)
            return Fact(Items(tuple(fact for fact in facts if fact.value is not ABSENT)), (place,))
        assert isinstance(node, syntax.Scalar)
        value = node.value
        if isinstance(value, str) and "{" in value:
            if "{{resolve:" in value:
                return self._resolved(value, place)
            if embedded.looks_like_document(value):
                return embedded.Written(value, (place,), pieces=lambda: (embedded.Piece(value, self._stands(node)),))
        return Fact(value, (place,))

    def _resolved(self, text: str, place: Location) -> Fact[Any]:
        """A text with dynamic references: of SSM parameters, a known account has the values."""
        if self.template.context is not None:
            found = resolved(text, self.template.context)
            if isinstance(found, Fact):
                return found.seen_at(place)
            if found:
                return self._deployed(text, f"is not known: {found}", place)
        return self._deployed(text, "is resolved when the template is deployed", place)

    def _deployed(self, text: str, says: str, place: Location) -> Fact[Any]:
        """A text whose dynamic references are not known."""
        parts = [
            Fact(piece, (place,)) if key is None else self.unknown(key, f"{piece} {says}", place)
            for piece, key in pieces(text)
        ]
        return Fact(concatenate(parts).value, (place,))

    def _stands(self, node: syntax.Scalar) -> embedded.Stands:
        return embedded.standing(node, self.template.file)

    def _call(self, name: str, argument: syntax.Node, place: Location) -> Fact[Any]:
        if self._depth > MOST_DEPTH:
            return self.unknown(("deep", place), "functions refer to each other too deeply", place)
        self._depth += 1
        try:
            found = self._carry_out(name, argument, place)
        finally:
            self._depth -= 1
        if isinstance(found.value, str) and "{{resolve:" in found.value:
            return self._resolved(found.value, place)
        at = (place, *(at for at in found.at if at != place))
        return Fact(found.value, at, found.note) if type(found) is Fact else replace(found, at=at)

    def _carry_out(self, name: str, argument: syntax.Node, place: Location) -> Fact[Any]:
        if name == "Ref":
            return self._ref(argument, place)
        if name == "Fn::GetAtt":
            return self._get_att(argument, place)
        if name == "Fn::Sub":
            return self._sub(argument, place)
        if name == "Fn::If":
            return self._if(argument, place)
        if name in conditions.FUNCTIONS:
            return self._truth(name, argument, place)
        function = functions.FUNCTIONS.get(name)
        if function is None:
            return self.unknown(("function", name, place), f"{name} is not a function that is known here", place)
        return function(self, argument, place)

    def _text(self, node: syntax.Node) -> str:
        return node.text.strip() if isinstance(node, syntax.Scalar) else ""

    def unknown(
        self, key: Hashable, reason: str, place: Location, supply: str = "", split: Split | None = None
    ) -> Fact[Any]:
        """An unknown value, unless this world assumes what it is."""
        if self.world.has(key):
            return Fact(self.world.value(key), (place,), f"assuming {self.world.says}")
        return Fact(Unknown(key, reason, place, supply, split), (place,))

    # --- references

    def _ref(self, argument: syntax.Node, place: Location) -> Fact[Any]:
        named = self._name(argument)
        if not isinstance(named.value, str):
            return self.unknown(("ref", symbol(named.value)), "what Ref names is not known", place)
        return self.ref(named.value, place)

    def _name(self, node: syntax.Node) -> Fact[Any]:
        """A name in Ref or GetAtt, which the language extensions let functions make."""
        if isinstance(node, syntax.Scalar) and not node.tag:
            return Fact(node.text.strip())
        return concatenate([self.fact(node)])

    def ref(self, name: str, place: Location) -> Fact[Any]:
        """What ``Ref`` gives: a parameter's value, a pseudo parameter, or a reference to a resource."""
        template = self.template
        if name in template.parameters:
            return self._parameter(name, place)
        if name == "AWS::NoValue":
            return Fact(ABSENT, (place,))
        if name in PSEUDO:
            return self._pseudo(name, place)
        if name in template.types:
            return Fact(Reference(f"{template.name}#{name}"), (place,))
        return self._undefined(name, name or "Ref", "parameter or resource of the template", place)

    def _undefined(self, id: str, said: str, what: str, place: Location, attribute: str = "") -> Fact[Any]:
        """What a name that the template does not define stands for."""
        template = self.template
        key = ("undefined", template.name, id, attribute) if attribute else ("undefined", template.name, id)
        maker = sam_nodes.generated(id, template.types) if sam_nodes.TRANSFORM in template.macros else ""
        if maker:
            reason = f"{id} is made of {maker} by the SAM transform"
            supply = "pip install 'clearway[sam]'" if "not installed" in template.untranslated else ""
            return self.unknown(key, f"{reason} ({template.untranslated})".removesuffix(" ()"), place, supply)
        return self.unknown(key, f"{said} names no {what}", place)

    def _pseudo(self, name: str, place: Location) -> Fact[Any]:
        known = self.template.pseudo.get(name)
        if known:
            return Fact(known, (place,))
        option = {"AWS::AccountId": "--account ID", "AWS::Region": "--region NAME"}.get(name, "")
        scope = (self.template.name,) if name in STACK_PSEUDO else ()
        return self.unknown(("pseudo", name, *scope), f"{name} is known when the stack is deployed", place, option)

    def _parameter(self, name: str, place: Location) -> Fact[Any]:
        parameter = self.template.parameters[name]
        passed = self.template.links.passed.get(name)
        if passed is not None:
            value = passed(self.world)
            if value.value is not ABSENT:
                if value.location is not None:
                    self.template.links.arguments[place] = (name, value.location)
                return self._stored(parameter, value, place) if parameter.from_ssm else parameter.typed(value, place)
        key: tuple[Hashable, ...] = ("parameter", self.template.name, name)
        if parameter.stored:
            key = _held_by(parameter, parameter.stored)
        if self.world.has(key):
            return parameter.fact(plain_text(self.world.value(key)), (place,), f"assuming {self.world.says}")
        if parameter.value is not None:
            at = (place,) if parameter.value_at is None else (place, parameter.value_at)
            return parameter.fact(parameter.value, at, parameter.note)
        options = tuple(value for value in parameter.allowed if not self.world.rules_out(key, value))
        if len(options) == 1:
            note = f"assuming {self.world.says}" if len(parameter.allowed) > 1 else "the only value that is allowed"
            return parameter.fact(options[0], (place,), note)
        return self.unknown(key, parameter.reason, place, f"--set {name}=...", Split(key, options) if options else None)

    def _stored(self, parameter: Parameter, name: Fact[Any], place: Location) -> Fact[Any]:
        """What the SSM parameter holds whose name another stack passes."""
        if not isinstance(name.value, str):
            reason = f"the SSM parameter that parameter {parameter.name} is read from is not known"
            return self.unknown(_held_by(parameter, symbol(name.value)), reason, place)
        context, why = self.template.context, ""
        if context is not None:
            found, why = context.parameter(name.value)
            if found is not None:
                return parameter.typed(found.seen_at(*name.at), place)
        return self.unknown(_held_by(parameter, name.value), read_later(parameter.name, name.value, why), place)

    def _get_att(self, argument: syntax.Node, place: Location) -> Fact[Any]:
        if isinstance(argument, syntax.Sequence) and len(argument.items) >= 2:
            id = self._name(argument.items[0])
            name = concatenate([self._name(item) for item in argument.items[1:]], ".")
            if isinstance(id.value, str) and isinstance(name.value, str):
                return self.get_att(id.value, name.value, place)
            key = ("attribute of", self.template.name, symbol(id.value), symbol(name.value))
            return self.unknown(key, "what Fn::GetAtt names is not known", place)
        owner, _, attribute = self._text(argument).partition(".")
        return self.get_att(owner, attribute, place)

    def get_att(self, id: str, attribute: str, place: Location) -> Fact[Any]:
        """What ``GetAtt`` gives: a reference with the attribute, or the property that the attribute gives back."""
        if id not in self.template.types or not attribute:
            what = "resource of the template" if attribute else "attribute of a resource"
            return self._undefined(id, id or "GetAtt", what, place, attribute or "?")
        child = self.template.links.children.get(id)
        if child is not None and attribute.startswith("Outputs."):
            output = child.output(attribute.partition(".")[2], self.world)
            if output is not None:
                return output
        if attribute in GIVEN_BACK.get(self.template.types[id], ()):
            stated = self.template.resource(id, self.world).get(attribute)
            if stated.value is not ABSENT:
                return Fact(stated.value, (place,), stated.note).seen_at(*stated.at)
        return Fact(Reference(f"{self.template.name}#{id}", attribute), (place,))

    # --- functions over the evaluator itself

    def _sub(self, argument: syntax.Node, place: Location) -> Fact[Any]:
        variables: Mapping[str, syntax.Node] = {}
        text = argument
        if isinstance(argument, syntax.Sequence) and argument.items:
            text = argument.items[0]
            if len(argument.items) > 1 and isinstance(argument.items[1], syntax.Mapping):
                variables = argument.items[1].entries
        if not isinstance(text, syntax.Scalar):
            return self.unknown(("malformed", place), "Fn::Sub has no text", place)
        pieces: list[tuple[int, Fact[Any]]] = []
        for start, literal, name in functions.sub_parts(text.text):
            pieces.append((start, Fact(literal) if literal else self._variable(name, variables, place)))
        found = concatenate(fact for _, fact in pieces)
        if not embedded.looks_like_document(text.text):
            return found

        def read() -> tuple[embedded.Piece, ...]:
            stands = embedded.standing(text, self.template.file, tagged=True)
            ends = [start for start, _ in pieces[1:]] + [len(text.text)]
            return tuple(
                embedded.Piece(fact.value, stands.moved(start, end - start if fact.at else 0))
                for (start, fact), end in zip(pieces, ends, strict=True)
            )

        return embedded.Written(found.value, found.at, found.note, read)

    def _variable(self, name: str, variables: Mapping[str, syntax.Node], place: Location) -> Fact[Any]:
        """What stands for a variable of Fn::Sub."""
        if name in variables:
            found = self.fact(variables[name])
        elif "." in name:
            owner, _, attribute = name.partition(".")
            found = self.get_att(owner, attribute, place)
        else:
            found = self.ref(name, place)
        if isinstance(found.value, Items) or hasattr(found.value, "items"):
            key = ("not text", symbol(found.value))
            return self.unknown(key, f"variable {name} of Fn::Sub is not text", place)
        return found

    def _if(self, argument: syntax.Node, place: Location) -> Fact[Any]:
        if not isinstance(argument, syntax.Sequence) or len(argument.items) != 3:
            return self.unknown(("malformed", place), "Fn::If takes a condition and two values", place)
        name, yes, no = argument.items
        if isinstance(name, syntax.Scalar):
            chosen = yes if self.condition(self._text(name)) else no
        else:
            chosen = yes if conditions.decide(conditions.truth(self, name, "")) else no
        at = self.location(chosen)
        if isinstance(chosen, (syntax.Mapping, syntax.Sequence)) and function_of(chosen) is None:
            at = place
        return self.fact(chosen, at)

    def condition(self, name: str) -> bool:
        """Whether a condition holds in this world. Raises Fork where the world leaves it open."""
        return conditions.decide(self.truth(name))

    def truth(self, name: str) -> conditions.Truth:
        """Whether a condition holds, or the choices that would decide it."""
        if name not in self._conditions:
            node = self.template.conditions.get(name)
            if node is None or name in self._judging or self._depth > MOST_DEPTH:
                return conditions.free(("condition", self.template.name, name), self.world, f"condition {name}")
            self._depth += 1
            self._judging.add(name)
            try:
                self._conditions[name] = conditions.truth(self, node, name)
            finally:
                self._judging.remove(name)
                self._depth -= 1
        return self._conditions[name]

    def _truth(self, name: str, argument: syntax.Node, place: Location) -> Fact[Any]:
        return Fact(conditions.decide(conditions.call(self, name, argument, "")), (place,))


def _held_by(parameter: Parameter, stored: Hashable) -> tuple[Hashable, ...]:
    """The key of what an SSM parameter holds; as a list it is another value than as text."""
    return (SSM, stored, "list") if parameter.is_list else (SSM, stored)


def plain_text(value: object) -> str:
    return value if isinstance(value, str) else str(value)
