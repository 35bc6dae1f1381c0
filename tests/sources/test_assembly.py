from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from scanner.sources.assembly import Frame, complete, innermost, read_assembly, source_of
from scanner.sources.discover import Discovery, discover
from scanner.syntax import SyntaxProblem

TEMPLATE = {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Metadata": {"aws:cdk:path": "Net/Vpc/Resource"}}}}
STACK = "aws:cloudformation:stack"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(path: str, content: object) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(content if isinstance(content, str) else json.dumps(content))


def stack(template: str, **more: Any) -> dict[str, Any]:
    properties = {"templateFile": template, **more.pop("properties", {})}
    return {"type": STACK, "environment": "aws://unknown-account/unknown-region", "properties": properties, **more}


def assembly(folder: str, artifacts: dict[str, Any], *templates: str) -> None:
    write(f"{folder}/manifest.json", {"version": "48.0.0", "artifacts": artifacts})
    write(f"{folder}/cdk.out", '{"version":"48.0.0"}')
    for template in templates:
        write(f"{folder}/{template}", TEMPLATE)


def displays(found: Discovery) -> list[str]:
    return [file.display for file in found.files]


# --- the manifest


def test_names_and_environments(here: Path) -> None:
    stacks = {
        "Net": stack("Net.template.json", properties={"stackName": "shop-network"}),
        "Web": stack("Web.template.json", environment="aws://111122223333/eu-central-1"),
    }
    assembly("cdk.out", stacks, "Net.template.json", "Web.template.json")
    deployed = discover(["cdk.out"]).deployed
    net, web = deployed["cdk.out/Net.template.json"], deployed["cdk.out/Web.template.json"]
    assert (net.stack, net.account, net.region) == ("shop-network", "", "")
    assert (web.stack, web.account, web.region) == ("Web", "111122223333", "eu-central-1")


def test_nested_templates_are_those_that_the_assets_of_a_stack_upload(here: Path) -> None:
    destination = {"current": {"bucketName": "b", "objectKey": "some/prefix/abc.json"}}
    files = {
        "1": {"source": {"path": "WebApi.nested.template.json"}, "destinations": destination},
        "2": {"source": {"path": "asset.code"}, "destinations": {"current": {"objectKey": "code.zip"}}},
    }
    artifacts = {
        "Web.assets": {"type": "cdk:asset-manifest", "properties": {"file": "Web.assets.json"}},
        "Web": stack("Web.template.json", environment="aws://1/eu-west-1", dependencies=["Web.assets"]),
    }
    assembly("cdk.out", artifacts, "Web.template.json", "WebApi.nested.template.json")
    write("cdk.out/Web.assets.json", {"version": "48.0.0", "files": files})
    nested = discover(["cdk.out"]).deployed["cdk.out/WebApi.nested.template.json"]
    assert nested.keys == ("abc.json",)
    assert (nested.stack, nested.region) == ("", "eu-west-1")


def test_a_template_that_no_stack_has_any_more_is_left_out_with_a_note(here: Path) -> None:
    assembly("cdk.out", {"Net": stack("Net.template.json")}, "Net.template.json", "Old.template.json")
    found = discover(["cdk.out"])
    assert displays(found) == ["cdk.out/Net.template.json"]
    assert found.notes == (
        ("cdk.out/Old.template.json", "skipped: a left-over template, no stack of its cloud assembly has it"),
    )


def test_the_files_of_an_assembly_are_not_noted(here: Path) -> None:
    artifacts = {
        "Net": stack("Net.template.json", additionalMetadataFile="Net.metadata.json"),
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
    }
    assembly("cdk.out", artifacts, "Net.template.json")
    for name in ("Net.metadata.json", "tree.json", "validation-report.json"):
        write(f"cdk.out/{name}", {})
    write("cdk.out/other.json", {})
    assert discover(["cdk.out"]).notes == (("cdk.out/other.json", "skipped: not a template"),)


def test_a_named_manifest_stands_for_the_templates_of_all_stages(here: Path) -> None:
    stage = {"Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}
    assembly("cdk.out", {"Net": stack("Net.template.json"), **stage}, "Net.template.json", "unrelated.json")
    assembly("cdk.out/assembly-Prod", {"ProdNet": stack("ProdNet.template.json")}, "ProdNet.template.json")
    found = discover(["cdk.out/manifest.json"])
    assert displays(found) == ["cdk.out/Net.template.json", "cdk.out/assembly-Prod/ProdNet.template.json"]
    assert found.notes == ()
    assert {one.app for one in found.deployed.values()} == {str(here)}


def test_a_named_template_knows_its_assembly(here: Path) -> None:
    stacks = {name: stack(f"{name}.template.json") for name in ("Net", "Web")}
    assembly("cdk.out", stacks, "Net.template.json", "Web.template.json")
    found = discover(["cdk.out/Web.template.json"])
    assert displays(found) == ["cdk.out/Web.template.json"]
    assert found.deployed["cdk.out/Web.template.json"].stack == "Web"
    assert complete(found.deployed) == frozenset()
    assert complete(discover(["cdk.out"]).deployed) == {"cdk.out/Net.template.json", "cdk.out/Web.template.json"}


def test_an_ignored_assembly_is_read_if_it_is_named(here: Path) -> None:
    assembly("cdk.out", {"Net": stack("Net.template.json")}, "Net.template.json")
    write(".gitignore", "cdk.out\n")
    assert displays(discover(["."])) == []
    assert displays(discover(["cdk.out"])) == ["cdk.out/Net.template.json"]


def test_a_manifest_that_cannot_be_read_is_a_problem_with_the_name_the_user_knows(here: Path) -> None:
    write("cdk.out/manifest.json", '{"version": "1", "artifacts": ')
    (problem,) = discover(["cdk.out"]).problems
    assert str(problem).startswith("cdk.out/manifest.json:1:1: the cloud assembly cannot be read")


def test_a_template_that_is_missing_is_a_problem(here: Path) -> None:
    assembly("cdk.out", {"Net": stack("Net.template.json")})
    (problem,) = discover(["cdk.out/manifest.json"]).problems
    assert str(problem) == "cdk.out/Net.template.json:1:1: the file does not exist"


@pytest.mark.parametrize(
    "manifest",
    [
        {"name": "an app", "icons": []},
        [],
        {"version": "1", "artifacts": []},
        {"artifacts": {}},
    ],
)
def test_other_manifests_are_no_assemblies(here: Path, manifest: object) -> None:
    write("public/manifest.json", manifest)
    assert read_assembly("public") is None
    assert discover(["public"]).notes == (("public/manifest.json", "skipped: not a template"),)


@pytest.mark.parametrize(
    "artifact",
    [
        None,
        {"type": STACK},
        {"type": STACK, "properties": {"templateFile": 3}},
        {"type": STACK, "properties": {"templateFile": "../outside.json"}},
        {"type": STACK, "properties": {"templateFile": "/etc/outside.json"}},
        {"type": "cdk:asset-manifest", "properties": {"file": "../outside.json"}},
    ],
)
def test_malformed_artifacts_and_paths_that_lead_out_are_passed_over(here: Path, artifact: object) -> None:
    write("outside.json", TEMPLATE)
    assembly("cdk.out", {"X": artifact})
    found = read_assembly("cdk.out")
    assert found is not None
    assert found.templates == {}


def test_torn_assets_are_a_problem(here: Path) -> None:
    assembly("cdk.out", {"A": {"type": "cdk:asset-manifest", "properties": {"file": "A.assets.json"}}})
    write("cdk.out/A.assets.json", "{")
    with pytest.raises(SyntaxProblem, match="the cloud assembly cannot be read"):
        read_assembly("cdk.out")


# --- where the app makes a construct


@pytest.mark.parametrize(
    ("written", "frame"),
    [
        ("Object.<anonymous> (/build/app.js:6:15)", Frame("/build/app.js", 6, 15)),
        ("at new Shop (C:\\build\\lib\\shop.ts:3:4)", Frame("C:\\build\\lib\\shop.ts", 3, 4)),
        ("new Shop (/build/my app/shop.ts:3:4)", Frame("/build/my app/shop.ts", 3, 4)),
        ("/build/shop.ts:3:4", Frame("/build/shop.ts", 3, 4)),
        ("com.acme.App.main(App.java:23)", Frame("App.java", 23, 1)),
        ("new Vpc (/build/node_modules/aws-cdk-lib/aws-ec2/lib/vpc.js:1:29)", None),
        ("Module._compile (node:internal/modules/cjs/loader:1521:14)", None),
        (".../x/node_modules/aws-cdk-lib/aws-ec2/lib/vpc.js:1:291 in aws-cdk-lib...", None),
        ("...new FargateService2 in aws-cdk-lib...", None),
        ("(no user code in 10 frames, use --stack-trace-limit to capture more)", None),
        ("Array.forEach (:)", None),
        ("", None),
    ],
)
def test_frames(written: str, frame: Frame | None) -> None:
    assert innermost([written]) == frame


def test_the_innermost_line_of_the_app_counts() -> None:
    trace = ["new Vpc (/b/node_modules/x.js:1:1)", "new Shop (/b/shop.ts:3:4)", "main (/b/app.ts:9:1)"]
    assert innermost(trace) == Frame("/b/shop.ts", 3, 4)
    assert innermost("no list") is None
    assert innermost([None, 3]) is None


def made(here: Path, metadata: object) -> Any:
    assembly("cdk.out", {"Net": stack("Net.template.json", additionalMetadataFile="Net.metadata.json")})
    write("cdk.out/Net.metadata.json", metadata)
    found = read_assembly("cdk.out")
    assert found is not None
    return found.templates[str(here / "cdk.out" / "Net.template.json")]


def creation(*trace: str) -> list[dict[str, Any]]:
    return [{"type": "aws:cdk:logicalId", "data": "X"}, {"type": "aws:cdk:creationStack", "data": list(trace)}]


def test_a_construct_without_a_line_has_that_of_the_nearest_around_it(here: Path) -> None:
    metadata = {
        "/Net": creation("main (/b/app.ts:1:1)"),
        "/Net/Web/Balancer/Resource": creation("main (/b/app.ts:5:3)"),
        "/Net/Web/Service/Service": creation("...aws-cdk-lib..."),
        "/Net/Other": creation("main (/b/app.ts:7:3)"),
    }
    deployed = made(here, metadata)
    lines = {
        path: deployed.made_by(path).line
        for path in ("Net/Web/Balancer/Resource", "Net/Web/Service/Service", "Net/Other/Deep/Down", "Net/New")
    }
    assert lines == {
        "Net/Web/Balancer/Resource": 5,
        "Net/Web/Service/Service": 5,
        "Net/Other/Deep/Down": 7,
        "Net/New": 1,
    }


@pytest.mark.parametrize("metadata", ["{", [], {"/Net": None}, {"/Net": [None, {"type": "aws:cdk:creationStack"}]}])
def test_metadata_that_says_nothing(here: Path, metadata: object) -> None:
    deployed = made(here, metadata)
    assert deployed.made_by("Net/Vpc") is None
    assert deployed.made_by("") is None


def test_the_trace_of_a_logical_id_in_the_manifest_itself(here: Path) -> None:
    """As assemblies had it before version 48, with the whole metadata in the manifest."""
    entry = {"type": "aws:cdk:logicalId", "data": "X", "trace": ["main (/b/app.ts:5:3)"]}
    assembly("cdk.out", {"Net": stack("Net.template.json", metadata={"/Net/Vpc": [entry]})})
    found = read_assembly("cdk.out")
    assert found is not None
    (deployed,) = found.templates.values()
    assert deployed.made_by("Net/Vpc") == Frame("/b/app.ts", 5, 3)


def test_the_source_of_a_frame_is_below_the_app(here: Path) -> None:
    write("shop/lib/net.ts", "1\n")
    write("net.ts", "2\n")
    app = str(here / "shop")
    assert source_of(Frame(f"{app}/lib/net.ts", 1, 1), app) == f"{app}/lib/net.ts"
    assert source_of(Frame("/elsewhere/shop/lib/net.ts", 1, 1), app) == f"{app}/lib/net.ts"
    assert source_of(Frame("C:\\elsewhere\\lib\\net.ts", 1, 1), app) == f"{app}/lib/net.ts"
    assert source_of(Frame("lib/net.ts", 1, 1), app) == f"{app}/lib/net.ts"
    for other in (str(here / "net.ts"), "../net.ts", "/etc/passwd", "lib", ""):
        assert source_of(Frame(other, 1, 1), app) == ""


def test_a_link_does_not_lead_out_of_the_app(here: Path) -> None:
    write("secret.ts", "x\n")
    (here / "shop").mkdir()
    (here / "shop" / "net.ts").symlink_to(here / "secret.ts")
    assert source_of(Frame("net.ts", 1, 1), str(here / "shop")) == ""


def test_the_fixture_is_whole(root: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(root / "tests" / "fixtures" / "cdk", tmp_path / "cdk")
    found = discover([str(copied)])
    assert found.notes == ()
    assert found.problems == ()
    assert len(complete(found.deployed)) == len(found.files) == 12
