"""A template: its sections, its parameters, and its resources in a world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner import syntax
from scanner.model import ABSENT, Exit, Fact, Items, Location, Reference, Resource, Unknown, World
from scanner.sources.cloudformation import conditions, exits
from scanner.sources.cloudformation.evaluator import PSEUDO, Evaluator, Properties
from scanner.sources.cloudformation.foreach import MOST, PREFIX, TooManyCopies, Unroller
from scanner.sources.cloudformation.parameters import Parameters
from scanner.sources.cloudformation.secrets import secret_spans
from scanner.syntax import SyntaxProblem

FORMAT_SECTIONS = ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter with the value that holds for it, if one is known."""

    name: str
    type: str
    value: str | None
    value_at: Location | None
    note: str
    allowed: tuple[str, ...]
    reason: str
    """Why there is no value."""

    def fact(self, value: str, at: tuple[Location, ...], note: str) -> Fact[Any]:
        """A value of the parameter's type: a list type holds the texts between commas."""
        if self.type == "CommaDelimitedList" or self.type.startswith("List<"):
            pieces = [piece.strip() for piece in value.split(",")] if value else []
            return Fact(Items(tuple(Fact(piece, at, note) for piece in pieces)), at, note)
        return Fact(value, at, note)


class Template:
    """A CloudFormation template as a module of the graph."""

    def __init__(self, file: str, root: syntax.Mapping, given: Parameters) -> None:
        self.file = file
        self.name = file
        self._root = root
        self.pseudo = _pseudo(given)
        self.problems: list[SyntaxProblem] = []
        self.parameters = dict(self._read_parameters(root, given))
        self._evaluators: dict[World, Evaluator] = {}
        self._resources: dict[str, syntax.Mapping] = {}
        self._names: dict[str, syntax.Span] = {}
        self.mappings: dict[str, syntax.Mapping] = {
            name: node for name, node in _section(root, "Mappings").entries.items() if isinstance(node, syntax.Mapping)
        }
        self.conditions: dict[str, syntax.Node] = dict(_section(root, "Conditions").entries)
        self.types: dict[str, str] = {}
        if "AWS::LanguageExtensions" in _transforms(root) or PREFIX in str(root.entries.keys()):
            root = self._unrolled(root)
            self.conditions = dict(_section(root, "Conditions").entries)
        self.outputs = _section(root, "Outputs")
        self._rules = root.entries.get("Rules")
        self._read_resources(_section(root, "Resources"))
        self._exits: dict[World, dict[str, list[Exit]]] = {}

    # --- the module of the graph

    def resource(self, id: str, world: World) -> Resource:
        """The resource of a logical id. Raises KeyError if there is none."""
        node = self._resources[id]
        evaluator = self._evaluator(world)
        properties = node.entries.get("Properties")
        name = evaluator.entry_location(self._names[id], properties or node)
        read: Mapping[str, Fact[Any]] = {}
        if isinstance(properties, syntax.Mapping):
            read = Properties(evaluator, properties)
        condition = node.entries.get("Condition")
        exists = (lambda: True) if condition is None else (lambda: evaluator.condition(_text(condition)))
        return Resource(
            f"{self.file}#{id}",
            id,
            self.types[id],
            read,
            name,
            depends_on=tuple(Reference(f"{self.file}#{other}") for other in _texts(node.entries.get("DependsOn"))),
            exists=exists,
        )

    def exits(self, id: str, world: World) -> Sequence[Exit]:
        if world not in self._exits:
            self._exits[world] = exits.find(self, self._evaluator(world))
        return self._exits[world].get(id, ())

    def possible(self, world: World) -> bool:
        return conditions.possible(self._evaluator(world), self._rules)

    def nodes(self) -> Iterator[tuple[str, syntax.Mapping]]:
        """Every resource's node by its logical id."""
        return iter(self._resources.items())

    def references(self, id: str) -> frozenset[str]:
        """The logical ids that a resource's properties and DependsOn mention, in any world."""
        node = self._resources[id]
        found = set(_texts(node.entries.get("DependsOn")))
        if "Properties" in node.entries:
            found |= exits.mentioned(node.entries["Properties"])
        return frozenset(found & self.types.keys())

    def secrets(self) -> list[syntax.Span]:
        """Where the template holds values that no report may show."""
        return list(secret_spans(self._root))

    # --- reading

    def _evaluator(self, world: World) -> Evaluator:
        found = self._evaluators.get(world)
        if found is None:
            found = self._evaluators[world] = Evaluator(self, world)
        return found

    def _read_parameters(self, root: syntax.Mapping, given: Parameters) -> Iterator[tuple[str, Parameter]]:
        for name, node in _section(root, "Parameters").entries.items():
            if not isinstance(node, syntax.Mapping):
                self._problem(node, f"parameter {name} is not a mapping")
                continue
            type = _text(node.entries.get("Type")) or "String"
            allowed = node.entries.get("AllowedValues")
            values = tuple(_texts(allowed))
            default = node.entries.get("Default")
            value, at, note = given.values.get(name), None, given.origins.get(name, "")
            reason = f"parameter {name} has no value and no default"
            if value is None and default is not None:
                value, at = _listed(default), Location(self.file, *default.span)
                note = f"default of parameter {name}"
            if type.startswith("AWS::SSM::Parameter::Value") and value is not None:
                reason = f"parameter {name} is read from SSM parameter {value} when the stack is deployed"
                value = None
                if name in given.values:
                    value = given.values[name]
            yield name, Parameter(name, type.replace("AWS::SSM::Parameter::Value<List", "List"), value, at, note, values, reason)

    def _unrolled(self, root: syntax.Mapping) -> syntax.Mapping:
        unroller = Unroller(self._collection)
        try:
            node = unroller.unroll(root)
        except TooManyCopies:
            self._problem(root, f"Fn::ForEach makes more than {MOST:,} copies")
            return root
        for key, span in unroller.left:
            self.problems.append(
                SyntaxProblem(self.file, span[0], span[1], f"{key} loops over a collection that is not known; give its parameter a value (--set)")
            )
        assert isinstance(node, syntax.Mapping)
        return node

    def _collection(self, node: syntax.Node) -> list[str] | None:
        value = self._evaluator(World()).fact(node).value
        if not isinstance(value, Items) or value.rest is not None:
            return None
        texts: list[str] = []
        for item in value.items:
            inner = item.value.items if isinstance(item.value, Items) else (item,)
            for fact in inner:
                if isinstance(fact.value, (Unknown, Reference)) or fact.value is ABSENT:
                    return None
                texts.append(str(fact.value))
        return texts

    def _read_resources(self, section: syntax.Mapping) -> None:
        for id, node in section.entries.items():
            if id.startswith("Fn::"):
                continue
            type = node.entries.get("Type") if isinstance(node, syntax.Mapping) else None
            if not isinstance(node, syntax.Mapping) or not isinstance(type, syntax.Scalar):
                self._problem(node, f"resource {id} has no Type")
                continue
            properties = node.entries.get("Properties")
            if properties is not None and not isinstance(properties, syntax.Mapping) and _text(properties):
                self._problem(properties, f"the properties of resource {id} are not a mapping")
            self._resources[id] = node
            self._names[id] = section.keys[id]
            self.types[id] = type.text

    def _problem(self, node: syntax.Node, message: str) -> None:
        self.problems.append(SyntaxProblem(self.file, node.span[0], node.span[1], message))


def load_template(text: str, file: str, given: Parameters | None = None) -> Template:
    """The template in a text. Raises SyntaxProblem if it cannot be read at all.

    What is wrong with single resources or parameters is in ``Template.problems``; the rest is read.
    """
    root = syntax.load(text, file)
    if not isinstance(root, syntax.Mapping):
        raise SyntaxProblem(file, root.span[0], root.span[1], "a template is a mapping with Resources")
    for name in FORMAT_SECTIONS:
        node = root.entries.get(name)
        if node is not None and not isinstance(node, syntax.Mapping) and not _is_null(node):
            raise SyntaxProblem(file, node.span[0], node.span[1], f"{name} is not a mapping")
    if "Resources" not in root.entries:
        raise SyntaxProblem(file, root.span[0], root.span[1], "the template has no Resources")
    return Template(file, root, given or Parameters())


def _section(root: syntax.Mapping, name: str) -> syntax.Mapping:
    node = root.entries.get(name)
    return node if isinstance(node, syntax.Mapping) else syntax.Mapping(root.span, "", {}, {})


def _transforms(root: syntax.Mapping) -> set[str]:
    return set(_texts(root.entries.get("Transform")))


def _is_null(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Scalar) and node.value is None


def _text(node: syntax.Node | None) -> str:
    return node.text.strip() if isinstance(node, syntax.Scalar) and node.value is not None else ""


def _texts(node: syntax.Node | None) -> list[str]:
    if isinstance(node, syntax.Sequence):
        return [item.text for item in node.items if isinstance(item, syntax.Scalar)]
    return [node.text] if isinstance(node, syntax.Scalar) and node.value is not None else []


def _listed(node: syntax.Node) -> str:
    return ",".join(_texts(node))


def _pseudo(given: Parameters) -> dict[str, str]:
    found = {"AWS::AccountId": given.account, "AWS::Region": given.region}
    if given.region:
        partition, suffix = "aws", "amazonaws.com"
        if given.region.startswith("cn-"):
            partition, suffix = "aws-cn", "amazonaws.com.cn"
        elif given.region.startswith("us-gov-"):
            partition = "aws-us-gov"
        found |= {"AWS::Partition": partition, "AWS::URLSuffix": suffix}
    found |= {name: given.values[name] for name in PSEUDO if name in given.values}
    return {name: value for name, value in found.items() if value}
