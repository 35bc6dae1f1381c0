"""A scan: from templates and rules to the result document.

Each template is judged by itself or, where templates belong together, with its context; many are
judged in parallel processes.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from threading import active_count
from typing import TYPE_CHECKING, Any

from scanner.excerpts import Excerpts
from scanner.model import Module, ResourceGraph, World
from scanner.policy.evaluate.judge import Judge, judge_rule
from scanner.policy.reach import types_read
from scanner.policy.rule import Rule
from scanner.results import Judged, Part, counts_of, document_of, error_of, fault_of, located, results_of
from scanner.sources.cloudformation import Library, Parameters, Stack, Template, load_template, read_root, tied
from scanner.sources.discover import SNAPSHOT, kind_of
from scanner.syntax import Mapping as SyntaxMapping
from scanner.syntax import Span, SyntaxProblem

if TYPE_CHECKING:
    from scanner.sources.assembly import Deployed
    from scanner.sources.snapshot import Accounts

PARALLEL_FROM = 40
"""Fewer templates than this are judged in one process: starting others would cost more."""
BATCH = 20
LINKED_FROM = 12
"""Fewer stacks than this are judged in one process: each takes longer than a template that is judged by itself."""
TEMPLATE = "template"
"""What a rule's ``applies`` has where templates are judged by it."""


@dataclass(frozen=True, slots=True)
class Input:
    """A template to read, or a snapshot: its name in reports, its text, and whether it is judged or only context."""

    name: str
    text: str
    kind: str = "cloudformation"
    is_context: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """What holds for a whole scan."""

    rules: tuple[Rule, ...]
    parameters: Parameters = field(default_factory=Parameters)
    closed: bool = False
    """The scan is everything there is: what it does not hold does not exist."""
    all_verdicts: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    """Stack names by the file that they are deployed from."""
    deployed: Mapping[str, Deployed] = field(default_factory=dict)
    """How cloud assemblies deploy templates, by file."""
    jobs: int = 0
    """Processes; 0 for as many as there are processors."""
    snapshots: Mapping[str, str] = field(default_factory=dict)
    """The texts of the snapshots that are context, by file."""
    remembers: bool = False
    """Whether parts say what passed, for a history."""
    judge: Judge = judge_rule


def scan(
    inputs: Sequence[Input],
    options: Options,
    *,
    problems: Iterable[SyntaxProblem] = (),
    notes: Iterable[tuple[str, str]] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
    memory: Judged | None = None,
) -> dict[str, Any]:
    """The result document of a scan. ``progress`` is told how many of the templates are done; ``memory`` takes what a
    history needs besides the document.

    A snapshot that is no context is judged by itself, as it is, and is context of the templates like the others.
    """
    rules = options.rules
    options = replace(options, remembers=memory is not None)
    whole = Part(errors=[error_of(problem) for problem in problems])
    snapshots = [one for one in inputs if one.kind == SNAPSHOT]
    templates = [one for one in inputs if one.kind != SNAPSHOT]
    accounts = _accounts(snapshots, whole)
    if accounts is not None:
        for part in _live_parts(snapshots, accounts, options, memory):
            whole.add(part)
        if templates:
            options = _in_context(snapshots, accounts, options, whole)
    options = replace(options, rules=tuple(rule for rule in options.rules if TEMPLATE in rule.applies))
    judged = [one for one in templates if not one.is_context]
    together = tied({one.name: one.text for one in templates}, _uploads(options))
    loose = [one for one in judged if one.name not in together]
    done = 0
    for part, count in _parts(loose, options):
        whole.add(part)
        done += count
        progress(done, len(judged))
    for part in _linked_parts([one for one in templates if one.name in together], options):
        whole.add(part)
        done = max(done, len(whole.files))
        progress(done, len(judged))
    if memory is not None:
        memory.add(whole.judged)
    described = [
        {"path": one.name, "kind": one.kind, "role": "context" if one.is_context else "scanned"} for one in inputs
    ]
    return document_of(whole, described, rules, list(notes))


def collect_seldom() -> None:
    """Lets the garbage collector of a process that only scans look for cycles seldom: graphs are short-lived."""
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def judge_text(
    text: str,
    file: str,
    rules: Sequence[Rule],
    *,
    parameters: Mapping[str, Any],
    closed: bool,
    context: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The result document, with all verdicts, of one template or snapshot: what rule examples are checked against."""
    given = Parameters().merged({name: str(value) for name, value in parameters.items()}, "the example")
    options = Options(tuple(rules), given, closed, all_verdicts=True, jobs=1)
    inputs = [Input(file, text, _kind(text))]
    inputs += [Input(name, other, _kind(other), is_context=True) for name, other in (context or {}).items()]
    return scan(inputs, options)


def _kind(text: str) -> str:
    return SNAPSHOT if kind_of(text) == SNAPSHOT else "cloudformation"


def _parts(inputs: Sequence[Input], options: Options) -> Iterator[tuple[Part, int]]:
    jobs = min(options.jobs or os.cpu_count() or 1, max(len(inputs) // BATCH, 1))
    if len(inputs) < PARALLEL_FROM or jobs == 1:
        for one in inputs:
            yield judge_input(one, options), 1
        return
    from concurrent.futures import ProcessPoolExecutor

    batches = [inputs[start : start + BATCH] for start in range(0, len(inputs), BATCH)]
    with ProcessPoolExecutor(jobs, initializer=_start_worker, initargs=(options,)) as pool:
        for part, batch in zip(pool.map(_judge_batch, batches), batches, strict=True):
            yield part, len(batch)


_worker_options: Options


def _start_worker(options: Options) -> None:
    global _worker_options
    _worker_options = options
    collect_seldom()


def _judge_batch(inputs: Sequence[Input]) -> Part:
    part = Part()
    for one in inputs:
        part.add(judge_input(one, _worker_options))
    return part


def judge_input(one: Input, options: Options) -> Part:
    """Judges one template by every rule."""
    part = Part()
    given, deployed = options.parameters, options.deployed.get(one.name)
    if deployed is not None:
        given = given.at(deployed.account, deployed.region)
    stack = options.links.get(one.name) or (deployed.stack if deployed is not None else "")
    given = given.merged({"AWS::StackName": stack}, "the name of the stack") if stack else given
    try:
        template = load_template(one.text, one.name, given, _wanted(one.text, options))
    except SyntaxProblem as problem:
        part.errors.append(error_of(problem))
        return part
    graph = _graph([template], given, options, frozenset({template.name}))
    _judge_templates(part, [template], graph, {one.name: one.text}, options)
    return part


def _linked_parts(inputs: Sequence[Input], options: Options) -> Iterator[Part]:
    """Judges templates that may belong together: each stack with all that it nests and imports from."""
    if all(one.is_context for one in inputs):
        return
    roots: dict[str, SyntaxMapping] = {}
    unreadable: dict[str, str] = {}
    judged = {one.name for one in inputs if not one.is_context}
    texts = {one.name: one.text for one in inputs}
    for one in inputs:
        try:
            found: list[SyntaxProblem] = []
            roots[one.name] = read_root(one.text, one.name, found)
            if found and one.name in judged:
                yield Part(errors=[error_of(problem) for problem in found])
        except SyntaxProblem as problem:
            if "{{" not in one.text:  # what a template engine has still to render is not what is deployed
                unreadable[one.name] = one.text
            if one.name in judged:
                yield Part(errors=[error_of(problem)])
    named = {file: one.stack for file, one in options.deployed.items() if one.stack}
    places = {file: (one.account, one.region) for file, one in options.deployed.items()}
    wanted = types_read(options.rules)
    library = Library(
        roots,
        options.parameters,
        {**named, **options.links},
        places,
        _uploads(options),
        wanted,
        _whole_apps(options),
        unreadable,
    )
    stacks = [stack for stack in library.stacks() if any(template.file in judged for template in stack.templates)]
    for file in options.links.keys() & library.nested.keys():
        message = f"--link cannot name its stack: {library.nested[file]} nests it, and CloudFormation names it then"
        yield Part(errors=[error_of(SyntaxProblem(file, 1, 1, message))])
    judge = partial(_judge_stack, judged, texts, options)
    jobs = min(options.jobs or os.cpu_count() or 1, len(stacks))
    # What is linked is not sent to other processes: they begin as copies of this one, if that is safe.
    if len(stacks) < LINKED_FROM or jobs == 1 or not hasattr(os, "fork") or active_count() > 1:
        yield from map(judge, stacks)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    global _worker_stacks
    _worker_stacks = judge, stacks
    with ProcessPoolExecutor(jobs, get_context("fork"), collect_seldom) as pool:
        yield from pool.map(_judge_in_worker, range(len(stacks)))


_worker_stacks: tuple[Callable[[Stack], Part], Sequence[Stack]]


def _judge_in_worker(index: int) -> Part:
    judge, stacks = _worker_stacks
    return judge(stacks[index])


def _judge_stack(judged: set[str], texts: Mapping[str, str], options: Options, stack: Stack) -> Part:
    own = [template for template in stack.templates if template.file in judged]
    deployed = options.deployed.get(stack.root.file)
    given = options.parameters.at(deployed.account, deployed.region) if deployed is not None else options.parameters
    names = frozenset(template.name for template in own)
    graph = _graph((*stack.templates, *stack.context), given, options, names, stack.world)
    part = Part()
    _judge_templates(part, own, graph, texts, options)
    return part


def _whole_apps(options: Options) -> frozenset[str]:
    """The files of cloud assemblies that are scanned whole."""
    if not options.deployed:
        return frozenset()
    from scanner.sources.assembly import complete

    return complete(options.deployed)


def _accounts(snapshots: Sequence[Input], whole: Part) -> Accounts | None:
    """The accounts of some snapshots, if there are any; what is wrong with one is an error of the scan."""
    if not snapshots:
        return None
    from scanner.sources.snapshot import read_all

    accounts, problems = read_all({one.name: one.text for one in snapshots})
    whole.errors += [error_of(problem) for problem in problems]
    return accounts


def _live_parts(
    snapshots: Sequence[Input], accounts: Accounts, options: Options, memory: Judged | None
) -> Iterator[Part]:
    """Judges the accounts of the snapshots that are no context."""
    judged = {one.name for one in snapshots if not one.is_context}
    if judged:
        from scanner.live import judge_modules

        texts = {one.name: one.text for one in snapshots}
        own = [module for module in accounts.modules if module.file in judged]
        rules, every = options.rules, options.all_verdicts
        yield from judge_modules(accounts, own, texts, rules, all_verdicts=every, memory=memory, judge=options.judge)


def _in_context(snapshots: Sequence[Input], accounts: Accounts, options: Options, whole: Part) -> Options:
    """The options with the accounts of some snapshots as context."""
    given = options.parameters
    chosen = accounts.at(given.account, given.region)
    texts = {one.name: one.text for one in snapshots}
    if accounts.modules and not chosen.modules and all(error["file"] not in texts for error in whole.errors):
        held = ", ".join(module.name for module in accounts.modules)
        message = f"holds nothing of the account and region that are chosen, only {held}"
        whole.errors.append(error_of(SyntaxProblem(snapshots[0].name, 1, 1, message)))
    return replace(options, parameters=replace(given, context=chosen), snapshots=texts)


def _graph(
    templates: Sequence[Template],
    given: Parameters,
    options: Options,
    judged: frozenset[str],
    world: World | None = None,
) -> ResourceGraph:
    """The graph of some templates, with the account that they are deployed to as context."""
    if given.context is None:
        return ResourceGraph(templates, world, closed=options.closed, judged=judged)
    from scanner.sources.snapshot import Accounts, Context

    assert isinstance(given.context, Accounts)
    modules: list[Module] = [*templates, *given.context.modules]
    context = Context(given.context, templates)
    return ResourceGraph(modules, world, closed=options.closed, judged=judged, context=context)


def _secrets(graph: ResourceGraph, file: str) -> Iterator[Span]:
    """Where a file holds values that no report may show."""
    for module in graph.modules:
        if getattr(module, "file", None) == file:
            yield from module.secrets()  # type: ignore[attr-defined]


def _wanted(text: str, options: Options) -> frozenset[str] | None:
    """The types that the rules read, where it is of use to know."""
    return types_read(options.rules) if "AWS::Serverless" in text else None


def _uploads(options: Options) -> dict[str, str]:
    """The files that cloud assemblies upload, by the last part of their S3 keys."""
    return {key: file for file, one in options.deployed.items() for key in one.keys}


def _judge_templates(
    part: Part, templates: Sequence[Template], graph: ResourceGraph, texts: Mapping[str, str], options: Options
) -> None:
    part.files |= {template.file for template in templates}
    part.errors += [error_of(problem) for template in templates for problem in template.problems]
    locate = located(_Lazy(lambda file: _excerpts(file, texts, graph, options)))
    subjects: set[tuple[str, str]] = set()
    for rule in options.rules:
        try:
            found = options.judge(rule, graph)
        except Exception as fault:  # one rule's fault on one template must not take the other verdicts away
            if os.environ.get("CLEARWAY_DEBUG"):
                raise
            part.errors.append(fault_of(rule, templates[0].file, fault))
            part.judged.unjudged.add(rule.id)
            continue
        part.counts[rule.id] = counts_of(found)
        subjects |= found.judgements.keys()
        part.results += results_of(found, locate, passes=options.all_verdicts, snapshots=options.snapshots)
        if options.remembers:
            part.judged.take(found)
    if options.remembers:
        part.judged.resources |= {f"{template.name}#{id}" for template in templates for id in template.types}
    if options.deployed:
        read = {module.file: module for module in graph.modules if isinstance(module, Template)}
        from scanner.origins import add_origins

        add_origins(part.results, read, options.deployed, locate)
    if any(template.links.arguments for template in templates):
        from scanner.origins import add_arguments

        add_arguments(part.results, templates, locate)
    part.subjects = len(subjects)


def _excerpts(file: str, texts: Mapping[str, str], graph: ResourceGraph, options: Options) -> Excerpts:
    """The excerpts of a template, a snapshot, or a file that a template names."""
    text = texts.get(file) or options.snapshots.get(file)
    if text is None:
        from scanner.sources.companions import companion_secrets, companion_text

        text = companion_text(file)
        return Excerpts(text, companion_secrets(text, file))
    return Excerpts(text, _secrets(graph, file))


class _Lazy(dict[str, Excerpts]):
    """Excerpts by file, made when first asked for: most templates need none."""

    def __init__(self, make: Callable[[str], Excerpts]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, file: str) -> Excerpts:
        made = self[file] = self._make(file)
        return made
