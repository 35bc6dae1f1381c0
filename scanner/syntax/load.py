"""A document that is JSON or YAML, as its text says."""

from __future__ import annotations

import re

from scanner.syntax.json_loader import load_json
from scanner.syntax.nodes import Node, Repeated, SyntaxProblem
from scanner.syntax.yaml_loader import load_yaml

_OPENS_JSON = re.compile(r"\ufeff*[ \t\r\n]*[{\[]")


def load(text: str, file: str, repeated: Repeated | None = None) -> Node:
    """The tree of a template: JSON if it looks like JSON and is, else YAML.

    Raises SyntaxProblem. What looks like JSON in a file named ``.json`` must be JSON; elsewhere it may be YAML's
    flow style, and what is neither gets the complaint that fits the file's ending. ``repeated``, if there is one, takes
    the keys that a mapping has several times, which are else refused.
    """
    if _OPENS_JSON.match(text) is None:
        return load_yaml(text, file, repeated=repeated)
    try:
        return load_json(text, file, repeated=repeated)
    except SyntaxProblem as not_json:
        if file.lower().endswith(".json"):
            raise
        if repeated is not None:
            repeated.clear()
        try:
            return load_yaml(text, file, repeated=repeated)
        except SyntaxProblem as not_yaml:
            raise (not_yaml if file.lower().endswith((".yaml", ".yml")) else not_json) from None
