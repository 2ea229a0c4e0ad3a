"""Cancels of many orders, cancels with a successor, and what can go wrong with them."""

import pytest
from tests.simulator.core_scenery import BTC, D, book, exchange, limit, market, now_of, spend, these

from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.core.orders import NewOrder, Replacement, VenueOrder
from hoga.simulator.core.refusals import Refused

NOW = 1_774_183_342_000


def with_orders(count: int = 3) -> tuple[SimulatedExchange, list[VenueOrder]]:
    made = exchange(market(), market("KRW-ETH"), users=("ann", "bob"))
    placed = [made.place("ann", limit("bid", 90_000 + n * 1000, 1, identifier=f"o{n}"), NOW + n) for n in range(count)]
    made.take_happenings()
    return made, placed


# ------------------------------------------------ one order


def test_the_uuid_wins_where_both_ids_are_given():
    made, (first, second, _) = with_orders()

    made.cancel("ann", uuid=second.uuid, identifier=first.identifier, now_ms=NOW)

    assert (now_of(made, first).state, now_of(made, second).state) == ("wait", "cancel")


@pytest.mark.parametrize("ids", [{"uuid": "nobody"}, {"identifier": "nobody"}])
def test_what_is_not_there_cannot_be_cancelled(ids: dict[str, str]):
    made, _ = with_orders()

    with pytest.raises(Refused, match="404 order_not_found: 주문을 찾지 못했습니다"):
        made.cancel("ann", uuid=ids.get("uuid"), identifier=ids.get("identifier"), now_ms=NOW)


def test_an_ended_order_and_somebody_elses_cannot_be_cancelled():
    made, (first, *_) = with_orders()
    with pytest.raises(Refused, match="order_not_found"):
        made.cancel("bob", uuid=first.uuid, now_ms=NOW)
    made.cancel("ann", uuid=first.uuid, now_ms=NOW)

    with pytest.raises(Refused, match="order_not_found"):
        made.cancel("ann", uuid=first.uuid, now_ms=NOW)


def test_a_cancel_without_any_id_is_a_validation_error():
    with pytest.raises(Refused, match="validation_error"):
        exchange().cancel("ann", now_ms=NOW)


# ------------------------------------------------ by ids


def test_cancel_by_ids_tells_which_went_and_which_had_ended_and_forgets_the_unknown():
    made, (first, second, third) = with_orders()
    made.cancel("ann", uuid=second.uuid, now_ms=NOW)

    answer = made.cancel_by_ids("ann", uuids=(third.uuid, "nobody", second.uuid, first.uuid), now_ms=NOW)

    assert [order.uuid for order in answer.success] == [first.uuid, third.uuid]
    assert [order.uuid for order in answer.failed] == [second.uuid]
    assert made.open_orders("ann") == ()


def test_cancel_by_identifiers():
    made, (first, *_) = with_orders()

    answer = made.cancel_by_ids("ann", identifiers=("o0", "nobody"), now_ms=NOW)

    assert [order.uuid for order in answer.success] == [first.uuid]


@pytest.mark.parametrize(
    ("uuids", "identifiers"), [((), ()), (("a",), ("b",)), (tuple("abcdefghijklmnopqrstu"), ()), ((), ("x",) * 21)]
)
def test_cancel_by_ids_takes_one_kind_of_id_and_at_most_twenty(uuids: tuple[str, ...], identifiers: tuple[str, ...]):
    with pytest.raises(Refused, match="invalid_parameter"):
        exchange().cancel_by_ids("ann", uuids=uuids, identifiers=identifiers, now_ms=NOW)


# ------------------------------------------------ all open ones


def test_cancel_open_takes_the_newest_twenty_unless_told_otherwise():
    made, placed = with_orders(25)

    assert len(made.cancel_open("ann", now_ms=NOW).success) == 20
    assert [order.uuid for order in made.open_orders("ann", order_by="asc")] == [order.uuid for order in placed[:5]]

    oldest = made.cancel_open("ann", count=1, order_by="asc", now_ms=NOW)
    assert oldest.success[0].uuid == placed[0].uuid


def test_cancel_open_goes_by_market_side_and_quote():
    made, _ = with_orders()
    ask = made.place("ann", limit("ask", 100_000, 1), NOW)
    eth = made.place("ann", NewOrder(market="KRW-ETH", side="bid", ord_type="limit", price=D(9000), volume=D(1)), NOW)

    assert [order.uuid for order in made.cancel_open("ann", cancel_side="ask", now_ms=NOW).success] == [ask.uuid]
    assert made.cancel_open("ann", quote_currencies=("BTC", "USDT"), now_ms=NOW).success == ()
    assert [order.uuid for order in made.cancel_open("ann", excluded_pairs=(BTC,), now_ms=NOW).success] == [eth.uuid]
    assert len(made.cancel_open("ann", pairs=(BTC,), now_ms=NOW).success) == 3


def test_cancel_open_leaves_reserved_orders_and_other_accounts_alone():
    made, _ = with_orders(1)
    Operator(made).reserve_by_hand("ann", limit("bid", 80_000, 1), NOW)
    made.place("bob", limit("bid", 80_000, 1), NOW)

    assert len(made.cancel_open("ann", now_ms=NOW).success) == 1

    assert len(made.open_orders("ann", states=("watch",))) == len(made.open_orders("bob")) == 1


def test_what_cannot_be_cancelled_now_is_among_the_failed():
    made, placed = with_orders(2)
    Operator(made).suspend(BTC, cancels_too=True)

    answer = made.cancel_open("ann", now_ms=NOW)

    assert these(len(answer.success), len(answer.failed)) == (0, 2)
    with pytest.raises(Refused, match="403 market_offline"):
        made.cancel("ann", uuid=placed[0].uuid, now_ms=NOW)


def test_a_batch_cancel_refuses_filters_that_exclude_each_other_or_ask_too_much():
    made = exchange()
    many = tuple(f"KRW-C{n}" for n in range(21))

    for refused in (
        lambda: made.cancel_open("ann", pairs=(BTC,), quote_currencies=("KRW",), now_ms=NOW),
        lambda: made.cancel_open("ann", pairs=many, now_ms=NOW),
        lambda: made.cancel_open("ann", excluded_pairs=many, now_ms=NOW),
        lambda: made.cancel_open("ann", count=301, now_ms=NOW),
        lambda: made.cancel_open("ann", count=0, now_ms=NOW),
        lambda: made.cancel_open("ann", cancel_side="buy", now_ms=NOW),
        lambda: made.cancel_open("ann", order_by="up", now_ms=NOW),
    ):
        with pytest.raises(Refused, match="invalid_parameter"):
            refused()


# ------------------------------------------------ cancel and new


def successor(old: VenueOrder, **more: str) -> Replacement:
    return Replacement(
        prev_uuid=old.uuid, ord_type="limit", price=D(91_000), volume=D(2), identifier=more.get("identifier")
    )


def test_cancel_and_new_answers_the_old_order_as_it_was_and_the_new_ids():
    made, (first, *_) = with_orders()

    answer = made.cancel_and_new("ann", successor(first, identifier="next"), NOW)

    assert answer.old == first
    assert now_of(made, first).state == "cancel"
    new = made.order("ann", uuid=answer.new_uuid)
    assert these(new.market, new.side, new.price, new.volume, new.identifier) == (BTC, "bid", 91_000, 2, "next")
    assert answer.new_identifier == "next"


def test_where_the_old_order_has_filled_there_is_no_new_one():
    made, (first, *_) = with_orders(1)
    made.place("bob", limit("ask", 90_000, 1), NOW)

    answer = made.cancel_and_new("ann", successor(first), NOW)

    assert (answer.old.state, answer.new_uuid, answer.new_identifier) == ("done", None, None)
    assert made.open_orders("ann") == ()


def test_where_the_new_order_is_refused_the_old_one_is_gone_all_the_same():
    made, (first, *_) = with_orders(1)
    wish = Replacement(prev_uuid=first.uuid, ord_type="limit", price=D(91_500), volume=D(2))

    with pytest.raises(Refused, match="invalid_price_bid"):
        made.cancel_and_new("ann", wish, NOW)

    assert now_of(made, first).state == "cancel"
    assert made.open_orders("ann") == ()


def test_the_money_of_the_old_order_pays_for_the_new_one():
    made = exchange()
    old = made.place("ann", limit("bid", 10_000_000, 99), NOW)
    Operator(made).withdraw("ann", "KRW", made.balance("ann", "KRW").free, NOW)

    wish = Replacement(prev_uuid=old.uuid, ord_type="limit", price=D(9_900_000), volume=D(100))
    answer = made.cancel_and_new("ann", wish, NOW)

    assert answer.new_uuid is not None


def test_remain_only_takes_over_what_the_old_order_had_left():
    made, (first, *_) = with_orders(1)
    made.place("bob", limit("ask", 90_000, "0.3"), NOW)

    wish = Replacement(prev_identifier="o0", ord_type="limit", price=D(91_000), volume="remain_only")
    answer = made.cancel_and_new("ann", wish, NOW)

    assert made.order("ann", uuid=answer.new_uuid).volume == D("0.7")
    assert these(answer.old.uuid, answer.old.executed_volume) == (first.uuid, D("0.3"))


def test_nonsense_is_refused_before_anything_is_cancelled():
    made, (first, *_) = with_orders(1)

    for wish, name in (
        (Replacement(ord_type="limit"), "validation_error"),
        (Replacement(prev_uuid=first.uuid), "validation_error"),
        (Replacement(prev_uuid=first.uuid, ord_type="limit", volume=D(1)), "validation_error"),
        (Replacement(prev_uuid="nobody", ord_type="limit", volume=D(1)), "order_not_found"),
        (successor(first, identifier="o0"), "invalid_parameter"),
        (Replacement(prev_uuid=first.uuid, ord_type="market", volume=D(1)), "invalid_parameter"),
    ):
        with pytest.raises(Refused, match=name):
            made.cancel_and_new("ann", wish, NOW)
    assert now_of(made, first).state == "wait"


def test_a_cancelled_order_has_no_successor():
    made, (first, *_) = with_orders(1)
    made.cancel("ann", uuid=first.uuid, now_ms=NOW)

    with pytest.raises(Refused, match="order_not_found"):
        made.cancel_and_new("ann", successor(first), NOW)


def test_a_market_buy_never_waits_so_it_has_no_successor():
    made = exchange()
    made.see_book(book([(101_000, 1)], [(100_000, 1)]))
    ended = made.place("ann", spend(10_000), NOW)

    with pytest.raises(Refused, match="order_not_found"):
        made.cancel_and_new("ann", successor(ended), NOW)
