"""The examples of a rule file: templates for which the verdict is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from scanner.policy import nodes
from scanner.policy.changes import ChangeError, changed
from scanner.policy.document import Problems
from scanner.policy.expressions import suggest
from scanner.policy.load import MAX_BYTES, shown_path
from scanner.policy.rule import Rule
from scanner.policy.select import SelectionError, with_parameters
from scanner.syntax import Mapping as MappingNode
from scanner.syntax import Node, Sequence, SyntaxProblem, load, load_yaml, read_text, to_plain


@dataclass(frozen=True, slots=True)
class Case:
    """One example. ``expect`` is the worst verdict of the rule: pass, fail, undecided or not_applicable."""

    name: str
    expect: str
    line: int
    column: int
    change: Mapping[str, Any] = field(default_factory=dict)
    """Dotted paths and their new values; None removes."""
    finding: Mapping[str, Any] = field(default_factory=dict)
    """What a result must say: assert, missing, subject, at, message, severity."""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of the rule."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """``set``: values of the template's parameters."""
    context: tuple[str, ...] = ()
    """Further templates that are read but not judged, relative to the rules folder."""
    closed: bool = False
    base: str = ""
    """The template that it changes instead of the others'; relative to the rules folder."""


@dataclass(frozen=True, slots=True)
class Base:
    """A template, or a snapshot of an account, that cases change."""

    name: str
    """The file, or the rule file itself for an inline one."""
    text: str
    """The template as it is; empty if it is written inline."""
    template: Any
    """The template as plain data, intrinsic functions in their long form."""


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of one rule, with the templates that they change."""

    rule: str
    file: str
    """The rule file, for people."""
    folder: Path
    """The rules folder."""
    bases: Mapping[str, Base]
    """What the cases change, by their ``base``."""
    cases: tuple[Case, ...]


def read_examples(rule: Rule, folder: Path) -> tuple[Examples | None, list[SyntaxProblem]]:
    """The examples of a rule of a rules folder; None, and why, if they cannot be read."""
    try:
        return _read(rule, folder, _node(rule, folder)), []
    except SyntaxProblem as problem:
        return None, [problem]


def check_examples(rule: Rule, folder: Path) -> tuple[list[SyntaxProblem], list[SyntaxProblem]]:
    """What is wrong with the examples of a rule, and what they lack but may."""
    shown = shown_path(folder / rule.path)
    problems, warnings = Problems(shown), Problems(shown)
    try:
        node = _node(rule, folder)
        _judge_coverage(node, problems, warnings)
        _judge_names(node, rule, problems)
        examples = _read(rule, folder, node)
    except SyntaxProblem as problem:
        return [*problems.sorted(), problem], warnings.sorted()
    for case, written in zip(examples.cases, nodes.items(node.entries["cases"]), strict=True):
        try:
            changed(examples.bases[case.base].template, case.change)
        except ChangeError as error:
            problems.add(_key(written, "change", error.path), str(error))
        for name in case.context:
            if not (folder / name).is_file():
                problems.add(_key(written, "context"), f'the template "{name}" is not in {shown_path(folder)}')
    return problems.sorted(), warnings.sorted()


def _node(rule: Rule, folder: Path) -> MappingNode:
    """The examples as they stand in the rule file. Raises SyntaxProblem."""
    file = folder / rule.path
    shown = shown_path(file)
    root = load_yaml(read_text(file, max_bytes=MAX_BYTES), shown, rules=True)
    found = nodes.entry(root, "examples")
    if not isinstance(found, MappingNode):
        raise SyntaxProblem(shown, 1, 1, "the rule has no examples: it needs one that passes and one that fails")
    return found


def _read(rule: Rule, folder: Path, node: MappingNode) -> Examples:
    file = folder / rule.path
    bases = {"": _base(node, file, folder)}
    cases = []
    for written in nodes.items(node.entries.get("cases")):
        case = _case(written)
        if case.base and case.base not in bases and isinstance(written, MappingNode):
            bases[case.base] = _base(written, file, folder)
        cases.append(case)
    return Examples(rule.id, shown_path(file), folder, bases, tuple(cases))


def _case(node: Node) -> Case:
    written = to_plain(node)
    return Case(
        name=str(written["name"]),
        expect=written["expect"],
        line=node.span[0],
        column=node.span[1],
        change=written.get("change", {}),
        finding=written.get("finding", {}),
        parameters=written.get("parameters", {}),
        values=written.get("set", {}),
        context=tuple(written.get("context", ())),
        closed=written.get("closed", False),
        base=str(written.get("base", "")),
    )


def _base(node: MappingNode, file: Path, folder: Path) -> Base:
    """The template that cases change."""
    inline = node.entries.get("template")
    if inline is not None:
        return Base(shown_path(file), "", long_form(inline))
    name = str(to_plain(node.entries["base"]))
    place = file.parent
    while not (place / name).is_file() and place != folder and folder in place.parents:
        place = place.parent
    if not (place / name).is_file():
        near = [other.relative_to(folder).as_posix() for other in folder.glob("**/fixtures/**/*") if other.is_file()]
        line, column = node.entries["base"].span[:2]
        message = f'there is no template "{name}" in {shown_path(folder)}{suggest(name, near)}'
        raise SyntaxProblem(shown_path(file), line, column, message)
    shown = shown_path(place / name)
    text = read_text(place / name, max_bytes=MAX_BYTES)
    return Base(shown, text, long_form(load(text, shown)))


def _judge_coverage(node: MappingNode, problems: Problems, warnings: Problems) -> None:
    cases = [_case(case) for case in nodes.items(node.entries.get("cases"))]
    shown = {case.expect for case in cases}
    for verdict in ("pass", "fail"):
        if verdict not in shown:
            problems.add(node, f"no example shows the verdict {verdict}")
    if "undecided" not in shown and "no_undecided" not in node.entries:
        warnings.add(node, "no example shows the verdict undecided; if none can, say why in no_undecided")
    names = [case.name for case in cases]
    for index, case in enumerate(cases):
        if case.name in names[:index]:
            problems.add((case.line, case.column), f'another example is already called "{case.name}"')


def _judge_names(node: MappingNode, rule: Rule, problems: Problems) -> None:
    """Adds what the cases name and the rule does not have."""
    assertions = [assertion.name for assertion in rule.assertions]
    for case in nodes.items(node.entries.get("cases")):
        written = to_plain(case)
        name = written.get("finding", {}).get("assert")
        if name is not None and name not in assertions:
            problems.add(_key(case, "finding", "assert"), f'there is no assertion "{name}"{suggest(name, assertions)}')
        try:
            with_parameters(rule, written.get("parameters", {}))
        except SelectionError as error:
            problems.add(_key(case, "parameters"), str(error))


def long_form(node: Node) -> Any:
    """A template as plain data: ``!Ref A`` becomes ``{Ref: A}``, ``!GetAtt A.B`` ``{Fn::GetAtt: [A, B]}``."""
    if isinstance(node, MappingNode):
        plain: Any = {key: long_form(value) for key, value in node.entries.items()}
    elif isinstance(node, Sequence):
        plain = [long_form(item) for item in node.items]
    else:
        plain = to_plain(node)
    if not node.tag:
        return plain
    name = node.tag.lstrip("!")
    if name == "GetAtt" and isinstance(plain, str):
        plain = plain.split(".", 1)
    return {name if name in ("Ref", "Condition") else f"Fn::{name}": plain}


def _key(node: Node, *path: str) -> Node | tuple[int, int, int, int]:
    """Where the key at a path stands, as far as it is there."""
    here: Node = node
    found: Node | tuple[int, int, int, int] = node
    for step in path:
        if not isinstance(here, MappingNode) or step not in here.entries:
            break
        found, here = here.keys[step], here.entries[step]
    return found
