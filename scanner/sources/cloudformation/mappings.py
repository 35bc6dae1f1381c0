"""``Fn::FindInMap``, also with keys that are not known."""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

from scanner import syntax
from scanner.model import Fact, Items, Location, Reference, Split, Unknown
from scanner.sources.cloudformation.text import plain, symbol

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator


def find_in_map(evaluator: Evaluator, node: syntax.Node, place: Location) -> Fact[Any]:
    """A mapping's value. With an unknown key it is known if every entry agrees, else split by the key.

    CloudFormation refuses a deployment whose key the mapping does not have, so that the mapping's keys are all
    that an unknown key can be, unless there is a DefaultValue.
    """
    arguments = node.items if isinstance(node, syntax.Sequence) else []
    if len(arguments) not in (3, 4):
        return evaluator.unknown(("malformed", place), "Fn::FindInMap takes a mapping's name and two keys", place)
    name, top, second = (evaluator.fact(argument) for argument in arguments[:3])
    options = arguments[3] if len(arguments) == 4 else None
    default_node = options.entries.get("DefaultValue") if isinstance(options, syntax.Mapping) else None
    default = None if default_node is None else evaluator.fact(default_node)
    key: tuple[Hashable, ...] = (
        "map",
        evaluator.template.name,
        *(symbol(argument.value) for argument in (name, top, second)),
    )
    if default is not None:
        key = (*key, symbol(default.value))
    if _is_open(name):
        return _unknown(evaluator, key, name, "the name of a mapping is not known", place)

    said = plain(name.value)
    mapping = evaluator.template.mappings.get(said)
    entries = _entries(evaluator, mapping, top, second)
    values = {symbol(fact.value): fact for _, fact in entries}
    cause = top if _is_open(top) else second
    if default is not None and (not values or _is_open(cause)):
        values[symbol(default.value)] = default
    if len(values) == 1:
        return next(iter(values.values()))
    if not values:
        return evaluator.unknown(key, _missing(evaluator, said, mapping, top, second), place)
    unknown = cause.value
    split = unknown.split if isinstance(unknown, Unknown) else None
    if split is None and isinstance(unknown, Unknown) and default is None and not (_is_open(top) and _is_open(second)):
        split = Split(unknown.key, tuple(dict.fromkeys(held for held, _ in entries)))
    return _unknown(evaluator, key, cause, f"the key into mapping {said} is not known", place, split)


def _entries(
    evaluator: Evaluator, mapping: syntax.Mapping | None, top: Fact[Any], second: Fact[Any]
) -> list[tuple[str, Fact[Any]]]:
    """Every value that the keys may stand for, with the key that is not known (the first one, if both are not)."""
    found = []
    for outer in _keys(evaluator, top, mapping):
        inner = mapping.entries.get(outer) if mapping is not None else None
        if not isinstance(inner, syntax.Mapping):
            continue
        for key in _keys(evaluator, second, inner):
            entry = inner.entries.get(key)
            if entry is not None:
                found.append((outer if _is_open(top) else key, evaluator.fact(entry)))
    return found


def _keys(evaluator: Evaluator, key: Fact[Any], mapping: syntax.Mapping | None) -> list[str]:
    """What a key may be: itself if it is known, else the mapping's keys that it can be in this world."""
    if not _is_open(key):
        return [plain(key.value)]
    names = list(mapping.entries) if mapping is not None else []
    if isinstance(key.value, Unknown):
        own, split = key.value.key, key.value.split
        names = [name for name in names if not evaluator.world.rules_out(own, name)]
        if split is not None and split.symbol == own:
            names = [name for name in names if name in split.options]
    return names


def _missing(evaluator: Evaluator, said: str, mapping: syntax.Mapping | None, top: Fact[Any], second: Fact[Any]) -> str:
    if "Fn::Transform" in (mapping.entries if mapping is not None else evaluator.template.mappings):
        return f"mapping {said} is completed by a macro when the template is deployed"
    if mapping is None:
        return f"mapping {said} is not defined"
    keys = ("(unknown)" if _is_open(key) else plain(key.value) for key in (top, second))
    return f"mapping {said} has no {'.'.join(keys)}"


def _unknown(
    evaluator: Evaluator, key: Hashable, cause: Fact[Any], reason: str, place: Location, split: Split | None = None
) -> Fact[Any]:
    unknown = cause.value
    if isinstance(unknown, Unknown):
        return evaluator.unknown(key, unknown.reason, place, unknown.supply, split)
    return evaluator.unknown(key, reason, place, split=split)


def _is_open(fact: Fact[Any]) -> bool:
    return isinstance(fact.value, (Unknown, Reference, Items)) or hasattr(fact.value, "items")
