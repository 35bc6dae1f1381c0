"""Calls that are answered from a table: for collectors by themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from scanner.sources.account.calls import Calls


class Answers(Calls):
    """Answers by API, or by API and the value of one of the parameters: ``ecs:ListTasks STOPPED``."""

    def __init__(self, **answers: Any) -> None:
        super().__init__(None, "eu-west-1", (), None)  # type: ignore[arg-type]
        self._answers = {name.replace("__", ":"): answer for name, answer in answers.items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def of(self, api: str, answer: Any) -> Answers:
        """With one more answer."""
        self._answers[api] = answer
        return self

    def items(self, api: str, key: str, *, raw: bool = False, **parameters: Any) -> list[Any]:
        found = self._found(api, parameters)
        return list(found or ())

    def pages(self, api: str, **parameters: Any) -> Any:
        yield from self._found(api, parameters) or ()

    def one(self, api: str, *, raw: bool = False, **parameters: Any) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self._found(api, parameters)
        return found

    def each(self, function: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        return [function(item) for item in items]

    def batches(self, items: Sequence[Any], size: int) -> list[Sequence[Any]]:
        return super().batches(items, size)

    def _found(self, api: str, parameters: dict[str, Any]) -> Any:
        self.asked.append((api, parameters))
        for value in parameters.values():
            if isinstance(value, str) and f"{api} {value}" in self._answers:
                return self._answers[f"{api} {value}"]
        answer = self._answers.get(api)
        if isinstance(answer, Exception):
            self.fail(api, str(answer))
            return None
        return answer
