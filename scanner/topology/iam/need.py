"""What the things that use a role need of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.results import Need as Stated
from scanner.model import Fact, Items
from scanner.topology.entity import Part, fact

if TYPE_CHECKING:
    from scanner.topology.iam.role import Role
    from scanner.topology.iam.uses import Use


class Need(Part):
    """An action that something which uses a role needs, on some resources."""

    kind = "iam.need"

    def __init__(self, role: Role, use: Use, stated: Stated, number: int, sure: bool = True) -> None:
        super().__init__(role.graph, use.resource, Fact(None, stated.at or use.at), f"need/{number}")
        self.role = role
        self.use = use
        self.needed = stated
        self.sure = sure

    @property
    def label(self) -> str:
        return f"{self.needed.action} ({self.needed.why})" if self.needed.why else self.needed.action

    @fact("text")
    def action(self) -> Fact[Any]:
        """The action: ``ecs:RunTask``."""
        return Fact(self.needed.action, self.at)

    @fact("list")
    def resources(self) -> Fact[Any]:
        """The resources on which it is needed, as policies write them."""
        return Fact(Items(self.needed.resources), self.at)

    @fact("text")
    def why(self) -> Fact[Any]:
        """Who needs it, for people."""
        return Fact(self.needed.why, self.at)

    @fact("boolean")
    def certain(self) -> Fact[Any]:
        """Whether it is surely needed, and not only perhaps."""
        return Fact(self.sure, self.at)

    @fact("text")
    def used_by(self) -> Fact[Any]:
        """What of the role's users needs it: ``machine``, ``schedule`` or ``execution``."""
        return Fact(self.use.how, self.at)
