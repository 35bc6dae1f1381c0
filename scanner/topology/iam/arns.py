"""ARNs that are written out in the policies of a role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from scanner.analysis.iam.arn import check_arn
from scanner.analysis.iam.conditions import Kind
from scanner.analysis.iam.statements import Statement
from scanner.analysis.texts import parts_of
from scanner.model import ACCOUNT, Fact, Items, Reference
from scanner.topology.entity import Part, fact
from scanner.topology.iam.names import pseudo
from scanner.topology.lookup import written

if TYPE_CHECKING:
    from scanner.topology.iam.role import Role


class WrittenArn(Part):
    """A resource, a principal or a condition's value of a policy that is written as an ARN."""

    kind = "iam.arn"

    def __init__(self, role: Role, stated: Fact[Any], number: int) -> None:
        super().__init__(role.graph, role.resource, stated, f"arn/{number}")
        self.role = role

    @property
    def label(self) -> str:
        return written(self.stated)

    @fact("list")
    def faults(self) -> Fact[Any]:
        """What is wrong with it: ``account 123456789 has 9 digits, not 12``."""
        found = check_arn(self.stated.value, account=self._where("AWS::AccountId"), region=self._region())
        return Fact(Items(tuple(Fact(fault.says, self.at) for fault in found)), self.at)

    def _where(self, name: str) -> str | None:
        """The account that the role is in, where that is known."""
        if self.resource.source == ACCOUNT:
            home = self.resource.address.rpartition("#")[0]
            return home.partition("/")[0] if name == "AWS::AccountId" else None
        (part,) = pseudo(self.graph, self.resource, name) or ("",)
        return part if isinstance(part, str) and part else None

    def _region(self) -> str | None:
        """The region in which the role is used, where all that uses it is in one; a role itself is in none."""
        if self.resource.source != ACCOUNT:
            return self._where("AWS::Region")
        regions = {use.resource.address.rpartition("#")[0].partition("/")[2] for use in self.role.uses()}
        return regions.pop() if len(regions) == 1 else None


def arns_of(role: Role) -> Iterator[WrittenArn]:
    """The ARNs of the role's policies and of its trust policy, as they stand."""
    found = [fact for _, statement in role.policies.statements for fact in _written(statement)]
    found += [one.stated for one in role.principals() if one.principal_type == "AWS" and is_arn(one.stated.value)]
    for number, stated in enumerate(one for one in found if one.at):  # those of AWS's own policies stand nowhere
        yield WrittenArn(role, stated, number)


def _written(statement: Statement) -> Iterator[Fact[Any]]:
    """What must be ARNs: resources but ``*``, the values of conditions over ARNs, and others that begin like one."""
    if statement.resources is not None:
        yield from (item for item in statement.resources.items if item.value != "*" and _is_text(item.value))
    for clause in statement.conditions:
        if clause.test.kind is Kind.TEXT:
            form = _is_text if clause.test.form == "arn" else is_arn
            yield from (value for value in clause.values if form(value.value))


def _is_text(value: Any) -> bool:
    """Whether something of a value is written out where it begins."""
    return not isinstance(value, Reference) and isinstance(next(iter(parts_of(value)), None), str)


def is_arn(value: Any) -> bool:
    """Whether a value is written as an ARN, perhaps with unknown parts in it."""
    return _is_text(value) and str(parts_of(value)[0]).startswith("arn:")
