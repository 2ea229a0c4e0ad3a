"""Which orders the venue refuses, under which name and with which words."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from tests.simulator.core_scenery import BTC, D, best, book, exchange, limit, market, sell_off, spend

from hoga.model.market import TickBand
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.core.orders import NewOrder
from hoga.simulator.core.refusals import Refused

NOW = 1_774_183_342_000
GOOD = limit("bid", 10_000_000, "0.0005")


def shown() -> SimulatedExchange:
    made = exchange()
    made.see_book(book([(101_000, 1)], [(100_000, 1)]))
    return made


def refusal(wish: NewOrder, made: SimulatedExchange | None = None) -> Refused:
    """The refusal of an order; placing and testing must agree on it."""
    venue = made or shown()
    with pytest.raises(Refused) as tested:
        venue.test_order("ann", wish, NOW)
    with pytest.raises(Refused) as placed:
        venue.place("ann", wish, NOW)
    assert (tested.value.name, tested.value.message) == (placed.value.name, placed.value.message)
    assert venue.take_happenings() == []
    return placed.value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"market": None}, "market is missing"),
        ({"side": None}, "side is missing, side does not have a valid value"),
        ({"side": "buy"}, "side does not have a valid value"),
        ({"ord_type": None}, "ord_type is missing, ord_type does not have a valid value"),
        ({"ord_type": "stop"}, "ord_type does not have a valid value"),
        ({"price": None}, "price is missing"),
        ({"price": None, "volume": None}, "price is missing, volume is missing"),
        ({"price": D(-1)}, "price does not have a valid value"),
        ({"price": D("NaN")}, "price does not have a valid value"),
        ({"volume": D("Infinity")}, "volume does not have a valid value"),
        ({"volume": D("1E+40")}, "volume does not have a valid value"),
        ({"volume": D("0.000000001")}, "volume does not have a valid value"),
        ({"time_in_force": "gtd"}, "time_in_force does not have a valid value"),
        ({"smp_type": "both"}, "smp_type does not have a valid value"),
        ({"identifier": "x" * 65}, "identifier does not have a valid value"),
        ({"identifier": ""}, "identifier does not have a valid value"),
    ],
)
def test_missing_and_unknown_words_are_validation_errors(change: dict[str, str | Decimal | None], message: str):
    error = refusal(replace(GOOD, **change))

    assert (error.status, error.name, error.message) == (400, "validation_error", message)


@pytest.mark.parametrize(
    ("wish", "name"),
    [
        (replace(spend(10_000), side="ask"), "invalid_parameter"),
        (replace(sell_off(1), side="bid"), "invalid_parameter"),
        (replace(spend(10_000), volume=D(1)), "create_bid_error"),
        (replace(sell_off(1), price=D(1)), "create_ask_error"),
        (replace(best("bid", 10_000, "ioc"), time_in_force=None), "invalid_time_in_force"),
        (replace(spend(10_000), time_in_force="ioc"), "invalid_time_in_force"),
        (replace(sell_off(1), time_in_force="fok"), "invalid_time_in_force"),
        (replace(spend(10_000), time_in_force="post_only"), "invalid_post_only"),
        (replace(GOOD, time_in_force="post_only", smp_type="reduce"), "invalid_post_only"),
        (replace(GOOD, time_in_force="post_only", smp_type="cancel_maker"), "invalid_post_only"),
        (replace(GOOD, time_in_force="post_only", smp_type="cancel_taker"), "invalid_post_only"),
        (replace(GOOD, price=D(10_000_500)), "invalid_price_bid"),
        (limit("ask", 10_000_500, 1), "invalid_price_ask"),
        (limit("bid", 10_000_000, "0.0004"), "under_min_total_bid"),
        (limit("ask", 10_000_000, "0.0004"), "under_min_total_ask"),
        (spend("4999.99"), "under_min_total_bid"),
        (sell_off("0.04"), "under_min_total_ask"),
        (best("ask", "0.04", "fok"), "under_min_total_ask"),
        (limit("bid", 10_000_000, "100.1"), "over_krw_funds_bid"),
        (limit("ask", 10_000_000, "100.1"), "over_krw_funds_ask"),
        (spend(1_000_000_001), "over_krw_funds_bid"),
        (limit("ask", 10_000, "100.1"), "insufficient_funds_ask"),
        (sell_off("100.00000001"), "insufficient_funds_ask"),
    ],
)
def test_each_fault_has_upbits_name(wish: NewOrder, name: str):
    error = refusal(wish)

    assert (error.status, error.name) == (400, name)


def test_the_messages_upbit_documents_are_spelled_as_there():
    made = shown()
    Operator(made).withdraw("ann", "KRW", D(10_000_000_000), NOW)
    made.take_happenings()

    assert refusal(GOOD, made).message == "주문 가능한 금액(KRW)이 부족합니다."
    assert refusal(replace(GOOD, market="KRW-BTCs")).message == "다음 마켓에 없는 종목입니다: KRW-BTCs"
    assert refusal(spend(1_000_000_001)).message == "최대 주문 가능 금액 1000000000 KRW 보다 작은 주문을 입력해 주세요."
    assert refusal(replace(GOOD, price=D(10_000_500))).message == (
        "주문가격 단위를 잘못 입력하셨습니다. 확인 후 시도해주세요."
    )


def test_the_fee_must_be_paid_for_too():
    made = shown()
    Operator(made).withdraw("ann", "KRW", D(10_000_000_000) - D("5002.5"), NOW)
    made.place("ann", GOOD, NOW)

    poorer = shown()
    Operator(poorer).withdraw("ann", "KRW", D(10_000_000_000) - D("5002.49999999"), NOW)
    poorer.take_happenings()

    assert refusal(GOOD, poorer).name == "insufficient_funds_bid"


def test_orders_without_a_price_need_somebody_on_the_other_side():
    empty = exchange()

    assert refusal(spend(10_000), empty).name == "create_bid_error"
    assert refusal(sell_off(1), empty).name == "create_ask_error"
    assert refusal(best("bid", 10_000, "ioc"), empty).name == "create_bid_error"


def test_the_tick_follows_the_price_band():
    bands = (TickBand(at_least=D(1_000_000), tick=D(1000)), TickBand(at_least=D(0), tick=D(500)))
    made = exchange(replace(market(), bands=bands))

    made.place("ann", limit("bid", 999_500, 1), NOW)

    with pytest.raises(Refused, match="invalid_price_bid"):
        made.place("ann", limit("bid", 1_000_500, 1), NOW)


def test_volumes_are_cut_to_eight_decimals():
    order = exchange().place("ann", limit("bid", 10_000_000, "0.0005000099999"), NOW)

    assert order.volume == D("0.00050000")


def test_an_identifier_is_spent_for_ever_even_by_a_refused_or_ended_order():
    made = shown()
    with pytest.raises(Refused, match="invalid_price_bid"):
        made.place("ann", limit("bid", 10_000_500, 1, identifier="a"), NOW)
    made.place("ann", limit("bid", 90_000, 1, identifier="b"), NOW)
    made.cancel("ann", identifier="b", now_ms=NOW)

    for name in ("a", "b"):
        with pytest.raises(Refused, match="이미 등록된 identifier입니다"):
            made.place("ann", limit("bid", 90_000, 1, identifier=name), NOW)
    with pytest.raises(Refused, match="order_not_found"):
        made.order("ann", identifier="a")


def test_identifiers_of_two_accounts_do_not_meet():
    made = exchange(users=("ann", "bob"))

    for user in ("ann", "bob"):
        assert made.place(user, limit("bid", 90_000, 1, identifier="a"), NOW).identifier == "a"


def test_sixty_four_characters_are_enough_for_an_identifier():
    made = exchange()

    made.place("ann", limit("bid", 90_000, 1, identifier="x" * 64), NOW)

    assert made.order("ann", identifier="x" * 64).market == BTC
