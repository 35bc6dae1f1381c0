"""Shapes of export names: what is literal in them, and where something unknown stands."""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from scanner.sources.cloudformation.text import parts_of


@dataclass(frozen=True, slots=True)
class Shape:
    """A name as literals with gaps between them: ``("", ":Vpc")`` is something followed by ``:Vpc``."""

    literals: tuple[str, ...]
    """One more than there are gaps."""
    gaps: tuple[Hashable, ...] = ()
    """The identity of what stands in each gap."""

    @property
    def is_known(self) -> bool:
        return not self.gaps

    def may_be(self, other: Shape) -> bool:
        """Whether two names can be meant as one: literals agree, and what is open on one side is so on the other,
        or stands for text that is written out there."""
        if self.is_known and other.is_known:
            return self == other
        if not self.is_known and not other.is_known:
            return self.literals == other.literals
        pattern, written = (self, other) if other.is_known else (other, self)
        return pattern._gap_in(written.literals[0]) is not None

    def same_stack(self, other: Shape) -> bool:
        """Whether two imported names come from one stack: they begin with the same, up to the first separator."""
        return self._stack == other._stack

    @property
    def _stack(self) -> Hashable:
        if self.gaps and not self.literals[0]:
            return self.gaps[0]
        return re.split(r"[:/]|-(?=[^-]*$)", self.literals[0])[0]

    def _gap_in(self, text: str) -> str | None:
        expression = "(.+)".join(re.escape(literal) for literal in self.literals)
        found = re.fullmatch(expression, text)
        return found.group(1) if found else None

    def __str__(self) -> str:
        return "...".join(self.literals)


def shape_of(value: Any) -> Shape:
    """The shape of a name."""
    literals, gaps = [""], []
    for part in parts_of(value):
        if isinstance(part, str):
            literals[-1] += part
        else:
            gaps.append(part)
            literals.append("")
    return Shape(tuple(literals), tuple(gaps))
