"""Requests: what is sent, what is hashed, which limit is spent."""

import json
from decimal import Decimal
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given, strategies as st

from hoga.model.commands import OrderId, OrderKind, PlaceOrder, SelfMatch, Side, TimeInForce, VenueOrderId
from hoga.model.errors import HogaError, MoneyError
from hoga.upbit.rest import orders as rest_orders, quotation as rest_quotation, request as rest, wallet as rest_wallet
from hoga.upbit.rest.request import Request

ID = OrderId("grid-7")
UUID = VenueOrderId("9ca023a5-851b-4fec-9f0a-48cd83c2eaae")


def order(**changes: Any) -> PlaceOrder:
    fields: dict[str, Any] = {
        "order_id": ID,
        "market": "KRW-BTC",
        "side": Side.BUY,
        "price": Decimal(10_000_000),
        "volume": Decimal("0.0005"),
    }
    return PlaceOrder(**(fields | changes))


def market(side: Side, **changes: Any) -> PlaceOrder:
    return order(side=side, kind=OrderKind.MARKET, price=None, volume=None, **changes)


# ------------------------------------------------ every endpoint (reference, sections 4.1 to 4.4)

ENDPOINTS: list[tuple[Request, str, str]] = [
    (rest_quotation.markets(), "GET /v1/market/all?is_details=true", "market"),
    (rest_quotation.candles_seconds("KRW-BTC", count=2), "GET /v1/candles/seconds?market=KRW-BTC&count=2", "candles"),
    (
        rest_quotation.candles_minutes("KRW-BTC", 240, to="2025-06-24T13:56:53+09:00"),
        "GET /v1/candles/minutes/240?market=KRW-BTC&to=2025-06-24T13%3A56%3A53%2B09%3A00&count=200",
        "candles",
    ),
    (
        rest_quotation.candles_days("KRW-BTC", to="2025-06-24 04:56:53", converting_price_unit="KRW"),
        "GET /v1/candles/days?market=KRW-BTC&to=2025-06-24%2004%3A56%3A53&count=200&converting_price_unit=KRW",
        "candles",
    ),
    (rest_quotation.candles_long("KRW-BTC", "weeks"), "GET /v1/candles/weeks?market=KRW-BTC&count=200", "candles"),
    (
        rest_quotation.trades("KRW-BTC", cursor=17732400590950000, days_ago=1),
        "GET /v1/trades/ticks?market=KRW-BTC&count=500&cursor=17732400590950000&days_ago=1",
        "crix-trades",
    ),
    (rest_quotation.ticker(["KRW-BTC", "KRW-ETH"]), "GET /v1/ticker?markets=KRW-BTC%2CKRW-ETH", "ticker"),
    (rest_quotation.ticker_all(["KRW"]), "GET /v1/ticker/all?quote_currencies=KRW", "ticker"),
    (
        rest_quotation.orderbook(["KRW-BTC"], level=Decimal("1E+4"), count=5),
        "GET /v1/orderbook?markets=KRW-BTC&level=10000&count=5",
        "orderbook",
    ),
    (
        rest_quotation.orderbook_instruments(["KRW-BTC"]),
        "GET /v1/orderbook/instruments?markets=KRW-BTC",
        "orderbook",
    ),
    (
        rest_quotation.orderbook_supported_levels(["KRW-BTC"]),
        "GET /v1/orderbook/supported_levels?markets=KRW-BTC",
        "orderbook",
    ),
    (rest_orders.accounts(), "GET /v1/accounts", "default"),
    (rest_orders.order_chance("KRW-BTC"), "GET /v1/orders/chance?market=KRW-BTC", "default"),
    (rest_orders.place_order(order()), "POST /v1/orders", "order"),
    (rest_orders.test_order(order()), "POST /v1/orders/test", "order-test"),
    (rest_orders.cancel_order(venue_id=UUID, order_id=ID), f"DELETE /v1/order?uuid={UUID}", "default"),
    (rest_orders.cancel_order(order_id=ID), "DELETE /v1/order?identifier=grid-7", "default"),
    (
        rest_orders.cancel_orders_by_ids(venue_ids=[UUID, UUID]),
        f"DELETE /v1/orders/uuids?uuids%5B%5D={UUID}&uuids%5B%5D={UUID}",
        "default",
    ),
    (
        rest_orders.cancel_open_orders(side=Side.SELL, quote_currencies=["KRW", "BTC"], count=10),
        "DELETE /v1/orders/open?quote_currencies=KRW%2CBTC&cancel_side=ask&count=10&order_by=desc",
        "order-cancel-all",
    ),
    (rest_orders.cancel_and_new(order(), old_venue_id=UUID), "POST /v1/orders/cancel_and_new", "order"),
    (rest_orders.get_order(order_id=ID), "GET /v1/order?identifier=grid-7", "default"),
    (
        rest_orders.orders_by_ids(order_ids=[ID], market="KRW-BTC"),
        "GET /v1/orders/uuids?market=KRW-BTC&identifiers%5B%5D=grid-7&order_by=desc",
        "default",
    ),
    (
        rest_orders.open_orders(page=2),
        "GET /v1/orders/open?states%5B%5D=wait&states%5B%5D=watch&page=2&limit=100&order_by=desc",
        "default",
    ),
    (
        rest_orders.closed_orders(end_ms=5),
        "GET /v1/orders/closed?states%5B%5D=done&states%5B%5D=cancel&end_time=5&limit=1000&order_by=desc",
        "default",
    ),
    (
        rest_wallet.withdrawal_chance("BTC", "BTC"),
        "GET /v1/withdraws/chance?currency=BTC&net_type=BTC",
        "default",
    ),
    (rest_wallet.withdrawal_addresses(), "GET /v1/withdraws/coin_addresses", "default"),
    (rest_wallet.withdrawal(venue_id="x"), "GET /v1/withdraw?uuid=x", "default"),
    (
        rest_wallet.withdrawals(currency="BTC", txids=["a", "b"], from_="c"),
        "GET /v1/withdraws?limit=100&currency=BTC&txids%5B%5D=a&txids%5B%5D=b&from=c",
        "default",
    ),
    (
        rest_wallet.deposit_chance("BTC", "BTC"),
        "GET /v1/deposits/chance/coin?currency=BTC&net_type=BTC",
        "default",
    ),
    (
        rest_wallet.deposit_address("BTC", "BTC"),
        "GET /v1/deposits/coin_address?currency=BTC&net_type=BTC",
        "default",
    ),
    (rest_wallet.deposit_addresses(), "GET /v1/deposits/coin_addresses", "default"),
    (rest_wallet.deposit(), "GET /v1/deposit", "default"),
    (rest_wallet.deposits(limit=5), "GET /v1/deposits?limit=5", "default"),
    (rest_wallet.travel_rule_vasps(), "GET /v1/travel_rule/vasps", "default"),
    (rest_wallet.wallet_status(), "GET /v1/status/wallet", "default"),
    (rest_wallet.api_keys(), "GET /v1/api_keys", "default"),
    (rest_wallet.pockets(), "GET /v1/pockets", "default"),
    (
        rest_wallet.pocket_api_keys(["a"], include_expired=False),
        "GET /v1/pockets/api_keys?uuids%5B%5D=a&include_expired=false",
        "default",
    ),
    (rest_wallet.pocket_assets("a"), "GET /v1/pockets/assets?uuid=a", "default"),
    (
        rest_wallet.universal_transfers(from_="a", to="b"),
        "GET /v1/pockets/universal_transfers?from=a&to=b",
        "default",
    ),
    (rest_wallet.pocket_transfers(direction="in"), "GET /v1/pockets/transfers?direction=in", "default"),
]


@pytest.mark.parametrize(("request_", "line", "group"), ENDPOINTS, ids=[line for _, line, _ in ENDPOINTS])
def test_each_call_goes_to_its_place_and_spends_its_limit(request_: Request, line: str, group: str):
    assert f"{request_.method} {request_.target}" == line
    assert request_.group == group
    assert request_.signed is (group in {"default", "order", "order-test", "order-cancel-all"})


@pytest.mark.parametrize("request_", [request_ for request_, _, _ in ENDPOINTS if request_.signed])
def test_what_is_hashed_is_what_is_sent_but_decoded(request_: Request):
    body = json.loads(request_.body) if request_.body else {}
    sent = "&".join(f"{key}={value}" for key, value in body.items()) or unquote(request_.query)

    assert request_.hashed == sent


def test_cancels_and_questions_about_orders_may_use_the_reserved_lane():
    urgent = {line for request_, line, _ in ENDPOINTS if request_.urgent}

    assert {line.split("?")[0] for line in urgent} == {
        "DELETE /v1/order",
        "DELETE /v1/orders/uuids",
        "DELETE /v1/orders/open",
        "GET /v1/order",
        "GET /v1/orders/uuids",
        "GET /v1/orders/open",
    }


def test_no_call_can_move_money_out():
    names = [name for room in (rest, rest_orders, rest_quotation, rest_wallet) for name in vars(room)]
    posts = {request_.path for request_, _, _ in ENDPOINTS if request_.method == "POST"}

    assert [name for name in names if "create" in name or name.startswith(("withdraw_", "transfer"))] == []
    assert posts == {"/v1/orders", "/v1/orders/test", "/v1/orders/cancel_and_new"}


# ------------------------------------------------ bodies (reference, sections 4.2 and 6)


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (
            order(),
            (
                '{"market":"KRW-BTC","side":"bid","volume":"0.0005","price":"10000000","ord_type":"limit",'
                '"identifier":"grid-7"}'
            ),
        ),
        (
            order(side=Side.SELL, tif=TimeInForce.POST_ONLY, price=Decimal("1E-5"), volume=Decimal("1.50")),
            (
                '{"market":"KRW-BTC","side":"ask","volume":"1.5","price":"0.00001","ord_type":"limit",'
                '"identifier":"grid-7","time_in_force":"post_only"}'
            ),
        ),
        (
            market(Side.BUY, spend=Decimal("1E+4"), self_match=SelfMatch.NONE),
            (
                '{"market":"KRW-BTC","side":"bid","price":"10000","ord_type":"price","identifier":"grid-7",'
                '"smp_type":"none"}'
            ),
        ),
        (
            order(side=Side.SELL, kind=OrderKind.MARKET, price=None, self_match=SelfMatch.CANCEL_MAKER),
            (
                '{"market":"KRW-BTC","side":"ask","volume":"0.0005","ord_type":"market","identifier":"grid-7",'
                '"smp_type":"cancel_maker"}'
            ),
        ),
        (
            order(kind=OrderKind.BEST, price=None, volume=None, spend=Decimal(9_999), tif=TimeInForce.IOC),
            (
                '{"market":"KRW-BTC","side":"bid","price":"9999","ord_type":"best","identifier":"grid-7",'
                '"time_in_force":"ioc"}'
            ),
        ),
        (
            order(side=Side.SELL, kind=OrderKind.BEST, price=None, tif=TimeInForce.FOK),
            (
                '{"market":"KRW-BTC","side":"ask","volume":"0.0005","ord_type":"best","identifier":"grid-7",'
                '"time_in_force":"fok"}'
            ),
        ),
    ],
)
def test_an_order_is_spelled_in_one_fixed_way(command: PlaceOrder, body: str):
    request_ = rest_orders.place_order(command)

    assert request_.body == body.encode()
    assert request_.hashed == "&".join(f"{key}={value}" for key, value in json.loads(body).items())


def test_a_replacement_names_the_old_order_and_keeps_market_and_side():
    request_ = rest_orders.cancel_and_new(order(order_id=OrderId("grid-8"), volume=None), old_order_id=ID)

    assert json.loads(request_.body) == {
        "prev_order_identifier": "grid-7",
        "new_volume": "remain_only",
        "new_price": "10000000",
        "new_ord_type": "limit",
        "new_identifier": "grid-8",
    }


def test_a_replacement_cannot_reuse_the_id():
    with pytest.raises(HogaError, match="id of its own"):
        rest_orders.cancel_and_new(order(), old_order_id=ID)


@pytest.mark.parametrize(
    "changes",
    [
        {"price": None},
        {"volume": None},
        {"spend": Decimal(5_000)},
        {"price": Decimal("NaN")},
        {"price": Decimal("sNaN")},
        {"price": Decimal("Infinity")},
        {"price": Decimal(0)},
        {"price": Decimal(-1)},
        {"volume": Decimal("-0.1")},
        {"volume": Decimal(0)},
        {"price": Decimal("1E+70")},
        {"price": Decimal("1E-70")},
        {"kind": OrderKind.MARKET},
        {"kind": OrderKind.MARKET, "price": None},
        {"kind": OrderKind.MARKET, "price": None, "side": Side.SELL, "spend": Decimal(1)},
        {"kind": OrderKind.MARKET, "price": None, "volume": None, "spend": Decimal("NaN")},
        {"kind": OrderKind.BEST, "price": None, "volume": None, "side": Side.SELL},
    ],
)
def test_an_order_that_cannot_be_is_never_spelled(changes: dict[str, Any]):
    with pytest.raises(MoneyError):
        rest_orders.place_order(order(**changes))


@pytest.mark.parametrize("order_id", ["", "x" * 65])
def test_an_id_the_venue_would_not_take_is_refused_here(order_id: str):
    with pytest.raises(HogaError, match="1 to 64 characters"):
        rest_orders.place_order(order(order_id=OrderId(order_id)))


def test_a_call_takes_no_more_ids_than_the_venue_does():
    ids = [VenueOrderId(f"u{n}") for n in range(21)]

    with pytest.raises(HogaError, match="up to 20 ids"):
        rest_orders.cancel_orders_by_ids(venue_ids=ids)
    with pytest.raises(HogaError, match="one of the two"):
        rest_orders.cancel_orders_by_ids(venue_ids=ids[:1], order_ids=[ID])
    with pytest.raises(HogaError, match="by one of the two"):
        rest_orders.orders_by_ids()
    with pytest.raises(HogaError, match="venue's id or by ours"):
        rest_orders.get_order()
    with pytest.raises(HogaError, match="not both"):
        rest_orders.cancel_open_orders(pairs=["KRW-BTC"], quote_currencies=["KRW"])


amounts = st.decimals(min_value=Decimal("1E-12"), max_value=Decimal("1E+15"), places=12)


@given(amounts, amounts)
def test_every_amount_arrives_as_the_amount_it_was(price: Decimal, volume: Decimal):
    body = json.loads(rest_orders.place_order(order(price=price, volume=volume)).body)

    assert (Decimal(body["price"]), Decimal(body["volume"])) == (price, volume)
    assert "e" not in (body["price"] + body["volume"]).lower()
