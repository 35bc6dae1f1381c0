from __future__ import annotations

from typing import Any

from scanner.model import Unknown
from scanner.topology.iam.resource_policies import Admitted, admitted
from tests.topology.graphs import RUN_TASK, graph
from tests.topology.iam.needed import value_says
from tests.topology.iam.roles import allow, document

ROLE = {"Fn::GetAtt": ["MachineRole", "Arn"]}


def of(change: dict[str, Any]) -> Admitted:
    read = graph(RUN_TASK, change)
    return admitted(read, next(one for one in read.declared("AWS::IAM::Role") if one.id == "MachineRole"))


def key(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": document(*statements)}}}


def resources(found: Admitted) -> list[list[str]]:
    return [[value_says(item.value) for item in one.resources.items] for one in found.surely if one.resources]


def test_a_key_that_names_the_role() -> None:
    found = of(key(allow("kms:Decrypt", Principal={"AWS": [ROLE, "111122223333"]})))
    assert (resources(found), found.perhaps) == ([["${Key.Arn}"]], ())
    assert resources(of(key(allow("kms:Decrypt", Principal="*")))) == [["${Key.Arn}"]]
    assert resources(of(key(allow("kms:Decrypt", Principal={"AWS": "*"})))) == [["${Key.Arn}"]]


def test_a_key_that_names_others() -> None:
    for principal in (
        {"AWS": {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:root"}},
        {"AWS": {"Ref": "AWS::AccountId"}},
        {"AWS": {"Fn::GetAtt": ["ScheduleRole", "Arn"]}},
        {"Service": "states.amazonaws.com"},
    ):
        assert of(key(allow("kms:Decrypt", Principal=principal))) == Admitted()
    assert of(key({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"})) == Admitted()
    assert of(key({"Effect": "Allow", "NotPrincipal": {"AWS": ROLE}, "Action": "*", "Resource": "*"})) == Admitted()


def test_a_principal_that_is_not_known() -> None:
    change = key(allow("kms:Decrypt", Principal={"AWS": {"Ref": "Reader"}}))
    found = of({**change, "Parameters.Reader": {"Type": "String"}})
    assert (found.surely, [why.supply for _, why in found.perhaps]) == ((), ["--set Reader=..."])


def test_a_bucket_that_names_the_role() -> None:
    change = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {
                "Bucket": {"Ref": "Bucket"},
                "PolicyDocument": document(
                    allow("s3:*", Principal={"AWS": ROLE}), allow("s3:*", "arn:aws:s3:::b/x", Principal={"AWS": ROLE})
                ),
            },
        },
    }
    assert resources(of(change)) == [["${Bucket.Arn}", "${Bucket.Arn}/*"], ["arn:aws:s3:::b/x"]]


def test_a_repository_policy_has_no_resource() -> None:
    statement = {"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "ecr:BatchGetImage"}
    change = {"Images": {"Type": "AWS::ECR::Repository", "Properties": {"RepositoryPolicyText": document(statement)}}}
    assert resources(of(change)) == [["${Images.Arn}"]]


def test_a_policy_that_cannot_be_read_admits_nobody() -> None:
    found = of(
        {
            "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Ref": "Text"}}},
            "Parameters.Text": {"Type": "String"},
        }
    )
    assert isinstance(found, Admitted)
    assert not any(isinstance(one, Unknown) for one in found.surely)
