"""Buy above opening plus k times yesterday's range, leave at 09:00 KST."""

from tests.brain.scenery import NOON_NS, dec
from tests.strategies.floor import MARKET_BUY, MARKET_SELL, Floor

from hoga.model.events import Candle

DAY_MS = 86_400_000
TODAY_MS = NOON_NS // 1_000_000 // DAY_MS * DAY_MS


def days(*closes: int, span: int = 2_000_000) -> tuple[Candle, ...]:
    """Past days, the last of them yesterday; each opens and closes at its close, in the middle of its range."""
    return tuple(
        Candle(
            market="KRW-BTC",
            unit_s=86_400,
            start_ms=TODAY_MS - DAY_MS * (len(closes) - number),
            opening_price=dec(close),
            high_price=dec(close + span // 2),
            low_price=dec(close - span // 2),
            close=dec(close),
            volume=dec(1),
            value=dec(close),
            closed=True,
        )
        for number, close in enumerate(closes)
    )


def at(floor: Floor, price: int, opening: int = 99_000_000) -> None:
    floor.book(price)
    floor.stage.ticker(str(price), opening=str(opening), high=str(price), low=str(opening))
    floor.answer()


def breakout(**params: object) -> Floor:
    seed = params.pop("seed", days(97_000_000, 98_000_000, 99_000_000))
    return Floor("volatility-breakout", seed=seed, ma_days=3, **params)  # type: ignore[arg-type]


def test_it_buys_once_at_the_mark():
    floor = breakout(k="0.5")
    at(floor, 99_999_000)
    before = list(floor.sides())
    at(floor, 100_000_000)
    at(floor, 100_500_000)

    assert (before, floor.sides()) == ([], [MARKET_BUY])


def test_it_sells_at_nine_in_seoul_and_may_buy_the_next_day():
    floor = breakout(k="0.5")
    at(floor, 100_000_000)
    floor.pass_time(20 * 3600 + 3599)
    at(floor, 100_000_000)
    before = list(floor.sides())
    floor.pass_time(2)
    at(floor, 100_100_000, opening=100_100_000)
    after = list(floor.sides())
    at(floor, 100_200_000, opening=100_100_000)
    at(floor, 100_700_000, opening=100_100_000)

    assert before == [MARKET_BUY]
    assert after == [MARKET_BUY, MARKET_SELL]
    assert floor.sides() == [MARKET_BUY, MARKET_SELL, MARKET_BUY]


def test_below_the_average_of_days_it_stays_out():
    floor = breakout(k="0.5", seed=days(120_000_000, 110_000_000, 99_000_000))
    at(floor, 100_500_000)

    assert floor.sides() == []


def test_the_noise_of_past_days_may_set_the_hurdle():
    floor = breakout(noise_days=3)
    at(floor, 100_999_000)
    before = list(floor.sides())
    at(floor, 101_000_000)

    assert (before, floor.sides()) == ([], [MARKET_BUY])


def test_without_yesterday_it_does_not_trade():
    floor = breakout(k="0", seed=())
    at(floor, 105_000_000)

    assert floor.sides() == []


def test_a_position_found_at_the_start_is_sold_at_the_next_nine():
    floor = Floor("volatility-breakout", btc="0.01", seed=days(99_000_000))
    at(floor, 99_000_000)
    floor.pass_time(21 * 3600)
    at(floor, 99_000_000)

    assert floor.sides() == [MARKET_SELL]


def test_a_refused_purchase_is_tried_again_the_same_day():
    floor = breakout(k="0.5")
    floor.pass_time(6)
    floor.stage.ticker("100000000", opening="99000000", high="100000000", low="99000000")
    refused = floor.stage.brain.summary().refused
    floor.pass_time(6)
    at(floor, 100_100_000)

    assert refused == 1
    assert floor.sides() == [MARKET_BUY]
