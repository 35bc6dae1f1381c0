"""Messages of rules with their placeholders filled."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from scanner.policy.evaluate.operands import Scope, shown
from scanner.policy.evaluate.outcome import Outcome

if TYPE_CHECKING:
    from scanner.policy.expressions import Blank


@lru_cache(maxsize=1024)
def _parts(text: str, variables: frozenset[str]) -> tuple[str | Blank, ...]:
    from scanner.policy.expressions import parse_message  # only failures have messages

    return parse_message(text, variables)


def fill(text: str, scope: Scope, outcome: Outcome) -> str:
    """A message or remediation as people read it. May raise Fork."""
    names = frozenset(scope.variables) | frozenset(scope.let)
    filled: list[str] = []
    for part in _parts(text, names):
        if isinstance(part, str):
            filled.append(part)
        elif part.expression is not None:
            filled.append(shown(scope.operand(part.expression)))
        elif part.word == "missing":
            filled.append(", ".join(outcome.missing) or "what is needed")
        else:
            filled.append(str(outcome.found) or "nothing")
    return " ".join("".join(filled).split())
