"""Conditions of a template: true, false, or open with the choices that would decide them.

And, Or and Not are Kleene's, so that nothing is assumed that does not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Union

from scanner import syntax
from scanner.model import ABSENT, Choice, Fork, Items, Reference, Unknown, World
from scanner.sources.cloudformation.text import plain, symbol

if TYPE_CHECKING:
    from scanner.sources.cloudformation.evaluator import Evaluator

Truth = Union[bool, tuple[Choice, ...]]
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
    from scanner.sources.cloudformation.evaluator import function_of

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
    known = {"true": True, "false": False}.get(plain(value).lower()) if not isinstance(value, Unknown) else None
    if known is not None:
        return known
    return free(("truth", symbol(value), node.span), evaluator.world, f"condition {name}")


def call(evaluator: Evaluator, function: str, argument: syntax.Node, name: str) -> Truth:
    """The truth of a condition function applied to its argument node."""
    return FUNCTIONS[function](evaluator, argument, name)


def _operands(node: syntax.Node) -> list[syntax.Node]:
    return node.items if isinstance(node, syntax.Sequence) else [node]


def _and(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    waiting: Truth = True
    for operand in _operands(node):
        found = truth(evaluator, operand, name)
        if found is False:
            return False
        if waiting is True:
            waiting = found
    return waiting


def _not(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    found = truth(evaluator, _operands(node)[0], name)
    return not found if isinstance(found, bool) else found


def _or(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    waiting: Truth = False
    for operand in _operands(node):
        found = truth(evaluator, operand, name)
        if found is True:
            return True
        if waiting is False:
            waiting = found
    return waiting


def _condition(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    return evaluator.truth(node.text.strip() if isinstance(node, syntax.Scalar) else "")


def _equals(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    operands = _operands(node)
    if len(operands) != 2:
        return free(("malformed", node.span), evaluator.world, f"condition {name}")
    left, right = (evaluator.fact(operand).value for operand in operands)
    return _equal(left, right, evaluator.world, name)


def _equal(left: Any, right: Any, world: World, name: str) -> Truth:
    left, right = _comparable(left), _comparable(right)
    if symbol(left) == symbol(right):
        return True
    open_values = [value for value in (left, right) if isinstance(value, (Unknown, Reference))]
    if not open_values:
        return False
    suffix = f" (condition {name})" if name else ""
    for value in open_values:
        if isinstance(value, Unknown) and value.split is not None:
            return tuple(
                Choice(value.split.symbol, option, f"{_says(value.split.symbol)} = {plain(option)}{suffix}")
                for option in value.split.options
            )
    if len(open_values) == 1:
        unknown = open_values[0]
        literal = plain(right if unknown is left else left)
        key = symbol(unknown)
        if world.rules_out(key, literal):
            return False
        if isinstance(unknown, Unknown):
            says = _says(key)
            return (
                Choice(key, literal, f"{says} = '{literal}'{suffix}"),
                Choice(key, literal, f"{says} is not '{literal}'{suffix}", holds=False),
            )
    pair = tuple(sorted((symbol(left), symbol(right)), key=repr))
    return free(("equal", *pair), world, f"condition {name}" if name else "an Fn::Equals")


def _comparable(value: Any) -> Any:
    """Lists compare as the text they are given as; what is absent compares as nothing."""
    if isinstance(value, Items) and value.rest is None:
        texts = [item.value for item in value.items]
        if all(not isinstance(text, (Unknown, Reference, Items)) for text in texts):
            return ",".join(plain(text) for text in texts)
    return "" if value is ABSENT else value


def _says(key: Hashable) -> str:
    """A symbol's name for people."""
    if isinstance(key, tuple) and key and key[0] in ("parameter", "pseudo"):
        return str(key[2] if key[0] == "parameter" else key[1])
    return "a value"


def _contains(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    operands = _operands(node)
    values = evaluator.fact(operands[0]).value if len(operands) == 2 else None
    wanted = evaluator.fact(operands[1]).value if len(operands) == 2 else None
    if isinstance(values, Items) and values.rest is None:
        waiting: Truth = False
        for item in values.items:
            found = _equal(item.value, wanted, evaluator.world, name)
            if found is True:
                return True
            waiting = found if waiting is False else waiting
        return waiting
    return free(("contains", node.span), evaluator.world, "a rule of the template")


def _undecided(evaluator: Evaluator, node: syntax.Node, name: str) -> Truth:
    return free(("rule", evaluator.template.file, node.span), evaluator.world, "a rule of the template")


FUNCTIONS: dict[str, Callable[[Evaluator, syntax.Node, str], Truth]] = {
    "Fn::And": _and,
    "Fn::Or": _or,
    "Fn::Not": _not,
    "Fn::Equals": _equals,
    "Condition": _condition,
    "Fn::Contains": _contains,
    "Fn::EachMemberEquals": _undecided,
    "Fn::EachMemberIn": _undecided,
}


def possible(evaluator: Evaluator, rules: syntax.Node | None) -> bool:
    """False if the template's Rules section refuses a deployment in this world for sure."""
    if not isinstance(rules, syntax.Mapping):
        return True
    for name, rule in rules.entries.items():
        if not isinstance(rule, syntax.Mapping):
            continue
        applies = rule.entries.get("RuleCondition")
        assertions = rule.entries.get("Assertions")
        if applies is not None and truth(evaluator, applies, name) is not True:
            continue
        for assertion in assertions.items if isinstance(assertions, syntax.Sequence) else ():
            asserted = assertion.entries.get("Assert") if isinstance(assertion, syntax.Mapping) else None
            if asserted is not None and truth(evaluator, asserted, name) is False:
                return False
    return True
