"""A template: its sections, its parameters, and its resources in a world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from scanner import syntax
from scanner.model import Exit, Fact, Fork, Items, Location, Reference, Resource, World
from scanner.sources.cloudformation import conditions, exits, sam_nodes
from scanner.sources.cloudformation.calls import function_of, is_computed
from scanner.sources.cloudformation.evaluator import PSEUDO, Evaluator
from scanner.sources.cloudformation.foreach import MOST, PREFIX, TooManyCopies, Unroller
from scanner.sources.cloudformation.links import Links
from scanner.sources.cloudformation.parameters import Parameter, Parameters, declared
from scanner.sources.cloudformation.properties import Computed, Properties
from scanner.sources.cloudformation.root import is_doubtful, is_null, macros_of, read_root, section, text_of, texts_of
from scanner.sources.cloudformation.secrets import secret_spans
from scanner.sources.cloudformation.text import plain
from scanner.syntax import SyntaxProblem

LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
KNOWN_MACROS = frozenset(
    {
        LANGUAGE_EXTENSIONS,
        "AWS::CodeDeployBlueGreen",
        "AWS::SecretsManager-2020-07-23",
        "AWS::SecretsManager-2024-09-16",
        "AWS::Serverless-2016-10-31",
    }
)
"""Macros of whole templates that add nothing which changes what is judged here."""


class Template:
    """A CloudFormation template as a module of the graph."""

    def __init__(
        self,
        file: str,
        root: syntax.Mapping,
        given: Parameters,
        *,
        name: str = "",
        wanted: frozenset[str] | None = None,
    ) -> None:
        self.file = file
        self.name = name or file
        self.links = Links()
        self._root = root
        self.pseudo = _pseudo(given)
        self.context = given.context
        self.problems: list[SyntaxProblem] = []
        self.parameters = dict(self._read_parameters(root, given))
        self._evaluators: dict[World, Evaluator] = {}
        self._resources: dict[str, syntax.Mapping] = {}
        self._mentioned: dict[str, frozenset[str]] = {}
        self._from_outside: dict[str, bool] = {}
        self._names: dict[str, syntax.Span] = {}
        self.mappings: dict[str, syntax.Mapping] = {
            name: node for name, node in section(root, "Mappings").entries.items() if isinstance(node, syntax.Mapping)
        }
        self.conditions: dict[str, syntax.Node] = dict(section(root, "Conditions").entries)
        self.types: dict[str, str] = {}
        self.macros = macros_of(root)
        self.makers: list[Exit] = []
        """What may add resources, outputs or references that the template does not show."""
        if LANGUAGE_EXTENSIONS in self.macros:
            root = self._unrolled(root)
            self.conditions = dict(section(root, "Conditions").entries)
            self._evaluators.clear()
        self.untranslated = ""
        """Why the resources that the SAM transform generates are not known, if they are not."""
        if sam_nodes.TRANSFORM in self.macros:
            from scanner.sources.cloudformation import sam

            found = sam.translated(root, given, wanted)
            if found.root is not root:
                root = found.root
                self.conditions = dict(section(root, "Conditions").entries)
            self.untranslated = found.refused
        self._check_conditions(root)
        self.outputs = section(root, "Outputs")
        self._rules = root.entries.get("Rules")
        self._read_resources(section(root, "Resources"))
        self.makers += [self._maker(self.outputs, key) for key in self.outputs.entries if key.startswith("Fn::")]
        if not self.macros <= KNOWN_MACROS:
            self.makers.append(self._maker(root, "Transform" if "Transform" in root.keys else "Fn::Transform"))
        self._exits: dict[World, dict[str, list[Exit]]] = {}

    @property
    def stack_name(self) -> str:
        """The name that the template is deployed under; empty if that is not known."""
        return self.pseudo.get("AWS::StackName", "")

    # --- the module of the graph

    def resource(self, id: str, world: World) -> Resource:
        """The resource of a logical id. Raises KeyError if there is none."""
        evaluator = self._evaluator(world)
        found = evaluator.resources.get(id)
        if found is None:
            found = evaluator.resources[id] = self._resource(id, evaluator)
        return found

    def _resource(self, id: str, evaluator: Evaluator) -> Resource:
        node = self._resources[id]
        properties = node.entries.get("Properties")
        name = evaluator.entry_location(self._names[id], properties or node)
        read: Mapping[str, Fact[Any]] = {}
        if properties is not None and is_computed(properties):
            read = Computed(evaluator, properties, name)
        elif isinstance(properties, syntax.Mapping):
            read = Properties(evaluator, properties)
        metadata = node.entries.get("Metadata")
        condition = node.entries.get("Condition")
        exists = (lambda: True) if condition is None else (lambda: evaluator.condition(text_of(condition)))
        return Resource(
            f"{self.name}#{id}",
            id,
            self.types[id],
            read,
            name,
            depends_on=tuple(Reference(f"{self.name}#{other}") for other in texts_of(node.entries.get("DependsOn"))),
            exists=exists,
            metadata=Properties(evaluator, metadata) if isinstance(metadata, syntax.Mapping) else {},
        )

    def exits(self, id: str, world: World) -> Sequence[Exit]:
        evaluator = self._evaluator(world)
        if evaluator.world not in self._exits:
            self._exits[evaluator.world] = exits.find(self, evaluator)
        return self._exits[evaluator.world].get(id, ())

    def stays(self, id: str, world: World) -> bool:
        return not self.exits(id, world) and not exits.is_nameable(self, id)

    def parameter_exits(self, name: str, world: World) -> Sequence[Exit]:
        """Where what is passed as a parameter leaves the template."""
        return self.exits(name, world)

    def possible(self, world: World) -> bool:
        return conditions.possible(self._evaluator(world), self._rules)

    def output(self, name: str, world: World) -> Fact[Any] | None:
        """The value of an output; None if the template has no such output."""
        node = self.outputs.entries.get(name)
        value = node.entries.get("Value") if isinstance(node, syntax.Mapping) else None
        return self._evaluator(world).fact(value) if value is not None else None

    def exports(self, world: World) -> Iterator[tuple[str, Fact[Any]]]:
        """The outputs that are exported, each with its export's name. May raise Fork."""
        for output, node in self.outputs.entries.items():
            export = node.entries.get("Export") if isinstance(node, syntax.Mapping) else None
            name = export.entries.get("Name") if isinstance(export, syntax.Mapping) else None
            if name is not None:
                yield output, self._evaluator(world).fact(name)

    def imports(self) -> Iterator[syntax.Node]:
        """The names that the template imports, as nodes."""
        return imported([*self._resources.values(), *self.conditions.values(), self.outputs])

    def sure_imports(self) -> Iterator[syntax.Node]:
        """The names that every deployment of the template imports."""
        return imported((node for node in self._resources.values() if "Condition" not in node.entries), sure=True)

    def value(self, node: syntax.Node, world: World) -> Fact[Any]:
        """The value of any node of the template. May raise Fork."""
        return self._evaluator(world).fact(node)

    def nodes(self) -> Iterator[tuple[str, syntax.Mapping]]:
        """Every resource's node by its logical id."""
        return iter(self._resources.items())

    def place_of(self, id: str) -> Location:
        """Where the logical id of a resource stands."""
        return Location(self.file, *self._names[id])

    def references(self, id: str) -> frozenset[str]:
        """The addresses of what a resource's properties and DependsOn mention, in any world, and of what exists
        before its whole stack does."""
        mentioned = self.mentioned(id)
        found = {f"{self.name}#{other}" for other in mentioned & self.types.keys()}
        for other in mentioned & self.links.children.keys():
            found |= self.links.children[other].addresses()
        return frozenset(found | self.links.before())

    def may_name(self, id: str, address: str) -> bool:
        """Whether a resource's properties can name the resource at an address: they mention it, or something that
        another template gives."""
        module, _, other = address.rpartition("#")
        if (module == self.name and other in self.mentioned(id)) or LANGUAGE_EXTENSIONS in self.macros:
            return True  # the extensions compute what Ref names
        if id not in self._from_outside:
            given = self.links.children.keys() | self.links.passed.keys()
            node = self._resources[id]
            self._from_outside[id] = bool(self.mentioned(id) & given) or any(True for _ in imported([node]))
        return self._from_outside[id]

    def mentioned(self, id: str) -> frozenset[str]:
        """The names that a resource's properties and DependsOn mention, whatever they name."""
        found = self._mentioned.get(id)
        if found is None:
            node = self._resources[id]
            found = frozenset(texts_of(node.entries.get("DependsOn")))
            if "Properties" in node.entries:
                found |= exits.mentioned(node.entries["Properties"])
            self._mentioned[id] = found
        return found

    def addresses(self) -> frozenset[str]:
        """The addresses of all resources of the stack and of its nested stacks."""
        own = {f"{self.name}#{id}" for id in self.types}
        return frozenset(own.union(*(child.addresses() for child in self.links.children.values())))

    def undeclared(self, names: Iterable[str]) -> frozenset[str]:
        """Those of some names that are no parameter of the template, nor a pseudo parameter."""
        return frozenset(names) - self.parameters.keys() - PSEUDO

    def secrets(self) -> list[syntax.Span]:
        """Where the template holds values that no report may show."""
        return list(secret_spans(self._root))

    # --- reading

    def _evaluator(self, world: World) -> Evaluator:
        found = self._evaluators.get(world)
        if found is None:
            # One for all readings that make no difference here: what is read from a template is read once.
            seen = world if self.links.reads_exports(self) else world.without_readings
            found = self._evaluators[world] = self._evaluators.setdefault(seen, Evaluator(self, seen))
        return found

    def _read_parameters(self, root: syntax.Mapping, given: Parameters) -> Iterator[tuple[str, Parameter]]:
        for name, node in section(root, "Parameters").entries.items():
            if not isinstance(node, syntax.Mapping):
                if node.tag != syntax.STATED_TWICE:
                    self._problem(node, f"parameter {name} is not a mapping")
                continue
            parameter, problem = declared(name, node, given, self.file)
            if problem is not None:
                self.problems.append(problem)
            yield name, parameter

    def _unrolled(self, root: syntax.Mapping) -> syntax.Mapping:
        unroller = Unroller(self._collection)
        try:
            node = unroller.unroll(root)
        except TooManyCopies:
            self._problem(root, f"Fn::ForEach makes more than {MOST:,} copies")
            return root
        for key, span in unroller.left:
            message = f"{key} loops over a collection that is not known; give its parameter a value (--set)"
            self.problems.append(SyntaxProblem(self.file, span[0], span[1], message))
        assert isinstance(node, syntax.Mapping)
        return node

    def _check_conditions(self, root: syntax.Mapping) -> None:
        names = conditions.circle(self.conditions)
        if names:
            line, column, *_ = section(root, "Conditions").keys[names[0]]
            message = f"conditions refer to each other in a circle: {' -> '.join(names)}"
            self.problems.append(SyntaxProblem(self.file, line, column, message))

    def _collection(self, node: syntax.Node) -> list[str] | None:
        try:
            value = self._evaluator(World()).fact(node).value
        except Fork:
            return None
        if not isinstance(value, Items) or value.rest is not None:
            return None
        texts: list[str] = []
        for item in value.items:
            inner = item.value.items if isinstance(item.value, Items) else (item,)
            for fact in inner:
                if not isinstance(fact.value, (str, int, float)):
                    return None
                texts.append(plain(fact.value))
        return texts

    def _read_resources(self, resources: syntax.Mapping) -> None:
        for id, node in resources.entries.items():
            if id.startswith("Fn::"):
                self.makers.append(self._maker(resources, id))
                if id.startswith(PREFIX) and LANGUAGE_EXTENSIONS not in self.macros:
                    self._problem(node, f"{id} needs the transform {LANGUAGE_EXTENSIONS}")
                continue
            if is_doubtful(node):
                self.makers.append(Exit(Location(self.file, *resources.keys[id]), f"{id}, which is stated twice"))
                continue
            type = node.entries.get("Type") if isinstance(node, syntax.Mapping) else None
            if not isinstance(node, syntax.Mapping) or not text_of(type):
                self._problem(node, f"resource {id} has no Type")
                continue
            properties = node.entries.get("Properties")
            if (
                properties is not None
                and not isinstance(properties, syntax.Mapping)
                and not properties.tag
                and not is_null(properties)
            ):
                self._problem(properties, f"the properties of resource {id} are not a mapping")
            self._resources[id] = node
            self._names[id] = resources.keys[id]
            self.types[id] = text_of(type)

    def _maker(self, owner: syntax.Mapping, key: str) -> Exit:
        said = "the macros of the template" if key == "Transform" else key
        return Exit(Location(self.file, *owner.keys[key]), said)

    def _problem(self, node: syntax.Node, message: str) -> None:
        self.problems.append(SyntaxProblem(self.file, node.span[0], node.span[1], message))


def imported(nodes: Iterable[syntax.Node], *, sure: bool = False) -> Iterator[syntax.Node]:
    """The names that Fn::ImportValue is given anywhere below some nodes; if ``sure``, not those within an Fn::If."""
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        called = function_of(node)
        if called is not None and called[0] == "Fn::ImportValue":
            yield called[1]
        if sure and called is not None and called[0] == "Fn::If":
            continue
        if isinstance(node, syntax.Mapping):
            waiting.extend(node.entries.values())
        elif isinstance(node, syntax.Sequence):
            waiting.extend(node.items)


def load_template(
    text: str, file: str, given: Parameters | None = None, wanted: frozenset[str] | None = None
) -> Template:
    """The template in a text. Raises SyntaxProblem if it cannot be read at all.

    ``wanted`` are the types of resources that will be read, None for all; a transform is carried out only for these.
    What is wrong with single resources or parameters is in ``Template.problems``; the rest is read.
    """
    problems: list[SyntaxProblem] = []
    template = Template(file, read_root(text, file, problems), given or Parameters(), wanted=wanted)
    template.problems += problems
    return template


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
