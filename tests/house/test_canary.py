"""The canary sings: a key in any kind of thing that tests leave behind is found, and fails the run that left it."""

import base64
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from signal import SIGABRT
from urllib.parse import quote

import pytest
from tests.house.canary import betrayals, everything_in, in_folder, in_locals
from tests.house.tree import ROOT
from tests.scenario.programs import addresses_of, clean_environment, keys_of, program
from tests.scenario.scenery import exchange
from tests.scenario.test_stop import GRID, all_rest

from hoga.model.events import Stream
from hoga.run.screen.logs import EventLog
from hoga.run.settings.config import load
from hoga.run.state.state_files import StateFiles
from hoga.run.wiring import connect
from hoga.simulator.rest.keys import KeyRing
from hoga.store.journal import Journal
from hoga.store.records import KillPulled
from hoga.store.tape import TapeWriter
from hoga.upbit.auth import Signer

KEY = KeyRing(7).issue("main", 0)
SECRET = KEY.secret_key
HALF = len(SECRET) // 2

#: How a key may stand somewhere.
SHAPES: dict[str, str] = {
    "as it is": SECRET,
    "in capitals": SECRET.upper(),
    "its first half": SECRET[:HALF],
    "its second half": SECRET[HALF:],
    "backwards": SECRET[::-1],
    "its halves backwards": SECRET[:HALF][::-1] + " " + SECRET[HALF:][::-1],
    "its halves the other way round": SECRET[HALF:] + SECRET[:HALF],
    "in hex": SECRET.encode().hex(),
    "in base64": base64.b64encode(SECRET.encode()).decode(),
    "in base64, a byte later": base64.b64encode(b"x" + SECRET.encode()).decode(),
    "in base64, two bytes later": base64.urlsafe_b64encode(b"xy" + SECRET.encode()).decode(),
    "beside its name in base64": base64.b64encode(f"{KEY.access_key}:{SECRET}".encode()).decode(),
    "in percent signs": "".join(f"%{byte:02X}" for byte in SECRET.encode()),
    "in hex in base64": base64.b64encode(SECRET.encode().hex().encode()).decode(),
    "in a token signed with it": str(Signer(KEY.access_key, SECRET).authorization("a=1", "nonce")),
}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that is gone before the tests' own things are searched."""
    made = Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_key_is_found_in_every_shape_s7(shape: str):
    assert list(betrayals(f'{{"detail": "so {SHAPES[shape]}, and more"}}'.encode())) != []


@pytest.mark.parametrize("text", ["a" * 64, "0123456789abcdef" * 8, quote(SECRET[: HALF - 1]), "Bearer of news", ""])
def test_what_is_no_key_is_left_alone(text: str):
    assert list(betrayals(text.encode())) == []


def a_log(folder: Path) -> None:
    log = EventLog(folder / "hoga.jsonl", level="debug", console=None)
    log("trouble", level="debug", detail=f"it was {SECRET}")
    log.close()


def a_journal(folder: Path) -> None:
    with_it = KillPulled(reason=SECRET, at_ns=1)
    journal = Journal.open(folder / "hoga.journal")
    journal.append([KillPulled(reason="x" * 1000, at_ns=1)] * 9 + [with_it])
    journal.close()


def a_journal_with_a_long_row(folder: Path) -> None:
    journal = Journal.open(folder / "hoga.journal")
    journal.append([KillPulled(reason="".join(f"{n} {SECRET} " for n in range(300)), at_ns=1)])
    journal.close()


def a_journal_that_was_killed(folder: Path) -> None:
    open_one = folder.with_name(folder.name + "-open")
    open_one.mkdir()
    journal = Journal.open(open_one / "hoga.journal")
    journal.append([KillPulled(reason=SECRET, at_ns=1)])
    shutil.copy(open_one / "hoga.journal-wal", folder / "hoga.journal-wal")
    journal.close()
    shutil.rmtree(open_one)


def a_tape(folder: Path) -> None:
    tape = TapeWriter(folder, "hg-run")
    for number in range(100):
        tape.write(Stream.PRIVATE, number, f'{{"n":{number},"detail":"{SECRET}"}}'.encode())
        tape.flush()
    tape.close()


def a_tape_cut_off(folder: Path) -> None:
    a_tape(folder)
    (tape,) = folder.glob("*.zst")
    tape.write_bytes(tape.read_bytes()[:-4])


def a_state_file(folder: Path) -> None:
    StateFiles(folder).kill(f"because of {SECRET}")


def a_report(folder: Path) -> None:
    (folder / "report.html").write_text(f"<html><td title='{SECRET}'>", encoding="utf-8")


def a_name(folder: Path) -> None:
    (folder / SECRET).touch()


PLACES: tuple[Callable[[Path], None], ...] = (
    a_log,
    a_journal,
    a_journal_with_a_long_row,
    a_journal_that_was_killed,
    a_tape,
    a_tape_cut_off,
    a_state_file,
    a_report,
    a_name,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
def test_a_key_is_found_in_every_kind_of_file_s7(folder: Path, place: Callable[[Path], None]):
    place(folder)

    assert in_folder(folder) != []


def test_a_key_in_a_variable_of_our_code_is_found_where_it_failed_and_a_signer_gives_none_away_s2_s3():
    keys = {"HOGA_ACCESS_KEY": KEY.access_key, "HOGA_SECRET_KEY": SECRET}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in keys.items():
            patch.setenv(name, value)
        connection = connect(load(None))

    with pytest.raises(ValueError, match="printable ASCII") as bad_nonce:
        connection.signer.authorization("a=1", "no\nnonce")
    with pytest.raises(ValueError, match="printable ASCII") as bad_key:
        Signer(KEY.access_key + '"', load(None, {"secret_key": SECRET}).secret_key or "")
    assert list(in_locals(bad_nonce.tb)) == []
    assert list(in_locals(bad_key.tb)) == []
    with pytest.raises(ValueError, match="printable ASCII") as careless:
        Signer(KEY.access_key + '"', SECRET)
    assert list(in_locals(careless.tb)) == ["a secret key in secret_key of Signer.__init__"]


# ---------------------------------------------------------------- whole runs

CONFTEST = """
import pytest
from tests.house.canary import Canary

def pytest_configure(config):
    config.pluginmanager.register(Canary(), "canary")
"""

LEAKS = """
import pytest

def test_a_file(tmp_path):
    (tmp_path / "x.log").write_text(KEY)

def test_a_print():
    print(KEY)

def test_an_error():
    pytest.skip(KEY)
"""


def test_a_run_that_leaves_a_key_behind_fails_and_says_where_s7(folder: Path):
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_it.py").write_text(f"KEY = {SECRET!r}\n{LEAKS}", encoding="utf-8")
    done = child(folder, "--show-capture=no", "-n", "1")

    assert done.returncode == 1, done.stdout
    assert sum(line.endswith(": a secret key") for line in done.stdout.splitlines()) == 3


SHOWN = """
import os
import pytest
from hoga.run.settings.config import load, require_keys
from hoga.run.wiring import connect
from hoga.net.http import HttpClient

def test_settings():
    settings = load(None, {"access_key": os.environ.pop("A"), "secret_key": os.environ.pop("B")})
    access, secret = require_keys(settings)
    connection = connect(settings)
    signer = connection.signer
    token = signer.authorization("a=1", "nonce")
    headers = {"Authorization": token}
    signer.authorization("a=1", "no\\nnonce")
"""


def test_a_failing_test_that_shows_all_variables_shows_no_key_s2(folder: Path):
    (folder / "test_it.py").write_text(SHOWN, encoding="utf-8")
    done = child(folder, "--showlocals", "-vv", environment={"A": KEY.access_key, "B": SECRET})

    assert "printable ASCII" in done.stdout
    assert "Token(hidden)" in done.stdout
    assert list(betrayals(done.stdout.encode())) == []


def child(folder: Path, *words: str, environment: dict[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """Run pytest in a folder as a person would, with the canary of this repository."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "src")))
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "--basetemp",
            str(folder / "left"),
            *words,
            ".",
        ],
        cwd=folder,
        env=clean_environment({"PYTHONPATH": paths, **(environment or {})}),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


#: A bot whose way to the exchange breaks in its own code, under a crash reporter that shows every variable.
CRASHING = """
import sys
from rich.traceback import install
from hoga.net import http_connection

install(show_locals=True, locals_max_length=1000, locals_max_string=100000, width=200)
send = http_connection.HttpConnection.send

def broken(self, payload, done, deadline_s):
    if b"/v1/orders" in payload:
        signed = payload
        raise RuntimeError("a bug on the way out")
    send(self, payload, done, deadline_s)

http_connection.HttpConnection.send = broken
sys.argv[0] = "hoga"
from hoga.cli import main
main()
"""


async def test_a_bot_that_crashes_under_a_reporter_of_all_variables_gives_no_key_away_s2(tmp_path: Path):
    script = tmp_path / "crashing.py"
    script.write_text(CRASHING, encoding="utf-8")
    async with exchange() as there:
        words = [*GRID, *addresses_of(there)]
        async with program(*words, folder=tmp_path, environment=keys_of(there), script=str(script)) as running:
            assert await running.end() != 0
    left = running.text.encode()

    assert b"a bug on the way out" in left
    assert list(betrayals(left)) == []
    assert in_folder(tmp_path) == []


async def test_a_bot_at_debug_that_is_aborted_gives_no_key_away_s1_s7(tmp_path: Path):
    (tmp_path / "hoga.toml").write_text('[log]\nlevel = "debug"\n[tape]\ndirectory = "tape"\n', encoding="utf-8")
    environment = {"PYTHONFAULTHANDLER": "1", "PYTHONASYNCIODEBUG": "1"}
    async with exchange() as there:
        words = [*GRID, *addresses_of(there)]
        async with program(*words, folder=tmp_path, environment={**keys_of(there), **environment}) as running:
            await all_rest(running, there)
            await running.until(lambda: any(tmp_path.rglob("*.zst")), "the tape")
            running.signal(SIGABRT)
            await running.end()

    assert "Current thread" in running.err or "Fatal Python error" in running.err
    assert {path.suffix for path in everything_in(tmp_path)} >= {".jsonl", ".journal", ".zst", ".json"}
    assert in_folder(tmp_path) == []
    assert list(betrayals(running.text.encode())) == []
