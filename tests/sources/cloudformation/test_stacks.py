from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest

from scanner.model import Items, Reference, ResourceGraph, Unknown, World
from scanner.sources.cloudformation import Library, Parameters, Stack, Template, read_root, tied

NETWORK = """
    Resources:
      Vpc: {Type: AWS::EC2::VPC}
      One: {Type: AWS::EC2::Subnet}
      Two: {Type: AWS::EC2::Subnet}
      Group: {Type: AWS::EC2::SecurityGroup}
    Outputs:
      Vpc:
        Value: !Ref Vpc
        Export: {Name: !Sub "${AWS::StackName}:Vpc"}
      Subnets:
        Value: !Join [",", [!Ref One, !Ref Two]]
      Group:
        Value: !GetAtt Group.GroupId
    """


def stacks(files: Mapping[str, str], links: Mapping[str, str] | None = None, **values: str) -> dict[str, Stack]:
    """The stacks of some templates, by the file of their root."""
    roots = {file: read_root(dedent(text), file) for file, text in files.items()}
    given = Parameters().merged(values, "the test")
    return {stack.root.file: stack for stack in Library(roots, given, links or {}).stacks()}


def read(template: Template, id: str, property: str) -> Any:
    """The value of a resource's property where nothing is assumed."""
    return template.resource(id, World()).get(property).value


# --- nested stacks


PARENT = """
    Resources:
      Network:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: network.yaml}
      Service:
        Type: AWS::CloudFormation::Stack
        Properties:
          TemplateURL: ./service.yaml
          Parameters:
            Subnets: !GetAtt Network.Outputs.Subnets
            Group: !GetAtt Network.Outputs.Group
            Count: 3
    """
SERVICE = """
    Parameters:
      Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
      Group: {Type: String}
      Count: {Type: Number, Default: 1}
      Other: {Type: String, Default: own}
    Resources:
      Service:
        Type: AWS::ECS::Service
        Properties: {Subnets: !Ref Subnets, Group: !Ref Group, Count: !Ref Count, Other: !Ref Other}
    """


def test_parameters_pass_down_and_outputs_up() -> None:
    found = stacks({"app.yaml": PARENT, "network.yaml": NETWORK, "service.yaml": SERVICE})
    assert list(found) == ["app.yaml"]
    _, network, service = found["app.yaml"].templates
    subnets = read(service, "Service", "Subnets")
    assert isinstance(subnets, Items)
    assert [item.value for item in subnets.items] == [
        Reference(f"{network.name}#One"),
        Reference(f"{network.name}#Two"),
    ]
    assert read(service, "Service", "Group") == Reference("app.yaml#Network#Group", "GroupId")
    assert read(service, "Service", "Count") == "3"
    assert read(service, "Service", "Other") == "own"


def test_a_reference_across_stacks_names_the_resource() -> None:
    found = stacks({"app.yaml": PARENT, "network.yaml": NETWORK, "service.yaml": SERVICE})["app.yaml"]
    graph = ResourceGraph(found.templates)
    service = graph.resource("app.yaml#Service#Service")
    group = graph.named_by(service.get("Group"), "AWS::EC2::SecurityGroup")
    assert group is not None
    assert group.location.file == "network.yaml"


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("network.yaml", True),
        ("https://s3.amazonaws.com/bucket/release/network.yaml", True),
        ("https://bucket.s3.amazonaws.com/network.yaml?versionId=3", True),
        ('!Sub "https://${Bucket}.s3.${AWS::Region}.amazonaws.com/v1/network.yaml"', True),
        ('!Join ["/", [!Ref Bucket, network.yaml]]', True),
        ("https://s3.amazonaws.com/bucket/other.yaml", False),
        ("!Ref Bucket", False),
        ("../network.yaml", True),
    ],
)
def test_template_urls(url: str, linked: bool) -> None:
    parent = f"""
    Parameters:
      Bucket: {{Type: String}}
    Resources:
      Network:
        Type: AWS::CloudFormation::Stack
        Properties: {{TemplateURL: {url}}}
      Group:
        Type: Some::Thing::Else
        Properties: {{Id: !GetAtt Network.Outputs.Group}}
    """
    folder = "infra/" if url.startswith("..") else ""
    found = stacks({f"{folder}app.yaml": parent, "network.yaml": NETWORK})
    root = found[f"{folder}app.yaml"].root
    expected = (
        Reference(f"{root.name}#Network#Group", "GroupId")
        if linked
        else Reference(f"{root.name}#Network", "Outputs.Group")
    )
    assert read(root, "Group", "Id") == expected


def test_of_two_files_that_end_alike_the_nearest_is_meant() -> None:
    parent = """
    Resources:
      Network:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: "https://s3.amazonaws.com/bucket/network.yaml"}
    """
    files = {"a/app.yaml": parent, "a/parts/network.yaml": NETWORK, "b/parts/network.yaml": NETWORK}
    found = stacks(files)
    assert [template.file for template in found["a/app.yaml"].templates] == ["a/app.yaml", "a/parts/network.yaml"]
    assert "b/parts/network.yaml" in found


def test_a_template_that_nests_itself_ends() -> None:
    text = """
    Resources:
      Again:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: app.yaml}
    """
    assert [template.file for template in stacks({"app.yaml": text})["app.yaml"].templates] == ["app.yaml"]


def test_an_asset_of_a_cloud_assembly() -> None:
    parent = """
    Resources:
      Network:
        Type: AWS::CloudFormation::Stack
        Metadata: {"aws:asset:path": network.nested.template.json}
        Properties: {TemplateURL: {"Fn::Sub": "https://s3.${AWS::URLSuffix}/cdk/0a1b.json"}}
    """
    found = stacks({"cdk.out/app.template.json": parent, "cdk.out/network.nested.template.json": NETWORK})
    assert len(found["cdk.out/app.template.json"].templates) == 2


def test_what_a_linked_child_is_given_does_not_leave_by_that() -> None:
    files = {"app.yaml": PARENT, "network.yaml": NETWORK, "service.yaml": SERVICE}
    _, network, _ = stacks(files)["app.yaml"].templates
    assert network.exits("Group", World()) == ()
    handed_on = PARENT + "Outputs:\n      Out: {Value: !GetAtt Network.Outputs.Group}\n"
    _, network, _ = stacks({**files, "app.yaml": handed_on})["app.yaml"].templates
    assert [exit.says for exit in network.exits("Group", World())] == ["output Group"]
    alone = stacks({"network.yaml": NETWORK})["network.yaml"].root
    assert [exit.says for exit in alone.exits("Group", World())] == ["output Group"]


def test_a_stack_exists_after_what_its_parameters_come_from() -> None:
    found = stacks({"app.yaml": PARENT, "network.yaml": NETWORK, "service.yaml": SERVICE})["app.yaml"]
    graph = ResourceGraph(found.templates)
    before = graph.dependencies(graph.resource("app.yaml#Service#Service"))
    assert "app.yaml#Network#Group" in before
    assert "app.yaml#Service#Service" not in before


# --- exports and imports


IMPORTER = """
    Parameters:
      Stack: {Type: String%s}
    Resources:
      Thing:
        Type: Some::Thing::Else
        Properties: {Vpc: {"Fn::ImportValue": !Sub "${Stack}:Vpc"}}
    """
VPC = Reference("network.yaml#Vpc")


@pytest.mark.parametrize("default", ["", ", Default: production"])
def test_an_import_is_followed_by_the_shape_of_its_name(default: str) -> None:
    found = stacks({"network.yaml": NETWORK, "service.yaml": IMPORTER % default})
    assert read(found["service.yaml"].root, "Thing", "Vpc") == VPC
    assert [template.file for template in found["service.yaml"].context] == ["network.yaml"]


def test_a_name_that_is_known_on_both_sides() -> None:
    fixed = NETWORK.replace('!Sub "${AWS::StackName}:Vpc"', "prod:Vpc")
    importer = IMPORTER.replace('!Sub "${Stack}:Vpc"', '"prod:Vpc"') % ""
    assert read(stacks({"network.yaml": fixed, "s.yaml": importer})["s.yaml"].root, "Thing", "Vpc") == VPC
    other = importer.replace("prod:Vpc", "test:Vpc")
    assert isinstance(read(stacks({"network.yaml": fixed, "s.yaml": other})["s.yaml"].root, "Thing", "Vpc"), Unknown)


def test_several_candidates_are_named_and_a_link_settles_it() -> None:
    files = {"network.yaml": NETWORK, "other.yaml": NETWORK, "service.yaml": IMPORTER % ", Default: production"}
    value = read(stacks(files)["service.yaml"].root, "Thing", "Vpc")
    assert isinstance(value, Unknown)
    assert "network.yaml, other.yaml" in value.reason
    assert "--link" in value.supply
    settled = stacks(files, {"network.yaml": "production", "other.yaml": "test"})
    assert read(settled["service.yaml"].root, "Thing", "Vpc") == VPC


def test_only_a_stack_that_exports_all_that_is_imported_can_be_meant() -> None:
    lesser = NETWORK.replace(
        "Outputs:",
        "Outputs:\n      Extra:\n        Value: !Ref One\n        Export: {Name: !Sub '${AWS::StackName}:Extra'}",
    )
    importer = (
        IMPORTER % ""
        + "          \n      Second:\n        Type: Some::Thing::Else\n"
        + '        Properties: {Extra: {"Fn::ImportValue": !Sub "${Stack}:Extra"}}\n'
    )
    found = stacks({"network.yaml": NETWORK, "full.yaml": lesser, "service.yaml": importer})
    assert read(found["service.yaml"].root, "Thing", "Vpc") == Reference("full.yaml#Vpc")


def test_an_export_that_nobody_makes() -> None:
    value = read(stacks({"service.yaml": IMPORTER % ", Default: production"})["service.yaml"].root, "Thing", "Vpc")
    assert isinstance(value, Unknown)
    assert value.reason == "export production:Vpc comes from another stack"


# --- which templates may belong together


def test_tied() -> None:
    texts = {
        "app.yaml": "Type: AWS::CloudFormation::Stack\nTemplateURL: parts/plain.yaml",
        "parts/plain.yaml": "Resources: {}",
        "alone.yaml": "Resources: {}",
        "importer.yaml": "!ImportValue x",
    }
    assert tied(texts) == {"app.yaml", "parts/plain.yaml", "importer.yaml"}


def test_what_is_exported_matters_only_to_importers() -> None:
    exporter = {"a.yaml": "Export: {Name: x}"}
    assert tied(exporter) == set()
    assert tied({**exporter, "b.yaml": "!ImportValue x"}) == {"a.yaml", "b.yaml"}


def test_a_template_that_cannot_be_read_may_be_the_exporter() -> None:
    files = {"network.yaml": NETWORK, "service.yaml": IMPORTER % ""}
    roots = {file: read_root(dedent(text), file) for file, text in files.items()}
    torn = {"other.yaml": "Outputs:\n  V:\n    Export: {Name: !Sub '${AWS::StackName}:Vpc'}\n  V: twice\n"}
    library = Library(roots, Parameters(), unreadable=torn)
    value = read({stack.root.file: stack for stack in library.stacks()}["service.yaml"].root, "Thing", "Vpc")
    assert isinstance(value, Unknown)
    assert value.split is None
    assert "network.yaml, other.yaml, not all of which can be read" in value.reason
    unrelated = Library(roots, Parameters(), unreadable={"other.yaml": "Vpc: [\nExport: {Name: cluster}"})
    assert read({stack.root.file: stack for stack in unrelated.stacks()}["service.yaml"].root, "Thing", "Vpc") == VPC


def test_an_import_that_may_not_be_made_narrows_nothing() -> None:
    fuller = NETWORK.replace(
        "Outputs:",
        "Outputs:\n      Extra:\n        Value: !Ref One\n        Export: {Name: !Sub '${AWS::StackName}:Extra'}",
    )
    second = (
        "          \n      Second:\n        Type: Some::Thing::Else\n        Condition: Sometimes\n"
        '        Properties: {Extra: {"Fn::ImportValue": !Sub "${Stack}:Extra"}}\n'
        "    Conditions:\n      Sometimes: !Equals [!Ref Stack, prod]\n"
    )
    found = stacks({"network.yaml": NETWORK, "full.yaml": fuller, "service.yaml": IMPORTER % "" + second})
    value = read(found["service.yaml"].root, "Thing", "Vpc")
    assert isinstance(value, Unknown)
    assert value.split is not None
    assert set(value.split.options) == {"network.yaml", "full.yaml"}


def test_a_part_of_a_template_proves_no_absence() -> None:
    cut_out = """
    Resources:
      Group: {Type: AWS::EC2::SecurityGroup, Properties: {VpcId: !Ref Vpc}}
    """
    (exit,) = stacks({"cut.yaml": cut_out})["cut.yaml"].root.exits("Group", World())
    assert exit.says == "Group, which refers to Vpc: the template is not whole"
    whole = cut_out + "  Vpc: {Type: AWS::EC2::VPC, Properties: {Tags: !Sub ['${Own}${!Not}', {Own: !Ref Group}]}}\n"
    assert stacks({"cut.yaml": whole})["cut.yaml"].root.exits("Group", World()) == ()
