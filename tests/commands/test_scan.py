from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from scanner.commands import main
from tests.render import snapshots

SNAPSHOTS = Path(__file__).with_name("snapshots")

TEMPLATE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Grace:
    Type: Number
Resources:
  Service:
    Type: AWS::ECS::Service
    Properties:
      HealthCheckGracePeriodSeconds: !Ref Grace
      LoadBalancers:
        - {ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Group}
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties: {Protocol: HTTP, HealthCheckPath: /}
"""


@pytest.fixture
def in_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "service.yaml"
    path.write_text(TEMPLATE)
    return path


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit status and the result document of a scan."""
    status = main(["scan", *arguments, "-o", "json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status, found


def findings(document: dict[str, Any], verdict: str = "fail") -> list[str]:
    return [f"{result['rule']}/{result['assertion']}" for result in document["results"] if result["verdict"] == verdict]


# --- whole outputs


@pytest.mark.usefixtures("in_root")
@pytest.mark.parametrize("name", ["broken.yaml", "good.yaml"])
def test_examples_as_text(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", f"examples/{name}"])
    snapshots.check(f"{name}.txt", capsys.readouterr().out, SNAPSHOTS)


@pytest.mark.usefixtures("in_root")
def test_examples_as_json(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "examples", "--all-verdicts", "-o", "json"])
    text = capsys.readouterr().out
    snapshots.check("examples.json", text, SNAPSHOTS)
    schema = json.loads((root / "reports" / "result.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads(text))


@pytest.mark.usefixtures("in_root")
def test_examples_as_sarif(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "examples", "-o", "sarif"])
    text = capsys.readouterr().out
    snapshots.check("examples.sarif", text, SNAPSHOTS)
    schema = json.loads((root / "tests" / "fixtures" / "sarif" / "sarif-2.1.0.schema.json").read_text())
    jsonschema.Draft7Validator(schema).validate(json.loads(text))


# --- exit statuses


@pytest.mark.usefixtures("in_root")
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["examples/good.yaml"], 0),
        (["examples/broken.yaml"], 1),
        (["examples/broken.yaml", "--exit-zero"], 0),
        (["examples/broken.yaml", "--select", "HC006", "--fail-on", "high"], 0),
        (["examples/broken.yaml", "--select", "HC006", "--fail-on", "medium"], 1),
        (["examples/broken.yaml", "--ignore", "NET,HC,APP"], 0),
        (["examples/nothing-here.yaml"], 2),
        (["examples/nothing-here.yaml", "examples/broken.yaml", "--exit-zero"], 2),
        (["examples", "--select", "NET999"], 2),
        (["examples", "--set", "Stage"], 2),
        (["examples", "--rule-parameter", "HC006.minimum=3"], 2),
        (["examples", "--parameters", "no-such-file.json"], 2),
        (["examples", "-o", "text", "-o", "json"], 2),
        (["examples", "-o", "json=/dev/null/no/folder"], 2),
        (["examples", "--rules", "no-such-folder"], 2),
    ],
)
def test_exit_status(arguments: Sequence[str], status: int) -> None:
    assert main(["scan", *arguments]) == status


def test_undecided_counts_on_wish_only(template: Path) -> None:
    assert main(["scan", str(template), "--select", "HC006"]) == 0
    assert main(["scan", str(template), "--select", "HC006", "--fail-on-undecided"]) == 1


@pytest.mark.parametrize(
    "arguments", [["scan"], ["scan", "x", "-o", "pdf"], ["scan", "x", "--fail-on", "never"], ["go"]]
)
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit:
        main(arguments)
    assert exit.value.code == 2
    assert "usage: clearway" in capsys.readouterr().err


# --- values


def test_a_value_decides(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert findings(document(capsys, "service.yaml")[1], "undecided").count("HC006/enough") == 1
    assert "HC006/enough" in findings(document(capsys, "service.yaml", "--set", "Grace=0")[1])
    assert not [name for name in findings(document(capsys, "service.yaml", "--set", "Grace=9")[1]) if "HC006" in name]


def test_undecided_says_how_to_decide(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, found = document(capsys, "service.yaml", "--select", "HC006")
    (unknown,) = found["results"][0]["unknown"]
    assert unknown["reason"] == "parameter Grace has no value and no default"
    assert unknown["supply"] == "--set Grace=..."


def test_a_parameter_file(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (template.parent / "values.json").write_text('[{"ParameterKey": "Grace", "ParameterValue": "0"}]')
    _, found = document(capsys, "service.yaml", "--parameters", "values.json")
    assert "HC006/enough" in findings(found)
    _, found = document(capsys, "service.yaml", "--parameters", "values.json", "--set", "Grace=60")
    assert "HC006/enough" not in findings(found)


def test_a_rule_parameter(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["service.yaml", "--set", "Grace=60", "--select", "HC006"]
    assert not findings(document(capsys, *options)[1])
    assert findings(document(capsys, *options, "--rule-parameter", "HC006.minimum_seconds=90")[1]) == ["HC006/enough"]


# --- bad input beside good


def test_other_files_are_scanned_all_the_same(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = template.parent / "torn.yaml"
    broken.write_text("AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  A: [\n")
    (template.parent / "values.yaml").write_text("replicas: 3\n")
    status, found = document(capsys, ".", "--set", "Grace=0")
    assert status == 2
    (error,) = found["errors"]
    assert (error["file"], error["line"]) == ("torn.yaml", 3)
    assert "HC006/enough" in findings(found)
    assert found["notes"] == [{"file": "values.yaml", "message": "skipped: not a template"}]


def test_a_rule_that_is_wrong_is_told_and_the_others_run(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = template.parent / "rules"
    rules.mkdir()
    (rules / "BAD001.yaml").write_text("id: BAD001\nname: bad\n")
    status, found = document(capsys, "service.yaml", "--rules", "rules", "--set", "Grace=0")
    assert status == 2
    assert any(error["file"].endswith("BAD001.yaml") for error in found["errors"])
    assert "HC006/enough" in findings(found)


def test_secrets_are_blanked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = TEMPLATE + (
        "  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      ContainerDefinitions:\n"
        "        - Name: web\n          Environment: [{Name: DSN, Value: hunter2}]\n"
        "          PortMappings: [{ContainerPort: 80}]\n"
    )
    (tmp_path / "service.yaml").write_text(
        text.replace(
            "Properties:\n      HealthCheck", "Properties:\n      TaskDefinition: !Ref Task\n      HealthCheck"
        )
    )
    _, found = document(capsys, "service.yaml", "--select", "APP001")
    assert findings(found) == ["APP001/driver"]
    assert "hunter2" not in json.dumps(found)
    assert "*******" in json.dumps(found)


# --- reports in files


def test_several_reports(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = template.parent / "out"
    outputs = [f"{name}={folder / 'report'}.{name}" for name in ("html", "sarif", "json")]
    main(["scan", "service.yaml", "-o", "text", *(part for output in outputs for part in ("-o", output))])
    assert "undecided" in capsys.readouterr().out
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json", "report.sarif"]
    assert json.loads((folder / "report.json").read_text())["format"] == "clearway-result/1"


def test_text_is_plain_in_a_pipe(template: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["scan", "service.yaml"])
    assert "\x1b" not in capsys.readouterr().out
    main(["scan", "service.yaml", "--colour", "always"])
    assert "\x1b[" in capsys.readouterr().out


# --- many templates


def test_parallel_is_serial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for number in range(60):
        (tmp_path / f"service{number:02}.yaml").write_text(TEMPLATE.replace("path: /", f"path: /{number}"))
    one = document(capsys, ".", "--jobs", "1")
    two = document(capsys, ".", "--jobs", "2")
    assert one == two
    assert len(one[1]["inputs"]) == 60


# --- start-up


@pytest.mark.parametrize("format", ["text", "json"])
def test_no_heavy_import(format: str, root: Path) -> None:
    script = (
        "import sys; from scanner.commands import main\n"
        f"main(['scan', 'examples', '-q', '-o', '{format}=/dev/null'])\n"
        "print(*sorted(m for m in ('jinja2', 'jsonschema', 'boto3', 'concurrent') if m in sys.modules))"
    )
    # The first scan compiles the rules where no compiled form is kept yet; later ones find it.
    for _ in range(2):
        found = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert found.stdout == "\n"


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("clearway 0.")
    with pytest.raises(SystemExit) as exit:
        main(["scan", "--help"])
    assert exit.value.code == 0
    text = capsys.readouterr().out
    assert "examples:" in text
    assert "--fail-on-undecided" in text


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "--fail-on" in script
    assert "sarif" in script or "completion" in script
    if shell == "bash":
        file = tmp_path / "clearway.bash"
        file.write_text(script)
        assert subprocess.run(["bash", "-n", str(file)], check=False).returncode == 0
