"""Roles."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

from scanner.model import ACCOUNT, Fact, Items, Unknown
from scanner.topology.entity import Entity, Related, fact, many
from scanner.topology.iam import uses
from scanner.topology.iam.named import ROLE
from scanner.topology.iam.uses import (
    DEFINITIONS,
    EXECUTION,
    MACHINE,
    MACHINES,
    OTHER,
    SCHEDULE,
    SCHEDULES,
    TASK,
    Use,
)

if TYPE_CHECKING:
    from scanner.topology.iam.arns import WrittenArn
    from scanner.topology.iam.need import Need
    from scanner.topology.iam.needs import Needed
    from scanner.topology.iam.policies import Policies
    from scanner.topology.iam.statement import Statement
    from scanner.topology.iam.trust import Principal
    from scanner.topology.states.machine import Machine

TYPE = ROLE
DOCUMENTED = "documented"
_READ = ("states.amazonaws.com", "events.amazonaws.com", "scheduler.amazonaws.com", "ecs-tasks.amazonaws.com")
"""The services whose users of roles snapshots hold."""


class Role(Entity):
    """A role."""

    kind = "iam.role"

    @cached_property
    def policies(self) -> Policies:
        """Its policies, as documents."""
        from scanner.topology.iam.policies import policies_of

        return policies_of(self.graph, self.resource)

    @cached_property
    def elsewhere(self) -> Unknown | None:
        """Why a policy that the scan does not show may be attached to it."""
        from scanner.topology.iam.policies import MANAGED, POLICY, ROLE_POLICY

        return self.graph.open_world(self.resource, "another policy of it", POLICY, ROLE_POLICY, MANAGED)

    # --- relations

    @many("iam.use")
    def uses(self) -> Related[Use]:
        """What is started with it or given it: state machines, targets of rules and schedules, task definitions,
        and whatever else names it."""
        found = uses.uses_of(self.graph, self.resource)
        return Related(found, uses.unseen(self.graph, self.resource), self.at)

    @many("iam.use")
    def workflow_uses(self) -> Related[Use]:
        """Those of its uses that are state machines, and targets of rules and schedules."""
        return self._used_as(MACHINE, SCHEDULE)

    @many("iam.use")
    def judged_uses(self) -> Related[Use]:
        """Those of its uses whose needs can be told: state machines, targets of rules and schedules, and task
        definitions that it is the execution role of."""
        return self._used_as(MACHINE, SCHEDULE, EXECUTION)

    @many("iam.use")
    def known_uses(self) -> Related[Use]:
        """The same, and task definitions that it is the task role of."""
        return self._used_as(MACHINE, SCHEDULE, EXECUTION, TASK)

    @many("states.machine")
    def started_machines(self) -> Related[Machine]:
        """The state machines that rules and schedules start with it."""
        found: dict[str, Machine] = {}
        rest: Unknown | None = None
        for use in self._used_as(SCHEDULE):
            target = use.target()
            started = target.machine() if target is not None else Related()
            found.update({one.address: one for one in started})
            rest = rest or started.rest
        rest = rest or self.graph.unread(self.resource, "a rule or schedule", *SCHEDULES)
        return Related(tuple(found.values()), rest, self.at)

    @many("iam.need", baseline="text")
    def needs(self, baseline: str = DOCUMENTED) -> Related[Need]:
        """What the uses whose needs can be told need of it together: as AWS documents it (``documented``), or the least
        that works (``tightest``)."""
        from scanner.topology.iam.need import Need

        found: list[Need] = []
        rest: Unknown | None = None
        for use, needed in self._needed(baseline):
            stated = [*((one, True) for one in needed.needs), *((one, False) for one in needed.perhaps)]
            found += [Need(self, use, one, len(found) + index, sure) for index, (one, sure) in enumerate(stated)]
            rest = rest or next(iter(needed.unknown), None)
        users = (*MACHINES, *SCHEDULES, *DEFINITIONS)
        return Related(tuple(found), rest or self.graph.unread(self.resource, "a user", *users), self.at)

    @many("iam.statement")
    def statements(self) -> Related[Statement]:
        """The statements of all policies that reach it: inline, attached by either side, of AWS."""
        from scanner.topology.iam.statement import Statement

        policies = self.policies
        found = tuple(Statement(self, policy, stated, n) for n, (policy, stated) in enumerate(self.policies.statements))
        return Related(found, next(iter((*policies.more, *policies.less)), None) or self.elsewhere, self.at)

    @many("iam.principal")
    def principals(self) -> Related[Principal]:
        """The principals that its trust policy lets in."""
        from scanner.topology.iam.trust import principals_of

        return principals_of(self)

    @many("iam.arn")
    def arns(self) -> Related[WrittenArn]:
        """The ARNs that are written in its policies and in its trust policy."""
        from scanner.topology.iam.arns import arns_of

        return Related(tuple(arns_of(self)), next(iter(self.policies.unread), None), self.at)

    # --- facts

    @fact("list")
    def services(self) -> Fact[Any]:
        """The principals of the services that take it for what uses it: ``states.amazonaws.com``."""
        found = self.uses()
        rest = found.rest or next(self._unseen_principals(), None)
        services: dict[str, Fact[Any]] = {}
        for use in found:
            service = use.service()
            if isinstance(service.value, Unknown):
                rest = rest or service.value
            else:
                services.setdefault(service.value, service)
        return Fact(Items(tuple(services.values()), rest), self.at)

    @fact("list")
    def trusted(self) -> Fact[Any]:
        """The principals that its trust policy lets in, as values; a service without its region."""
        from scanner.topology.iam.trust import trusted_of

        return Fact(trusted_of(self), self.principals().at)

    @fact("text", baseline="text")
    def least_policy(self, baseline: str = DOCUMENTED) -> Fact[Any]:
        """The least policy that suffices for what uses it, as JSON."""
        from scanner.topology.iam.least import least_policy

        return Fact(least_policy(self, baseline), self.at)

    # --- for others

    def unknown_users(self) -> Iterator[Unknown]:
        """Why it may be needed for more: uses whose needs are not told, and users that the scan does not show."""
        for use in self.uses():
            if use.how in (TASK, OTHER):
                said = f"what {use.label} does with the role is not known"
                yield Unknown(("use", use.address), said, use.at[0])
        rest = self.uses().rest
        if rest is not None:
            yield rest
        yield from self._unseen_principals()

    def _unseen_principals(self) -> Iterator[Unknown]:
        """The services that it lets in of which a snapshot does not hold what uses roles."""
        for principal in self.principals() if self.resource.source == ACCOUNT else ():
            name = principal.who().value
            if name not in _READ:
                said = f"what {principal.label} does with {self.label} is not in the snapshot"
                yield Unknown(("principal", self.address, str(name)), said, principal.at[0])

    def _used_as(self, *ways: str) -> Related[Use]:
        found = self.uses()
        # Without a call that failed there may be others: that none was seen must not take the role out of all rules.
        users = (*MACHINES, *SCHEDULES, *DEFINITIONS)
        unread = self.graph.unread(self.resource, "a user", *users)
        return Related(tuple(use for use in found if use.how in ways), unread, found.at)

    def _needed(self, baseline: str) -> Iterator[tuple[Use, Needed]]:
        from scanner.topology.iam import needs

        for use in self.uses():
            machine, target, definition = use.machine(), use.target(), use.definition()
            if machine is not None:
                yield use, needs.machine_needs(machine, baseline)
            elif target is not None:
                yield use, needs.target_needs(target, baseline)
            elif definition is not None:
                yield use, needs.execution_needs(definition, baseline)
