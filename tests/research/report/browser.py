"""A real Chromium without a window and without a network, spoken to over a pipe (Chrome DevTools Protocol)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FOUND = next((path for name in NAMES if (path := shutil.which(name))), None)

#: Every name leads nowhere, and nothing of the browser's own calls home.
WORDS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=127.0.0.1:9",
    "--remote-debugging-pipe",
    "about:blank",
)

#: The browser reads its third and writes its fourth file.
PLUG = (
    "import os, sys, fcntl;"
    " ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]];"
    " os.dup2(ends[0], 3); os.dup2(ends[1], 4); os.execv(sys.argv[3], sys.argv[3:])"
)


class Page:
    """One page of the browser: what it was asked, what it complained of, what it asked of a network."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self._write, self._read = to_browser, from_browser
        self._waiting = b""
        self._number = 0
        self._session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        self._number += 1
        asked = {"id": self._number, "method": method, "params": params}
        if self._session:
            asked["sessionId"] = self._session
        os.write(self._write, json.dumps(asked).encode() + b"\0")
        while (told := self._next()).get("id") != self._number:
            self._hear(told)
        assert "error" not in told, told
        found: dict[str, Any] = told["result"]
        return found

    def open(self, path: Path) -> None:
        self.call("Page.navigate", url=path.as_uri())
        while (told := self._next()).get("method") != "Page.loadEventFired":
            self._hear(told)
        self.ask("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def ask(self, script: str) -> Any:
        """What a script comes to; what it waits for is awaited."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, text="\r" if key == "Enter" else "")

    def show(self, *, width: int, height: int, scheme: str = "light") -> None:
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._waiting:
            more = os.read(self._read, 1 << 16)
            assert more, "the browser went away"
            self._waiting += more
        line, _, self._waiting = self._waiting.partition(b"\0")
        told: dict[str, Any] = json.loads(line)
        return told

    def _hear(self, told: dict[str, Any]) -> None:
        method, params = told.get("method"), told.get("params", {})
        if method == "Log.entryAdded":
            self.complaints.append(params["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(params["args"]))
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"][:200])


@contextmanager
def browser(folder: Path) -> Iterator[Page]:
    """A page of a browser whose profile lives in `folder`; gone at the end."""
    assert FOUND is not None
    their_read, our_write = os.pipe()
    our_read, their_write = os.pipe()
    command = [FOUND, f"--user-data-dir={folder}", *WORDS]
    words = [sys.executable, "-c", PLUG, str(their_read), str(their_write), *command]
    quiet = subprocess.DEVNULL
    running = subprocess.Popen(words, pass_fds=(their_read, their_write), stdout=quiet, stderr=quiet)  # noqa: S603 - our words
    os.close(their_read)
    os.close(their_write)
    try:
        yield Page(our_write, our_read)
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
        os.close(our_write)
        os.close(our_read)
