"""The imports of a template: which exports of the scan they can be, and which of them a world chooses.

No two stacks of an account and region export one name, so that a name has one exporter for all who import it ("Get
exported outputs from a deployed CloudFormation stack", AWS CloudFormation User Guide).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from scanner.model import Fact, Split, World
from scanner.sources.cloudformation.links import Candidates
from scanner.sources.cloudformation.shapes import Shape, shape_of
from scanner.sources.cloudformation.template import Template

EXPORTER = "exporter"
"""``(EXPORTER, stack, ...)`` in a world: the name of the template that names of a stack are imported from."""
MEANT = "meant"
"""``(MEANT, stack)`` in a world: for the names that are surely imported from a stack, of which templates it can be."""
ALIAS = "alias"
"""``(ALIAS, stack)`` in a world: what tells the same stack in templates that import from it, as a tuple of Alias."""
TWICE = "twice"
"""``(TWICE, template)`` in a world: the names of the stacks that a template must be deployed as, more than one."""
MOST_ALIASES = 8
MOST_NAMED = 4


@dataclass(frozen=True, slots=True)
class Alias:
    """What tells a stack in a template that imports from it."""

    stack: Hashable
    if_chosen: str = ""
    """The template that must be chosen as the exporter for it to be the same stack; "" if it is for sure."""
    rival: str = ""
    """What the symbol of that choice has of it."""


class Imports:
    """The imports of one template."""

    def __init__(
        self,
        settled: Mapping[str, str],
        exports: list[tuple[Shape, Template, str]],
        beside: set[int],
        wanted: list[Shape],
        sure: list[Shape],
        unreadable: Mapping[str, str],
        rivals: Mapping[str, str],
    ) -> None:
        self._settled = settled
        self._sure = sure
        self._unreadable = unreadable
        self._rivals = rivals
        self._exports = exports
        self._beside = beside
        self._wanted = wanted
        self._found: dict[Shape, list[tuple[Template, str]]] = {}
        self._makers: dict[Shape, list[tuple[Template, str]]] = {}
        self._made: dict[tuple[int, str], Shape] = {}

    def value(self, name: Fact[Any], world: World) -> Fact[Any] | Candidates | None:
        """The exported value; the candidates if there are several; None if there are none."""
        wanted = shape_of(name.value)
        candidates, unread = self._candidates(wanted), self._unread(wanted)
        # Whoever imports from a stack of one name imports from one stack.
        stack = meant_by(wanted.stack, world)
        meant: Any = world.value((MEANT, stack)) if world.has((MEANT, stack)) else ()
        own = {template.name for template, _ in candidates}
        tied = [names for names in meant if not own.isdisjoint(names)]
        named = [pair for pair in candidates if all(pair[0].name in names for names in tied)]
        if tied and named:
            candidates, unread = named, []
        symbol = self._symbol(wanted, stack, world)
        if world.has(symbol):  # chosen for this name, perhaps in another template: no two stacks export it
            candidates = [pair for pair in self._matching(wanted) if pair[0].name == world.value(symbol)]
        if len(candidates) == 1 and not unread:
            template, output = candidates[0]
            if world.has((TWICE, template.name)):
                stacks = " and ".join(cast("tuple[str, ...]", world.value((TWICE, template.name))))
                said = f"export {wanted} comes from one of several stacks of {template.file}: {stacks}"
                return Candidates(said, None)
            return template.output(output, world)
        if not candidates and not unread:
            return None
        files = sorted({template.file for template, _ in candidates})
        if unread:
            others = ", ".join([*files, *unread][:MOST_NAMED])
            return Candidates(f"export {wanted} could come from {others}, not all of which can be read", None)
        said = ", ".join(files[:MOST_NAMED]) + (
            f" and {len(files) - MOST_NAMED} more" if len(files) > MOST_NAMED else ""
        )
        options = tuple(dict.fromkeys(template.name for template, _ in candidates))
        return Candidates(f"export {wanted} could come from {said}", Split(symbol, options, alternatives=True))

    def _symbol(self, wanted: Shape, stack: Hashable, world: World) -> Hashable:
        """What stands in a world for the exporter of a name, the same in every template that imports it.

        Names of one stack share it as far as one template makes them; another stack may have the same name otherwise.
        """
        makers = {template.name for template, _ in self._matching(wanted)}
        symbol: tuple[Hashable, ...] = (
            EXPORTER,
            stack,
            min((self._rivals.get(name, name) for name in makers), default=""),
        )
        if world.has(symbol) and world.value(symbol) not in makers:
            return (*symbol, wanted.within)
        return symbol

    def tie(self, rivals: dict[str, str]) -> None:
        """Notes which templates make the same names."""
        for wanted in self._wanted:
            tied = {rivals.get(name, name) for name in (template.name for template, _ in self._matching(wanted))}
            if len(tied) > 1:
                first = min(tied)
                names = {name for name, of in rivals.items() if of in tied}
                rivals.update(dict.fromkeys(names | tied, first))

    def _unread(self, wanted: Shape) -> list[str]:
        """The templates that cannot be read and may make an export: those that hold its last words."""
        if wanted.is_known and any(t.file in self._settled for shape, t, _ in self._exports if shape == wanted):
            return []
        if any(id(template) in self._beside for template, _ in self._candidates(wanted)):
            return []
        last = wanted.literals[-1].lstrip(":-/") if wanted.gaps else re.split(r"[:/-]", wanted.literals[0])[-1]
        made = re.compile(r"\bExport[\"']?\s*:.{0,200}?" + re.escape(last), re.DOTALL)
        return [file for file, text in self._unreadable.items() if last and made.search(text)]

    def families(self) -> Iterator[tuple[Hashable, frozenset[str]]]:
        """For each name that is surely imported, what tells its stack, and the templates that it can come from."""
        for shape in self._sure:
            names = frozenset(template.name for template, _ in self._candidates(shape))
            if names and not self._unread(shape):
                yield shape.stack, names

    def linked(self) -> Iterator[tuple[Shape, Shape, Template, bool]]:
        """Each name that is imported, with the name of each export that it can be, the template of that, and whether it
        is surely that one."""
        if not self._made:
            self._made = {(id(template), output): shape for shape, template, output in self._exports}
        for wanted in self._wanted:
            found = self._candidates(wanted)
            only = len(found) == 1 and wanted in self._sure and not self._unread(wanted)
            for template, output in found:
                yield wanted, self._made[id(template), output], template, only

    def exporters(self) -> list[Template]:
        """The templates that a value is surely imported from."""
        sure = (self._candidates(shape) for shape in self._wanted if not self._unread(shape))
        return list({id(one[0][0]): one[0][0] for one in sure if len(one) == 1}.values())

    def possible(self) -> list[Template]:
        """The templates that a value may be imported from."""
        return list({id(one): one for pairs in map(self._candidates, self._wanted) for one, _ in pairs}.values())

    def _candidates(self, wanted: Shape) -> list[tuple[Template, str]]:
        if wanted not in self._found:
            found = self._matching(wanted)
            found = [pair for pair in found if id(pair[0]) in self._beside] or found  # of one parent: deployed together
            if len(found) > 1:
                found = self._supplying_all(wanted, found)
            self._found[wanted] = found
        return self._found[wanted]

    def _matching(self, wanted: Shape) -> list[tuple[Template, str]]:
        """The exports that fit a name best."""
        if wanted not in self._makers:
            self._makers[wanted] = self._fitting(wanted)
        return self._makers[wanted]

    def _fitting(self, wanted: Shape) -> list[tuple[Template, str]]:
        exact = [(template, output) for shape, template, output in self._exports if shape == wanted]
        if exact:
            return exact
        fits = [(shape.may_be(wanted), template, output) for shape, template, output in self._exports]
        best = max((fit for fit, _, _ in fits), default=0)
        return [(template, output) for fit, template, output in fits if fit == best and best]

    def _supplying_all(self, wanted: Shape, found: list[tuple[Template, str]]) -> list[tuple[Template, str]]:
        """Those candidates that export everything that is imported from the same stack.

        What none of them exports is of another stack that is called alike.
        """
        own = {id(template) for template, _ in found}
        family = [shape for shape in self._sure if shape.same_stack(wanted)]
        supplied = [{id(template) for template, _ in self._matching(shape)} for shape in family]
        kept = [pair for pair in found if all(id(pair[0]) in one for one in supplied if one & own)]
        return kept or found


def meant_by(stack: Hashable, world: World, depth: int = MOST_ALIASES) -> Hashable:
    """What tells a stack, in the words of the template that the world is of."""
    if depth == 0 or not world.has((ALIAS, stack)):
        return stack
    for alias in cast("tuple[Alias, ...]", world.value((ALIAS, stack))):
        other = meant_by(alias.stack, world, depth - 1)
        symbol = (EXPORTER, other, alias.rival)
        if not alias.if_chosen or (world.has(symbol) and world.value(symbol) == alias.if_chosen):
            return other
    return stack
