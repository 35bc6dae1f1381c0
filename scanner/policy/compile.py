"""From a rule file to the rule that is evaluated, with every problem of the file.

The problems of the schema come first; what they leave readable is checked for meaning as well, so that an author
sees all mistakes at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any

from scanner.policy import nodes
from scanner.policy.check import ANY, SINGLE, Shape
from scanner.policy.clauses import NOTHING, Clauses, Scope, elements, taken
from scanner.policy.document import Problems, validate
from scanner.policy.expressions import suggest, variables_of
from scanner.policy.parameters import PARAMETER_TYPES, convert
from scanner.policy.rule import SEVERITIES, Assertion, Expression, Rule, RuleParameter, Source
from scanner.syntax import Mapping as MappingNode
from scanner.syntax import Node, Sequence, SyntaxProblem, load_yaml, to_plain

if TYPE_CHECKING:
    from scanner.policy.check import Kinds


_TYPE_NAME = re.compile(r"[A-Z][A-Za-z0-9]{1,63}::[A-Z0-9][A-Za-z0-9]{1,63}(::[A-Z0-9][A-Za-z0-9]{1,63}){0,2}")
_WORD = re.compile(r"[a-z_][a-z0-9_]*")
_KIND = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*")
_COLON_IN_CALL = re.compile(r"[a-z0-9_]\([a-z0-9_]+: ")


def compile_rule(
    text: str, file: str, kinds: Kinds, *, path: str = "", roots: Collection[str] | None = None
) -> tuple[Rule | None, list[SyntaxProblem]]:
    """The rule of a rule file's text, or None and its problems in the order of the file.

    ``kinds`` are the kinds of entities that a rule can match (``scanner.topology.schema.KINDS``); where it is empty,
    facts and relations are not checked. ``path`` is what the rule keeps as its path; the file's by default.
    ``roots`` are the kinds that a join can begin with; all by default.
    """
    try:
        root = load_yaml(text, file, rules=True)
    except SyntaxProblem as problem:
        return None, [_with_hint(problem, text)]
    problems = Problems(file, text)
    validate(root, problems)
    if not isinstance(root, MappingNode):
        return None, problems.sorted()
    rule = Compiler(root, path or file, kinds, kinds if roots is None else roots, problems).rule()
    return (None if problems else rule), problems.sorted()


def _with_hint(problem: SyntaxProblem, text: str) -> SyntaxProblem:
    """YAML's complaint about ``fact(name: value)``, with what to write instead."""
    lines = text.splitlines()
    if problem.line <= len(lines) and _COLON_IN_CALL.search(lines[problem.line - 1]):
        message = f"{problem.message}; write the arguments of a fact as (name=value)"
        return SyntaxProblem(problem.file, problem.line, problem.column, message)
    return problem


class Compiler:
    """Walks one rule file. Nodes that the schema has refused are skipped without another word."""

    def __init__(self, root: MappingNode, file: str, kinds: Kinds, roots: Collection[str], problems: Problems) -> None:
        self.root = root
        self.file = file
        self.kinds = kinds
        self.roots = roots
        self.problems = problems
        self.parameters: dict[str, RuleParameter] = {}
        self.clauses = Clauses(kinds, self.parameters, problems)
        self.lets: tuple[tuple[str, Expression], ...] = ()

    def rule(self) -> Rule:
        root = self.root
        self._parameters()
        scope: Scope = {}
        match = tuple(self._joins(root.entries.get("match"), scope))
        variables = tuple(scope)
        scope = self._lets(scope)
        where = self.clauses.optional(root, "where", scope)
        assertions = tuple(self._assertions(scope))
        way = self.clauses.path(root.entries.get("way"), scope)
        remediation = self.clauses.message(root.entries.get("remediation"), scope)
        self._unused()
        return Rule(
            id=self._text("id"),
            name=self._text("name"),
            title=self._text("title"),
            severity=self._text("severity"),
            applies=self._texts("applies") or ("template", "live"),
            source=tuple(self._plain("source") or ()),
            rationale=self._text("rationale"),
            remediation=remediation,
            subject=self._subject(variables),
            match=match,
            assertions=assertions,
            where=where,
            let=self.lets,
            parameters=tuple(self.parameters.values()),
            way=way,
            explains=self._texts("explains"),
            tags=self._texts("tags"),
            path=self.file,
        )

    # Parts of a rule

    def _parameters(self) -> None:
        for name, node in nodes.entries(self.root.entries.get("parameters")):
            type = nodes.text(nodes.entry(node, "type"))
            default = nodes.entry(node, "default")
            if type not in PARAMETER_TYPES or default is None:
                self.parameters[name] = RuleParameter(name, "any", None, "")
                continue
            try:
                value = convert(type, to_plain(default))
            except ValueError as error:
                self.problems.add(default, f'default of parameter "{name}": {error}')
                value = None
            self.parameters[name] = RuleParameter(name, type, value, nodes.text(nodes.entry(node, "about")))

    def _subject(self, variables: tuple[str, ...]) -> str:
        node = self.root.entries.get("subject")
        written = nodes.text(node)
        if node is not None and written and written not in variables:
            self.problems.add(node, f'subject "{written}" is not a variable of match{suggest(written, variables)}')
        return written or (variables[0] if variables else "")

    def _joins(self, node: Node | None, scope: Scope) -> Iterator[Source]:
        """The sources of a ``match`` or ``for``; its variables join the scope one by one."""
        for name, value in nodes.entries(node):
            if name in scope:
                self.problems.add(nodes.key(node or value, name), taken(name))
            source, shape = self._source(name, value, scope)
            scope[name] = shape
            yield source

    def _source(self, name: str, node: Node, scope: Scope) -> tuple[Source, Shape]:
        text = nodes.text(node)
        root = _WORD.match(text)
        if "::" in text and not (root and root.group() in scope):
            if not _TYPE_NAME.fullmatch(text):
                self.problems.add(node, f'"{text}" is not the name of a CloudFormation type such as AWS::S3::Bucket')
            return Source(name, kind=text), Shape(text)
        if root and root.group() in scope:
            path = self.clauses.path(node, scope)
            if path is None:
                return Source(name), ANY
            found = self.clauses.shape(path, scope, node)
            if not found.several and found.type in SINGLE:
                message = f'"{name}" cannot go through {found.words}: a join goes through entities or a list'
                self.problems.add(node, message)
            return Source(name, path=elements(path, found)), Shape(found.type) if found.is_entity else ANY
        if text and not _KIND.fullmatch(text):
            hint = " (write it as AWS::S3::Bucket)" if ":" in text else ""
            self.problems.add(node, f'"{text}" is neither a kind, a CloudFormation type nor a path{hint}')
        elif text and self.kinds and text not in self.kinds:
            known = (*self.kinds, *scope)
            self.problems.add(node, f'there is no kind or variable "{text}"{suggest(text, known)}')
        elif text and self.kinds and text not in self.roots:
            self.problems.add(node, f'a join cannot begin with "{text}": reach it by a path from {self._owners(text)}')
        return Source(name, kind=text), Shape(text) if text in self.kinds or not self.kinds else ANY

    def _owners(self, kind: str) -> str:
        """The relations that lead to a kind, for people."""
        found = (
            f"{owner}.{member.name}"
            for owner, cls in self.kinds.items()
            for member in cls.members.values()
            if member.type == kind
        )
        return " or ".join(found) or "another entity"

    def _lets(self, scope: Scope) -> Scope:
        """Puts ``let`` in the order of use, so that a name may be used above its own line."""
        node = self.root.entries.get("let")
        written = dict(nodes.entries(node))
        whole = {**scope, **dict.fromkeys(written, ANY)}
        parsed: dict[str, Expression] = {}
        for name, value in written.items():
            if name in scope:
                self.problems.add(nodes.key(node or value, name), taken(name))
            found = self.clauses.expression(value, whole, judge=False)
            if found is not None:
                parsed[name] = found
        ordered: list[tuple[str, Expression]] = []
        scope = dict(scope)
        waiting = dict(parsed)
        while waiting:
            ready = [name for name, found in waiting.items() if not (set(variables_of(found)) & waiting.keys())]
            if not ready:
                for name in waiting:
                    circle = " and ".join(waiting)
                    self.problems.add(written[name], f'"{name}" is defined by itself: {circle} go round in a circle')
                    scope[name] = ANY
                break
            for name in ready:
                expression = waiting.pop(name)
                scope[name] = self.clauses.shape(expression, scope, written[name])
                ordered.append((name, expression))
        self.lets = tuple(ordered)
        return {**whole, **scope}

    def _assertions(self, scope: Scope) -> Iterator[Assertion]:
        earlier: list[str] = []
        rule_severity = self._text("severity")
        for node in nodes.items(self.root.entries.get("assert")):
            if not isinstance(node, MappingNode):
                continue
            inner = dict(scope)
            joins = tuple(self._joins(node.entries.get("for"), inner))
            name, after = nodes.text(node.entries.get("name")), nodes.text(node.entries.get("after"))
            if after and after not in earlier:
                hint = suggest(after, earlier)
                self.problems.add(node.entries["after"], f'there is no earlier assertion "{after}"{hint}')
            if name and name in earlier:
                self.problems.add(node.entries["name"], f'another assertion is already called "{name}"')
            earlier.append(name)
            severity = nodes.text(node.entries.get("severity"))
            related = (self.clauses.path(item, inner) for item in nodes.items(node.entries.get("related")))
            yield Assertion(
                name=name,
                check=self.clauses.optional(node, "check", inner) or NOTHING,
                message=self.clauses.message(node.entries.get("message"), inner),
                severity=severity if severity in SEVERITIES else rule_severity,
                joins=joins,
                when=self.clauses.optional(node, "when", inner),
                after=after,
                sources=tuple(nodes.text(item) for item in nodes.items(node.entries.get("sources"))),
                at=self.clauses.path(node.entries.get("at"), inner),
                related=tuple(path for path in related if path is not None),
                remediation=self.clauses.message(node.entries.get("remediation"), inner),
            )

    def _unused(self) -> None:
        sections = (("parameters", self.clauses.used_parameters, "parameter"), ("let", self.clauses.used, "variable"))
        for section, used, what in sections:
            node = self.root.entries.get(section)
            for name, _ in nodes.entries(node):
                if name not in used:
                    self.problems.add(nodes.key(node or self.root, name), f'{what} "{name}" is never used')

    # Plain values of the rule's own keys

    def _text(self, key: str) -> str:
        return nodes.text(self.root.entries.get(key))

    def _texts(self, key: str) -> tuple[str, ...]:
        return tuple(nodes.text(item) for item in nodes.items(self.root.entries.get(key)))

    def _plain(self, key: str) -> Any:
        node = self.root.entries.get(key)
        return None if not isinstance(node, Sequence) else to_plain(node)
