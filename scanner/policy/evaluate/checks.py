"""Carries out the checks of an assertion: combinations, quantifiers, predicates."""

from __future__ import annotations

from scanner.model import Verdict
from scanner.policy.evaluate.operands import Operand, Scope
from scanner.policy.evaluate.outcome import Outcome, all_outcomes, any_outcome
from scanner.policy.evaluate.predicates import PREDICATES
from scanner.policy.rule import Check, Combination, Predicate, Quantified


def judge(check: Check, scope: Scope) -> Outcome:
    """The outcome of a check in a row. May raise Fork."""
    if isinstance(check, Predicate):
        operands = {name: scope.operand(expression) for name, expression in check.arguments.items()}
        return PREDICATES[check.name](operands)
    if isinstance(check, Combination):
        if check.operator == "not":
            return judge(check.checks[0], scope).inverted()
        outcomes = [judge(inner, scope) for inner in check.checks]
        return all_outcomes(outcomes) if check.operator == "all" else any_outcome(outcomes)
    assert isinstance(check, Quantified)
    return _quantified(check, scope)


def _quantified(check: Quantified, scope: Scope) -> Outcome:
    over = scope.operand(check.path)
    outcomes = [
        judge(check.check, scope.bind(check.variable, Operand((value,), None, value.at))) for value in over.values
    ]
    reasons = (over.rest,) if over.rest is not None else ()
    if check.quantifier == "every":
        found = all_outcomes(outcomes)
        return found.at_most(Verdict.UNDECIDED, *reasons) if reasons else found
    found = any_outcome(outcomes)
    if not found.at:
        found = Outcome(found.verdict, found.missing, found.unknown, over.at, found.found)
    return found.at_least(Verdict.UNDECIDED, *reasons) if reasons else found
