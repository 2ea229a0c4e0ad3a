"""What holds for every ready strategy: documented, short, calm while an order is pending, honest in what it sells."""

import inspect
from pathlib import Path

import pytest
from tests.strategies.floor import Floor, lively

from hoga.model.commands import Side
from hoga.model.errors import ConfigError
from hoga.model.events import AskBid
from hoga.model.money import ZERO
from hoga.strategies import LIVELY, STRATEGIES

NAMES = sorted(STRATEGIES)


def swing(floor: Floor, rounds: int = 40) -> None:
    """A market that rises and falls, with bursts of buying and a book that leans this way and that."""
    for number in range(rounds):
        price = 100_000_000 + (number % 8 - 4) * 40_000
        floor.price(price, volume="0.5" if number % 5 == 0 else "0.01", ask_bid=AskBid.BID)
        floor.book(price, bid_size="3" if number % 3 else "1", ask_size="1")
        floor.stage.ticker(str(price), opening="99900000", high="100200000", low="99800000")
        floor.answer()


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_says_when_it_loses(name: str):
    kind = STRATEGIES[name]
    source = Path(inspect.getsourcefile(kind) or "")

    assert len(source.read_text(encoding="utf-8").splitlines()) < 100
    assert "loses" in (inspect.getdoc(kind) or "")


@pytest.mark.parametrize("name", NAMES)
def test_its_defaults_and_its_lively_settings_are_good_settings(name: str):
    kind = STRATEGIES[name]

    assert kind(kind.Params.read({})).needs().markets == ("KRW-BTC",)
    assert kind.Params.read(LIVELY[name])


@pytest.mark.parametrize("name", NAMES)
def test_it_never_sells_more_than_it_holds_and_money_stays_exact(name: str):
    floor = lively(name)
    swing(floor)
    portfolio = floor.stage.brain.portfolio

    bought, sold = ZERO, ZERO
    for order in floor.stage.brain.orders.values():
        if order.side is Side.BUY:
            bought += order.filled_volume
        else:
            sold += order.filled_volume
    assert portfolio.position("KRW-BTC") == bought - sold >= 0
    assert portfolio.free("KRW") + portfolio.locked("KRW") == portfolio.total("KRW")
    assert floor.stage.brain.summary().rejected == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "volatility-breakout"])
def test_it_trades_in_a_market_that_moves(name: str):
    floor = lively(name)
    swing(floor)

    assert floor.fills > 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "grid"])
def test_it_does_nothing_more_while_an_order_is_unanswered(name: str):
    floor = lively(name)
    floor.answering = False
    for number in range(12):
        floor.price(100_000_000 + number * 20_000, volume="0.5")
        floor.book(100_000_000 + number * 20_000, bid_size="5")

    assert len(floor.orders) <= 1


@pytest.mark.parametrize("name", NAMES)
def test_a_refusal_is_not_answered_with_a_storm(name: str):
    floor = lively(name)
    floor.answering = False
    for number in range(200):
        floor.price(100_000_000 + (number % 20) * 10_000, volume="0.5", after_s=0.1)
        floor.book(100_000_000 + (number % 20) * 10_000, bid_size="5")
        floor.reject_new()

    assert len(floor.orders) <= 15


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("price-trigger", {"buy_above": "100", "sell_below": "200"}, "must be below"),
        ("sma-cross", {"fast": 20, "slow": 5}, "must be below slow"),
        ("volume-surge", {"window_s": 300, "baseline_s": 300}, "at least twice"),
        ("grid", {"step": "0.2", "levels": 5}, "below 1"),
        ("dca", {"every_s": 0}, "at least 2"),
        ("book-imbalance", {"enter": "1.5"}, "at most 1"),
        ("volatility-breakout", {"k": "-1"}, "at least 0"),
    ],
)
def test_settings_that_make_no_sense_are_refused(name: str, values: dict[str, object], words: str):
    with pytest.raises(ConfigError, match=words):
        STRATEGIES[name].Params.read(values)
