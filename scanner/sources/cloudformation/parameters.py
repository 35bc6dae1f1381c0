"""Values that a user gives for a template's parameters and pseudo parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from scanner import syntax
from scanner.syntax import SyntaxProblem


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameter values by name, with where they came from (``--set``, a file), and the place of deployment."""

    values: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    region: str = ""

    def merged(self, values: Mapping[str, str], origin: str) -> Parameters:
        """With further values, which win over those that are there."""
        return Parameters(
            {**self.values, **values},
            {**self.origins, **dict.fromkeys(values, origin)},
            self.account,
            self.region,
        )


def read_parameter_file(text: str, file: str) -> dict[str, str]:
    """The values of a parameter file in one of CloudFormation's own formats.

    Takes the list of ``{ParameterKey, ParameterValue}`` of the AWS CLI, the ``{"Parameters": {...}}`` of
    CodePipeline's template configuration, the list of ``"Key=Value"`` of ``aws cloudformation deploy``
    and a plain mapping. Raises SyntaxProblem with the place of what is wrong.
    """
    node = syntax.load(text, file)
    if isinstance(node, syntax.Mapping):
        inner = node.entries.get("Parameters")
        return _mapping(inner if isinstance(inner, syntax.Mapping) else node, file)
    if isinstance(node, syntax.Sequence):
        return dict(_entries(node, file))
    raise _problem(node, file, "a parameter file is a list of ParameterKey and ParameterValue, or a mapping")


def _mapping(node: syntax.Mapping, file: str) -> dict[str, str]:
    return {name: _text(value, file) for name, value in node.entries.items()}


def _entries(node: syntax.Sequence, file: str) -> Iterable[tuple[str, str]]:
    for item in node.items:
        if isinstance(item, syntax.Mapping) and "ParameterKey" in item.entries:
            key = _text(item.entries["ParameterKey"], file)
            if "ParameterValue" in item.entries:
                yield key, _text(item.entries["ParameterValue"], file)
            elif "UsePreviousValue" not in item.entries:
                raise _problem(item, file, f"parameter {key} has no ParameterValue")
        elif isinstance(item, syntax.Scalar) and "=" in item.text:
            key, _, value = item.text.partition("=")
            yield key, value
        else:
            raise _problem(item, file, "expected ParameterKey and ParameterValue, or Key=Value")


def _text(node: syntax.Node, file: str) -> str:
    if isinstance(node, syntax.Sequence):
        return ",".join(_text(item, file) for item in node.items)
    if isinstance(node, syntax.Scalar):
        return node.text
    raise _problem(node, file, "a parameter's value is text, a number or a list of them")


def _problem(node: syntax.Node, file: str, message: str) -> SyntaxProblem:
    return SyntaxProblem(file, node.span[0], node.span[1], message)
