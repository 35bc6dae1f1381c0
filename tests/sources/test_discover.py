from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scanner.sources.discover import SKIPPED_SNAPSHOT, Discovery, discover, kind_of

TEMPLATE = "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Vpc:\n    Type: AWS::EC2::VPC\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, which no .gitignore above it reaches."""
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / ".git").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def write(*paths: str, text: str = TEMPLATE) -> None:
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(text)


def displays(found: Discovery) -> list[str]:
    return [file.display for file in found.files]


def problems(found: Discovery) -> list[str]:
    return [str(problem) for problem in found.problems]


# What is a template

JSON = '{"Resources": {"Vpc": {"Type": "AWS::EC2::VPC"}}}'

TEMPLATES = {
    "with a version": TEMPLATE,
    "without a version": "Resources:\n  Vpc:\n    Type: AWS::EC2::VPC\n",
    "double quotes": 'Resources:\n  Vpc:\n    "Type": "AWS::EC2::VPC"\n',
    "single quotes": "'Resources' :\n  Vpc: {'Type': 'AWS::EC2::VPC'}\n",
    "serverless": "Resources:\n  F:\n    Type: AWS::Serverless::Function\n",
    "separator and comments": "---\n# Resources\n\nResources:  # all\n  # none\n\n  Vpc:\n    Type: AWS::EC2::VPC\n",
    "a directive": "%YAML 1.1\n---\nResources:\n  Vpc:\n    Type: AWS::EC2::VPC\n",
    "windows": "# x\r\n\r\nResources:\r\n\r\n  Vpc:\r\n    Type: AWS::EC2::VPC\r\n",
    "indented": "  Resources:\n    Vpc:\n      Type: AWS::EC2::VPC\n",
    "on one line": "Resources: {Vpc: {Type: AWS::EC2::VPC}}\n",
    "an anchor": "Resources: &all\n  Vpc:\n    Type: AWS::EC2::VPC\n",
    "only custom types": "AWSTemplateFormatVersion: 2010-09-09\nResources:\n  X:\n    Type: Custom::X\n",
    "a syntax error": "Resources:\n  Vpc:\n\tType: AWS::EC2::VPC\n",
    "an item that looks like a list": "Resources:\n  -Vpc:\n    Type: AWS::EC2::VPC\n",
    "json": JSON,
    "json with line breaks": '\n{\n "Resources" : {\n  "Vpc": {\n   "Type" :\n "AWS::EC2::VPC"}}}',
    "json with a syntax error": JSON + "}",
    "nested without bounds": '{"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "X": ' + "[" * 100_000,
    "flow style": "{Resources: {Vpc: {Type: AWS::EC2::VPC, VpcId: !Ref X}}}",
}

OTHERS = {
    "nothing": "",
    "a version only": "AWSTemplateFormatVersion: '2010-09-09'\nParameters: {}\n",
    "an app spec": "version: 0.0\nResources:\n  - TargetService:\n      Type: AWS::ECS::Service\n",
    "an app spec without indentation": "Resources:\n# the service\n- TargetService:\n    Type: AWS::ECS::Service\n",
    "an app spec in json": '{"version": 0.0, "Resources": [{"TargetService": {"Type": "AWS::ECS::Service"}}]}',
    "an app spec on one line": "Resources: [{TargetService: {Type: AWS::ECS::Service}}]\n",
    "text": "Resources: none, see Type: AWS::EC2::VPC\n",
    "a rule": "id: NET001\nmatch: {bucket: AWS::S3::Bucket}\nexamples:\n  base:\n    Resources:\n"
    "      Bucket:\n        Type: AWS::S3::Bucket\n",
    "kubernetes": "apiVersion: v1\nkind: ConfigMap\ndata:\n  template.yaml: |\n"
    "    AWSTemplateFormatVersion: '2010-09-09'\n    Resources:\n      Vpc:\n        Type: AWS::EC2::VPC\n",
    "a workflow": "on: push\njobs:\n  deploy:\n    steps:\n      - run: |\n"
    "          Resources:\n            Type: AWS::EC2::VPC\n",
    "a parameter file": '[{"ParameterKey": "Type", "ParameterValue": "AWS::EC2::VPC"}]',
    "another parameter file": '{"Parameters": {"Type": "AWS::EC2::VPC"}}',
    "the serverless framework": "service: x\nresources:\n  Resources:\n    Vpc:\n      Type: AWS::EC2::VPC\n",
    "embedded in json": '{"Template": {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC"}}}}',
    "json text": '{"Resources": "Type: AWS::EC2::VPC"}',
    "a list of templates": f"[{JSON}]",
    "resources of another kind": "Resources:\n  Vpc:\n    Type: network\n",
}


@pytest.mark.parametrize("text", TEMPLATES.values(), ids=TEMPLATES)
def test_a_template_is_told_by_its_text(text: str) -> None:
    assert kind_of(text) == "cloudformation"


@pytest.mark.parametrize("text", OTHERS.values(), ids=OTHERS)
def test_what_only_speaks_of_templates_is_none(text: str) -> None:
    assert kind_of(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Resources:\n" + "# " * 500_000,
        " " * 1_000_000,
        "\n" * 1_000_000,
        "Resources:" + " " * 1_000_000,
        "{" * 1_000_000,
        '{"Resources"' + " " * 1_000_000,
        "Type: " * 200_000,
    ],
    ids=range(7),
)
def test_telling_takes_linear_time(text: str) -> None:
    start = time.process_time()
    kind_of("AWSTemplateFormatVersion: 1\n" + text)
    kind_of(text + "AWSTemplateFormatVersion")
    assert time.process_time() - start < 2


# What is looked at


def test_a_template_is_found_with_its_text_and_names() -> None:
    write("infra/vpc.yaml")

    found = discover(["infra"])

    assert not found.notes
    assert not found.problems
    (file,) = found.files
    assert (file.path, file.display, file.kind) == (
        os.path.join("infra", "vpc.yaml"),
        "infra/vpc.yaml",
        "cloudformation",
    )
    assert file.text == TEMPLATE


def test_only_known_endings_are_opened_below_a_folder() -> None:
    names = ["a.yaml", "b.yml", "c.json", "d.template", "e.tmpl", "f.cfn", "g.YAML"]
    write(*names, "h.txt", "i", "j.yaml.bak", ".yaml.swp")

    found = discover(["."])

    assert displays(found) == names
    assert found.notes == ()


def test_a_named_file_is_opened_whatever_its_ending() -> None:
    write("a.txt", "b")

    assert displays(discover(["b", "a.txt"])) == ["b", "a.txt"]


def test_what_is_no_template_has_one_note_named_or_not() -> None:
    write("a.yaml", "b.txt", text="kind: Pod\n")

    found = discover(["a.yaml", "b.txt", ".", "a.yaml"])

    assert found.notes == (("a.yaml", "skipped: not a template"), ("b.txt", "skipped: not a template"))
    assert not found.files
    assert not found.problems


def test_the_order_is_that_of_the_paths_and_then_of_the_names() -> None:
    write("z.yaml", "b/c.yaml", "b.yaml", "b/a/d.yaml", "a.yaml", "b/b.yaml")

    assert displays(discover(["z.yaml", "."])) == ["z.yaml", "a.yaml", "b/a/d.yaml", "b/b.yaml", "b/c.yaml", "b.yaml"]


def test_a_file_is_read_once_however_often_it_is_named() -> None:
    write("a/b.yaml", "a/c.yaml")

    assert displays(discover(["a/c.yaml", "a", "./a", ".", "a/b.yaml", str(Path("a").resolve())])) == [
        "a/c.yaml",
        "a/b.yaml",
    ]


def test_paths_outside_the_working_directory_are_shown_as_given(folder: Path) -> None:
    write("../there/a.yaml")

    assert displays(discover(["../there"])) == ["../there/a.yaml"]
    assert displays(discover([folder.parent / "there"])) == [f"{folder.parent.as_posix()}/there/a.yaml"]


def test_absolute_paths_in_the_working_directory_are_shown_relative(folder: Path) -> None:
    write("a/b.yaml")

    assert displays(discover([folder / "a" / ".." / "a"])) == ["a/b.yaml"]
    assert displays(discover([folder])) == ["a/b.yaml"]


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="file names are Unicode here")
def test_a_name_that_is_not_unicode_can_be_shown() -> None:
    with open(b"\xff.yaml", "w") as file:
        file.write(TEMPLATE)

    (found,) = discover(["."]).files
    assert found.display == "\ufffd.yaml"
    assert Path(found.path).read_text() == TEMPLATE


# Folders that are skipped


def test_folders_of_tools_are_skipped() -> None:
    skipped = [".git", "node_modules", ".venv", "__pycache__", ".terraform", ".aws-sam/cache"]
    write(*(f"{name}/a.yaml" for name in skipped), *(f"b/{name}/c/a.yaml" for name in skipped))
    write("cache/a.yaml", ".aws-sam/build/a.yaml", ".github/a.yaml")

    assert displays(discover(["."])) == [".aws-sam/build/a.yaml", ".github/a.yaml", "cache/a.yaml"]
    assert displays(discover(["node_modules"])) == ["node_modules/a.yaml"]


def test_gitignore_is_honoured_in_folders_only() -> None:
    write("a.yaml", "out/a.yaml", "b/out/a.yaml", "b/c.yaml")
    write(".gitignore", text="out/\na.yaml\n")

    assert displays(discover(["."])) == ["b/c.yaml"]
    assert displays(discover([".", "a.yaml"])) == ["b/c.yaml", "a.yaml"]
    assert discover(["."]).notes == ()


def test_the_innermost_gitignore_decides() -> None:
    write("a.yaml", "b/a.yaml", "b/c/a.yaml", "b/c/d.yaml", "b/e.yaml")
    write(".gitignore", text="a.yaml\n")
    write("b/.gitignore", text="!a.yaml\n/e.yaml\n")
    write("b/c/.gitignore", text="*\n!/d.yaml\n")

    assert displays(discover(["."])) == ["b/a.yaml", "b/c/d.yaml"]


def test_gitignore_files_above_count_up_to_the_top_of_the_repository() -> None:
    write("../.gitignore", text="b.yaml\n")
    write(".gitignore", text="a.yaml\n/c/d\n")
    write("c/a.yaml", "c/b.yaml", "c/d/e.yaml")

    assert displays(discover(["c"])) == ["c/b.yaml"]


def test_without_a_repository_no_gitignore_above_counts(folder: Path) -> None:
    (folder / ".git").rmdir()
    write(".gitignore", text="a.yaml\n")
    write("c/a.yaml")

    assert displays(discover(["c"])) == ["c/a.yaml"]


def test_a_named_folder_is_walked_even_if_it_is_ignored() -> None:
    write(".gitignore", text="cdk.out\n")
    write("cdk.out/a.yaml", "cdk.out/b/a.yaml")

    assert displays(discover(["."])) == []
    assert displays(discover(["cdk.out/b"])) == ["cdk.out/b/a.yaml"]
    assert displays(discover(["cdk.out"])) == ["cdk.out/a.yaml", "cdk.out/b/a.yaml"]


def test_what_means_nothing_in_a_gitignore_is_passed_over() -> None:
    Path(".gitignore").write_bytes(b"\xef\xbb\xbfa.yaml\n!\n\xff\n///\nc.yaml\n")
    write("a.yaml", "b.yaml", "c.yaml")

    assert displays(discover(["."])) == ["b.yaml"]


def test_git_agrees(folder: Path) -> None:
    try:
        subprocess.run(["git", "init", "--quiet"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("needs git")
    names = ["a", "b", "ab", "x/a", "x/b", "x/y/a", "x/y/ab", "y/a", "y/x/b", "z/a b", "z/#c", "z/!d"]
    write(*(f"{name}.yaml" for name in names))
    write(".gitignore", text="/a.yaml\nx/**/a*\n!x/y/a.yaml\ny/\n\\#c.yaml\n# b.yaml\n\n[!b]b.yaml\n")
    write("z/.gitignore", text="\\!d.yaml\na*.yaml  \n")

    listed = subprocess.run(
        ["git", "ls-files", "-z", "--others", "--exclude-standard", "*.yaml"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert sorted(displays(discover(["."]))) == sorted(filter(None, listed.stdout.split("\0")))


def test_exclude_is_honoured_in_folders_only() -> None:
    write("a.yaml", "tests/a.yaml", "b/tests/c/a.yaml", "b/a.yaml", "b/d.yaml")

    assert displays(discover(["."], exclude=["tests/", "b/d.*"])) == ["a.yaml", "b/a.yaml"]
    assert displays(discover(["b"], exclude=["/b/**/c/", "/a.yaml"])) == ["b/a.yaml", "b/d.yaml"]
    assert displays(discover(["a.yaml"], exclude=["*"])) == ["a.yaml"]


def test_pathspec_is_imported_only_for_patterns() -> None:
    write("a.yaml")
    program = (
        "import sys; from scanner.sources.discover import discover; found = discover(['.']); "
        "assert found.files; assert 'pathspec' not in sys.modules; assert 'yaml' not in sys.modules"
    )
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", program], check=True, env={**os.environ, "PYTHONPATH": str(root)})


# Links


def test_links_below_a_folder_are_not_followed() -> None:
    write("../there/a.yaml", "b.yaml")
    os.symlink("../there", "folder")
    os.symlink("../there", "folder.yaml")
    os.symlink("../there/a.yaml", "c.yaml")
    os.symlink("nowhere", "d.yaml")
    os.symlink("e.yaml", "e.yaml")

    found = discover(["."])

    assert displays(found) == ["b.yaml"]
    assert [path for path, _ in found.notes] == ["c.yaml", "d.yaml", "e.yaml"]
    assert {message for _, message in found.notes} == {"skipped: a link; name it to read it"}
    assert found.problems == ()


def test_named_links_are_followed_once() -> None:
    write("../there/a.yaml")
    os.symlink("../there", "folder")
    os.symlink("../there/a.yaml", "c.yaml")

    assert displays(discover(["folder", "c.yaml", "../there"])) == ["folder/a.yaml"]
    assert displays(discover(["c.yaml", "folder"])) == ["c.yaml"]


def test_loops_of_links_end() -> None:
    write("a/b.yaml")
    os.symlink(".", "a/self")
    os.symlink("..", "a/up")

    assert displays(discover([".", "a/self", "a/up/a/up"])) == ["a/b.yaml"]


@pytest.fixture
def deep_folder() -> Iterator[int]:
    """Folders in folders, and how many; pytest itself could not remove them."""
    depth = 1500
    for _ in range(depth):
        os.mkdir("d")
        os.chdir("d")
    write("a.yaml")
    for _ in range(depth):
        os.chdir("..")
    yield depth
    for _ in range(depth):
        os.chdir("d")
    os.remove("a.yaml")
    for _ in range(depth):
        os.chdir("..")
        os.rmdir("d")


@pytest.mark.skipif(sys.platform != "linux", reason="paths must be shorter here")
def test_folders_may_be_nested_deeper_than_pythons_stack(deep_folder: int) -> None:
    (file,) = discover(["."]).files

    assert file.display == "d/" * deep_folder + "a.yaml"


# What cannot be read


def test_a_missing_path_is_a_problem() -> None:
    write("a.yaml")

    found = discover(["nowhere/x.yaml", "a.yaml", "a.yaml/b.yaml", "\0"])

    assert displays(found) == ["a.yaml"]
    assert problems(found)[0] == "nowhere/x.yaml:1:1: the file does not exist"
    assert len(found.problems) == 3


def test_only_a_template_that_cannot_be_read_is_a_problem() -> None:
    Path("a.yaml").write_bytes(TEMPLATE.encode() + b"# Z\xfcrich\n")
    Path("b.yaml").write_bytes(b"# Z\xfcrich\n")
    Path("c.yaml").write_bytes(TEMPLATE.encode("utf-16"))
    Path("d.yaml").write_bytes("kind: Pod".encode("utf-16"))
    Path("e.yaml").write_text(TEMPLATE + "#" * 1000)
    Path("f.yaml").write_text("kind: Pod\n" + "#" * 1000)
    Path("g.json").write_text(JSON + " " * 1000)

    found = discover(["."], max_bytes=500)

    assert problems(found) == [
        "a.yaml:5:4: the file is not UTF-8: byte 0xfc, invalid start byte",
        "c.yaml:1:1: the file is UTF-16; save it as UTF-8",
        "e.yaml:1:1: the file is larger than 500 bytes; --max-file-size raises the limit",
        "g.json:1:1: the file is larger than 500 bytes; --max-file-size raises the limit",
    ]
    assert [path for path, _ in found.notes] == ["b.yaml", "d.yaml", "f.yaml"]


def test_a_byte_order_mark_hides_no_template() -> None:
    Path("a.yaml").write_bytes(b"\xef\xbb\xbf" + TEMPLATE.encode())
    Path("b.json").write_bytes(b"\xef\xbb\xbf" + JSON.encode())

    assert [file.text for file in discover(["."]).files] == [TEMPLATE, JSON]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_are_never_waited_for() -> None:
    os.mkfifo("a.yaml")

    assert discover(["."]).notes == (("a.yaml", "skipped: not a regular file"),)
    assert problems(discover(["a.yaml"])) == ["a.yaml:1:1: this is a pipe, socket or device, not a regular file"]


def test_a_folder_that_cannot_be_listed_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    write("a/b.yaml", "c/d.yaml")
    scandir = os.scandir

    def refuse(path: str) -> object:
        if os.path.basename(path) == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        found = discover(["."])

    assert displays(found) == ["c/d.yaml"]
    assert problems(found) == ["a:1:1: the folder cannot be read: Permission denied"]


def test_an_empty_folder_gives_nothing() -> None:
    assert discover(["."]) == Discovery((), (), ())
    assert discover([]) == Discovery((), (), ())


def test_ten_thousand_files_are_walked_fast() -> None:
    for number in range(100):
        os.mkdir(f"{number}")
        for name in range(100):
            with open(f"{number}/{name}.yaml", "w") as file:
                file.write("kind: Pod\n" * 10)

    start = time.process_time()
    found = discover(["."])
    assert len(found.notes) == 10_000
    assert time.process_time() - start < 3  # 0.3 s on a laptop; here the machine may be slow and busy


# --- snapshots

SNAPSHOT = '{"format": "clearway-snapshot/1", "accounts": [{"resources": [{"type": "AWS::EC2::VPC"}]}]}'


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (SNAPSHOT, "snapshot"),
        (SNAPSHOT.replace("/1", "/9"), "snapshot"),
        ('\n{\n  "taken_at": "",\n  "format" : "clearway-snapshot/1"', "snapshot"),
        ("format: clearway-snapshot/1", None),
        (f"[{SNAPSHOT}]", None),
    ],
)
def test_a_snapshot_is_told_by_its_format(text: str, kind: str | None) -> None:
    assert kind_of(text) == kind


def test_snapshots_are_found_only_on_demand(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text(SNAPSHOT)
    (tmp_path / "empty.json").write_text('{"format": "clearway-snapshot/1", "accounts": []}')
    found = discover([tmp_path])
    assert found.files == ()
    assert [note for _, note in found.notes] == [SKIPPED_SNAPSHOT] * 2
    assert discover([tmp_path], named_snapshots=True).files == ()
    assert discover([tmp_path / "account.json"]).files == ()
    assert [file.kind for file in discover([tmp_path / "account.json"], named_snapshots=True).files] == ["snapshot"]
    assert {file.kind for file in discover([tmp_path], snapshots=True).files} == {"snapshot"}


def test_a_snapshot_may_be_larger_than_a_template(tmp_path: Path) -> None:
    (tmp_path / "account.json").write_text(SNAPSHOT)
    found = discover([tmp_path], max_bytes=60, snapshots=True)
    assert [file.text for file in found.files] == [SNAPSHOT]
