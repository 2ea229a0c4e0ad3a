"""The connection orders travel on, against a peer that misbehaves in every way the reliability table lists."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.net.http_peer import Act, Asked, Peer, peer, until

from hoga.model.errors import ConfigError
from hoga.net.http import MAX_CONNECTIONS, RESERVED_CONNECTIONS, HttpClient
from hoga.net.http_connection import MAX_BODY, AnswerLost, NotSent
from hoga.upbit.rest.request import Request

ORDER = Request(method="POST", path="/v1/orders", group="order", body=b'{"market":"KRW-BTC"}', hashed="market=KRW-BTC")
CANCEL = Request(method="DELETE", path="/v1/order", group="default", query="identifier=a%2B1", urgent=True)
QUESTION = Request(method="GET", path="/v1/accounts", group="default")

JSON_OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@asynccontextmanager
async def talk(act: Act, *, fresh_s: float = 5.0, keep_warm: bool = False) -> AsyncIterator[tuple[HttpClient, Peer]]:
    async with peer(act) as there:
        client = HttpClient(there.url, fresh_s=fresh_s, keep_warm=keep_warm, user_agent="hoga/test")
        try:
            yield client, there
        finally:
            await client.close()


async def lost_reason(act: Act, request: Request = ORDER, deadline_s: float = 5.0) -> str:
    async with talk(act) as (client, _):
        with pytest.raises(AnswerLost) as caught:
            await client.request(request, "Bearer x", deadline_s=deadline_s)
        assert client.busy == 0
        return str(caught.value)


def refused_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


# ---------------------------------------------------------------- what is on the wire


async def test_a_request_carries_what_the_venue_wants_each_header_once_and_never_an_origin_r22():
    async with talk(lambda asked: asked.reply(201)) as (client, there):
        await client.request(ORDER, "Bearer token", deadline_s=5)
        await client.request(CANCEL, "Bearer token", deadline_s=5)
        await client.request(QUESTION, None, deadline_s=5)

    order, cancel, question = there.asked
    authority = there.url.removeprefix("http://")
    assert order.head.split(b"\r\n") == [
        b"POST /v1/orders HTTP/1.1",
        f"Host: {authority}".encode(),
        b"User-Agent: hoga/test",
        b"Accept: application/json",
        b"Content-Type: application/json; charset=utf-8",
        b"Authorization: Bearer token",
        b"Content-Length: 20",
    ]
    assert order.body == ORDER.body
    assert cancel.head.startswith(b"DELETE /v1/order?identifier=a%2B1 HTTP/1.1\r\n")
    assert question.header_names == ["host", "user-agent", "accept"]
    for asked in there.asked:
        assert len(asked.header_names) == len(set(asked.header_names))
        assert not {"origin", "accept-encoding", "cookie"} & set(asked.header_names)


@pytest.mark.parametrize("query", ["a=b c", "a=b\r\nOrigin: x", "a=가"])
async def test_a_request_line_that_could_be_misread_is_our_own_bug(query: str):
    async with talk(lambda asked: asked.reply(200)) as (client, there):
        with pytest.raises(ValueError, match="visible ASCII"):
            await client.request(Request(method="GET", path="/v1/x", query=query, group="default"), deadline_s=5)

    assert there.asked == []


@pytest.mark.parametrize("url", ["api.upbit.com", "ftp://api.upbit.com", "https://", "https://api.upbit.com/v1"])
def test_only_the_address_of_a_server_will_do(url: str):
    with pytest.raises(ConfigError):
        HttpClient(url)


async def test_proxies_from_the_environment_are_ignored_s17(monkeypatch: pytest.MonkeyPatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{refused_port()}")
    async with talk(lambda asked: asked.reply(200)) as (client, _):
        assert (await client.request(QUESTION, deadline_s=5)).status == 200


# ---------------------------------------------------------------- answers


async def test_answers_come_in_every_legal_form():
    forms = [
        b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nhello",
        b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
        b"HTTP/1.0 201 Created\r\nContent-Length: 5\r\n\r\nhello",
    ]
    async with talk(lambda asked: asked.say(forms[asked.number])) as (client, _):
        answers = [await client.request(ORDER, deadline_s=5) for _ in forms]

    assert [(answer.status, answer.body) for answer in answers] == [(201, b"hello")] * len(forms)


async def test_an_answer_may_end_with_its_connection():
    def act(asked: Asked) -> None:
        asked.say(b"HTTP/1.1 200 OK\r\n\r\nhello")
        asked.close()

    async with talk(act) as (client, _):
        assert (await client.request(QUESTION, deadline_s=5)).body == b"hello"


async def test_headers_are_found_by_lower_case_names_and_repeated_ones_are_joined():
    headers = b"Remaining-Req: group=order; min=1; sec=7\r\nVary: A\r\nvary: B\r\nContent-Length: 0\r\n\r\n"
    raw = b"HTTP/1.1 200 OK\r\n" + headers
    async with talk(lambda asked: asked.say(raw)) as (client, _):
        answer = await client.request(QUESTION, deadline_s=5)

    assert answer.headers["remaining-req"] == "group=order; min=1; sec=7"
    assert answer.headers["vary"] == "A, B"


async def test_an_answer_in_many_pieces_is_one_answer():
    async def act(asked: Asked) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":
            asked.say(bytes([byte]))
            await asyncio.sleep(0)

    async with talk(act) as (client, _):
        assert (await client.request(QUESTION, deadline_s=5)).body == b"ok"


async def test_a_redirect_is_an_answer_like_any_other_and_is_not_followed_r9():
    async with talk(lambda asked: asked.reply(307, b"", f"Location: {asked.peer.url}/else")) as (client, there):
        answer = await client.request(ORDER, "Bearer x", deadline_s=5)
        await asyncio.sleep(0.02)

    assert answer.status == 307
    assert len(there.asked) == 1


# ---------------------------------------------------------------- proven not sent (R1)


async def test_a_refused_connection_is_proof_that_nothing_was_sent_r1():
    client = HttpClient(f"http://127.0.0.1:{refused_port()}", keep_warm=False)

    with pytest.raises(NotSent):
        await client.request(ORDER, deadline_s=5)
    await client.close()


async def test_an_unknown_host_is_proof_that_nothing_was_sent_r1():
    client = HttpClient("http://host.invalid", keep_warm=False)

    with pytest.raises(NotSent):
        await client.request(ORDER, deadline_s=5)
    await client.close()


async def test_a_failed_tls_handshake_is_proof_that_nothing_was_sent_r1():
    async with peer(lambda asked: asked.reply(200)) as there:
        client = HttpClient(there.url.replace("http:", "https:"), connect_timeout_s=0.3, keep_warm=False)
        with pytest.raises(NotSent):
            await client.request(ORDER, deadline_s=5)
        await client.close()

    assert there.asked == []


async def test_a_handshake_that_never_ends_is_proof_that_nothing_was_sent():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = HttpClient(f"https://127.0.0.1:{silent.getsockname()[1]}", connect_timeout_s=0.05, keep_warm=False)
        with pytest.raises(NotSent, match=r"within 0\.05 s"):
            await client.request(ORDER, deadline_s=5)
        await client.close()


def test_tls_is_always_verified_and_new_enough_r39():
    context = HttpClient("https://api.upbit.com")._tls

    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2


async def test_a_client_closed_while_it_connects_has_sent_nothing():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = HttpClient(f"https://127.0.0.1:{silent.getsockname()[1]}", keep_warm=False)
        asking = asyncio.ensure_future(client.request(ORDER, deadline_s=5))
        await asyncio.sleep(0)
        await client.close()
        with pytest.raises(NotSent):
            await asking


# ---------------------------------------------------------------- answers that are lost (R3-R8, R23, R24)


async def test_a_reset_after_the_request_loses_the_answer():
    assert "ended" in await lost_reason(lambda asked: asked.reset())


async def test_a_server_that_hangs_loses_the_answer_at_the_deadline():
    assert "no answer within" in await lost_reason(lambda asked: None, deadline_s=0.05)


async def test_a_slow_loris_is_cut_off_at_the_total_deadline_r23():
    async def act(asked: Asked) -> None:
        asked.say(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not asked.writer.is_closing():
            asked.say(b"x")
            await asyncio.sleep(0.005)

    assert "no answer within" in await lost_reason(act, deadline_s=0.1)


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 201 Cre",
        b"",
    ],
)
async def test_a_truncated_answer_is_lost(raw: bytes):
    def act(asked: Asked) -> None:
        asked.say(raw)
        asked.close()

    assert "ended before" in await lost_reason(act)


@pytest.mark.parametrize("raw", [b"SSH-2.0-OpenSSH_9\r\n", b"\x00\x01\x02\x03" * 8, b"HTTP/1.1 banana\r\n\r\n"])
async def test_something_that_is_not_http_is_lost(raw: bytes):
    assert "not an HTTP answer" in await lost_reason(lambda asked: asked.say(raw))


async def test_an_upgrade_nobody_asked_for_is_lost():
    raw = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"

    assert "not an HTTP answer" in await lost_reason(lambda asked: asked.say(raw))


async def test_a_body_over_the_cap_is_lost_whether_counted_or_chunked_r24():
    half = b"x" * (MAX_BODY // 2)
    counted = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (MAX_BODY + 1) + half + half + b"x"
    chunk = b"%x\r\n%b\r\n" % (len(half), half)
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk * 3 + b"0\r\n\r\n"

    assert "bytes of body" in await lost_reason(lambda asked: asked.say(counted))
    assert "bytes of body" in await lost_reason(lambda asked: asked.say(chunked))


async def test_headers_without_end_are_lost():
    async def act(asked: Asked) -> None:
        asked.say(b"HTTP/1.1 200 OK\r\n")
        while not asked.writer.is_closing():
            asked.say(b"X-More: " + b"x" * 1_000 + b"\r\n")
            await asyncio.sleep(0)

    assert "bytes of headers" in await lost_reason(act)


async def test_a_caller_that_gives_up_leaves_no_connection_in_doubt():
    async with talk(lambda asked: asked.say(JSON_OK) if asked.number else None) as (client, there):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.request(ORDER, deadline_s=0.1), 0.02)
        assert (await client.request(ORDER, deadline_s=5)).status == 200

    assert there.connections == 2


async def test_a_client_that_is_closed_loses_what_is_in_flight():
    async with talk(lambda asked: None) as (client, there):
        asking = asyncio.ensure_future(client.request(ORDER, deadline_s=5))
        await until(lambda: there.asked)
        await client.close()
        with pytest.raises(AnswerLost):
            await asking
        with pytest.raises(NotSent):
            await client.request(ORDER, deadline_s=5)


# ---------------------------------------------------------------- which connection is used (R2)


async def test_a_connection_is_kept_and_used_again():
    async with talk(lambda asked: asked.reply(200)) as (client, there):
        for _ in range(5):
            await client.request(ORDER, deadline_s=5)

    assert there.connections == 1


async def test_requests_at_once_open_as_many_connections_and_no_more():
    async with talk(lambda asked: asked.reply(200)) as (client, there):
        for _ in range(3):
            await asyncio.gather(*(client.request(QUESTION, deadline_s=5) for _ in range(8)))

    assert there.connections == 8


async def test_there_is_a_limit_to_connections_and_a_part_is_kept_for_urgent_requests():
    async with talk(lambda asked: None) as (client, _):
        ordinary = MAX_CONNECTIONS - RESERVED_CONNECTIONS
        asking = [asyncio.ensure_future(client.request(ORDER, deadline_s=1)) for _ in range(ordinary)]
        await asyncio.sleep(0)

        assert not client.has_room()
        assert client.has_room(urgent=True)

        asking += [
            asyncio.ensure_future(client.request(CANCEL, deadline_s=1)) for _ in range(MAX_CONNECTIONS - ordinary)
        ]
        await asyncio.sleep(0)

        assert not client.has_room(urgent=True)
        with pytest.raises(NotSent):
            await client.request(CANCEL, deadline_s=1)
        await client.close()
        assert {type(each) for each in await asyncio.gather(*asking, return_exceptions=True)} <= {NotSent, AnswerLost}


async def test_an_order_takes_no_connection_that_has_been_silent_but_a_question_does_r2():
    async with talk(lambda asked: asked.reply(200), fresh_s=0.03) as (client, there):
        await client.request(ORDER, deadline_s=5)
        await asyncio.sleep(0.05)
        await client.request(QUESTION, deadline_s=5)
        assert there.connections == 1
        await asyncio.sleep(0.05)
        await client.request(ORDER, deadline_s=5)

    assert there.connections == 2


async def test_a_connection_the_server_closed_is_not_used_again():
    async with talk(lambda asked: asked.reply(200)) as (client, there):
        await client.request(ORDER, deadline_s=5)
        there.asked[0].close()
        await until(lambda: not there.writers)
        await asyncio.sleep(0.01)
        assert (await client.request(ORDER, deadline_s=5)).status == 200

    assert there.connections == 2


@pytest.mark.parametrize("more", [JSON_OK, b"garbage", b"HTTP/1.1"])
async def test_bytes_after_an_answer_end_the_connection_but_not_the_answer(more: bytes):
    async with talk(lambda asked: asked.say(JSON_OK + more)) as (client, there):
        assert (await client.request(ORDER, deadline_s=5)).body == b"{}"
        assert (await client.request(ORDER, deadline_s=5)).body == b"{}"

    assert there.connections == 2


async def test_bytes_nobody_asked_for_end_the_connection():
    async with talk(lambda asked: asked.reply(200)) as (client, there):
        await client.request(ORDER, deadline_s=5)
        there.asked[0].say(JSON_OK)
        await asyncio.sleep(0.02)
        await client.request(ORDER, deadline_s=5)

    assert there.connections == 2
    assert len(there.asked) == 2


async def test_connection_close_is_honoured():
    async with talk(lambda asked: asked.reply(200, b"{}", "Connection: close")) as (client, there):
        await client.request(ORDER, deadline_s=5)
        await client.request(ORDER, deadline_s=5)

    assert there.connections == 2


async def test_a_fresh_connection_is_kept_ready_while_there_is_trading(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("hoga.net.http.WARM_EVERY_S", 0.02)
    async with talk(lambda asked: asked.reply(200), fresh_s=0.1, keep_warm=True) as (client, there):
        await client.request(ORDER, deadline_s=5)
        await asyncio.sleep(0.3)
        opened = there.connections
        await client.request(ORDER, deadline_s=5)

    assert opened > 1
    assert there.asked[1].connection != 1
