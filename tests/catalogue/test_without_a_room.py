"""Rows whose proof belongs to no single room: what the tree does not contain, and what a whole run leaves behind."""

import ast
import asyncio
import re
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import get_args

import pytest
from tests.house.tree import SOURCE, modules
from tests.net.peer import Visit, peer_at_work
from tests.net.test_http import ORDER, refused_port, talk
from trials.bot import bot
from trials.exchange import served
from trials.watching import until

from hoga.model import commands
from hoga.net.http import HttpClient
from hoga.net.http_connection import AnswerLost, NotSent
from hoga.net.websocket import open_socket

SECRET = "eyJhbGciOiJIUzUxMiJ9.canary.signature"
#: `hoga demo` serves its exchange in a process of its own, before there is any key but that exchange's.
MAY_START_PROCESSES = {"run/commands/demo.py"}
SPAWNERS = {"subprocess", "multiprocessing", "pty", "concurrent.futures.process"}
SPAWNING_CALLS = re.compile(r"create_subprocess_|\bos\.(fork|spawn|exec|posix_spawn|system|popen)")


# ------------------------------------------------ what the tree does not contain


def test_the_bot_starts_no_other_process_so_nothing_is_inherited_s4_p29():
    found = {
        path.as_posix()
        for path, tree in modules(SOURCE)
        if SPAWNING_CALLS.search((SOURCE / path).read_text(encoding="utf-8"))
        or any(name in SPAWNERS for node in ast.walk(tree) for name in _imported(node))
    }

    assert found == MAY_START_PROCESSES


def test_tokens_are_signed_by_the_standard_library_alone_s14():
    tree = ast.parse((SOURCE / "upbit" / "auth.py").read_text(encoding="utf-8"))

    named = {name.partition(".")[0] for node in ast.walk(tree) for name in _imported(node)}

    assert named - set(sys.stdlib_module_names) == set()


def test_no_command_cancels_and_orders_anew_in_one_step_r33():
    assert [kind.__name__ for kind in get_args(commands.Command) if re.search("Replace|New", kind.__name__)] == []


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module


# ------------------------------------------------ what a caller is handed


def everything_in(thing: object, depth: int = 6) -> Iterator[str]:
    """All that can be reached from an exception by its attributes, as a crash reporter would."""
    yield repr(thing)
    if depth == 0 or isinstance(thing, str | bytes | int | float | type(None) | type):
        return
    inside = [*getattr(thing, "args", ()), *getattr(thing, "__dict__", {}).values()]
    inside += [getattr(thing, name, None) for name in ("__cause__", "__context__", *getattr(thing, "__slots__", ()))]
    for each in inside:
        if each is not thing:
            yield from everything_in(each, depth - 1)


async def test_an_error_on_the_way_to_the_venue_carries_no_token_s3():
    async with talk(lambda asked: asked.writer.close()) as (client, _):
        with pytest.raises(AnswerLost) as lost:
            await client.request(ORDER, f"Bearer {SECRET}", deadline_s=5)
    nobody = HttpClient(f"http://127.0.0.1:{refused_port()}", fresh_s=5, keep_warm=False, user_agent="hoga/test")
    with pytest.raises(NotSent) as unsent:
        await nobody.request(ORDER, f"Bearer {SECRET}", deadline_s=5)
    await nobody.close()

    assert [text for error in (lost.value, unsent.value) for text in everything_in(error) if SECRET in text] == []


def test_keys_are_no_words_of_the_command_line_s8():
    done = subprocess.run(
        [sys.executable, "-m", "hoga", "run", "--access-key", "a", "--secret-key", "b"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert re.search(r"access[-_]key", done.stdout + done.stderr)


# ------------------------------------------------ where the venue is


@asynccontextmanager
async def _connected(url: str) -> AsyncIterator[None]:
    def hear(*_: bytes) -> None:
        """Nothing is said here."""

    there = await open_socket(url, headers={}, on_message=hear, on_sign=hear, on_read=hear, timeout_s=5)
    try:
        yield
    finally:
        there.abort()
        await there.ended()


async def test_each_connect_looks_the_venue_up_anew_w30(monkeypatch: pytest.MonkeyPatch):
    addresses: list[tuple[str, int]] = []
    loop = asyncio.get_running_loop()

    async def look_up(host: str, port: int, **_: object) -> list[object]:
        assert (host, port) == ("venue.example", 80)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", addresses[-1])]

    monkeypatch.setattr(loop, "getaddrinfo", look_up)
    visits: list[Visit] = []
    for _ in range(2):  # the venue has moved before the second
        async with peer_at_work() as peer:
            addresses.append(("127.0.0.1", int(peer.url.split(":")[2].split("/")[0])))
            async with _connected("ws://venue.example/websocket/v1"):
                visits.append(await peer.visit())

    assert len(visits) == 2
    assert addresses[0] != addresses[1]


# ------------------------------------------------ what a run leaves behind


@pytest.mark.slow
async def test_nothing_a_run_writes_holds_a_key_or_a_token_s1_s7(tmp_path: Path):
    async with served() as there, bot(there, tmp_path) as desk:
        running = asyncio.create_task(desk.run())
        await until(lambda: desk.brain.summary().accepted > 1, 30, "orders are accepted")
        desk.halt("enough")
        await running

    written = _all_bytes(tmp_path)
    assert b"order_sent" in written or b"accepted" in written.lower()
    assert there.access_key.encode() not in written
    assert there.secret_key.encode() not in written
    assert re.search(rb"Bearer|eyJ[A-Za-z0-9_-]{10}", written) is None


def _all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
