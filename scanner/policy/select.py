"""Choosing rules, and setting their parameters and severities, as a user asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from scanner.policy.parameters import convert
from scanner.policy.rule import SEVERITIES, Rule


class SelectionError(ValueError):
    """A selection, parameter or severity that fits no rule."""


def select_rules(rules: Sequence[Rule], select: Iterable[str] = (), ignore: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The rules that ``select`` names (all, if it names none) without those that ``ignore`` names.

    A rule is named by its id, the letters that its id begins with (``NET``), its name, or a tag.
    Raises SelectionError for what names no rule.
    """
    wanted = _named(rules, select)
    unwanted = _named(rules, ignore)
    return tuple(rule for rule in rules if (not wanted or rule.id in wanted) and rule.id not in unwanted)


def find_rule(rules: Sequence[Rule], id: str) -> Rule:
    """The rule of an id or a name. Raises SelectionError with the nearest one."""
    for rule in rules:
        if id.upper() == rule.id or id == rule.name:
            return rule
    raise SelectionError(_unknown(id, rules))


def with_parameters(rule: Rule, values: Mapping[str, Any]) -> Rule:
    """The rule with other values of its parameters.

    Raises SelectionError for a parameter that it does not have, or a value of another type.
    """
    known = {parameter.name: parameter for parameter in rule.parameters}
    for name, value in values.items():
        if name not in known:
            import difflib

            close = difflib.get_close_matches(name, known, n=1)
            hint = f' (did you mean "{close[0]}"?)' if close else ""
            raise SelectionError(f'rule {rule.id} has no parameter "{name}"{hint}')
        try:
            known[name] = replace(known[name], default=convert(known[name].type, value))
        except ValueError as error:
            raise SelectionError(f'parameter "{name}" of rule {rule.id}: {error}') from None
    return replace(rule, parameters=tuple(known.values())) if values else rule


def with_severity(rule: Rule, severity: str) -> Rule:
    """The rule with another severity; assertions that carry one of their own keep it.

    Raises SelectionError if there is no such severity.
    """
    if severity not in SEVERITIES:
        raise SelectionError(f'severity "{severity}" of rule {rule.id} must be one of {", ".join(SEVERITIES)}')
    assertions = tuple(
        replace(assertion, severity=severity) if assertion.severity == rule.severity else assertion
        for assertion in rule.assertions
    )
    return replace(rule, severity=severity, assertions=assertions)


def _named(rules: Sequence[Rule], names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        prefix = name.upper()
        matched = {
            rule.id
            for rule in rules
            if prefix == rule.id or prefix == rule.id.rstrip("0123456789") or name == rule.name or name in rule.tags
        }
        if not matched:
            raise SelectionError(_unknown(name, rules))
        found |= matched
    return found


def _unknown(name: str, rules: Sequence[Rule]) -> str:
    known = [word for rule in rules for word in (rule.id, rule.name)]
    import difflib

    close = difflib.get_close_matches(name.upper(), known, n=1) or difflib.get_close_matches(name, known, n=1)
    return f'there is no rule "{name}"' + (f' (did you mean "{close[0]}"?)' if close else "")
