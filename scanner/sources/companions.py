"""Files that a template names and that are no templates: definitions of state machines."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator

from scanner import syntax
from scanner.model import Fact, Items, Location
from scanner.sources.cloudformation.secrets import secret_spans
from scanner.sources.embedded import Piece, Stands, Written, json_secrets
from scanner.syntax import SyntaxProblem, read_text

SUFFIXES = (".json", ".yaml", ".yml", ".asl")
MAX_BYTES = 1024 * 1024 + 1
"""Step Functions takes a definition of 1 MB at most."""


def companion(template: str, named: str) -> str | None:
    """The path of the file that a template names, as reports show it; None if it is no file to read.

    A template may be anybody's, so what it names must lie below its own folder or the current one.
    """
    if "://" in named or posixpath.isabs(named) or os.path.isabs(named) or not named.endswith(SUFFIXES):
        return None
    folder = posixpath.dirname(template)
    path = posixpath.normpath(posixpath.join(folder, named))
    real = os.path.realpath(path)
    roots = (os.path.realpath(folder or "."), os.path.realpath("."))
    if not any(real.startswith(root.rstrip(os.sep) + os.sep) for root in roots) or not os.path.isfile(real):
        return None
    return path


def companion_text(path: str) -> str:
    """The text of such a file. Raises SyntaxProblem."""
    return read_text(path, max_bytes=MAX_BYTES)


def companion_fact(path: str) -> Fact[object]:
    """Its content: a text that looks like JSON as it is, with the place of each character, else a YAML document.

    Raises SyntaxProblem.
    """
    text = companion_text(path)
    whole = Location(path)
    if text.lstrip()[:1] in ("{", "["):
        lines = tuple((row + 1, 1) for row in range(text.count("\n") + 1))
        stands = Stands(path, whole, text, lines)
        return Written(text, (whole,), pieces=lambda: (Piece(text, stands),))
    return _fact(syntax.load_yaml(text, path), path)


def companion_secrets(text: str, path: str) -> Iterator[syntax.Span]:
    """Where such a file holds values that no report may show."""
    if text.lstrip()[:1] in ("{", "["):
        for start, end in json_secrets(text):
            line, before = text.count("\n", 0, start) + 1, text.rfind("\n", 0, start) + 1
            yield line, start - before + 1, line, end - before + 1
        return
    try:
        root = syntax.load_yaml(text, path)
    except SyntaxProblem:
        return
    if isinstance(root, syntax.Mapping):
        yield from secret_spans(root)


def _fact(node: syntax.Node, path: str, place: Location | None = None) -> Fact[object]:
    at = (place or Location(path, *node.span),)
    if isinstance(node, syntax.Mapping):
        entries = {}
        for key, value in node.entries.items():
            entries[key] = _fact(value, path, Location(path, *syntax.entry_span(node.keys[key], value)))
        return Fact(entries, at)
    if isinstance(node, syntax.Sequence):
        return Fact(Items(tuple(_fact(item, path) for item in node.items)), at)
    assert isinstance(node, syntax.Scalar)
    if node.tag:
        raise SyntaxProblem(path, node.span[0], node.span[1], f"{node.tag} has no meaning here")
    return Fact(node.value, at)
