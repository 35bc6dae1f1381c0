"""CloudFormation's intrinsic functions over facts.

Each takes the evaluator, its argument node and the place of the call, and gives the value, or an Unknown
with the reason if an argument is not known. (Ref, GetAtt, Sub, If and the condition functions are the
evaluator's.)
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from scanner import syntax
from scanner.model import ABSENT, Fact, Items, Location, Reference, Unknown
from scanner.sources import embedded
from scanner.sources.cloudformation.mappings import find_in_map
from scanner.sources.cloudformation.shapes import shape_of
from scanner.sources.cloudformation.text import concatenate, plain, split_text, symbol

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator

Function = Callable[["Evaluator", syntax.Node, Location], Fact[Any]]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def sub_parts(text: str) -> Iterator[tuple[int, str, str]]:
    """The parts of an ``Fn::Sub`` text: offset, literal and "", or offset, "" and the name of a variable.

    ``${!Name}`` is the literal ``${Name}``.
    """
    end = 0
    for match in _VARIABLE.finditer(text):
        start, name = match.start(), match.group(1)
        if start > end:
            yield end, text[end:start], ""
        if name.startswith("!"):
            yield start, "${" + name[1:] + "}", ""
        else:
            yield start, "", name.strip()
        end = match.end()
    if end < len(text):
        yield end, text[end:], ""


def _arguments(node: syntax.Node) -> list[syntax.Node]:
    return node.items if isinstance(node, syntax.Sequence) else [node]


def _malformed(evaluator: Evaluator, name: str, place: Location) -> Fact[Any]:
    return evaluator.unknown(("malformed", place), f"{name} is not called as CloudFormation documents it", place)


def _from(evaluator: Evaluator, key: Hashable, cause: Fact[Any], place: Location) -> Fact[Any]:
    """An unknown with a key of its own, for the reason of another."""
    value = cause.value
    if isinstance(value, Unknown):
        return evaluator.unknown(key, value.reason, place, value.supply, value.split)
    name = value.address.rpartition("#")[2] if isinstance(value, Reference) else "a value"
    return evaluator.unknown(key, f"the value of {name} is known after deployment", place)


def _is_scalar(fact: Fact[Any]) -> bool:
    return fact.value is ABSENT or fact.value is None or isinstance(fact.value, (str, int, float))


def join(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = _arguments(node)
    if len(arguments) != 2:
        return _malformed(evaluator, "Fn::Join", place)
    delimiter, values = evaluator.fact(arguments[0]), evaluator.fact(arguments[1])
    if isinstance(values.value, Items) and values.value.rest is None and _is_scalar(delimiter):
        found = concatenate(values.value.items, plain(delimiter.value))
        return _written(evaluator, found, plain(delimiter.value), arguments[1])
    cause = values if _is_scalar(delimiter) else delimiter
    return _from(evaluator, ("join", symbol(delimiter.value), symbol(values.value)), cause, place)


def _written(evaluator: Evaluator, found: Fact[Any], delimiter: str, node: syntax.Node) -> Fact[Any]:
    """A text that ``Fn::Join`` made, with where each part of it stands if it looks like a document."""
    first = node.items[0] if isinstance(node, syntax.Sequence) and node.items else None
    if not isinstance(first, syntax.Scalar) or not embedded.looks_like_document(first.text):
        return found
    file = evaluator.template.file

    def read() -> tuple[embedded.Piece, ...]:
        pieces: list[embedded.Piece] = []
        for item in _arguments(node):
            fact = evaluator.fact(item)
            if fact.value is ABSENT:
                continue
            if delimiter and pieces:
                pieces.append(embedded.Piece(delimiter))
            if isinstance(item, syntax.Scalar) and fact.value == item.text:
                pieces.append(embedded.Piece(item.text, embedded.standing(item, file)))
            else:
                pieces.extend(embedded.parts(fact, embedded.filling(evaluator.location(item))))
        return tuple(pieces)

    return embedded.Written(found.value, found.at, found.note, read)


def split(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = _arguments(node)
    if len(arguments) != 2:
        return _malformed(evaluator, "Fn::Split", place)
    delimiter, text = evaluator.fact(arguments[0]).value, evaluator.fact(arguments[1])
    if isinstance(delimiter, str) and delimiter and _is_scalar(text):
        return Fact(Items(tuple(Fact(piece, (place,)) for piece in plain(text.value).split(delimiter))), text.at)
    key = symbol(text.value)
    if delimiter == "," and isinstance(key, tuple) and key[:2] == ("join", ","):  # no element holds a comma
        return _from(evaluator, key[2], text, place)
    pieces = split_text(text, delimiter) if isinstance(delimiter, str) and delimiter else None
    if pieces is not None:
        return Fact(Items(pieces), text.at)
    return _from(evaluator, ("split", symbol(delimiter), key), text, place)


def select(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = _arguments(node)
    if len(arguments) != 2:
        return _malformed(evaluator, "Fn::Select", place)
    index, values = evaluator.fact(arguments[0]), evaluator.fact(arguments[1])
    number = plain(index.value) if _is_scalar(index) else ""
    if not (number.isascii() and number.isdigit()):
        return _from(evaluator, ("select", symbol(index.value), symbol(values.value)), index, place)
    if isinstance(values.value, Items) and int(number) < len(values.value.items):
        return values.value.items[int(number)]
    if isinstance(values.value, Items) and values.value.rest is None:
        return evaluator.unknown(
            ("malformed", place), f"Fn::Select asks for element {number} of {len(values.value.items)}", place
        )
    return _from(evaluator, ("select", int(number), symbol(values.value)), values, place)


def get_azs(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    region = evaluator.fact(node)
    if region.value in ("", None, ABSENT):
        region = evaluator.ref("AWS::Region", place)
    reason = "the Availability Zones of the region are known when the stack is deployed"
    return evaluator.unknown(("azs", symbol(region.value)), reason, place)


def cidr(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = [evaluator.fact(argument) for argument in _arguments(node)]
    if len(arguments) not in (2, 3):
        return _malformed(evaluator, "Fn::Cidr", place)
    cause = next((argument for argument in arguments if not _is_scalar(argument)), None)
    if cause is not None:
        return _from(evaluator, ("cidr", *(symbol(argument.value) for argument in arguments)), cause, place)
    try:
        block = ipaddress.ip_network(plain(arguments[0].value), strict=False)
        count = int(plain(arguments[1].value))
        bits = int(plain(arguments[2].value)) if len(arguments) == 3 else 8
        if not 1 <= count <= 256:
            raise ValueError("count")
        blocks = list(islice(block.subnets(new_prefix=block.max_prefixlen - bits), count))
        if len(blocks) < count:
            raise ValueError("bits")
    except ValueError:
        return _malformed(evaluator, "Fn::Cidr", place)
    return Fact(Items(tuple(Fact(str(net), (place,)) for net in blocks)), arguments[0].at)


def import_value(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    """The value of an export of another stack, if that is in the scan."""
    name = evaluator.fact(node)
    key, context = ("import", symbol(name.value)), evaluator.template.context
    found = evaluator.template.links.imported(name, evaluator.world)
    if isinstance(found, Fact):
        return found
    supply = "the template that exports it"
    reason, split = f"export {shape_of(name.value)} comes from another stack", None
    if found is not None:
        reason, split, supply = found.reason, found.split, "--link STACK=FILE"
    if context is not None and isinstance(name.value, str):
        exported, why = context.export(name.value)
        if exported is not None:
            return exported
        reason = why if why and found is None else reason
    return evaluator.unknown(key, reason, place, supply, split)


def base64(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    """The text itself: what user data says matters here, not its encoding."""
    return evaluator.fact(node)


def transform(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    name = node.entries.get("Name") if isinstance(node, syntax.Mapping) else None
    said = f"macro {name.text}" if isinstance(name, syntax.Scalar) else "a macro"
    return evaluator.unknown(("transform", place), f"{said} is expanded when the template is deployed", place)


def length(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    values = evaluator.fact(node)
    if isinstance(values.value, Items) and values.value.rest is None:
        return Fact(len(values.value.items), values.at)
    return _from(evaluator, ("length", symbol(values.value)), values, place)


def to_json_string(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    values = evaluator.fact(node)
    if not isinstance(values.value, (Mapping, Items)):
        return _from(evaluator, ("json", symbol(values.value)), values, place)
    return concatenate(_json_parts(values))


def _json_parts(fact: Fact[Any]) -> Iterator[Fact[Any]]:
    value = fact.value
    if isinstance(value, Mapping):
        opening = "{"
        for key, item in value.items():
            if item.value is not ABSENT:
                yield Fact(f"{opening}{json.dumps(key, ensure_ascii=False)}:")
                yield from _json_parts(item)
                opening = ","
        yield Fact("{}" if opening == "{" else "}")
    elif isinstance(value, Items):
        yield Fact("[")
        for index, item in enumerate(value.items):
            if index:
                yield Fact(",")
            yield from _json_parts(item)
        if value.rest is not None:
            yield Fact(value.rest, fact.at)
        yield Fact("]")
    elif isinstance(value, Unknown):
        # Not the text itself: its quotes are escaped, and it may be a number or a list.
        yield Fact(replace(value, key=("json", value.key)), fact.at)
    elif isinstance(value, Reference):
        yield Fact('"')
        yield fact
        yield Fact('"')
    else:
        yield Fact(json.dumps(value, ensure_ascii=False), fact.at)


def stated_twice(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    """The value of a key that its mapping has several times, which the loader puts in place of all of them."""
    return evaluator.unknown(("stated twice", place), "it is stated twice, and which one holds is not known", place)


FUNCTIONS: dict[str, Function] = {
    "Fn::" + syntax.STATED_TWICE[1:]: stated_twice,
    "Fn::Join": join,
    "Fn::Split": split,
    "Fn::Select": select,
    "Fn::FindInMap": find_in_map,
    "Fn::GetAZs": get_azs,
    "Fn::Cidr": cidr,
    "Fn::ImportValue": import_value,
    "Fn::Base64": base64,
    "Fn::Transform": transform,
    "Fn::Length": length,
    "Fn::ToJsonString": to_json_string,
}
