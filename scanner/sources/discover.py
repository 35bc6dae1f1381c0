"""The files of a scan: what the user named, and the templates below the folders among it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scanner.syntax.nodes import SyntaxProblem
from scanner.syntax.read import MAX_BYTES, decode, other_encoding, read_bytes, too_large

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

    from scanner.sources.assembly import Assembly, Deployed

ENDINGS = frozenset({"yaml", "yml", "json", "template", "tmpl", "cfn"})
"""Below a folder, only files with these endings are opened."""

MANIFEST = "manifest.json"
"""The file that makes a folder a cloud assembly."""

SKIPPED = frozenset({".git", "node_modules", ".venv", "__pycache__", ".terraform"})
"""Folders that hold nobody's own templates. Of ``.aws-sam``, only ``cache`` is skipped."""

SNAPSHOT = "snapshot"
SKIPPED_SNAPSHOT = "skipped: a snapshot; name it to judge the account, or give it as context with --context"
SNAPSHOT_BYTES = 256 * 1024 * 1024
"""A snapshot may be this large: one of a large account is."""

_OTHER_SIGNS = (b"AWSTemplateFormatVersion", b"clearway-snapshot/")
_SIGN = re.compile(r"AWSTemplateFormatVersion|Type[\"']?[ \t]*:\s*[\"']?AWS::[A-Za-z0-9]")
_SNAPSHOT = re.compile(r'\s*\{(?s:.*?)"format"\s*:\s*"clearway-snapshot/')
_OPENS_JSON = re.compile(r"\s*[{\[]")
_JSON_RESOURCES = re.compile(r"[\"']?\bResources[\"']?\s*:\s*\{")
_FIRST_INDENT = re.compile(r"^(?![ \t]*(?:#|$|\r|---|%))( *)\S", re.MULTILINE)
_YAML_RESOURCES = r"^ {%d}([\"']?)Resources\1[ \t]*:(?=\s|$)"


@dataclass(frozen=True, slots=True)
class Found:
    """A template, read."""

    path: str
    """As the user gave it, or below a folder as the user gave that."""
    display: str
    """For people: relative to the working directory if it lies below it, with forward slashes."""
    text: str
    kind: str
    """``cloudformation``, which includes SAM, or ``snapshot``."""


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, in the order of the paths and below a folder in the order of names. Each file occurs once."""

    files: tuple[Found, ...]
    notes: tuple[tuple[str, str], ...]
    """Display path and why the file is no part of the scan."""
    problems: tuple[SyntaxProblem, ...]
    """What should have been read and cannot be: the scan is incomplete."""
    deployed: Mapping[str, Deployed] = field(default_factory=dict)
    """How cloud assemblies deploy templates, by display path."""


def discover(
    paths: Iterable[str | os.PathLike[str]],
    *,
    exclude: Iterable[str] = (),
    max_bytes: int = MAX_BYTES,
    snapshots: bool = False,
    named_snapshots: bool = False,
) -> Discovery:
    """Find and read the templates among the paths, which name files and folders.

    A file that is named is always looked at. Below a folder, ``.gitignore`` files are honoured (also those above it
    in the same repository) and so is ``exclude``: patterns in their syntax, relative to the working directory.
    Links below a folder are not followed. What is a template is told by content; ``max_bytes`` caps its size.
    The manifest of a cloud assembly stands for the templates of its stacks. Snapshots of accounts, which may be
    larger, are found only with ``snapshots``, or those that are named with ``named_snapshots``.
    """
    search = _Search(exclude, max_bytes, snapshots, named_snapshots)
    for path in paths:
        search.named(os.fspath(path))
    return search.found()


def kind_of(text: str) -> str | None:
    """What source a text is for, or None: ``cloudformation`` if it is a mapping with a mapping ``Resources``, and
    ``snapshot`` if it says so in its format, of whatever version.

    Decided without parsing YAML, so that a template with a syntax error is still one.
    """
    if "clearway-snapshot/" in text and _SNAPSHOT.match(text):
        return SNAPSHOT
    if _SIGN.search(text) is None:
        return None
    is_template = _is_json_template(text) if _OPENS_JSON.match(text) else _is_yaml_template(text)
    return "cloudformation" if is_template else None


def _is_json_template(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return _JSON_RESOURCES.search(text) is not None
    return isinstance(document, dict) and isinstance(document.get("Resources"), dict)


def _is_yaml_template(text: str) -> bool:
    """Whether the top level has Resources, and not as a list (as an AppSpec of CodeDeploy has)."""
    first = _FIRST_INDENT.search(text)
    match = re.search(_YAML_RESOURCES % (len(first[1]) if first else 0), text, re.MULTILINE)
    if match is None:
        return False
    line, _, below = text[match.end() :].partition("\n")
    if (content := line.strip()) and not content.startswith("#"):
        return content[0] in "{&!*"  # a flow mapping, or whatever has an anchor or a tag
    for line in below.splitlines():
        if (content := line.strip()) and not content.startswith("#"):
            return content.split()[0] != "-"
    return True


@dataclass(frozen=True, slots=True)
class _Folder:
    path: str
    real: str
    display: str
    ignores: tuple[tuple[str, GitIgnoreSpec], ...]
    """Real paths of folders with the patterns in their .gitignore, the outermost first."""


class _Search:
    def __init__(self, exclude: Iterable[str], max_bytes: int, snapshots: bool, named_snapshots: bool) -> None:
        self.snapshots = snapshots
        self.named_snapshots = named_snapshots or snapshots
        self.files: list[Found] = []
        self.notes: list[tuple[str, str]] = []
        self.problems: list[SyntaxProblem] = []
        self.max_bytes = max_bytes
        self.here = os.path.realpath(os.getcwd())
        patterns = tuple(exclude)
        self.exclude = _patterns(patterns) if patterns else None
        self.seen: set[str] = set()
        """Real paths of all files and folders that were looked at."""
        self.real: dict[str, str] = {}
        """Real paths of the files that are shown in notes or found, by display path."""
        self.assemblies: dict[str, Assembly | None] = {}
        """Cloud assemblies by the real path of their folder; None for a folder that is none."""

    def found(self) -> Discovery:
        known = {path for one in self.assemblies.values() if one is not None for path in one.files}
        notes = [note for note in self.notes if self.real.get(note[0]) not in known]
        files, deployed = [], {}
        for file in self.files:
            real = self.real[file.display]
            assembly = self.assemblies.get(os.path.dirname(real))
            if assembly is not None and assembly.is_left_over(real):
                notes.append((file.display, "skipped: a left-over template, no stack of its cloud assembly has it"))
                continue
            files.append(file)
            for one in self.assemblies.values():
                if one is not None and real in one.templates:
                    deployed[file.display] = one.templates[real]
        return Discovery(tuple(files), tuple(notes), tuple(self.problems), deployed)

    def named(self, path: str) -> None:
        if not os.path.isdir(path):
            real = os.path.realpath(path) if "\0" not in path else path
            self.file(path, real, self.display(path, real), snapshots=self.named_snapshots)
            self.assembly_around(path, real)
            return
        real = os.path.realpath(path)
        folder = _Folder(path, real, self.display(path, real), _ignores_above(real))
        below = [iter(self.entries(folder))]
        while below:  # no recursion: paths can be deeper than Python's stack
            inner = next(below[-1], None)
            if inner is None:
                below.pop()
            elif isinstance(inner, _Folder):
                below.append(iter(self.entries(inner)))
            else:
                self.file(*inner, snapshots=self.snapshots)

    def entries(self, folder: _Folder) -> Iterator[_Folder | tuple[str, str, str]]:
        """The folders and possible templates directly in a folder, by name; nothing if it was walked before."""
        if folder.real in self.seen:
            return
        self.seen.add(folder.real)
        try:
            with os.scandir(folder.path) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.problem(folder.display, f"the folder cannot be read: {error.strerror or error}")
            return
        ignores = folder.ignores
        if any(entry.name == ".gitignore" for entry in found):
            ignores += _ignores_in(folder.real)
        prefix = "" if folder.display == "." else folder.display.rstrip("/") + "/"
        for entry in found:
            name = entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder:
                if name in SKIPPED or (name == "cache" and os.path.basename(folder.real) == ".aws-sam"):
                    continue
            elif name.rpartition(".")[2].lower() not in ENDINGS:
                continue
            real = os.path.join(folder.real, name)
            display = prefix + _printable(name)
            if self.excluded(display, is_folder) or _ignored(real, is_folder, ignores):
                continue
            if is_folder:
                yield _Folder(entry.path, real, display, ignores)
            elif entry.is_symlink():
                if not os.path.isdir(entry.path):
                    self.notes.append((display, "skipped: a link; name it to read it"))
            elif not entry.is_file(follow_symlinks=False):
                self.notes.append((display, "skipped: not a regular file"))
            else:
                yield entry.path, real, display

    def excluded(self, display: str, is_folder: bool) -> bool:
        if self.exclude is None:
            return False
        return self.exclude.match_file(display + "/" * is_folder)

    def file(self, path: str, real: str, display: str, *, snapshots: bool = False) -> None:
        """Look at a file once, whatever it turns out to be."""
        if real in self.seen:
            return
        self.seen.add(real)
        try:
            data = read_bytes(path, display, max_bytes=self.max_bytes)
            encoding = other_encoding(data)
            if encoding is None and b"AWS::" not in data and not any(sign in data for sign in _OTHER_SIGNS):
                kind = None
            else:
                kind = kind_of(data.decode(encoding or "utf-8-sig", "replace"))
            self.real[display] = real
            if kind is None:
                if os.path.basename(real) != MANIFEST or self.assembly(os.path.dirname(real), display) is None:
                    self.notes.append((display, "skipped: not a template"))
                return
            most = self.max_bytes
            if kind == SNAPSHOT:
                if not snapshots:
                    self.notes.append((display, SKIPPED_SNAPSHOT))
                    return
                most = max(most, SNAPSHOT_BYTES)
                if len(data) > self.max_bytes:
                    data = read_bytes(path, display, max_bytes=most)
            if len(data) > most:
                raise too_large(display, most)
            self.files.append(Found(path, display, decode(data, display), kind))
        except SyntaxProblem as problem:
            self.problems.append(problem)

    def assembly(self, folder: str, display: str) -> Assembly | None:
        """The cloud assembly in a folder, whose manifest is shown as ``display``; None if it has none."""
        if folder not in self.assemblies:
            self.assemblies[folder] = None
            try:
                from scanner.sources.assembly import METADATA_BYTES, read_assembly

                self.assemblies[folder] = read_assembly(folder, max_bytes=max(self.max_bytes, METADATA_BYTES))
            except SyntaxProblem as problem:
                self.problem(display, problem.message)
        return self.assemblies[folder]

    def assembly_around(self, path: str, real: str) -> None:
        """Reads what a named manifest stands for; for a template that is named, how its assembly deploys it."""
        folder, name = os.path.split(real)
        manifest = os.path.join(os.path.dirname(path), MANIFEST)
        if name == MANIFEST and self.assemblies.get(folder) is not None:
            waiting = [(os.path.dirname(path), folder)]
            for beside, folder in waiting:  # grows while it is walked, by the assemblies within
                below = os.path.join(beside, MANIFEST)
                assembly = self.assembly(folder, self.display(below, os.path.join(folder, MANIFEST)))
                for template in assembly.templates if assembly is not None else ():
                    given = os.path.join(beside, os.path.relpath(template, folder))
                    self.file(given, template, self.display(given, template))
                if assembly is not None:
                    waiting += [(os.path.join(beside, os.path.relpath(one, folder)), one) for one in assembly.inner]
        elif name.endswith(".template.json") and os.path.isfile(os.path.join(folder, MANIFEST)):
            self.assembly(folder, self.display(manifest, os.path.join(folder, MANIFEST)))

    def problem(self, display: str, message: str) -> None:
        self.problems.append(SyntaxProblem(display, 1, 1, message))

    def display(self, path: str, real: str) -> str:
        for whole in (os.path.abspath(path), real):
            if whole == self.here:
                return "."
            if whole.startswith(os.path.join(self.here, "")):
                return _printable(os.path.relpath(whole, self.here).replace(os.sep, "/"))
        return _printable(os.path.normpath(path).replace(os.sep, "/"))


def _printable(path: str) -> str:
    """A path whose bytes are not the file system's encoding, with the bytes replaced: reports are UTF-8."""
    return path if path.isascii() else os.fsencode(path).decode("utf-8", "replace")


# .gitignore


def _patterns(lines: Iterable[str]) -> GitIgnoreSpec:
    """Patterns of a .gitignore; like Git, without those that mean nothing."""
    from pathspec import GitIgnoreSpec

    kept = []
    for line in lines:
        try:
            GitIgnoreSpec.from_lines([line])
        except ValueError:
            continue
        kept.append(line)
    return GitIgnoreSpec.from_lines(kept)


def _ignores_in(folder: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
    try:
        data = read_bytes(os.path.join(folder, ".gitignore"), folder, max_bytes=MAX_BYTES)
    except SyntaxProblem:  # as Git does
        return ()
    return ((folder, _patterns(data.decode("utf-8-sig", "replace").splitlines())),)


def _ignores_above(folder: str) -> tuple[tuple[str, GitIgnoreSpec], ...]:
    """The .gitignore files between a folder and the top of its repository.

    None if they ignore the folder itself: it was named all the same.
    """
    if os.path.exists(os.path.join(folder, ".git")):
        return ()
    found: tuple[tuple[str, GitIgnoreSpec], ...] = ()
    above = os.path.dirname(folder)
    while True:
        if os.path.exists(os.path.join(above, ".gitignore")):
            found = _ignores_in(above) + found
        if os.path.exists(os.path.join(above, ".git")):
            return () if _ignored(folder, True, found) else found
        if above == os.path.dirname(above):
            return ()
        above = os.path.dirname(above)


def _ignored(path: str, is_folder: bool, ignores: tuple[tuple[str, GitIgnoreSpec], ...]) -> bool:
    """Whether the innermost .gitignore with an opinion ignores a path."""
    for folder, patterns in reversed(ignores):
        relative = path[len(os.path.join(folder, "")) :]
        opinion = patterns.check_file(relative + "/" * is_folder).include
        if opinion is not None:
            return opinion
    return False
