"""Whether what a world assumes can hold together.

Conditions assume that two unknown values are equal or not, and what texts with unknown parts are. Later
assumptions about the same values may contradict them: ``A = B``, then ``A = 'x'`` and ``B = 'y'``.
"""

from __future__ import annotations

from collections.abc import Hashable

from scanner.model import World

EQUAL = "equal"
"""The first part of the symbol of a free comparison: ``(EQUAL, left symbol, right symbol)``."""


def consistent(world: World) -> bool:
    """False if some assumptions of a world contradict each other for sure."""
    if not any(isinstance(choice.symbol, tuple) and choice.symbol[0] in (EQUAL, "text") for choice in world.choices):
        return True
    classes: dict[Hashable, Hashable] = {}

    def find(symbol: Hashable) -> Hashable:
        while symbol in classes:
            symbol = classes[symbol]
        return symbol

    def join(left: Hashable, right: Hashable) -> bool:
        """Makes two symbols one; False if they are two literals."""
        left, right = find(left), find(right)
        if left == right:
            return True
        if isinstance(left, str):
            left, right = right, left
        if isinstance(left, str):
            return False
        classes[left] = right
        return True

    different: list[tuple[Hashable, Hashable]] = []
    for choice in world.choices:
        symbol = choice.symbol
        if isinstance(symbol, tuple) and symbol[0] == EQUAL:
            _, left, right = symbol
            if not choice.value:
                different.append((left, right))
            elif not join(left, right):
                return False
        elif isinstance(choice.value, str):
            if not choice.holds:
                different.append((symbol, choice.value))
            elif not join(symbol, choice.value):
                return False

    def resolved(symbol: Hashable) -> Hashable:
        """The literal that a text has become now that its parts are known."""
        if isinstance(symbol, tuple) and symbol[0] == "text":
            parts = [part if isinstance(part, str) else find(part[1]) for part in symbol[1]]
            if all(isinstance(part, str) for part in parts):
                return "".join(map(str, parts))
        return find(symbol)

    texts = {symbol for symbol in classes if isinstance(symbol, tuple) and symbol[0] == "text"}
    if not all(join(symbol, resolved(symbol)) for symbol in texts):
        return False
    return all(resolved(left) != resolved(right) for left, right in different)
