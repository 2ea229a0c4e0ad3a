"""Hold while the fast average is above the slow one."""

from tests.brain.scenery import NOON_NS, dec, venue_id
from tests.strategies.floor import LIMIT_BUY, LIMIT_SELL, Floor

from hoga.model.commands import CancelOrder
from hoga.model.events import Candle


def closes(*prices: int) -> tuple[Candle, ...]:
    first_ms = NOON_NS // 1_000_000 - len(prices) * 60_000
    return tuple(
        Candle(
            market="KRW-BTC",
            unit_s=60,
            start_ms=first_ms + 60_000 * number,
            opening_price=dec(price),
            high_price=dec(price),
            low_price=dec(price),
            close=dec(price),
            volume=dec(1),
            value=dec(price),
            closed=True,
        )
        for number, price in enumerate(prices)
    )


def test_it_enters_on_the_upward_cross_and_leaves_on_the_downward():
    floor = Floor("sma-cross", unit_s=1, fast=2, slow=4, spend="100000")
    for price in (100, 99, 98, 97, 96, 99, 101, 102, 103, 100, 97, 95, 94):
        floor.price(100_000_000 + (price - 100) * 10_000)

    assert floor.sides() == [LIMIT_BUY, LIMIT_SELL]
    assert floor.position() == 0


def test_with_history_it_decides_at_the_first_close():
    floor = Floor("sma-cross", fast=2, slow=4, seed=closes(98_000_000, 99_000_000, 99_500_000, 99_800_000))
    for second in range(65):
        floor.price(100_000_000 + second * 1000)

    assert floor.sides() == [LIMIT_BUY]


def test_what_rests_is_cancelled_at_the_next_bar():
    floor = Floor("sma-cross", unit_s=1, fast=2, slow=3)
    floor.answering = False
    for price in (100, 101, 102, 103, 104):
        floor.price(100_000_000 + price * 10_000)
    order_id = floor.orders[0].order_id
    floor.stage.accept(order_id)
    floor.price(101_050_000)

    cancels = [command for command in floor.stage.sent if isinstance(command, CancelOrder)]
    assert [(command.order_id, command.venue_id) for command in cancels] == [(order_id, venue_id(order_id))]


def test_a_position_found_at_the_start_is_sold_when_the_trend_is_down():
    floor = Floor("sma-cross", btc="0.01", unit_s=1, fast=2, slow=3)
    for price in (100, 99, 98, 97, 96):
        floor.price(100_000_000 + (price - 100) * 10_000)

    assert floor.sides() == [LIMIT_SELL]
    assert floor.orders[0].volume == dec("0.01")
