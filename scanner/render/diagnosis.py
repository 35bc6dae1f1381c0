"""The answer to a message (``reports/diagnosis.schema.json``), as text for a terminal or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scanner.render.document import visible
from scanner.render.terminal import painter, wrap
from scanner.render.text import NARROWEST, WIDTH, failures

Answer = Mapping[str, Any]

HEADS = {
    "found": ("found", "fail"),
    "not_known": ("not known", "undecided"),
    "not_checked": ("not checked", "note"),
    "ruled_out": ("ruled out", "pass"),
    "not_applicable": ("does not apply", "faint"),
}
SUMS = {
    "meaning": "Nothing was judged: name a template, a snapshot or a live account.",
    "quiet": "Nothing that is known to be wrong was said.",
    "unknown": "What was said is not known, so that there is nothing to judge.",
    "not_known": "No cause is proven; what is not known may be one.",
    "not_checked": "No cause is proven; what is not checked may be one.",
    "ruled_out": "None of the rules finds a cause: what is left is to look at.",
}
NAMES = {"target_group": "target group"}
MOST_SUPPLIES = 3


def render(document: Mapping[str, Any], *, colour: bool = False, width: int | None = None) -> str:
    """What was said and means, what became of each rule that can explain it, and what is left to look at."""
    return "\n".join(_Text(document, colour, max(NARROWEST, width or WIDTH)).lines()) + "\n"


def as_json(document: Mapping[str, Any]) -> str:
    """The document itself."""
    import json

    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


class _Text:
    def __init__(self, document: Mapping[str, Any], colour: bool, width: int) -> None:
        self.document = document
        self.colour = colour
        self.paint = painter(colour)
        self.width = width

    def lines(self) -> Iterator[str]:
        for message in self.document["messages"]:
            yield from self.message(message)
            yield ""
        for note in self.document["notes"]:
            yield from self.hanging(self.paint("note", "note") + ": ", 6, note)
        for service in self.document["services"]:
            yield from self.hanging(self.paint("strong", "judged") + ": ", 8, _service(service))
        if self.document["notes"] or self.document["services"]:
            yield ""
        for verdict, (head, style) in HEADS.items():
            answers = [answer for answer in self.document["answers"] if answer["verdict"] == verdict]
            if answers:
                told = head if self.document["verdict"] != "meaning" else "what can explain it"
                yield self.paint(style, told)
                yield from self.answers(verdict, answers)
                if verdict != "found":  # which ends with an empty line
                    yield ""
        if self.document["look"]:
            yield self.paint("strong", "left to look at")
            for line in self.document["look"]:
                yield from self.hanging("  - ", 4, line)
            yield ""
        for error in self.document["errors"]:
            place = f"{visible(error['file'])}:{error['line']}:{error['column']}"
            yield from self.hanging(self.paint("error", "error") + ": ", 7, f"{place}: {error['message']}")
        yield self.sum()

    def message(self, message: Mapping[str, Any]) -> Iterator[str]:
        said = " ".join(word for word in (message["source"], message["service"], message["at"]) if word)
        head = "" if message["source"] == "given" else f"{said}: "
        more = f" (and {message['times'] - 1} more like it)" if message["times"] > 1 else ""
        for line in wrap(f"{head}{message['text']}{more}", self.width):
            yield self.paint("strong", line)
        if not message["means"] and not message["faults"]:
            yield from self.hanging("  means  ", 9, "this is no message that is known")
            for about in message["near"]:
                yield from self.hanging("  near   ", 9, about)
            return
        faults = {fault["code"]: fault["means"] for fault in self.document["faults"]}
        told = [*message["means"], *(f"{code}: {faults[code]}" for code in message["faults"])]
        for number, line in enumerate(told):
            yield from self.hanging("  means  " if number == 0 else " " * 9, 9, line)
        names = ", ".join(
            f"{NAMES.get(name, name)} {value}" for name, value in message["names"].items() if name != "reason"
        )
        if names:
            yield from self.hanging("  names  ", 9, names)

    def answers(self, verdict: str, answers: Sequence[Answer]) -> Iterator[str]:
        if verdict == "found":
            for answer in answers:
                for result in answer["results"]:
                    yield from failures(result, self.document["rules"], colour=self.colour, width=self.width)
            return
        for answer in answers:
            of = f" ({', '.join(answer['subjects'][:3])})" if answer["subjects"] else ""
            why = f"; {answer['why']}" if answer["why"] and verdict == "ruled_out" else ""
            yield from self.hanging(f"  {answer['rule']}  ", len(answer["rule"]) + 4, f"{answer['title']}{of}{why}")
            for reason in _reasons(answer)[:MOST_SUPPLIES]:
                yield from self.hanging("    - ", 6, reason)
        commands = dict.fromkeys((answer["command"], answer["why"]) for answer in answers if answer["command"])
        for command, why in commands:
            about = f"  # {why}" if why and verdict != "ruled_out" else ""
            yield f"  $ {visible(command)}{about}"

    def hanging(self, lead: str, indent: int, text: str) -> Iterator[str]:
        for number, line in enumerate(wrap(text, self.width - indent)):
            yield (lead if number == 0 else " " * indent) + line

    def sum(self) -> str:
        found = [answer["rule"] for answer in self.document["answers"] if answer["verdict"] == "found"]
        if found:
            verb = "is" if len(found) == 1 else "are"
            return self.paint("fail", f"{', '.join(found)} {verb} proven, and can explain it.")
        return self.paint("strong", SUMS[self.document["verdict"]])


def _service(service: Mapping[str, Any]) -> str:
    cluster = f" in cluster {service['cluster']}" if service["cluster"] else ""
    bindings = f" ({', '.join(service['bindings'])})" if service["bindings"] else ""
    return f"service {service['label']}{cluster}{bindings}"


def _reasons(answer: Answer) -> list[str]:
    """What is not known, and what to supply."""
    found = {}
    for result in answer["results"]:
        for unknown in result["unknown"]:
            supply = f" (supply {unknown['supply']})" if unknown["supply"] else ""
            found[unknown["reason"] + supply] = True
    return list(found)
