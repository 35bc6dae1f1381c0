from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from scanner.excerpts import Excerpts
from scanner.origins import add_origins
from scanner.results import located
from scanner.sources.assembly import Deployed
from scanner.sources.cloudformation import load_template

TEMPLATE = """{
 "Resources": {
  "Group": {
   "Type": "AWS::EC2::SecurityGroup",
   "Metadata": {"aws:cdk:path": "Net/Group/Resource"}
  },
  "Bare": {
   "Type": "AWS::EC2::VPC"
  }
 }
}
"""
FILE = "cdk.out/Net.template.json"


def origin(app: Path, line: int, trace: str = "new Net (/elsewhere/lib/net.ts:2:15)") -> list[dict[str, Any]]:
    metadata = app / "cdk.out" / "Net.metadata.json"
    metadata.parent.mkdir(exist_ok=True)
    metadata.write_text(f'{{"/Net/Group": [{{"type": "aws:cdk:creationStack", "data": ["{trace}"]}}]}}')
    result: dict[str, Any] = {"location": {"file": FILE, "line": line}, "related": [{"says": "another"}]}
    locate = located({FILE: Excerpts(TEMPLATE, ())})
    deployed = Deployed("Net", metadata=str(metadata), app=str(app))
    add_origins([result], {FILE: load_template(TEMPLATE, FILE)}, {FILE: deployed}, locate)
    related: list[dict[str, Any]] = result["related"]
    return related


def write(app: Path, code: str) -> None:
    (app / "lib").mkdir()
    (app / "lib" / "net.ts").write_text(code)


def test_the_line_of_the_app_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "\nconst group = new Group(this, 'Group');\n")
    place, other = origin(tmp_path, 4)
    assert other == {"says": "another"}
    assert (place["file"], place["line"], place["column"]) == ("lib/net.ts", 2, 15)
    assert place["says"] == "makes Net/Group/Resource"
    assert place["excerpt"] == [{"line": 2, "text": "const group = new Group(this, 'Group');"}]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("const group = new Group(this, 'G', { key: 'hunter2' });", "const group = new Group(this, 'G'"),
        ("const group = new Group(this, 'G', 'hunter2');", "const group = new Group(this, 'G'"),
        ("self.group = Group(self, 'G', password='hunter2')", "self.group = Group(self, 'G'"),
    ],
)
def test_what_a_construct_is_given_is_not_shown(tmp_path: Path, code: str, shown: str) -> None:
    write(tmp_path, f"\n{code}\n")
    place = origin(tmp_path, 4)[0]
    assert place["excerpt"] == [{"line": 2, "text": shown}]
    assert place["end_column"] <= len(shown) + 1


def test_a_line_that_is_not_here_is_named_at_the_resource(tmp_path: Path) -> None:
    place = origin(tmp_path, 4)[0]
    assert (place["file"], place["line"]) == (FILE, 3)
    assert place["says"] == "Net/Group/Resource, made by /elsewhere/lib/net.ts:2:15"


def test_a_file_that_has_changed_since_is_not_shown(tmp_path: Path) -> None:
    write(tmp_path, "shorter")
    assert origin(tmp_path, 4)[0]["file"] == FILE


@pytest.mark.parametrize("line", [1, 8])
def test_without_a_construct_nothing_is_added(tmp_path: Path, line: int) -> None:
    assert origin(tmp_path, line) == [{"says": "another"}]


def test_without_a_frame_nothing_is_added(tmp_path: Path) -> None:
    assert origin(tmp_path, 4, "...aws-cdk-lib...") == [{"says": "another"}]
