from __future__ import annotations

from typing import Any

import pytest

from scanner.analysis.iam.patterns import Names, resource_pattern
from scanner.analysis.texts import parts_of
from scanner.model import Reference, Unknown
from scanner.topology.iam.names import BY_TYPE, in_regions, names_of, pseudo, region_of, revisions
from tests.topology.graphs import RUN_TASK, graph, graph_of

REGION, ACCOUNT = ("value", ("pseudo", "AWS::Region")), ("value", ("pseudo", "AWS::AccountId"))


def thing(type: str, **properties: Any) -> Names:
    return names_of(graph_of({"Resources": {"It": {"Type": type, "Properties": properties}}}))


def meant(type: str, attribute: str, **properties: Any) -> Any:
    return parts_of(thing(type, **properties).meant(Reference("t.yaml#It", attribute)))


@pytest.mark.parametrize(
    ("type", "attribute", "name", "end"),
    [
        ("AWS::SNS::Topic", "Ref", "TopicName", "it"),
        ("AWS::SNS::Topic", "TopicArn", "TopicName", "it"),
        ("AWS::ECS::Cluster", "Arn", "ClusterName", "cluster/it"),
        ("AWS::StepFunctions::StateMachine", "Ref", "StateMachineName", "stateMachine:it"),
        ("AWS::Serverless::StateMachine", "Ref", "Name", "stateMachine:it"),
        ("AWS::Lambda::Function", "Arn", "FunctionName", "function:it"),
        ("AWS::Logs::LogGroup", "Arn", "LogGroupName", "log-group:it:*"),
        ("AWS::DynamoDB::Table", "Arn", "TableName", "table/it"),
    ],
)
def test_an_attribute_that_is_an_arn_is_its_text(type: str, attribute: str, name: str, end: str) -> None:
    found = meant(type, attribute, **{name: "it"})
    assert found == (f"arn:aws:{BY_TYPE[type].service}:", REGION, ":", ACCOUNT, f":{end}")


def test_what_belongs_to_no_region_has_none() -> None:
    assert meant("AWS::IAM::Role", "Arn", RoleName="it", Path="/a/") == ("arn:aws:iam::", ACCOUNT, ":role/a/it")
    assert meant("AWS::IAM::Role", "Arn", RoleName="it") == ("arn:aws:iam::", ACCOUNT, ":role/it")
    assert meant("AWS::S3::Bucket", "Arn", BucketName="it") == ("arn:aws:s3:::it",)


def test_a_name_that_is_made_is_one_symbol_in_the_name_and_in_the_arn() -> None:
    found = thing("AWS::ECS::Cluster")
    written = Unknown(
        ("text", ("arn:aws:ecs:", REGION, ":", ACCOUNT, ":cluster/", ("value", ("attribute", "t.yaml#It", "Ref")))), ""
    )
    assert resource_pattern(written, found) == resource_pattern(Reference("t.yaml#It", "Arn"), found)


def test_a_name_that_is_given_stands_for_the_reference_to_it() -> None:
    assert thing("AWS::ECS::Cluster", ClusterName="it").meant(Reference("t.yaml#It")) == "it"
    assert thing("AWS::ECS::Cluster").meant(Reference("t.yaml#It")) == Reference("t.yaml#It")


def test_the_name_of_what_has_no_attribute_that_is_its_arn() -> None:
    assert thing("AWS::Athena::WorkGroup", Name="it").meant(Reference("t.yaml#It")) == "it"
    assert thing("AWS::Athena::WorkGroup").meant(Reference("t.yaml#It")) == Reference("t.yaml#It")


def test_a_secret_is_named_by_its_arn() -> None:
    assert thing("AWS::SecretsManager::Secret").meant(Reference("t.yaml#It")) == Reference("t.yaml#It", "Arn")


def test_what_is_in_no_table_stays_what_it_is() -> None:
    found = Reference("t.yaml#It", "Arn")
    assert thing("AWS::Test::Thing").meant(found) == found
    assert thing("AWS::SNS::Topic").meant(Reference("t.yaml#Other", "Arn")) == Reference("t.yaml#Other", "Arn")
    assert thing("AWS::SQS::Queue").meant(Reference("t.yaml#It")) == Reference("t.yaml#It")  # a URL
    assert thing("AWS::SNS::Topic").meant("text") == "text"


def test_the_partition_is_that_which_is_written_out() -> None:
    partition = Unknown(("pseudo", "AWS::Partition"), "")
    of = graph(RUN_TASK)
    assert names_of(of).meant(partition) == "aws"
    assert names_of(of, "aws-cn").meant(partition) == "aws-cn"


def test_a_name_or_an_arn_is_the_arn_where_a_policy_has_it() -> None:
    unknown = Unknown(("arn of", "arn:...", ("parameter", "t.yaml", "Cluster")), "")
    assert names_of(graph(RUN_TASK)).meant(unknown) == Unknown(("parameter", "t.yaml", "Cluster"), "")


def test_the_region_is_known_where_the_template_is_told() -> None:
    from scanner.model import ResourceGraph
    from scanner.sources.cloudformation import load_template
    from scanner.sources.cloudformation.parameters import Parameters

    text = "Resources: {It: {Type: AWS::SNS::Topic, Properties: {TopicName: it}}}"
    of = ResourceGraph([load_template(text, "t.yaml", Parameters(region="eu-west-1", account="111122223333"))])
    assert names_of(of).meant(Reference("t.yaml#It")) == "arn:aws:sns:eu-west-1:111122223333:it"
    assert pseudo(of, of.resource("t.yaml#It"), "AWS::Region") == ("eu-west-1",)


def test_a_task_definition_in_any_revision() -> None:
    names = names_of(graph(RUN_TASK))
    own = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web:3"
    family = "arn:aws:ecs:eu-west-1:111122223333:task-definition/web"
    assert revisions(own, names) == (own, family, f"{family}:*")
    assert revisions(family, names) == (family, family, f"{family}:*")
    _, latest, any_one = revisions(Reference("t.yaml#TaskDefinition", "Arn"), names)
    assert parts_of(latest)[-1] == ":task-definition/nightly-report"
    assert parts_of(any_one)[-1] == ":task-definition/nightly-report:*"
    assert revisions("arn:aws:sns:eu-west-1:111122223333:a:b", names) == ("arn:aws:sns:eu-west-1:111122223333:a:b",)


def test_any_region_is_the_region_of_what_is_needed() -> None:
    names = names_of(graph(RUN_TASK))
    assert region_of("arn:aws:sns:eu-west-1:111122223333:t", names) == ("eu-west-1",)
    assert region_of(Reference("t.yaml#Topic"), names) == (REGION,)
    assert region_of("*", names) == ()
    wide = "arn:aws:sns:*:111122223333:t"
    assert in_regions(wide, [("eu-west-1",), ("us-east-1",)]) == (
        "arn:aws:sns:eu-west-1:111122223333:t",
        "arn:aws:sns:us-east-1:111122223333:t",
    )
    assert in_regions(wide, []) == (wide,)
    assert in_regions("arn:aws:sns:eu-*:111122223333:t", [("eu-west-1",)]) == ("arn:aws:sns:eu-*:111122223333:t",)
