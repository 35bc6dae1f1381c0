"""What is dropped before anything is kept."""

from __future__ import annotations

import base64
import gzip
import json

import pytest

from scanner.sources.account.secrets import clusters, without_options, without_user_data, without_values


def encoded(text: str, *, packed: bool = False) -> str:
    content = text.encode()
    return base64.b64encode(gzip.compress(content) if packed else content).decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("echo ECS_CLUSTER=shop >> /etc/ecs/ecs.config", "ECS_CLUSTER=shop"),
        ("ECS_CLUSTER='shop'", "ECS_CLUSTER=shop"),
        ('{"ECS_CLUSTER": "shop"}', "ECS_CLUSTER=shop"),
        ('[settings.ecs]\nlogging = true\ncluster = "shop"\n', "ECS_CLUSTER=shop"),
        ("Initialize-ECSAgent -EnableTaskIAMRole -Cluster 'shop'", "ECS_CLUSTER=shop"),
        ("ECS_CLUSTER=one\nECS_CLUSTER=two\nECS_CLUSTER=one", "ECS_CLUSTER=one\nECS_CLUSTER=two"),
        ("ECS_CLUSTER=$NAME", None),
        ("ECS_CLUSTER=${NAME}", None),
        ("ECS_CLUSTER=shop-${STAGE}", None),
        ("password=hunter2", None),
        ("", None),
    ],
)
def test_clusters(text: str, said: str | None) -> None:
    assert clusters(encoded(text)) == said
    assert clusters(encoded(text, packed=True)) == said


def test_user_data_that_is_not_encoded_as_it_should_be() -> None:
    assert clusters("ECS_CLUSTER=shop, and more!") == "ECS_CLUSTER=shop"
    assert clusters(base64.b64encode(b"\x1f\x8bbroken").decode()) is None
    assert clusters(base64.b64encode(b"\xff\xfe\x00").decode()) is None


def test_compressed_user_data_does_not_fill_the_memory() -> None:
    assert clusters(base64.b64encode(gzip.compress(b" " * (64 << 20) + b"ECS_CLUSTER=late")).decode()) is None


def test_without_user_data() -> None:
    assert without_user_data({"ImageId": "ami-1", "UserData": encoded("x=1")}) == {"ImageId": "ami-1"}
    assert without_user_data({"UserData": encoded("ECS_CLUSTER=a")}) == {"UserData": "ECS_CLUSTER=a"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"Environment": [{"Name": "A", "Value": "s"}]}, {"Environment": [{"Name": "A", "Value": ""}]}),
        ({"environment": [{"name": "A", "value": "s"}]}, {"environment": [{"name": "A", "value": ""}]}),
        ({"Environment": [{"Name": "A", "Value.$": "$.a"}]}, None),
        ({"Environment": [{"Name": "A", "Value": "{% $states.input.a %}"}]}, None),
        ({"Environment": {"A": "s", "B.$": "$.b"}}, {"Environment": {"A": "", "B.$": "$.b"}}),
        ({"Environment": {"Variables": {"A": "s"}}}, {"Environment": {"Variables": {"A": ""}}}),
        ({"ApiKey": "s", "TokenPath.$": "$.t"}, {"ApiKey": "", "TokenPath.$": "$.t"}),
        ({"Password": {"Ref": "x"}, "SecretArn": "arn:aws:x"}, None),
        ({"StartAt": "Run", "TimeoutSeconds": 60}, None),
    ],
)
def test_without_values(given: object, kept: object) -> None:
    text = json.dumps([given])
    assert json.loads(without_values(text)) == [given if kept is None else kept]
    if kept is None:
        assert without_values(text) == text  # as it is written, in every space


def test_text_that_is_no_document() -> None:
    assert without_values("$.detail") == "$.detail"
    assert without_values("password=hunter2") == ""
    assert without_values('{"Environment": [') == ""


def test_without_options() -> None:
    options = {"awslogs-group": "web", "splunk-token": "s", "secretOptions": "s", "apikey": "s", "Api_Key": "s"}
    assert without_options(options) == {"awslogs-group": "web"}
