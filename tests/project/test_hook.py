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

SHOP = Path(__file__).with_name("shop")
NOT_A_TEMPLATE = "replicas: 2\nimage: web\n"


def git(folder: Path, *arguments: str) -> str:
    """Standard output of git."""
    command = ["git", "-c", "user.name=Tester", "-c", "user.email=tester@example.com", "-c", "commit.gpgsign=false"]
    return subprocess.run([*command, *arguments], cwd=folder, check=True, capture_output=True, text=True).stdout


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


def pre_commit(project: Path, home: Path, *arguments: str) -> tuple[int, str]:
    """The exit status and the output of pre-commit in a project, all of whose files are staged."""
    git(project, "add", "--all")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_") and k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", *arguments, "--verbose"],
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


def assert_finds_the_fault(status: int, output: str) -> None:
    assert status == 1, output
    assert re.search(r"- exit code: 1\b", output), output  # findings, not a scan that went wrong
    assert re.search(r"broken\.yaml:\d+:\d+", output), output
    assert "Traceback" not in output


def test_try_repo_finds_the_fault(offered: Path, pre_commit_home: Path, project: Path) -> None:
    """As somebody would try the hook first. The settings file is named to the hook too and does no harm."""
    shutil.copy(offered / "examples" / "broken.yaml", project / "broken.yaml")
    tried = ("try-repo", str(offered), "clearway", "--all-files")
    assert_finds_the_fault(*pre_commit(project, pre_commit_home, *tried))


@pytest.fixture
def configured(offered: Path, project: Path) -> Path:
    """The other repository with both hooks in its configuration; their environment is made once."""
    commit = git(offered, "rev-parse", "HEAD").strip()
    hooks = "[{id: clearway}, {id: clearway-repository}]"
    (project / ".pre-commit-config.yaml").write_text(f"repos: [{{repo: '{offered}', rev: {commit}, hooks: {hooks}}}]\n")
    return project


@pytest.mark.parametrize("hook", ["clearway", "clearway-repository"])
def test_fault_fails_the_commit(offered: Path, pre_commit_home: Path, configured: Path, hook: str) -> None:
    shutil.copy(offered / "examples" / "broken.yaml", configured / "broken.yaml")
    assert_finds_the_fault(*pre_commit(configured, pre_commit_home, "run", hook))


@pytest.mark.parametrize("hook", ["clearway", "clearway-repository"])
def test_other_yaml_is_skipped(pre_commit_home: Path, configured: Path, hook: str) -> None:
    (configured / "settings.yaml").write_text(NOT_A_TEMPLATE + "tier: web\n")
    status, output = pre_commit(configured, pre_commit_home, "run", hook)
    assert status == 0, output
    assert "Passed" in output


def test_siblings_decide_a_changed_template(pre_commit_home: Path, configured: Path) -> None:
    """Of the service alone it cannot be told who its load balancer is; the template that exports it tells."""
    shutil.copy(SHOP / "service.yaml", configured)
    alone, output = pre_commit(configured, pre_commit_home, "run", "clearway", "--files", "service.yaml")
    assert alone == 0, output
    assert "NET002" in output
    shutil.copy(SHOP / "network.yaml", configured)
    status, output = pre_commit(configured, pre_commit_home, "run", "clearway", "--files", "service.yaml")
    assert status == 1, output
    assert "error[NET002" in output
    assert "missing tcp 8080" in output


def test_siblings_are_not_reported_on(offered: Path, pre_commit_home: Path, configured: Path) -> None:
    """Only the topic is changed; the broken template beside it is context."""
    shutil.copy(offered / "examples" / "broken.yaml", configured / "broken.yaml")
    (configured / "topic.yaml").write_text("Resources:\n  Topic:\n    Type: AWS::SNS::Topic\n")
    status, output = pre_commit(configured, pre_commit_home, "run", "clearway", "--files", "topic.yaml")
    assert status == 0, output
    assert "broken.yaml:" not in output
