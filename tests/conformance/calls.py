"""One list of steps for the two forms of a client: what can be awaited is awaited, on a loop as old as the client."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isawaitable
from typing import Any

DEADLINE_S = 20.0


class Calls:
    """`call(client.something())` gives the answer, whether the client is one that blocks or one that is awaited."""

    def __init__(self) -> None:
        self._runner = asyncio.Runner()

    def __call__(self, answer: Any) -> Any:
        """Wait for the answer where that is needed."""
        return self._runner.run(_awaited(answer)) if isawaitable(answer) else answer

    @contextmanager
    def opened(self, manager: Any) -> Iterator[Any]:
        """Enter either kind of context manager."""
        is_async = hasattr(manager, "__aenter__")
        opened = self(manager.__aenter__() if is_async else manager.__enter__())
        try:
            yield opened
        finally:
            self(manager.__aexit__(None, None, None) if is_async else manager.__exit__(None, None, None))

    def close(self) -> None:
        """End the loop."""
        self._runner.close()


async def _awaited(answer: Any) -> Any:
    async with asyncio.timeout(DEADLINE_S):
        return await answer
