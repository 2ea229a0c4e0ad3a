"""The official SDK (upbit-sdk 1.1.0), blocking and asynchronous, through every REST step of a trader's day."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.conformance.calls import Calls
from tests.conformance.exchange import MARKET, Exchange, assert_no_holes, assert_tells, at_one_moment, keep_asking

import upbit

pytestmark = [pytest.mark.conformance, pytest.mark.timeout(60)]

FORMS = [
    pytest.param(upbit.Upbit, id="sync", marks=pytest.mark.xdist_group("upbit-sdk-sync")),
    pytest.param(upbit.AsyncUpbit, id="async", marks=pytest.mark.xdist_group("upbit-sdk-async")),
]


@pytest.fixture(scope="module", params=FORMS)
def form(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(scope="module")
def sdk(form: Any, served: Exchange, call: Calls) -> Iterator[Any]:
    client = form(access_key=served.access_key, secret_key=served.secret_key, base_url=served.rest_url, max_retries=0)
    yield client
    call(client.close())


def bid(exchange: Exchange, sdk: Any, **more: str) -> Any:
    """A limit buy that rests."""
    wish = {"market": MARKET, "side": "bid", "ord_type": "limit", "price": str(exchange.far_bid()), "volume": "0.001"}
    return sdk.orders.create(**wish | more)


def ask(exchange: Exchange, sdk: Any, **more: str) -> Any:
    """A limit sell that rests."""
    return bid(exchange, sdk, side="ask", price=str(exchange.far_ask()), **more)


def starts_of(rows: Sequence[Any]) -> list[datetime]:
    return [datetime.fromisoformat(row.candle_date_time_utc) for row in rows]


def assert_rows(told: Sequence[Any], truths: Sequence[dict[str, Any]]) -> None:
    """Hold the SDK's rows against the venue's, field by field."""
    assert len(told) == len(truths)
    for row, truth in zip(told, truths, strict=True):
        values = {name: getattr(row, name) for name in truth}
        exact = {n: Decimal(text) if isinstance(truth[n], Decimal) else text for n, text in values.items()}
        assert exact == truth


def test_markets_are_listed(exchange: Exchange, call: Calls, sdk: Any):
    pairs = call(sdk.trading_pairs.list(is_details=True))

    assert [pair.market for pair in pairs] == list(exchange.look("/state")["markets"])
    assert (pairs[0].korean_name, pairs[0].english_name) == ("비트코인", "Bitcoin")
    assert pairs[0].market_event.warning is False


def test_a_ticker_tells_the_venues_figures(exchange: Exchange, call: Calls, sdk: Any):
    truth, tickers = at_one_moment(
        lambda: exchange.rows(f"ticker?markets={MARKET}"),
        lambda: call(sdk.tickers.list_by_trading_pairs(markets=MARKET)),
    )
    all_of_them = call(sdk.tickers.list_by_quote_currencies(quote_currencies="KRW"))

    assert_rows(tickers, truth)
    assert [ticker.market for ticker in all_of_them] == list(exchange.look("/state")["markets"])


def test_a_book_is_the_venues_book(exchange: Exchange, call: Calls, sdk: Any):
    truth, books = at_one_moment(
        lambda: exchange.rows(f"orderbook?markets={MARKET}"), lambda: call(sdk.orderbooks.list(markets=MARKET))
    )

    units = books[0].orderbook_units
    assert_rows(units, truth[0]["orderbook_units"])
    assert len(units) == 30
    assert Decimal(books[0].total_ask_size) == sum(Decimal(unit.ask_size) for unit in units)
    assert call(sdk.orderbooks.list_instruments(markets=MARKET))[0].tick_size == "1000"


def test_minute_candles_are_paged_without_holes(exchange: Exchange, call: Calls, sdk: Any):
    rows = call(sdk.candles.list_minutes(1, market=MARKET, count=200))
    while len(rows) < 600:
        rows += call(sdk.candles.list_minutes(1, market=MARKET, count=200, to=rows[-1].candle_date_time_utc + "Z"))
    truth = exchange.candles("minutes/1", 800)

    assert_no_holes(starts_of(rows), timedelta(minutes=1))
    assert_rows(rows[1:], [truth[row.candle_date_time_utc] for row in rows[1:]])


def test_day_candles_are_paged_without_holes(exchange: Exchange, call: Calls, sdk: Any):
    rows = call(sdk.candles.list_days(market=MARKET, count=200))
    rows += call(sdk.candles.list_days(market=MARKET, count=200, to=rows[-1].candle_date_time_utc + "Z"))
    truth = exchange.candles("days", 400)

    assert_no_holes(starts_of(rows), timedelta(days=1))
    assert_rows(rows[1:], [truth[row.candle_date_time_utc] for row in rows[1:]])
    assert [row.prev_closing_price for row in rows[:-1]] == [row.trade_price for row in rows[1:]]


def test_trades_are_paged_by_cursor(exchange: Exchange, call: Calls, sdk: Any):
    first = call(sdk.trades.list(market=MARKET, count=40))
    second = call(sdk.trades.list(market=MARKET, count=40, cursor=str(first[-1].sequential_id)))
    truth = {row["sequential_id"]: row for row in exchange.rows(f"trades/ticks?market={MARKET}&count=500")}

    ids = [trade.sequential_id for trade in first + second]
    assert len(set(ids)) == 80
    assert [number for number in truth if ids[-1] <= number <= ids[0]] == ids
    assert_rows(first + second, [truth[number] for number in ids])


def test_balances_are_exact(exchange: Exchange, call: Calls, sdk: Any):
    call(bid(exchange, sdk))

    accounts = call(sdk.accounts.list())

    told = {each.currency: (Decimal(each.balance), Decimal(each.locked)) for each in accounts}
    assert told == exchange.balances()
    assert told["KRW"][1] > 0


def test_the_order_chance_tells_fees_and_minimum(exchange: Exchange, call: Calls, sdk: Any):
    chance = call(sdk.orders.retrieve_chance(market=MARKET))

    assert (chance.bid_fee, chance.ask_fee, chance.market.bid.min_total) == ("0.0005", "0.0005", "5000")
    assert Decimal(chance.bid_account.balance) == exchange.holds("KRW")[0]
    assert Decimal(chance.ask_account.balance) == exchange.holds("BTC")[0]


def test_a_limit_buy_rests_and_is_listed_open(exchange: Exchange, call: Calls, sdk: Any):
    placed = call(bid(exchange, sdk))
    listed = call(sdk.orders.list_open(market=MARKET)).items

    truth = exchange.order(placed.uuid)
    assert_tells(placed, truth)
    assert [each.uuid for each in listed] == [truth.uuid]
    assert_tells(listed[0], truth)
    assert exchange.holds("KRW")[1] == truth.locked


def test_a_limit_sell_rests_and_is_listed_open(exchange: Exchange, call: Calls, sdk: Any):
    placed = call(ask(exchange, sdk))
    listed = call(sdk.orders.list_open(market=MARKET)).items

    truth = exchange.order(placed.uuid)
    assert_tells(placed, truth)
    assert [each.uuid for each in listed] == [truth.uuid]
    assert_tells(listed[0], truth)
    assert exchange.holds("BTC")[1] == truth.locked == Decimal("0.001")


def test_open_orders_are_paged_to_the_end(exchange: Exchange, call: Calls, sdk: Any):
    placed = [call(bid(exchange, sdk)).uuid for _ in range(5)]

    page, listed = call(sdk.orders.list_open(market=MARKET, limit=2)), []
    while page.items:
        listed += [order.uuid for order in page.items]
        page = call(page.get_next_page())

    assert listed == placed[::-1]


def test_a_cancelled_order_gives_its_money_back(exchange: Exchange, call: Calls, sdk: Any):
    before = exchange.balances()
    placed = call(bid(exchange, sdk))

    cancelled = call(sdk.orders.cancel(uuid=placed.uuid))

    truth = exchange.order(placed.uuid)
    assert truth.state == "cancel"
    assert_tells(cancelled, truth, state="wait")  # the answer is the order as it was
    assert call(sdk.orders.list_open(market=MARKET)).items == []
    assert exchange.balances() == before


def test_a_market_buy_ends_cancelled_with_change(exchange: Exchange, call: Calls, sdk: Any):
    before = exchange.balances()

    placed = call(sdk.orders.create(market=MARKET, side="bid", ord_type="price", price="1000003"))
    found = call(sdk.orders.retrieve(uuid=placed.uuid))

    truth = exchange.order(placed.uuid)
    assert truth.state == "cancel"
    assert_tells(found, truth)
    assert [Decimal(trade.volume) for trade in found.trades] == [trade.volume for trade in truth.trades]
    assert 0 < Decimal(1000003) - truth.executed_funds < 2
    assert exchange.holds("KRW")[0] == before["KRW"][0] - truth.executed_funds - truth.paid_fee
    assert exchange.holds("BTC")[0] == before["BTC"][0] + truth.executed_volume


def test_a_market_sell_ends_done(exchange: Exchange, call: Calls, sdk: Any):
    before = exchange.balances()

    placed = call(sdk.orders.create(market=MARKET, side="ask", ord_type="market", volume="0.01"))
    found = call(sdk.orders.retrieve(uuid=placed.uuid))

    truth = exchange.order(placed.uuid)
    assert (truth.state, truth.executed_volume) == ("done", Decimal("0.01"))
    assert_tells(found, truth)
    assert exchange.holds("KRW")[0] == before["KRW"][0] + truth.executed_funds - truth.paid_fee
    assert exchange.holds("BTC")[0] == before["BTC"][0] - Decimal("0.01")


def test_closed_orders_are_listed(exchange: Exchange, call: Calls, sdk: Any):
    sold = call(sdk.orders.create(market=MARKET, side="ask", ord_type="market", volume="0.001"))
    gone = call(bid(exchange, sdk))
    call(sdk.orders.cancel(uuid=gone.uuid))

    listed = call(sdk.orders.list_closed(market=MARKET, states=["done", "cancel"], limit=2))
    done = call(sdk.orders.list_closed(state="done", limit=1))

    assert [order.uuid for order in listed] == [gone.uuid, sold.uuid]
    assert [order.uuid for order in done] == [sold.uuid]
    for order in listed:
        assert_tells(order, exchange.order(order.uuid))


def test_closed_orders_are_found_by_time(exchange: Exchange, call: Calls, sdk: Any):
    sold = call(sdk.orders.create(market=MARKET, side="ask", ord_type="market", volume="0.001"))
    made_at = datetime.fromisoformat(sold.created_at)

    within = call(sdk.orders.list_closed(end_time=(made_at + timedelta(seconds=2)).isoformat()))
    before = call(sdk.orders.list_closed(end_time=(made_at - timedelta(hours=1)).isoformat()))

    assert sold.uuid in {order.uuid for order in within}
    assert before == []


def test_an_order_is_found_by_uuid(exchange: Exchange, call: Calls, sdk: Any):
    placed = call(bid(exchange, sdk))

    assert_tells(call(sdk.orders.retrieve(uuid=placed.uuid)), exchange.order(placed.uuid))
    assert [each.uuid for each in call(sdk.orders.list_by_uuids(uuids=[placed.uuid]))] == [placed.uuid]


def test_an_order_is_found_by_identifier(exchange: Exchange, call: Calls, sdk: Any):
    placed = call(bid(exchange, sdk, identifier="look-up:한글&+1%2F"))

    assert_tells(call(sdk.orders.retrieve(identifier="look-up:한글&+1%2F")), exchange.order(placed.uuid))
    assert call(sdk.orders.cancel(identifier="look-up:한글&+1%2F")).uuid == placed.uuid
    with pytest.raises(upbit.BadRequestError) as refused:
        call(bid(exchange, sdk, identifier="look-up:한글&+1%2F"))
    assert refused.value.name == "duplicated_identifier"


def test_many_orders_are_cancelled_by_id(exchange: Exchange, call: Calls, sdk: Any):
    first, second, third = (call(bid(exchange, sdk, identifier=f"many-{number}")) for number in (1, 2, 3))
    call(sdk.orders.cancel(uuid=second.uuid))

    result = call(sdk.orders.cancel_by_uuids(uuids=[first.uuid, second.uuid]))
    by_identifier = call(sdk.orders.cancel_by_uuids(identifiers=["many-3"]))

    assert [each.uuid for each in result.success.orders] == [first.uuid]
    assert [each.uuid for each in result.failed.orders] == [second.uuid]
    assert (result.success.count, result.failed.count) == (1, 1)
    assert [each.identifier for each in by_identifier.success.orders] == ["many-3"]
    assert {exchange.order(order.uuid).state for order in (first, second, third)} == {"cancel"}


def test_everything_open_is_cancelled_at_once(exchange: Exchange, call: Calls, sdk: Any):
    bought, sold = call(bid(exchange, sdk)), call(ask(exchange, sdk))

    bids = call(sdk.orders.cancel_open(cancel_side="bid", pairs=f"{MARKET},KRW-ETH"))
    rest = call(sdk.orders.cancel_open(quote_currencies="KRW,BTC"))

    assert [each.uuid for each in bids.success.orders] == [bought.uuid]
    assert [each.uuid for each in rest.success.orders] == [sold.uuid]


def test_an_order_is_replaced(exchange: Exchange, call: Calls, sdk: Any):
    old = call(bid(exchange, sdk, volume="0.003"))
    price = str(exchange.far_bid() - 5000)

    answer = call(
        sdk.orders.cancel_and_new(
            prev_order_uuid=old.uuid,
            new_ord_type="limit",
            new_price=price,
            new_volume="remain_only",
            new_identifier="replaced",
        )
    )

    new = exchange.order(answer.new_order_uuid)
    assert (answer.uuid, answer.new_order_identifier) == (old.uuid, "replaced")
    assert exchange.order(old.uuid).state == "cancel"
    assert (new.state, new.price, new.volume, new.identifier) == ("wait", Decimal(price), Decimal("0.003"), "replaced")


def test_an_order_is_tried_without_being_placed(exchange: Exchange, call: Calls, sdk: Any):
    before = len(exchange.orders())

    tried = call(
        sdk.orders.test_create(
            market=MARKET, side="bid", ord_type="limit", price=str(exchange.far_bid()), volume="0.001"
        )
    )

    assert tried.state == "wait"
    assert len(exchange.orders()) == before


def test_too_little_money_is_refused(exchange: Exchange, call: Calls, sdk: Any):
    with pytest.raises(upbit.BadRequestError) as refused:
        call(bid(exchange, sdk, volume="5"))

    assert refused.value.name == "insufficient_funds_bid"
    assert "KRW" in refused.value.message


def test_an_order_off_the_tick_is_refused(exchange: Exchange, call: Calls, sdk: Any):
    with pytest.raises(upbit.BadRequestError) as refused:
        call(bid(exchange, sdk, price=str(exchange.far_bid() + 1)))

    assert refused.value.name == "invalid_price_bid"


def test_an_unknown_order_is_not_found(exchange: Exchange, call: Calls, sdk: Any):
    with pytest.raises(upbit.NotFoundError) as refused:
        call(sdk.orders.retrieve(uuid="00000000-0000-4000-8000-000000000000"))

    assert (refused.value.status_code, refused.value.name) == (404, "order_not_found")


def test_a_strange_key_is_refused(exchange: Exchange, call: Calls, sdk: Any):
    with pytest.raises(upbit.AuthenticationError) as unknown:
        call(sdk.with_options(access_key="hoga-sim-nobody").accounts.list())
    with pytest.raises(upbit.AuthenticationError) as forged:
        call(sdk.with_options(secret_key="0" * 64).accounts.list())

    assert (unknown.value.name, forged.value.name) == ("invalid_access_key", "jwt_verification")


def test_a_key_without_permission_is_refused(exchange: Exchange, call: Calls, sdk: Any):
    pair = exchange.move("/keys", scopes=["view_account"])
    narrow = sdk.with_options(access_key=pair["access_key"], secret_key=pair["secret_key"])

    assert len(call(narrow.accounts.list())) == len(exchange.balances())
    with pytest.raises(upbit.PermissionDeniedError) as refused:
        call(narrow.orders.list_open())
    assert refused.value.name == "out_of_scope"


def test_asking_too_fast_is_told(exchange: Exchange, call: Calls, sdk: Any):
    exchange.limit("ticker")
    with pytest.raises(upbit.RateLimitError) as refused:
        keep_asking(lambda: call(sdk.tickers.list_by_trading_pairs(markets=MARKET)))
    exchange.limit("ticker", refusals_allowed=0, first_block_s=5)
    with pytest.raises(upbit.RateLimitPenaltyError) as blocked:
        keep_asking(lambda: call(sdk.tickers.list_by_trading_pairs(markets=MARKET)))

    assert refused.value.response.headers["Remaining-Req"] == "group=ticker; min=600; sec=0"
    assert "5 seconds" in blocked.value.message


def test_asking_too_fast_is_made_good_by_waiting(exchange: Exchange, call: Calls, sdk: Any):
    exchange.limit("ticker")
    patient = sdk.with_options(max_retries=2)  # the default

    tickers = [call(patient.tickers.list_by_trading_pairs(markets=MARKET)) for _ in range(2)]

    assert [rows[0].market for rows in tickers] == [MARKET, MARKET]


def test_answers_fit_the_sdks_own_models(exchange: Exchange, call: Calls, sdk: Any, form: Any):
    """Read strictly. Left out is what cannot pass at the venue either: the SDK's books are text throughout, orders
    asked in money have no volume, and the reason why a deposit is impossible may be null.
    """
    exchange.give("BTC", "0.001")
    call(bid(exchange, sdk))
    with_keys = {"access_key": exchange.access_key, "secret_key": exchange.secret_key, "base_url": exchange.rest_url}
    strict = form(**with_keys, max_retries=0, _strict_response_validation=True)
    candles, of_market = strict.candles, {"market": MARKET, "count": 3}

    try:
        for answer in (
            strict.trading_pairs.list(is_details=True),
            strict.tickers.list_by_quote_currencies(quote_currencies="KRW"),
            strict.orderbooks.list_instruments(markets=MARKET),
            strict.trades.list(**of_market),
            *(strict.candles.list_minutes(unit, **of_market) for unit in (1, 3, 5, 10, 15, 30, 60, 240)),
            *(ask(**of_market) for ask in (candles.list_seconds, candles.list_days, candles.list_weeks)),
            *(ask(**of_market) for ask in (candles.list_months, candles.list_years)),
            strict.accounts.list(),
            strict.orders.retrieve_chance(market=MARKET),
            strict.orders.list_open(),
            strict.api_keys.list(),
            strict.wallet_status.list(),
            strict.deposits.list(),
            strict.withdraws.list(),
            strict.withdraws.retrieve_chance(currency="BTC", net_type="BTC"),
            strict.pockets.list(),
        ):
            assert call(answer)
    finally:
        call(strict.close())
