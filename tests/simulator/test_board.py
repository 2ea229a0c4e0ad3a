from tests.simulator.rest_scenery import BTC, NOW_S, D, trade

from hoga.model.events import AskBid
from hoga.simulator.market.candles import DAY_MS, CandleStore
from hoga.simulator.rest.board import Board

NOW_MS = int(NOW_S * 1000)


def board() -> tuple[Board, CandleStore]:
    candles = CandleStore()
    return Board(candles), candles


def test_an_unknown_market_has_no_figures_and_no_trades():
    made, _ = board()

    assert (made.figures(BTC, NOW_MS), made.trades(BTC, count=5), made.last(BTC)) == (None, [], None)


def test_ids_that_come_out_of_order_are_put_in_order():
    made, _ = board()
    for number in (3, 1, 2):
        made.see_trade(trade(number, NOW_MS))

    assert [one.sequential_id % 10 for one in made.trades(BTC, count=9)] == [3, 2, 1]


def test_the_oldest_trades_are_forgotten(monkeypatch):
    monkeypatch.setattr("hoga.simulator.rest.board.KEPT_TRADES", 10)
    monkeypatch.setattr("hoga.simulator.rest.board._SLACK", 5)
    made, _ = board()
    for number in range(40):
        made.see_trade(trade(number, NOW_MS))

    assert 10 <= len(made.trades(BTC, count=99)) <= 15
    assert made.trades(BTC, count=1)[0].sequential_id % 10_000 == 39


def test_what_takers_bought_and_sold_is_summed_by_day():
    made, candles = board()
    for number, (side, at_ms) in enumerate(
        [(AskBid.ASK, NOW_MS - DAY_MS), (AskBid.ASK, NOW_MS), (AskBid.BID, NOW_MS), (AskBid.BID, NOW_MS)]
    ):
        one = trade(number, at_ms, volume="2")
        one.ask_bid = side
        candles.see_trade(one)
        made.see_trade(one)

    figures = made.figures(BTC, NOW_MS)

    assert figures is not None
    assert (figures.acc_ask_volume, figures.acc_bid_volume, figures.acc_trade_volume) == (D(2), D(4), D(6))
    assert figures.acc_trade_volume_24h == D(6)


def test_figures_follow_each_trade_within_the_same_minute():
    made, candles = board()
    prices = []
    for number, price in enumerate((100_000_000, 100_002_000, 99_999_000)):
        one = trade(number, NOW_MS + number, price=price)
        candles.see_trade(one)
        made.see_trade(one)
        figures = made.figures(BTC, NOW_MS)
        assert figures is not None
        prices.append((figures.high_price, figures.low_price, figures.highest_52_week_price, figures.last.price))

    assert prices[-1] == (D(100_002_000), D(99_999_000), D(100_002_000), D(99_999_000))
