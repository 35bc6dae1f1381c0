from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent
from typing import Any

import pytest

from scanner.model import Choice, Fork, Items, Reference, ResourceGraph, Unknown, World, explore
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


# --- what a parent passes for a list, or for the name of an SSM parameter


LISTS = """
    Parameters:
      Ids: {Type: CommaDelimitedList}
      Stored: {Type: "AWS::SSM::Parameter::Value<String>", Default: /other}
      Block: {Type: String, Default: 10.0.0.0/8}
    Resources:
      Thing:
        Type: Some::Thing::Else
        Properties: {Ids: !Ref Ids, Stored: !Ref Stored, Blocks: !Cidr [!Ref Block, 2, 8]}
    """


def passed(given: str) -> Template:
    """The nested stack of a parent with a network and two subnets that passes some parameters."""
    parent = f"""
    Parameters:
      Listed: {{Type: "List<AWS::EC2::Subnet::Id>"}}
      Single: {{Type: "AWS::EC2::Subnet::Id"}}
    Resources:
      Vpc: {{Type: AWS::EC2::VPC, Properties: {{CidrBlock: 10.7.0.0/16}}}}
      One: {{Type: AWS::EC2::Subnet}}
      Two: {{Type: AWS::EC2::Subnet}}
      Child:
        Type: AWS::CloudFormation::Stack
        Properties: {{TemplateURL: lists.yaml, Parameters: {{{given}}}}}
    """
    return stacks({"app.yaml": parent, "lists.yaml": LISTS})["app.yaml"].templates[1]


TWO = [Reference("app.yaml#One"), Reference("app.yaml#Two")]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("!Join [',', [!Ref One, !Ref Two]]", TWO),
        ("[!Join [',', [!Ref One, !Ref Two]]]", TWO),
        ("[!Ref One, !Ref Two]", TWO),
        ("['subnet-1,subnet-2']", ["subnet-1", "subnet-2"]),
        ("['subnet-1,subnet-2', !Ref One]", ["subnet-1", "subnet-2", TWO[0]]),
        ("!Ref One", TWO[:1]),
        ("[7]", [7]),
    ],
)
def test_a_list_that_is_passed_is_cut_at_its_commas(given: str, expected: list[Any]) -> None:
    found = read(passed(f"Ids: {given}"), "Thing", "Ids")
    assert isinstance(found, Items)
    assert found.rest is None
    assert [item.value for item in found.items] == expected


@pytest.mark.parametrize("given", ["!Join [',', !Ref Listed]", "[!Join [',', !Ref Listed]]", "!Ref Listed"])
def test_a_list_that_is_not_known_stays_that_list(given: str) -> None:
    found = read(passed(f"Ids: {given}"), "Thing", "Ids")
    assert isinstance(found, Unknown)
    assert found.key == ("parameter", "app.yaml", "Listed")


def test_an_element_that_is_not_known_stays_one_element() -> None:
    found = read(passed("Ids: [!Ref Single]"), "Thing", "Ids")
    assert isinstance(found, Items)
    assert [item.value.key for item in found.items] == [("parameter", "app.yaml", "Single")]


def test_what_is_passed_for_an_ssm_parameter_is_its_name() -> None:
    found = read(passed("Ids: a, Stored: /mine"), "Thing", "Stored")
    assert isinstance(found, Unknown)
    assert found.key == ("ssm", "/mine")
    assert found.reason == "parameter Stored is read from SSM parameter /mine when the stack is deployed"


def test_the_block_of_a_parents_network_is_cut_into_subnets() -> None:
    found = read(passed("Ids: a, Block: !GetAtt Vpc.CidrBlock"), "Thing", "Blocks")
    assert [item.value for item in found.items] == ["10.7.0.0/24", "10.7.1.0/24"]


# --- imports under one name, in several templates


def cluster(zone: str, more: str = "") -> str:
    return f"""
    Parameters: {{Name: {{Type: String, Default: production}}}}
    Resources:
      Public: {{Type: AWS::EC2::Subnet, Properties: {{AvailabilityZone: {zone}}}}}
      Private: {{Type: AWS::EC2::Subnet, Properties: {{AvailabilityZone: {zone}}}}}
    Outputs:
      Public: {{Value: !Ref Public, Export: {{Name: !Sub "${{Name}}:Public"}}}}
      {more}
    """


INGRESS = """
    Parameters: {Stage: {Type: String, Default: production}}
    Resources:
      Balancer:
        Type: AWS::ElasticLoadBalancingV2::LoadBalancer
        Properties: {Subnets: [{"Fn::ImportValue": !Sub "${Stage}:Public"}]}
    Outputs:
      Balancer: {Value: !Ref Balancer, Export: {Name: !Sub "${Stage}:Balancer"}}
    """
TASKS = """
    Parameters: {Environment: {Type: String, Default: production}}
    Resources:
      Service:
        Type: AWS::ECS::Service
        Properties:
          Balancer: {"Fn::ImportValue": !Sub "${Environment}:Balancer"}
          Subnets: [{"Fn::ImportValue": !Sub "${Environment}:Private"}]
    """
PRIVATE = 'Private: {Value: !Ref Private, Export: {Name: !Sub "${Name}:Private"}}'


def public_subnet(files: Mapping[str, str]) -> Any:
    """The subnet of the load balancer, as the stack of the service sees it."""
    stack = stacks(files)["tasks.yaml"]
    graph = ResourceGraph((*stack.templates, *stack.context), stack.world)
    [subnet] = graph.resource("ingress.yaml#Balancer").get("Subnets").value.items
    return subnet.value


@pytest.mark.parametrize("default", [", Default: production", ""])
def test_what_is_imported_under_one_name_comes_from_one_stack(default: str) -> None:
    """Only one cluster exports what the service imports, so that the load balancer is in that one as well."""
    files = {
        "private.yaml": cluster("a", PRIVATE),
        "public.yaml": cluster("b"),
        "ingress.yaml": INGRESS,
        "tasks.yaml": TASKS,
    }
    files = {file: text.replace(", Default: production", default) for file, text in files.items()}
    assert public_subnet(files) == Reference("private.yaml#Public")


def test_a_stack_of_another_name_is_another_stack() -> None:
    files = {
        "private.yaml": cluster("a", PRIVATE),
        "public.yaml": cluster("b"),
        "ingress.yaml": INGRESS.replace("${Stage}:Public", "${Stage}-net:Public"),
        "tasks.yaml": TASKS,
    }
    files["other.yaml"] = cluster("c").replace("${Name}:", "${Name}-net:")
    assert public_subnet(files) == Reference("other.yaml#Public")


def test_several_stacks_that_export_all_stay_several() -> None:
    files = {
        "one.yaml": cluster("a", PRIVATE),
        "two.yaml": cluster("b", PRIVATE),
        "three.yaml": cluster("c"),
        "ingress.yaml": INGRESS,
        "tasks.yaml": TASKS,
    }
    found = public_subnet(files)
    assert isinstance(found, Unknown)
    assert found.split is not None
    assert found.split.options == ("one.yaml", "two.yaml")


def test_an_exporter_that_is_sure_settles_names_as_well() -> None:
    """The service imports nothing but the load balancer, whose own imports only one cluster makes."""
    files = {
        "private.yaml": cluster("a", PRIVATE),
        "public.yaml": cluster("b"),
        "ingress.yaml": INGRESS.replace("[{", '[{"Fn::ImportValue": !Sub "${Stage}:Private"}, {'),
        "tasks.yaml": TASKS.replace("${Environment}:Private", "${Environment}:Public"),
    }
    stack = stacks(files)["tasks.yaml"]
    graph = ResourceGraph((*stack.templates, *stack.context), stack.world)
    [subnet] = graph.resource("tasks.yaml#Service").get("Subnets").value.items
    assert subnet.value == Reference("private.yaml#Public")


def network(*more: str) -> str:
    """A stack that exports a group for tasks, and that under further names."""
    exported = "".join(f'{name}: {{Value: !Ref Tasks, Export: {{Name: !Sub "${{Name}}:{name}"}}}}, ' for name in more)
    return f"""
    Parameters: {{Name: {{Type: String, Default: production}}}}
    Resources: {{Tasks: {{Type: AWS::EC2::SecurityGroup}}}}
    Outputs: {{{exported}Tasks: {{Value: !Ref Tasks, Export: {{Name: !Sub "${{Name}}:Tasks"}}}}}}
    """


OPENING = """
    Parameters: {Name: {Type: String, Default: production}}
    Resources:
      Group: {Type: AWS::EC2::SecurityGroup}
      Rule:
        Type: AWS::EC2::SecurityGroupIngress
        Properties: {GroupId: {"Fn::ImportValue": !Sub "${Name}:Tasks"}, Tag: {"Fn::ImportValue": !Sub "${Name}:One"}}
    Outputs:
      Listener: {Value: !Ref Group, Export: {Name: !Sub "${Name}:Listener"}}
    """
USING = """
    Parameters: {Name: {Type: String, Default: production}}
    Resources:
      Service:
        Type: AWS::ECS::Service
        Properties:
          Listener: {"Fn::ImportValue": !Sub "${Name}:Listener"}
          Group: {"Fn::ImportValue": !Sub "${Name}:Tasks"}
    """


def readings(files: Mapping[str, str]) -> set[tuple[str, ...]]:
    """The listener and the group of the service, and the group of the load balancer's rule, in every reading."""

    def addresses(view: ResourceGraph) -> tuple[str, ...]:
        found = []
        for address, name in (
            ("use.yaml#Service", "Listener"),
            ("use.yaml#Service", "Group"),
            ("lb.yaml#Rule", "GroupId"),
        ):
            value = view.resource(address).get(name).value
            if isinstance(value, Unknown):
                assert value.split is not None
                options = (Choice(value.split.symbol, one, "", reads=value) for one in value.split.options)
                raise Fork(tuple(options))
            found.append(value.address.partition(".")[0])
        return tuple(found)

    stack = stacks(files)["use.yaml"]
    graph = ResourceGraph((*stack.templates, *stack.context), stack.world)
    return {found for _, found in explore(graph, addresses)}


TWO_NETWORKS = {"b.yaml": network("One"), "c.yaml": network("One")}


def test_a_name_that_is_made_elsewhere_does_not_keep_others_from_being_narrowed() -> None:
    """The listener, of the same prefix, is made by the load balancer's stack; the service names no other subnet."""
    files = {"a.yaml": network(), **TWO_NETWORKS, "lb.yaml": OPENING}
    using = USING.replace("Group:", 'Tag: {"Fn::ImportValue": !Sub "${Name}:One"}\n          Group:')
    template = stacks({**files, "use.yaml": using})["use.yaml"].root
    found = read(template, "Service", "Group")
    assert isinstance(found, Unknown)
    assert found.split is not None
    assert found.split.options == ("b.yaml", "c.yaml")


def test_one_export_has_one_exporter_for_all_who_import_it() -> None:
    """Which load balancer it is decides nothing here, so that neither of them narrows the networks."""
    files = {"a.yaml": network(), **TWO_NETWORKS, "lb.yaml": OPENING, "other.yaml": OPENING, "use.yaml": USING}
    assert readings(files) == {(one, net, net) for one in ("lb", "other") for net in ("a", "b", "c")}


def test_a_load_balancer_that_is_sure_narrows_the_networks() -> None:
    files = {"a.yaml": network(), **TWO_NETWORKS, "lb.yaml": OPENING, "use.yaml": USING}
    assert readings(files) == {("lb", net, net) for net in ("b", "c")}


def test_names_of_one_prefix_that_no_template_makes_together_are_of_two_stacks() -> None:
    files = {"a.yaml": network("Two"), "b.yaml": network("Two"), "c.yaml": network("One"), "d.yaml": network("One")}
    files |= {"lb.yaml": OPENING, "other.yaml": OPENING}
    using = USING.replace("Group:", 'Tag: {"Fn::ImportValue": !Sub "${Name}:Two"}\n          Group:')
    found = readings({**files, "use.yaml": using})
    assert found == {(one, net, net) for one in ("lb", "other") for net in ("a", "b")}


def test_stacks_of_two_names_are_not_made_one_by_a_choice() -> None:
    """Each parent has a load balancer in a network of its own; the service names a network and a load balancer."""
    network_ = network("One").replace("Default: production", "Default: ''").replace("${Name}", "${AWS::StackName}")
    balancer = OPENING.replace(", Default: production", "").replace("${Name}:Listener", "${AWS::StackName}:Listener")
    parent = """
    Resources:
      Net: {Type: AWS::CloudFormation::Stack, Properties: {TemplateURL: net.yaml}}
      Lb:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: lb.yaml, Parameters: {Name: !GetAtt Net.Outputs.Own}}
    """
    using = """
    Parameters: {Network: {Type: String}, Balancer: {Type: String}}
    Resources:
      Service:
        Type: AWS::ECS::Service
        Properties:
          Listener: {"Fn::ImportValue": !Sub "${Balancer}:Listener"}
          Group: {"Fn::ImportValue": !Sub "${Network}:Tasks"}
    """
    files = {
        "net.yaml": network_.replace("Outputs: {", "Outputs: {Own: {Value: !Ref AWS::StackName}, "),
        "lb.yaml": balancer,
    }
    files |= {"blue.yaml": parent, "green.yaml": parent, "use.yaml": using}
    stack = stacks(files)["use.yaml"]

    def seen(view: ResourceGraph) -> tuple[str, ...]:
        service = view.resource("use.yaml#Service")
        found = [service.get(name).value for name in ("Listener", "Group")]
        for value in found:
            if isinstance(value, Unknown):
                assert value.split is not None
                raise Fork(tuple(Choice(value.split.symbol, one, "", reads=value) for one in value.split.options))
        balancer = found[0].address.rpartition("#")[0]
        found.append(view.resource(f"{balancer}#Rule").get("GroupId").value)
        return tuple(value.address.partition(".")[0] for value in found)

    graph = ResourceGraph((*stack.templates, *stack.context), stack.world)
    both = ("blue", "green")
    assert {found for _, found in explore(graph, seen)} == {(one, other, one) for one in both for other in both}


def test_a_template_that_imports_nothing_is_read_once_for_all_readings() -> None:
    files = {"one.yaml": cluster("a", PRIVATE), "two.yaml": cluster("b", PRIVATE), "ingress.yaml": INGRESS}
    stack = stacks(files)["ingress.yaml"]
    one, two = (
        World().assume(Choice(("exporter", "production"), file, "", reads="an import"))
        for file in ("one.yaml", "two.yaml")
    )
    assert stack.context[0].resource("Public", one) is stack.context[0].resource("Public", two)
    assert stack.root.resource("Balancer", one) is not stack.root.resource("Balancer", two)


NAMING = """
    Parameters: {Given: {Type: String}}
    Resources:
      Group: {Type: AWS::EC2::SecurityGroup}
      Own: {Type: T, Properties: {A: !Ref Group}}
      Text: {Type: T, Properties: {A: !Sub "${Group.GroupId}"}}
      Other: {Type: T, Properties: {A: !Ref Own, B: !Ref Given}}
      Imports: {Type: T, Properties: {A: !ImportValue x}}
    """


def test_what_cannot_name_a_resource() -> None:
    root = stacks({"app.yaml": NAMING})["app.yaml"].root
    assert [id for id in root.types if root.may_name(id, "app.yaml#Group")] == ["Own", "Text", "Imports"]
    assert [id for id in root.types if root.may_name(id, "else.yaml#Group")] == ["Imports"]
    parent = """
    Resources:
      Group: {Type: AWS::EC2::SecurityGroup}
      Child:
        Type: AWS::CloudFormation::Stack
        Properties: {TemplateURL: app.yaml, Parameters: {Given: !Ref Group}}
      After: {Type: T, Properties: {A: !GetAtt Child.Outputs.B}}
    """
    top, child = stacks({"app.yaml": NAMING, "top.yaml": parent})["top.yaml"].templates
    assert [id for id in child.types if child.may_name(id, "top.yaml#Group")] == ["Other", "Imports"]
    assert [id for id in top.types if top.may_name(id, f"{child.name}#Group")] == ["After"]
