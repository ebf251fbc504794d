"""A network that is a function: requests go in, prepared answers come out, nothing leaves the process."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import orjson

from core.graph.answer import Answer, Request, SendFailed
from core.graph.transport import Transport

ROOT = "https://graph.example.com"
Reply = Answer | SendFailed
Script = Callable[[Request], Reply]


def answer(status: int = 200, body: Any = None, **headers: str) -> Answer:  # noqa: ANN401 - whatever is JSON
    """An answer; in names of headers `_` stands for `-`."""
    content = body if isinstance(body, bytes) else orjson.dumps(body if body is not None else {})
    return Answer(
        status=status,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
        content=content,
    )


def error(status: int, code: str, message: str = "", **headers: str) -> Answer:
    """An answer with Graph's envelope of an error."""
    return answer(status, {"error": {"code": code, "message": message}}, **headers)


class ScriptedSender:
    """Answers as a function says, and keeps what was asked."""

    def __init__(self, script: Script, downloads: Mapping[str, Iterable[bytes]] | None = None) -> None:
        self.script = script
        self.downloads = downloads or {}
        self.requests: list[Request] = []
        self.fetched: list[str] = []

    def send(self, request: Request) -> Answer:
        self.requests.append(request)
        reply = self.script(request)
        if isinstance(reply, SendFailed):
            raise reply
        return reply

    @contextmanager
    def stream(self, url: str) -> Iterator[tuple[int, Iterator[bytes]]]:
        self.fetched.append(url)
        yield (200, iter(self.downloads[url])) if url in self.downloads else (404, iter(()))

    def close(self) -> None:
        pass


class CountedTokens:
    """Tokens `token-1`, `token-2`, …: the next one each time the current one is rejected."""

    def __init__(self) -> None:
        self.number = 1

    def token(self) -> str:
        return f"token-{self.number}"

    def replace(self, rejected: str) -> str:
        if rejected == self.token():
            self.number += 1
        return self.token()


class Wire:
    """A transport over a scripted network, with a clock that only counts what it was asked to wait."""

    def __init__(
        self, script: Script | list[Reply], downloads: Mapping[str, Iterable[bytes]] | None = None
    ) -> None:
        replies = iter(script) if isinstance(script, list) else None
        self.sender = ScriptedSender((lambda _: next(replies)) if replies else script, downloads)  # type: ignore[arg-type]  # one of the two it is
        self.tokens = CountedTokens()
        self.waited = 0.0
        self.transport = Transport(ROOT, self.tokens, self.sender, sleep=self._sleep)

    @property
    def urls(self) -> list[str]:
        """What was asked, in order."""
        return [request.url for request in self.sender.requests]

    def _sleep(self, seconds: float) -> None:
        self.waited += seconds
