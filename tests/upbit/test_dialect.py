"""The dialect: which calls a command needs, and what their answers mean (order life, events E2 to E10)."""

import json
from decimal import Decimal

import pytest
from tests.upbit.bodies import (
    ACCOUNT,
    CHANCE,
    INSTRUMENTS,
    MARKETS,
    ORDER,
    VENUE_ID,
    answer,
    refusal,
    without,
)

from hoga.model.commands import (
    CancelOrder,
    CancelOrders,
    Command,
    OrderId,
    PlaceOrder,
    QueryAccounts,
    QueryMarket,
    QueryOpenOrders,
    QueryOrder,
    Side,
    Stop,
    VenueOrderId,
)
from hoga.model.errors import MoneyError
from hoga.model.events import (
    AccountEvent,
    AccountsReported,
    CancelAccepted,
    CancelFailed,
    MarketReported,
    OpenOrdersReported,
    OrderAccepted,
    OrderLost,
    OrderRejected,
    OrderReported,
    QueryFailed,
    RejectReason,
)
from hoga.upbit import dialect
from hoga.upbit.answers.account import Answer
from hoga.upbit.dialect import MAX_PAGES
from hoga.upbit.ticks import KRW_TICKS

ID = OrderId("grid-7")
UUID = VenueOrderId(VENUE_ID)
ASKED, NOW = 5, 9

PLACE = PlaceOrder(order_id=ID, market="KRW-BTC", side=Side.BUY, price=Decimal(10_000_000), volume=Decimal("0.0005"))
CANCEL = CancelOrder(ID, UUID)
QUERY = QueryOrder(ID, UUID)
QUERY_BY_OURS = QueryOrder(ID)
OPEN, ACCOUNTS, MARKET = QueryOpenOrders(), QueryAccounts(), QueryMarket("KRW-BTC")
MANY = CancelOrders(tuple(VenueOrderId(f"u-{n}") for n in range(45)))

#: What a proxy, a captive portal or a cut line may leave of a 2xx.
UNREADABLE = [b"", b"<html>Login</html>", json.dumps(ORDER).encode()[:-20], b"null", b"[]", b"{}"]


def means(command: Command, *answers: Answer) -> AccountEvent:
    (event,) = dialect.event_for(command, answers, ASKED, NOW)
    return event


# ------------------------------------------------ which calls


@pytest.mark.parametrize(
    ("command", "targets"),
    [
        (PLACE, ["POST /v1/orders"]),
        (CANCEL, [f"DELETE /v1/order?uuid={VENUE_ID}"]),
        (CancelOrder(ID), ["DELETE /v1/order?identifier=grid-7"]),
        (QUERY, [f"GET /v1/order?uuid={VENUE_ID}"]),
        (QUERY_BY_OURS, ["GET /v1/order?identifier=grid-7"]),
        (
            OPEN,
            ["GET /v1/orders/open?states%5B%5D=wait&states%5B%5D=watch&page=1&limit=100&order_by=desc"],
        ),
        (ACCOUNTS, ["GET /v1/accounts"]),
        (
            MARKET,
            [
                "GET /v1/orders/chance?market=KRW-BTC",
                "GET /v1/orderbook/instruments?markets=KRW-BTC",
                "GET /v1/market/all?is_details=true",
                "GET /v1/status/wallet",
            ],
        ),
        (Stop(), []),
        (CancelOrders(()), []),
    ],
)
def test_each_command_has_its_calls(command: Command, targets: list[str]):
    requests = dialect.requests_for(command)

    assert [f"{request.method} {request.target}" for request in requests] == targets


def test_a_cancel_of_many_goes_out_in_chunks_of_twenty_and_names_no_order_twice():
    twice = CancelOrders(MANY.venue_ids + MANY.venue_ids)

    assert [request.query.count("uuids") for request in dialect.requests_for(twice)] == [20, 20, 5]


def test_an_order_that_cannot_be_spelled_is_never_sent():
    with pytest.raises(MoneyError):
        dialect.requests_for(PlaceOrder(order_id=ID, market="KRW-BTC", side=Side.BUY, spend=Decimal("NaN")))


# ------------------------------------------------ placing


# E3
@pytest.mark.parametrize("status", [201, 200])
def test_an_answer_with_our_id_is_an_accepted_order(status: int):
    event = means(PLACE, answer(ORDER, status))

    assert isinstance(event, OrderAccepted)
    assert (event.order_id, event.report.venue_id, event.received_ns) == (ID, UUID, NOW)


# E4, R7
@pytest.mark.parametrize("identifier", ["grid-8", "", None])
def test_an_answer_that_speaks_of_another_order_leaves_ours_open_r7(identifier: str | None):
    event = means(PLACE, answer(ORDER | {"identifier": identifier}, 201))

    assert isinstance(event, OrderLost)
    assert event.order_id == ID


@pytest.mark.parametrize("raw", UNREADABLE)
def test_a_success_that_cannot_be_read_leaves_the_order_open_r7(raw: bytes):
    assert isinstance(means(PLACE, answer(raw, 201)), OrderLost)


# E5, E9, R10
@pytest.mark.parametrize(
    ("status", "name", "reason"),
    [
        (400, "insufficient_funds_bid", RejectReason.FUNDS),
        (400, "under_min_total_bid", RejectReason.BELOW_MINIMUM),
        (400, "invalid_price_bid", RejectReason.PRICE_TICK),
        (400, "duplicated_identifier", RejectReason.DUPLICATE_ID),
        (401, "jwt_verification", RejectReason.AUTH),
        (401, "expired_access_key", RejectReason.AUTH),
        (403, "out_of_scope", RejectReason.PERMISSION),
        (403, "market_offline", RejectReason.MARKET_OFFLINE),
    ],
)
def test_a_published_no_is_a_no_r10(status: int, name: str, reason: RejectReason):
    event = means(PLACE, refusal(status, name, "메시지"))

    assert event == OrderRejected(
        order_id=ID, reason=reason, detail=f"{status} {name} 메시지", by_venue=True, received_ns=NOW
    )


# E6, E7, E8, E9 (a used nonce), E10
@pytest.mark.parametrize(
    "told",
    [
        refusal(400, "a_name_of_tomorrow"),
        refusal(401, "nonce_used"),
        refusal(401, "a_name_of_tomorrow"),
        refusal(429, "too_many_requests"),
        answer(b"Too many API requests.", 429),
        answer(b"30 seconds", 418),
        refusal(500, "internal_server_error"),
        refusal(503, "insufficient_funds_bid"),
        answer(b"<html>502</html>", 502),
        answer(b"", 504),
        answer(b"", 302),
        answer(b"<html>Forbidden</html>", 403),
        answer(b"", 404),
    ],
)
def test_anything_else_proves_nothing_and_leaves_the_order_open_r11_r13(told: Answer):
    event = means(PLACE, told)

    assert isinstance(event, OrderLost)
    assert event.order_id == ID


# ------------------------------------------------ cancelling


def test_a_cancel_that_is_taken_is_not_yet_a_cancelled_order_r31():
    assert means(CANCEL, answer(ORDER)) == CancelAccepted(order_id=ID, venue_id=UUID, received_ns=NOW)


def test_a_cancel_by_our_id_learns_the_venues():
    event = means(CancelOrder(ID), answer(ORDER))

    assert event == CancelAccepted(order_id=ID, venue_id=UUID, received_ns=NOW)


# R30
def test_a_cancel_of_an_ended_order_is_refused_and_known_r30():
    event = means(CANCEL, refusal(404, "order_not_found"))

    assert isinstance(event, CancelFailed)
    assert (event.reason, event.lost, event.venue_id) == (RejectReason.NOT_FOUND, False, UUID)


# R32
@pytest.mark.parametrize(
    ("told", "lost"),
    [
        (refusal(400, "validation_error"), False),
        (refusal(400, "a_name_of_tomorrow"), False),
        (answer(b"Too many API requests.", 429), False),
        (answer(b"", 418), False),
        (refusal(500, "internal_server_error"), True),
        (answer(b"<html>502</html>", 502), True),
        (answer(b"", 302), True),
        (answer(b"<html>404</html>", 404), True),
        (answer(ORDER | {"uuid": "another"}), True),
        *((answer(raw), True) for raw in UNREADABLE),
    ],
)
def test_whether_a_cancel_was_heard_is_told(told: Answer, lost: bool):
    event = means(CANCEL, told)

    assert isinstance(event, CancelFailed)
    assert (event.order_id, event.lost) == (ID, lost)


def test_a_cancel_of_many_tells_of_each_order_whatever_the_order_of_the_rows():
    lists = {
        "success": {"count": 2, "orders": [{"uuid": "u-2", "market": "M", "identifier": "g-2"}, {"uuid": "u-0"}]},
        "failed": {"count": 1, "orders": [{"uuid": "u-1", "market": "M", "identifier": "g-1"}]},
    }
    command = CancelOrders(tuple(VenueOrderId(f"u-{n}") for n in range(4)))

    events = dialect.event_for(command, [answer(lists)], ASKED, NOW)

    assert [type(event) for event in events] == [CancelAccepted, CancelFailed, CancelAccepted, CancelFailed]
    assert [event.venue_id for event in events if isinstance(event, CancelAccepted | CancelFailed)] == [
        "u-0",
        "u-1",
        "u-2",
        "u-3",
    ]
    refused, unmentioned = (event for event in events if isinstance(event, CancelFailed))
    assert (refused.order_id, refused.lost) == ("g-1", False)
    assert (unmentioned.order_id, unmentioned.lost) == (None, True)


def test_chunks_without_an_answer_are_lost_and_the_others_are_not():
    lists = {"success": {"orders": [{"uuid": f"u-{n}"} for n in range(20)]}, "failed": {"orders": []}}

    events = dialect.event_for(MANY, [answer(lists), refusal(429, "x")], ASKED, NOW)

    assert len(events) == 45
    assert all(isinstance(event, CancelAccepted) for event in events[:20])
    assert [event.lost for event in events[20:] if isinstance(event, CancelFailed)] == [False] * 20 + [True] * 5


# ------------------------------------------------ asking


@pytest.mark.parametrize("query", [QUERY, QUERY_BY_OURS])
def test_the_answer_about_an_order_carries_when_it_was_asked(query: QueryOrder):
    event = means(query, answer(ORDER))

    assert isinstance(event, OrderReported)
    assert event.report is not None
    assert (event.report.venue_id, event.asked_ns, event.received_ns) == (UUID, ASKED, NOW)


# R26
def test_no_such_order_is_an_answer_and_not_yet_a_proof():
    assert means(QUERY, refusal(404, "order_not_found")) == OrderReported(
        order_id=ID, report=None, asked_ns=ASKED, received_ns=NOW
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (answer(b"<html>404</html>", 404), RejectReason.UNKNOWN),
        (refusal(404, "not_found", "no Route matched with those values"), RejectReason.UNKNOWN),
        (refusal(404, 404, "Code not found"), RejectReason.UNKNOWN_MARKET),
        (refusal(500, "order_not_found"), RejectReason.SERVER),
        (answer(b"", 429), RejectReason.RATE_LIMIT),
        (answer(b"", 418), RejectReason.BLOCKED),
        (refusal(401, "expired_access_key"), RejectReason.AUTH),
        (answer(b"", 302), RejectReason.UNKNOWN),
        *((answer(raw), RejectReason.UNKNOWN) for raw in UNREADABLE),
        (answer(ORDER | {"uuid": "another"}), RejectReason.UNKNOWN),
    ],
)
def test_an_unanswered_question_is_not_a_no_r40(told: Answer, reason: RejectReason):
    event = means(QUERY, told)

    assert isinstance(event, QueryFailed)
    assert (event.query, event.order_id, event.reason) == ("order", ID, reason)


def test_an_answer_about_another_identifier_is_not_ours():
    assert isinstance(means(QUERY_BY_OURS, answer(ORDER | {"identifier": "grid-8"})), QueryFailed)
    assert isinstance(means(QUERY_BY_OURS, answer(without(ORDER, "identifier"))), OrderReported)


def page(first: int, count: int) -> Answer:
    return answer([ORDER | {"uuid": f"u-{n}"} for n in range(first, first + count)])


def test_pages_are_asked_for_until_one_is_not_full():
    full, last = page(0, 100), page(100, 7)

    second = dialect.more_pages(OPEN, [full], ASKED)

    assert second is not None
    assert "page=2" in second.query
    assert second.urgent
    assert dialect.more_pages(OPEN, [full, last], ASKED) is None
    assert dialect.more_pages(OPEN, [full, page(100, 0)], ASKED) is None
    event = means(OPEN, full, last)
    assert isinstance(event, OpenOrdersReported)
    assert (len(event.reports), event.asked_ns) == (107, ASKED)


@pytest.mark.parametrize("told", [refusal(500, "x"), answer(b"<html>"), answer(b"", 302)])
def test_a_page_that_cannot_be_read_ends_the_asking_and_the_list_proves_nothing(told: Answer):
    assert dialect.more_pages(OPEN, [page(0, 100), told], ASKED) is None
    assert isinstance(means(OPEN, page(0, 100), told), QueryFailed)


def test_other_commands_have_one_page():
    assert dialect.more_pages(ACCOUNTS, [answer([])], ASKED) is None
    assert dialect.more_pages(OPEN, [], ASKED) is None


# R27
def test_an_order_that_slips_from_page_to_page_counts_once_as_last_told_r27():
    slipped = [ORDER | {"uuid": "u-99", "executed_volume": "0.0001"}]

    event = means(OPEN, page(0, 100), answer(slipped))

    assert isinstance(event, OpenOrdersReported)
    assert len(event.reports) == 100
    assert event.reports[99].executed_volume == Decimal("0.0001")


# R28
def test_a_list_that_goes_on_proves_nothing():
    event = means(OPEN, page(0, 100))
    endless = dialect.more_pages(OPEN, [page(0, 100)] * MAX_PAGES, ASKED)

    assert isinstance(event, QueryFailed)
    assert (event.query, endless) == ("open_orders", None)


def test_balances():
    event = means(ACCOUNTS, answer([ACCOUNT]))

    assert isinstance(event, AccountsReported)
    assert (event.balances[0].free, event.asked_ns) == (Decimal("50000.47088291"), ASKED)


@pytest.mark.parametrize("told", [answer(b"<html>"), answer(b"", 500), refusal(401, "no_authorization_ip")])
def test_balances_that_cannot_be_read_are_not_empty(told: Answer):
    event = means(ACCOUNTS, told)

    assert isinstance(event, QueryFailed)
    assert event.query == "accounts"


def test_the_rules_of_a_market_come_from_three_answers():
    event = means(MARKET, answer(CHANCE), answer(INSTRUMENTS), answer(MARKETS))

    assert isinstance(event, MarketReported)
    market = event.market
    assert (market.code, market.tick, market.min_total, market.max_total) == (
        "KRW-BTC",
        Decimal(1000),
        Decimal(5000),
        Decimal(1000000000),
    )
    assert (market.bid_fee, market.maker_ask_fee, market.state) == (Decimal("0.0005"), Decimal("0.0003"), "active")
    assert (market.korean_name, market.warning, market.cautions) == ("비트코인", True, ("PRICE_FLUCTUATIONS",))
    assert market.bands == KRW_TICKS


def wallets(*states: str) -> Answer:
    rows = [{"currency": "BTC", "wallet_state": state, "net_type": f"N{n}"} for n, state in enumerate(states)]
    rows.append({"currency": "ETH", "wallet_state": "unsupported", "net_type": "ETH"})
    return answer([row | {"network_name": "a network", "block_state": "normal"} for row in rows])


@pytest.mark.parametrize(
    ("told", "wallet"),
    [
        (wallets("working"), "working"),
        (wallets("paused"), "paused"),
        (wallets("paused", "paused"), "paused"),
        (wallets("working", "paused"), "limited"),
        (wallets("withdraw_only"), "limited"),
        (wallets("a_word_of_tomorrow"), "limited"),
        (wallets(), ""),
        (refusal(500, "internal_server_error"), ""),
        (answer(b"<html>"), ""),
    ],
)
def test_a_fourth_answer_tells_whether_the_coin_can_be_moved_and_may_be_missing_a17(told: Answer, wallet: str):
    event = means(MARKET, answer(CHANCE), answer(INSTRUMENTS), answer(MARKETS), told)

    assert isinstance(event, MarketReported)
    assert event.market.wallet == wallet
    assert event.market.state == "active"


def test_a_price_step_we_have_never_seen_makes_our_table_worthless_a12():
    step = [INSTRUMENTS[0] | {"tick_size": "250"}]

    event = means(MARKET, answer(CHANCE), answer(step), answer(MARKETS))

    assert isinstance(event, MarketReported)
    assert event.market.bands == ()
    assert event.market.tick_at(Decimal(1)) == Decimal(250)


@pytest.mark.parametrize(
    "told",
    [
        [],
        [answer(CHANCE)],
        [answer(CHANCE), answer(INSTRUMENTS)],
        [answer(CHANCE), answer([]), answer(MARKETS)],
        [answer(CHANCE), answer([INSTRUMENTS[0] | {"tick_size": "0"}]), answer(MARKETS)],
        [answer(CHANCE), answer(INSTRUMENTS), answer([])],
        [answer(CHANCE), refusal(404, 404, "Code not found"), answer(MARKETS)],
        [answer(b"<html>"), answer(INSTRUMENTS), answer(MARKETS)],
        [answer(CHANCE | {"market": CHANCE["market"] | {"id": "KRW-ETH"}}), answer(INSTRUMENTS), answer(MARKETS)],
    ],
)
def test_rules_are_never_guessed_a13(told: list[Answer]):
    event = means(MARKET, *told)

    assert isinstance(event, QueryFailed)
    assert (event.query, event.detail.partition(":")[0]) == ("market", "KRW-BTC")


# ------------------------------------------------ no answer at all


def test_an_order_without_an_answer_may_exist():
    assert dialect.lost(PLACE, "reset", NOW) == (OrderLost(order_id=ID, detail="reset", received_ns=NOW),)
    assert dialect.event_for(PLACE, [], ASKED, NOW) == (OrderLost(order_id=ID, detail="no answer", received_ns=NOW),)


def test_an_order_that_was_not_sent_does_not_exist():
    assert dialect.not_sent(PLACE, "refused", NOW) == (
        OrderRejected(order_id=ID, reason=RejectReason.NOT_SENT, detail="refused", by_venue=False, received_ns=NOW),
    )


@pytest.mark.parametrize("command", [CANCEL, MANY])
def test_a_cancel_without_an_answer_is_known_to_be_lost_or_not_sent(command: Command):
    lost, not_sent = dialect.lost(command, "reset", NOW), dialect.not_sent(command, "refused", NOW)

    assert len(lost) == len(not_sent) == (45 if command is MANY else 1)
    assert {(event.lost, event.reason) for event in lost if isinstance(event, CancelFailed)} == {
        (True, RejectReason.UNKNOWN)
    }
    assert {(event.lost, event.reason) for event in not_sent if isinstance(event, CancelFailed)} == {
        (False, RejectReason.NOT_SENT)
    }


@pytest.mark.parametrize(
    ("command", "query"), [(QUERY, "order"), (OPEN, "open_orders"), (ACCOUNTS, "accounts"), (MARKET, "market")]
)
def test_a_question_without_an_answer_failed(command: Command, query: str):
    (lost,), (not_sent,) = dialect.lost(command, "reset", NOW), dialect.not_sent(command, "refused", NOW)

    assert isinstance(lost, QueryFailed)
    assert isinstance(not_sent, QueryFailed)
    assert (lost.query, lost.reason) == (query, RejectReason.UNKNOWN)
    assert not_sent.reason is RejectReason.NOT_SENT


def test_nothing_follows_from_stop():
    assert (dialect.event_for(Stop(), [], ASKED, NOW), dialect.lost(Stop(), "", NOW)) == ((), ())
    assert dialect.not_sent(Stop(), "", NOW) == ()
