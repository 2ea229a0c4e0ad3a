"""Join a burst of buying, leave at a gain, a loss, or in time."""

from tests.brain.scenery import dec
from tests.strategies.floor import MARKET_BUY, MARKET_SELL, Floor

from hoga.model.events import AskBid


def quiet_then_burst(ask_bid: AskBid = AskBid.BID, **params: object) -> Floor:
    floor = Floor("volume-surge", window_s=2, baseline_s=20, ratio=3, **params)  # type: ignore[arg-type]
    for _ in range(25):
        floor.price(100_000_000, volume="0.01")
    floor.price(100_000_000, volume="1", ask_bid=ask_bid)
    return floor


def test_it_buys_into_a_burst_of_buying():
    floor = quiet_then_burst()

    assert floor.sides() == [MARKET_BUY]


def test_a_burst_of_selling_is_left_alone():
    floor = quiet_then_burst(AskBid.ASK)

    assert floor.sides() == []


def test_it_leaves_at_a_gain_a_loss_or_in_time():
    for price, after_s in ((100_500_000, 1), (99_600_000, 1), (100_000_000, 121)):
        floor = quiet_then_burst()
        floor.price(100_010_000)
        before = list(floor.sides())
        floor.price(price, after_s=after_s)

        assert before == [MARKET_BUY]
        assert floor.sides() == [MARKET_BUY, MARKET_SELL]
        assert floor.position() == 0


def test_coins_that_were_there_before_are_left_alone():
    floor = quiet_then_burst(btc="0.5")
    floor.price(99_000_000)

    assert floor.position() == dec("0.5")
