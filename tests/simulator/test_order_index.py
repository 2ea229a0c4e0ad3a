"""How an account finds its orders again: by id, open ones page by page, ended ones by the week."""

import pytest
from tests.simulator.core_scenery import BTC, D, exchange, limit, market, these

from hoga.simulator.core import order_index
from hoga.simulator.core.exchange import SimulatedExchange
from hoga.simulator.core.operator import Operator
from hoga.simulator.core.orders import NewOrder, VenueOrder
from hoga.simulator.core.refusals import Refused

NOW = 1_774_183_342_000
DAY = 24 * 3600 * 1000


def with_orders(count: int, every_ms: int = 1000) -> tuple[SimulatedExchange, list[VenueOrder]]:
    made = exchange(market(), market("KRW-ETH"), users=("ann", "bob"))
    wish = limit("bid", 90_000, 1)
    return made, [made.place("ann", wish, NOW + n * every_ms) for n in range(count)]


def uuids(orders: tuple[VenueOrder, ...] | list[VenueOrder]) -> list[str]:
    return [order.uuid for order in orders]


def test_open_orders_come_newest_first_page_by_page():
    made, placed = with_orders(5)

    assert uuids(made.open_orders("ann", limit=2)) == uuids([placed[4], placed[3]])
    assert uuids(made.open_orders("ann", limit=2, page=3)) == [placed[0].uuid]
    assert made.open_orders("ann", limit=2, page=4) == ()
    assert uuids(made.open_orders("ann", order_by="asc")) == uuids(placed)
    assert made.open_orders("bob") == ()


def test_orders_of_one_millisecond_keep_their_order():
    made, placed = with_orders(5, every_ms=0)

    assert uuids(made.open_orders("ann")) == uuids(placed[::-1])


def test_open_orders_go_by_market_and_state():
    made, _ = with_orders(1)
    eth = made.place("ann", NewOrder(market="KRW-ETH", side="bid", ord_type="limit", price=D(9000), volume=D(1)), NOW)
    watched = Operator(made).reserve_by_hand("ann", limit("bid", 80_000, 1), NOW)

    assert uuids(made.open_orders("ann", market="KRW-ETH")) == [eth.uuid]
    assert uuids(made.open_orders("ann", states=("watch",))) == [watched.uuid]
    assert len(made.open_orders("ann", states=("wait", "watch"))) == 3


def test_listings_refuse_what_upbit_refuses():
    made = exchange()

    for refused in (
        lambda: made.open_orders("ann", states=("done",)),
        lambda: made.open_orders("ann", page=0),
        lambda: made.open_orders("ann", limit=101),
        lambda: made.open_orders("ann", order_by="newest"),
        lambda: made.closed_orders("ann", states=("wait",), now_ms=NOW),
        lambda: made.closed_orders("ann", limit=1001, now_ms=NOW),
        lambda: made.closed_orders("ann", start_ms=NOW, end_ms=NOW + 7 * DAY + 1, now_ms=NOW),
        lambda: made.closed_orders("ann", start_ms=NOW, end_ms=NOW - 1, now_ms=NOW),
        lambda: made.orders_by_ids("ann"),
        lambda: made.orders_by_ids("ann", uuids=("a",), identifiers=("b",)),
        lambda: made.orders_by_ids("ann", uuids=tuple(str(n) for n in range(101))),
    ):
        with pytest.raises(Refused, match="invalid_parameter"):
            refused()


def test_orders_by_ids_leave_out_the_unknown_and_other_peoples():
    made, (first, second) = with_orders(2)
    theirs = made.place("bob", limit("bid", 90_000, 1, identifier="x"), NOW)

    found = made.orders_by_ids("ann", uuids=(first.uuid, "nobody", second.uuid, theirs.uuid))

    assert uuids(found) == [second.uuid, first.uuid]
    assert made.orders_by_ids("ann", identifiers=("x",)) == ()
    assert made.orders_by_ids("ann", uuids=(first.uuid,), market="KRW-ETH") == ()


@pytest.mark.parametrize(
    ("start", "end", "found"),
    [
        (None, None, [6, 5, 4, 3, 2, 1, 0]),
        (1, None, [8, 7, 6, 5, 4, 3, 2, 1]),
        (None, 8, [8, 7, 6, 5, 4, 3, 2, 1]),
        (2, 4, [4, 3, 2]),
        (11, 12, []),
    ],
)
def test_closed_orders_are_looked_for_in_a_week_at_most(start: int | None, end: int | None, found: list[int]):
    made, placed = with_orders(10, every_ms=DAY)
    for order in placed:
        made.cancel("ann", uuid=order.uuid, now_ms=NOW + 10 * DAY)

    listed = made.closed_orders(
        "ann",
        start_ms=None if start is None else NOW + start * DAY,
        end_ms=None if end is None else NOW + end * DAY,
        now_ms=NOW + 6 * DAY,
    )

    assert uuids(listed) == [placed[n].uuid for n in found]


def test_closed_orders_go_by_state_market_and_limit_and_keep_their_last_figures():
    made, placed = with_orders(3)
    made.place("bob", limit("ask", 90_000, 1), NOW)
    for order in placed[1:]:
        made.cancel("ann", uuid=order.uuid, now_ms=NOW)

    assert uuids(made.closed_orders("ann", states=("done",), now_ms=NOW + 5000)) == [placed[0].uuid]
    assert len(made.closed_orders("ann", limit=2, now_ms=NOW + 5000)) == 2
    assert made.closed_orders("ann", market="KRW-ETH", now_ms=NOW + 5000) == ()
    (oldest,) = made.closed_orders("ann", states=("cancel",), limit=1, order_by="asc", now_ms=NOW + 5000)
    assert these(oldest.uuid, oldest.market, oldest.locked, oldest.remaining_volume) == (
        placed[1].uuid,
        BTC,
        90_045,
        1,
    )


def test_the_oldest_ended_orders_are_forgotten_one_day_but_their_identifiers_never(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(order_index, "MAX_ENDED_KEPT", 2)
    made = exchange()
    for n in range(3):
        made.place("ann", limit("bid", 90_000, 1, identifier=f"o{n}"), NOW)
        made.cancel("ann", identifier=f"o{n}", now_ms=NOW)

    assert len(made.closed_orders("ann", now_ms=NOW)) == 2
    with pytest.raises(Refused, match="order_not_found"):
        made.order("ann", identifier="o0")
    with pytest.raises(Refused, match="duplicated_identifier"):
        made.place("ann", limit("bid", 90_000, 1, identifier="o0"), NOW)
