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

    def __init__(self, role: Role, stated: Fact[Any], number: int, *, any_account: bool = False) -> None:
        """``any_account`` if what it names may well be in another account than the role."""
        super().__init__(role.graph, role.resource, stated, f"arn/{number}")
        self.role = role
        self._any_account = any_account

    @property
    def label(self) -> str:
        return written(self.stated)

    @fact("list")
    def faults(self) -> Fact[Any]:
        """What is wrong with it: ``account 123456789 has 9 digits, not 12``."""
        account = None if self._any_account else self._where("AWS::AccountId")
        found = check_arn(self.stated.value, account=account, region=self._region())
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
    found = [(fact, _assumes(one)) for _, one in role.policies.statements for fact in _written(one)]
    # Whom a role lets in is often in another account: Organizations makes such a role in each account.
    principals = (one.stated for one in role.principals() if one.principal_type == "AWS")
    found += [(stated, True) for stated in principals if is_arn(stated.value)]
    placed = (one for one in found if one[0].at)  # those of AWS's own policies stand nowhere
    for number, (stated, any_account) in enumerate(placed):
        yield WrittenArn(role, stated, number, any_account=any_account)


def _assumes(statement: Statement) -> bool:
    """Whether a statement is about taking roles and nothing else: those of other accounts are what it is there for."""
    actions = [item.value for item in statement.actions.items]
    return bool(actions) and all(isinstance(one, str) and one.lower().startswith("sts:") for one in actions)


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
