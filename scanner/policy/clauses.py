"""The parts of a rule that hold expressions: checks, paths, messages, with their problems."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from scanner.policy import nodes
from scanner.policy.check import ANY, Fault, Shape, Types
from scanner.policy.document import Problems
from scanner.policy.expressions import (
    Blank,
    ExpressionError,
    parameters_of,
    parse,
    parse_message,
    suggest,
    variables_of,
)
from scanner.policy.predicates import COMBINATIONS, PREDICATES, QUANTIFIERS, Argument
from scanner.policy.rule import (
    Check,
    Combination,
    Expression,
    Literal,
    Path,
    Predicate,
    Quantified,
    RuleParameter,
    Step,
)
from scanner.syntax import Mapping as MappingNode
from scanner.syntax import Node, Scalar, Sequence

if TYPE_CHECKING:
    from scanner.policy.check import Kinds

Scope = dict[str, Shape]

_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_CALL = re.compile(r"[a-z_][\w.]*\([^()]*\)[\w.\[\]]*")
NOTHING = Predicate("exists", {"value": Literal("")})
"""Stands for a check that could not be read, and has been reported."""


def taken(name: str) -> str:
    """What is wrong with a second variable of a name."""
    return f'variable "{name}" is already taken; choose another name'


class Clauses:
    """Reads expressions, checks and messages in a scope, and remembers what they use.

    Nodes that the schema has refused are skipped without another word.
    """

    def __init__(self, kinds: Kinds, parameters: dict[str, RuleParameter], problems: Problems) -> None:
        self.parameters = parameters
        self.problems = problems
        self.used: set[str] = set()
        self.used_parameters: set[str] = set()
        self._node: Node = MappingNode((1, 1, 1, 1), "", {}, {})
        self._offset = 0
        self._types = Types(kinds, parameters, self._fault)

    def optional(self, owner: MappingNode, key: str, scope: Scope) -> Check | None:
        node = owner.entries.get(key)
        return None if node is None else self.check(node, scope)

    def check(self, node: Node, scope: Scope) -> Check:
        if not isinstance(node, MappingNode) or len(node.entries) != 1:
            return NOTHING
        [(name, value)] = node.entries.items()
        if name in COMBINATIONS:
            checks = [value] if name == "not" else nodes.items(value)
            return Combination(name, tuple(self.check(check, scope) for check in checks))
        if name in QUANTIFIERS:
            return self._quantified(name, value, scope)
        if name in PREDICATES:
            return self._predicate(name, value, scope)
        return NOTHING

    def _quantified(self, name: str, node: Node, scope: Scope) -> Check:
        path = self.path(nodes.entry(node, "in"), scope)
        variable = nodes.text(nodes.entry(node, "as"))
        where = nodes.entry(node, "as")
        if where is not None and variable in scope:
            self.problems.add(where, taken(variable))
        element = ANY
        if path is not None:
            found = self.shape(path, scope, nodes.entry(node, "in") or node)
            element = Shape(found.type) if found.is_entity or found.several else ANY
            path = elements(path, found)
        check = nodes.entry(node, "check")
        inner = self.check(check, {**scope, variable: element}) if check is not None else NOTHING
        return Quantified(name, path or Path(""), variable, inner)

    def _predicate(self, name: str, node: Node, scope: Scope) -> Check:
        found: dict[str, Expression] = {}
        shapes: list[tuple[Expression, Shape]] = []
        for argument, value in _operands(name, node):
            expression = self.expression(value, scope, judge=False, path=argument.path)
            if expression is None:
                shapes.append((Literal(""), ANY))
                continue
            found[argument.name] = expression
            shape = self.shape(expression, scope, value)
            shapes.append((expression, shape))
            if isinstance(expression, Literal) and (argument.path or (shape.type == "text" and _wants_path(argument))):
                hint = suggest(nodes.text(value), scope)
                self.problems.add(value, f'"{argument.name}" of {name} takes a path from a variable{hint}')
                continue
            self._node, self._offset = value, 0
            self._types.fits(argument, expression, shape)
        if name == "equals" and len(shapes) == 2:
            self._node, self._offset = node, 0
            self._types.comparable(shapes[0], shapes[1])
        return Predicate(name, found)

    # Expressions

    def expression(self, node: Node, scope: Scope, *, judge: bool = True, path: bool = False) -> Expression | None:
        """The expression of a node, or None if it has none.

        With ``judge`` its types are checked as well; with ``path`` it must be a path, so that quotes make no
        difference.
        """
        if isinstance(node, Sequence):
            values = [self.expression(item, scope) for item in node.items]
            for item, value in zip(node.items, values, strict=True):
                if value is not None and not isinstance(value, Literal):
                    self.problems.add(item, "a list holds values, not paths or parameters; use a list parameter")
            return Literal(tuple(value.value for value in values if isinstance(value, Literal)))
        if not isinstance(node, Scalar) or node.value is None:
            return None
        if not isinstance(node.value, str):
            return Literal(node.value)
        if not node.plain and not path:
            root = _WORD.match(node.value)
            if root and root.group() in scope and _CALL.fullmatch(node.value):
                self.problems.add(node, "this is text, being quoted; write a call without quotes: fact(name=value)")
            return Literal(node.value)
        try:
            found = parse(node.value, scope)
        except ExpressionError as error:
            self.problems.add(node, error.message, error.offset)
            return None
        self._note(found, node)
        if judge:
            self.shape(found, scope, node)
        return found

    def path(self, node: Node | None, scope: Scope) -> Path | None:
        if node is None:
            return None
        found = self.expression(node, scope, path=True)
        if isinstance(found, Path):
            return found
        if found is not None:
            self.problems.add(node, f"a path from a variable is wanted here{suggest(nodes.text(node), scope)}")
        return None

    def message(self, node: Node | None, scope: Scope) -> str:
        text = nodes.text(node)
        if node is None or not text:
            return ""
        try:
            parts = parse_message(text, scope)
        except ExpressionError as error:
            self.problems.add(node, error.message, error.offset)
            return text
        for part in parts:
            if isinstance(part, Blank) and part.expression is not None:
                self._note(part.expression, node, part.offset)
                self.shape(part.expression, scope, node, part.offset)
        return text

    def _note(self, expression: Expression, node: Node, offset: int = 0) -> None:
        """Remembers what an expression uses and reports parameters that there are none of."""
        self.used.update(variables_of(expression))
        for name in parameters_of(expression):
            self.used_parameters.add(name)
            if name not in self.parameters:
                at = max(nodes.text(node).find(f"${name}", offset), 0)
                self.problems.add(node, f'there is no parameter "{name}"{suggest(name, self.parameters)}', at)

    def shape(self, expression: Expression, scope: Scope, node: Node, offset: int = 0) -> Shape:
        self._node, self._offset = node, offset
        return self._types.shape(expression, scope)

    def _fault(self, fault: Fault) -> None:
        offset = self._offset
        if fault.word:
            found = re.search(rf"(?<![\w]){re.escape(fault.word)}(?![\w])", nodes.text(self._node)[offset:])
            offset += found.start() if found else 0
        self.problems.add(self._node, fault.message, offset)


def elements(path: Path, shape: Shape) -> Path:
    """A path to the elements of what it leads to: where that may be a list, the list is taken apart."""
    if shape.is_entity or (path.steps and path.steps[-1].name == "[]"):
        return path
    return Path(path.root, (*path.steps, Step("[]")))


def _wants_path(argument: Argument) -> bool:
    """Whether no text fits an argument, so that text is a path gone wrong."""
    return "entity" in argument.types and not argument.types & {"text", "any"}


def _operands(name: str, node: Node) -> Iterator[tuple[Argument, Node]]:
    """The arguments of a predicate that are written, as far as they are its own."""
    arguments = PREDICATES[name].arguments
    if PREDICATES[name].positional:
        yield from zip(arguments, nodes.items(node), strict=False)
    elif len(arguments) == 1:
        yield arguments[0], node
    else:
        written: Mapping[str, Node] = dict(nodes.entries(node))
        for argument in arguments:
            if argument.name in written:
                yield argument, written[argument.name]
