"""The bare socket: what it says of itself, and what it leaves behind."""

import asyncio
import ssl

import pytest
from tests.net.peer import Visit, peer_at_work

from hoga.net.tls import tls
from hoga.net.websocket import ConnectError, Socket, open_socket


def nothing(*_heard: bytes) -> None:
    """What comes is not heard."""


async def opened(url: str, timeout_s: float = 2.0) -> Socket:
    return await open_socket(url, headers={}, on_message=nothing, on_sign=nothing, on_read=nothing, timeout_s=timeout_s)


async def test_a_close_frame_is_told_with_its_code_and_words():
    async with peer_at_work() as peer:
        socket = await opened(peer.url)
        (await peer.visit()).close(1012, "점검".encode())

        end = await socket.ended()

        assert (end.code, end.reason) == (1012, "점검")


async def test_an_end_without_a_close_frame_is_told_as_1006():
    async with peer_at_work() as peer:
        socket = await opened(peer.url)
        (await peer.visit()).reset()

        assert (await socket.ended()).code == 1006


async def test_a_reset_nobody_reads_is_seen_all_the_same_w1():
    async with peer_at_work() as peer:
        socket = await opened(peer.url)
        visit = await peer.visit()
        before = socket.was_reset
        socket.pause()  # stands for an event loop that does not tell the reader
        visit.reset()
        async with asyncio.timeout(5):
            while not socket.was_reset:  # noqa: ASYNC110 - asking is what is tested
                await asyncio.sleep(0.01)

        assert not before
        socket.abort()
        assert (await socket.ended()).code == 1006


async def test_what_a_deaf_peer_does_not_take_is_told_as_unsent():
    async with peer_at_work() as peer:
        socket = await opened(peer.url)
        (await peer.visit()).go_dark()
        before = socket.has_unsent

        socket.send(b"x" * 50_000_000)
        await asyncio.sleep(0)

        assert (before, socket.has_unsent) == (False, True)
        socket.abort()
        await socket.ended()


async def test_our_own_close_is_not_kept_waiting_by_a_peer_that_does_not_answer():
    async with peer_at_work() as peer:
        socket = await opened(peer.url)
        (await peer.visit()).go_dark()

        socket.close()
        async with asyncio.timeout(5):
            await socket.ended()


async def test_sending_on_a_socket_that_has_ended_does_nothing():
    async with peer_at_work() as peer:
        socket = await opened(peer.url)
        (await peer.visit()).reset()
        await socket.ended()

        socket.send(b"hello")
        socket.ping()
        socket.close()
        socket.abort()


async def test_a_refused_upgrade_is_told_with_its_status():
    def unauthorized(_: Visit) -> bytes:
        return b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"

    async with peer_at_work() as peer:
        peer.answer = unauthorized

        with pytest.raises(ConnectError) as refusal:
            await opened(peer.url)

        assert refusal.value.status == 401


async def test_nobody_at_home_and_no_such_host_are_told():
    async with peer_at_work() as peer:
        await peer.shut()
        with pytest.raises(ConnectError, match="Refused"):
            await opened(peer.url)
    with pytest.raises(ConnectError, match="gai"):
        await opened("ws://no.such.host.invalid/")


async def test_wss_means_tls_and_a_peer_that_speaks_plainly_is_no_answer():
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    with pytest.raises(ConnectError, match="SSL"):
        await opened(f"wss://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    server.close()


def test_certificates_and_host_names_are_always_checked_r39():
    context = tls()

    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


async def test_an_attempt_that_is_interrupted_leaves_no_open_connection_behind():
    gone = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(1000):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    attempt = asyncio.create_task(opened(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/", timeout_s=60.0))
    await asyncio.sleep(0.05)
    attempt.cancel()

    async with asyncio.timeout(5):
        await gone.wait()
    server.close()
