"""One socket's life on a clock of its own."""

from math import inf

import msgspec
import pytest

from hoga.model.events import FeedDown, FeedStale, FeedUp, Halt, Stream
from hoga.upbit.session.actions import Action, Close, Note, Ping, Send, Tell
from hoga.upbit.session.session import Session
from hoga.upbit.session.timing import Timing
from hoga.upbit.stream.subscriptions import Subscription

BTC = Subscription(type="trade", codes=("KRW-BTC",))
BOOKS = Subscription(type="orderbook", codes=("KRW-BTC.15", "KRW-ETH.15"))
MINE = (Subscription(type="myOrder"), Subscription(type="myAsset"))
LISTED = ("myOrder", "myAsset")


class Life:
    """A session, the time, and everything it asked for, with the time it asked."""

    def __init__(self, *wanted: Subscription, private: bool = False, timing: Timing | None = None) -> None:
        stream = Stream.PRIVATE if private else Stream.PUBLIC
        self.session = Session(stream, wanted or (MINE if private else (BTC,)), ticket="t", timing=timing)
        self.now_s = 1000.0
        self.asked: list[tuple[float, Action]] = []

    def take(self, actions: object) -> None:
        assert isinstance(actions, list | tuple)
        self.asked += [(self.now_s, action) for action in actions]

    def open(self) -> "Life":
        self.session.connecting(self.now_s)
        self.take(self.session.opened(self.now_s))
        return self

    def up(self) -> "Life":
        self.open()
        if self.session.stream is Stream.PRIVATE:
            self.take(self.session.heard_list(LISTED, self.now_s))
        for wanted in self.session.subscriptions:
            for code in wanted.codes:
                self.hear(code.partition(".")[0], wanted.type)
        return self

    def hear(self, market: str = "KRW-BTC", kind: str = "trade") -> None:
        self.session.heard(self.now_s)
        self.take(self.session.heard_market(kind, market, self.now_s))

    def until(self, end_s: float, *, answers: bool = True, unsent: bool = False) -> "Life":
        """Let time pass, ticking whenever the session asks for it; the peer `answers` pings or not."""
        while (due_s := self.session.next_deadline_s()) <= end_s:
            self.now_s = max(self.now_s + 0.001, due_s)
            actions = self.session.tick(self.now_s, unsent=unsent)
            self.take(actions)
            if answers and Ping() in actions:
                self.session.heard(self.now_s)
        self.now_s = end_s
        return self

    def lose(self, code: int = 1006, chance: float = 0.5) -> float:
        """Lose the socket; return how long the session waits before it tries again."""
        self.take(self.session.closed(self.now_s, "lost", chance=chance, code=code))
        return self.session.connect_at_s - self.now_s

    def only(self, kind: type) -> list[tuple[float, Action]]:
        return [(at_s, action) for at_s, action in self.asked if isinstance(action, kind)]

    def told(self, kind: type) -> list[object]:
        return [action.event for _, action in self.asked if isinstance(action, Tell) and isinstance(action.event, kind)]

    def closed(self) -> list[tuple[float, str]]:
        return [(at_s - 1000.0, action.reason) for at_s, action in self.asked if isinstance(action, Close)]

    def noted(self, name: str) -> list[float]:
        return [at_s - 1000.0 for at_s, action in self.asked if isinstance(action, Note) and action.name == name]


def sent(life: Life) -> list[list[dict[str, object]]]:
    return [msgspec.json.decode(action.payload) for _, action in life.asked if isinstance(action, Send)]


# ------------------------------------------------ subscribing


def test_one_message_names_every_subscription_because_each_message_replaces_the_one_before():
    life = Life(BTC, BOOKS).open()

    (message,) = sent(life)
    assert message == [
        {"ticket": "t"},
        {"type": "trade", "codes": ["KRW-BTC"]},
        {"type": "orderbook", "codes": ["KRW-BTC.15", "KRW-ETH.15"]},
        {"format": "DEFAULT"},
    ]


def test_subscribing_to_more_on_a_living_socket_sends_all_again_and_on_a_dead_one_waits_for_the_next():
    life = Life(BTC).up()
    life.take(life.session.resubscribe((BTC, BOOKS), life.now_s))
    life.lose()
    life.take(life.session.resubscribe((BOOKS,), life.now_s))
    life.open()

    assert [[part["type"] for part in message if "type" in part] for message in sent(life)] == [
        ["trade"],
        ["trade", "orderbook"],
        ["orderbook"],
    ]


def test_a_public_socket_is_up_when_the_first_data_comes_and_is_told_once():
    life = Life(BTC, BOOKS).open()
    before = life.told(FeedUp)
    life.hear()
    life.hear()

    assert before == []
    assert life.told(FeedUp) == [FeedUp(stream=Stream.PUBLIC, reconnects=0)]


def test_a_socket_that_asked_for_news_only_is_up_at_once_because_news_may_be_long_in_coming():
    life = Life(Subscription(type="trade", codes=("KRW-BTC",), is_only_realtime=True)).open()
    life.hear()

    assert life.told(FeedUp) == [FeedUp(stream=Stream.PUBLIC, reconnects=0)]
    assert life.until(1050.0).closed() == []


def test_a_private_socket_is_up_when_the_venue_lists_all_it_is_subscribed_to_w19():
    life = Life(private=True).open()
    life.take(life.session.heard_list(["myOrder"], life.now_s))
    before = life.told(FeedUp)
    life.take(life.session.heard_list(LISTED, life.now_s))

    assert before == []
    assert life.told(FeedUp) == [FeedUp(stream=Stream.PRIVATE, reconnects=0)]


@pytest.mark.parametrize("private", [False, True])
def test_a_socket_that_shows_nothing_ten_seconds_after_subscribing_is_given_up_w12(private: bool):
    assert Life(private=private).open().until(1030.0).closed() == [(10.0, "no data after subscribing")]


def test_the_part_that_shows_nothing_is_asked_again_once_and_then_called_stale():
    life = Life(BTC, BOOKS).open()
    life.hear("KRW-BTC", "trade")
    life.hear("KRW-BTC", "orderbook")
    for second in range(1, 40):
        life.until(1000.0 + second)
        life.hear("KRW-BTC", "orderbook")

    assert len(sent(life)) == 2
    assert [(s.market, s.age_s) for s in life.told(FeedStale) if isinstance(s, FeedStale)] == [("KRW-ETH", 10.0)]
    assert life.closed() == []


# ------------------------------------------------ alive or dead


def test_a_quiet_socket_is_pinged_every_ten_seconds_and_lives():
    life = Life(private=True).up().until(1061.0)

    assert [at_s - 1000.0 for at_s, _ in life.only(Ping)] == [10.0, 20.0, 30.0, 40.0, 50.0, 60.0]
    assert life.closed() == []


@pytest.mark.parametrize("last_heard_s", [0.0, 4.0, 9.9])
def test_a_dead_peer_is_found_within_twenty_seconds_w2(last_heard_s: float):
    life = Life(private=True).up().until(1000.0 + last_heard_s)
    life.session.heard(life.now_s)
    life.until(1100.0, answers=False)

    assert life.closed() == [(20.0, "the peer does not answer pings")]


def test_any_frame_is_a_sign_of_life():
    life = Life(private=True).up()
    for second in range(60):
        life.until(1000.0 + second, answers=False)
        life.session.heard(life.now_s)

    assert life.closed() == []


def test_what_cannot_be_sent_for_five_seconds_ends_the_socket_w27():
    life = Life(BTC).up().until(1030.0, unsent=True)

    assert life.closed() == [(5.0, "the peer takes nothing we send")]


def test_after_a_close_nothing_more_is_asked_of_the_socket():
    life = Life(private=True).up().until(1100.0, answers=False)
    asked = len(life.asked)
    life.until(1300.0, answers=False)

    assert len(life.asked) == asked
    assert life.session.next_deadline_s() == inf


def test_while_we_do_not_read_silence_proves_nothing_but_pings_go_on():
    life = Life(BTC, BOOKS).open()
    life.session.pause()
    life.until(1200.0, answers=False)
    life.session.resume(life.now_s)
    life.hear("KRW-BTC", "trade")

    assert life.closed() == []
    assert life.told(FeedStale) == []
    assert len(life.only(Ping)) == 20
    assert life.until(1209.0).closed() == []


def test_more_than_ten_broken_frames_a_minute_end_the_socket_and_fewer_do_not_w23():
    calm = Life(BTC).up()
    for second in range(20):
        calm.now_s = 1000.0 + 6.5 * second
        calm.take(calm.session.heard_broken(calm.now_s))
    wild = Life(BTC).up()
    for _ in range(11):
        wild.take(wild.session.heard_broken(wild.now_s))

    assert calm.closed() == []
    assert wild.closed() == [(0.0, "too many broken frames")]


def test_a_private_stream_that_owes_news_of_an_order_for_five_seconds_is_deaf_w4():
    life = Life(private=True).up()
    life.session.heard_order("early")
    life.session.expect_order("early", life.now_s)
    life.session.expect_order("prompt", life.now_s)
    life.session.heard_order("prompt")
    life.session.expect_order("late", life.now_s)
    life.until(1020.0)

    assert life.closed() == [(5.0, "the stream does not tell of order late")]


def test_a_lost_socket_owes_nothing_any_more():
    life = Life(private=True).up()
    life.session.expect_order("late", life.now_s)
    life.lose()
    life.session.expect_order("while down", life.now_s)
    life.up().until(1030.0)

    assert life.closed() == []


# ------------------------------------------------ stale markets


def test_a_busy_market_that_falls_silent_is_stale_after_five_seconds_and_the_socket_is_replaced_w3():
    life = Life(BTC).up()
    for tenth in range(1, 300):
        life.until(1000.0 + tenth / 10)
        life.hear()
    life.until(1060.0)

    (stale,) = life.told(FeedStale)
    assert isinstance(stale, FeedStale)
    assert 5.0 < stale.age_s < 6.1
    ((at_s, why),) = life.closed()
    assert (round(at_s), why) == (35, "nothing is heard of any market")


def test_one_silent_market_among_living_ones_is_told_but_does_not_cost_the_socket():
    life = Life(BTC, BOOKS).up()
    for tenth in range(1, 600):
        life.until(1000.0 + tenth / 10)
        life.hear("KRW-BTC")
        if tenth < 200:
            life.hear("KRW-ETH", "orderbook")

    assert [stale.market for stale in life.told(FeedStale) if isinstance(stale, FeedStale)] == ["KRW-ETH"]
    assert life.closed() == []


def test_a_market_that_is_always_quiet_does_not_make_us_reconnect_again_and_again():
    life = Life(BTC).up()
    for _ in range(100):
        life.until(life.now_s + 36.0)
        if len(life.closed()) > len(life.told(FeedDown)):
            life.lose()
            life.up()

    assert 1 <= len(life.closed()) <= 7  # in an hour


# ------------------------------------------------ coming back


def test_the_first_try_comes_within_a_second_and_waits_grow_to_thirty_w1():
    life = Life(BTC).up().until(1100.0)
    waits = [life.lose(chance=0.999)]
    for _ in range(12):
        life.now_s = life.session.connect_at_s
        life.session.connecting(life.now_s)
        life.take(life.session.failed(life.now_s, "refused", chance=0.999))
        waits.append(life.session.connect_at_s - life.now_s)

    assert [round(wait_s) for wait_s in waits[:6]] == [1, 2, 4, 8, 16, 30]
    assert max(waits) <= 30.0


def test_even_with_the_worst_luck_there_are_at_most_six_tries_a_minute_after_the_third_failure_w8():
    life = Life(BTC)
    tries = []
    while life.now_s < 1600.0:
        life.session.connecting(life.now_s)
        tries.append(life.now_s)
        life.take(life.session.failed(life.now_s, "refused", chance=0.0))
        life.now_s = max(life.now_s + 0.2, life.session.connect_at_s)

    assert all(sum(start_s <= at_s < start_s + 60.0 for at_s in tries) <= 6 for start_s in tries)
    assert len(tries) >= 50


def test_a_healthy_time_makes_the_next_loss_a_first_one_again():
    life = Life(BTC)
    for _ in range(8):
        life.up()
        life.lose(chance=0.999)
        life.now_s = life.session.connect_at_s
    life.up().until(life.now_s + 11.0)

    assert life.lose(chance=0.999) < 1.0


@pytest.mark.parametrize("code", [1012, 1013])
def test_a_venue_that_restarts_or_is_busy_is_left_alone_for_five_seconds_w6(code: int):
    assert Life(BTC).up().lose(code, chance=0.0) == 5.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_answer_to_the_upgrade_means_five_seconds_too(status: int):
    life = Life(BTC)
    life.session.connecting(life.now_s)
    life.take(life.session.failed(life.now_s, "busy", chance=0.0, status=status))

    assert life.session.connect_at_s - life.now_s == 5.0


def test_a_loss_is_told_only_if_the_stream_was_up():
    life = Life(BTC).open()
    life.lose()
    before = life.told(FeedDown)
    life.up()
    life.lose()
    life.up()

    assert before == []
    assert life.told(FeedDown) == [FeedDown(stream=Stream.PUBLIC, reason="lost")]
    assert [up.reconnects for up in life.told(FeedUp) if isinstance(up, FeedUp)] == [0, 1]


def test_people_are_alerted_after_thirty_seconds_and_after_five_minutes_of_silence_w7():
    life = Life(BTC).up()
    life.lose()
    while life.now_s < 1600.0:
        life.until(min(1600.0, life.session.connect_at_s))
        life.open()
        life.lose()
        life.now_s += 0.001

    first_s, second_s = life.noted("feed_still_down")
    assert 30.0 <= first_s < 31.0
    assert 300.0 <= second_s < 301.0


# ------------------------------------------------ refusals


def test_wrong_keys_are_tried_three_times_and_then_trading_halts_w10():
    life = Life(private=True)
    halts = []
    for _ in range(3):
        life.open()
        life.take(life.session.heard_error("INVALID_AUTH", "인증 정보가 올바르지 않습니다."))
        life.lose(code=1000)
        halts.append(len(life.told(Halt)))

    assert halts == [0, 0, 1]
    assert life.session.gave_up


@pytest.mark.parametrize("status", [401, 403])
def test_an_upgrade_refused_for_who_we_are_counts_like_wrong_keys(status: int):
    life = Life(private=True)
    for _ in range(3):
        life.session.connecting(life.now_s)
        life.take(life.session.failed(life.now_s, "unauthorized", chance=0.5, status=status))

    assert len(life.told(Halt)) == 1


def test_a_policy_close_casts_doubt_on_our_keys_but_one_good_connection_clears_it_w6():
    life = Life(private=True)
    for _ in range(5):
        life.up()
        life.lose(code=1008)

    assert life.told(Halt) == []
    assert not life.session.gave_up


def test_the_public_stream_has_no_keys_to_doubt():
    life = Life(BTC)
    for _ in range(5):
        life.open()
        life.lose(code=1008)

    assert not life.session.gave_up


def test_a_subscription_that_is_refused_three_times_is_not_sent_a_fourth_time_w11():
    life = Life(Subscription(type="candle.7m", codes=("KRW-BTC",)))
    for _ in range(3):
        life.open()
        life.take(life.session.heard_error("WRONG_FORMAT", "Wrong Format"))
        life.lose(code=1000)

    (halt,) = life.told(Halt)
    assert isinstance(halt, Halt)
    assert "WRONG_FORMAT" in halt.reason
    assert life.session.gave_up


def test_too_many_requests_is_no_refusal_but_a_reason_to_wait():
    life = Life(private=True)
    for _ in range(5):
        life.open()
        life.take(life.session.heard_error("TOO_MANY_REQUEST", ""))
        assert life.lose(code=1000, chance=0.0) >= 5.0

    assert not life.session.gave_up
