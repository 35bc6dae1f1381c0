"""Conditions of a template: true, false, or open with the choices that would decide them.

And, Or and Not are Kleene's, so that nothing is assumed that does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from scanner import syntax
from scanner.model import ABSENT, Choice, Fact, Fork, Items, Reference, Split, Unknown, World
from scanner.sources.cloudformation.calls import function_of
from scanner.sources.cloudformation.consistency import EQUAL, consistent
from scanner.sources.cloudformation.text import may_equal, plain, symbol

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator

Truth: TypeAlias = "bool | tuple[Choice, ...]"
"""True, False, or the choices that have to be made first."""


def decide(truth: Truth) -> bool:
    """The truth as a bool. Raises Fork where it is open."""
    if isinstance(truth, bool):
        return truth
    raise Fork(truth)


def free(key: Hashable, world: World, says: str) -> Truth:
    """A truth that nothing in the template decides."""
    if world.has(key):
        return bool(world.value(key))
    return (Choice(key, True, f"{says} holds"), Choice(key, False, f"{says} does not hold"))


def truth(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    """Whether a node that stands for a condition holds; ``name`` is of the condition it belongs to."""
    called = function_of(node)
    if called is None and isinstance(node, syntax.Mapping) and len(node.entries) == 1:
        ((key, argument),) = node.entries.items()
        called = (key, argument) if key == "Condition" else None
    if called is not None:
        if called[0] in FUNCTIONS:
            return call(evaluator, called[0], called[1], name)
        value = evaluator.fact(node).value
    else:
        value = node.value if isinstance(node, syntax.Scalar) else None
    known = {"true": True, "false": False}.get(str(symbol(value)).lower())
    if known is not None:
        return known
    return _open(evaluator, "truth", node, f"condition {name}")


def _open(evaluator: Evaluator, why: str, node: syntax.Node, says: str) -> Truth:
    return free((why, evaluator.template.name, node.span), evaluator.world, says)


def call(evaluator: Evaluator, function: str, argument: syntax.Node, name: str) -> Truth:
    """The truth of a condition function applied to its argument node."""
    return FUNCTIONS[function](evaluator, argument, name)


def _operands(node: syntax.Node) -> list[syntax.Node]:
    return node.items if isinstance(node, syntax.Sequence) else [node]


def _and(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    return _every(truth(evaluator, operand, name) for operand in _operands(node))


def _not(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    operands = _operands(node)
    if len(operands) != 1:
        return _open(evaluator, "malformed", node, f"condition {name}")
    found = truth(evaluator, operands[0], name)
    return not found if isinstance(found, bool) else found


def _or(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    return _some(truth(evaluator, operand, name) for operand in _operands(node))


def _condition(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    return evaluator.truth(node.text.strip() if isinstance(node, syntax.Scalar) else "")


def _equals(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    operands = _operands(node)
    if len(operands) != 2:
        return _open(evaluator, "malformed", node, f"condition {name}")
    left, right = (evaluator.fact(operand).value for operand in operands)
    return _equal(left, right, evaluator.world, name)


def _equal(left: Any, right: Any, world: World, name: str) -> Truth:
    left, right = _comparable(left), _comparable(right)
    if symbol(left) == symbol(right):
        return True
    if not may_equal(left, right):
        return False
    suffix = f" (condition {name})" if name else ""
    unknown, other = (left, right) if isinstance(left, (Unknown, Reference)) else (right, left)
    if isinstance(unknown, (Unknown, Reference)) and not _is_composed(other):
        return _is_literal(unknown, plain(other), world, suffix)
    for value in (left, right):
        if isinstance(value, Unknown) and value.split is not None:
            return _choices(value.split, suffix)
    pair = tuple(sorted((symbol(left), symbol(right)), key=repr))
    return free((EQUAL, *pair), world, f"condition {name}" if name else "an Fn::Equals")


def _is_literal(unknown: Unknown | Reference, literal: str, world: World, suffix: str) -> Truth:
    key = symbol(unknown)
    if world.has(key):
        return world.value(key) == literal
    split = unknown.split if isinstance(unknown, Unknown) else None
    if split is not None and split.symbol != key:
        return _choices(split, suffix)
    if world.rules_out(key, literal) or (split is not None and literal not in split.options):
        return False
    if split is not None and len(split.options) <= 2:
        return _choices(split, suffix)
    says = _says(key)
    return (
        Choice(key, literal, f"{says} = {literal or repr(literal)}{suffix}"),
        Choice(key, literal, f"{says} is not {literal or repr(literal)}{suffix}", holds=False),
    )


def _choices(split: Split, suffix: str) -> Truth:
    says = _says(split.symbol)
    return tuple(Choice(split.symbol, option, f"{says} = {plain(option)}{suffix}") for option in split.options)


def _is_composed(value: object) -> bool:
    return isinstance(value, (Unknown, Reference, Items)) or hasattr(value, "items")


def _comparable(value: Any) -> Any:
    """Lists compare as the text they are given as; what is absent compares as nothing."""
    if isinstance(value, Items) and value.rest is None:
        texts = [item.value for item in value.items]
        if all(not isinstance(text, (Unknown, Reference, Items)) for text in texts):
            return ",".join(plain(text) for text in texts)
    return "" if value is ABSENT else value


def _says(key: Hashable) -> str:
    """A symbol's name for people."""
    match key:
        case ("parameter", _, name) | ("pseudo", name, *_):
            return str(name)
        case ("import", str(name)):
            return f"export {name}"
        case ("ssm", str(name), *_):
            return f"SSM parameter {name}"
        case ("select", index, values):
            return f"element {index} of {_says(values)}"
        case ("join", _, values):
            return _says(values)
        case ("text", parts):
            texts = (part if isinstance(part, str) else "${" + _says(part[1]) + "}" for part in cast(Any, parts))
            return f"'{''.join(texts)}'"
    return "a value"


def _one_of(value: Any, values: tuple[Fact[Any], ...], world: World, name: str) -> Truth:
    return _some(_equal(item.value, value, world, name) for item in values)


def _some(truths: Iterable[Truth]) -> Truth:
    waiting: Truth = False
    for found in truths:
        if found is True:
            return True
        waiting = found if waiting is False else waiting
    return waiting


def _every(truths: Iterable[Truth]) -> Truth:
    waiting: Truth = True
    for found in truths:
        if found is False:
            return False
        waiting = found if waiting is True else waiting
    return waiting


def _over_lists(function: str, evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    """Fn::Contains, Fn::EachMemberEquals and Fn::EachMemberIn, which only the Rules section knows."""
    operands = [evaluator.fact(operand).value for operand in _operands(node)]
    if len(operands) == 2 and _is_known_list(operands[0]):
        (left, right), world = operands, evaluator.world
        if function == "Fn::Contains":
            return _one_of(right, left.items, world, name)
        if function == "Fn::EachMemberEquals":
            return _every(_equal(item.value, right, world, name) for item in left.items)
        if _is_known_list(right):
            return _every(_one_of(item.value, right.items, world, name) for item in left.items)
    return _open(evaluator, "rule", node, "a rule of the template")


def _is_known_list(value: object) -> bool:
    return isinstance(value, Items) and value.rest is None


FUNCTIONS: dict[str, Callable[[Evaluator, syntax.Node, str], Truth]] = {
    "Fn::And": _and,
    "Fn::Or": _or,
    "Fn::Not": _not,
    "Fn::Equals": _equals,
    "Condition": _condition,
    "Fn::Contains": partial(_over_lists, "Fn::Contains"),
    "Fn::EachMemberEquals": partial(_over_lists, "Fn::EachMemberEquals"),
    "Fn::EachMemberIn": partial(_over_lists, "Fn::EachMemberIn"),
}


def possible(evaluator: Evaluator, rules: syntax.Node | None) -> bool:
    """False if no deployment is like this world: it contradicts itself, or the Rules section refuses it."""
    if not consistent(evaluator.world):
        return False
    for name, rule in rules.entries.items() if isinstance(rules, syntax.Mapping) else ():
        if isinstance(rule, syntax.Mapping) and _refuses(evaluator, rule, name):
            return False
    return True


def _refuses(evaluator: Evaluator, rule: syntax.Mapping, name: str) -> bool:
    applies, assertions = rule.entries.get("RuleCondition"), rule.entries.get("Assertions")
    if applies is not None and _known(evaluator, applies, name) is not True:
        return False
    for assertion in assertions.items if isinstance(assertions, syntax.Sequence) else ():
        asserted = assertion.entries.get("Assert") if isinstance(assertion, syntax.Mapping) else None
        if asserted is not None and _known(evaluator, asserted, name) is False:
            return True
    return False


def _known(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    try:
        return truth(evaluator, node, name)
    except Fork as fork:
        return fork.choices


def circle(defined: Mapping[str, syntax.Node]) -> tuple[str, ...]:
    """The names of conditions that refer to each other in a circle, the first one again at the end; () if none do."""
    done: set[str] = set()
    for start in defined:
        path: list[str] = []
        waiting: list[tuple[str, bool]] = [(start, False)]
        while waiting:
            name, left = waiting.pop()
            if left:
                done.add(path.pop())
            elif name in path:
                return (*path[path.index(name) :], name)
            elif name not in done and name in defined:
                path.append(name)
                waiting.append((name, True))
                waiting.extend((other, False) for other in _named(defined[name]))
    return ()


def _named(node: syntax.Node) -> Iterator[str]:
    """The conditions that a condition's node names."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        if here.tag == "!Condition" and isinstance(here, syntax.Scalar):
            yield here.text.strip()
        elif isinstance(here, syntax.Sequence):
            waiting.extend(here.items)
        elif isinstance(here, syntax.Mapping):
            for key, value in here.entries.items():
                if key == "Condition" and isinstance(value, syntax.Scalar):
                    yield value.text.strip()
                waiting.append(value)
