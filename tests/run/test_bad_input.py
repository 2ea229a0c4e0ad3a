"""Whatever is typed wrongly is told in one line with what to do, by a documented exit code, and nothing is sent."""

import asyncio
import json
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from tests.scenario.programs import Program, addresses_of, clean_environment, keys_of, ran
from tests.scenario.scenery import exchange

from hoga.cli import main

USAGE, REFUSED = 2, 3
NOBODY = ["--rest-url", "http://127.0.0.1:1", "--websocket-url", "ws://127.0.0.1:1/websocket/v1"]
SIMULATOR_KEYS = {"HOGA_ACCESS_KEY": "hoga-sim-made-up", "HOGA_SECRET_KEY": "made up"}
#: Looks like a key of Upbit's: forty letters and digits.
REAL_KEYS = {"UPBIT_ACCESS_KEY": "aB3" * 13 + "x", "UPBIT_SECRET_KEY": "cD5" * 13 + "y"}

#: What was typed -> (words, what must be said, exit code).
TYPED = {
    "an unknown command": (["frobnicate"], ['Unknown command "frobnicate"'], USAGE),
    "an unknown option": (["run", "--nope"], ["Unknown option", "--nope"], USAGE),
    "no duration": (["run", "--for", "soon"], ["'soon' is not a duration", "60s"], USAGE),
    "no pair": (["run", "--set", "nonsense"], ["--set nonsense", "name=value"], USAGE),
    "an unknown strategy": (["run", "--strategy", "smacross"], ["did you mean sma-cross?", "grid"], USAGE),
    "an unknown parameter": (["demo", "--set", "spendd=1"], ["strategy.spendd", "did you mean spend?"], USAGE),
    "two wrong parameters": (["demo", "--set", "spend=NaN", "--set", "enter=2"], ["spend", "enter = '2'"], USAGE),
    "an infinite price": (
        ["demo", "--strategy", "price-trigger", "--set", "buy_above=Infinity"],
        ["strategy.buy_above", "not a finite number"],
        USAGE,
    ),
    "an absurd size": (["demo", "--set", "spend=1e400"], ["strategy.spend", "must be at most"], USAGE),
    "a negative size": (["demo", "--set", "spend=-5"], ["strategy.spend", "at least"], USAGE),
    "no market": (["run", "--market", "nonsense"], ["'nonsense'", "write it like KRW-BTC"], USAGE),
    "an unknown venue": (["run", "--venue", "binance"], ["venue", "'simulator', 'paper' or 'upbit'"], USAGE),
    "no budget": (["run", "--venue", "upbit"], ["trade.budget_krw is missing"], USAGE),
    "no such file": (["run", "--config", "nowhere.toml"], ["no nowhere.toml", "leave --config out"], USAGE),
    "an unknown fault": (["demo", "--fault", "rest.dely"], ["rest.dely", "Did you mean 'rest.delay'?"], USAGE),
    "two faults that are none": (
        ["simulate", "--port", "0", "--fault", "rest.dely", "--fault", "latency=x"],
        ["'rest.dely'", "'x' is no duration"],
        USAGE,
    ),
    "no port": (["simulate", "--port", "70000"], ["--port 70000", "65535"], USAGE),
    "no amount": (["simulate", "--port", "0", "--krw", "-5"], ["--krw -5"], USAGE),
    "no speed": (["simulate", "--port", "0", "--speed", "0"], ["--speed 0"], USAGE),
    "a strange host": (["simulate", "--port", "0", "--host", "192.0.2.1"], ["192.0.2.1", "--host"], USAGE),
    "a market nobody lists": (["simulate", "--port", "0", "--market", "x"], ["'x' is no market", "KRW-BTC"], USAGE),
    "no recording": (["simulate", "--port", "0", "--replay", "nowhere.jsonl"], ["nowhere.jsonl is not there"], USAGE),
    "no keys": (["balances"], ["HOGA_ACCESS_KEY is not set", "HOGA_SECRET_KEY is not set", "hoga demo"], USAGE),
    "one address": (["balances", "--rest-url", "http://127.0.0.1:1"], ["go together"], USAGE),
}

#: With keys -> (which, words, what must be said, exit code).
WITH_KEYS = {
    "nobody listens": (SIMULATOR_KEYS, ["balances", *NOBODY], ["no connection", "hoga doctor"], REFUSED),
    "nobody to cancel at": (SIMULATOR_KEYS, ["cancel-all", *NOBODY], ["no connection", "hoga doctor"], REFUSED),
    "nobody to trade with": (SIMULATOR_KEYS, ["run", "--for", "3s", *NOBODY], ["no connection", "running"], REFUSED),
    "simulator keys for Upbit": (
        {**SIMULATOR_KEYS, "HOGA_TRADE__BUDGET_KRW": "100000", "HOGA_VENUE": "upbit"},
        ["balances"],
        ["means nothing to Upbit"],
        USAGE,
    ),
    "simulator keys for a bot on Upbit": (
        {**SIMULATOR_KEYS, "HOGA_TRADE__BUDGET_KRW": "100000"},
        ["run", "--venue", "upbit", "--confirm-live", "100000"],
        ["means nothing to Upbit"],
        USAGE,
    ),
    "real keys without the word upbit": (REAL_KEYS, ["run", "--for", "2s"], ["real key must not be sent"], USAGE),
    "real keys and Upbit's address without the word upbit": (
        REAL_KEYS,
        ["run", "--rest-url", "https://api.upbit.com", "--websocket-url", "wss://api.upbit.com/websocket/v1"],
        ["venue = 'upbit'"],
        USAGE,
    ),
    "a stranger's address": (
        REAL_KEYS,
        ["balances", "--rest-url", "http://192.0.2.1", "--websocket-url", "ws://192.0.2.1"],
        ["not on this machine"],
        USAGE,
    ),
    "real money not confirmed": (
        {**REAL_KEYS, "HOGA_TRADE__BUDGET_KRW": "100000"},
        ["run", "--venue", "upbit"],
        ["Not started: real money needs"],
        USAGE,
    ),
    "real money confirmed wrongly": (
        {**REAL_KEYS, "HOGA_TRADE__BUDGET_KRW": "100000"},
        ["run", "--venue", "upbit", "--confirm-live", "1000000"],
        ["Not started: real money needs"],
        USAGE,
    ),
}


def judge(program: Program, said: list[str], code: int) -> None:
    assert program.process.returncode == code, program.text
    for words in said:
        assert words in program.text
    assert "Traceback" not in program.text
    assert program.out == ""


@pytest.fixture
def hoga(tmp_path, monkeypatch, capsys):
    """The command line in this process, in an empty folder, with these keys and no other settings."""

    def call(words: list[str], **keys: str) -> tuple[int, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(os, "environ", clean_environment(keys))
        code = main(words)
        told = capsys.readouterr()
        assert told.out == "" or "Error" in told.out
        return code, told.out + told.err

    return call


@pytest.mark.parametrize(("words", "said", "code"), TYPED.values(), ids=TYPED)
def test_what_is_typed_wrongly_is_told_with_what_to_do(tmp_path, hoga, words, said, code):
    ended, text = hoga(words)

    assert ended == code
    for piece in said:
        assert piece in text
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(("keys", "words", "said", "code"), WITH_KEYS.values(), ids=WITH_KEYS)
def test_keys_and_addresses_that_do_not_fit_end_it_before_anything_is_sent(hoga, keys, words, said, code):
    ended, text = hoga(words, **keys)

    assert ended == code
    for piece in said:
        assert piece in text
    assert not any(key in text for key in REAL_KEYS.values())


@asynccontextmanager
async def listener() -> AsyncIterator[tuple[int, list[int]]]:
    """A port of this machine, and a list that grows with every connection to it."""
    calls: list[int] = []

    def called(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        calls.append(1)
        writer.close()

    server = await asyncio.start_server(called, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], calls


@pytest.mark.parametrize("command", ["balances", "orders", "cancel-all", "doctor", "run"])
async def test_a_real_key_is_not_even_brought_to_the_door_of_a_server_on_this_machine(tmp_path, command):
    async with listener() as (port, calls):
        there = ["--rest-url", f"http://127.0.0.1:{port}", "--websocket-url", f"ws://127.0.0.1:{port}/websocket/v1"]
        program = await ran(command, *there, folder=tmp_path, environment=REAL_KEYS)

    judge(program, ["real key must not be sent"], USAGE)
    assert calls == []


async def test_every_fault_of_a_file_is_told_at_once(tmp_path):
    (tmp_path / "hoga.toml").write_text(
        'venu = "simulator"\nlanguage = "jp"\n[trade]\nmarkets = ["krw-btc"]\nbudget_krw = "NaN"\n', encoding="utf-8"
    )
    program = await ran("run", folder=tmp_path)

    judge(program, ["did you mean venue?", "language", "write it like KRW-BTC", "budget_krw"], USAGE)
    assert len(program.err.splitlines()) == 4


async def test_wrong_risk_limits_are_told_before_anything_starts(tmp_path):
    (tmp_path / "hoga.toml").write_text('[risk]\nmax_order_value = "lots"\nprice_colar = 0.1\n', encoding="utf-8")
    program = await ran("run", folder=tmp_path, environment=SIMULATOR_KEYS)

    judge(program, ["risk.max_order_value", "did you mean price_collar?"], USAGE)


async def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        program = await ran("simulate", "--port", str(port), folder=tmp_path)

    judge(program, [f"127.0.0.1:{port}", "in use", "--port"], USAGE)
    assert len(program.err.splitlines()) == 1


async def test_a_folder_for_logs_that_cannot_be_made_is_told(tmp_path):
    (tmp_path / "taken").write_text("a file stands here", encoding="utf-8")
    keys = {**SIMULATOR_KEYS, "HOGA_LOG__DIRECTORY": "taken/logs"}
    judge(await ran("run", *NOBODY, folder=tmp_path, environment=keys), ["No log can be kept in taken"], USAGE)


async def test_a_market_the_venue_does_not_list_is_told_with_the_nearest_one(tmp_path):
    async with exchange() as there:
        run = partial(ran, folder=tmp_path, environment=keys_of(there))
        program = await run("run", "--market", "KRW-BTG", "--for", "3s", *addresses_of(there))

        judge(program, ["no market KRW-BTG", "did you mean KRW-BTC?"], USAGE)
        assert await there.orders() == []


async def test_wrong_keys_are_told_and_the_venues_name_for_it_too(tmp_path):
    async with exchange() as there:
        keys = {**keys_of(there), "HOGA_SECRET_KEY": "not the secret"}
        program = await ran("balances", *addresses_of(there), folder=tmp_path, environment=keys)
        judge(program, ["auth"], REFUSED)
        unknown = {"HOGA_ACCESS_KEY": "hoga-sim-made-up", "HOGA_SECRET_KEY": "made up"}
        judge(await ran("orders", *addresses_of(there), folder=tmp_path, environment=unknown), ["auth"], REFUSED)


async def test_a_doctor_without_a_venue_names_what_is_wrong_and_what_to_do(tmp_path):
    program = await ran("doctor", "--json", *NOBODY, folder=tmp_path, environment=SIMULATOR_KEYS)
    findings = {row["subject"]: row for row in json.loads(program.out)}

    assert program.process.returncode == 1
    assert not findings["venue"]["ok"]
    assert "running" in findings["venue"]["advice"]
