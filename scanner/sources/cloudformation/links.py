"""What ties a template to other templates: nested stacks, passed parameters, exports and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.model import Fact, Location, Split, World

if TYPE_CHECKING:
    from scanner.sources.cloudformation.template import Template

Passed = Callable[[World], Fact[Any]]
Imported = Callable[[Fact[Any], World], "Fact[Any] | Candidates | None"]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Several stacks that an export can come from: what to say of them, and how to go on with each."""

    reason: str
    split: Split | None
    """None where there may be further candidates, in templates that cannot be read."""


def _nothing(name: Fact[Any], world: World) -> Fact[Any] | Candidates | None:
    return None


@dataclass(slots=True)
class Links:
    """The ties of one template; none unless ``scanner.sources.cloudformation.stacks`` makes them."""

    children: dict[str, Template] = field(default_factory=dict)
    """The nested stacks by the logical id of the resource that creates them."""
    parent: Template | None = None
    parent_id: str = ""
    """The logical id of this stack in its parent."""
    passed: Mapping[str, Passed] = field(default_factory=dict)
    """The values that the parent passes, by parameter."""
    arguments: dict[Location, tuple[str, Location]] = field(default_factory=dict)
    """For each place at which a parameter was read that the parent passes: the parameter, and where it is passed."""
    imported: Imported = _nothing
    """The value of an import by the name of its export; None if no template of the scan makes it."""
    exporters: list[Template] = field(default_factory=list)
    """The stacks that this one surely imports from."""
    candidates: list[Template] = field(default_factory=list)
    """The stacks that it may import from, as others may be meant."""
    kept: frozenset[str] = frozenset()
    """The outputs that, though exported, only stacks of the scan import."""

    def reads_exports(self, own: Template) -> bool:
        """Whether any template of the stack that one belongs to imports, so that a reading may make a difference to it.

        To be asked once all templates are linked.
        """
        top = own
        while top.links.parent is not None:
            top = top.links.parent
        waiting = [top]
        while waiting:
            here = waiting.pop()
            if here.links.imported is not _nothing:
                return True
            waiting += here.links.children.values()
        return False

    def before(self) -> frozenset[str]:
        """The addresses of all resources that exist before the stack is created."""
        found: frozenset[str] = frozenset()
        if self.parent is not None:
            found |= self.parent.references(self.parent_id)
        for exporter in self.exporters:
            found |= exporter.addresses()
        return found
