"""Loading rules: from the compiled form where there is one, else from the rule files.

Importing this module imports neither YAML nor JSON Schema, and neither does loading compiled rules.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from scanner.data import data_folder
from scanner.policy import cache as compiled
from scanner.policy.rule import Rule
from scanner.version import __version__

if TYPE_CHECKING:
    from scanner.policy.check import Kinds
    from scanner.syntax import SyntaxProblem

NOT_RULES = frozenset({"needs", "fixtures", "patterns"})
"""Folders of a rules folder that hold data for rules, and no rules."""

SCHEMA_FILE = Path(__file__).with_name("language.schema.json")
"""The JSON Schema (2020-12) of rule files."""

MAX_BYTES = 1 << 20
"""The greatest size of a rule file."""


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules that could be loaded, by id, and what is wrong with the others."""

    rules: tuple[Rule, ...] = ()
    problems: tuple[SyntaxProblem, ...] = ()
    folders: Mapping[str, Path] = field(default_factory=dict)
    """The rules folder of each rule by its id; ``Rule.path`` lies below it."""


def load_rules(folders: Sequence[Path] = (), *, cache: Path | None = None, builtin: bool = True) -> RuleSet:
    """The built-in rules and those of further folders (or single rule files).

    Compiled rules are kept in the folder ``cache`` (``scanner.policy.cache.user_folder()`` for the user's own); with
    None nothing is kept. Problems of rule files are returned, not raised: the other rules are there all the same.
    """
    rules: dict[str, Rule] = {}
    owners: dict[str, Path] = {}
    problems: list[SyntaxProblem] = []
    for folder, own in _folders(folders, builtin):
        found, faults = _load(folder, own, cache)
        problems += faults
        root = folder.parent if folder.is_file() else folder
        for rule in found:
            if rule.id in rules:
                problems.append(_duplicate(rule, root, owners[rule.id] / rules[rule.id].path))
            else:
                rules[rule.id], owners[rule.id] = rule, root
    ordered = tuple(rules[id] for id in sorted(rules))
    return RuleSet(ordered, tuple(problems), owners)


def compile_folder(folder: Path, out: Path) -> int:
    """Writes the compiled form of a rules folder for this version of the program, and returns how many rules it has.

    Raises the first SyntaxProblem if a rule is wrong.
    """
    rules, problems = compile_files(folder, rule_files(folder))
    if problems:
        raise problems[0]
    if not compiled.write(out, compiled.encode(rules, __version__)):
        raise OSError(f"{out} cannot be written")
    return len(rules)


def compile_files(
    folder: Path, files: Iterable[Path], kinds: Kinds | None = None
) -> tuple[tuple[Rule, ...], list[SyntaxProblem]]:
    """The rules of some files below a folder, read anew, with all problems.

    ``kinds`` defaults to the entities of the program.
    """
    from scanner.policy.compile import compile_rule
    from scanner.syntax import SyntaxProblem, read_text

    roots: Collection[str] | None = None
    if kinds is None:
        from scanner.topology import schema

        kinds, roots = schema.KINDS, {*schema.ROOTS, *schema.PARTS}
    rules: dict[str, Rule] = {}
    problems: list[SyntaxProblem] = []
    for file in files:
        shown = shown_path(file)
        try:
            text = read_text(file, max_bytes=MAX_BYTES)
        except SyntaxProblem as problem:
            problems.append(problem)
            continue
        rule, faults = compile_rule(text, shown, kinds, roots=roots, path=file.relative_to(folder).as_posix())
        problems += faults
        if rule is None:
            continue
        if rule.id in rules:
            problems.append(_duplicate(rule, folder, folder / rules[rule.id].path))
        else:
            rules[rule.id] = rule
    return tuple(rules[id] for id in sorted(rules)), problems


def rule_files(folder: Path) -> list[Path]:
    """The rule files of a folder, in order; a file is its own only one."""
    if folder.is_file():
        return [folder]
    found: list[Path] = []
    for parent, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name not in NOT_RULES and not name.startswith("."))
        found += [Path(parent, name) for name in sorted(files) if name.endswith((".yaml", ".yml")) and name[0] != "."]
    return found


def shown_path(file: Path) -> str:
    """A path for people: relative, with forward slashes, where the file lies below the working directory."""
    try:
        return file.resolve().relative_to(Path.cwd().resolve()).as_posix()
    except ValueError:
        return file.as_posix()


def _folders(folders: Sequence[Path], builtin: bool) -> list[tuple[Path, bool]]:
    """Each folder once, with whether it is the program's own."""
    own = data_folder("rules")
    found: dict[Path, tuple[Path, bool]] = {}
    if builtin:
        found[own.resolve()] = (own, True)
    for folder in map(Path, folders):
        found.setdefault(folder.resolve(), (folder, folder.resolve() == own.resolve()))
    return list(found.values())


def _load(folder: Path, own: bool, cache: Path | None) -> tuple[tuple[Rule, ...], list[SyntaxProblem]]:
    if own:
        shipped = compiled.read(folder.with_name(compiled.FILE_NAME), __version__)
        if shipped is not None:
            return shipped, []
    if not folder.exists():
        from scanner.syntax import SyntaxProblem

        return (), [SyntaxProblem(str(folder), 1, 1, "there is no such rules folder")]
    files = rule_files(folder)
    root = folder.parent if folder.is_file() else folder
    kept: Path | None = None
    if cache is not None:
        key = _key(root, files)
        import hashlib

        name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:16]
        kept = cache / f"rules-{name}.json"
        rules = compiled.read(kept, key)
        if rules is not None:
            return rules, []
    rules, problems = compile_files(root, files)
    if kept is not None and not problems:
        compiled.write(kept, compiled.encode(rules, key))
    return rules, problems


def _key(root: Path, files: Iterable[Path]) -> str:
    """What compiled rules are made from: the files' names and contents, and the program."""
    import hashlib

    digest = hashlib.sha256(_program().encode())
    for file in files:
        try:
            content = file.read_bytes()
        except OSError:
            content = b""
        digest.update(f"\0{file.relative_to(root).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _program() -> str:
    """The version, and the state of the sources that rules are checked by: the language and the entities."""
    policy = Path(__file__).parent
    parts = [__version__]
    for folder in (policy, policy.parent / "topology"):
        for parent, names, files in os.walk(folder):
            names[:] = sorted(name for name in names if name != "__pycache__")
            for name in sorted(files):
                if name.endswith((".py", ".json")):
                    state = os.stat(os.path.join(parent, name))
                    parts.append(f"{name}:{state.st_size}:{state.st_mtime_ns}")
    return " ".join(parts)


def _duplicate(rule: Rule, root: Path, first: Path) -> SyntaxProblem:
    from scanner.syntax import SyntaxProblem

    file = root / rule.path
    line = 1
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if text.startswith("id:"):
            line = number
            break
    return SyntaxProblem(shown_path(file), line, 1, f'rule "{rule.id}" is already defined in {shown_path(first)}')
