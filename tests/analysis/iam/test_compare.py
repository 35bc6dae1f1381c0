"""Comparison of what policies grant, against an oracle that tries every small request, and on real policies."""

from __future__ import annotations

import random
import re
from itertools import product
from typing import Any

import pytest

from scanner.analysis.iam.compare import grants_at_least, grants_at_most, grants_within
from scanner.analysis.iam.conditions import clause
from scanner.analysis.iam.document import read_document
from scanner.analysis.iam.managed import managed_policy
from scanner.analysis.iam.patterns import Names
from scanner.analysis.iam.results import Comparison, Grants, Need
from scanner.analysis.iam.statements import Document, Statement
from scanner.model import Fact, Items, Reference, Unknown, Verdict

ACCOUNT = Unknown(("pseudo", "AWS::AccountId"), "the account is known when the stack is deployed")
REGION = Unknown(("pseudo", "AWS::Region"), "the region is known when the stack is deployed")


def fact(value: Any) -> Fact[Any]:
    if isinstance(value, dict):
        return Fact({name: fact(member) for name, member in value.items()})
    if isinstance(value, (list, tuple)):
        return Fact(Items(tuple(fact(item) for item in value)))
    return Fact(value)


def text(*parts: Any) -> Unknown:
    """What Fn::Sub makes of literals and unknowns."""
    made = []
    for part in parts:
        key = ("attribute", part.address, part.attribute) if isinstance(part, Reference) else getattr(part, "key", None)
        made.append(part if isinstance(part, str) else ("value", key))
    return Unknown(("text", tuple(made)), "the text is known after deployment")


def document(*statements: dict[str, Any]) -> Document:
    return read_document(fact({"Version": "2012-10-17", "Statement": list(statements)}), "the policy")


def grants(*statements: dict[str, Any]) -> Grants:
    found = document(*statements)
    assert not found.problems
    return Grants(found.statements)


def allow(action: Any, resource: Any, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def need(action: str, *resources: Any, **more: Any) -> Need:
    return Need(action, tuple(Fact(one) for one in resources), **more)


def only(comparison: Comparison) -> Any:
    assert len(comparison.differences) == 1, comparison.differences
    return comparison.differences[0]


# --- the oracle

WORDS = ["".join(letters) for length in range(4) for letters in product("ab:", repeat=length)]
VALUES = [None, "", "a", "b", "aa", "ba"]
OPERATORS = [
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "StringEqualsIfExists",
    "StringNotLikeIfExists",
    "Null",
]


def like(pattern: str, value: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value) is not None


def names_resource(pattern: str, resource: str) -> bool:
    """``?`` is no colon; ``*`` crosses colons where it ends a segment."""
    parts = re.split(r"(\*+|\?)", pattern)
    found = ""
    for index, part in enumerate(parts):
        ends = not "".join(parts[index + 1 :]) or "".join(parts[index + 1 :]).startswith(":")
        wild = {"*": ".*" if ends else "[^:]*", "?": "[^:]"}
        found += wild[part[0]] if part[:1] in wild else re.escape(part)
    return re.fullmatch(found, resource) is not None


def passes(operator: str, given: list[str], value: str | None) -> bool:
    if operator == "Null":
        return (value is None) == (given[0] == "true")
    if operator.endswith("IfExists") and value is None:
        return True
    name = operator.removesuffix("IfExists")
    negated = "Not" in name
    if value is None:
        return negated
    found = any(like(one, value) if "Like" in name else one == value for one in given)
    return found != negated


def takes_in(statement: dict[str, Any], action: str, resource: str, context: dict[str, str | None]) -> bool:
    named = any(like(one.lower(), action) for one in statement.get("Action", statement.get("NotAction")))
    on = any(names_resource(one, resource) for one in statement.get("Resource", statement.get("NotResource")))
    return (
        named == ("Action" in statement)
        and on == ("Resource" in statement)
        and all(
            passes(operator, given, context[key])
            for operator, keys in statement.get("Condition", {}).items()
            for key, given in keys.items()
        )
    )


def granted(statements: list[dict[str, Any]], action: str, resource: str, context: dict[str, str | None]) -> bool:
    found = {one["Effect"] for one in statements if takes_in(one, action, resource, context)}
    return found == {"Allow"}


def some_statement(chance: random.Random, *, deny: float) -> dict[str, Any]:
    def glob() -> str:
        return "".join(chance.choice("aab:?**") for _ in range(chance.randint(1, 3)))

    made: dict[str, Any] = {"Effect": "Deny" if chance.random() < deny else "Allow"}
    made["Action"] = [chance.choice(["zz:A", "zz:B", "zz:a"]) for _ in range(chance.randint(1, 2))]
    made["NotResource" if chance.random() < 0.2 else "Resource"] = [glob() for _ in range(chance.randint(1, 2))]
    conditions: dict[str, dict[str, list[str]]] = {}
    for _ in range(chance.choice([0, 0, 1, 2])):
        operator, key = chance.choice(OPERATORS), chance.choice(["zz:k", "zz:l"])
        values = [chance.choice(["true", "false"])] if operator == "Null" else [glob()]
        if "Equals" in operator:
            values = [chance.choice(["a", "b", "aa"]) for _ in range(chance.randint(1, 2))]
        conditions.setdefault(operator, {})[key] = values
    if conditions:
        made["Condition"] = conditions
    return made


@pytest.mark.parametrize("seed", range(10))
def test_decides_as_every_small_request_does(seed: int) -> None:
    chance = random.Random(seed)
    seen = set()
    for _ in range(120):
        left = [some_statement(chance, deny=0.3) for _ in range(chance.randint(1, 3))]
        right = [some_statement(chance, deny=0.2) for _ in range(chance.randint(1, 4))]
        comparison = grants_within(grants(*left), grants(*right))
        difference = next(
            (
                (action, resource, context)
                for action, resource, first, second in product(("zz:a", "zz:b"), WORDS, VALUES, VALUES)
                for context in [{"zz:k": first, "zz:l": second}]
                if granted(left, action, resource, context) and not granted(right, action, resource, context)
            ),
            None,
        )
        assert comparison.verdict is not Verdict.UNDECIDED, "all is known"
        seen.add(comparison.verdict)
        if difference is not None:
            assert comparison.verdict is Verdict.FAIL, (left, right, difference)
        elif comparison.verdict is Verdict.FAIL:
            # What was found is larger than what was tried: try it.
            for one in comparison.differences:
                assert_shows(one, left, right)
    assert seen == {Verdict.PASS, Verdict.FAIL}


def assert_shows(one: Any, left: list[dict[str, Any]], right: list[dict[str, Any]]) -> None:
    context: dict[str, str | None] = {"zz:k": None, "zz:l": None}
    for stated in one.example.context:
        key, _, value = stated.partition(" is ")
        context[key] = {"absent": None, "empty": "", "anything": "c"}.get(value, value)
    action = one.example.action.lower()
    assert granted(left, action, one.example.resource, context), (one.example, left)
    assert not granted(right, action, one.example.resource, context), (one.example, right)


@pytest.mark.parametrize("seed", range(4))
def test_unknown_values_are_undecided_or_decided_alike_for_all(seed: int) -> None:
    """Unknown texts in both sides: PASS and FAIL hold for every choice of them."""
    chance = random.Random(50 + seed)
    unknown = {name: Unknown(("parameter", "t", name), f"parameter {name} has no value") for name in "XY"}
    seen = set()
    for _ in range(60):

        def patterns() -> list[list[str]]:
            return [
                [chance.choice(["a", "b", "*", "X", "Y"]) for _ in range(chance.randint(1, 3))]
                for _ in range(chance.randint(1, 2))
            ]

        ours, theirs = patterns(), patterns()

        def side(rows: list[list[str]]) -> Grants:
            return grants(allow("zz:A", [text(*(unknown.get(part, part) for part in row)) for row in rows]))

        comparison = grants_within(side(ours), side(theirs))
        seen.add(comparison.verdict)
        for x, y in product(["a", "b", "ab", "ba", "c"], repeat=2):
            values = {"X": x, "Y": y}
            mine, others = (
                [allow(["zz:a"], ["".join(values.get(p, p) for p in row) for row in rows])] for rows in (ours, theirs)
            )
            verdict = grants_within(grants(*mine), grants(*others)).verdict
            if comparison.verdict is not Verdict.UNDECIDED:
                assert verdict is comparison.verdict, (ours, theirs, values)
        if comparison.verdict is Verdict.UNDECIDED:
            assert comparison.unknown
    assert seen == set(Verdict)


# --- what policies of roles say

TASK = "arn:aws:ecs:us-east-1:111122223333:task-definition/web:*"
RUN = need("ecs:RunTask", TASK)


def test_the_same_is_no_more_and_no_less() -> None:
    policy = grants(allow("ecs:RunTask", TASK))
    assert grants_at_most(policy, [RUN]) == Comparison(Verdict.PASS)
    assert grants_at_least(policy, [RUN]) == Comparison(Verdict.PASS)


def test_a_wider_resource_is_named_with_a_request_that_shows_it() -> None:
    policy = grants(allow(["ecs:RunTask"], ["*"]))
    one = only(grants_at_most(policy, [RUN]))
    assert (one.verdict, one.kind, one.actions) == (Verdict.FAIL, "resource", ("ecs:RunTask",))
    assert str(one.example) == "ecs:RunTask on arn:aws:ecs:us-east-1:111122223333:task-definition/x:example"
    assert one.element.value == "*"
    assert grants_at_least(policy, [RUN]).verdict is Verdict.PASS


def test_an_action_that_is_not_needed_is_named_by_its_element() -> None:
    policy = grants(allow(["ecs:RunTask", "ecs:Stop*"], [TASK, "arn:aws:ecs:*:*:task/*"]))
    one = only(grants_at_most(policy, [RUN]))
    assert (one.kind, one.element.value, one.actions) == ("action", "ecs:Stop*", ("ecs:StopTask",))


def test_a_grant_on_what_the_action_cannot_touch_is_none() -> None:
    policy = grants(allow("ecs:RunTask", ["arn:aws:ecs:*:*:cluster/*", TASK]))
    assert grants_at_most(policy, [RUN]).verdict is Verdict.PASS
    missing = only(
        grants_at_least(
            grants(allow("logs:CreateLogDelivery", "arn:aws:logs:*:*:*")), [need("logs:CreateLogDelivery", "*")]
        )
    )
    assert (missing.verdict, missing.kind, str(missing.example)) == (
        Verdict.FAIL,
        "resource",
        "logs:CreateLogDelivery on *",
    )


def test_all_that_is_missing_is_named_with_what_comes_near() -> None:
    policy = grants(allow("ecs:RunTask", TASK.replace("*", "3")))
    missing = grants_at_least(policy, [RUN, need("ecs:StopTask", "*")])
    assert [(one.kind, one.actions, len(one.near)) for one in missing.differences] == [
        ("resource", ("ecs:RunTask",), 1),
        ("action", ("ecs:StopTask",), 0),
    ]
    assert missing.differences[0].need is RUN


def test_a_condition_narrows_what_is_granted() -> None:
    cluster = "arn:aws:ecs:us-east-1:111122223333:cluster/main"
    narrow = grants(allow("ecs:RunTask", TASK, Condition={"ArnEquals": {"ecs:cluster": cluster}}))
    on_cluster = need("ecs:RunTask", TASK, conditions=(clause("ecs:cluster", "StringEquals", cluster),))
    assert grants_at_most(narrow, [on_cluster]).verdict is Verdict.PASS
    assert grants_at_least(narrow, [on_cluster]).verdict is Verdict.PASS
    wide = only(grants_at_most(grants(allow("ecs:RunTask", TASK)), [on_cluster]))
    assert (wide.verdict, wide.kind, wide.example.context) == (Verdict.FAIL, "condition", ("ecs:cluster is absent",))
    # Of a request for a cluster that is not named, it cannot be told whether the condition holds.
    unclear = grants_at_least(narrow, [RUN])
    assert unclear.verdict is Verdict.UNDECIDED
    assert "ecs:cluster" in str(unclear.unknown[0])
    other = need("ecs:RunTask", TASK, conditions=(clause("ecs:cluster", "StringEquals", cluster + "2"),))
    assert only(grants_at_least(narrow, [other])).verdict is Verdict.FAIL


def test_a_condition_on_a_key_that_the_action_does_not_bear_grants_nothing() -> None:
    policy = grants(allow("sns:Publish", "*", Condition={"StringEquals": {"ecs:cluster": "c"}}))
    assert grants_at_most(policy, []).verdict is Verdict.PASS
    assert only(grants_at_least(policy, [need("sns:Publish", "*")])).verdict is Verdict.FAIL


def test_deny_takes_away() -> None:
    policy = grants(allow("sns:*", "*"), {"Effect": "Deny", "NotAction": "sns:Publish", "Resource": "*"})
    assert grants_at_most(policy, [need("sns:Publish", "*")]).verdict is Verdict.PASS
    policy = grants(
        allow("sns:Publish", "*"), {"Effect": "Deny", "Action": "sns:*", "NotResource": "arn:aws:sns:*:*:a"}
    )
    missing = only(grants_at_least(policy, [need("sns:Publish", "arn:aws:sns:us-east-1:111122223333:b")]))
    assert missing.example.resource == "arn:aws:sns:us-east-1:111122223333:b"
    assert (
        grants_at_least(policy, [need("sns:Publish", "arn:aws:sns:us-east-1:111122223333:a")]).verdict is Verdict.PASS
    )


def test_references_are_compared_by_identity() -> None:
    task, execution = Reference("t.yaml#TaskRole", "Arn"), Reference("t.yaml#ExecutionRole", "Arn")
    both = need("iam:PassRole", task, execution)
    assert grants_at_most(grants(allow("iam:PassRole", [execution, task])), [both]).verdict is Verdict.PASS
    assert grants_at_least(grants(allow("iam:PassRole", [execution, task])), [both]).verdict is Verdict.PASS
    wide = only(grants_at_most(grants(allow("iam:PassRole", "*")), [both]))
    assert wide.verdict is Verdict.FAIL
    assert wide.example.resource == "arn:aws:iam::111122223333:role/any-other"
    excess = only(grants_at_most(grants(allow("iam:PassRole", [execution, task])), [need("iam:PassRole", task)]))
    assert (excess.verdict, excess.example.resource) == (Verdict.FAIL, "${ExecutionRole.Arn}")
    lacking = only(grants_at_least(grants(allow("iam:PassRole", task)), [both]))
    assert lacking.example.resource == "${ExecutionRole.Arn}"


def test_unknown_parts_are_the_same_on_both_sides() -> None:
    rule = "rule/StepFunctionsGetEventsForECSTaskRule"
    arn = text("arn:aws:events:", REGION, ":", ACCOUNT, f":{rule}")
    assert grants_at_most(grants(allow("events:PutRule", arn)), [need("events:PutRule", arn)]).verdict is Verdict.PASS
    wide = text("arn:aws:events:", REGION, ":", ACCOUNT, ":rule/*")
    one = only(grants_at_most(grants(allow("events:PutRule", wide)), [need("events:PutRule", arn)]))
    assert one.verdict is Verdict.FAIL
    assert one.example.resource.startswith("arn:aws:events:${AWS::Region}:${AWS::AccountId}:rule/")
    fixed = f"arn:aws:events:us-east-1:111122223333:{rule}"
    unclear = grants_at_most(grants(allow("events:PutRule", fixed)), [need("events:PutRule", arn)])
    assert unclear.verdict is Verdict.UNDECIDED
    assert [unknown.key for unknown in unclear.unknown] == [("pseudo", "AWS::Region"), ("pseudo", "AWS::AccountId")]
    short = f"arn:aws:events:us-east-1:12345678:{rule}"
    assert grants_at_most(grants(allow("events:PutRule", short)), [need("events:PutRule", arn)]).verdict is Verdict.FAIL


def test_what_is_known_of_a_resource_decides() -> None:
    topic = Reference("t.yaml#Topic", "Ref")
    names = Names(shape=lambda key: "arn:aws:sns:*:*:alerts" if key == ("attribute", "t.yaml#Topic", "Ref") else None)
    policy = grants(allow("sns:Publish", "arn:aws:sns:*:*:orders"))
    assert grants_at_least(policy, [need("sns:Publish", topic)]).verdict is Verdict.UNDECIDED
    assert grants_at_least(policy, [need("sns:Publish", topic)], names).verdict is Verdict.FAIL
    meant = Names(meant=lambda value: "arn:aws:sns:us-east-1:111122223333:orders" if value == topic else value)
    assert grants_at_least(policy, [need("sns:Publish", topic)], meant).verdict is Verdict.PASS


def test_policies_that_are_not_known_leave_it_open() -> None:
    why = Unknown("managed", "what the policy grants is not known")
    statements = grants(allow("ecs:RunTask", TASK)).statements
    assert grants_at_most(Grants(statements, more=(why,)), [RUN]) == Comparison(Verdict.UNDECIDED, (), (why,))
    assert grants_at_least(Grants(more=(why,)), [RUN]).verdict is Verdict.UNDECIDED
    assert grants_at_least(Grants(statements, less=(why,)), [RUN]).unknown == (why,)
    assert grants_at_most(Grants(statements, less=(why,)), []).verdict is Verdict.UNDECIDED


def test_an_unknown_effect_or_action_is_undecided() -> None:
    effect = grants({"Effect": Unknown("e", "not known"), "Action": "ecs:RunTask", "Resource": TASK})
    assert grants_at_least(effect, [RUN]).verdict is Verdict.UNDECIDED
    assert grants_at_most(effect, []).verdict is Verdict.UNDECIDED
    actions = grants(allow(Unknown("a", "not known"), "*"))
    assert grants_at_most(actions, [RUN]).verdict is Verdict.UNDECIDED
    assert grants_at_least(actions, [RUN]).verdict is Verdict.UNDECIDED
    resources = grants(allow("ecs:RunTask", Unknown("r", "not known")))
    assert grants_at_most(resources, [RUN]).verdict is Verdict.UNDECIDED
    assert grants_at_most(resources, [need("ecs:RunTask", "*")]).verdict is Verdict.PASS
    assert grants_at_least(resources, [RUN]).verdict is Verdict.UNDECIDED


def test_an_unknown_resource_holds_something() -> None:
    topic = Unknown(("parameter", "t", "TopicArn"), "parameter TopicArn has no value")
    policy = grants(allow("sns:Publish", topic))
    assert grants_at_most(policy, [need("sns:Publish", topic)]).verdict is Verdict.PASS
    assert grants_at_least(policy, [need("sns:Publish", topic)]).verdict is Verdict.PASS
    excess = only(grants_at_most(policy, []))
    assert (excess.verdict, excess.example.resource) == (Verdict.FAIL, "${TopicArn}")
    more = read_document(
        Fact(
            {
                "Statement": Fact(
                    {
                        "Effect": Fact("Allow"),
                        "Action": Fact("sns:Publish"),
                        "Resource": Fact(Items((Fact("arn:aws:sns:us-east-1:111122223333:a"),), topic)),
                    }
                )
            }
        )
    )
    needs = [need("sns:Publish", "arn:aws:sns:us-east-1:111122223333:a")]
    assert only(grants_at_most(Grants(more.statements), needs)).verdict is Verdict.UNDECIDED, "there may be no more"


def test_policy_variables_are_undecided_where_they_matter() -> None:
    policy = grants(allow("s3:GetObject", "arn:aws:s3:::home/${aws:username}/*"))
    assert grants_at_most(policy, [need("s3:GetObject", "arn:aws:s3:::home/*")]).verdict is Verdict.PASS
    assert grants_at_most(policy, [need("s3:GetObject", "arn:aws:s3:::home/ann/*")]).verdict is Verdict.UNDECIDED
    assert grants_at_most(policy, [need("s3:GetObject", "arn:aws:s3:::other/*")]).verdict is Verdict.UNDECIDED
    assert grants_at_least(policy, [need("s3:GetObject", "arn:aws:s3:::other/*")]).verdict is Verdict.FAIL


def test_administrators_are_compared_quickly() -> None:
    policy = managed_policy("arn:aws:iam::aws:policy/AdministratorAccess")
    assert policy is not None
    excess = grants_at_most(Grants(policy.document.statements), [RUN])
    kinds = {one.kind: one for one in excess.differences}
    assert kinds.keys() == {"action", "resource"}
    assert len(kinds["action"].actions) > 15_000
    assert grants_at_least(Grants(policy.document.statements), [RUN]).verdict is Verdict.PASS


def test_the_execution_role_policy_is_what_a_task_needs() -> None:
    policy = managed_policy("arn:aws-cn:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")
    assert policy is not None
    assert policy.version == "v1"
    needs = [
        need("ecr:GetAuthorizationToken", "*"),
        need("ecr:BatchGetImage", "arn:aws:ecr:us-east-1:111122223333:repository/web"),
        need("logs:CreateLogStream", "arn:aws:logs:us-east-1:111122223333:log-group:web:log-stream:*"),
    ]
    assert grants_at_least(Grants(policy.document.statements), needs).verdict is Verdict.PASS
    excess = grants_at_most(Grants(policy.document.statements), needs)
    assert [one.kind for one in excess.differences] == ["action", "action", "resource", "action"]


def test_statements_of_the_trusting_side_are_left_alone() -> None:
    found = read_document(
        fact({"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}}), trust=True
    )
    assert isinstance(found.statements[0], Statement)
    assert grants_at_most(Grants(found.statements), []).verdict is Verdict.PASS


def test_a_search_that_grows_too_large_is_undecided_and_says_so() -> None:
    def hard(letter: str) -> str:
        return f"arn:aws:s3:::*{letter}{'?' * 18}*"

    policy = grants(allow("s3:GetObject", f"arn:aws:s3:::{'?' * 25}*"))
    found = grants_within(policy, grants(allow("s3:GetObject", [hard("a"), hard("b"), hard("c")])))
    assert found.verdict is Verdict.UNDECIDED
    assert [unknown.reason for unknown in found.unknown] == ["the patterns of s3:GetObject are too many to compare"]


def test_a_service_that_the_catalogue_does_not_have_is_undecided_where_it_matters() -> None:
    policy = grants(allow("zz:*", "*"))
    assert only(grants_at_most(policy, [])).unknown[0].reason == "the catalogue of actions has no service zz"
    assert grants_at_least(policy, [need("zz:Run", "*")]).verdict is Verdict.PASS


def test_a_wildcard_of_actions_counts_where_its_resources_are_of_a_service() -> None:
    granted = grants(allow("*", ["arn:aws:s3:::a/*", "arn:aws:sns:*:*:b"]))
    found = {name for one in grants_at_most(granted, []).differences for name in one.actions}
    assert {"s3:GetObject", "sns:Publish"} <= found
    assert not {"sqs:SendMessage", "ecs:RunTask", "sns:ListTopics"} & found


def test_the_element_to_blame_is_the_one_that_is_everything() -> None:
    topic = "arn:aws:sns:us-east-1:111122223333:t"
    [found] = grants_at_most(grants(allow("sns:Publish", [topic, "*"])), [need("sns:Publish", topic)]).differences
    assert found.element.value == "*"


def test_a_name_has_no_colon_where_that_is_known() -> None:
    from scanner.analysis.iam.patterns import WITHIN_SEGMENT

    name = Reference("t#Topic", "TopicName")
    wide = grants(allow("sns:Publish", "arn:aws:sns:*:999999999999:t"))
    wanted = [need("sns:Publish", text("arn:aws:sns:us-east-1:111122223333:", name))]
    assert grants_at_least(wide, wanted).verdict is Verdict.UNDECIDED
    names = Names(shape=lambda key: WITHIN_SEGMENT if key == ("attribute", "t#Topic", "TopicName") else None)
    assert grants_at_least(wide, wanted, names).verdict is Verdict.FAIL


def test_a_partition_that_is_known_is_no_reason() -> None:
    partition = Unknown(("pseudo", "AWS::Partition"), "AWS::Partition is known when the stack is deployed")
    meaning = Names(lambda value: "aws" if value == partition else value)
    granted = grants(allow("ecr:BatchGetImage", text("arn:", partition, ":ecr:eu-west-1:111122223333:repository/a")))
    image = Unknown(("parameter", "t.yaml", "Image"), "parameter Image has no value", supply="--set Image=...")
    found = grants_at_least(granted, [need("ecr:BatchGetImage", image)], meaning)
    assert (found.verdict, found.unknown) == (Verdict.UNDECIDED, (image,))
