"""The statements of one side of a comparison, by the actions they name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from scanner.analysis.iam.actions import names_action
from scanner.analysis.iam.boxes import Box
from scanner.analysis.iam.glob import Pattern
from scanner.analysis.iam.patterns import Names, resource_pattern, symbol_of
from scanner.analysis.iam.statements import Elements, Statement
from scanner.model import Unknown


class Side:
    """The statements of one side with their boxes."""

    def __init__(self, statements: Iterable[Statement], names: Names) -> None:
        self.statements = tuple(statements)
        self._names = names
        self._boxes: dict[int, Box] = {}
        self._exact: dict[str, list[int]] = {}
        self._loose: list[int] = []
        for place, statement in enumerate(self.statements):
            elements = statement.actions
            texts = [item.value for item in elements.items]
            plain = all(isinstance(text, str) and "*" not in text and "?" not in text for text in texts)
            if elements.negated or elements.rest is not None or not plain:
                self._loose.append(place)
                continue
            for text in dict.fromkeys(str(text).lower() for text in texts):
                self._exact.setdefault(text, []).append(place)

    def naming(self, name: str, effect: str, *, surely: bool) -> list[int]:
        """The statements of an effect that name an action, or may."""
        found = []
        for place in sorted([*self._exact.get(name.lower(), ()), *self._loose]):
            statement = self.statements[place]
            if statement.effect == effect or (isinstance(statement.effect, Unknown) and not surely):
                named = takes_in(statement.actions, name)
                if named or (named is None and not surely):
                    found.append(place)
        return found

    def box(self, place: int) -> Box:
        if place not in self._boxes:
            statement = self.statements[place]
            resources = statement.resources or Elements()
            patterns = tuple(self.pattern(statement, item.value) for item in resources.items)
            if resources.rest is not None:
                rest = symbol_of(resources.rest.key, self._names, several=True)
                patterns = (*patterns, (rest,))
            self._boxes[place] = Box(patterns, resources.negated, statement.conditions)
        return self._boxes[place]

    def pattern(self, statement: Statement, value: Any) -> Pattern:
        return resource_pattern(value, self._names, variables=statement.variables)


def takes_in(elements: Elements, name: str) -> bool | None:
    """Whether ``Action`` or ``NotAction`` takes in an action; None if that is not known."""
    found: bool | None = None if elements.rest is not None else False
    for item in elements.items:
        if not isinstance(item.value, str):
            found = None
        elif names_action(item.value, name):
            found = True
            break
    return found if not elements.negated or found is None else not found
