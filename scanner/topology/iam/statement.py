"""Statements of the policies of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.statements import Elements
from scanner.analysis.iam.statements import Statement as Stated
from scanner.model import Fact, Items
from scanner.topology.entity import Part, fact

if TYPE_CHECKING:
    from scanner.topology.iam.policies import Policy
    from scanner.topology.iam.role import Role


class Statement(Part):
    """A statement of a policy that reaches a role, whichever way: inline, attached, or one of AWS's own."""

    kind = "iam.statement"

    def __init__(self, role: Role, policy: Policy, says: Stated, number: int) -> None:
        super().__init__(role.graph, policy.resource, Fact(None, says.at or policy.at), f"statement/{number}")
        self.role = role
        self.policy = policy
        self.says = says

    @property
    def label(self) -> str:
        return self.says.says

    # --- facts

    @fact("text")
    def effect(self) -> Fact[Any]:
        """Allow or Deny."""
        return Fact(self.says.effect, self.at)

    @fact("list")
    def actions(self) -> Fact[Any]:
        """What its Action names, as written; what its NotAction leaves out is not among them."""
        return self._list(self.says.actions)

    @fact("list")
    def other_actions(self) -> Fact[Any]:
        """What its NotAction leaves out, as written; empty where it has an Action."""
        return self._list(self.says.actions, negated=True)

    @fact("list")
    def resources(self) -> Fact[Any]:
        """What its Resource names, as written; what its NotResource leaves out is not among them."""
        return self._list(self.says.resources)

    @fact("list")
    def other_resources(self) -> Fact[Any]:
        """What its NotResource leaves out, as written; empty where it has a Resource."""
        return self._list(self.says.resources, negated=True)

    @fact("list")
    def condition_keys(self) -> Fact[Any]:
        """The keys that its Condition tests."""
        clauses = self.says.conditions
        return Fact(Items(tuple(Fact(clause.key, clause.at) for clause in clauses if clause.key)), self.at)

    def _list(self, elements: Elements | None, *, negated: bool = False) -> Fact[Any]:
        if elements is None or elements.negated != negated:
            return Fact(Items(()), self.at)
        return Fact(Items(elements.items, elements.rest), self.at)
