"""The doctor's findings where no simulated exchange can be ill: a clock that is wrong, a venue that tells nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from hoga.run.clock import steady_clock_ns
from hoga.run.commands.doctor import Finding, _clock_and_limits
from hoga.run.screen.logs import silent
from hoga.run.settings.config import load
from hoga.run.wiring import actuator_for, connect

KEYS = {"access_key": "hoga-sim-made-up", "secret_key": "made up"}


@asynccontextmanager
async def venue(*headers: str) -> AsyncIterator[str]:
    """A server that answers everything with an empty list and these headers."""
    head = "\r\n".join(("HTTP/1.1 200 OK", "Content-Type: application/json", "Content-Length: 2", *headers))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(f"{head}\r\n\r\n[]".encode())
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def findings(*headers: str) -> dict[str, Finding]:
    """What the doctor says of the clock and the limits of such a venue."""
    async with venue(*headers) as address:
        urls = {"rest_url": f"http://{address}", "websocket_url": f"ws://{address}/websocket/v1"}
        connection = connect(load(None, {"exchange": urls, **KEYS}))
        actuator = actuator_for(
            connection, commands=asyncio.Queue(1), report=lambda _: None, log=silent, clock_ns=steady_clock_ns()
        )
        try:
            return {row.subject: row for row in await _clock_and_limits(actuator)}
        finally:
            await actuator.close()


@pytest.mark.parametrize(("hours", "sign"), [(1, "-"), (-1, "+")], ids=["slow", "fast"])
async def test_a_clock_that_is_an_hour_off_is_told_with_what_to_do_r25(hours, sign):
    date = format_datetime(datetime.now(UTC) + timedelta(hours=hours), usegmt=True)
    clock = (await findings(f"Date: {date}", "Remaining-Req: group=market; min=600; sec=9"))["clock"]

    assert not clock.ok
    assert clock.found.startswith(f"{sign}3")
    assert "network time" in clock.advice


async def test_a_venue_that_tells_neither_time_nor_limits_is_no_venue():
    told = await findings()

    assert not told["clock"].ok
    assert not told["rate limits"].ok


async def test_a_clock_that_is_right_is_right():
    date = format_datetime(datetime.now(UTC), usegmt=True)
    told = await findings(f"Date: {date}", "Remaining-Req: group=market; min=600; sec=9")

    assert all(row.ok for row in told.values())
