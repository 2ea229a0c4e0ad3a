from hashlib import blake2b

import numpy as np
import pytest

from hoga.model.errors import ConfigError, UnknownMarketError
from hoga.research.data.blocks import CandleBlock, TradeBlock
from hoga.research.data.parquet import Ints
from hoga.research.data.synthetic import synthetic_candles
from hoga.research.data.synthetic_trades import synthetic_trades
from hoga.upbit.ticks import bands_for

BEGIN_MS = 1_735_689_600_000  # 2025-01-01 00:00 UTC
DAY_MS = 86_400_000
COLUMNS = ("start_ms", "opening", "high", "low", "close", "volume")


def column(blocks: list[CandleBlock] | list[TradeBlock], name: str) -> Ints:
    return np.concatenate([getattr(block, name) for block in blocks])


def bars(market: str, unit_s: int, days: int, *, seed: int = 7, begin_ms: int = BEGIN_MS) -> list[CandleBlock]:
    return list(synthetic_candles(market, unit_s, begin_ms, begin_ms + days * DAY_MS, seed))


def test_the_numbers_are_those_of_every_other_machine():
    blocks = bars("KRW-BTC", 60, 3)

    digest = blake2b(digest_size=8)
    for name in COLUMNS:
        digest.update(column(blocks, name).astype("<i8").tobytes())

    assert digest.hexdigest() == "3220725cef642b58"


def test_another_seed_or_market_makes_other_prices():
    assert (
        len({int(bars(market, 60, 1, seed=seed)[0].close[-1]) for seed in (7, 8) for market in ("KRW-ADA", "KRW-XRP")})
        == 4
    )


def test_a_stretch_is_the_same_wherever_it_was_cut_out():
    whole = bars("KRW-DOGE", 60, 3)
    part = bars("KRW-DOGE", 60, 1, begin_ms=BEGIN_MS + DAY_MS + 7 * 60_000)

    first = 1_440 + 7
    for name in (*COLUMNS, "is_empty"):
        assert column(part, name).tolist() == column(whole, name)[first : first + 1_440].tolist()


@pytest.mark.parametrize("market", ["KRW-BTC", "KRW-DOGE", "KRW-ADA"])
def test_prices_are_in_order_on_their_steps_and_like_a_market(market: str):
    blocks = bars(market, 60, 120)

    opening, high, low, close = (column(blocks, name) for name in COLUMNS[1:5])
    assert (low > 0).all()
    assert (np.maximum(opening, close) <= high).all()
    assert (low <= np.minimum(opening, close)).all()
    bands = bands_for("KRW")
    for price in (opening, high, low, close):
        tick = np.select(
            [price >= int(band.at_least * 10**8) for band in bands], [int(band.tick * 10**8) for band in bands]
        )
        assert not (price % tick).any()
    moves = np.diff(np.log(close.astype(float)))
    sizes = np.abs(moves)
    assert (
        abs(np.corrcoef(moves[1:], moves[:-1])[0, 1]) < 0.25
    )  # the next minute is not told by this one, but for wide price steps
    assert np.corrcoef(sizes[1:], sizes[:-1])[0, 1] > 0.1  # loud minutes follow loud ones
    assert (moves**4).mean() / moves.var() ** 2 > 4  # and some are very loud


@pytest.mark.parametrize("unit_s", [180, 3_600, 86_400, 604_800])
def test_longer_bars_are_made_of_the_same_minutes(unit_s: int):
    minutes, longer = bars("KRW-DOGE", 60, 28), bars("KRW-DOGE", unit_s, 28)

    starts = column(longer, "start_ms")
    inside = (column(minutes, "start_ms") >= starts[0]) & (column(minutes, "start_ms") < starts[-1])
    number = (column(minutes, "start_ms")[inside] - starts[0]) // (unit_s * 1000)
    volume = np.bincount(number, column(minutes, "volume")[inside] // 1000)
    assert np.allclose(volume, column(longer, "volume")[:-1] // 1000, rtol=1e-6)
    high = np.zeros(len(starts) - 1, np.int64)
    np.maximum.at(high, number, column(minutes, "high")[inside])
    assert (high >= column(longer, "high")[:-1]).all()  # an empty minute repeats the close of the bar before
    assert (high == column(longer, "high")[:-1]).mean() > 0.99
    assert set(np.diff(starts).tolist()) == {unit_s * 1000}


@pytest.mark.parametrize("market", ["KRW-BTC", "KRW-DOGE"])
def test_candles_made_of_the_trades_are_the_candles(market: str):
    candles = bars(market, 60, 2)
    trades = list(synthetic_trades(market, BEGIN_MS, BEGIN_MS + 2 * DAY_MS))

    at_ms, price, volume = (column(trades, name) for name in ("at_ms", "price", "volume"))
    firsts = np.flatnonzero(np.diff(at_ms // 60_000, prepend=-1))
    lasts = np.append(firsts[1:], len(at_ms)) - 1
    traded = ~column(candles, "is_empty")
    assert (column(candles, "start_ms")[traded] == at_ms[firsts] // 60_000 * 60_000).all()
    assert (column(candles, "opening")[traded] == price[firsts]).all()
    assert (column(candles, "high")[traded] == np.maximum.reduceat(price, firsts)).all()
    assert (column(candles, "low")[traded] == np.minimum.reduceat(price, firsts)).all()
    assert (column(candles, "close")[traded] == price[lasts]).all()
    assert (column(candles, "volume")[traded] == np.add.reduceat(volume, firsts)).all()
    assert (np.diff(column(trades, "sequential_id")) > 0).all()
    assert (volume > 0).all()


def test_what_nobody_can_make_is_refused():
    with pytest.raises(ConfigError, match="begin at 1m"):
        next(synthetic_candles("KRW-BTC", 1, BEGIN_MS, BEGIN_MS + DAY_MS))
    with pytest.raises(UnknownMarketError):
        next(synthetic_candles("EUR-BTC", 60, BEGIN_MS, BEGIN_MS + DAY_MS))
