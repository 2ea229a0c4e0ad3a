"""What docs/clients.md tells a reader to type works as it stands."""

import re
from pathlib import Path

import pytest
from tests.conformance.exchange import Exchange

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60), pytest.mark.xdist_group("clients-doc")]

TEXT = (Path(__file__).parents[2] / "docs" / "clients.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_every_kind_of_client_is_shown():
    assert [re.findall(r"^import (upbit|ccxt\S*)", block, re.MULTILINE) for block in BLOCKS] == [
        ["upbit"],
        ["ccxt"],
        ["ccxt.pro"],
    ]


@pytest.mark.parametrize("block", BLOCKS, ids=["upbit-sdk", "ccxt", "ccxt-pro"])
def test_the_example_runs(exchange: Exchange, block: str, capsys: pytest.CaptureFixture[str]):
    for shown, real in (
        ("127.0.0.1:8700", exchange.rest_url.removeprefix("http://")),
        ("ACCESS_KEY", exchange.access_key),
        ("SECRET_KEY", exchange.secret_key),
    ):
        block = block.replace(shown, real)

    exec(compile(block, "clients.md", "exec"), {"__name__": "example"})  # noqa: S102 - what our own document says

    assert re.search("KRW|BTC", capsys.readouterr().out)
