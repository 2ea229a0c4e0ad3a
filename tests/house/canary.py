"""Every key of the simulated exchange is a canary: after the tests, no file and no output of theirs may contain one.

A simulated exchange derives its keys from its seed, so all that a test run can have used are known. What the tests
leave behind is searched for their secrets - as they are, in halves, backwards, in hex, base64 or percent signs,
compressed or not - and for signed tokens of any kind. One find fails the run.
"""

import base64
import binascii
import re
import sqlite3
import sys
from collections.abc import Generator, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from types import TracebackType
from urllib.parse import unquote_to_bytes

import pytest
from _pytest._io.saferepr import saferepr

from hoga.simulator.rest.keys import KeyRing

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: The seeds of the tests' exchanges, and more keys than any of them hands out.
SEEDS = range(300)
KEYS_EACH = 6
HALF = 32

HEX = re.compile(rb"[0-9a-fA-F]{32,}")
BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{40,}")
PERCENT = re.compile(rb"(?:%[0-9A-Fa-f]{2}){30,}")
TOKEN = re.compile(rb"eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{30,}")
SQLITE_MAGIC = b"SQLite format 3"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
SOURCE = str(Path(__file__).resolve().parents[2] / "src" / "hoga")


@cache
def halves() -> frozenset[bytes]:
    """Both halves of every secret, and each of them backwards: whoever has two of them has the secret."""
    found = set()
    for seed in SEEDS:
        ring = KeyRing(seed)
        for _ in range(KEYS_EACH):
            secret = ring.issue("main", 0).secret_key.encode()
            for half in (secret[:HALF], secret[HALF:]):
                found |= {half, half[::-1]}
    return frozenset(found)


def betrayals(content: bytes, depth: int = 2) -> Iterator[str]:
    """What of a content gives a key away, each kind once."""
    if TOKEN.search(content):
        yield "a signed token"
    if any(_has_half(run.group().lower()) for run in HEX.finditer(content)):
        yield "a secret key"
    if depth == 0:
        return
    for name, decoded in _decoded(content):
        if any(betrayals(decoded, depth - 1)):
            yield f"a secret key or a token in {name}"


def _has_half(run: bytes) -> bool:
    return any(run[begin : begin + HALF] in halves() for begin in range(len(run) - HALF + 1))


def _decoded(content: bytes) -> Iterator[tuple[str, bytes]]:
    hexed = [run.group() for run in HEX.finditer(content) if len(run.group()) >= 2 * HALF]
    if hexed:
        yield "hex", b"\n".join(_unhexed(run[shift:]) for run in hexed for shift in range(2))
    runs = [run.group().translate(bytes.maketrans(b"-_", b"+/")) for run in BASE64.finditer(content)]
    if runs:
        yield "base64", b"\n".join(_unbased(run[shift:]) for run in runs for shift in range(4))
    percents = [unquote_to_bytes(run.group()) for run in PERCENT.finditer(content)]
    if percents:
        yield "percent signs", b"\n".join(percents)


def _unhexed(run: bytes) -> bytes:
    return binascii.unhexlify(run[: len(run) // 2 * 2])


def _unbased(run: bytes) -> bytes:
    return base64.b64decode(run[: len(run) // 4 * 4])


def in_file(path: Path) -> Iterator[str]:
    """What of a file gives a key away, decompressed where it is a tape."""
    content = path.read_bytes()
    yield from betrayals(content)
    if content.startswith(SQLITE_MAGIC):
        yield from (f"{found}, in a row" for found in betrayals(_rows(path)))
    if content.startswith(ZSTD_MAGIC):
        yield from (f"{found}, compressed" for found in betrayals(_unpacked(content)))


def _rows(path: Path) -> bytes:
    """Every text and blob of a database: a long one is scattered over the pages of the file."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
            tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows = [row for name in tables for row in connection.execute(f'SELECT * FROM "{name}"')]  # noqa: S608
    except sqlite3.DatabaseError:
        return b""  # what a test broke on purpose was searched as the bytes it is
    cells = (cell for row in rows for cell in row)
    return b"\n".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in cells)


def _unpacked(content: bytes) -> bytes:
    """As much of a tape as can be read; the last frame of a killed run is cut off."""
    unpacked, rest = b"", content
    while rest:
        reader = zstd.ZstdDecompressor()
        try:
            unpacked += reader.decompress(rest)
        except zstd.ZstdError:
            break
        rest = reader.unused_data
    return unpacked


def everything_in(folder: Path) -> list[Path]:
    """Every ordinary file below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()]


def in_folder(folder: Path) -> list[str]:
    """Every file below a folder that gives a key away, by its name or by what it holds, and how."""
    found = [f"{path}: {found}" for path in everything_in(folder) for found in in_file(path)]
    return found + [
        f"{path}: {found}, in its name" for path in everything_in(folder) for found in betrayals(path.name.encode())
    ]


def in_locals(trace: TracebackType | None) -> Iterator[str]:
    """What a crash report with the values of our own code's variables would give away."""
    while trace is not None:
        code = trace.tb_frame.f_code
        if code.co_filename.startswith(SOURCE):
            for name, value in trace.tb_frame.f_locals.items():
                for found in betrayals(saferepr(value, maxsize=100_000).encode()):
                    yield f"{found} in {name} of {code.co_qualname}"
        trace = trace.tb_next


# ---------------------------------------------------------------- the search after a test run

#: What was found in things that are no files.
FOUND: list[str] = []


def printed(what: str, text: str) -> None:
    """Search what a program printed."""
    for found in betrayals(text.encode("utf-8", "replace")):
        if (line := f"{what}: {found}") not in FOUND:  # the reports of one test repeat what it printed before
            FOUND.append(line)


class Canary:
    """Searches the outputs of each test as it ends, and every file of all tests at the end of the run."""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Search what a test printed and logged, and the variables of our code where it failed."""
        report = yield
        for name, text in report.sections:
            printed(f"{item.nodeid}, {name}", text)
        if call.excinfo is not None:
            printed(f"{item.nodeid}, what was raised", str(call.excinfo.value))
            FOUND.extend(f"{item.nodeid}: {found}" for found in in_locals(call.excinfo.tb))
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: object) -> None:
        """Take over what a worker has found."""
        FOUND.extend(getattr(node, "workeroutput", {}).get("canary", ()))

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Search the files; whoever began the run says so, and the run fails."""
        config = session.config
        if not hasattr(config, "workerinput") and config.pluginmanager.hasplugin("dsession"):
            self._judge(session)
            return
        base = getattr(config, "_tmp_path_factory")._basetemp  # noqa: B009 - pytest has no other door to it
        FOUND.extend(in_folder(base) if base is not None else ())
        if hasattr(config, "workerinput"):
            config.workeroutput["canary"] = FOUND  # type: ignore[attr-defined]  # xdist puts it there
        else:
            self._judge(session)

    def _judge(self, session: pytest.Session) -> None:
        if FOUND:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name every find."""
        if FOUND:
            terminalreporter.section("keys were found in what the tests left behind", red=True)
            for found in FOUND:
                terminalreporter.line(found)
