"""The inbox: two lanes, one reader, nothing lost that matters."""

import asyncio
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from hoga.model.events import (
    AskBid,
    Candle,
    Event,
    FeedDown,
    FeedUp,
    Halt,
    MarketEvent,
    Orderbook,
    Resume,
    Stream,
    Trade,
)
from hoga.net import inbox as module
from hoga.net.inbox import Inbox, InboxOverflowError


def trade(number: int, market: str = "KRW-BTC") -> Trade:
    return Trade(
        market=market,
        price=Decimal(100),
        volume=Decimal(1),
        ask_bid=AskBid.BID,
        trade_timestamp_ms=0,
        timestamp_ms=0,
        sequential_id=number,
    )


def book(number: int, market: str = "KRW-BTC", level: int = 0) -> Orderbook:
    return Orderbook(
        market=market,
        timestamp_ms=number,
        total_ask_size=Decimal(1),
        total_bid_size=Decimal(1),
        unread=(),
        level=Decimal(level),
    )


def drained(inbox: Inbox) -> list[Event]:
    heard: list[Event] = []
    while (event := inbox.get_nowait()) is not None:
        heard.append(event)
    return heard


def test_account_events_are_read_before_market_events_and_each_lane_keeps_its_order():
    inbox = Inbox()
    halt, resume = Halt(reason="x"), Resume()
    first, second = trade(1), trade(2)
    for event in (first, second):
        inbox.put_market(event)
    inbox.put_first(halt)
    inbox.put_first(resume)

    assert drained(inbox) == [halt, resume, first, second]


def test_the_newest_book_of_a_market_takes_the_place_of_an_unread_older_one():
    inbox = Inbox()
    for event in (book(1), trade(1), book(2, "KRW-ETH"), book(3), trade(2), book(4)):
        inbox.put_market(event)

    assert drained(inbox) == [book(4), trade(1), book(2, "KRW-ETH"), trade(2)]
    assert inbox.conflated == 2


def test_a_book_that_was_read_is_not_replaced_but_followed():
    inbox = Inbox()
    inbox.put_market(book(1))
    heard = [inbox.get_nowait()]
    inbox.put_market(book(2))
    inbox.put_market(book(3))
    heard += drained(inbox)

    assert heard == [book(1), book(3)]


def test_books_of_two_price_levels_are_two_pictures():
    inbox = Inbox()
    inbox.put_market(book(1, level=0))
    inbox.put_market(book(2, level=1000))

    assert drained(inbox) == [book(1, level=0), book(2, level=1000)]


def test_a_subclass_is_conflated_like_its_class():
    class Frame(Orderbook):
        pass

    inbox = Inbox()
    inbox.put_market(book(1))
    newer = Frame(market="KRW-ETH", timestamp_ms=1, total_ask_size=Decimal(0), total_bid_size=Decimal(0), unread=())
    newest = Frame(market="KRW-ETH", timestamp_ms=2, total_ask_size=Decimal(0), total_bid_size=Decimal(0), unread=())
    inbox.put_market(newer)
    inbox.put_market(newest)

    assert drained(inbox) == [book(1), newest]


def test_where_nothing_is_conflated_every_book_is_read():
    inbox = Inbox(conflate=frozenset())
    inbox.put_market(book(1))
    inbox.put_market(book(2))

    assert drained(inbox) == [book(1), book(2)]


def test_above_its_capacity_the_market_lane_keeps_what_it_gets_and_asks_for_a_pause():
    inbox = Inbox(market_capacity=3)

    answers = [inbox.put_market(trade(number)) for number in range(5)]

    assert answers == [True, True, True, False, False]
    assert drained(inbox) == [trade(number) for number in range(5)]


def test_room_is_told_once_when_half_the_lane_is_read():
    inbox = Inbox(market_capacity=4)
    calls: list[int] = []
    for number in range(6):
        inbox.put_market(trade(number))
    inbox.when_room(lambda: calls.append(inbox.unread))

    drained(inbox)

    assert calls == [2]
    assert inbox.pauses == 1


def test_a_writer_that_ignores_the_pause_ends_the_process(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MARKET_OVERSHOOT", 10)
    inbox = Inbox(market_capacity=5)
    for number in range(15):
        inbox.put_market(trade(number))

    with pytest.raises(InboxOverflowError, match="pause"):
        inbox.put_market(trade(16))


def test_account_events_without_end_and_without_a_reader_end_the_process_w26(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "FIRST_CAPACITY", 10)
    inbox = Inbox()
    for _ in range(10):
        inbox.put_first(Resume())

    with pytest.raises(InboxOverflowError, match="brain"):
        inbox.put_first(Resume())


async def test_a_waiting_reader_is_woken_by_either_lane():
    inbox = Inbox()
    loop = asyncio.get_running_loop()
    loop.call_soon(inbox.put_market, trade(1))
    first = await inbox.get()
    loop.call_soon(inbox.put_first, Resume())
    second = await inbox.get()

    assert [first, second] == [trade(1), Resume()]


async def test_a_reader_that_is_cancelled_loses_nothing():
    inbox = Inbox()
    reader = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)
    reader.cancel()
    inbox.put_market(trade(1))
    await asyncio.wait({reader})

    assert reader.cancelled()
    assert await inbox.get() == trade(1)


async def test_a_second_reader_is_a_fault():
    inbox = Inbox()
    first = asyncio.create_task(inbox.get())
    await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="one reader"):
        await inbox.get()

    first.cancel()


def test_a_reader_that_is_called_reads_each_event_at_once_and_is_never_called_while_it_reads():
    inbox = Inbox()
    heard: list[Event] = []

    def read() -> None:
        while (event := inbox.get_nowait()) is not None:
            heard.append(event)
            if isinstance(event, Trade):
                inbox.put_first(Halt(reason=str(event.sequential_id)))

    inbox.read_with(read)
    inbox.put_market(trade(1))
    inbox.put_market(trade(2))

    assert heard == [trade(1), Halt(reason="1"), trade(2), Halt(reason="2")]


def test_what_a_called_reader_raises_reaches_the_writer_and_the_reader_is_called_again():
    inbox = Inbox()
    heard: list[Event | None] = []

    def read() -> None:
        heard.append(inbox.get_nowait())
        if len(heard) == 1:
            raise ValueError("the brain is sick")

    inbox.read_with(read)
    with pytest.raises(ValueError, match="sick"):
        inbox.put_market(trade(1))
    inbox.put_market(trade(2))

    assert heard == [trade(1), trade(2)]


async def test_a_reader_that_leaves_something_is_called_again_when_the_sockets_had_their_turn():
    inbox = Inbox()
    heard: list[object] = []
    inbox.put_market(trade(1))
    inbox.read_with(lambda: heard.append(inbox.get_nowait()))
    inbox.put_market(trade(2))
    asyncio.get_running_loop().call_soon(heard.append, "a socket")
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert [event for event in heard if event != "a socket"] == [trade(1), trade(2)]
    assert inbox.get_nowait() is None


async def test_a_reader_that_has_left_is_not_called_and_another_may_come():
    inbox = Inbox()
    heard: list[Event | None] = []

    def read_one_and_leave() -> None:
        heard.append(inbox.get_nowait())
        inbox.release_reader()

    inbox.read_with(read_one_and_leave)
    inbox.put_market(trade(1))
    inbox.put_market(trade(2))
    await asyncio.sleep(0)

    assert heard == [trade(1)]
    assert await inbox.get() == trade(2)


def test_a_writer_is_not_asked_to_pause_for_what_a_called_reader_has_read():
    inbox = Inbox(market_capacity=1)
    add = inbox.adder(Trade)

    def read() -> None:
        while inbox.get_nowait() is not None:
            pass

    inbox.read_with(read)
    for number in range(5):
        add(trade(number))

    assert inbox.announce()


candle = Candle(
    market="KRW-BTC",
    unit_s=60,
    start_ms=0,
    opening_price=Decimal(1),
    high_price=Decimal(1),
    low_price=Decimal(1),
    close=Decimal(1),
    volume=Decimal(0),
    value=Decimal(0),
)
up, down = FeedUp(stream=Stream.PUBLIC), FeedDown(stream=Stream.PUBLIC)
steps = st.lists(st.sampled_from(["trade", "book", "other book", "candle", "up", "down", "read"]), max_size=60)


@given(steps)
def test_no_order_of_puts_and_reads_loses_a_fact_or_shows_an_old_picture(steps: list[str]):
    inbox = Inbox(market_capacity=5)
    put: list[Event] = []
    read: list[Event] = []
    market: dict[str, MarketEvent] = {}
    for number, step in enumerate(steps):
        market = {
            "trade": trade(number),
            "book": book(number),
            "other book": book(number, "KRW-ETH"),
            "candle": candle,
        }
        if step in market:
            inbox.put_market(market[step])
            put.append(market[step])
        elif step == "read":
            event = inbox.get_nowait()
            read += [] if event is None else [event]
        else:
            inbox.put_first(up if step == "up" else down)
            put.append(up if step == "up" else down)
    read += drained(inbox)

    def only(events: list[Event], kind: type) -> list[Event]:
        return [event for event in events if isinstance(event, kind)]

    assert only(read, Trade) == only(put, Trade)
    assert only(read, Candle) == only(put, Candle)
    assert only(read, FeedUp | FeedDown) == only(put, FeedUp | FeedDown)  # type: ignore[arg-type]
    for name in ("KRW-BTC", "KRW-ETH"):
        shown = [event.timestamp_ms for event in read if isinstance(event, Orderbook) and event.market == name]
        given_ = [event.timestamp_ms for event in put if isinstance(event, Orderbook) and event.market == name]
        assert shown == sorted(set(shown))
        assert shown[-1:] == given_[-1:]
    assert len(put) == len(read) + inbox.conflated
