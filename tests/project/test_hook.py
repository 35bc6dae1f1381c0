"""The hooks offered to other repositories, run by pre-commit itself against this working tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("package_index")]

NOT_A_TEMPLATE = "replicas: 2\nimage: web\n"


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def offered(tree: Path) -> Path:
    """The working tree as a repository that pre-commit can clone: uncommitted files count."""
    git(tree, "init", "--quiet")
    git(tree, "add", "--all")
    git(tree, "commit", "--quiet", "--no-verify", "--message", "as it is")
    return tree


@pytest.fixture(scope="module")
def pre_commit_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Another team's repository, with a settings file that is no template."""
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "--quiet")
    (folder / "settings.yaml").write_text(NOT_A_TEMPLATE)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "--message", "settings")
    return folder


def try_repo(offered: Path, home: Path, project: Path, hook: str, *arguments: str) -> tuple[int, str]:
    """The exit status and the output of one hook, tried on a project."""
    git(project, "add", "--all")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "try-repo", "--verbose", str(offered), hook, *arguments],
        cwd=project,
        env={**environment, "PRE_COMMIT_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout
    assert "An unexpected error has occurred" not in done.stdout, done.stdout
    return done.returncode, done.stdout


@pytest.mark.parametrize("hook", ["clearway", "clearway-repository"])
def test_broken_template_fails(offered: Path, pre_commit_home: Path, project: Path, hook: str) -> None:
    shutil.copy(offered / "examples" / "broken.yaml", project / "broken.yaml")
    status, output = try_repo(offered, pre_commit_home, project, hook, "--all-files")
    assert status == 1, output
    assert re.search(r"- exit code: 1\b", output), output  # findings, not a scan that went wrong
    assert re.search(r"broken\.yaml:\d+:\d+", output), output
    assert "Traceback" not in output


def test_other_yaml_is_skipped(offered: Path, pre_commit_home: Path, project: Path) -> None:
    status, output = try_repo(offered, pre_commit_home, project, "clearway", "--all-files")
    assert status == 0, output
    assert "Passed" in output


def test_siblings_are_context_and_not_reported(offered: Path, pre_commit_home: Path, project: Path) -> None:
    """Only the service is named; the broken template beside it is read but not reported on."""
    shutil.copy(offered / "examples" / "broken.yaml", project / "broken.yaml")
    (project / "topic.yaml").write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")
    status, output = try_repo(offered, pre_commit_home, project, "clearway", "--files", "topic.yaml")
    assert status == 0, output
    assert "broken.yaml:" not in output
