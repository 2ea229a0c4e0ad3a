"""Sign: one limit order with an identifier, from its parts to the body and the Authorization header."""

import json
from collections.abc import Callable
from decimal import Decimal

import bare
from harness import Effort, Result, Table, at_most, median, say, time_rounds

BOUND = 0.4
BATCH = 100
ORDER = {"market": "KRW-BTC", "side": "bid", "ord_type": "limit", "price": "137000000"}
ORDER |= {"volume": bare.VOLUME, "identifier": "run1-000000123"}


def run(effort: Effort) -> Result:
    """Measure all signers and tell the ratios."""
    say("sign")
    candidates = {name: _often(make) for name, make in signers().items()}
    rounds = time_rounds(candidates, effort.rounds, 0.1 * effort.scale)
    us = {name: median(found) / 1e3 for name, found in rounds.items()}
    rows: list[list[object]] = [[name, cost, cost / us["ccxt"]] for name, cost in us.items()]
    result = Result("sign", raw={"order": rounds})
    note = "µs an order. Each builds the text that is hashed, the token with a fresh random nonce and the JSON body."
    result.tables.append(Table("Sign one order", ("signer", "µs", "x ccxt"), rows, note))
    result.goals.append(at_most("sign an order: hoga / ccxt", rounds, "hoga", "ccxt", BOUND))
    return result


def signers() -> dict[str, Callable[[], object]]:
    """Everybody's way from an order's parts to what is sent."""
    return {
        "bare hmac": lambda: bare.order_request("bid", "137000000", "run1-000000123"),
        "hoga": _hoga(),
        "ccxt": _ccxt(),
        "upbit-sdk": _sdk(),
        "pyupbit": _pyupbit(),
    }


def _hoga() -> Callable[[], object]:
    from hoga.model.commands import OrderId, PlaceOrder, Side  # noqa: PLC0415 - each stack only where it is measured
    from hoga.run.wiring import nonces  # noqa: PLC0415 - as above
    from hoga.upbit.auth import Signer  # noqa: PLC0415 - as above
    from hoga.upbit.dialect import requests_for  # noqa: PLC0415 - as above

    signer, nonce = Signer(bare.ACCESS_KEY, bare.SECRET_KEY), nonces()
    command = PlaceOrder(
        order_id=OrderId("run1-000000123"),
        market="KRW-BTC",
        side=Side.BUY,
        price=Decimal(137_000_000),
        volume=Decimal(bare.VOLUME),
    )

    def make() -> object:
        (request,) = requests_for(command)
        return request.body, signer.authorization(request.hashed, nonce())

    return make


def _ccxt() -> Callable[[], object]:
    from stack_ccxt import exchange  # noqa: PLC0415 - as above

    client = exchange()
    return lambda: client.sign("orders", ["private"], "POST", ORDER)


def _sdk() -> Callable[[], object]:
    from upbit._qs import Querystring  # noqa: PLC0415 - as above
    from upbit.lib.jwt_auth import create_jwt_token  # noqa: PLC0415 - as above

    spelling = Querystring(array_format="brackets")
    return lambda: (create_jwt_token(bare.ACCESS_KEY, bare.SECRET_KEY, ORDER, qs=spelling), json.dumps(ORDER))


def _pyupbit() -> Callable[[], object]:
    from stack_pyupbit import client  # noqa: PLC0415 - as above

    upbit = client()
    return lambda: (upbit._request_headers(ORDER), json.dumps(ORDER))


def _often(make: Callable[[], object]) -> Callable[[], int]:
    def run() -> int:
        for _ in range(BATCH):
            make()
        return BATCH

    return run
