"""YAML and JSON with positions."""

from scanner.syntax.json_loader import load_json
from scanner.syntax.load import load
from scanner.syntax.nodes import (
    STATED_TWICE,
    Mapping,
    Node,
    Repeated,
    Scalar,
    Sequence,
    Span,
    SyntaxProblem,
    entry_span,
    to_plain,
)
from scanner.syntax.read import read_text
from scanner.syntax.yaml_loader import load_yaml

__all__ = [
    "STATED_TWICE",
    "Mapping",
    "Node",
    "Repeated",
    "Scalar",
    "Sequence",
    "Span",
    "SyntaxProblem",
    "entry_span",
    "load",
    "load_json",
    "load_yaml",
    "read_text",
    "to_plain",
]
