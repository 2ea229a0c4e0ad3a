"""Whatever comes over the public stream, the bot goes on, believes nothing that cannot be, and counts nothing twice."""

import gc
from decimal import Decimal

import pytest
from tests.scenario.scenery import MARKET, Bot, Exchange, Obedient, bot, exchange, reconnects

from hoga.brain.context import Context
from hoga.brain.strategy import Needs
from hoga.model.events import Candle, FeedStale, Stream, Trade
from hoga.model.orders import OrderState

PUBLIC = "socket=public"


class Listening(Obedient):
    """Remembers the trades it hears and the bars made of them."""

    def __init__(self, params: Obedient.Params) -> None:
        super().__init__(params)
        self.trades: list[Trade] = []
        self.bars: list[Candle] = []

    def needs(self) -> Needs:
        return Needs(markets=(self.params.market,), candle_units_s=(1,))

    def on_trade(self, ctx: Context, trade: Trade) -> None:
        self.trades.append(trade)

    def on_candle(self, ctx: Context, candle: Candle) -> None:
        self.bars.append(candle)


def listening() -> Listening:
    return Listening(Obedient.Params())


async def hear_more(working: Bot, strategy: Listening, count: int = 5) -> None:
    wanted = len(strategy.trades) + count
    await working.until(lambda: len(strategy.trades) >= wanted, f"{count} more trades are heard")


def all_sound(trades: list[Trade]) -> bool:
    numbers = [trade.sequential_id for trade in trades]
    return len(set(numbers)) == len(numbers) and all(
        isinstance(trade.price, Decimal) and trade.price.is_finite() and trade.price > 0 and trade.volume > 0
        for trade in trades
    )


HARMLESS = {
    "every frame twice w13": f"ws.dup@{PUBLIC}",
    "frames in another order w14": f"ws.reorder(2)@{PUBLIC},every=3",
    "news again as a snapshot w20": f"ws.snapshot_overlap@{PUBLIC}",
    "new fields w21": f"ws.mutate(schema)@{PUBLIC}",
    "numbers as text w22": f"ws.mutate(types)@{PUBLIC}",
    "exponents w22": f"ws.mutate(exponent)@{PUBLIC}",
    "text frames": f"ws.text@{PUBLIC}",
    "times an hour ahead w29": f"ws.ts_skew(1h)@{PUBLIC}".replace("1h", "3600s"),
    "bursts w26": f"ws.burst(200)@{PUBLIC},every=5",
}


@pytest.mark.parametrize("fault", HARMLESS.values(), ids=HARMLESS)
async def test_what_is_only_odd_costs_nothing_and_no_trade_counts_twice_w13_w14_w20_w21_w22_w26_w29(tmp_path, fault):
    async with exchange() as there, bot(there, tmp_path, strategy=(strategy := listening())) as working:
        await there.strike(fault)
        await hear_more(working, strategy)
        await working.ended(await working.buy_now())

        assert all_sound(strategy.trades)
        assert reconnects(working, Stream.PUBLIC) == 0
        await working.money_agrees()


BROKEN = {
    "not a number w22": f"ws.mutate(nan)@{PUBLIC},count=3",
    "torn json w23": f"ws.garbage(json)@{PUBLIC},count=3",
    "no text w23": f"ws.garbage(utf8)@{PUBLIC},count=3",
    "nothing w23": f"ws.garbage(empty)@{PUBLIC},count=3",
    "nested without end w24": f"ws.deep(100000)@{PUBLIC},count=3",
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
async def test_a_frame_that_cannot_be_read_costs_that_frame_and_is_counted_w22_w23_w24(tmp_path, fault):
    async with exchange() as there, bot(there, tmp_path, strategy=(strategy := listening())) as working:
        counters = working.desk.sensor.counters[Stream.PUBLIC]
        await there.strike(fault)
        await working.until(lambda: counters.broken == 3, "three frames are counted as broken")
        await hear_more(working, strategy)

        assert all_sound(strategy.trades)
        assert reconnects(working, Stream.PUBLIC) == 0
        assert len(working.log.named("frame_broken")) == 3
        await working.ended(await working.buy_now())
        await working.money_agrees()


async def come_back(working: Bot, there: Exchange, *faults: str) -> None:
    """Let the public socket die and wait until orders may leave again."""
    await there.strike(*faults)
    await working.until(lambda: reconnects(working, Stream.PUBLIC) == 1, "the socket is replaced")
    await working.ready()


DEATHS = {
    "a cut in the middle of a frame w1": [f"ws.cut(mid_frame)@{PUBLIC},every=200ms,count=1"],
    "a goodbye w5": [f"ws.close(1000)@{PUBLIC},every=200ms,count=1"],
    "a server error w6": [f"ws.close(1011)@{PUBLIC},every=200ms,count=1"],
    "refused at first w7": [
        f"ws.refuse(500)@{PUBLIC},count=1",
        f"ws.close(1001)@{PUBLIC},every=200ms,count=1",
    ],
    "opened and closed at first w8": [
        f"ws.flap@{PUBLIC},count=1",
        f"ws.close(1001)@{PUBLIC},every=200ms,count=1",
    ],
    "a frame of 100 MB w24": [f"ws.huge(100MB)@{PUBLIC},count=1"],
}


@pytest.mark.parametrize("faults", DEATHS.values(), ids=DEATHS)
async def test_after_a_death_of_the_public_socket_it_is_back_subscribed_and_trading_w1_w5_w6_w7_w8_w24(
    tmp_path, faults
):
    async with exchange() as there, bot(there, tmp_path, strategy=(strategy := listening())) as working:
        resting = await working.rest_a_buy()
        await come_back(working, there, *faults)
        await hear_more(working, strategy)

        assert working.order(resting).state is OrderState.WORKING
        assert all_sound(strategy.trades)
        numbers = [bar.start_ms for bar in strategy.bars]
        assert numbers == sorted(set(numbers))
        await working.ended(await working.buy_now())
        await working.money_agrees()
        gc.collect()


async def test_a_market_that_falls_silent_is_called_stale_takes_no_orders_and_its_socket_is_replaced_w3(tmp_path):
    async with exchange() as there, bot(there, tmp_path, limits={"stale_feed_s": 1}) as working:
        frames = working.desk.sensor.counters[Stream.PUBLIC]
        await working.until(lambda: frames.frames > 60, "the rhythm of the market is known")
        await there.strike(f"ws.stall(all)@{PUBLIC},every=200ms,count=1")

        async def stalled() -> bool:
            return "ws.stall" in await there.struck()

        await working.until(stalled, "the stream stands still")

        async def refused_as_old() -> bool:
            await working.sell_now()
            return any("prices of KRW-BTC are" in str(no["why"]) for no in working.log.named("order_refused"))

        await working.until(refused_as_old, "old prices refuse")
        placed = len(await there.orders())
        await working.until(lambda: reconnects(working, Stream.PUBLIC) == 1, "the silent socket is replaced")
        await working.ready()

        assert any(isinstance(news, FeedStale) for news in working.strategy.feeds)
        await working.until(lambda: working.desk.brain.last_price(MARKET) is not None, "prices are heard again")
        assert len(await there.orders()) == placed


async def test_a_subscription_that_is_swallowed_is_noticed_within_ten_seconds_and_made_again_w12(tmp_path):
    async with exchange() as there, bot(there, tmp_path, strategy=(strategy := listening())) as working:
        await there.strike(
            f"ws.ignore_sub@{PUBLIC},count=1",
            f"ws.close(1001)@{PUBLIC},every=200ms,count=1",
        )
        await working.until(lambda: not working.desk.brain.ready, "the gate closes")
        await working.ready()
        await hear_more(working, strategy)
        await working.money_agrees()


async def test_prices_ten_times_too_high_buy_nothing_at_them_w28(tmp_path):
    async with exchange() as there, bot(there, tmp_path) as working:
        await there.strike(f"ws.glitch@{PUBLIC},type=orderbook")
        price = working.desk.brain.last_price(MARKET)
        assert price is not None

        def book_is_mad() -> bool:
            book = working.desk.brain.orderbook(MARKET)
            return book is not None and book.best is not None and book.best.bid_price > price * 5

        await working.until(book_is_mad, "the glitch is heard")
        order_id = await working.rest_a_buy(depth="1")

        assert working.order(order_id).state is OrderState.REJECTED
        assert await there.orders() == []
