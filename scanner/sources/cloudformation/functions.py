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
from typing import TYPE_CHECKING, Any

from scanner import syntax
from scanner.model import ABSENT, Fact, Items, Location, Reference, Split, Unknown
from scanner.sources.cloudformation.text import concatenate, plain, symbol

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator

Function = Callable[["Evaluator", syntax.Node, Location], Fact[Any]]

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")


def sub_parts(text: str) -> Iterator[tuple[str, str]]:
    """(literal, "") or ("", variable name) for each part of an ``Fn::Sub`` text; ``${!Name}`` is literal."""
    end = 0
    for match in _VARIABLE.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], ""
        name = match.group(1)
        yield ("${" + name[1:] + "}", "") if name.startswith("!") else ("", name.strip())
        end = match.end()
    if end < len(text):
        yield text[end:], ""


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


def _is_open(fact: Fact[Any]) -> bool:
    return isinstance(fact.value, (Unknown, Reference))


def join(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = _arguments(node)
    if len(arguments) != 2:
        return _malformed(evaluator, "Fn::Join", place)
    delimiter, values = evaluator.fact(arguments[0]), evaluator.fact(arguments[1])
    if isinstance(values.value, Items) and values.value.rest is None and isinstance(delimiter.value, str):
        return concatenate(values.value.items, delimiter.value)
    return _from(evaluator, ("join", symbol(delimiter.value), symbol(values.value)), values, place)


def split(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = _arguments(node)
    if len(arguments) != 2:
        return _malformed(evaluator, "Fn::Split", place)
    delimiter, text = evaluator.fact(arguments[0]).value, evaluator.fact(arguments[1])
    if isinstance(delimiter, str) and delimiter and not _is_open(text):
        return Fact(Items(tuple(Fact(piece, (place,)) for piece in plain(text.value).split(delimiter))), text.at)
    key = symbol(text.value)
    if isinstance(key, tuple) and key[:2] == ("join", delimiter):
        return _from(evaluator, key[2], text, place)
    return _from(evaluator, ("split", delimiter, key), text, place)


def select(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = _arguments(node)
    if len(arguments) != 2:
        return _malformed(evaluator, "Fn::Select", place)
    index, values = evaluator.fact(arguments[0]), evaluator.fact(arguments[1])
    number = plain(index.value)
    if _is_open(index) or not number.isdigit():
        return _from(evaluator, ("select", symbol(index.value), symbol(values.value)), index, place)
    if isinstance(values.value, Items) and int(number) < len(values.value.items):
        return values.value.items[int(number)]
    if isinstance(values.value, Items) and values.value.rest is None:
        return evaluator.unknown(
            ("malformed", place), f"Fn::Select asks for element {number} of {len(values.value.items)}", place
        )
    return _from(evaluator, ("select", int(number), symbol(values.value)), values, place)


def find_in_map(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    """A mapping's value. With an unknown key it is known if every entry agrees, else split by the key."""
    arguments = _arguments(node)
    if len(arguments) not in (3, 4):
        return _malformed(evaluator, "Fn::FindInMap", place)
    name, top, second = (evaluator.fact(argument) for argument in arguments[:3])
    mapping = evaluator.template.mappings.get(plain(name.value))
    if _is_open(name) or mapping is None:
        return evaluator.unknown(
            ("map", symbol(name.value), symbol(top.value), symbol(second.value)), f"mapping {plain(name.value)} is not defined", place
        )
    tops = [top.value] if not _is_open(top) else list(mapping.entries)
    found: dict[Hashable, Fact[Any]] = {}
    holding = []
    for option in tops:
        inner = mapping.entries.get(plain(option))
        if not isinstance(inner, syntax.Mapping):
            continue
        for key in [second.value] if not _is_open(second) else list(inner.entries):
            entry = inner.entries.get(plain(key))
            if entry is not None:
                fact = evaluator.fact(entry)
                found[symbol(fact.value)] = fact
                holding.append(plain(option) if _is_open(top) else plain(key))
    default = arguments[3].entries.get("DefaultValue") if len(arguments) == 4 and isinstance(arguments[3], syntax.Mapping) else None
    cause = top if _is_open(top) else second
    if default is not None and (not found or _is_open(cause)):
        fact = evaluator.fact(default)
        found[symbol(fact.value)] = fact
    if len(found) == 1:
        return next(iter(found.values()))
    if not found:
        return evaluator.unknown(
            ("map", plain(name.value), symbol(top.value), symbol(second.value)),
            f"mapping {plain(name.value)} has no {plain(top.value)}.{plain(second.value)}",
            place,
        )
    key = ("map", evaluator.template.file, plain(name.value), symbol(top.value), symbol(second.value))
    unknown = cause.value if isinstance(cause.value, Unknown) else None
    options = unknown.split if unknown is not None else None
    if options is None and unknown is not None and default is None and not (_is_open(top) and _is_open(second)):
        options = Split(unknown.key, tuple(dict.fromkeys(holding)))
    reason = unknown.reason if unknown else f"the key into mapping {plain(name.value)} is not known"
    return evaluator.unknown(key, reason, place, unknown.supply if unknown else "", options)


def get_azs(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    region = evaluator.fact(node)
    if region.value == "":
        region = evaluator.ref("AWS::Region", place)
    return evaluator.unknown(
        ("azs", symbol(region.value)), "the Availability Zones of the region are known when the stack is deployed", place
    )


def cidr(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    arguments = [evaluator.fact(argument) for argument in _arguments(node)]
    if len(arguments) not in (2, 3):
        return _malformed(evaluator, "Fn::Cidr", place)
    cause = next((argument for argument in arguments if _is_open(argument)), None)
    if cause is not None:
        return _from(evaluator, ("cidr", *(symbol(argument.value) for argument in arguments)), cause, place)
    try:
        block = ipaddress.ip_network(plain(arguments[0].value), strict=False)
        count = int(plain(arguments[1].value))
        bits = int(plain(arguments[2].value)) if len(arguments) == 3 else 8
        if not 1 <= count <= 256:
            raise ValueError("count")
        blocks = [net for _, net in zip(range(count), block.subnets(new_prefix=block.max_prefixlen - bits))]
    except ValueError:
        return _malformed(evaluator, "Fn::Cidr", place)
    return Fact(Items(tuple(Fact(str(net), (place,)) for net in blocks)), arguments[0].at)


def import_value(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    name = evaluator.fact(node)
    said = f"export {plain(name.value)}" if not _is_open(name) else "an export"
    return evaluator.unknown(("import", symbol(name.value)), f"{said} comes from another stack", place)


def base64(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    """The text itself: what user data says matters here, not its encoding."""
    return evaluator.fact(node)


def transform(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    name = node.entries.get("Name") if isinstance(node, syntax.Mapping) else None
    said = name.text if isinstance(name, syntax.Scalar) else "a macro"
    return evaluator.unknown(("transform", place), f"{said} is expanded when the template is deployed", place)


def length(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    values = evaluator.fact(node)
    if isinstance(values.value, Items) and values.value.rest is None:
        return Fact(len(values.value.items), values.at)
    return _from(evaluator, ("length", symbol(values.value)), values, place)


def to_json_string(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    values = evaluator.fact(node)
    parts = list(_json_parts(values))
    return concatenate(parts)


def _json_parts(fact: Fact[Any]) -> Iterator[Fact[Any]]:
    value = fact.value
    if isinstance(value, Mapping):
        yield Fact("{")
        first = True
        for key, item in value.items():
            if item.value is ABSENT:
                continue
            yield Fact(("" if first else ",") + json.dumps(key) + ":")
            first = False
            yield from _json_parts(item)
        yield Fact("}")
    elif isinstance(value, Items):
        yield Fact("[")
        for index, item in enumerate(value.items):
            if index:
                yield Fact(",")
            yield from _json_parts(item)
        yield Fact("]")
    elif isinstance(value, (Unknown, Reference)):
        yield Fact('"')
        yield fact
        yield Fact('"')
    else:
        yield Fact(json.dumps(value), fact.at)


FUNCTIONS: dict[str, Function] = {
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
