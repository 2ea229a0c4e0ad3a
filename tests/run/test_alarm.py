"""The alarm of a bot: it may be late, and is never early."""

import asyncio

from hoga.run.alarm import Alarm

DUE_NS = 1_000_000


async def test_an_alarm_whose_timer_comes_early_waits_until_it_is_time():
    looks_ns = iter((0, DUE_NS - 1, DUE_NS - 1, DUE_NS))
    rung: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    alarm = Alarm(rung.set_result, lambda: next(looks_ns))

    alarm.set(DUE_NS)

    assert await rung == DUE_NS
    assert list(looks_ns) == []
    assert alarm.due_ns is None


async def test_an_alarm_that_is_set_anew_forgets_what_it_was_set_to_also_while_it_waits_for_the_moment():
    now_ns = 0
    rung: asyncio.Queue[int] = asyncio.Queue()

    def ring(due_ns: int) -> None:
        rung.put_nowait(due_ns)

    def look_ns() -> int:
        nonlocal now_ns
        now_ns += 1
        return now_ns

    alarm = Alarm(ring, look_ns)
    alarm.set(2)
    alarm.set(5)

    assert await rung.get() == 5
    alarm.set(10**18)
    alarm.set(None)
    assert (rung.qsize(), alarm.due_ns) == (0, None)
