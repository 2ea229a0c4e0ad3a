"""The first thing a visitor types: it trades, says so at once, ends by itself, and leaves nothing but its log."""

import asyncio
import json
import re
import socket
from signal import SIGINT

from tests.scenario.programs import artefacts, program, secrets_in

#: The demo as a visitor runs it, with a hand that trades in every second.
LIVELY = ["--set", "hold_s=1", "--set", "enter=0.05"]


async def test_the_demo_trades_shows_progress_and_ends_by_itself_with_every_counter_of_trouble_at_zero(tmp_path):
    words = ["demo", "--for", "8s", "--json", *LIVELY]
    async with program(*words, folder=tmp_path, environment={"HOGA_LOG__LEVEL": "debug"}) as running:
        code = await running.end()

    told = json.loads(running.out)
    assert code == 0
    assert told["orders_sent"] > 0
    assert told["fills"] > 0
    troubles = ("answers_429", "answers_lost", "reconnects", "broken_frames", "reconciliation_differences", "left_open")
    assert {name: told[name] for name in troubles} == dict.fromkeys(troubles, 0)
    assert told["orders_rejected"] == 0

    assert running.first_err_s is not None
    assert running.first_err_s < 20  # five on a machine that does nothing else
    assert len(running.err.splitlines()) >= 3
    assert "Traceback" not in running.text

    (log,) = (tmp_path / "logs").glob("*.jsonl")
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert {"request_sent", "answer", "order", "summary"} <= {event["event"] for event in events}
    assert secrets_in(artefacts(running, tmp_path), ["hoga-sim-"]) == []


async def test_ctrl_c_ends_the_demo_and_its_exchange(tmp_path):
    async with program("demo", "--plain", *LIVELY, folder=tmp_path) as running:
        await running.until(lambda: "equity" in running.err, "it trades")
        running.signal(SIGINT)

        assert await running.end(20) == 0
        assert "Traceback" not in running.text


async def test_a_demo_that_is_killed_takes_its_exchange_with_it(tmp_path):
    async with program("demo", "--plain", *LIVELY, folder=tmp_path) as running:
        await running.until(lambda: "equity" in running.err, "it trades")
        said = re.search(r"http://127\.0\.0\.1:(\d+)", running.text)
        assert said is not None
        assert is_served(int(said[1]))
        running.process.kill()
        await running.process.wait()

        async with asyncio.timeout(20):
            while is_served(int(said[1])):  # noqa: ASYNC110 - the end of another process tells nobody here
                await asyncio.sleep(0.05)


def is_served(port: int) -> bool:
    """Tell whether anybody listens there."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0
