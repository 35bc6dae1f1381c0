from __future__ import annotations

from textwrap import dedent

import pytest

from scanner.sources.cloudformation.secrets import secret_spans
from scanner.syntax import Mapping, Repeated, load, load_yaml


def secrets(text: str) -> list[str]:
    """The texts that are secret, in order."""
    text = dedent(text)
    root = load_yaml(text, "f")
    assert isinstance(root, Mapping)
    lines = text.split("\n")
    found = sorted(set(secret_spans(root)))
    assert all(span[0] == span[2] for span in found)
    return [lines[line - 1][column - 1 : end - 1] for line, column, _, end in found]


def test_defaults_of_parameters_that_are_not_echoed() -> None:
    assert secrets(
        "Parameters: {A: {NoEcho: true, Default: x1}, B: {NoEcho: 'true', Default: 7}, C: {Default: y}}"
    ) == [
        "x1",
        "7",
    ]
    assert secrets("Parameters: {DbPassword: {Default: x1}, Port: {Default: y, NoEcho: false}}") == ["x1"]


ENVIRONMENTS = {
    "containers": ("{Environment: [{Name: A, Value: x1}, {Name: B, Value: 2}]}", ["x1", "2"]),
    "functions": ("{Environment: {Variables: {A: x1, B: 'x2'}}}", ["x1", "'x2'"]),
    "builds": ("{EnvironmentVariables: [{Name: A, Value: x1, Type: PLAINTEXT}]}", ["x1"]),
    "sub": ("{Environment: [{Name: A, Value: !Sub 'x1${B}'}]}", ["!Sub 'x1${B}'"]),
    "long sub": ("{Environment: [{Name: A, Value: {'Fn::Sub': x1}}]}", ["x1"]),
    "join": ("{Environment: [{Name: A, Value: !Join ['', [x1, !Ref B]]}]}", ["''", "x1"]),
    "if": ("{Environment: {Variables: {A: !If [Cond, x1, !Ref B]}}}", ["x1"]),
    "names only": ("{Environment: [{Name: A, Value: !Ref B}, {Name: C, Value: {'Fn::GetAtt': [D, E]}}]}", []),
    "looked up": ("{Environment: [{Name: A, Value: !FindInMap [M, a, b]}]}", []),
    "resolved": ("{Environment: [{Name: A, Value: '{{resolve:secretsmanager:a}}'}]}", []),
    "nothing": ("{Environment: [{Name: A, Value: }, text], B: {Environment: text}}", []),
}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_values_of_environment_variables(name: str) -> None:
    text, expected = ENVIRONMENTS[name]
    assert secrets(text) == expected


NAMED = {
    "MasterUserPassword: x1": ["x1"],
    "DB_PASSWORD: x1": ["x1"],
    "ClientSecret: x1": ["x1"],
    "ApiKey: x1": ["x1"],
    "OAuthToken: !Sub x1": ["!Sub x1"],
    "Password: {'Fn::Sub': 'x1-${A}'}": ["'x1-${A}'"],
    "Password: {'Fn::Join': ['', [x1, {Ref: A}]]}": ["''", "x1"],
    "Password: !If [C, x1, x2]": ["x1", "x2"],
    "Password: {'Fn::If': [C, x1, {Ref: A}]}": ["x1"],
    "Password: !Ref A": [],
    "Password: '{{resolve:ssm-secure:a}}'": [],
    "PasswordLength: 16": [],
    "ManageMasterUserPassword: true": [],
    "GenerateSecretString: {ExcludePunctuation: 'true'}": [],
    "SecretArn: arn": [],
    "SecretId: id": [],
    "SecretName: name": [],
    "SecretsManagerArn: arn": [],
    "Port: 8080": [],
}


@pytest.mark.parametrize("text", NAMED)
def test_properties_that_are_named_as_secrets(text: str) -> None:
    assert secrets(text) == NAMED[text]


EMBEDDED = {
    "a block": ('A: |\n  {\n    "Environment": [{"Name": "N", "Value": "x1"}]\n  }\n', ["x1"]),
    "in quotes": ('A: \'{"Environment": [{"Name": "N", "Value": "x1"}]}\'\n', ["x1"]),
    "a part": ("A: {'Fn::Join': ['', ['{', '\"Value\":\"x1\",\"Name\":\"N\"}']]}\n", ["x1"]),
    "no variable": ('A: \'{"Value": "x1", "Unit": "N"}\'\n', []),
}


@pytest.mark.parametrize("name", EMBEDDED)
def test_variables_in_embedded_documents(name: str) -> None:
    text, expected = EMBEDDED[name]
    assert secrets(text) == expected


def test_an_embedded_document_is_secret_as_a_whole_where_its_places_are_not_known() -> None:
    text = 'A: "{\\u0022Name\\u0022: \\u0022N\\u0022, \\u0022Value\\u0022: \\u0022x1\\u0022}"\n'
    [span] = set(secret_spans(load_yaml(text, "f")))  # type: ignore[arg-type]
    assert span == (1, 4, 1, len(text))


def test_values_that_are_stated_twice() -> None:
    text = """\
Parameters:
  A: {NoEcho: false, NoEcho: true, Default: one}
  B: {NoEcho: true, Default: two, Default: three}
  C: {Default: four}
  C: {NoEcho: true, Default: five}
Resources:
  R: {Environment: [{Value: six}], Environment: [{Value: seven}], Other: eight}
"""
    root = load(text, "t.yaml", Repeated())
    assert isinstance(root, Mapping)
    lines = text.splitlines()
    found = {lines[line - 1][column - 1 : end - 1] for line, column, _, end in secret_spans(root)}
    assert {"one", "two", "three", "four", "five", "six", "seven"} <= found
    assert "eight" not in found
