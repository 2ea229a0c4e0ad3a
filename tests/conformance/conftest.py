"""Foreign clients, unmodified, against our exchange: one simulator for each client, and a table at the end."""

import os
import re
from collections.abc import Iterator

import pytest
from tests.conformance.calls import Calls
from tests.conformance.exchange import Exchange

_STEP = re.compile(
    r".*tests/conformance/test_(?P<client>upbit_sdk|ccxt_pro|ccxt|pyupbit)(?:_streams)?\.py"
    r"::test_(?P<step>\w+)(?:\[(?P<form>\w+)\])?"
)
_SIGNS = {"passed": "+", "failed": "FAILED", "error": "ERROR", "skipped": "-"}


@pytest.fixture(scope="module", autouse=True)
def _no_proxies() -> Iterator[None]:
    """Whatever way out this machine has must not stand between the clients and loopback."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.lower().endswith("_proxy"):
                patch.delenv(name)
        yield


@pytest.fixture(scope="module")
def form() -> object:
    """Which form of the client: a module with several gives this fixture its own parameters."""
    return None


@pytest.fixture(scope="module")
def served(_no_proxies: None, form: object) -> Iterator[Exchange]:
    """A simulator for one client, with money and coins in its account."""
    exchange = Exchange(seed=7)
    try:
        exchange.give("BTC", "1")
        yield exchange
    finally:
        assert exchange.stop() == 0


@pytest.fixture
def exchange(served: Exchange) -> Iterator[Exchange]:
    """The module's simulator; what a test leaves behind is undone."""
    yield served
    served.clean_up()
    served.be_generous()


@pytest.fixture(scope="module")
def call(form: object) -> Iterator[Calls]:
    """How the client of one module is called."""
    calls = Calls()
    yield calls
    calls.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which step passed with which client."""
    table: dict[str, dict[str, str]] = {}
    clients: dict[str, None] = {}
    for outcome, sign in _SIGNS.items():
        for report in terminalreporter.stats.get(outcome, []):
            found = _STEP.match(report.nodeid)
            if found is None:
                continue
            client = " ".join(filter(None, (found["client"].replace("_", " "), found["form"])))
            clients[client] = None
            table.setdefault(found["step"].replace("_", " "), {})[client] = sign
    if not table:
        return
    terminalreporter.section("conformance: + works, - does not apply")
    columns = sorted(clients)
    width = max(map(len, table))
    terminalreporter.write_line(f"{'':<{width}}  " + "  ".join(columns))
    for step, signs in sorted(table.items()):
        cells = "  ".join(f"{signs.get(client, '-'):<{len(client)}}" for client in columns)
        terminalreporter.write_line(f"{step:<{width}}  {cells}")
