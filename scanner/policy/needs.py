"""Checks the needs files: against their schema, the catalogue of actions, and each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from scanner.policy.document import Problems, validate
from scanner.policy.expressions import suggest
from scanner.policy.load import MAX_BYTES, shown_path
from scanner.syntax import Mapping, Node, Scalar, Sequence, SyntaxProblem, load_yaml, read_text, to_plain
from scanner.topology.iam.needs_data import FORMS, HOLE, PSEUDO, SCHEMA_FILE, needs_of

OWN = ("arn", "name")
"""What a thing's own templates may hold beside PSEUDO."""


def check_needs(folder: Path) -> list[SyntaxProblem]:
    """What is wrong with the needs files of a folder, each fault with its place."""
    return [problem for file in sorted(folder.glob("*.yaml")) for problem in check_needs_file(file)]


def check_needs_file(file: Path) -> list[SyntaxProblem]:
    """What is wrong with one needs file."""
    shown = shown_path(file)
    try:
        text = read_text(file, max_bytes=MAX_BYTES)
        root = load_yaml(text, shown, rules=True)
    except SyntaxProblem as problem:
        return [problem]
    problems = Problems(shown, text)
    validate(root, problems, SCHEMA_FILE, "the file")
    if not len(problems):
        _Checker(root, problems).check()
    return problems.sorted()


class _Checker:
    """What the schema cannot say."""

    def __init__(self, root: Node, problems: Problems) -> None:
        self._root, self._problems = root, problems
        self._things = needs_of(to_plain(root)).things

    def check(self) -> None:
        for name, thing in _entries(self._root, "things"):
            self._thing(name, thing)
        for _, grants in _entries(self._root, "integrations"):
            for grant in grants.items if isinstance(grants, Sequence) else ():
                self._grant(grant)

    def _thing(self, name: str, node: Node) -> None:
        thing = self._things[name]
        if bool(thing.argument) == bool(thing.of and thing.property):
            self._problems.add(node, f'thing "{name}" needs either an argument, or of and property, one of the two')
        if thing.of and thing.of not in self._things:
            self._problems.add(node, f'thing "{name}" is of "{thing.of}", which is no thing')
        if thing.form in ("name", "either", "path", "api_endpoint") and not thing.arn:
            self._problems.add(node, f'thing "{name}" can be a name: say what its ARN is made of with arn')
        templates = [text for key, text in _entries(node, "") if key == "arn"]
        templates += [text for _, text in _entries(node, "forms")]
        for template in templates:
            for hole in HOLE.finditer(template.text if isinstance(template, Scalar) else ""):
                if hole.group(1) not in (*PSEUDO, *OWN) or hole.group(2):
                    self._unknown(template, hole.group(), hole.start(), [*PSEUDO, *OWN])

    def _grant(self, node: Node) -> None:
        from scanner.analysis.iam.actions import action

        for text in _texts(node, "actions"):
            if action(text.text) is None:
                self._problems.add(text, f"{text.text} is no action of the catalogue")
        templates = list(_texts(node, "on"))
        for operator, keys in _entries(node, "conditions"):
            self._operator(node, operator)
            for _, values in _entries(keys, ""):
                templates += [values] if isinstance(values, Scalar) else list(_scalars(values))
        for template in templates:
            for hole in HOLE.finditer(template.text):
                self._hole(template, hole.group(1), hole.group(2) or "arn", hole.start())

    def _hole(self, node: Scalar, name: str, form: str, offset: int) -> None:
        if name in PSEUDO:
            return
        thing = self._things.get(name)
        if thing is None:
            self._unknown(node, f"${{{name}}}", offset, [*PSEUDO, *self._things])
        elif form not in (*FORMS, *thing.forms):
            known = [f"{name}.{one}" for one in (*FORMS, *thing.forms)]
            self._unknown(node, f"${{{name}.{form}}}", offset, known)

    def _operator(self, node: Node, operator: str) -> None:
        from scanner.analysis.iam.conditions import clause

        try:
            clause("aws:SourceArn", operator, "*")
        except ValueError as error:
            self._problems.add(node, str(error))

    def _unknown(self, node: Node, hole: str, offset: int, known: list[str]) -> None:
        self._problems.add(node, f"{hole} is no placeholder{suggest(hole.strip('${}'), known)}", offset)


def _entries(node: Node, key: str) -> Iterator[tuple[str, Node]]:
    """The entries of a mapping that stands at a key of another; of the mapping itself if the key is empty."""
    inner = node if not key else node.entries.get(key) if isinstance(node, Mapping) else None
    if isinstance(inner, Mapping):
        yield from inner.entries.items()


def _texts(node: Node, key: str) -> Iterator[Scalar]:
    inner = node.entries.get(key) if isinstance(node, Mapping) else None
    if inner is not None:
        yield from _scalars(inner)


def _scalars(node: Node) -> Iterator[Scalar]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Scalar):
            yield item
