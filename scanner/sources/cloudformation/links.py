"""What ties a template to other templates: nested stacks, passed parameters, exports and imports."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from scanner.model import Fact, World

if TYPE_CHECKING:
    from scanner.sources.cloudformation.template import Template

Passed = Callable[[World], Fact[Any]]
Imported = Callable[[Fact[Any], World], "tuple[Fact[Any] | None, str]"]


def _nothing(name: Fact[Any], world: World) -> tuple[Fact[Any] | None, str]:
    return None, ""


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
    imported: Imported = _nothing
    """The value of an import by the name of its export; None with the reason (or "") if it is not in the scan."""
    exporters: list[Template] = field(default_factory=list)
    """The stacks that this one imports from."""
    kept: frozenset[str] = frozenset()
    """The outputs that, though exported, only stacks of the scan import."""

    def before(self) -> frozenset[str]:
        """The addresses of all resources that exist before the stack is created."""
        found: frozenset[str] = frozenset()
        if self.parent is not None:
            found |= self.parent.references(self.parent_id)
        for exporter in self.exporters:
            found |= exporter.addresses()
        return found
