"""Policies in the forms that people paste: as JSON, for CloudFormation, for Terraform.

What is not known stands as a placeholder, ``<Topic.TopicName>``, which is no part of any ARN, so that nobody takes it
for one; ``Shown.placeholders`` says what each stands for.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from scanner.render.policy_values import Values, quoted, snake
from scanner.topology.iam.policy import Allow, LeastPolicy
from scanner.topology.states.machine import SERVERLESS, TYPE

FORMATS = ("json", "cloudformation", "terraform")
VERSION = "2012-10-17"
MACHINES = (TYPE, SERVERLESS)
INLINE, MANAGED = 10_240, 6_144
"""How many characters, blanks aside, the inline policies of a role and a managed policy hold ("IAM and AWS STS quotas",
IAM User Guide)."""


@dataclass(slots=True)
class Shown:
    """Text, and what the placeholders in it stand for."""

    text: str = ""
    placeholders: dict[str, str] = field(default_factory=dict)


def shown(policies: Sequence[LeastPolicy], format: str) -> Shown:
    """Some policies in one of FORMATS. What is not known of conditions of the template does not matter here: of
    several cases the first is shown."""
    found = Shown()
    writers = {"json": _json, "cloudformation": _cloudformation, "terraform": _terraform}
    found.text = writers[format](Values(found.placeholders), policies)
    return found


def size(policy: LeastPolicy) -> int:
    """How many characters a policy has that count."""
    return len(re.sub(r"\s", "", json.dumps(_document(Values({}).of(policy), policy))))


# --- JSON


def _json(values: Values, policies: Sequence[LeastPolicy]) -> str:
    """An object with a policy for each role."""
    names = [policy.name for policy in policies]
    made = {}
    for policy in policies:
        name = policy.name if names.count(policy.name) == 1 else f"{policy.home}#{policy.name}"
        made[name] = _document(values.of(policy), policy)
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _document(values: Values, policy: LeastPolicy) -> dict[str, Any]:
    return {"Version": VERSION, "Statement": [_statement(values, one) for one in policy.statements()]}


def _statement(values: Values, allow: Allow) -> dict[str, Any]:
    resources = [values.text(one) for one in allow.resources]
    made: dict[str, Any] = {"Effect": "Allow", "Action": _one(list(allow.actions)), "Resource": _one(resources)}
    for operator, key, stated in allow.conditions:
        made.setdefault("Condition", {}).setdefault(operator, {})[key] = _one([values.text(one) for one in stated])
    return made


def _one(texts: list[str]) -> str | list[str]:
    return texts[0] if len(texts) == 1 else texts


# --- CloudFormation


def _cloudformation(values: Values, policies: Sequence[LeastPolicy]) -> str:
    """The Resources of each template, in a document of their own where there are several."""
    homes = list(dict.fromkeys(policy.home for policy in policies))
    documents = []
    for home in homes:
        lines = [] if len(homes) == 1 else [f"# {home}"]
        here = [policy for policy in policies if policy.home == home]
        # CloudFormation takes no policy without a statement.
        lines += [f"# {_who(policy)} nothing of {policy.name}" for policy in here if not policy.statements()]
        made = [policy for policy in here if policy.statements()]
        lines.append("Resources:" if made else "Resources: {}")
        for policy in made:
            lines += _resource(values.of(policy), policy)
        documents.append("\n".join(lines) + "\n")
    return "---\n".join(documents)


def _resource(values: Values, policy: LeastPolicy) -> Iterator[str]:
    id = _free(policy)
    yield f"  {_heading(policy)}"
    if _is_needed_early(policy):
        yield f"  # It must be there before {policy.owner.id}, which needs it to log: give that DependsOn: {id}"
    yield f"  {id}:"
    if policy.role is not None:
        yield from ("    Type: AWS::IAM::RolePolicy", "    Properties:")
        yield from (f"      RoleName: !Ref {policy.role.id}", "      PolicyName: least")
    else:
        yield "    # Its role is not in the template: attach the policy to it."
        yield from ("    Type: AWS::IAM::ManagedPolicy", "    Properties:")
    yield from ("      PolicyDocument:", f'        Version: "{VERSION}"', "        Statement:")
    for allow in policy.statements():
        yield from (f"          {line}" for line in _block(values, allow, policy.home))


def _is_needed_early(policy: LeastPolicy) -> bool:
    """Whether a state machine is refused without it: Step Functions delivers logs from the first, and checks that it
    may. A policy that refers to the machine itself cannot come before it."""
    logs = any("logs:CreateLogDelivery" in one.actions for one in policy.statements())
    return logs and policy.role is not None and policy.owner.type in MACHINES and not policy.names(policy.owner)


def _block(values: Values, allow: Allow, home: str) -> Iterator[str]:
    yield "- Effect: Allow"
    yield from _listed("  Action", [quoted(action) for action in allow.actions])
    yield from _listed("  Resource", [values.intrinsic(one, home) for one in allow.resources])
    if allow.conditions:
        yield "  Condition:"
    last = ""
    for operator, key, stated in allow.conditions:
        if operator != last:
            yield f"    {operator}:"
        last = operator
        yield from _listed(f'      "{key}"', [values.intrinsic(one, home) for one in stated])


def _heading(policy: LeastPolicy) -> str:
    return f"# What {_who(policy)}"


def _who(policy: LeastPolicy) -> str:
    """Who needs: ``state machine Nightly needs``."""
    *others, last = policy.users
    who = f"{', '.join(others)} and {last}" if others else last
    return f"{who} need{'' if others else 's'}"


def _listed(head: str, texts: list[str]) -> Iterator[str]:
    if len(texts) == 1:
        yield f"{head}: {texts[0]}"
        return
    indent = " " * (len(head) - len(head.lstrip()) + 2)
    yield f"{head}:"
    yield from (f"{indent}- {text}" for text in texts)


def _free(policy: LeastPolicy) -> str:
    """A logical id that the template does not have."""
    taken = next((module.types for module in policy.graph.modules if module.name == policy.home), {})
    wanted = f"{policy.name}Policy"
    number = 2
    while wanted in taken:
        wanted, number = f"{policy.name}Policy{number}", number + 1
    return wanted


# --- Terraform


def _terraform(values: Values, policies: Sequence[LeastPolicy]) -> str:
    blocks = []
    for policy in policies:
        values.of(policy)
        lines = [
            f"# What {', '.join(policy.users)} needs.",
            f'data "aws_iam_policy_document" "{snake(policy.name)}" {{',
        ]
        for index, allow in enumerate(policy.statements()):
            lines += [""] * bool(index) + ["  statement {"]
            # Terraform's own formatter aligns only what stands in one line.
            head = "    actions  " if len(allow.resources) == 1 else "    actions"
            lines += _hcl_list(head, [quoted(action) for action in allow.actions])
            lines += _hcl_list("    resources", [values.hcl(one) for one in allow.resources])
            for operator, key, stated in allow.conditions:
                lines += ["", "    condition {", f'      test     = "{operator}"', f'      variable = "{key}"']
                lines += [*_hcl_list("      values  ", [values.hcl(one) for one in stated]), "    }"]
            lines += ["  }"]
        blocks.append("\n".join([*lines, "}"]))
    data = [f'data "{name}" "current" {{}}' for name in sorted(values.data)]
    variables = [
        f'variable "{name}" {{\n  type        = string\n  description = {quoted(about)}\n}}'
        for name, about in values.variables.items()
    ]
    return "\n\n".join([*(["\n".join(data)] if data else []), *variables, *blocks]) + "\n"


def _hcl_list(head: str, texts: list[str]) -> list[str]:
    if len(texts) == 1:
        return [f"{head} = [{texts[0]}]"]
    indent = " " * (len(head) - len(head.lstrip()))
    return [f"{head.rstrip()} = [", *(f"{indent}  {text}," for text in texts), f"{indent}]"]
