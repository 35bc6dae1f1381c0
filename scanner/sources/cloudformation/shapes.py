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

    def may_be(self, wanted: Shape) -> int:
        """How well an exported name fits one that is wanted: the literal text they share, 0 if they cannot be one.

        A gap of an export, mostly its stack's name, stands for any text, also for text with gaps of its own. A
        wanted name that ends (or begins) short of what the export writes there is not taken for it.
        """
        if self.is_known or wanted.is_known:
            pattern, written = (self, wanted) if wanted.is_known else (wanted, self)
            fits = self == wanted if pattern.is_known else pattern._gap_in(written.literals[0]) is not None
            return sum(map(len, pattern.literals)) if fits else 0
        if self.literals == wanted.literals:
            return sum(map(len, self.literals))
        first, *between, last = self.literals
        if between or not wanted.literals[0].startswith(first) or not wanted.literals[-1].endswith(last):
            return 0
        return len(first) + len(last)

    def same_stack(self, other: Shape) -> bool:
        """Whether two imported names come from one stack: they begin with the same, up to the first separator."""
        return self.stack == other.stack

    @property
    def stack(self) -> Hashable:
        """What tells the stack that a name belongs to from others."""
        if self.gaps and not self.literals[0]:
            return self.gaps[0]
        return re.split(r"[:/]|-(?=[^-]*$)", self.literals[0])[0]

    @property
    def within(self) -> Hashable:
        """The name without what tells its stack."""
        if self.gaps and not self.literals[0]:
            return self.literals[1:], self.gaps[1:]
        return (self.literals[0][len(str(self.stack)) :], *self.literals[1:]), self.gaps

    def named_as(self, wanted: Shape) -> tuple[Hashable, Hashable] | None:
        """What tells the stack of an exported name, and the same in the imported name that it is; None if these are the
        same, or one cannot be told by the other."""
        if not self.gaps or self.literals[0]:
            return None
        if wanted.gaps and self.literals == wanted.literals:
            return None if self.gaps[0] == wanted.gaps[0] else (self.gaps[0], wanted.gaps[0])
        if wanted.is_known and len(self.gaps) == 1 and self._gap_in(wanted.literals[0]) == wanted.stack:
            return self.gaps[0], wanted.stack
        return None

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
