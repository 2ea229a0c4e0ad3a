"""An event loop without a machine under it: no sockets, no threads, and a clock that jumps to whatever is next.

Every callback belongs to a `Process`, told by its context. A process that has died is never run again: its timers,
tasks and the bytes on their way to it are dropped, and nothing it had planned for its own end happens.
"""

import asyncio
import contextlib
import contextvars
import heapq
import weakref
from asyncio import events
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

#: The wall clock when a simulation begins: 2026-11-24 00:00 UTC, a Tuesday.
EPOCH_NS = 1_795_478_400_000_000_000

#: What one turn of the loop takes. Without it a timer that rings a rounding error too early would ring for ever.
TURN_S = 2e-6

#: Turns between two jumps of the clock ; more means that something spins.
MAX_AT_ONCE = 200_000

#: A coroutine that waits on while it is taken apart is asked again, so often.
TAKES_APART = 10


class Process:
    """Something that lives and dies as one: the bot, the exchange, the world around them.

    `steps` counts the callbacks it has run. `on_step` is called before each; where it says no, the process died there.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_dead = False
        self.frozen_until_s = 0.0
        self.steps = 0
        self.on_step: Callable[[], bool] | None = None
        self._tasks: list[weakref.ref[asyncio.Task[Any]]] = []
        self._sweep_at = 64

    def owns(self, task: asyncio.Task[Any]) -> None:
        """Take a task in."""
        self._tasks.append(weakref.ref(task))
        if len(self._tasks) >= self._sweep_at:
            self._tasks = [one for one in self._tasks if (living := one()) is not None and not living.done()]
            self._sweep_at = 2 * len(self._tasks) + 64

    def bury(self) -> None:
        """Take the tasks of the dead apart. What their `finally` would do goes to nobody."""
        self.is_dead = True
        context = context_of(self)
        for one in self._tasks:
            task = one()
            if task is None:
                continue
            task._log_destroy_pending = False  # type: ignore[attr-defined]
            for _ in range(TAKES_APART):
                with contextlib.suppress(RuntimeError, ValueError):
                    context.run(task.get_coro().close)
                    break
        self._tasks.clear()

    def __repr__(self) -> str:
        return f"Process({self.name}{', dead' if self.is_dead else ''})"


WORLD = Process("world")
PROCESS: ContextVar[Process] = ContextVar("process", default=WORLD)


class _Soon(asyncio.Handle):
    """A callback of the next turn, made without the questions asyncio asks itself for debugging."""

    __slots__ = ()

    def __init__(
        self, callback: Callable[..., object], args: Any, loop: Any, context: contextvars.Context | None
    ) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._callback, self._args, self._loop = callback, args, loop
        self._cancelled = False
        self._source_traceback = self._repr = None


class _Timer(asyncio.TimerHandle):
    """The same for a callback that comes later."""

    __slots__ = ()

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: Any,
        loop: Any,
        context: contextvars.Context | None,
    ) -> None:
        self._context = contextvars.copy_context() if context is None else context
        self._callback, self._args, self._loop = callback, args, loop
        self._cancelled = self._scheduled = False
        self._source_traceback = self._repr = None
        self._when = when


class SpinError(Exception):
    """Something runs without end while the clock stands still."""


class VirtualLoop(asyncio.BaseEventLoop):
    """asyncio on virtual time. `network` makes its connections; see `simtest.net`."""

    def __init__(self) -> None:
        super().__init__()
        self._now_s = 0.0
        self._at_once = 0
        self._timers: list[tuple[float, int, Any]] = []
        self._count = 0
        self.steps = 0
        self.network: Any = None
        self.failures: list[str] = []
        self.set_exception_handler(self._note_failure)
        self.set_task_factory(_new_task)

    # ------------------------------------------------ time

    def time(self) -> float:
        """Seconds since the simulation began."""
        return self._now_s

    def wall_ns(self) -> int:
        """Nanoseconds since 1970 as the simulated machines see them."""
        return EPOCH_NS + round(self._now_s * 1e9)

    def call_at(  # type: ignore[override]  # the same without naming the types of the arguments
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at this moment; what is due together is called in the order it was asked for."""
        handle = _Timer(when, callback, args, self, context)
        self._count = count = self._count + 1
        heapq.heappush(self._timers, (when, count, handle))
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        """Call after so many seconds."""
        when = self._now_s + delay
        handle = _Timer(when, callback, args, self, context)
        self._count = count = self._count + 1
        heapq.heappush(self._timers, (when, count, handle))
        return handle

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        """Call in the next turn."""
        handle = _Soon(callback, args, self, context)
        self._ready.append(handle)  # type: ignore[attr-defined]
        return handle

    # ------------------------------------------------ one turn

    def _run_once(self) -> None:
        ready: deque[Any] = self._ready  # type: ignore[attr-defined]
        self._let_time_pass(ready)
        now_s, which = self._now_s, PROCESS
        for _ in range(len(ready)):
            handle = ready.popleft()
            process: Process = handle._context.get(which, WORLD)
            if handle._cancelled or process.is_dead:
                continue
            if process.frozen_until_s > now_s:
                self._count += 1
                heapq.heappush(self._timers, (process.frozen_until_s, self._count, handle))
                continue
            process.steps += 1
            self.steps += 1
            if process.on_step is not None and not process.on_step():
                continue
            handle._run()

    def _let_time_pass(self, ready: deque[Any]) -> None:
        """Jump to the next timer where nothing is ready, and make what is due ready."""
        timers = self._timers
        if not ready:
            while timers and (timers[0][2]._cancelled or _is_dead(timers[0][2])):
                heapq.heappop(timers)
            if not timers:
                raise SpinError("nothing will ever happen again")
            if timers[0][0] > self._now_s:
                self._now_s, self._at_once = timers[0][0], 0
        self._now_s = now_s = self._now_s + TURN_S
        while timers and timers[0][0] <= now_s:
            ready.append(heapq.heappop(timers)[2])
        self._at_once += 1
        if self._at_once > MAX_AT_ONCE:
            raise SpinError(f"no end of callbacks at {self._now_s:.6f} s")

    def _process_events(self, event_list: object) -> None:
        """There is nothing outside to hear of."""

    def _write_to_self(self) -> None:
        """Nobody sleeps in a selector."""

    def _timer_handle_cancelled(self, handle: events.TimerHandle) -> None:
        """Cancelled timers are dropped when their time comes."""

    def _note_failure(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if PROCESS.get().is_dead:
            return
        self.failures.append(f"{context.get('message')}: {context.get('exception')!r}")

    # ------------------------------------------------ the network, in memory

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> Any:
        """Every host has one address."""
        return await self.network.look_up(host, port)

    async def sock_connect(self, sock: Any, address: Any) -> None:
        """Connect a socket of `simtest.net`."""
        await self.network.sock_connect(sock, address)

    async def create_connection(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, *, sock: Any = None, **_: Any
    ) -> Any:
        """Connect in memory."""
        return await self.network.create_connection(protocol_factory, host, port, sock)

    async def create_server(
        self, protocol_factory: Callable[[], Any], host: Any = None, port: Any = None, **_: Any
    ) -> Any:
        """Listen in memory."""
        return self.network.listen(protocol_factory, host, port)

    def run_in_executor(self, *_: Any) -> Any:  # type: ignore[override]
        """Threads would bring a clock and an order of their own."""
        raise RuntimeError("no threads in a simulation")


def context_of(process: Process) -> contextvars.Context:
    """A context in which everything belongs to this process."""
    context = contextvars.copy_context()
    context.run(PROCESS.set, process)
    return context


def _new_task(
    loop: asyncio.AbstractEventLoop, coroutine: Any, context: contextvars.Context | None = None
) -> asyncio.Task[Any]:
    task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, context=context)
    process = PROCESS.get() if context is None else context.get(PROCESS, WORLD)
    process.owns(task)
    return task


def _is_dead(handle: events.Handle) -> bool:
    context: contextvars.Context = handle._context  # type: ignore[attr-defined]
    return context.get(PROCESS, WORLD).is_dead
