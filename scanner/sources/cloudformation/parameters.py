"""The parameters of a template, and the values that a user gives for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from scanner import syntax
from scanner.model import Fact, Items, Location, Reference, Unknown
from scanner.sources.cloudformation.text import plain, split_text
from scanner.syntax import SyntaxProblem

SSM_VALUE = "AWS::SSM::Parameter::Value<"
"""Types of this prefix are given the name of an SSM parameter; CloudFormation reads its value."""


class AccountValues(Protocol):
    """What the account that a stack is deployed to has for it, where the scan knows the account."""

    def export(self, name: str) -> tuple[Fact[Any] | None, str]:
        """The value of an export; None with the reason (or "") if it is not known."""
        ...

    def parameter(self, name: str, version: str = "") -> tuple[Fact[Any] | None, str]:
        """The value of an SSM parameter, which is text; None with the reason (or "") if it is not known."""
        ...

    def at(self, account: str, region: str) -> AccountValues:
        """What one account and region have, where they are given."""
        ...


@dataclass(frozen=True, slots=True)
class Parameters:
    """Parameter values by name, with where they came from (``--set``, a file), and the place of deployment."""

    values: Mapping[str, str] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    account: str = ""
    region: str = ""
    context: AccountValues | None = None

    def merged(self, values: Mapping[str, str], origin: str) -> Parameters:
        """With further values, which win over those that are there."""
        return replace(
            self,
            values={**self.values, **values},
            origins={**self.origins, **dict.fromkeys(values, origin)},
        )

    def at(self, account: str, region: str) -> Parameters:
        """For another place of deployment, where one is named."""
        if not account and not region:
            return self
        account, region = account or self.account, region or self.region
        context = self.context.at(account, region) if self.context is not None else None
        return replace(self, account=account, region=region, context=context)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter with the value that holds for it, if one is known."""

    name: str
    type: str
    """As the template reads it: of an SSM parameter's value, the type of that value."""
    value: str | None
    value_at: Location | None
    note: str
    allowed: tuple[str, ...]
    """The values of which it is one. Empty if it may be anything, and for lists, which hold any number of them."""
    reason: str
    """Why there is no value."""
    from_ssm: bool = False
    """Whether what it is given is the name of an SSM parameter, of which CloudFormation reads the value."""
    stored: str = ""
    """That name, where the value is not known."""

    @property
    def is_list(self) -> bool:
        return self.type == "CommaDelimitedList" or self.type.startswith("List<")

    def fact(self, value: str, at: tuple[Location, ...], note: str) -> Fact[Any]:
        """A value of the parameter's type: a list type holds the texts between commas."""
        if self.is_list:
            return Fact(Items(tuple(Fact(piece, at, note) for piece in pieces_of(value))), at, note)
        return Fact(value, at, note)

    def typed(self, passed: Fact[Any], place: Location) -> Fact[Any]:
        """A value that another stack passes, as one of the parameter's type, seen at ``place``."""
        at = (place, *(where for where in passed.at if where != place))
        value = passed.value
        if isinstance(value, (Items, Unknown, Reference)) or hasattr(value, "items"):
            return Fact(between_commas(passed).value, at) if self.is_list else Fact(value, at)
        return self.fact(plain(value), at, passed.note)


def between_commas(given: Fact[Any]) -> Fact[Any]:
    """A list that is given as text, or as a list whose elements are texts with several elements each."""
    value = given.value
    if isinstance(value, Unknown):
        if isinstance(value.key, tuple) and value.key[:2] == ("join", ","):
            return Fact(replace(value, key=value.key[2]), given.at)
        pieces = split_text(given, ",")
        return given if pieces is None else Fact(Items(pieces), given.at)
    if not isinstance(value, Items):
        if isinstance(value, str):
            return Fact(Items(tuple(Fact(piece, given.at, given.note) for piece in pieces_of(value))), given.at)
        return Fact(Items((given,)), given.at)
    if len(value.items) == 1 and value.rest is None:
        [only] = value.items
        inner = between_commas(only)
        return given if inner.value == only.value else inner.seen_at(*given.at)
    found: list[Fact[Any]] = []
    for item in value.items:
        inner = between_commas(item).value
        found += inner.items if isinstance(inner, Items) and inner.rest is None else (item,)
    return Fact(Items(tuple(found), value.rest), given.at)


def pieces_of(value: str) -> list[str]:
    """The elements of a list parameter's value."""
    return [piece.strip() for piece in value.split(",")] if value else []


def declared(name: str, node: syntax.Mapping, given: Parameters, file: str) -> tuple[Parameter, SyntaxProblem | None]:
    """The parameter that a node of the Parameters section declares, and what is wrong with its given value.

    A given value that the template does not allow is not used. The value of an SSM parameter is known only if it
    is given itself; a given text that starts with a slash, like the default, is the SSM parameter's name.
    """
    twice = [key for key, value in node.entries.items() if value.tag == syntax.STATED_TWICE]
    if not {"Type", "Default", "AllowedValues"}.isdisjoint(twice):
        reason = f"parameter {name} has its {twice[0]} twice"
        return Parameter(name, "String", None, None, "", (), reason), None
    type = _declared_text(node, "Type") or "String"
    from_ssm = type.startswith(SSM_VALUE)
    if from_ssm:
        type = type[len(SSM_VALUE) : -1]
    allowed_node = node.entries.get("AllowedValues")
    allowed = () if from_ssm else tuple(_texts(allowed_node))
    default_node = node.entries.get("Default")
    default = None if default_node is None or _is_null(default_node) else ",".join(_texts(default_node))

    reason = f"parameter {name} has no value and no default"
    value, at, note = given.values.get(name), None, given.origins.get(name, "")
    problem = None
    bare = Parameter(name, type, None, None, "", allowed, reason)
    if value is not None and allowed and allowed_node is not None:
        spelled = dict(zip(_written(allowed_node), allowed, strict=True))
        pieces = [spelled.get(piece, piece) for piece in (pieces_of(value) if bare.is_list else [value])]
        value = ",".join(pieces)
        refused = [piece for piece in pieces if piece not in allowed]
        if refused:
            shown = "the value that is given" if _declared_text(node, "NoEcho").lower() == "true" else repr(refused[0])
            message = f"parameter {name} cannot be {shown} ({note or 'given'}): allowed is {', '.join(allowed)}"
            problem = SyntaxProblem(file, allowed_node.span[0], allowed_node.span[1], message)
            value, default = None, None
            reason = f"the value given for parameter {name} is not allowed"
    if value is None and default is not None and default_node is not None:
        value, at, note = default, Location(file, *default_node.span), f"default of parameter {name}"
    stored = ""
    found, why = given.context.parameter(value) if from_ssm and value and given.context is not None else (None, "")
    if found is not None:
        value, at, note = found.value, found.location, found.note
    elif from_ssm and value is not None and (at is not None or value.startswith("/")):
        reason, stored = read_later(name, value, why), value
        value, at, note = None, None, ""
    return Parameter(name, type, value, at, note, () if bare.is_list else allowed, reason, from_ssm, stored), problem


def read_later(name: str, stored: str, why: str = "") -> str:
    """Why a parameter has no value that CloudFormation reads from SSM; ``why`` says why an account does not tell it."""
    reason = f"parameter {name} is read from SSM parameter {stored} when the stack is deployed"
    return f"{reason}: {why}" if why else reason


def _declared_text(node: syntax.Mapping, key: str) -> str:
    value = node.entries.get(key)
    return value.text.strip() if isinstance(value, syntax.Scalar) else ""


def _scalars(node: syntax.Node | None) -> list[syntax.Scalar]:
    items = node.items if isinstance(node, syntax.Sequence) else [node]
    return [item for item in items if isinstance(item, syntax.Scalar)]


def _texts(node: syntax.Node | None) -> list[str]:
    return [plain(scalar.value) for scalar in _scalars(node)]


def _written(node: syntax.Node | None) -> list[str]:
    return [scalar.text for scalar in _scalars(node)]


def _is_null(node: syntax.Node) -> bool:
    return isinstance(node, syntax.Scalar) and node.value is None


def read_parameter_file(text: str, file: str) -> dict[str, str]:
    """The values of a parameter file in one of CloudFormation's own formats.

    Takes the list of ``{ParameterKey, ParameterValue}`` of the AWS CLI, the ``{"Parameters": ...}`` of
    CodePipeline's template configuration and of ``--cli-input-json``, the list of ``"Key=Value"`` of ``aws
    cloudformation deploy`` and a plain mapping. Raises SyntaxProblem with the place of what is wrong.
    """
    node = syntax.load(text, file)
    if isinstance(node, syntax.Mapping):
        node = node.entries.get("Parameters", node)
    if isinstance(node, syntax.Mapping):
        return {name: _text(value, file) for name, value in node.entries.items()}
    if isinstance(node, syntax.Sequence):
        return dict(_entries(node, file))
    raise _problem(node, file, "a parameter file is a list of ParameterKey and ParameterValue, or a mapping")


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
    if isinstance(node, syntax.Scalar) and not _is_null(node):
        return plain(node.value) if isinstance(node.value, bool) else node.text
    raise _problem(node, file, "a parameter's value is text, a number or a list of them")


def _problem(node: syntax.Node, file: str, message: str) -> SyntaxProblem:
    return SyntaxProblem(file, node.span[0], node.span[1], message)
