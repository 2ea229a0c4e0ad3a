#!/usr/bin/env python3
"""One door to the project, with nothing but Python 3.11 or newer on the machine.

python3 do.py demo          trade on our own simulated exchange: no key, no network, no money
python3 do.py test [...]    run the tests (further words go to pytest)
python3 do.py soak [...]    simulate the whole system in storms for as long as asked (--for 10m)
python3 do.py check         judge everything: format, lint, types, tests
python3 do.py lock [...]    resolve the dependencies again and write both lock files (--upgrade for newer versions)
python3 do.py run -- WORDS  any other command of hoga; "run --" may be left out

The first call makes a private environment in .venv and installs the locked packages, hashes checked; the next one
starts at once.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time

# This stands above every definition: below it the code may use what an old Python cannot run, though it must still
# parse there.
if sys.version_info < (3, 11):
    sys.exit("hoga needs Python 3.11 or newer; this is %d.%d. Try: python3.11 do.py" % sys.version_info[:2])

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # not on Windows, where two installs at once are simply not guarded against
    fcntl = None  # type: ignore[assignment]

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
RUN_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
UNFINISHED = VENV / ".unfinished"  # present while packages are being installed: an interrupted install is thrown away
STAMP = VENV / ".stamp"  # what was installed last, written only at the very end
LOCK_TOOLS = VENV / ".lock-tools"
RESOLVER = "uv==0.13.9"
HEARTBEAT_S = 3.0  # how often a long installation says that it is alive

# Settings that say how to reach a package index are kept; all others (PIP_USER, PIP_TARGET, ...) could send packages
# elsewhere.
PIP_KEPT = (
    *("INDEX_URL", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX", "CACHE_DIR", "NO_CACHE_DIR", "CONFIG_FILE"),
    *("CERT", "CLIENT_CERT", "KEYRING_PROVIDER", "PROXY", "RETRIES", "TIMEOUT", "DEFAULT_TIMEOUT", "TRUSTED_HOST"),
)

# Most scenario tests wait for sockets and timers, so four workers keep two cores busy.
PYTEST = ["-m", "pytest", "-n", "4", "--dist", "loadgroup"]
LINT = {
    "format": ["-m", "ruff", "format", "--check", "."],
    "lint": ["-m", "ruff", "check", "."],
    "types": ["-m", "mypy"],
    "tests": [*PYTEST, "--ignore=tests/house/test_lint.py"],  # that file repeats the three judges above for `test`
}


def say(message: str) -> None:
    """Tell the person waiting what is happening, without touching the program's own output."""
    print(f"· {message}", file=sys.stderr, flush=True)


def clean_environment() -> dict[str, str]:
    """Return the caller's environment without the settings that would bend an installation or a test run."""
    kept = {f"PIP_{name}" for name in PIP_KEPT}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_") or name in kept}
    for name in ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV"):
        environment.pop(name, None)
    return environment | {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_USER": "0", "PIP_NO_INPUT": "1"}


@contextmanager
def only_one() -> Iterator[None]:
    """Let one installation run at a time; a second one waits for the first and then finds its work done."""
    with Path(__file__).open() as door:
        if fcntl is not None:
            try:
                fcntl.flock(door, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("another do.py is installing; waiting for it")
                fcntl.flock(door, fcntl.LOCK_EX)
        yield


def install_venv_module() -> None:
    """Bring the venv module to a bare Debian or Ubuntu, which ship Python without it."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if not shutil.which("apt-get") or not (root or shutil.which("sudo")):
        sys.exit(f"This Python cannot make virtual environments. Install the package {package}, then run this again.")
    apt = [*([] if root else ["sudo"]), "apt-get", "-qq", "-o", "DPkg::Lock::Timeout=60"]
    install = [*apt, "install", "-y", "--no-install-recommends", package]
    say(f"this Python lacks its venv module; running: {' '.join(install)}")
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*apt, "update"], check=False, env=quiet, stdout=sys.stderr)
    if subprocess.run(install, check=False, env=quiet, stdout=sys.stderr).returncode != 0:
        sys.exit(f"{package} could not be installed (see above). Install it by hand, then run this again.")


def make_venv() -> None:
    """Make an empty .venv with the Python that runs this file, in place of whatever stood there."""
    probe = [base_python(), "-I", "-c", "import ensurepip, venv"]
    if subprocess.run(probe, check=False, stderr=subprocess.DEVNULL).returncode != 0:
        install_venv_module()
    say("making a private environment in .venv")
    done = subprocess.run(
        [base_python(), "-I", "-m", "venv", "--clear", str(VENV)],
        check=False,
        env=clean_environment(),
        stdout=sys.stderr,
    )
    if done.returncode != 0:
        sys.exit(".venv could not be made (see above). Is the folder writable and the disk not full?")
    packages = next(VENV.glob("lib/python3*/site-packages"), VENV / "Lib" / "site-packages")
    # A path relative to the environment keeps working when the whole folder is moved.
    (packages / "_hoga.pth").write_text(os.path.relpath(ROOT / "src", packages) + "\n", encoding="utf-8")


def base_python() -> str:
    """Return the interpreter behind any environment that may be active, so that .venv never depends on another one."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def progress(log: Path, total: int) -> str:
    """Say in a few words how far the installer has come, read from what it has printed so far."""
    printed = log.read_text(encoding="utf-8", errors="replace")
    if "Installing collected packages" in printed:
        return "unpacking the packages"
    return f"fetching package {printed.count('Collecting ')} of about {total}"


def pip_install(words: list[str], python: Path, total: int) -> None:
    """Install packages and show signs of life; on failure show all that the installer said and stop."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "pip.log"
        with log.open("wb") as sink:
            command = [str(python), "-I", "-m", "pip", "install", "--progress-bar", "off", *words]
            process = subprocess.Popen(command, env=clean_environment(), stdout=sink, stderr=subprocess.STDOUT)
            began = time.monotonic()
            while True:
                try:
                    code = process.wait(timeout=HEARTBEAT_S)
                    break
                except subprocess.TimeoutExpired:
                    say(f"{time.monotonic() - began:3.0f} s  {progress(log, total)}")
        if code != 0:
            sys.stderr.write(log.read_text(encoding="utf-8", errors="replace"))
            sys.exit(
                "The packages could not be installed (see above). Is the package index reachable? "
                "Running this again starts cleanly."
            )


def stamp_of(lock: Path) -> str:
    """Name one installation: the interpreter and the exact content of the lock file."""
    return f"{sys.implementation.cache_tag} {lock.name} {hashlib.sha256(lock.read_bytes()).hexdigest()}"


def installed(lock: Path) -> bool:
    """Tell whether .venv already holds all that the lock file asks for; the developers' lock contains the other one."""
    if UNFINISHED.exists() or not STAMP.exists() or not PYTHON.exists():
        return False
    return STAMP.read_text(encoding="utf-8") in {stamp_of(lock), stamp_of(DEV_LOCK)}


def ready(lock: Path) -> None:
    """Make sure that .venv holds the packages of this lock file, doing nothing when it does."""
    if installed(lock):
        return
    with only_one():
        if installed(lock):
            return
        found = STAMP.read_text(encoding="utf-8") if STAMP.exists() else ""
        same_python = found.startswith(f"{sys.implementation.cache_tag} ")
        if not same_python or UNFINISHED.exists() or not PYTHON.exists():
            make_venv()
        if f" {DEV_LOCK.name} " in found and same_python:
            lock = DEV_LOCK  # a developer's environment stays one, whatever command brings it up to date
        UNFINISHED.touch()
        total = lock.read_text(encoding="utf-8").count("==")
        say(f"installing the packages of {lock.name}, hashes checked (once; about a minute)")
        pip_install(["--require-hashes", "--only-binary", ":all:", "-r", str(lock)], PYTHON, total)
        STAMP.write_text(stamp_of(lock), encoding="utf-8")
        UNFINISHED.unlink()
        say("ready")


def run(words: list[str]) -> int:
    """Run a development tool in .venv at the root of the repository."""
    return subprocess.run([str(PYTHON), *words], check=False, cwd=ROOT, env=clean_environment()).returncode


def test(words: list[str]) -> int:
    """Run the tests."""
    ready(DEV_LOCK)
    return run([*PYTEST, *words])


def soak(words: list[str]) -> int:
    """Simulate the whole system, seed after seed."""
    ready(DEV_LOCK)
    return run(["-m", "simtest", "soak", *words])


def check(words: list[str]) -> int:
    """Run every judge, the slowest last, and name those that were not content."""
    if words:
        sys.exit("check takes no further words; use test to pick tests.")
    ready(DEV_LOCK)
    failed = []
    for name, command in LINT.items():
        say(name)
        if run(command) != 0:
            failed.append(name)
    say(f"not content: {', '.join(failed)}" if failed else "all content")
    return 1 if failed else 0


def lock(words: list[str]) -> int:
    """Write both lock files. The developers' set is resolved first, so that the two can never disagree on a version."""
    ready(DEV_LOCK)
    python = LOCK_TOOLS / BIN.name / PYTHON.name
    if not python.exists():
        say("making an environment for the resolver")
        subprocess.run([str(PYTHON), "-I", "-m", "venv", "--clear", str(LOCK_TOOLS)], check=True, stdout=sys.stderr)
    pip_install([RESOLVER], python, 1)
    shape = ["--universal", "--python-version", "3.11", "--all-extras", "--generate-hashes"]
    shape += ["--no-emit-index-url", "--no-emit-find-links"]
    resolve = [
        str(python),
        "-m",
        "uv",
        "pip",
        "compile",
        "--quiet",
        "pyproject.toml",
        *shape,
        "--custom-compile-command",
        "python3 do.py lock",
    ]
    for target, further in (
        (DEV_LOCK, ["--group", "dev", *words]),
        (RUN_LOCK, ["--constraint", DEV_LOCK.name, *words]),
    ):
        say(f"resolving {target.name}")
        done = subprocess.run(
            [*resolve, *further, "--output-file", target.name], check=False, cwd=ROOT, env=clean_environment()
        )
        if done.returncode != 0:
            return done.returncode
    return 0


def hoga(words: list[str]) -> int:
    """Hand over to the program itself, in the folder the caller stands in, so that signals reach it directly."""
    ready(RUN_LOCK)
    command = [str(PYTHON), "-m", "hoga", *words]
    if os.name != "nt":
        os.execv(command[0], command)
    return subprocess.run(command, check=False).returncode


def main(words: list[str]) -> int:
    """Do what the first word says; nothing said means the demo."""
    first, *rest = words or ["demo"]
    if first in {"-h", "--help", "help"}:
        print(__doc__)
        return 0
    if first in {"test", "soak", "check", "lock"}:
        return {"test": test, "soak": soak, "check": check, "lock": lock}[first](rest)
    if first == "run" and rest[:1] == ["--"]:
        return hoga(rest[1:])
    return hoga([first, *rest])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
