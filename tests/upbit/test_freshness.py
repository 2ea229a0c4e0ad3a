"""How old is what we know, and when is that unusual."""

from hoga.upbit.session.freshness import HALF_LIFE_S, Freshness, Silence


def rhythm(fresh: Freshness, gap_s: float, count: int, begin_s: float = 0.0) -> float:
    """Let a market be heard every `gap_s`; return the time of the last."""
    for number in range(1, count + 1):
        fresh.heard("KRW-BTC", begin_s + number * gap_s)
    return begin_s + count * gap_s


def stale_after(fresh: Freshness, last_s: float) -> float:
    """Return the silence after which the market is called stale, to a tenth of a second."""
    for tenth in range(1, 1000):
        if fresh.look(last_s + tenth / 10):
            return tenth / 10
    raise AssertionError("never")


def watching(*markets: str) -> Freshness:
    fresh = Freshness()
    fresh.watch(markets or ("KRW-BTC",), 0.0)
    return fresh


def test_three_times_the_usual_gap_is_unusual_w3():
    fresh = watching()
    last_s = rhythm(fresh, 4.0, 20)

    assert 11.5 < stale_after(fresh, last_s) <= 12.1  # the usual gap fades a little meanwhile


def test_less_than_five_seconds_is_never_unusual_and_a_minute_always_is():
    busy, quiet = watching(), watching()

    assert 5.0 < stale_after(busy, rhythm(busy, 0.1, 100)) <= 5.2
    assert 60.0 < stale_after(quiet, rhythm(quiet, 50.0, 20)) <= 60.2


def test_a_burst_does_not_make_the_pause_after_it_unusual():
    fresh = watching()
    now_s = 0.0
    for _ in range(20):
        now_s = rhythm(fresh, 0.01, 100, now_s + 4.0)

    assert stale_after(fresh, now_s) > 11.5


def test_until_a_rhythm_is_known_only_the_longest_limit_counts():
    fresh = watching()

    assert stale_after(fresh, rhythm(fresh, 0.1, 3)) > 60.0


def test_an_old_long_gap_fades():
    fresh = watching()
    last_s = rhythm(fresh, 15.0, 20)
    fresh.look(last_s)
    for second in range(int(2 * HALF_LIFE_S)):
        fresh.heard("KRW-BTC", last_s + second)
        fresh.look(last_s + second)

    assert 10.0 < stale_after(fresh, last_s + 2 * HALF_LIFE_S - 1) < 13.0


def test_a_silence_is_told_once_until_it_ends():
    fresh = watching()
    last_s = rhythm(fresh, 0.1, 100)
    told = [fresh.look(last_s + second) for second in (6.0, 7.0, 8.0)]
    fresh.heard("KRW-BTC", last_s + 9.0)
    told += [fresh.look(last_s + 10.0), fresh.look(last_s + 80.0)]

    assert told == [[Silence("KRW-BTC", 6.0)], [], [], [], [Silence("KRW-BTC", 71.0)]]


def test_all_are_stale_only_when_each_is():
    fresh = watching("KRW-BTC", "KRW-ETH")
    for tenth in range(1000):
        fresh.heard("KRW-BTC", tenth / 10)
    fresh.look(100.0)
    one = fresh.is_all_stale
    fresh.look(200.0)

    assert (one, fresh.is_all_stale) == (False, True)
    assert not Freshness().is_all_stale


def test_a_market_nobody_watches_is_passed_over():
    fresh = watching()
    fresh.heard("KRW-XRP", 1.0)

    assert fresh.age_s("KRW-XRP", 2.0) is None
    assert fresh.age_s("KRW-BTC", 2.0) == 2.0
